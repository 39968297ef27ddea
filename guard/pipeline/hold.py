"""Holds back the text of a stream until no later character can make it forbidden.

A rule whose filter knows how far its findings reach judges a stretch that slides along the text: what
the filter says no later character can change is settled. A rule whose filter judges whole sentences, or
that takes or marks whole sentences, settles a text sentence by sentence: what it makes of them depends on
the text alone, not on the pieces that it came in. A text is settled as far as all rules of its stage have
settled it. Every character is scanned a bounded number of times.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter

from guard.cut import Claim, Cut, Hidden, Shears, acts_on_sentences, unite
from guard.pipeline.judge import Judge
from guard.pipeline.reading import Reading, Sheet
from guard.registry import MARGIN, Filter
from guard.text.excision import Span
from guard.text.notation import Form, torn, undo
from guard.text.segment import first_closed
from guard.text.view import View
from guard.types import Action, Decision, OnError, Part, Rule, Stage

LONGEST_LOOKBACK = 160
"""Settled characters that a filter with a reach is shown, at the most, before the new ones."""

STEP = 8
"""New characters that make another look worth while."""

CONTEXT = 200
"""Settled characters that a filter of whole sentences is shown before the new ones."""

LONGEST_SENTENCE = 400
"""Characters after which a sentence that does not close is judged as far as it goes."""

_VISIBLE = re.compile(r"\S")


@dataclass(frozen=True)
class Lookout:
    """The rules that watch a stream at one stage: those with a reach, and those of whole sentences.

    A rule that can neither change nor stop an answer is asked at the end only.
    """

    stage: Stage
    near: Mapping[str, Rule]
    whole: Mapping[str, Rule]
    filters: tuple[Filter, ...]

    @classmethod
    def of(cls, judge: Judge, stage: Stage) -> Lookout:
        """The lookout that a policy keeps at a stage."""
        rules = [rule for rule in judge.policy.rules if stage in rule.stages and _can_act(rule)]
        filters = {rule.id: judge.filter_of(rule) for rule in rules}
        whole = {
            rule.id: rule for rule in rules if filters[rule.id].reach is None or _is_of_sentences(rule, stage)
        }
        near = {rule.id: rule for rule in rules if rule.id not in whole}
        return cls(stage, near, whole, tuple({filters[name] for name in near}))

    @functools.cached_property
    def drops(self) -> bool:
        """Whether sentences may be taken out, so that the space behind one waits for the next."""
        return any(rule.drops and _is_of_sentences(rule, self.stage) for rule in self.whole.values())

    @property
    def lookback(self) -> int:
        """Settled characters shown before the new ones, as context."""
        farthest = max((filter.reach or 0 for filter in self.filters), default=0)
        return min(LONGEST_LOOKBACK, farthest + MARGIN)

    def settles(self, text: str) -> int:
        """How many leading characters of a growing text no filter with a reach can yet find fault with."""
        return min((filter.settled(text) for filter in self.filters), default=len(text))


@dataclass(frozen=True)
class Look:
    """A stretch of a channel to be judged now by some rules; findings that begin before `final` hold.

    For rules of whole sentences, `span` is the new sentence in it, in places of the channel.
    """

    rules: Mapping[str, Rule]
    sheet: Sheet
    start: int
    text: str
    final: int
    span: Span = (0, 0)

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def read(self, part: Part) -> Reading:
        """How the stretch is read."""
        return Reading(part, self.sheet, self.start)


@dataclass
class Channel:
    """One text of a stream as it arrives: a choice's content, reasoning, or a tool call's arguments.

    All positions count characters of the text as it came. Up to `settled` it may go on, with `cuts`
    applied; up to `gone` it has; up to `judged` the rules of whole sentences have seen it, up to `scanned`
    all others.
    """

    name: str
    lookout: Lookout
    hide: Callable[[Hidden], str]
    length: int = 0
    settled: int = 0
    gone: int = 0
    judged: int = 0
    looked: int = 0
    scanned: int = 0
    fixed: list[Cut] = field(default_factory=list)
    passing: list[Cut] = field(default_factory=list)
    shears: Shears = field(default_factory=Shears)
    is_whole: bool = False
    sheet: Sheet = field(default_factory=Sheet)
    _begun: deque[int] = field(default_factory=deque)
    _merged: list[Cut] | None = None
    _tail: str = ""
    _said: View | None = None
    _fresh: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _told: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole text so far."""
        return "".join(self._pieces)

    @property
    def has_gone(self) -> bool:
        """Whether any piece of it has gone on, be it empty."""
        return bool(self._told)

    def may_go(self, end: int) -> bool:
        """Whether the text may go on up to there.

        The head of a tool call that is watched waits for the first of its arguments that may.
        """
        is_watched = bool(self.lookout.near or self.lookout.whole)
        waits = self.lookout.stage is Stage.TOOL_CALL and is_watched and not (self.settled or self.is_whole)
        return end <= self.settled and not waits

    def told(self, end: int) -> str:
        """The text up to a settled place, from which on nothing has gone, as it goes on."""
        return "".join(self._told) + self.carve(self.gone, end, self.text[self.gone : end])

    @property
    def cuts(self) -> list[Cut]:
        """The redactions known so far, in order, overlapping ones united."""
        if self._merged is None:
            self._merged = unite(self.fixed + self.passing)
        return self._merged

    def add(self, text: str) -> tuple[int, int]:
        """Takes in a piece of text; where it stands."""
        start = self.length
        self._pieces.append(text)
        self._fresh.append(text)
        self.sheet.form.feed(text)
        self.length += len(text)
        if not (self.lookout.near or self.lookout.whole):
            self.settled = self.judged = self.length
        return start, self.length

    def looks(self, *, force: bool = False, ended: bool = False) -> Iterator[Look]:
        """The stretches to judge now, each asked for only after the one before has been `take`n.

        A channel that has `ended` is judged to its last character, so that it holds up no other.
        """
        # The more is held, the rarer the looks: so the whole stays linear even where nothing settles.
        step = max(STEP, (self.length - self.settled) // 8)
        if self.length - self.looked < (1 if force else step) and not (ended and self.settled < self.length):
            return
        self.looked = self.length
        self._tail += "".join(self._fresh)
        self._fresh.clear()
        self._said = self._read(self._tail, self._origin)
        sure = self.length if ended else self._sure()
        if self.lookout.whole:
            yield from self._sentences(ended)
        else:
            self.judged = self.length
        if self.lookout.near and sure > max(self.settled, self.scanned):
            self.scanned = sure
            start = self._back(self.settled, self.lookout.lookback)
            yield self._look(self.lookout.near, start, self.length, sure)
        self._settle(sure)

    def take(self, look: Look, decision: Decision) -> bool:
        """Notes what a look showed; whether nothing of the channel may go on."""
        held = [found for found in decision.findings if found.end > self._front(look)]
        final = [found for found in held if found.start < look.final]
        if any(look.rules[found.rule].action >= Action.RETRY for found in final):
            return True
        if any(item.action is Action.BLOCK for item in decision.unjudged):
            return True
        claims = [(look.rules[found.rule], found) for found in held]
        if look.rules is self.lookout.near:
            self.passing = self._cuts(claims, look.text, look.start, self.settled)
        else:
            text = self._between(min(self.shears.kept, look.start), look.end)
            self._pass_over(look.span, claims, text, look.end - len(text), decision.language)
            self.judged = look.end
        self._merged = None
        return False

    def finish(self, decision: Decision, path: str) -> None:
        """Settles all that is left by the final decision on the whole answer.

        What the rules of whole sentences made of a sentence when it closed stays, whatever they make of the
        whole; the decision counts for the sentence that is still open.
        """
        self._fix(self.settled)
        text, lookout = self.text, self.lookout
        own = [found for found in decision.findings if found.part == path]
        near = [(lookout.near[found.rule], found) for found in own if found.rule in lookout.near]
        whole = [(lookout.whole[found.rule], found) for found in own if found.rule in lookout.whole]
        self.passing = self._cuts(_behind(near, self.settled), text, 0, self.settled)
        if begun := _VISIBLE.search(text, self.judged):
            span = begun.start(), len(text.rstrip())
            self._pass_over(span, _behind(whole, self.judged), text, 0, decision.language)
        self.fixed += self.shears.end(text, 0)
        self._merged = None
        self.settled = self.judged = self.length
        self.is_whole = True

    def drop(self) -> None:
        """Forgets the text that has not gone on, as if it had never come."""
        text = self.text[: self.gone]
        self._pieces, self._fresh, self._tail = [text], [], text[-CONTEXT:]
        self.sheet = Sheet(Form(text))
        self.length = self.settled = self.judged = self.looked = self.scanned = self.gone
        self.fixed, self.passing, self.shears, self._merged = [], [], Shears(), None

    def carve(self, start: int, end: int, text: str) -> str:
        """The piece of text that stands there, with what is redacted taken out.

        The mask stands where the redaction begins; the pieces that hold the rest of it lose theirs.
        """
        kept: list[str] = []
        position = start
        for first, last, hidden in self.cuts[bisect_right(self.cuts, start, key=itemgetter(1)) :]:
            # What is put in stands at the end of the piece that it follows.
            if first >= end and not first == last == end:
                break
            kept.append(text[position - start : max(first, position) - start])
            kept.append(self.sheet.write((first, last, hidden), self.hide) if first >= start else "")
            position = min(last, end)
        return "".join(kept) + text[position - start :]

    def let_go(self, start: int, end: int, text: str) -> str:
        """The piece of text that stands there as it goes on."""
        self.gone, text = end, self.carve(start, end, text)
        self._told.append(text)
        return text

    def forget(self) -> None:
        """Forgets the redactions of text that has gone on."""
        if any(cut[1] <= self.gone for cut in self.fixed):
            self.fixed = [cut for cut in self.fixed if cut[1] > self.gone]
            self._merged = None

    def _sentences(self, ended: bool) -> Iterator[Look]:
        origin, form = self._origin, self.sheet.form
        sure = self.length if ended else min(form.sure, origin + torn(self._tail))
        while begun := _VISIBLE.search(self._tail, self.judged - origin):
            start = begun.start()
            # A sentence does not reach out of JSON into what follows it.
            end = form.until if origin + start < form.until else self.length
            is_last = ended or end < self.length
            window = self._tail[start : min(start + LONGEST_SENTENCE, end - origin, sure - origin)]
            said = self._read(window, origin + start)
            count = said.place(first_closed(said.text))
            if not count and (is_last or len(window) == LONGEST_SENTENCE):
                count = torn(window) if len(window) == LONGEST_SENTENCE else len(window.rstrip())
            if not count:
                break
            span = origin + start, origin + start + count
            yield self._look_at(span)

    def _look_at(self, span: Span) -> Look:
        """The look at a sentence: with those before it, as far as they fit into the context."""
        start, end = span
        while self._begun and self._begun[0] < start - CONTEXT:
            self._begun.popleft()
        first = self._begun[0] if self._begun else self._back(start, CONTEXT)
        self._begun.append(start)
        if not self.lookout.drops:
            following = _VISIBLE.search(self._tail, end - self._origin)
            end = following.start() + self._origin if following else self.length
        return self._look(self.lookout.whole, first, end, end, span)

    def _look(self, rules: Mapping[str, Rule], start: int, end: int, final: int, span: Span = (0, 0)) -> Look:
        """The look at a stretch, which begins in the tail."""
        return Look(rules, self.sheet, start, self._between(start, end), final, span)

    def _read(self, text: str, start: int) -> View:
        """What a piece of the text says that stands there."""
        return undo(View.of(text), max(0, self.sheet.form.until - start))

    def _sure(self) -> int:
        """Up to where no filter with a reach can yet find fault with what the tail says."""
        assert self._said is not None
        place = self._said.place(self.lookout.settles(self._said.text))
        return min(self._origin + min(place, torn(self._tail)), self.sheet.form.sure)

    def _back(self, place: int, count: int) -> int:
        """The place so many characters before another, as far as the tail goes back: an escape is one."""
        assert self._said is not None
        at = self._said.index(max(0, place - self._origin))
        return self._origin + self._said.place(max(0, at - count))

    @property
    def _origin(self) -> int:
        """Where the tail begins."""
        return self.length - len(self._tail)

    def _pass_over(self, span: Span, claims: Sequence[Claim], text: str, origin: int, language: str) -> None:
        """Notes what the rules of whole sentences make of the next sentence, in a text at `origin`."""
        stage, begin = self.lookout.stage, self.sheet.form.until
        whole: list[Claim] = []
        rest: list[Claim] = []
        for rule, found in claims:
            is_whole = found.start >= begin and _is_of_sentences(rule, stage)
            (whole if is_whole else rest).append((rule, found))
        self.fixed += self._cuts(rest, text, origin, self.judged)
        self.fixed += self.shears.pass_over(text, origin, span, whole, language)

    def _settle(self, sure: int) -> None:
        """Moves the settled mark as far as all rules allow, but into no redaction that may still grow."""
        limit = min(self.judged, sure) if self.lookout.near else self.judged
        if self.shears.is_open:
            limit = min(limit, self.shears.kept)
        for start, end, _ in self.cuts:
            if start < limit < end:
                limit = start
        self._fix(limit)
        self.settled = max(self.settled, limit)
        keep = min(self._back(self.settled, self.lookout.lookback), self._back(self.judged, CONTEXT))
        self._tail = self._tail[keep - self._origin :]

    def _fix(self, limit: int) -> None:
        """What is redacted before the limit no longer changes."""
        self.fixed += [cut for cut in self.passing if cut[1] <= limit]
        self.passing = [cut for cut in self.passing if cut[1] > limit]
        self._merged = None

    def _front(self, look: Look) -> int:
        """Up to where this look's rules have had their say."""
        return self.settled if look.rules is self.lookout.near else self.judged

    def _cuts(self, claims: Sequence[Claim], text: str, origin: int, front: int) -> list[Cut]:
        """What is redacted of findings in a text that stands at `origin`, from `front` on."""
        cuts = []
        for rule, found in claims:
            if rule.action is Action.REDACT:
                start = max(found.start, front)
                hidden = Hidden(text[start - origin : found.end - origin], rule, found)
                cuts.append((start, found.end, hidden))
        return cuts

    def _between(self, start: int, end: int) -> str:
        return self._tail[max(0, start - self._origin) : end - self._origin]


def _can_act(rule: Rule) -> bool:
    return rule.action > Action.FLAG or rule.marks or rule.on_error is OnError.BLOCK


def _is_of_sentences(rule: Rule, stage: Stage) -> bool:
    return stage is Stage.OUTPUT and acts_on_sentences(rule, stage, "")


def _behind(claims: Sequence[Claim], place: int) -> list[Claim]:
    return [claim for claim in claims if claim[1].end > place]


def shifted(decision: Decision, offset: int, path: str) -> Decision:
    """A decision on a stretch, told in positions of the whole part."""
    findings = tuple(
        replace(found, start=found.start + offset, end=found.end + offset, part=path)
        for found in decision.findings
    )
    unjudged = tuple(replace(item, part=path if item.part else "") for item in decision.unjudged)
    edits = {path: "".join(decision.edits.values())} if decision.edits else {}
    return replace(decision, findings=findings, unjudged=unjudged, edits=edits)
