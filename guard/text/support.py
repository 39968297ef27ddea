"""Holds one sentence of an answer against the sources: what it says that they do not, or say otherwise."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.deadline import watched
from guard.text.claim import skip_preface
from guard.text.clause import is_misplaced
from guard.text.derive import follows
from guard.text.name import COUNTERPARTS, MONTHS, Name, names
from guard.text.neighbour import encloses
from guard.text.passage import Match, Passages, squeeze
from guard.text.polarity import find_flip
from guard.text.quantity import values
from guard.text.token import Term, is_paired, stem, terms
from guard.text.value import Value, agrees, clashes

NEAR = 0.4
"""Share of a sentence's weight from which a passage is about the same thing."""
SAME = 0.6
"""Share from which a passage says nearly the same, so that a turned word counts."""
MARGIN = 0.15
"""By how much a passage must match better than those that bear a value out, to contradict it all the same."""
FOREIGN = 0.03
"""Share of terms in the sentence's kind of script below which the sources are in another script."""

FEATURES = ("novel", "novel_pairs", "number_unsaid", "number_clash", "name_unsaid", "quote_unsaid", "flip")
"""What a sentence's support is judged by; each between 0 and 1, more meaning less support.

novel: weight of the terms that stand in no source. novel_pairs: share of neighbouring terms that are
neighbours in no source. number_unsaid: a value, code or address in no source, or a value given for
something else. number_clash: a matching passage gives another value of that kind and unit. name_unsaid,
quote_unsaid: not in the sources. flip: a matching passage says the opposite or lacks the negation.
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

    `foreign` says that the sources are written in another script, so that words could not be compared;
    `copied` that the sentence stands in a source, letter by letter and as a whole one.
    """

    features: tuple[float, ...]
    slips: tuple[Slip, ...]
    matches: tuple[Match, ...]
    foreign: bool
    copied: bool = False


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
    if passages.has_sentence(sentence[begin:]):
        best = passages.match([term for term in terms(sentence) if term.start >= begin])
        return Support((0.0,) * len(FEATURES), (), tuple(best), foreign=False, copied=True)
    said = [value for value in values(sentence) if value.start >= begin]
    counted = {place for value in said for place in range(value.start, value.end)}
    found = [term for term in terms(sentence) if term.start >= begin and term.start not in counted]
    named = [name for name in names(sentence) if name.start >= begin and name.start not in counted]
    foreign = _is_foreign(sentence, found, named, passages)
    matches = passages.match(found)
    slips = list(_value_slips(sentence, said, passages, question, matches))
    if foreign:
        named = [name for name in named if name.kind == "url"]
    else:
        slips += _flips(sentence, passages, matches)
    slips += _name_slips(named, passages, question)
    kinds = {slip.kind for slip in slips}
    if not slips and _is_any_misplaced(sentence, said, passages, matches):
        kinds.add("number")
    signs = (float(not kinds.isdisjoint(group)) for group in _GROUPS)
    return Support((*_novelty(found, passages, question), *signs), tuple(slips), tuple(matches), foreign)


_GROUPS = (
    {"number", "date", "code", "url"}, {"number_clash", "date_clash"}, {"name"}, {"quote"}, {"flip"},
)  # fmt: skip
"""The kinds of slips that each of the features after the first two counts."""


def _is_foreign(sentence: str, found: Sequence[Term], named: Iterable[Name], passages: Passages) -> bool:
    """Whether the sources are in another script; addresses, codes and, in Chinese, names tell nothing."""
    named = [name for name in named if name.kind in ("url", "code")]
    covered = {place for name in named for place in range(name.start, name.end)}
    plain = [term for term in found if term.start not in covered]
    if not plain or not passages.postings:
        return False
    paired = sum(is_paired(term.form) for term in plain)
    spelt = sum(sentence[term.start].islower() for term in plain if not is_paired(term.form))
    own = passages.paired_share if paired > spelt else 1 - passages.paired_share
    return own < FOREIGN


def _novelty(found: Sequence[Term], passages: Passages, question: Question) -> tuple[float, float]:
    total = novel = 0.0
    for term in found:
        weight = term.weight * passages.weigh(term.form)
        total += weight
        if term.form not in passages.postings and term.form not in question.forms:
            novel += weight
    if not total:
        return 0.0, 0.0
    forms = [term.form for term in found]
    unseen = sum(hash(pair) not in passages.pairs for pair in itertools.pairwise(forms))
    return novel / total, unseen / max(1, len(forms) - 1)


def _value_slips(
    sentence: str, said: Sequence[Value], passages: Passages, question: Question, matches: Sequence[Match]
) -> Iterator[Slip]:
    for value in watched(said):
        holders = passages.find_value(value)
        if not holders and follows(value, sentence, _given(matches, passages)):
            continue
        clash = _find_clash(value, said, _rivals(holders, matches), passages)
        kind = "date" if value.is_moment else "number"
        if clash:
            number, other = clash
            yield Slip(value.start, value.end, f"{kind}_clash", number, other.start, other.end)
        elif not (holders or _may_stand(value, sentence, question) or _is_within(value, matches, passages)):
            yield Slip(value.start, value.end, kind)


def _given(matches: Sequence[Match], passages: Passages) -> list[tuple[str, list[Value]]]:
    """The passages about the same thing, or else the best, each with its values."""
    near = [match.passage for at, match in enumerate(matches) if not at or match.share >= NEAR]
    return [(passages.passages[number].text, passages.values[number]) for number in near]


