from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import ClassVar

import pytest

from guard.pipeline.guard import Guard
from guard.pipeline.logprob import Tokens, read_tokens
from guard.pipeline.shape import slots
from guard.types import Exchange, Finding, Part, Token, Unjudged
from tests.pipeline.fake_filters import FakeFilter, policy, rule


class Teller(FakeFilter):
    """Notes the tokens of each text that it scans."""

    name = "fake-teller"
    labels = ("told",)
    seen: ClassVar[list[tuple[str, list[str]]]] = []

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        tokens = exchange.response.tokens if exchange.response else ()
        Teller.seen.append((part.text, [part.text[token.start : token.end] for token in tokens]))
        return iter(())


@pytest.fixture(autouse=True)
def _named(monkeypatch):
    monkeypatch.setattr(Teller, "id", Teller.name)
    Teller.seen.clear()


def raw(text, logprob=-0.5, **more):
    return {"token": text, "logprob": logprob, **more}


def completion(text, *tokens, place="message"):
    logprobs = {"content": list(tokens)} if tokens else None
    return {"choices": [{"index": 0, place: {"content": text}, "logprobs": logprobs}]}


def read(*pieces):
    known: dict[int, Tokens] = {}
    for piece in pieces:
        read_tokens(piece, slots(piece), known)
    return known


def test_read_tokens_places_them():
    top = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -3.0}]
    known = read(completion("A fee", raw("A", top_logprobs=top), raw(" fee", -1)))

    assert known[0].between(0, 5) == (Token(0, 1, -0.5, (-0.1, -3.0)), Token(1, 5, -1.0))
    assert known[0].between(1, 5) == (Token(0, 4, -1.0),)


def test_read_tokens_takes_objects():
    answer = completion("A", raw("A"))
    choice = SimpleNamespace(**answer["choices"][0])
    choice.logprobs = SimpleNamespace(content=[SimpleNamespace(token="A", logprob=-1.5, bytes=[65])])
    choice.message = SimpleNamespace(content="A", tool_calls=None)

    assert read(SimpleNamespace(choices=[choice]))[0].between(0, 1) == (Token(0, 1, -1.5),)


def test_read_tokens_joins_a_character_that_is_cut():
    first, last = "桥".encode()[:2], "桥".encode()[2:]
    pieces = (
        completion("", raw("\\xe6", bytes=list(first)), place="delta"),
        completion("桥1", raw("\\xa5", bytes=list(last)), raw("1"), place="delta"),
    )
    spans = [(token.start, token.end) for token in read(*pieces)[0].between(0, 2)]

    assert spans == [(0, 0), (0, 1), (1, 2)]


def test_read_tokens_gives_none_that_do_not_spell_the_text():
    assert read(completion("A fee", raw("B"), raw(" fee")))[0].between(0, 5) == ()


@pytest.mark.parametrize("odd", ["x", None, math.nan, True])
def test_read_tokens_takes_an_odd_logprob_for_the_worst_or_as_it_is(odd):
    (token,) = read(completion("A", raw("A", odd)))[0].between(0, 1)

    assert token.logprob <= 0


@pytest.mark.parametrize(
    "answer", ["A", completion("A"), {"choices": [{"index": 0, "message": {"content": "A"}}]}]
)
def test_read_tokens_needs_none(answer):
    assert read(answer)[0].between(0, 1) == ()


def test_read_tokens_gives_none_where_the_first_text_bears_none():
    pieces = [("Hello there. ", ()), ("It rose", [raw("It rose")]), (" fast.", [raw(" fast.")])]
    known = read(*(completion(text, *tokens, place="delta") for text, tokens in pieces))

    assert known[0].between(0, 26) == ()


def test_tokens_reach_filters_with_the_whole_answer():
    answer = completion("A fee.", raw("A"), raw(" fee"), raw("."))

    assert Guard(policy(rule("fake-teller", "flag", "output"))).wrap(lambda prompt: answer)("hi") is answer
    assert Teller.seen == [("A fee.", ["A", " fee", "."])]


def test_tokens_reach_filters_with_each_stretch_of_a_stream():
    pieces = [completion(text, raw(text), place="delta") for text in ("A", " fee", ".", " A", " tax", ".")]

    def call(prompt):
        yield from pieces

    assert list(Guard(policy(rule("fake-teller", "block", "output"))).wrap(call)("hi")) == pieces
    for text, told in Teller.seen:
        assert "".join(told).strip() == text.strip()
    assert Teller.seen[-1][0] == "A fee. A tax."
