"""Statements of an answer that its sources contradict or never make."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence

from guard.deadline import watched
from guard.registry import Example, Filter, option
from guard.text.claim import is_claim
from guard.text.passage import Passages
from guard.text.segment import sentences
from guard.text.support import FEATURES, Question, Support, weigh_support
from guard.types import Exchange, Finding, Message, Part, Place, Source, Stage, Unjudged

INTERCEPT = -1.81
WEIGHTS = {
    "novel": 2.01,
    "novel_pairs": 0.88,
    "number_unsaid": 2.68,
    "number_clash": 3.18,
    "name_unsaid": 1.53,
    "quote_unsaid": 1.02,
    "flip": 3.35,
}
"""Fitted by `python -m guard.train.grounding_rule --data DIR`, supported and unsupported answers weighing the
same: a score of 0.5 says that both are as likely where half of all answers are wrong."""

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
            "‹会员还可以免费携带两名朋友使用游泳池和桑拿房。›",
            sources=("会员卡每年收费800元，可在全国门店使用健身器材。",),
            label=UNSUPPORTED,
        ),
    )
    misses = (
        Example("电池容量是5000毫安时。", sources=("这款手机的电池容量为5000毫安时，支持快充。",)),
        Example("The fee is 12 thousand yuan.", sources=("A fee of 12,000 yuan is due on signing.",)),
        Example("根据资料，增幅为3%。", sources=("全年增幅为百分之三。",)),
        Example("It opened on May 1, 2023.", sources=("It opened on 2023-05-01 after two years of work.",)),
        Example("您好，很高兴为您服务！", sources=("退货期限为七天。",)),
        Example("I'm sorry, I don't know that.", sources=("Returns are accepted within 7 days.",)),
    )
    question: bool = option(
        True, description="Whether the answer may repeat what the user's last message says."
    )

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if part.path.endswith(".reasoning"):
            return
        passages = index(exchange.sources)
        if not passages.passages:
            yield self.pass_over(part, "the sources hold no text")
            return
        asked = _ask(_last_question(exchange.messages) if self.question else "")
        foreign = False
        for start, end in watched(sentences(part.text)):
            sentence = part.text[start:end]
            if is_claim(sentence):
                support = weigh_support(sentence, passages, asked)
                foreign = foreign or support.foreign
                yield from self._judge(part, start, end, support, passages)
        if foreign:
            yield self.pass_over(
                part, "the sources are in another script; only numbers and dates were compared"
            )

    def _judge(
        self, part: Part, start: int, end: int, support: Support, passages: Passages
    ) -> Iterator[Finding]:
        score = probability(support.features)
        for slip in support.slips:
            evidence = (
                (_place(slip.passage, slip.source_start, slip.source_end, passages),)
                if slip.passage >= 0
                else ()
            )
            label = CONTRADICTED if evidence else UNSUPPORTED
            reason = _REASONS[slip.kind].format(source=evidence[0].part if evidence else "")
            yield self.find(
                part, label, start + slip.start, start + slip.end, score, reason, evidence=evidence
            )
        if not support.foreign:
            lexical = probability(_without_slips(support.features))
            nearest = tuple(
                _place(match.passage, 0, len(passages.passages[match.passage].text), passages)
                for match in support.matches[:1]
            )
            yield self.find(
                part,
                UNSUPPORTED,
                start,
                end,
                lexical,
                "little of the sentence stands in the sources",
                evidence=nearest,
            )


def probability(features: Sequence[float]) -> float:
    """The probability that a sentence is not borne out, by the fitted logistic rule."""
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in zip(FEATURES, features, strict=True))
    return 1 / (1 + math.exp(-total))


def _without_slips(features: Sequence[float]) -> list[float]:
    return [value if name in _LEXICAL else 0.0 for name, value in zip(FEATURES, features, strict=True)]


def _place(number: int, start: int, end: int, passages: Passages) -> Place:
    passage = passages.passages[number]
    return Place(f"sources[{passage.source}].text", passage.start + start, passage.start + end)


def _last_question(messages: Sequence[Message]) -> str:
    asked = [message.text for message in messages if message.role == "user"]
    return asked[-1] if asked else ""


@functools.lru_cache(maxsize=4)
def index(sources: tuple[Source, ...]) -> Passages:
    """The index of an exchange's sources; kept for the next sentences of the same exchange."""
    return Passages([source.text for source in sources])


@functools.lru_cache(maxsize=16)
def _ask(text: str) -> Question:
    return Question(text)
