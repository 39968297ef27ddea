"""The innocent texts with few words."""

from collections import Counter

from guard.train.clutter import EACH, KINDS, MOST, clutter


def test_clutter_is_the_same_for_the_same_seed():
    first, again, other = (list(clutter(seed)) for seed in (1, 1, 2))

    assert [text.text for text in first] == [text.text for text in again]
    assert [text.text for text in first] != [text.text for text in other]


def test_clutter_is_innocent_varied_and_of_bounded_length():
    texts = list(clutter(1))

    assert len(texts) == EACH * len(KINDS)
    assert not any(any(text.targets.values()) for text in texts)
    assert {text.lang for text in texts} == {"zh", "en"}
    assert max(Counter(text.text for text in texts).values()) < 5
    assert all(0 < len(text.text) < MOST + 60 for text in texts)
