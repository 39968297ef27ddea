"""Statements of an answer that its sources contradict or never make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from guard.deadline import watched
from guard.errors import CallError, InputError, OptionError
from guard.models import arbiter, cascade, reader
from guard.models.cascade import OPEN, RULE, Claim, probability
from guard.models.memory import Memory, key_of
from guard.models.reader import Held
from guard.models.ruling import Answer, Standing
from guard.registry import Example, Filter, option
from guard.text.brief import briefly
from guard.text.claim import is_claim
from guard.text.passage import Excerpt, Passages
from guard.text.segment import sentences
from guard.text.support import FEATURES, Question, Slip, weigh_support
from guard.text.token import forms, is_paired
from guard.text.word import widen
from guard.types import Exchange, Finding, Message, Part, Place, Source, Spent, Stage, Unjudged

JUDGE = "judge"
"""The tier after rule and model."""

RULED = 0.97
"""The score of what the judge calls wrong; what it calls supported has the rest. Set, not fitted."""

_REASONS = {
    "number": "a number that no source gives",
    "date": "a date or time that no source gives",
    "number_clash": "the number differs from the one in {source}",
    "date_clash": "the date or time differs from the one in {source}",
    "name": "a name that stands in no source",
    "code": "a name or version that stands in no source",
    "url": "an address that stands in no source",
    "quote": "a quotation or title that stands in no source",
    "flip": "{source} says the opposite",
}
_LITTLE = "little of the sentence stands in the sources"
_LEXICAL = ("novel", "novel_pairs")
CONTRADICTED, UNSUPPORTED = "grounding.contradicted", "grounding.unsupported"


class Grounding(Filter):
    """Statements of an answer that its sources contradict or never make.

    Compares each sentence of the answer with the sources by rule, without a model: numbers with units,
    dates, names, quotations, addresses, direction and negation, and the words themselves. A wrong number or
    name is found as these very words; a sentence as a whole is scored by how little of it the sources say.
    What the user's last message says may be repeated. Greetings, questions, opinions, refusals and code are
    passed over. Only the answer's content is checked: its reasoning is no statement to the user.
    """

    id = "grounding"
    labels = (CONTRADICTED, UNSUPPORTED)
    stages = (Stage.OUTPUT,)
    needs = frozenset({"sources"})
    hits = (
        Example(
            "这款手机的电池容量为‹6000毫安时›。",
            sources=("这款手机的电池容量为5000毫安时，支持快充。",),
            label=CONTRADICTED,
        ),
        Example(
            "The museum opens at ‹10:00› on weekdays.",
            sources=("The museum opens at 9:00 on weekdays and is closed on Mondays.",),
            label=CONTRADICTED,
        ),
        Example(
            "二季度销售额同比‹下降›12%。",
            sources=("二季度销售额同比增长12%，利润率保持稳定。",),
            label=CONTRADICTED,
        ),
        Example(
            "The bridge was designed by ‹Halvorsen› in 1931.",
            sources=("The bridge was designed by an engineer of the city in 1931.",),
            label=UNSUPPORTED,
        ),
        Example(
            "会员‹还可以免费携带两名朋友使用游泳池和桑拿房›。",
            sources=("会员卡每年收费800元，可在全国门店使用健身器材。",),
            label=UNSUPPORTED,
        ),
    )
    misses = (
        Example("电池容量是5000毫安时。", sources=("这款手机的电池容量为5000毫安时，支持快充。",)),
        Example(
            "The fee is 12 thousand yuan.", sources=("A fee of 12,000 yuan is due on signing.",), score=0.7
        ),
        Example("根据资料，增幅为3%。", sources=("全年增幅为百分之三。",)),
        Example("It opened on May 1, 2023.", sources=("It opened on 2023-05-01 after two years of work.",)),
        Example("您好，很高兴为您服务！", sources=("退货期限为七天。",)),
        Example("I'm sorry, I don't know that.", sources=("Returns are accepted within 7 days.",)),
    )
    question: bool = option(
        True, description="Whether the answer may repeat what the user's last message says."
    )

    model: bool = option(
        True, description="Whether the guard model reads the sentences of which the rule is not sure."
    )
    judge: bool = option(
        False,
        description="Whether the model that gave the answer is asked, once, about sentences that stay open.",
    )
    sure: list[float | list[float]] = option(
        list(OPEN),
        description="Two scores: a sentence below the first or above the second is not handed on; or two "
        "such pairs, for what goes to the model and what goes to the judge.",
    )
    most_tokens: int = option(4000, description="About how many tokens a question to the judge may have.")

    def __post_init__(self) -> None:
        self._to_model, self._to_judge = cascade.bands(self.sure)
        if self.most_tokens < 1000:
            raise OptionError("most_tokens", f"takes 1000 or more, not {self.most_tokens}")
        self._ruled: Memory[tuple[Answer, int]] = Memory(entries=256, characters=200_000)
        """Answers, and how many characters of the sources the judge was not shown for them."""

    def load(self) -> None:
        if self.model:
            reader.shipped()

    def asks(self) -> bool:
        return self.judge

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged | Spent]:
        if part.path.endswith(".reasoning"):
            return
        passages = index(exchange.sources)
        if not passages.passages:
            yield self.pass_over(part, "the sources hold no text")
            return
        claims = list(self._claims(part.text, passages, exchange))
        if self.model:
            cascade.read([claim for claim in claims if claim.is_open(self._to_model)], passages)
            if any(claim.held and claim.held.cut for claim in claims):
                yield self.pass_over(part, "a sentence or a passage is too long to be read to its end")
        left = [claim for claim in claims if self.judge and claim.is_open(self._to_judge)]
        # What is decided is told before the judge is asked, who may take longer than there is time.
        for claim in claims:
            if claim not in left:
                yield from self._judge(part, claim, passages)
        yield from self._ask(left, part, exchange)
        if left_out := max((claim.left_out for claim in left), default=0):
            reason = (
                f"the judge was not shown {left_out} characters of the sources, which bear less on the claims"
            )
            yield Unjudged(self.id, reason, part.path, missing=True)
        if any(claim.is_untold for claim in claims):
            reason = "the sources are in another script; only numbers and dates were compared"
            yield self.pass_over(part, reason)
        for claim in left:
            yield from self._judge(part, claim, passages)

    def _claims(self, text: str, passages: Passages, exchange: Exchange) -> Iterator[_Claim]:
        """The claims of an answer, each held against the sources by rule."""
        asked = _ask(_last_question(exchange.messages) if self.question else "")
        before = ""
        for start, end in watched(sentences(text)):
            sentence = text[start:end]
            if is_claim(sentence):
                support = weigh_support(sentence, passages, asked)
                yield _Claim(start=start, end=end, text=sentence, before=before, support=support)
            before = sentence

    def _ask(self, claims: Sequence[_Claim], part: Part, exchange: Exchange) -> Iterator[Unjudged | Spent]:
        """Puts the claims to the model that gave the answer, and scores those that it answers for."""
        sources = exchange.sources
        whole = "\0".join(field for source in sources for field in (source.title, source.text))
        of = key_of(whole)
        keys = [key_of(claim.text, of, claim.before[-arbiter.LONGEST_BEFORE :]) for claim in claims]
        known = [self._ruled.get(key) for key in keys]
        for claim, told in zip(claims, known, strict=True):
            if told:
                claim.rule_on(*told)
        new = [(key, claim) for key, claim, told in zip(keys, claims, known, strict=True) if told is None]
        if new and exchange.ask is None:
            reason = "some sentences stay open: there is no model to ask"
            yield Unjudged(self.id, reason, part.path, missing=True)
        elif new and exchange.ask:
            try:
                ruling = self._rule([claim for _, claim in new], sources, exchange.ask)
            except (CallError, InputError) as error:
                yield self.pass_over(part, f"the judge gave no answer: {error}")
                return
            for (key, claim), answer in zip(new, ruling.answers, strict=True):
                claim.rule_on(answer, ruling.left_out)
                if answer.verdict is not None:
                    self._ruled.put(key, (answer, ruling.left_out), len(claim.text))
            cost = ruling.cost
            yield Spent(self.id, cost.calls, cost.tokens_sent, cost.tokens_received)
            if silent := [answer.reason for answer in ruling.answers if answer.verdict is None]:
                reason = f"the judge gave no answer for {len(silent)} of {len(new)} sentences"
                if len(silent) == len(new):
                    reason = f"the judge gave no answer: {'; '.join(sorted(set(silent)))}"
                yield self.pass_over(part, reason)

    def _rule(self, claims: Sequence[_Claim], sources: Sequence[Source], ask: arbiter.Call) -> arbiter.Ruling:
        """The judge's answers on these claims."""
        asked = [arbiter.Claim(claim.text, claim.before) for claim in claims]
        language = "zh" if any(is_paired(form) for claim in claims for form in forms(claim.text)) else "en"
        return arbiter.ask(
            asked,
            [source.text for source in sources],
            ask,
            most_tokens=self.most_tokens,
            titles=[source.title for source in sources],
            language=language,
        )

    def _judge(self, part: Part, claim: _Claim, passages: Passages) -> Iterator[Finding]:
        found = list(claim.places(passages))
        for label, start, end, reason, evidence in found:
            yield self.find(
                part, label, claim.start + start, claim.start + end, claim.score, reason,
                evidence=evidence, tier=claim.tier,
            )  # fmt: skip
        if claim.tier == RULE and not claim.support.foreign:
            score = min(claim.score, probability(_without_slips(claim.support.features)))
            yield self.find(
                part, UNSUPPORTED, claim.start, claim.end, score, _LITTLE,
                evidence=claim.nearest(passages), tier=RULE,
            )  # fmt: skip


