import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.text.word import widen


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("The museum has twelve rooms.", ["elve"], ["twelve"]),
        ("Revenue rose by 8%.", [" rose"], ["rose"]),
        ("订单号A10294已发货。", ["94"], ["A10294"]),
        ("It costs 8,000 euros.", ["8"], ["8,000"]),
        ("Call `reset_cache()` first.", ["`"], []),
        ("服药期间可以饮酒。", ["服"], ["服药"]),
        ("It is twenty-five.", ["twenty", "five"], ["twenty-five"]),
    ],
)
def test_widen_takes_whole_words(text, cut, whole):
    spans = [(text.index(part), text.index(part) + len(part)) for part in cut]

    assert [text[start:end] for start, end in widen(text, spans)] == whole


@given(st.text(alphabet="ab1. 服药，`-", max_size=30), st.lists(st.integers(0, 30), max_size=6))
def test_widen_covers_what_it_is_given_in_order(text, places):
    ends = sorted(place for place in places if place <= len(text))
    found = widen(text, zip(ends[::2], ends[1::2], strict=False))

    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(found))
