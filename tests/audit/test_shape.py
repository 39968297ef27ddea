import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.audit.shape import MESSAGES, SYSTEM, TEXTS, UNKNOWN, ShapeError, exchanges
from guard.types import Exchange, Stage

ASKED = {"role": "user", "content": "q"}
SAID = {"role": "assistant", "content": "a"}


def _flat(exchange: Exchange):
    return [message.text for message in exchange.messages], exchange.response and exchange.response.content


@pytest.mark.parametrize(
    "raw",
    [
        {"messages": [ASKED, SAID]},
        {"messages": [ASKED], "response": "a"},
        {"messages": [ASKED], "response": SAID},
        {"messages": [ASKED], "choices": [{"message": SAID}]},
        {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
        {"prompt": "q", "response": "a"},
        {"input": "q", "output": "a"},
        {"question": "q", "answer": "a"},
        {"提问": "q", "回答": "a"},
        {"input": [ASKED], "output": SAID},
        {"input": {"messages": [ASKED]}, "output": {"choices": [{"message": SAID}]}},
        {"request": {"messages": [ASKED]}, "response": {"id": "as-1", "choices": [{"message": SAID}]}},
        {"request": {"messages": [ASKED]}, "response": {"id": "as-1", "result": "a", "flag": 0}},
        {"request": {"body": {"messages": [ASKED]}}, "response": {"status": 200, "body": {"result": "a"}}},
        {"request": json.dumps({"messages": [ASKED]}), "response": json.dumps({"choices": [{"text": "a"}]})},
        {"request": {"messages": [ASKED]}, "body": {"result": "a"}, "code": 200},
        {"prompt": "q", "choices": [{"text": "a"}]},
    ],
)
def test_exchanges_reads_every_known_shape(raw):
    (exchange,) = exchanges(raw)

    assert _flat(exchange) == (["q"], "a")


@pytest.mark.parametrize(
    "raw, flat",
    [
        ({"prompt": "q"}, (["q"], None)),
        ({"response": "a"}, ([], "a")),
        ({"messages": [SAID, ASKED]}, (["a", "q"], None)),
        ({"instruction": "translate", "input": "q", "output": "a"}, (["q\ntranslate"], "a")),
        ({"system": "s", "prompt": "q"}, (["s", "q"], None)),
        ({"request": {"messages": [ASKED]}, "response": {"error": {"code": 401}}}, (["q"], None)),
        (
            {"prompt": "q", "response": '{"content": "a", "mood": "b"}'},
            (["q"], '{"content": "a", "mood": "b"}'),
        ),
    ],
)
def test_exchanges_takes_what_is_there(raw, flat):
    (exchange,) = exchanges(raw)

    assert _flat(exchange) == flat


def test_exchanges_are_one_for_each_choice():
    raw = {"messages": [ASKED], "choices": [{"message": SAID}, {"message": {**SAID, "content": "b"}}]}

    assert [_flat(each)[1] for each in exchanges(raw)] == ["a", "b"]


PICTURE = {"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}


@pytest.mark.parametrize(
    "raw",
    [
        {"messages": [ASKED, PICTURE]},
        {"messages": [ASKED], "choices": [{"message": PICTURE}]},
        {"prompt": "q", "response": PICTURE},
    ],
)
def test_exchanges_name_what_an_answer_holds_beside_text(raw):
    (exchange,) = exchanges(raw)

    assert list(exchange.unread(Stage.OUTPUT)) == [("response.content", "image_url")]


def test_exchanges_name_what_an_earlier_answer_holds_beside_text():
    (exchange,) = exchanges({"prompt": "q", "history": [{"question": "p", "answer": PICTURE}]})

    assert list(exchange.unread(Stage.INPUT)) == [("messages[1].content", "image_url")]


def test_exchanges_keep_reasoning_tool_calls_sources_and_user():
    call = {"id": "1", "function": {"name": "f", "arguments": {"n": 1}}}
    said = {**SAID, "reasoning_content": "r", "tool_calls": [call]}
    (exchange,) = exchanges({"messages": [ASKED, said], "sources": ["s", {"text": "t"}], "user": "u"})

    assert exchange.response is not None
    assert exchange.response.reasoning == "r"
    assert exchange.response.tool_calls[0].arguments == '{"n": 1}'
    assert [source.text for source in exchange.sources] == ["s", "t"]
    assert exchange.metadata == {"user": "u"}


def _lines(raw):
    """Every line of every text that a filter sees."""
    found = exchanges(raw)
    parts = [part.text for each in found for stage in Stage for part in each.parts(stage)]
    texts = [*parts, *(text for each in found for text in each.samples)]
    return {line for text in texts for line in text.splitlines()}


LOST = {"role": "user", "content": "lost"}
SHAPED = {
    "choices": [{"text": "lost"}],
    **{name: [LOST] for name in MESSAGES},
    "samples": ["lost"],
    "其他回答": ["lost"],
}


@pytest.mark.parametrize("name", sorted(TEXTS - {*SYSTEM}))
def test_exchanges_read_every_field_beside_all_others(name):
    given = {"messages": [ASKED], "prompt": "p", "response": "a", "sources": "s", "samples": ["x"]}
    given |= {"history": "h", "reasoning": "r", "choices": []}
    others = _lines({**given, name: None})

    assert len(others) >= 6
    assert _lines({**given, name: SHAPED.get(name, "lost")}) == others | {"lost"}


@pytest.mark.parametrize(
    "raw",
    [
        {"body": {"messages": [ASKED]}, "result": "lost"},
        {"request": {"messages": [ASKED]}, "response": {"error": {"code": 1}}, "output": "lost"},
        {"prompt": "q", "response": "lost", "output": {"content": "a"}},
        {"prompt": "q", "response": {"choices": [], "content": "lost"}},
        {"prompt": "q", "response": {"content": "a", "reasoning": "r", "thinking": "lost"}},
        {"prompt": "q", "response": {"result": "a", "tool_calls": [{"name": "f", "arguments": "lost"}]}},
        {"prompt": "q", "tool_calls": '[{"name": "f", "arguments": "lost"}]'},
        {"prompt": "q", "tool_calls": "lost"},
        {"prompt": "q", "response": {"messages": [ASKED, {**SAID, "content": "lost"}]}},
        {"prompt": "q", "response": "a", "result": 0, "output": "lost"},
        {"prompt": "q", "response": "a", "request": "lost"},
        {"user": "lost", "assistant": "a"},
        {"query": "q", "history": [["lost", "b"]]},
        {"query": "q", "history": [["b", "lost"]]},
        {"query": "q", "history": [{"question": "b", "answer": "lost"}]},
        {"query": "q", "history": [{"role": "assistant", "content": "lost"}]},
        {"query": "q", "history": "lost"},
    ],
)
def test_exchanges_drop_no_text(raw):
    assert "lost" in _lines(raw)


def test_exchanges_read_what_stands_twice_once():
    raw = {
        "prompt": "q",
        "messages": [ASKED],
        "request": {"messages": [ASKED]},
        "answer": "a",
        "output": SAID,
    }
    (exchange,) = exchanges({**raw, "history": [["h", "b"]], "context": "s", "documents": ["s", "t"]})

    assert _flat(exchange) == (["h", "b", "q"], "a")
    assert [source.text for source in exchange.sources] == ["s", "t"]


def test_exchanges_give_what_stands_beside_the_answers_to_the_first():
    first, second = exchanges({"prompt": "q", "response": "a", "output": "b", "reasoning": "r"})

    assert (_flat(first)[1], first.response.reasoning) == ("a", "r")
    assert (_flat(second)[1], second.response.reasoning) == ("b", "")


def test_exchanges_refuse_what_is_nested_too_deeply():
    raw = {"prompt": "q"}
    for _ in range(100_000):
        raw = {"body": raw}
    with pytest.raises(ShapeError, match="nested too deeply"):
        exchanges(raw)


@pytest.mark.parametrize(
    "given",
    [["a", "b"], '["a", "b"]', [{"role": "assistant", "content": "a"}, {"text": "b"}], ["a", "", "b"]],
)
def test_exchanges_keep_other_answers(given):
    (exchange,) = exchanges({"prompt": "q", "response": "r", "samples": given})

    assert exchange.samples == ("a", "b")


@pytest.mark.parametrize(
    "raw, message",
    [
        (None, "not a record but null"),
        ([1], "not a record but a list"),
        ({}, UNKNOWN),
        ({"messages": 5}, "messages is a number, not a list of messages"),
        ({"messages": ["q"]}, "message 1 is a text"),
        ({"messages": [{"content": "q"}]}, "message 1 has no role"),
        ({"messages": [{"role": "user", "content": 5}]}, "the content of message 1 is a number"),
        ({"prompt": "q", "response": 5}, "response is a number, not a text or a response body"),
        (
            {"prompt": "q", "response": {"x": 1}},
            "response is an object without choices, result, content or text",
        ),
        ({"prompt": "q", "choices": {}}, "choices is an object, not a list"),
        ({"prompt": "q", "choices": [{}]}, "choice 1 has neither a message nor a text"),
        ({"prompt": "q", "sources": 5}, "sources is not a list of texts or of objects with a text"),
        ({"prompt": "q", "samples": 5}, "samples is not a list of texts or of objects with a text"),
        ({"prompt": "q", "samples": ["a", [1]]}, "samples is not a list of texts or of objects with a text"),
        ({"prompt": {"a": 1}, "input": "q"}, "prompt and input are not all texts"),
        ({"messages": "[{"}, "a field that looks like JSON is not"),
    ],
)
def test_exchanges_say_what_is_wrong(raw, message):
    with pytest.raises(ShapeError) as caught:
        exchanges(raw)

    assert str(caught.value) == message


FIELDS = "messages prompt input response output choices request body result role content message text sources"
NAMES = st.sampled_from([*FIELDS.split(), "tool_calls", "function", "reasoning_content", "samples"])
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["user", "[{", "{}"])
)
ANYTHING = st.recursive(
    LEAVES, lambda item: st.lists(item, max_size=3) | st.dictionaries(NAMES, item, max_size=4), max_leaves=12
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=5))
@settings(max_examples=100, deadline=None)
def test_exchanges_of_anything_are_exchanges_or_a_shape_error(raw):
    try:
        found = exchanges(raw)
    except ShapeError:
        return

    assert found and all(isinstance(exchange, Exchange) for exchange in found)
