"""Shows a finding in its surroundings without showing what must stay hidden.

Before any text reaches a report, everything that may identify a person or open a door is masked in it:
what the policy found, and what the `pii` and `secret` filters find besides, at every stage and at a low
threshold, since a policy may not ask for them where another rule's example is cut. A text that these
filters could not judge is withheld.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from guard.cut import merge
from guard.pipeline.judge import STAGES, Judge
from guard.registry import filters
from guard.text.notation import deeper
from guard.text.segment import sentences
from guard.text.view import View
from guard.types import Action, Exchange, Finding, OnError, Place, Policy, Rule, Source

HIDERS = ("pii", "secret")
"""The filters whose findings are hidden, whatever the policy says."""

SHOWN = (
    "harm", "injection", "grounding", "citation", "self_consistency", "language", "length", "topic",
)  # fmt: skip
"""The filters that judge what a text says; their findings are shown, those of all others masked."""

CLAIMS = ("grounding", "citation", "self_consistency")
"""The filters that find words in a claim; the whole sentence is shown as the claim."""

HIDE_FROM = 0.35
"""The least score at which something is hidden: low, since a report had better hide too much, but above
0.3, which Presidio gives to patterns without a check that fit plain prose (`am to 4` as a number plate)."""

DOT = "•"
LONG = 10
"""From this many characters on, an identifier keeps its first and last one, to be told from others."""

WIDEST_MASK = 24
AROUND = 70
"""Characters of context on each side of a finding."""

LONGEST = 420
"""Characters of a finding that are shown; the middle of a longer one is left out."""

SHORT = 4
"""Values of fewer characters are hidden beyond where they were found only if they are words, and whole."""

NAMES_KEPT = 4096
"""Names, such as those of sources, of which is kept what must be hidden in them."""

WITHHELD = "…"
SAMPLE = "samples["
"""How the paths of other answers to the same prompt begin."""

Spans = list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A finding in its surroundings, masked: `found` is what is marked between its context.

    Of a claim that a source must bear out, `head` and `tail` are the rest of its sentence. `title`
    names the source in which a passage stands; `is_sample` says that it stands in another answer to the same
    prompt. `withheld` says that the text could not be checked for personal data and is not shown.
    """

    before: str
    found: str
    after: str
    head: str = ""
    tail: str = ""
    title: str = ""
    withheld: bool = False
    is_sample: bool = False

    def __str__(self) -> str:
        return f"{self.before}{self.head}‹{self.found}›{self.tail}{self.after}"


class Masker:
    """Masks the texts of exchanges; see `masker` for one, since its filters take time to load."""

    def __init__(self) -> None:
        rules = tuple(
            Rule(
                id=name,
                filter=name,
                stages=STAGES,
                action=Action.REDACT,
                threshold=HIDE_FROM,
                on_error=OnError.ALLOW,
                timeout_ms=10_000,
            )
            for name in HIDERS
            if name in filters()
        )
        self._judge = Judge(Policy("evidence", rules))
        self.look_through = functools.lru_cache(NAMES_KEPT)(self._look_through)

    def mask(self, exchange: Exchange, findings: Sequence[Finding]) -> Masked:
        """The texts of the exchange, ready to be shown around these findings."""
        own = self._judge.judge(exchange)
        unseen = {item.part for item in own.unjudged if not item.reason.endswith("content is not read")}
        hidden = [*own.findings, *(found for found in findings if found.filter not in SHOWN)]
        if any(place.part.startswith(SAMPLE) for found in findings for place in found.evidence):
            # Other answers belong to no stage, so they are looked through as if they were sources.
            others = self._judge.judge(Exchange(sources=tuple(map(Source, exchange.samples))))
            hidden += [replace(found, part=_as_sample(found.part)) for found in others.findings]
            unseen |= {_as_sample(item.part) for item in others.unjudged}
        return Masked(exchange, hidden, unseen, self.look_through)

    def bare(self) -> Masked:
        """What masks the names of an exchange in which nothing was found."""
        return Masked(Exchange(), (), set(), self.look_through)

    def blank(self, name: str) -> str:
        """A name that belongs to no text, with `…` for what must be hidden in it."""
        for start, end, _ in reversed(merge(self.look_through(name))):
            name = name[:start] + WITHHELD + name[end:]
        return name

    def _look_through(self, name: str) -> Spans:
        """What must be hidden in a name that belongs to no text: all of it where it could not be judged."""
        own = self._judge.judge(Exchange.of(name))
        if own.unjudged:
            return [(0, len(name), "all")]
        return [(found.start, found.end, _secrecy(found)) for found in own.findings]


