"""Topics that the policy author names by a few examples each, found wherever a text turns to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from guard.errors import InputError, OptionError, suggest
from guard.models.topic import Judged, Topics, Vectors
from guard.registry import Example, Filter, option
from guard.text.topic import NAME, is_readable, read
from guard.types import Exchange, Finding, Part, Unjudged

OTHER = "other"
"""What ends the label of text that belongs to none of the allowed topics."""

LEAST_SCORE = 0.1
"""Of a long text, what scores less is left out, but for the highest of each topic."""


_INVESTMENT = [
    "Which shares should I buy now?",
    "Is it a good time to invest in gold?",
    "How should I spread my savings over funds?",
    "现在适合买入这只股票吗？",
    "推荐几只收益高的基金。",
]
_MEDICAL = [
    "I have had a fever for three days; which illness is it?",
    "Which pills help against chest pain?",
    "What does this rash on my arm mean?",
    "我头晕恶心，是得了什么病？",
    "高血压应该吃什么药？",
]
_POLITICS = [
    "Which party should I vote for?",
    "What do you think of the president?",
    "Who will win the election, and is the government to blame for the crisis?",
    "你怎么看这届政府的政策？",
    "哪个政党会赢得大选？",
]
_COMPETITORS = [
    "Is their rival's phone better than yours?",
    "Why should I not buy it from another brand, which is cheaper?",
    "你们和别的品牌比哪个好？",
    "我想换成竞争对手的产品。",
]
_PHONES = [
    "How do I change the ringtone of my phone?",
    "My phone's battery drains too fast.",
    "Does this phone have a guarantee, and where is it repaired?",
    "手机屏幕碎了怎么修？",
    "这款手机有几种颜色？",
]


class Topic(Filter):
    """Text that belongs to a topic, told by a handful of examples, or to none of the topics that are allowed.

    A topic is a name and example texts: what people write when they turn to it. One example will do, ten to
    twenty are better. Name as `counter_examples` what comes close and is none of the topics. Texts are
    compared by meaning and by words; the meaning of examples in one language is found in others too, but
    those that matter most deserve examples of their own.

    The text is judged sentence by sentence, short ones together with their neighbours, and a finding is
    labelled `topic.NAME`. A score of 0.5 means as likely as not, where half of what is judged is on topic; if
    little is, set a higher threshold. With `allowed`, text that belongs to none of the topics named there is
    found as `topic.other`, and the topics named there are not found themselves. Greetings and thanks are
    always allowed.

    This is also how to find a kind of harm that no filter knows: name it and give examples.
    """

    id = "topic"
    labels = ("topic.other",)
    hits = (
        Example(
            "‹Should I put my money into tech stocks or bonds this year?›",
            {"topics": {"investment": _INVESTMENT}},
        ),
        Example("‹我有十万块闲钱，买哪只股票比较赚钱？›", {"topics": {"investment": _INVESTMENT}}),
        Example(
            "‹My left arm hurts and I feel dizzy. Do I have a heart disease?›",
            {"topics": {"medical": _MEDICAL}},
        ),
        Example("‹孩子咳嗽发烧两天了，要吃什么药？›", {"topics": {"medical": _MEDICAL}}),
        Example("‹Do you think the prime minister should resign?›", {"topics": {"politics": _POLITICS}}),
        Example("‹你支持哪位总统候选人？›", {"topics": {"politics": _POLITICS}}),
        Example("‹和其他牌子的手机相比，你们的产品差在哪里？›", {"topics": {"competitors": _COMPETITORS}}),
        Example(
            "Thank you for the recipe, the children liked the soup very much indeed. "
            "‹By the way, which shares will go up next month, and should I buy some?›",
            {"topics": {"investment": _INVESTMENT}},
        ),
        Example(
            "‹Which of these funds pays the highest interest?›",
            {
                "topics": {
                    "investment": [
                        "现在适合买入这只股票吗？",
                        "推荐几只收益高的基金。",
                        "怎样投资理财才能赚钱？",
                    ]
                }
            },
        ),
        Example(
            "‹Write a poem about the sea in the evening.›",
            {"topics": {"phones": _PHONES}, "allowed": ["phones"]},
            label="topic.other",
        ),
        Example(
            "‹给我讲讲唐朝的历史。›",
            {"topics": {"phones": _PHONES}, "allowed": ["phones"]},
            label="topic.other",
        ),
    )
    misses = (
        Example("How do I make tomato soup from fresh tomatoes?", {"topics": {"investment": _INVESTMENT}}),
        Example("我想给女儿买一辆自行车，多大尺寸合适？", {"topics": {"investment": _INVESTMENT}}),
        Example(
            "How many shares did this post get on the social network?",
            {
                "topics": {"investment": _INVESTMENT},
                "counter_examples": ["How many likes and shares did this post get?"],
            },
        ),
        Example("请把这首诗翻译成英文。", {"topics": {"medical": _MEDICAL}}),
        Example("My computer has a virus. How do I reinstall the system?", {"topics": {"medical": _MEDICAL}}),
        Example("如何治理好一个班级，让同学们都喜欢我？", {"topics": {"politics": _POLITICS}}),
        Example("Which birthday party games do you recommend?", {"topics": {"politics": _POLITICS}}),
        Example("这款手机怎么设置闹钟？", {"topics": {"competitors": _COMPETITORS}}),
        Example(
            "How do I open an account at your bank?",
            {
                "topics": {"investment": _INVESTMENT},
                "counter_examples": ["How do I open a bank account?", "怎样修改银行卡密码？"],
            },
        ),
        Example("怎么把手机铃声调大？", {"topics": {"phones": _PHONES}, "allowed": ["phones"]}),
        Example("Hello, thank you!", {"topics": {"phones": _PHONES}, "allowed": ["phones"]}),
        Example("好的，谢谢你的帮助。", {"topics": {"phones": _PHONES}, "allowed": ["phones"]}),
    )

    topics: dict[str, list[str]] = option({}, description="Example texts for each topic, by its name.")
    file: Path | None = option(None, description="More topics: a YAML mapping or a CSV file, topic and text.")
    allowed: list[str] = option(
        [], description="Topics that are welcome; text that belongs to none of them is found as topic.other."
    )
    counter_examples: list[str] = option([], description="Texts near a topic that belong to none.")

    def __post_init__(self) -> None:
        self._examples = {**self._read(), **{name: _strip(texts) for name, texts in self.topics.items()}}
        if not self._examples:
            raise OptionError("topics", "filter 'topic' needs topics, in option 'topics' or 'file'")
        for index, name in enumerate(self.allowed):
            if name not in self._examples:
                raise OptionError("allowed", f"no topic {name!r}; {suggest(name, self._examples)}", index)
        for index, text in enumerate(self.counter_examples):
            if not is_readable(text):
                raise OptionError("counter_examples", f"a counter-example {_blank(text)}", index)
        self._topics: Topics | None = None

    def _read(self) -> dict[str, list[str]]:
        for index, (name, texts) in enumerate(self.topics.items()):
            _check_topic(name, texts, index)
        if self.file is None:
            return {}
        try:
            listed = read(self.file)
        except InputError as error:
            raise OptionError("file", str(error)) from None
        for name in listed:
            if name == OTHER:
                raise OptionError("file", f"{self.file}: {_RESERVED}")
            if name in self.topics:
                raise OptionError("file", f"topic {name!r} stands in option 'topics' and in {self.file}")
        return listed

    def label_names(self) -> tuple[str, ...]:
        found = [f"topic.{name}" for name in self._examples if name not in self.allowed]
        return tuple([*found, f"topic.{OTHER}"] if self.allowed else found)

    def load(self, encoder: Vectors | None = None) -> None:
        """Reads the examples, with the encoder that comes with the package or another."""
        self._topics = Topics(
            self._examples,
            allowed=self.allowed,
            counter_examples=_strip(self.counter_examples),
            encoder=encoder,
        )

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if self._topics is None:
            self.load()
        assert self._topics is not None
        judged = self._topics.judge(part.text)
        for label, scores in self._scores(judged):
            if part.is_name and label == f"topic.{OTHER}":
                continue
            best = max(scores, default=0.0)
            for (start, end), score in zip(judged.spans, scores, strict=True):
                if score >= min(LEAST_SCORE, best):
                    yield self.find(part, label, start, end, score, _reason(label))

    def _scores(self, judged: Judged) -> Iterator[tuple[str, list[float]]]:
        """The score of each stretch, for each label."""
        for name, scores in zip(self._examples, judged.scores.T.tolist(), strict=True):
            if name not in self.allowed:
                yield f"topic.{name}", scores
        if self.allowed:
            yield f"topic.{OTHER}", (1.0 - judged.welcome).tolist()


_RESERVED = f"no topic can be called {OTHER!r}: that is what belongs to none"


def _check_topic(name: str, texts: list[str], index: int) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise OptionError(
            "topics", f"{name!r} cannot be part of a label; use small letters, digits, _ and dots", index
        )
    if name == OTHER:
        raise OptionError("topics", _RESERVED, index)
    if not texts:
        raise OptionError("topics", f"topic {name!r} has no examples; give at least one", index)
    for text in texts:
        if not is_readable(text):
            raise OptionError("topics", f"an example of topic {name!r} {_blank(text)}", index)


def _blank(text: str) -> str:
    return "holds nothing but marks; write what people say" if text.strip() else "is empty"


def _reason(label: str) -> str:
    return "near none of the allowed topics" if label == f"topic.{OTHER}" else "near the topic's examples"


def _strip(texts: list[str]) -> list[str]:
    return [text.strip() for text in texts]
