from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest

from guard.errors import InputError
from guard.pipeline.request import read
from guard.types import Exchange, Message, Source, ToolCall


def ask(messages, model="m", sources=(), **options):
    return messages, model, sources, options


ASK = inspect.signature(ask)

CALL = SimpleNamespace(id="1", function=SimpleNamespace(name="f", arguments='{"a": "x"}'))
TALK = [
    {"role": "system", "content": "be brief"},
    SimpleNamespace(role="assistant", content=None, reasoning_content="thought", tool_calls=[CALL]),
    {"role": "tool", "content": "found", "tool_call_id": "1"},
    {
        "role": "user",
        "content": [{"type": "image_url", "image_url": {}}, {"type": "text", "text": "see"}, "that"],
    },
]


def test_read_takes_messages_of_any_shape():
    exchange = read(ASK, (TALK,), {}).exchange
    assert [message.role for message in exchange.messages] == ["system", "assistant", "tool", "user"]
    assert exchange.messages[1].reasoning == "thought"
    assert exchange.messages[1].tool_calls[0].arguments == '{"a": "x"}'
    assert exchange.messages[3] == Message("user", ("see", "that"), unread=("image_url",))


def test_edit_reaches_every_part_of_a_message():
    request = read(ASK, (TALK,), {})
    edits = {
        "messages[1].reasoning": "r",
        "messages[1].tool_calls[0].arguments": "{}",
        "messages[2].content": "t",
        "messages[3].content[0]": "u",
        "messages[3].content[1]": "v",
    }
    changed = request.edit(edits)
    system, assistant, tool, user = changed.question

    assert system is TALK[0]
    assert assistant.reasoning_content == "r"
    assert assistant.tool_calls[0].function.arguments == "{}"
    assert tool == {"role": "tool", "content": "t", "tool_call_id": "1"}
    assert user["content"] == [TALK[3]["content"][0], {"type": "text", "text": "u"}, "v"]
    assert CALL.function.arguments == '{"a": "x"}'
    assert [message.text for message in changed.exchange.messages] == ["be brief", "", "t", "u\nv"]


def test_edit_reads_the_edits_as_often_for_many_messages_as_for_one():
    class Counted(dict):
        read = 0

        def items(self):
            self.read += 1
            return super().items()

    def times(count):
        talk = [{"role": "user", "content": "a"}] * count
        edits = Counted({f"messages[{number}].content": "b" for number in range(count)})
        assert {item["content"] for item in read(ASK, (talk,), {}).edit(edits).question} == {"b"}
        return edits.read

    assert times(50) == times(1)


def test_edit_without_edits_is_the_very_request():
    request = read(ASK, ("hi",), {})
    assert request.edit({}) is request


@pytest.mark.parametrize(
    "sources, changed",
    [
        ("a", "x"),
        (["a", "b"], ["x", "b"]),
        (("a", "b"), ("x", "b")),
        ([{"text": "a", "id": "1"}], [{"text": "x", "id": "1"}]),
        ([{"content": "a"}], [{"content": "x"}]),
        ([Source("a", id="1")], [Source("x", id="1")]),
        ({"text": "a"}, {"text": "x"}),
    ],
)
def test_edit_keeps_the_shape_of_sources(sources, changed):
    edited = read(ASK, ("hi",), {"sources": sources}).edit({"sources[0].text": "x"})
    got = edited.send(ask)[2]
    assert got == (changed if isinstance(changed, list | tuple) else [changed])
    assert edited.exchange.sources[0].text == "x"


