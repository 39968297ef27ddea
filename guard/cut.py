"""Cuts in a text: which stretches change, what stands in their place, and how cuts of several rules unite.

A rule's cut takes the characters found. Where the rule says so it takes their whole sentence, with or without
a mask in its place, or puts a marker behind it and takes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TypeVar

from guard.text.excision import Span, body, bridge
from guard.text.marker import marker_of, place
from guard.text.notation import undo
from guard.text.segment import sentences
from guard.text.view import View
from guard.types import BEFORE_CALL, Finding, Part, Rule, Stage

Claim = tuple[Rule, Finding]
"""A finding and the rule that claims it."""

Stretch = tuple[int, int, str]
"""Start and end of a stretch, and what stands in its place."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """The text that a redaction hides, and the rule and finding that hide it.

    `restore` says that the user may see it in the answer. `written` is what stands in its place where the
    rule's mask does not tell; with an empty `text` it is put in. `repr` does not show the text.
    """

    text: str = field(repr=False)
    rule: Rule
    found: Finding
    restore: bool = False
    written: str | None = None


Cut = tuple[int, int, Hidden]
"""Start and end of a redacted stretch, and what is hidden there."""


def redact(text: str, cuts: Iterable[Stretch]) -> str:
    """The text with each `(start, end, mask)` stretch replaced.

    Overlapping cuts merge into one: the longest gives the mask, and a mask that repeats one character
    per hidden character is stretched over the union.

    >>> redact("call 13800138000 now", [(5, 16, "[phone]"), (8, 12, "[digits]")])
    'call [phone] now'
    """
    return replace_each(text, merge(cuts))


def replace_each(text: str, stretches: Iterable[Stretch], first: int = 0, last: int | None = None) -> str:
    """The text between two places, by default all of it, with stretches in order and apart replaced."""
    pieces: list[str] = []
    done = first
    for start, end, mask in stretches:
        if (first and end <= first) or (last is not None and start >= last):
            continue
        pieces += [text[done:start], mask]
        done = end
    return "".join(pieces) + text[done:last]


def merge(cuts: Iterable[Stretch]) -> list[Stretch]:
    """Cuts in order of their start, overlapping ones united; empty ones dropped."""
    merged = []
    for group in _overlapping(cuts):
        start, end = group[0][0], max(cut[1] for cut in group)
        first, last, mask = max(group, key=_length)
        repeats_one_character = len(mask) == last - first and len(set(mask)) == 1
        merged.append((start, end, mask[0] * (end - start) if repeats_one_character else mask))
    return merged


def unite(cuts: Iterable[Cut]) -> list[Cut]:
    """Cuts in order of their start, overlapping ones united; empty ones dropped unless they put a text in.

    The longest finding gives the mask, and all rules must agree that the text may be restored. What is put
    in where another rule redacts stands behind that.
    """
    cuts = list(cuts)
    united: list[Cut] = []
    for group in _overlapping(cuts):
        start, end, text = group[0][0], group[0][0], ""
        for first, last, hidden in group:
            text += hidden.text[max(0, end - first) :]
            end = max(end, last)
        restore = all(hidden.restore for _, _, hidden in group)
        longest = max(group, key=_length)[2]
        united.append((start, end, replace(longest, text=text, restore=restore)))
    return _put_in(united, [cut for cut in cuts if cut[0] == cut[1] and cut[2].written])


def _put_in(united: list[Cut], additions: Iterable[Cut]) -> list[Cut]:
    starts = [cut[0] for cut in united]
    moved = []
    for at, _, hidden in additions:
        before = bisect_right(starts, at - 1) - 1
        at = max(at, united[before][1]) if before >= 0 else at
        moved.append((at, at, hidden))
    return sorted([*united, *moved], key=itemgetter(0, 1)) if moved else united


M = TypeVar("M")


def _overlapping(cuts: Iterable[tuple[int, int, M]]) -> list[list[tuple[int, int, M]]]:
    """Groups of cuts that overlap, in order of their start."""
    groups: list[list[tuple[int, int, M]]] = []
    reached = 0
    for cut in sorted(cuts, key=lambda cut: (cut[0], -cut[1])):
        if cut[0] >= cut[1]:
            continue
        if groups and cut[0] < reached:
            groups[-1].append(cut)
        else:
            groups.append([cut])
        reached = max(reached, cut[1])
    return groups


def _length(cut: tuple[int, int, object]) -> int:
    return cut[1] - cut[0]


def is_arguments(path: str) -> bool:
    """Whether the arguments of a tool call stand there."""
    return path.endswith(".arguments")


def acts_on_sentences(rule: Rule, stage: Stage, path: str) -> bool:
    """Whether a rule takes or marks whole sentences of a part; arguments of tool calls are no prose."""
    if is_arguments(path):
        return False
    return rule.widens or (rule.marks and stage is Stage.OUTPUT)


def by_sentence(text: str, claims: Sequence[Claim]) -> Iterator[tuple[int, int, list[Claim]]]:
    """Each sentence with findings of these claims in it: its start, its end and the claims."""
    return _claimed(sentences(text), claims) if claims else iter(())


def cut_sentences(part: Part, claims: Sequence[Claim], language: str, begin: int = 0) -> list[Cut]:
    """The cuts that rules make which take or mark whole sentences, of which the first stands at `begin`."""
    if not claims:
        return []
    shears = Shears(part.stage in BEFORE_CALL, begin, not begin)
    said = undo(View.of(part.text[begin:]), 0)
    spans = [(begin + said.place(start), begin + said.place(end)) for start, end in sentences(said.text)]
    on = {start: found for start, _, found in _claimed(spans, claims)}
    cuts: list[Cut] = []
    for start, end in spans:
        cuts += shears.pass_over(part.text, 0, (start, end), on.get(start, ()), language)
    return cuts + shears.end(part.text, 0)


def _claimed(spans: Sequence[Span], claims: Sequence[Claim]) -> Iterator[tuple[int, int, list[Claim]]]:
    ends = [end for _, end in spans]
    on: dict[int, list[Claim]] = {}
    for rule, found in claims:
        number = bisect_right(ends, found.start)
        while number < len(spans) and spans[number][0] < found.end:
            on.setdefault(number, []).append((rule, found))
            number += 1
    for number in sorted(on):
        yield *spans[number], on[number]


@dataclass
class Shears:
    """Cuts a text sentence by sentence; sentences taken out one after another make one cut.

    All places count characters of the whole text. Up to `kept` all is decided.
    """

    may_restore: bool = False
    kept: int = 0
    begins: bool = True
    _taken: list[Span] = field(default_factory=list)
    _why: Claim | None = None

    @property
    def is_open(self) -> bool:
        """Whether sentences have been taken out behind `kept`, and the gap is still to be closed."""
        return bool(self._taken)

    def pass_over(
        self, text: str, origin: int, span: Span, claims: Sequence[Claim], language: str
    ) -> list[Cut]:
        """The cuts that are known once this sentence, the next of the text, has been judged.

        `text` stands at `origin` and reaches at least from `kept` to the end of the sentence.
        """
        start, end = span
        if taking := _surest(claim for claim in claims if claim[0].drops):
            self._why = self._why or taking
            self._taken.append(span)
            return []
        cuts = self._close(text, origin, start, ends=False)
        self.kept, self.begins = end, False
        sentence = text[start - origin : end - origin]
        return cuts + self._mask_or_mark(sentence, start, claims, language)

    def end(self, text: str, origin: int) -> list[Cut]:
        """The cut that is left when the text ends."""
        return self._close(text, origin, origin + len(text), ends=True)

    def _close(self, text: str, origin: int, end: int, *, ends: bool) -> list[Cut]:
        if self._why is None:
            return []
        stretch = text[self.kept - origin : end - origin]
        taken = [(first - self.kept, last - self.kept) for first, last in self._taken]
        written = bridge(stretch, taken, begins=self.begins, ends=ends)
        cut = (self.kept, end, Hidden(stretch, *self._why, written=written))
        self._taken, self._why = [], None
        return [cut]

    def _mask_or_mark(self, sentence: str, start: int, claims: Sequence[Claim], language: str) -> list[Cut]:
        if masking := _surest(claim for claim in claims if claim[0].widens):
            first, last = body(sentence)
            restore = masking[0].restore and self.may_restore
            return [(start + first, start + last, Hidden(sentence[first:last], *masking, restore))]
        markers: dict[str, Cut] = {}
        for rule in dict.fromkeys(rule.id for rule, _ in claims):
            if marking := _surest(claim for claim in claims if claim[0].id == rule and claim[0].marks):
                marker = marker_of(marking[1].label, marking[0].marker or {}, sentence, language)
                at, written = place(sentence, marker)
                put_in = Hidden("", *marking, written=written)
                markers.setdefault(marker, (start + at, start + at, put_in))
        return list(markers.values())


def _surest(claims: Iterable[Claim]) -> Claim | None:
    return max(claims, key=lambda claim: claim[1].score, default=None)
