"""What is shown of long sources, and what it costs."""

import doctest
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text import excerpt
from guard.text.excerpt import FRAME, LONGEST, count_tokens, quoted, readable, select

LAKE = "西湖位于杭州市西部。湖面面积约六平方公里。每年五月有音乐节。"
PHONE = "这款手机的电池容量为5000毫安时。机身重200克。"


def cost(selection):
    return sum(count_tokens(quoted(found.text)) + FRAME for found in selection.excerpts)


def test_excerpt_examples_hold():
    assert doctest.testmod(excerpt).failed == 0


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        (" \n", 0),
        ("你好", 2),
        ("1234", 4),
        ("hello", 2),
        ("a" * 400, 100),
        ("Ünïcode wörd", 3),
        ("한국어", 3),
        ("🙂", 1),
    ],
)
def test_count_tokens_is_rather_too_high(text, tokens):
    assert count_tokens(text) == tokens


@pytest.mark.parametrize(
    ("sentence", "sources", "source", "text"),
    [
        ("电池容量为6000毫安时。", [LAKE, PHONE], 1, "电池容量为5000毫安时"),
        ("湖面面积约七平方公里。", ["苹果树开花了。" * 90 + LAKE, PHONE], 0, "湖面面积约六平方公里"),
        ("It weighs 200 grams.", ["Nothing of it here at all.", PHONE], 1, "机身重200克。"),
    ],
)  # fmt: skip
def test_select_shows_what_bears_on_a_sentence(sentence, sources, source, text):
    selection = select([sentence], sources, 90)

    assert any(found.source == source and text in found.text for found in selection.excerpts)


def test_select_shows_once_what_is_said_again():
    selection = select(["湖面面积约七平方公里。"], [LAKE * 20], 2000)

    assert [found.text for found in selection.excerpts] == [LAKE]


def test_select_leaves_out_what_has_no_bearing_and_says_how_much():
    selection = select(["电池容量为6000毫安时。"], ["苹果树开花了。" * 300, PHONE], 2000)

    assert [found.text for found in selection.excerpts] == [PHONE]
    assert selection.left_out == len("苹果树开花了。") * 300


def test_select_gives_each_sentence_its_best_piece_before_a_second_one():
    many = "".join(f"电池容量为{number}毫安时，手机很轻。" for number in range(1000, 1100))
    selection = select(["电池容量为1050毫安时，手机很轻。", "音乐节在五月。"], [many, LAKE], 90)

    assert {found.source for found in selection.excerpts} == {0, 1}


def test_select_shows_all_beginnings_where_no_word_is_shared():
    selection = select(["The lake is deep."], [LAKE * 50, PHONE * 50], 120)

    assert [(found.source, found.start) for found in selection.excerpts] == [(0, 0), (1, 0)]


def test_select_joins_neighbours_and_closes_gaps():
    source = "The fee is 30 yuan.\n\n\n\n  The fee is paid in cash."
    (found,) = select(["The fee is 40 yuan."], [source], 500).excerpts

    assert found.text == "The fee is 30 yuan.\nThe fee is paid in cash."
    assert (found.start, found.end) == (0, len(source))


def test_select_cuts_long_sentences_at_the_words_that_matter():
    source = "word " * 400 + "the battery holds 5000 units " + "word " * 400
    selection = select(["The battery holds 6000 units."], [source], 250)

    assert any("battery" in found.text for found in selection.excerpts)
    assert sum(len(found.text) for found in selection.excerpts) <= 2 * LONGEST


TEXTS = st.text(st.characters(), max_size=300)


@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, max_size=3), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_select_keeps_to_the_budget_and_to_the_sources(asked, sources, most):
    selection = select(asked, sources, most)

    assert cost(selection) <= most
    for source, start, end, text in selection.excerpts:
        assert "".join(text.split()) == "".join(sources[source][start:end].split())


@given(TEXTS)
def test_quoted_is_json_without_tags(text):
    assert json.loads(quoted(text)) == readable(text)
    assert "<" not in quoted(text)
    quoted(text).encode()
