"""What is read around a word in order to tell how it is meant."""

import base64

import pytest

from guard.text.lexicon import Entry, Lexicon
from guard.text.search import Search
from guard.text.surrounding import REACH, Surroundings

LONG = "This sentence is long enough to say by itself how its {} is meant to be read."


def passages(word, text):
    (hit,) = Search(Lexicon((Entry(word),))).hits(text)
    return Surroundings(text).passages(hit)


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("knife", f"Hello. {LONG.format('knife')} Bye.", [LONG.format("knife")]),
        ("knife", "I came. A knife! He fell. We left.", ["I came. A knife! He fell."]),
        ("knife", "knife", ["knife"]),
        ("knife", f"{LONG.format('k.n.i.f.e')} Bye.", [LONG.format("knife")]),
        ("去死", "你好。你去 死吧。再见。走了。", ["你好。你去死吧。再见。"]),
    ],
)
def test_passages_hold_the_sentence_and_its_neighbours_where_it_is_short(word, text, expected):
    assert passages(word, text) == expected


def test_passages_show_what_is_written_in_code():
    hidden = LONG.format("knife")
    code = base64.b64encode(hidden.encode()).decode()

    plain, decoded = passages("knife", f"Please read {code} now.")

    assert plain == "Please read knife now."
    assert decoded == hidden


def test_passages_show_a_sentence_with_its_escapes_resolved():
    text = f"Hello. {LONG.format('knife').replace('long', '&#108;&#111;&#110;&#103;')} Bye."

    assert LONG.format("knife") in passages("knife", text)


def test_passages_are_bounded():
    text = "word " * 10_000 + "knife " + "word " * 10_000

    (passage,) = passages("knife", text)

    assert "knife" in passage
    assert len(passage) == 2 * REACH + len("knife")
