"""Chooses what a model is shown of long sources: what bears on some sentences, within a budget."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.deadline import watched
from guard.text.passage import Passages
from guard.text.quantity import values
from guard.text.segment import sentences
from guard.text.token import terms

LONGEST = 400
"""Characters of one piece that is shown or left out as a whole; longer sentences are cut."""
FRAME = 16
"""Tokens of what stands around an excerpt: its id, the names of the fields, brackets."""
MATCHES = 8
"""Pieces with words of a sentence that are looked at, best first."""
FIRST = 3
"""Of these, how many go before those that only give a value of the sentence."""
MOST_VALUED = 1000
"""Pieces whose values are read; of more, only words tell."""
FAINT = 0.2
"""Share of a sentence's weight under which words cannot tell which piece it may stand on."""

_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ud7af\uf900-\U0003ffff]")
_WORD = re.compile(r"[^\W\d_]+")
_SIGN = re.compile(r"[\d_]|[^\w\s]")


class Excerpt(NamedTuple):
    """A stretch of a source, which is given by its number, and its text with its gaps closed up."""

    source: int
    start: int
    end: int
    text: str


class Selection(NamedTuple):
    """What is shown of the sources, in their order, and how many characters of them are not."""

    excerpts: tuple[Excerpt, ...]
    left_out: int


def count_tokens(text: str) -> int:
    """About how many tokens a model reads in a text: a rough figure, rather too high than too low.

    One for each character of scripts without spaces, each digit and each sign; 1.3 for each other word,
    or one for four letters where words are long.

    >>> count_tokens("电池容量是5000毫安时。"), count_tokens("The fee is due.")
    (13, 7)
    """
    rest = _WIDE.sub(" ", text)
    words = _WORD.findall(rest)
    spelt = max(1.3 * len(words), sum(map(len, words)) / 4)
    return len(_WIDE.findall(text)) + len(_SIGN.findall(rest)) + math.ceil(spelt)


def quoted(text: str) -> str:
    """The text as a JSON string in which no tag can begin or end; what is no character is replaced."""
    return json.dumps(readable(text), ensure_ascii=False).replace("<", "\\u003c")


def readable(text: str) -> str:
    """The text, as long as it was, with a mark in place of each half of a surrogate pair."""
    return _LONE.sub("\ufffd", text)


_LONE = re.compile(r"[\ud800-\udfff]")


def select(
    asked: Sequence[str], sources: Sequence[str], most_tokens: int, frames: Sequence[int] = ()
) -> Selection:
    """The stretches of the sources that bear on the sentences, as many as the tokens allow.

    Each sentence in turn names its next best piece: those that share most of its words, those that give one
    of its values, and what stands beside the best. Where a sentence meets hardly a word of the sources, as
    across languages, all pieces follow, the beginnings of all sources first. What is said twice is shown
    once. `frames` are tokens that stand around each excerpt of a source beside `FRAME`, such as its title.
    """
    frames = frames or [0] * len(sources)
    pieces = [piece for number, text in enumerate(sources) for piece in _cut(number, text)]
    chosen: dict[str, int] = {}
    room = most_tokens
    for number in watched(_ranked(asked, pieces)):
        text = pieces[number].text
        if text in chosen:
            continue
        cost = count_tokens(quoted(text)) + FRAME + frames[pieces[number].source]
        if cost <= room:
            chosen[text] = number
            room -= cost
        if room <= FRAME:
            break
    excerpts = tuple(_joined(pieces, sorted(chosen.values())))
    shown = sum(map(len, chosen))
    return Selection(excerpts, sum(len(piece.text) for piece in pieces) - shown)


def _cut(source: int, text: str) -> Iterator[Excerpt]:
    for start, end in sentences(text):
        while start < end:
            last = _last(text, start, end)
            yield Excerpt(source, start, last, text[start:last])
            start = last


def _last(text: str, start: int, end: int) -> int:
    """Where the piece that begins at `start` ends: after a space or comma, if its second half has one."""
    if end - start <= LONGEST:
        return end
    gap = max(text.rfind(mark, start + LONGEST // 2, start + LONGEST) for mark in " ，、")
    return start + LONGEST if gap < 0 else gap + 1


def _ranked(asked: Sequence[str], pieces: Sequence[Excerpt]) -> Iterable[int]:
    """The numbers of the pieces, best first, each once."""
    passages = Passages([piece.text for piece in pieces])
    wanted = []
    is_lost = False
    for sentence in watched(asked):
        share, near = _near(sentence, pieces, passages)
        wanted.append(near)
        is_lost = is_lost or share < FAINT
    turns = itertools.chain.from_iterable(itertools.zip_longest(*wanted))
    rest = _openings_first(pieces) if is_lost else []
    return dict.fromkeys(number for number in itertools.chain(turns, rest) if number is not None)


def _near(sentence: str, pieces: Sequence[Excerpt], passages: Passages) -> tuple[float, list[int]]:
    """The share of the sentence's weight in the best piece, and the pieces that may bear on it."""
    # A piece that shares nothing but words such as "on" has a share of nought.
    matches = [match for match in passages.match(terms(sentence), limit=MATCHES) if match.share]
    worded = [passages.passages[match.passage].source for match in matches]
    said = values(sentence) if len(pieces) <= MOST_VALUED else []
    valued = [passages.passages[holder].source for value in said for holder in passages.find_value(value)]
    beside = [
        number
        for best in (worded or valued)[:1]
        for number in (best + 1, best - 1)
        if 0 <= number < len(pieces) and pieces[number].source == pieces[best].source
    ]
    share = matches[0].share if matches else 0.0
    return share, [*worded[:FIRST], *valued, *beside, *worded[FIRST:]]


def _openings_first(pieces: Sequence[Excerpt]) -> list[int]:
    """All pieces: the first of each source, the second of each, and so on."""
    ranks: list[tuple[int, int]] = []
    for _, group in itertools.groupby(range(len(pieces)), key=lambda number: pieces[number].source):
        ranks += enumerate(group)
    return [number for _, number in sorted(ranks)]


def _joined(pieces: Sequence[Excerpt], chosen: Sequence[int]) -> Iterator[Excerpt]:
    """The chosen pieces, those that follow one another in a source as one."""
    run: list[Excerpt] = []
    for before, number in itertools.pairwise([-2, *chosen]):
        piece = pieces[number]
        if run and (number != before + 1 or piece.source != run[-1].source):
            yield _as_one(run)
            run = []
        run.append(piece)
    if run:
        yield _as_one(run)


def _as_one(run: Sequence[Excerpt]) -> Excerpt:
    text = run[0].text
    for before, piece in itertools.pairwise(run):
        text += ("" if piece.start == before.end else "\n") + piece.text
    return Excerpt(run[0].source, run[0].start, run[-1].end, text)
