"""What every filter must satisfy, whatever it finds."""

import inspect
from functools import cache

import pytest

from guard.registry import Filter, create, filters
from guard.types import Exchange, Finding, Part, Stage, Unjudged

IDS = [
    "citation",
    "grounding",
    "harm",
    "injection",
    "keyword",
    "language",
    "length",
    "pii",
    "regex",
    "secret",
    "self_consistency",
    "topic",
]
"""The golden list: a filter that discovery loses is noticed here."""

ODD_TEXTS = {
    "empty": "",
    "space": " \n\t",
    "nul": "a\0b\0",
    "surrogate": "a\ud800b\udfff",
    "emoji": "👩‍👩‍👧‍👦" * 20,
    "combining": "a" + "\u0301" * 500,
    "bidi": "\u202eabc\u202c\u2066",
    "digits": "1234567890" * 60,
    "one line": "x" * 20_000,
}


def shipped():
    return {name: cls for name, cls in filters().items() if cls.__module__.startswith("guard.filters.")}


def prepared(cls, example=None):
    options = dict(example.options) if example else {}
    made = create(cls.id, options)
    made.load()
    return made


def examples(kind):
    return [
        pytest.param(cls, example, id=f"{cls.id}-{number}")
        for cls in shipped().values()
        for number, example in enumerate(getattr(cls, kind))
    ]


def scan(made: Filter, text: str, example=None):
    sources = example.sources if example else ()
    samples = example.samples if example else ()
    exchange = Exchange.of("", sources=sources, samples=samples, response=text)
    stage = Stage.OUTPUT if made.needs else made.stages[0]
    return list(made.scan(Part(stage, "response.content", text), exchange))


def found_spans(made, example):
    text, _ = example.unmark()
    items = [item for item in scan(made, text, example) if isinstance(item, Finding)]
    return {
        (item.start, item.end)
        for item in items
        if item.score >= example.score and (not example.label or item.label == example.label)
    }


def test_filters_golden_list():
    assert sorted(shipped()) == IDS


@pytest.mark.parametrize("cls", shipped().values(), ids=str)
def test_filter_is_documented(cls):
    first = (inspect.getdoc(cls) or "").partition("\n")[0]

    assert first.endswith(".")
    assert cls.labels
    assert all(label.split(".")[0].isidentifier() for label in cls.labels)
    assert cls.hits
    assert len(cls.misses) >= len(cls.hits)


@pytest.mark.parametrize(("cls", "example"), examples("hits"))
def test_filter_finds_its_hits(cls, example):
    made = prepared(cls, example)
    _, marked = example.unmark()

    assert set(marked) <= found_spans(made, example)


@pytest.mark.parametrize(("cls", "example"), examples("misses"))
def test_filter_leaves_its_misses_alone(cls, example):
    assert found_spans(prepared(cls, example), example) == set()


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
@pytest.mark.parametrize("cls", shipped().values(), ids=str)
def test_filter_takes_any_text(cls, text):
    example = cls.hits[0]
    for item in scan(ready_for(cls), text, example):
        assert isinstance(item, Finding | Unjudged)
        if isinstance(item, Finding):
            assert 0 <= item.start <= item.end <= len(text)
            assert 0 <= item.score <= 1
            assert item.label in ready_for(cls).label_names()


@cache
def ready_for(cls):
    return prepared(cls, cls.hits[0])


@pytest.mark.parametrize("cls", shipped().values(), ids=str)
def test_filter_reasons_never_quote_what_they_found(cls):
    for example in cls.hits:
        text, marked = example.unmark()
        values = [text[start:end] for start, end in marked if end - start > 3]
        reasons = [item.reason for item in scan(prepared(cls, example), text, example)]

        assert not any(value in reason for value in values for reason in reasons)