_Found = tuple[str, int, int, str, tuple[Place, ...]]
"""Label, start and end in the claim, reason, and evidence."""


@dataclass(slots=True, kw_only=True)
class _Claim(Claim):
    """A sentence of the answer, and what the tiers so far made of it."""

    start: int
    end: int
    before: str
    """The sentence before it, which tells what its pronouns mean."""
    answer: Answer = field(default_factory=Answer)
    left_out: int = 0
    """Characters of the sources that the judge was not shown."""

    def rule_on(self, answer: Answer, left_out: int) -> None:
        """Takes the judge's answer, where it is one."""
        if answer.verdict is not None:
            self.answer, self.left_out, self.tier = answer, left_out, JUDGE
            self.score = 1 - RULED if answer.verdict is Standing.SUPPORTED else RULED

    def places(self, passages: Passages) -> Iterator[_Found]:
        """What is found in the claim: the words that are wrong, or else the whole of it."""
        found = [self._slip(slip, passages) for slip in self.support.slips]
        if self.tier == JUDGE:
            yield self._ruled()
        elif self.held is None or found:
            yield from found
        else:
            yield from self._read(self.held, passages)

    def _slip(self, slip: Slip, passages: Passages) -> _Found:
        evidence: tuple[Place, ...] = ()
        if slip.passage >= 0:
            evidence = (_place(slip.passage, slip.source_start, slip.source_end, passages),)
        label = CONTRADICTED if evidence else UNSUPPORTED
        reason = _REASONS[slip.kind].format(source=evidence[0].part if evidence else "")
        return label, slip.start, slip.end, reason, evidence

    def _read(self, held: Held, passages: Passages) -> Iterator[_Found]:
        places = tuple(_places(held.excerpt, passages))
        label = CONTRADICTED if self.is_denied else UNSUPPORTED
        reason = f"{places[0].part} says otherwise" if self.is_denied else "not said in the sources"
        for start, end in widen(self.text, held.spans) or ((0, len(self.text)),):
            yield label, start, end, reason, places

    def _ruled(self) -> _Found:
        answer = self.answer
        start, end = answer.quote or (0, len(self.text))
        evidence: tuple[Place, ...] = ()
        if answer.source >= 0:
            evidence = (Place(f"sources[{answer.source}].text", answer.start, answer.end),)
        label = CONTRADICTED if answer.verdict is Standing.CONTRADICTED else UNSUPPORTED
        return label, start, end, "so the model that was asked to judge", evidence

    def nearest(self, passages: Passages) -> tuple[Place, ...]:
        """The passage that shares most words with the claim; below a title alone, the text's beginning."""
        return tuple(
            place
            for match in self.support.matches[:1]
            for place in _places(passages.below((match.passage,)), passages)
        )


def _without_slips(features: Sequence[float]) -> list[float]:
    return [value if name in _LEXICAL else 0.0 for name, value in zip(FEATURES, features, strict=True)]


def _place(number: int, start: int, end: int, passages: Passages) -> Place:
    passage = passages.passages[number]
    return Place(f"sources[{passage.source}].{passage.field}", passage.start + start, passage.start + end)


def _places(excerpt: Excerpt, passages: Passages) -> Iterator[Place]:
    for first, last in passages.runs(excerpt):
        yield Place(f"sources[{first.source}].{first.field}", first.start, last.end)


def _last_question(messages: Sequence[Message]) -> str:
    asked = [message.text for message in messages if message.role == "user"]
    return asked[-1] if asked else ""


@briefly(32)
def index(sources: tuple[Source, ...]) -> Passages:
    """The index of some sources; kept for the next sentences that are held against the same ones."""
    return Passages([source.text for source in sources], [source.title for source in sources])


@briefly(16)
def _ask(text: str) -> Question:
    return Question(text)
