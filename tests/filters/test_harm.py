"""The harm filter beyond its own examples."""

import pytest

from guard.models import ngram
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage, Unjudged


@pytest.fixture(scope="module")
def harm():
    made = create("harm")
    made.load()
    return made


def scan(made, text):
    return list(made.scan(Part(Stage.INPUT, "messages[0].content", text), Exchange()))


def test_harm_labels_are_those_of_the_model(harm):
    assert harm.labels == tuple(label for label in ngram.shipped().labels if label.startswith("harm."))


@pytest.mark.parametrize("text", ["今天天气真好", "What a lovely day"])
def test_harm_yields_every_label_however_low(harm, text):
    found = [item for item in scan(harm, text) if isinstance(item, Finding)]

    assert [item.label for item in found] == list(harm.labels)
    assert {(item.start, item.end) for item in found} == {(0, len(text))}
    assert {item.part for item in found} == {"messages[0].content"}


def test_harm_judges_foreign_text_and_says_that_it_is_not_covered(harm):
    items = scan(harm, "พรุ่งนี้อากาศจะเป็นอย่างไร และฉันควรพกร่มไปด้วยหรือไม่ ช่วยบอกฉันหน่อยได้ไหม")

    assert [item.reason for item in items if isinstance(item, Unjudged)] == [
        "language 'th' is not covered by the model"
    ]
    assert len([item for item in items if isinstance(item, Finding)]) == len(harm.labels)


def test_harm_finding_of_long_text_covers_the_worst_window(harm):
    calm = "The garden was full of flowers and the sun was shining on the lake. " * 60
    text = f"{calm}You are a worthless piece of shit, go to hell. {calm}"
    found = next(item for item in scan(harm, text) if item.label == "harm.harassment")

    assert found.start <= len(calm) < found.end
    assert found.end - found.start <= ngram.WINDOW


def test_harm_has_nothing_to_say_of_blank_text(harm):
    assert scan(harm, "") == scan(harm, " \n") == []
