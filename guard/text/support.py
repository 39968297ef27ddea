"""Holds one sentence of an answer against the sources: what it says that they do not, or say otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.text.claim import skip_preface
from guard.text.name import Name, names
from guard.text.passage import Match, Passages, squeeze
from guard.text.polarity import find_flip
from guard.text.quantity import Value, agrees, clashes, values
from guard.text.token import Term, is_paired, stem, terms

NEAR = 0.4
"""Share of a sentence's weight from which a passage is about the same thing."""
SAME = 0.6
"""Share from which a passage says nearly the same, so that a turned word counts."""
FOREIGN = 0.03
"""Share of terms in the sentence's kind of script below which the sources are in another script."""

FEATURES = (
    "novel", "novel_best", "novel_pairs", "number_unsaid", "number_clash", "number_moved", "name_unsaid",
    "name_moved", "quote_unsaid", "flip",
)  # fmt: skip
"""What a sentence's support is judged by; each between 0 and 1, more meaning less support.

novel: weight of the terms that stand in no source. novel_best: not in the best passage. novel_pairs: share of
neighbouring terms that are neighbours in no source. number_unsaid: a value in no source. number_clash: a
matching passage gives another value of that kind and unit. number_moved: a value stands only in passages that do
not match. name_unsaid, quote_unsaid: not in the sources. name_moved: only in passages that do not match.
flip: a matching passage says the opposite or lacks the negation.
"""


class Slip(NamedTuple):
    """Words that the sources contradict or never say, and where a source says otherwise."""

    start: int
    end: int
    kind: str
    passage: int = -1
    source_start: int = 0
    source_end: int = 0


class Support(NamedTuple):
    """How far the sources bear a sentence out: the features, the slips, and the matching passages.

    `foreign` says that the sources are written in another script, so that words could not be compared.
    """

    features: tuple[float, ...]
    slips: tuple[Slip, ...]
    matches: tuple[Match, ...]
    foreign: bool


class Question:
    """What the user said: words and values that an answer may repeat without a source."""

    def __init__(self, text: str) -> None:
        self.forms = frozenset(term.form for term in terms(text))
        self.values = values(text)
        self.plain = squeeze(text)


def weigh_support(sentence: str, passages: Passages, question: Question) -> Support:
    """Compares one sentence with the indexed sources.

    Linear in the sentence, bounded by its terms times a fixed number of passages.
    """
    begin = skip_preface(sentence)
    said = [value for value in values(sentence) if value.start >= begin]
    counted = {place for value in said for place in range(value.start, value.end)}
    found = [term for term in terms(sentence) if term.start >= begin and term.start not in counted]
    foreign = _is_foreign(found, passages)
    matches = passages.match(found)
    slips = list(_value_slips(said, passages, question, matches))
    if not foreign:
        slips += _name_slips(sentence, begin, said, passages, question, matches)
        slips += _flips(sentence, passages, matches)
    else:
        slips += [
            slip
            for slip in _name_slips(sentence, begin, said, passages, question, matches)
            if slip.kind == "url"
        ]
    kinds = {slip.kind for slip in slips}
    features = (
        *_novelty(found, passages, question, matches),
        *(float(not kinds.isdisjoint(group)) for group in _GROUPS),
    )
    return Support(
        features, tuple(slip for slip in slips if slip.kind not in _SILENT), tuple(matches), foreign
    )


_GROUPS = (
    {"number", "date"}, {"number_clash", "date_clash"}, {"number_moved"}, {"name", "code", "url"}, {"name_moved"},
    {"quote"}, {"flip"},
)  # fmt: skip
_SILENT = {"number_moved", "name_moved"}
"""Kinds that count as a sign but are no finding of their own."""


def _is_foreign(found: Sequence[Term], passages: Passages) -> bool:
    if not found or not passages.postings:
        return False
    paired = sum(is_paired(term.form) for term in found) / len(found)
    own = passages.paired_share if paired > 0.5 else 1 - passages.paired_share
    return own < FOREIGN


