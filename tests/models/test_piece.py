"""Long texts are cut into pieces stretch by stretch, which parts no word."""

import numpy as np
import pytest

from guard.models import encoder, piece

ENGLISH = "We went to the park  today.\n\nMy doctor is Katherine Mansfield, 张伟 also. "
CHINESE = "今天我们去公园散步，天气很好。我的医生是王建国。"


@pytest.mark.parametrize("size", [1500, 1501, 1507, 1513])
def test_cut_gives_the_same_pieces_whichever_white_space_parts_a_text(size, monkeypatch):
    cutter = encoder.shipped()._cutter
    whole = cutter.cut(ENGLISH * 100)
    monkeypatch.setattr(piece, "CHUNK", size)
    parts = cutter.cut(ENGLISH * 100)

    assert np.array_equal(parts.ids, whole.ids)
    assert np.array_equal(parts.spans, whole.spans)


@pytest.mark.parametrize("text", [ENGLISH * 999, CHINESE * 3000, "好" * 60_001, "", " " * 50_000])
def test_chunks_cover_a_text_and_end_at_marks_where_there_are_any(text):
    found = list(piece._chunks(text))

    assert "".join(text[start:end] for start, end in found) == text
    assert all(0 < end - start <= piece.CHUNK for start, end in found)
    if text.startswith(CHINESE):
        assert {text[end - 1] for _, end in found} <= set("，。")
