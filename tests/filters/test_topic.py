"""The topic filter beyond its own examples, with an encoder that knows words only."""

import pytest

from guard.errors import OptionError, PolicyError
from guard.policy.load import load
from guard.registry import create
from guard.types import Exchange, Part, Stage
from tests.word_encoder import WordEncoder

ENCODER = WordEncoder()
MONEY = ["which shares should investors buy", "buy gold shares or funds", "funds and shares for investors"]
HEALTH = ["which pills cure headache fever", "fever and headache for days", "pills against fever"]
BUS = "The bus to the station leaves at a quarter past seven every morning."
SHARES = "Should investors buy shares of gold mines, or better buy funds?"


def make(**options):
    made = create("topic", options)
    made.load(ENCODER)
    return made


def scan(made, text):
    return list(made.scan(Part(Stage.INPUT, "messages[0].content", text), Exchange()))


def found(made, text):
    return [(item.label, text[item.start : item.end]) for item in scan(made, text) if item.score >= 0.5]


def test_topic_finds_the_sentence_that_belongs_to_one():
    made = make(topics={"money": MONEY, "health": HEALTH})

    assert found(made, f"{BUS} {SHARES}") == [("topic.money", SHARES)]


def test_topic_yields_every_topic_however_low():
    made = make(topics={"money": MONEY, "health": HEALTH})

    assert [item.label for item in scan(made, BUS)] == ["topic.money", "topic.health"]


def test_topic_leaves_out_of_a_long_text_what_scores_next_to_nothing():
    text = " ".join([BUS] * 300 + [SHARES])
    made = make(topics={"money": MONEY})

    assert found(made, text) == [("topic.money", SHARES)]
    assert len(scan(made, text)) < 300


def test_topic_finds_what_belongs_to_no_allowed_one():
    made = make(topics={"money": MONEY, "health": HEALTH}, allowed=["health"])

    assert made.label_names() == ("topic.money", "topic.other")
    assert found(made, BUS) == [("topic.other", BUS)]
    assert found(made, "Which pills cure fever and headache?") == []
    assert found(made, SHARES) == [("topic.money", SHARES), ("topic.other", SHARES)]


def test_topic_wants_no_name_to_belong_to_an_allowed_one():
    made = make(topics={"money": MONEY, "health": HEALTH}, allowed=["health"])
    part = Part(Stage.INPUT, "messages[0].name", SHARES)

    assert [item.label for item in made.scan(part, Exchange())] == ["topic.money"]


def test_topic_lets_small_talk_pass_where_topics_are_allowed():
    assert found(make(topics={"money": MONEY}, allowed=["money"]), "Thank you very much for your help.") == []


def test_topic_has_nothing_to_say_of_text_without_content():
    assert scan(make(topics={"money": MONEY}, allowed=["money"]), " \n\0") == []


def test_topic_takes_an_emoji_for_an_example():
    assert create("topic", {"topics": {"weapons": ["🔪"]}}).label_names() == ("topic.weapons",)


def test_topic_reads_topics_from_a_file(tmp_path):
    path = tmp_path / "topics.yaml"
    path.write_text("money: [which shares should investors buy]\n", encoding="utf-8")
    made = make(file=path, topics={"health": HEALTH})

    assert made.label_names() == ("topic.money", "topic.health")
    assert [label for label, _ in found(made, "which shares should investors buy")] == ["topic.money"]


@pytest.mark.parametrize(
    ("options", "option", "index", "message"),
    [
        ({}, "topics", None, "filter 'topic' needs topics, in option 'topics' or 'file'"),
        ({"topics": {}}, "topics", None, "filter 'topic' needs topics, in option 'topics' or 'file'"),
        ({"topics": {"a": ["x"], "b": []}}, "topics", 1, "topic 'b' has no examples; give at least one"),
        ({"topics": {"a": ["x", " "]}}, "topics", 0, "an example of topic 'a' is empty"),
        ({"topics": {"A b": ["x"]}}, "topics", 0,
         "'A b' cannot be part of a label; use small letters, digits, _ and dots"),
        ({"topics": {"other": ["x"]}}, "topics", 0,
         "no topic can be called 'other': that is what belongs to none"),
        ({"topics": {"money": ["x"]}, "allowed": ["mony"]}, "allowed", 0,
         "no topic 'mony'; did you mean 'money'?"),
        ({"topics": {"a": ["x"]}, "counter_examples": ["y", ""]}, "counter_examples", 1,
         "a counter-example is empty"),
        ({"topics": {"a": ["x"]}, "counter_examples": ["？"]}, "counter_examples", 0,
         "a counter-example holds nothing but marks; write what people say"),
        ({"topics": {"a": ["x"], "b": ["y", "。"]}}, "topics", 1,
         "an example of topic 'b' holds nothing but marks; write what people say"),
        ({"topics": {"a": ["\u200b"]}}, "topics", 0,
         "an example of topic 'a' holds nothing but marks; write what people say"),
        ({"topics": {"a": ["\ud800"]}}, "topics", 0,
         "an example of topic 'a' holds nothing but marks; write what people say"),
        ({"topics": {"a": [1]}}, "topics", None, "option 'topics' must be a mapping"),
        ({"topics": {"a": "x"}}, "topics", None, "option 'topics' must be a mapping"),
    ],
)  # fmt: skip
def test_topic_says_what_is_wrong_with_its_options(options, option, index, message):
    with pytest.raises(OptionError) as caught:
        create("topic", options)

    assert (caught.value.option, caught.value.index, str(caught.value)) == (option, index, message)


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("money: [a]\n", "topic 'money' stands in option 'topics' and in {path}"),
        ("other: [a]\n", "{path}: no topic can be called 'other': that is what belongs to none"),
        ("health: ['。']\n", "{path}:1: an example holds nothing but marks; write what people say"),
        ("health: []\n", "{path}:1: topic 'health' has no list of examples"),
    ],
)
def test_topic_says_what_is_wrong_with_its_file(tmp_path, listed, message):
    path = tmp_path / "topics.yaml"
    path.write_text(listed, encoding="utf-8")

    with pytest.raises(OptionError) as caught:
        create("topic", {"topics": {"money": MONEY}, "file": path})

    assert str(caught.value) == message.format(path=path)


def test_topic_faults_stand_at_their_line_of_the_policy(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(
        "version: 1\nid: shop\nrules:\n  - id: off-topic\n    filter: topic\n    action: block\n"
        "    options:\n      topics:\n        money:\n          - shares\n        health: []\n",
        encoding="utf-8",
    )

    with pytest.raises(PolicyError) as caught:
        load(path)

    assert str(caught.value) == f"{path}:11:17: topic 'health' has no examples; give at least one"
