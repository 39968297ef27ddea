"""Tests of phone numbers in all kinds of text."""

import pytest

from guard.identifier.phone import find_phones


@pytest.mark.parametrize(
    "text",
    [
        "Can someone call me on ‹01.84.17.61.18›?",
        "Phone:\n‹60-56-85-91›",
        "They're not answering at ‹78 651 450›",
        "‹416 60 039› office",
        "‹082 490 1693›-Office",
        "‹021 5550199› (传真)",
        "call me on ‹(64) 3591-3246›",
    ],
)
def test_find_phones_believes_the_words_beside_digits(text: str) -> None:
    plain = text.replace("‹", "").replace("›", "")
    best = max(find_phones(plain, plain, []), key=lambda match: match.score)

    assert plain[: best.start] + "‹" + plain[best.start : best.end] + "›" + plain[best.end :] == text
    assert best.score > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "call me on 2024-05-12 10",
        "reach us on 12.05.2024 15",
        "call me at 10.30-11.30",
        "call me on 192.168.100.101",
        "the price on mobile: $1234567",
        "60-56-85-91 officers",
        "库存 1234567 手机壳",
    ],
)
def test_find_phones_takes_no_date_or_hour_for_announced_digits(text: str) -> None:
    assert not [match for match in find_phones(text, text, []) if match.score > 0.5]
