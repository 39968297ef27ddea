"""Citations that name no source, are malformed or not borne out, and statements that lack one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from guard.deadline import watched
from guard.filters.grounding import index
from guard.models import cascade, reader
from guard.models.cascade import OPEN, RULE, Claim, probability
from guard.models.reader import Held
from guard.registry import Example, Filter, option
from guard.text.citation import Statement, read, says_something
from guard.text.claim import is_claim
from guard.text.excision import is_row
from guard.text.passage import Passage, Passages
from guard.text.support import NEAR, Question, Support, weigh_support
from guard.types import Exchange, Finding, Part, Place, Source, Stage, Unjudged

MISSING_SOURCE, MALFORMED = "citation.missing_source", "citation.malformed"
UNSUPPORTED, MISSING = "citation.unsupported", "citation.missing"
SURE = 0.95
"""The score of what is seen from the marker alone. Set, not fitted: some look-alikes get through."""
APART = 5
"""Sources cited together are also held against the statement one by one, up to so many."""

_ZH = ("门票价格为8欧元，周一闭馆。", "该博物馆由林海设计，1998年开放，共有藏品2.4万件。")
_EN = (
    "Admission costs 8 euros. The museum is closed on Mondays.",
    "Harbour Hall opened in 1998 as a theatre.",
)
_REASONS = {
    "clash": "{source} says otherwise",
    "unsaid": "the cited source does not bear it out",
    "elsewhere": "the cited source does not bear it out, {source} does",
}
_CLASHES = ("number_clash", "date_clash", "flip")


class Citation(Filter):
    """Citations that name no source, are malformed or not borne out, and statements that lack one.

    Reads `[1]`, `[1,3]`, `[1-3]`, `[^2]`, `【1】`, `（来源1）`, ERNIE's `^[1]^`, superscripts, `①`, ids in
    brackets, links to a source's address and sources named in prose by their number. A number is a source's
    id, or else its place, counted from 1. The statement that a marker stands on is held against the cited
    sources alone, as `grounding` does with all: by rule and, where the rule is not sure, by the guard model,
    which reads it beside them. What the user's last message says may be repeated. Sources cited together must
    bear it out together, and none may be there for show. With `required`, a statement without a citation is
    found as well. Code, indices, heads of tables and lists of references are passed over, and so is the
    reasoning.
    """

    id = "citation"
    labels = (MISSING_SOURCE, MALFORMED, UNSUPPORTED, MISSING)
    stages = (Stage.OUTPUT,)
    needs = frozenset({"sources"})
    hits = (
        Example("门票价格为8欧元‹[3]›。", sources=_ZH, label=MISSING_SOURCE),
        Example("Admission costs 8 euros‹[^4]›.", sources=_EN, label=MISSING_SOURCE),
        Example("门票价格为8欧元‹^[1]›。", sources=_ZH, label=MALFORMED),
        Example("Admission costs 8 euros ‹[2-1]›.", sources=_EN, label=MALFORMED),
        Example("‹门票价格为9欧元^[1]^。›周一闭馆^[1]^。", sources=_ZH, label=UNSUPPORTED),
        Example(
            "It is closed on Mondays [1]. ‹Admission costs 8 euros [2].›", sources=_EN, label=UNSUPPORTED
        ),
        Example("周一闭馆【1】。‹博物馆由林海设计。›", {"required": True}, sources=_ZH, label=MISSING),
        Example("‹Admission costs 8 euros.›", {"required": True}, sources=_EN, label=MISSING),
    )
    misses = (
        Example("门票价格为8欧元^[1]^。", sources=_ZH),
        Example("周一闭馆[1]，博物馆1998年开放[2]。", sources=_ZH),
        Example("Admission costs 8 euros.[1] Harbour Hall opened in 1998.[2]", sources=_EN),
        Example("Harbour Hall opened in 1998 and admission costs 8 euros [1][2].", sources=_EN, score=0.7),
        Example("According to [1], admission costs 8 euros.", {"required": True}, sources=_EN),
        Example("您好！请问您想了解什么？", {"required": True}, sources=_ZH),
        Example("用 a[9] 取第十项，数组为 [7, 8, 9]。", sources=_ZH),
        Example("```py\nx = rows[7]\n```\n门票价格为8欧元【1】。", sources=_ZH),
        Example("Admission costs 8 euros [1].\n\n[7]: https://example.com/a", sources=_EN),
    )
    required: bool = option(
        False, description="Whether every statement that sources could bear out must cite."
    )
    question: bool = option(
        True, description="Whether the answer may repeat what the user's last message says."
    )
    model: bool = option(
        True, description="Whether the guard model reads the statements of which the rule is not sure."
    )
    sure: list[float] = option(
        list(OPEN),
        description="Two scores: a statement below the first or above the second by rule is not read.",
    )

    def __post_init__(self) -> None:
        cascade.check_sure(self.sure)

    def load(self) -> None:
        if self.model:
            reader.shipped()

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if part.path.endswith(".reasoning"):
            return
        bench = Bench(exchange.sources, _last_question(exchange) if self.question else "")
        statements = list(watched(read(part.text, exchange.sources)))
        yield from self._check_markers(part, statements, bench)
        if self.required:
            yield from self._demand(part, statements)
        claims = list(_claims(part.text, statements, bench))
        if self.model:
            bench.read(claim for claim in claims if claim.is_open(self.sure) and not claim.lacks)
        for reason in dict.fromkeys(claim.gap for claim in claims if claim.gap):
            yield self.pass_over(part, reason)
        for claim in claims:
            yield from self._judge(part, claim, bench)

    def _check_markers(self, part: Part, statements: Iterable[Statement], bench: Bench) -> Iterator[Finding]:
        """Markers that are wrong in themselves."""
        for marker in (marker for statement in statements for marker in statement.markers):
            if marker.fault:
                yield self.find(part, MALFORMED, marker.start, marker.end, SURE, marker.fault)
            elif marker.unknown:
                reason = f"it names a source that is not among the {len(bench.sources)} given"
                yield self.find(part, MISSING_SOURCE, marker.start, marker.end, SURE, reason)

    def _demand(self, part: Part, statements: Iterable[Statement]) -> Iterator[Finding]:
        """Statements without a marker; rows of tables and items of a list whose lead-in cites need none."""
        lead = False
        for statement in statements:
            item = _is_item(statement.text)
            free = is_row(statement.text) or (lead and item)
            if not statement.markers and _must_cite(statement.text) and not free:
                yield self.find(part, MISSING, statement.start, statement.end, SURE, "it cites no source")
            lead = _leads(statement) or (lead and item)

    def _judge(self, part: Part, claim: _Claim, bench: Bench) -> Iterator[Finding]:
        if claim.lacks or (claim.is_untold and not claim.support.slips):
            return
        start, end = claim.statement.start, claim.statement.end
        reason, evidence = _explain(bench, claim)
        yield self.find(
            part, UNSUPPORTED, start, end, claim.score, reason, evidence=evidence, tier=claim.tier
        )
        is_apart = 1 < len(claim.cited) <= APART and not claim.closes
        if is_apart and claim.score < 0.5 and not claim.support.foreign:
            yield from self._judge_apart(part, claim.statement, bench, claim.cited)

    def _judge_apart(
        self, part: Part, statement: Statement, bench: Bench, cited: tuple[int, ...]
    ) -> Iterator[Finding]:
        """Sources that do not bear the statement out while the others do without them, by rule alone.

        The measure is the citation precision of Gao and others, arXiv 2305.14627, section 3.
        """
        for at in cited:
            alone = probability(bench.weigh(statement.text, (at,)).features)
            rest = tuple(other for other in cited if other != at)
            score = alone * (1 - probability(bench.weigh(statement.text, rest).features))
            for marker in statement.markers:
                if at in marker.cited and score:
                    reason = f"sources[{at}] adds nothing to what the other cited sources say"
                    yield self.find(part, UNSUPPORTED, marker.start, marker.end, score, reason, tier=RULE)


class Bench:
    """The sources of an exchange, to hold statements against some of them."""

    def __init__(self, sources: tuple[Source, ...], question: str) -> None:
        self.sources = sources
        self.question = Question(question)

    def weigh(self, text: str, cited: tuple[int, ...]) -> Support:
        """How far the sources at these indices bear a text out."""
        return weigh_support(text, self.passages(cited), self.question)

    def read(self, claims: Iterable[_Claim]) -> None:
        """Has the guard model read claims beside what they cite, those together that cite the same."""
        groups: dict[tuple[int, ...], list[_Claim]] = {}
        for claim in claims:
            groups.setdefault(claim.cited, []).append(claim)
        for cited, group in groups.items():
            cascade.read(group, self.passages(cited))

    def passages(self, cited: tuple[int, ...]) -> Passages:
        """The index of these sources."""
        return index(tuple(self.sources[at] for at in cited))

    def place(self, found: Spot, cited: tuple[int, ...]) -> Place:
        """Where in the exchange a spot in the index of these sources is."""
        passage = self.passages(cited).passages[found.passage]
        end = len(passage.text) if found.end is None else found.end
        return Place(self._path(passage, cited), passage.start + found.start, passage.start + end)

    def nearest(self, claim: _Claim) -> tuple[Place, ...]:
        """Where in the exchange the window is that was decisive, or the passage that shares most words."""
        if claim.held:
            return tuple(self._window(claim.held, claim.cited))
        return tuple(self.place(Spot(match.passage), claim.cited) for match in claim.support.matches[:1])

    def _window(self, held: Held, cited: tuple[int, ...]) -> Iterator[Place]:
        for first, last in self.passages(cited).runs(held.excerpt):
            yield Place(self._path(first, cited), first.start, last.end)

    def _path(self, passage: Passage, cited: tuple[int, ...]) -> str:
        return f"sources[{cited[passage.source]}].{passage.field}"


class Spot(NamedTuple):
    """Characters of a passage; the whole of it where `end` is `None`."""

    passage: int
    start: int = 0
    end: int | None = None


@dataclass(slots=True, kw_only=True)
class _Claim(Claim):
    """A statement that cites, beside the sources that it cites."""

    statement: Statement
    cited: tuple[int, ...]
    lacks: bool
    """Whether a cited source holds no text."""
    closes: bool
    """Whether its markers may also stand for sentences before it in the paragraph, which have none."""

    @property
    def gap(self) -> str:
        """Why it was not judged in full, if so."""
        if self.lacks:
            return "a cited source holds no text"
        if self.is_untold:
            return "cited sources are in another script; only numbers and dates were compared"
        if self.held and self.held.cut:
            return "a statement or a passage is too long to be read to its end"
        return ""


def _claims(text: str, statements: Iterable[Statement], bench: Bench) -> Iterator[_Claim]:
    """The statements that say something and cite, so far held by rule against what they cite."""
    bare_end = -1
    for statement in watched(statements):
        closes = bare_end >= 0 and "\n" not in text[bare_end : statement.start]
        bare_end = -1 if statement.markers or not _must_cite(statement.text) else statement.end
        cited = tuple(dict.fromkeys(at for marker in statement.markers for at in marker.cited))
        if cited and _must_cite(statement.text):
            lacks = not all(bench.sources[at].text.strip() for at in cited)
            support = bench.weigh(statement.text, cited)
            yield _Claim(
                text=statement.text, support=support, statement=statement, cited=cited, lacks=lacks,
                closes=closes,
            )  # fmt: skip


def _explain(bench: Bench, claim: _Claim) -> tuple[str, tuple[Place, ...]]:
    """Why a statement is not borne out, and where that shows."""
    cited, slips = claim.cited, claim.support.slips
    clashes = [slip for slip in slips if slip.passage >= 0 and slip.kind in _CLASHES]
    if clashes:
        spots = [Spot(slip.passage, slip.source_start, slip.source_end) for slip in clashes]
        places = tuple(bench.place(spot, cited) for spot in spots)
        return _REASONS["clash"].format(source=places[0].part), places
    nearest = bench.nearest(claim)
    if claim.score < 0.5:
        return _REASONS["unsaid"], nearest
    if claim.is_denied:
        return _REASONS["clash"].format(source=nearest[0].part), nearest
    elsewhere = _find_elsewhere(bench, claim.text, cited)
    if elsewhere:
        return _REASONS["elsewhere"].format(source=elsewhere.part), (*nearest, elsewhere)
    return _REASONS["unsaid"], nearest


def _find_elsewhere(bench: Bench, text: str, cited: tuple[int, ...]) -> Place | None:
    """Where a source that is not cited bears the statement out."""
    others = tuple(at for at in range(len(bench.sources)) if at not in cited)
    support = bench.weigh(text, others) if others else None
    if support is None or support.foreign or not support.matches or support.matches[0].share < NEAR:
        return None
    if probability(support.features) >= 0.5:
        return None
    return bench.place(Spot(support.matches[0].passage), others)


def _must_cite(text: str) -> bool:
    """Whether a statement says enough that sources could bear it out."""
    return is_claim(text.strip()) and says_something(text)


def _leads(statement: Statement) -> bool:
    """Whether a statement cites and announces the list items that follow."""
    return bool(statement.markers) and statement.text.rstrip(" *").endswith((":", "："))


def _is_item(text: str) -> bool:
    return text.lstrip().startswith(("-", "*", "•", "·", "–")) or text.lstrip()[:1].isdecimal()


def _last_question(exchange: Exchange) -> str:
    asked = [message.text for message in exchange.messages if message.role == "user"]
    return asked[-1] if asked else ""
