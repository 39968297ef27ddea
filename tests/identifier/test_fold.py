from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.identifier.fold import GAP, WALL, fold, mask, spell


@given(st.text())
def test_fold_and_mask_keep_every_offset(text: str) -> None:
    assert len(fold(text)) == len(mask(text)) == len(spell(text)) == len(text)


@given(st.text())
def test_fold_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１３８０", "1380"),
        ("٣٤", "34"),
        ("ａｂｃ＠ｅｘ．ｃｏｍ", "abc@ex.com"),
        ("1\u200b3\ufe0f8", f"1{GAP}3{GAP}8"),
        ("010—6234", "010-6234"),
        ("1\u20e33\u0336", f"1{GAP}3{GAP}"),
        ("①❷⒊⁴⓪", "12340"),
        ("हिंदी", "हिंदी"),
        ("汉字", "汉字"),
        ("\ud800\x00", "\ud800\x00"),
    ],
)
def test_fold_makes_plain(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_mask_walls_off_scripts_without_spaces() -> None:
    assert mask("卡号4111請") == WALL * 2 + "4111" + WALL
    assert mask("โทร 12 전화34") == WALL * 3 + " 12 " + WALL * 2 + "34"
    assert mask("ที่か\u3099") == WALL * 5
    assert mask("naïve café") == "naïve café"