def _novelty(
    found: Sequence[Term], passages: Passages, question: Question, matches: Sequence[Match]
) -> tuple[float, float, float]:
    best = passages.forms[matches[0].passage] if matches else frozenset[str]()
    total = novel = apart = 0.0
    for term in found:
        weight = term.weight * passages.weigh(term.form)
        total += weight
        if term.form not in best and term.form not in question.forms:
            apart += weight
            novel += weight if term.form not in passages.postings else 0.0
    if not total:
        return 0.0, 0.0, 0.0
    forms = [term.form for term in found]
    unseen = [pair for pair in itertools.pairwise(forms) if hash(pair) not in passages.pairs]
    return novel / total, apart / total, len(unseen) / max(1, len(forms) - 1)


def _value_slips(
    said: Sequence[Value], passages: Passages, question: Question, matches: Sequence[Match]
) -> Iterator[Slip]:
    near = [match.passage for match in matches if match.share >= NEAR]
    for value in said:
        holders = passages.find_value(value)
        if any(number in holders for number in near):
            continue
        kind = "date" if value.kind in ("date", "time", "weekday") else "number"
        clash = _find_clash(value, near, passages)
        in_question = any(agrees(value, asked) for asked in question.values)
        if clash and (not holders or matches[0].share >= SAME):
            number, other = clash
            yield Slip(value.start, value.end, f"{kind}_clash", number, other.start, other.end)
        elif holders:
            yield Slip(value.start, value.end, "number_moved")
        elif not in_question and not _is_small_count(value):
            yield Slip(value.start, value.end, kind)


def _find_clash(value: Value, near: Sequence[int], passages: Passages) -> tuple[int, Value] | None:
    for number in near:
        for other in passages.values[number]:
            if clashes(value, other):
                return number, other
    return None


def _is_small_count(value: Value) -> bool:
    """Small whole numbers count things that the sources may only list."""
    return value.kind == "count" and value.amount <= 12 and value.amount == int(value.amount)


def _name_slips(
    sentence: str,
    begin: int,
    said: Sequence[Value],
    passages: Passages,
    question: Question,
    matches: Sequence[Match],
) -> Iterator[Slip]:
    near = "".join(squeeze(passages.passages[match.passage].text) for match in matches if match.share >= NEAR)
    for name in names(sentence):
        inside = any(value.start < name.end and name.start < value.end for value in said)
        if name.start < begin or inside:
            continue
        for part in _parts(name):
            plain = squeeze(part.form)
            if not plain or plain in question.plain:
                continue
            if not _is_known(part, plain, passages):
                kind = part.kind if part.kind in ("url", "code", "quote") else "name"
                yield Slip(part.start, part.end, "quote" if part.kind == "work" else kind)
            elif near and plain not in near:
                yield Slip(part.start, part.end, "name_moved")


def _parts(name: Name) -> Iterator[Name]:
    """What of a name must stand in the sources: each capitalised word, or the telling characters."""
    if name.kind == "name":
        at = name.start
        for word in name.form.split():
            start = name.start + name.form.index(word, at - name.start)
            at = start + len(word)
            if word[0].isupper() and len(word) > 1:
                yield Name(start, at, "name", word)
    elif name.kind == "person":
        yield name._replace(form=name.form[:2])
    elif name.kind == "place":
        yield name._replace(form=name.form[-2:])
    else:
        yield name


def _is_known(name: Name, plain: str, passages: Passages) -> bool:
    if name.kind == "name":
        form = stem(name.form)
        if form in passages.postings or name.form.rstrip(".") in passages.initials:
            return True
        return len(plain) > 4 and any(plain[:size] in passages.prefixes for size in (max(4, len(plain) - 3),))
    if name.kind == "quote" and len(plain) <= 3:
        return True
    return any(plain in text for text in passages.plain)


def _flips(sentence: str, passages: Passages, matches: Sequence[Match]) -> Iterator[Slip]:
    for match in matches[:1]:
        if match.share >= SAME:
            flip = find_flip(sentence, passages.passages[match.passage].text)
            if flip:
                yield Slip(flip.start, flip.end, "flip", match.passage, flip.source_start, flip.source_end)
