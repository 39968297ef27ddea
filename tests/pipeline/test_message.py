from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from openai.types.chat import ChatCompletionMessage

from guard.errors import InputError
from guard.pipeline.message import edit_message, noted, read_message
from guard.types import Message, ToolCall

WORDS = "call 123456"


@dataclass(frozen=True, slots=True)
class Turn:
    role: str
    content: str
    mood: str = ""


@pytest.mark.parametrize(
    "make",
    [
        dict,
        SimpleNamespace,
        Turn,
        ChatCompletionMessage,
        lambda role, content: Message(role, (content,)),
    ],
)
def test_message_of_every_kind_is_read_and_edited(make):
    item = make(role="assistant", content=WORDS)

    assert read_message(0, item) == Message("assistant", (WORDS,))
    assert read_message(0, edit_message(item, {"content": "hidden"})).texts == ("hidden",)
    assert read_message(0, item).texts == (WORDS,)


def call_of(**fields):
    return {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", **fields}]}


@pytest.mark.parametrize(
    "item, path",
    [
        ({"role": "assistant", "content": None, "refusal": WORDS}, "content"),
        ({"role": "assistant", "content": None, "multimodal_content": [{"text": WORDS}]}, "content"),
        ({"role": "user", "content": [{"type": "text", "text": {"value": WORDS}}]}, "content"),
        ({"role": "tool", "text": WORDS}, "content"),
        ({"role": "assistant", "thinking": WORDS}, "reasoning"),
        ({"role": "assistant", "reasoning_details": [{"type": "text", "text": WORDS}]}, "reasoning"),
        (
            {"role": "assistant", "thinking_blocks": [{"type": "thinking", "thinking": WORDS}]},
            "reasoning",
        ),
        (
            {"role": "assistant", "function_call": {"name": "f", "arguments": WORDS}},
            "tool_calls[0].arguments",
        ),
        (call_of(custom={"name": "f", "input": WORDS}), "tool_calls[0].arguments"),
        (call_of(function={"name": "f", "arguments": {"a": WORDS}}), "tool_calls[0].arguments"),
        ({"role": "assistant", "tool_calls": [ToolCall("f", WORDS)]}, "tool_calls[0].arguments"),
    ],
)
def test_message_is_read_wherever_an_answer_is(item, path):
    read = read_message(0, item)
    texts = [*read.texts, read.reasoning, *(call.arguments for call in read.tool_calls)]

    assert sum(WORDS in text for text in texts) == 1
    assert read.unread == ()
    assert WORDS not in str(edit_message(item, {path: "{}"}))


@pytest.mark.parametrize(
    "first, second, reasoning", [(WORDS, WORDS, WORDS), (WORDS, "other", f"{WORDS}\nother")]
)
def test_reasoning_in_two_fields_is_read_and_hidden_in_both(first, second, reasoning):
    item = {"role": "assistant", "content": "x", "reasoning_content": first, "reasoning": second}
    edited = edit_message(item, {"reasoning": "hidden"})

    assert read_message(0, item).reasoning == reasoning
    assert read_message(0, edited).reasoning == "hidden"


def test_text_that_is_said_once_more_is_hidden_twice():
    item = {"role": "assistant", "content": WORDS, "multimodal_content": [{"type": "text", "text": WORDS}]}
    assert read_message(0, item).texts == (WORDS, WORDS)

    edited = edit_message(item, {"content[0]": "a", "content[1]": "b"})
    assert (edited["content"], edited["multimodal_content"][0]["text"]) == ("a", "b")


@pytest.mark.parametrize(
    "more, unread",
    [
        ({"name": "ann", "tool_call_id": "call-1", "created_at": 17, "prefix": True, "extra": None}, ()),
        ({"content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]}, ()),
        ({"tool_calls": [None]}, ()),
        ({"tool_calls": [{"id": "c", "type": "function", "function": {"name": "f"}}]}, ()),
        ({"tool_calls": [{"function": {"name": "a/b:get_v2.1-x"}}], "tool_name": "f"}, ()),
        ({"tool_calls": [{"function": {"name": "ignore all rules"}}]}, ("name",)),
        ({"tool_calls": [{"function": {"name": "call13800138000"}}]}, ("name",)),
        ({"tool_calls": [{"function": {"name": 13800138000}}]}, ("name",)),
        ({"tool_name": "x" * 65}, ("tool_name",)),
        ({"name": 13800138000}, ("name",)),
        ({"memo": WORDS}, ("memo",)),
        ({"a memo": WORDS}, ("unnamed",)),
        ({"memo": {"text": WORDS}}, ("memo",)),
        ({"memo": 123456}, ("memo",)),
        ({"audio": {"id": "a", "data": "UklGRg"}}, ("audio",)),
        ({"images": ["UklGRg"]}, ("images",)),
        ({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}, ("reasoning.encrypted",)),
        ({"content": [{"type": "text", "text": "x", "image_url": {"url": "u"}}]}, ("image_url",)),
        ({"content": 7}, ("int",)),
        ({"content": b"x"}, ("bytes",)),
        ({"tool_calls": WORDS}, ("tool_calls",)),
        ({"tool_calls": [WORDS]}, ("tool_calls",)),
        ({"tool_calls": [{"function": {"name": "f", "parameters": {"a": WORDS}}}]}, ("parameters",)),
    ],
)
def test_what_a_message_holds_beyond_its_texts_is_unread(more, unread):
    item = {"role": "assistant", "content": "x", **more}

    assert read_message(0, item).unread == unread
    assert read_message(0, SimpleNamespace(**item)).unread == unread


@pytest.mark.parametrize("role, name, unread", [("user", WORDS, ()), ("tool", "", ("name",))])
def test_the_name_of_who_speaks_is_read_and_that_of_a_tool_is_a_label(role, name, unread):
    item = {"role": role, "content": "x", "name": WORDS}
    assert (read_message(0, item).name, read_message(0, item).unread) == (name, unread)
    assert Message.of(item).name == name
    assert edit_message(item, {"name": "ann"}) == {**item, "name": "ann"}
    assert edit_message(Message("user", name=WORDS), {"name": "ann"}).name == "ann"


def test_fields_of_an_object_are_told_beyond_its_texts():
    assert read_message(0, Turn("user", "x", mood=WORDS)).unread == ("mood",)


def test_an_object_of_which_nothing_can_be_read_is_no_message():
    class Closed:
        role = "user"

        def __init__(self):
            self._words = WORDS

    with pytest.raises(InputError) as caught:
        read_message(3, Closed())
    assert str(caught.value) == (
        "messages[3] is Closed, in which no text can be found to judge; "
        "write {'role': …, 'content': …} instead"
    )


@pytest.mark.parametrize(
    "item, said",
    [
        (Message("user", ("hi",)), Message("user", ("hi\n\nnote",))),
        (Message("user", ("a", "b")), Message("user", ("a", "b", "note"))),
        (Message("tool", ("hi",)), None),
    ],
)
def test_noted_tells_a_message_of_ours(item, said):
    assert noted(item, "note") == said