@functools.cache
def masker() -> Masker:
    """The masker that everything in the process shares."""
    return Masker()


class Masked:
    """The texts of one exchange with what must be hidden in them.

    `look_through` finds what must be hidden in a name that is no part of the exchange.
    """

    def __init__(
        self,
        exchange: Exchange,
        hidden: Iterable[Finding],
        unseen: set[str],
        look_through: Callable[[str], Spans] = lambda name: [],
    ) -> None:
        self._look_through = look_through
        self._texts = {part.path: part.text for stage in STAGES for part in exchange.parts(stage)}
        self._texts |= {f"{SAMPLE}{n}]": text for n, text in enumerate(exchange.samples)}
        self._titles = {
            f"sources[{n}].text": each.title or each.id for n, each in enumerate(exchange.sources)
        }
        self._unseen = unseen
        self._spans: dict[str, Spans] = {}
        for found in hidden:
            self._spans.setdefault(found.part, []).append((found.start, found.end, _secrecy(found)))
        values = {
            self._texts[path][start:end]: kind
            for path, spans in self._spans.items()
            if path in self._texts
            for start, end, kind in spans
        }
        self._covers: dict[str, Cover] = {}
        self._sentences: dict[str, list[tuple[int, int]]] = {}
        self._scrubbed: dict[str, str] = {}
        self._values = {
            view.text: kind
            for value, kind in values.items()
            for view in deeper(View.of(value))
            if _tells(view.text)
        }

    def scrub(self, text: str) -> str:
        """A short text, such as a reason, without any value that is hidden in this exchange."""
        if text not in self._scrubbed:
            self._scrubbed[text] = _cut(text, Cover(self._repeated(text)), 0, len(text))
        return self._scrubbed[text]

    def name(self, text: str) -> str:
        """A name, such as a record's id, without what must be hidden in it, and scrubbed."""
        hidden = merge([*self._look_through(text), *self._repeated(text)])
        return _cut(text, Cover(hidden), 0, len(text))

    def show(self, at: Finding | Place) -> Snippet:
        """A stretch of a part in its surroundings."""
        text = self._texts.get(at.part)
        is_sample = at.part.startswith(SAMPLE)
        if text is None or not self._unseen.isdisjoint((at.part, "")):
            return Snippet("", WITHHELD, "", withheld=True, is_sample=is_sample)
        start, end = max(0, at.start), min(len(text), at.end)
        first, last = start, end
        if isinstance(at, Finding) and at.filter in CLAIMS:
            first, last = self._sentence(at.part, start, end)
        low, high = max(0, first - AROUND), min(len(text), last + AROUND)
        spans = self._cover(at.part)
        return Snippet(
            before=("…" if low else "") + _cut(text, spans, low, first),
            head=shorten(_cut(text, spans, first, start)),
            found=shorten(_cut(text, spans, start, end)),
            tail=shorten(_cut(text, spans, end, last)),
            after=_cut(text, spans, last, high) + ("…" if high < len(text) else ""),
            title=self.name(self._titles.get(at.part, "")),
            is_sample=is_sample,
        )

    def _cover(self, part: str) -> Cover:
        if part not in self._covers:
            repeated = self._repeated(self._texts[part])
            self._covers[part] = Cover(merge([*self._spans.get(part, ()), *repeated]))
        return self._covers[part]

    def _sentence(self, part: str, start: int, end: int) -> tuple[int, int]:
        """The sentences that a stretch touches."""
        if part not in self._sentences:
            self._sentences[part] = sentences(self._texts[part])
        spans = self._sentences[part]
        first = bisect.bisect_right(spans, start, key=lambda span: span[1])
        last = bisect.bisect_left(spans, end, key=lambda span: span[0])
        return (min(start, spans[first][0]), max(end, spans[last - 1][1])) if first < last else (start, end)

    def _repeated(self, text: str) -> Spans:
        """Where the hidden values stand in a text, found there or not, be they written with escapes."""
        spans: Spans = []
        for view in deeper(View.of(text)):
            for value, kind in self._values.items():
                at = view.text.find(value)
                while at >= 0:
                    end = at + len(value)
                    if not (_is_short_word(value) and _goes_on(view.text, at, end)):
                        spans.append((*view.span(at, end), kind))
                    at = view.text.find(value, end)
        return merge(spans)


