"""Stretches: sentences with short ones together, and nothing left out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.stretch import MOST, stretches


def cut(text):
    return [text[start:end] for start, end in stretches(text)]


def test_stretches_keep_long_sentences_apart():
    first = "Which pills should I take against a headache that lasts for days?"
    second = "The second bus to the station leaves at a quarter past seven."

    assert cut(f"{first} {second}") == [first, second]


def test_stretches_join_short_sentences_with_what_follows():
    text = "Hi! I have a headache. Which pills should I take against it, and how many?"

    assert cut(text) == [text]


def test_stretches_join_a_short_end_with_what_stands_before():
    text = "Which pills should I take against a headache that lasts for days? Thanks!"

    assert cut(text) == [text]


def test_stretches_begin_anew_after_enough_short_sentences():
    text = "It rained. " * 40

    assert all(len(found) < 80 for found in cut(text))
    assert len(cut(text)) > 5


def test_stretches_count_a_chinese_character_as_two():
    first = "我这几天一直头疼而且发烧，应该吃什么药才好得快一点？"
    second = "去火车站的第二班公交车早上七点一刻从学校门口准时出发。"

    assert cut(first + second) == [first, second]


def test_stretches_cut_a_sentence_without_end():
    assert [len(found) for found in cut("x" * (2 * MOST + 5))] == [MOST, MOST, 5]


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab 。.!\n好\0\ud800"), max_size=300))
def test_stretches_hold_every_character_but_white_space_once(text):
    spans = stretches(text)
    inside = [place for start, end in spans for place in range(start, end)]
    outside = set(range(len(text))) - set(inside)

    assert inside == sorted(set(inside))
    assert all(text[place].isspace() for place in outside)
    assert all(start < end for start, end in spans)