def _is_any_misplaced(
    sentence: str, said: Sequence[Value], passages: Passages, matches: Sequence[Match]
) -> bool:
    """Whether the passage about the same thing, and none beside it, gives a value for something else."""
    if not matches or matches[0].share < SAME:
        return False
    best, *others = [match.passage for match in matches if match.share >= NEAR]
    text, given = passages.passages[best].text, passages.values[best]
    return any(
        not value.is_moment
        and is_misplaced(value, sentence, said, text, given)
        and set(passages.find_value(value)).isdisjoint(others)
        for value in watched(said)
    )


def _rivals(holders: Sequence[int], matches: Sequence[Match]) -> list[int]:
    """The passages about the same thing that might give another value.

    When some passage gives the value said, only a passage that matches clearly better is one.
    """
    if not holders:
        return [match.passage for match in matches if match.share >= NEAR]
    best = max((match.share for match in matches if match.passage in holders), default=0.0)
    return [match.passage for match in matches if match.share >= max(SAME, best + MARGIN)]


def _find_clash(
    value: Value, said: Sequence[Value], rivals: Sequence[int], passages: Passages
) -> tuple[int, Value] | None:
    """The first value in a rival passage that cannot be meant, and that the sentence does not say as well."""
    for number in rivals:
        if _encloses(number, value, passages):
            continue
        for other in passages.values[number]:
            if clashes(value, other) and not any(agrees(own, other) for own in said):
                return number, other
    return None


def _may_stand(value: Value, sentence: str, question: Question) -> bool:
    """Whether a value needs no source: one of the question's, or one that a source may say without a number.

    Those are small counts of what is listed, "one year" and the like, scores, and "last year": only where a
    source speaks of today or yesterday itself can the two be compared.
    """
    if value.kind == "relative":
        return True
    if value.is_moment:
        return any(agrees(value, own) for own in question.values)
    is_small = value.kind == "count" and value.amount <= 12 and value.amount == int(value.amount)
    is_one = value.amount == value.factor and not _DIGIT.search(sentence, value.start, value.end)
    if is_small or is_one or value.kind == "score":
        return True
    return any(agrees(value, own) for own in question.values)


_DIGIT = re.compile(r"\d")


def _is_within(value: Value, matches: Sequence[Match], passages: Passages) -> bool:
    """Whether a point in time lies within a span that a passage about the same thing gives."""
    near = [match.passage for match in matches if match.share >= NEAR]
    return value.is_moment and any(_encloses(number, value, passages) for number in near)


def _encloses(number: int, value: Value, passages: Passages) -> bool:
    return encloses(passages.passages[number].text, passages.values[number], value)


def _name_slips(named: Iterable[Name], passages: Passages, question: Question) -> Iterator[Slip]:
    for name in watched(named):
        if _is_spelt_short(name, passages):
            continue
        for part in _parts(name):
            plain = squeeze(part.form)
            if plain and plain not in question.plain and not _is_known(part, plain, passages):
                yield Slip(part.start, part.end, _SLIP_KINDS.get(part.kind, part.kind))


_SLIP_KINDS = {"work": "quote", "person": "name", "place": "name"}


def _parts(name: Name) -> Iterator[Name]:
    """What of a name must stand in the sources: each capitalised word, or the telling characters."""
    if name.kind == "name":
        for word in _WORD.finditer(name.form):
            if word.group()[0].isupper() and len(word.group()) > 1:
                yield Name(name.start + word.start(), name.start + word.end(), "name", word.group())
    elif name.kind == "quote":
        for piece in _PIECE.finditer(name.form):
            yield Name(name.start + piece.start(), name.start + piece.end(), "quote", piece.group())
    elif name.kind == "place":
        yield name._replace(form=name.form[-2:])
    else:
        yield name


_WORD = re.compile(r"[^\W\d_]+(?:['’.][^\W\d_]+)*")
_PIECE = re.compile(r"(?:(?!\[[^\]]{0,40}\]|\.\.\.|…).)+")


def _is_known(name: Name, plain: str, passages: Passages) -> bool:
    if name.kind == "name":
        form = stem(name.form)
        if form in passages.postings or plain in passages.postings or plain.upper() in passages.initials:
            return True
        if stem(COUNTERPARTS.get(plain, "")) in passages.postings or _is_dated(plain, passages):
            return True
        return len(plain) > 4 and plain[: max(4, len(plain) - 3)] in passages.prefixes
    if name.kind == "quote" and len(plain) <= 3:
        return True
    if name.kind == "code":
        return passages.has_code(name.form)
    return any(plain in text for text in passages.plain) or (
        name.kind == "person" and _is_called_alike(plain, passages)
    )


def _is_dated(plain: str, passages: Passages) -> bool:
    """Whether a month stands in the sources as part of a date."""
    month = MONTHS.index(plain) + 1 if plain in MONTHS else 0
    return month > 0 and any(value.date[1] == month for found in passages.values for value in found)


def _is_called_alike(plain: str, passages: Passages) -> bool:
    """Whether a person's first two characters stand in the sources, and not as those of someone else."""
    texts = [passage.text for passage in watched(passages.passages) if plain[:2] in passage.text]
    others = {name.form for text in texts for name in names(text) if name.kind == "person"}
    return bool(texts) and not any(len(other) == 3 and other[:2] == plain[:2] for other in others)


def _is_spelt_short(name: Name, passages: Passages) -> bool:
    """Whether the sources write a name of several words by its initials."""
    initials = "".join(word[0] for word in name.form.split() if word[0].isupper())
    return name.kind == "name" and len(initials) > 1 and initials.lower() in passages.postings


def _flips(sentence: str, passages: Passages, matches: Sequence[Match]) -> Iterator[Slip]:
    for match in matches[:1]:
        if match.share >= SAME:
            flip = find_flip(sentence, passages.passages[match.passage].text)
            if flip:
                yield Slip(flip.start, flip.end, "flip", match.passage, flip.source_start, flip.source_end)