class Cover:
    """Spans to hide, in order and apart, so that those in a stretch are found at once."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._ends = [end for _, end, _ in spans]

    def within(self, low: int, high: int) -> Iterator[tuple[int, int, str]]:
        """The spans that reach into a stretch."""
        for index in range(bisect.bisect_right(self._ends, low), len(self._spans)):
            if self._spans[index][0] >= high:
                return
            yield self._spans[index]


def _as_sample(path: str) -> str:
    """The path of another answer that was looked through as a source."""
    return path.replace("sources[", SAMPLE).removesuffix(".text")


def _secrecy(found: Finding) -> str:
    """How much of a finding is hidden: `all`, or all but the ends of a long identifier."""
    return "all" if found.filter == "secret" else "ends"


def _tells(value: str) -> bool:
    """Whether a value is hidden wherever it stands: a long one, or a short name or word of letters."""
    value = value.strip()
    return len(value) >= SHORT or sum(map(str.isalpha, value)) > 1


def _is_short_word(value: str) -> bool:
    """Whether longer words may hold the value by chance, as 'banner' holds 'Ann'."""
    return len(value.strip()) < SHORT and value.isascii()


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether a Latin word reaches beyond a stretch."""
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return any(char.isascii() and char.isalnum() for char in around)


def _cut(text: str, hidden: Cover, low: int, high: int) -> str:
    """The stretch of a text with what is hidden masked; a span cut off by an end is masked whole."""
    pieces: list[str] = []
    at = low
    for start, end, kind in hidden.within(low, high):
        inside = start >= low and end <= high
        value = text[max(start, low) : min(end, high)]
        pieces += [text[at : max(start, low)], cover(value, kind if inside else "all")]
        at = min(end, high)
    pieces.append(text[at:high])
    return printable("".join(pieces))


def cover(value: str, kind: str) -> str:
    """A value as dots; a long identifier keeps its first and last character.

    >>> cover("13800138000", "ends")
    '1•••••••••0'
    """
    if kind == "ends" and len(value) >= LONG:
        return value[0] + DOT * min(len(value) - 2, WIDEST_MASK) + value[-1]
    return DOT * min(len(value), WIDEST_MASK)


def shorten(text: str, longest: int = LONGEST) -> str:
    """The beginning and the end of a text that is too long to show."""
    if len(text) <= longest:
        return text
    head = longest * 2 // 3
    return f"{text[:head]} […] {text[head - longest :]}"


def printable(text: str) -> str:
    """A text that any file can hold: lone surrogates and control characters become `�`."""
    return "".join("�" if _is_unprintable(char) else char for char in text)


def _is_unprintable(char: str) -> bool:
    if char < " ":
        return char not in "\t\n"
    return "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" or char in _DIRECTIONS


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
"""Marks that turn the direction of writing and could make a report read otherwise than it is."""