@pytest.mark.parametrize(
    "question, noted",
    [
        ("hi", "hi\n\nnote"),
        (
            [{"role": "user", "content": "hi", "name": "n"}],
            [{"role": "user", "content": "hi\n\nnote", "name": "n"}],
        ),
        (
            [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
            [{"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "note"}]}],
        ),
        (
            [{"role": "tool", "content": "t"}],
            [{"role": "tool", "content": "t"}, {"role": "user", "content": "note"}],
        ),
        ([], [{"role": "user", "content": "note"}]),
        ([Message("user", ("hi",))], [Message("user", ("hi\n\nnote",))]),
        ([Message("tool", ("t",))], [Message("tool", ("t",)), Message("user", ("note",))]),
    ],
)
def test_with_note_tells_the_model_at_the_end(question, noted):
    assert read(ASK, (question,), {}).with_note("note").question == noted


def test_read_leaves_sources_out_of_a_call_that_does_not_take_them():
    request = read(inspect.signature(lambda prompt, **options: None), ("hi",), {"sources": ["s"], "top_p": 1})
    assert request.kwargs == {"top_p": 1}
    assert request.exchange == Exchange.of("hi", sources=["s"])


@pytest.mark.parametrize(
    "args, kwargs, sources", [(("hi", "m", ["s"]), {}, ["s"]), (("hi",), {"sources": iter("s")}, ["s"])]
)
def test_read_hands_sources_to_a_call_that_takes_them(args, kwargs, sources):
    request = read(ASK, args, kwargs)
    assert request.exchange.sources == (Source("s"),)
    assert request.send(ask)[2] == sources


@pytest.mark.parametrize(
    "messages, message",
    [
        ([{"content": "hi"}], "the wrapped call was given neither chat messages nor a text to ask"),
        (None, "the wrapped call was given neither chat messages nor a text to ask"),
    ],
)
def test_read_says_when_it_finds_no_question(messages, message):
    with pytest.raises(InputError) as error:
        read(ASK, (messages,), {})
    assert str(error.value) == message


@pytest.mark.parametrize(
    "messages, message",
    [
        ([{"content": "hi"}], "messages[0] is dict without a role, not a chat message"),
        (["hi"], "messages[0] is str without a role, not a chat message"),
        (3, "messages must be a list of chat messages or a text, not int"),
        ({"role": "user"}, "messages must be a list of chat messages or a text, not dict"),
    ],
)
def test_read_says_what_is_wrong_with_messages(messages, message):
    with pytest.raises(InputError) as error:
        read(ASK, (), {"messages": messages})
    assert str(error.value) == message


def test_read_finds_a_question_without_a_signature():
    assert read(None, ("hi",), {"sources": ["s"]}).exchange == Exchange.of("hi", sources=["s"])


def test_read_prefers_chat_messages_to_other_texts():
    request = read(None, ("ernie-4.5", [{"role": "user", "content": "hi"}]), {})
    assert request.exchange == Exchange.of("hi")


def test_read_and_edit_take_messages_of_ours():
    call = ToolCall("f", "{}", id="c")
    talk = [Message("assistant", ("a", "b"), "thought", (call, call)), Message("user", ("hi",))]
    request = read(ASK, (talk,), {})
    edits = {
        "messages[0].content[1]": "x",
        "messages[0].reasoning": "y",
        "messages[0].tool_calls[1].arguments": "[]",
    }
    changed = request.edit(edits)
    first = Message("assistant", ("a", "x"), "y", (call, ToolCall("f", "[]", id="c")))

    assert request.exchange.messages == tuple(talk)
    assert changed.question == [first, talk[1]]
    assert changed.exchange.messages == (first, talk[1])


def test_edit_keeps_arguments_that_came_as_data_as_data():
    function = {"name": "dial", "arguments": {"phone": "1"}}
    talk = [{"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": function}]}]
    edits = {"messages[0].tool_calls[0].arguments": '{"phone": "x"}'}
    changed = read(ASK, (talk,), {}).edit(edits)

    assert changed.question[0]["tool_calls"][0]["function"]["arguments"] == {"phone": "x"}
    assert changed.exchange.messages[0].tool_calls[0].arguments == '{"phone": "x"}'


CHAT = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    "call, args, kwargs, asked",
    [
        (lambda messages=None, prompt=None: 0, (), {"messages": [], "prompt": "hi"}, "prompt"),
        (lambda messages=None, prompt=None: 0, ([], "hi"), {}, 1),
        (lambda messages=None, prompt=None: 0, (), {"messages": CHAT, "prompt": ""}, "messages"),
        (lambda messages=None, prompt=None: 0, (), {"messages": [], "prompt": None}, "messages"),
        (lambda system, query: 0, ("be kind", "hi"), {}, 1),
        (lambda system, query: 0, (), {"system": "be kind", "query": "hi"}, "query"),
        (lambda model, question: 0, ("ernie-5.1", "hi"), {}, 1),
        (lambda question, model: 0, ("hi",), {"model": "ernie-5.1"}, 0),
        (lambda style, prompt: 0, ("formal", "hi"), {}, 1),
        (lambda context, messages: 0, ("formal", CHAT), {}, 1),
        (lambda model: 0, ("hi",), {}, 0),
        (lambda question, note: 0, ("", "hi"), {}, 1),
        (lambda question, sources: 0, ("hi", "a text"), {}, 0),
    ],
)
def test_read_finds_the_question_among_other_texts(call, args, kwargs, asked):
    request = read(inspect.signature(call), args, kwargs)
    assert request.asked == asked


@pytest.mark.parametrize(
    "call, args, kwargs, names",
    [
        (lambda messages, prompt: 0, (), {"messages": CHAT, "prompt": "hi"}, "messages, prompt"),
        (lambda question, context: 0, ("hi", "there"), {}, "question, context"),
        (lambda question, context: 0, ("hi",), {"context": "there"}, "question, context"),
        (lambda *texts: 0, ("hi", "there"), {}, "argument 0, argument 1"),
        (lambda history, new: 0, (CHAT, CHAT), {}, "history, new"),
        (lambda prompt, history: 0, ("hi", CHAT), {}, "prompt, history"),
    ],
)
def test_read_says_when_it_finds_several_questions(call, args, kwargs, names):
    with pytest.raises(InputError) as error:
        read(inspect.signature(call), args, kwargs)
    assert str(error.value) == (
        f"the wrapped call was given several questions ({names}), of which only one would be judged; "
        "give one, or name its parameter 'messages' or 'prompt'"
    )
