from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from unittest.mock import MagicMock

import pydantic
import pytest

from guard.errors import InputError
from guard.pipeline.refusal import Refusal, refuse
from guard.pipeline.shape import alone, edit, get, put, replaced, responses, slots, stage_of, unread
from guard.types import Action, Decision, PolicyRef, Response, Stage, ToolCall

NO = Decision(Action.BLOCK, "No.", (), PolicyRef("p", "0"), rule="r", language="en")


def nest(node):
    """Mappings as objects, through and through."""
    if isinstance(node, dict):
        return SimpleNamespace(**{name: nest(value) for name, value in node.items()})
    return [nest(item) for item in node] if isinstance(node, list) else node


class Open(pydantic.BaseModel, extra="allow"):
    """As the models of the openai package are: unknown fields kept."""


def model(node):
    if isinstance(node, dict):
        return Open(**{name: model(value) for name, value in node.items()})
    return [model(item) for item in node] if isinstance(node, list) else node


class Body(Mapping):
    """As responses of the qianfan package are: a mapping over a body."""

    def __init__(self, body):
        self.body = body

    def __getitem__(self, name):
        return self.body[name]

    def __iter__(self):
        return iter(self.body)

    def __len__(self):
        return len(self.body)

    def __eq__(self, other):
        return self.body == other.body

    def __hash__(self):
        return 0


CALLS = [{"id": "1", "function": {"name": "find", "arguments": '{"a": 1}'}}]
FULL = {
    "id": "c",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": {"content": [{"token": "said"}]},
            "message": {
                "role": "assistant",
                "content": "said",
                "reasoning_content": "thought",
                "tool_calls": CALLS,
            },
        }
    ],
    "usage": {"total_tokens": 3},
}
WHOLE = Response("said", "thought", (ToolCall("find", '{"a": 1}'),))

ANSWERS = {
    "text": ("said", Response("said")),
    "completion": (FULL, WHOLE),
    "completion-object": (nest(FULL), WHOLE),
    "completion-model": (model(FULL), WHOLE),
    "reasoning-of-vllm": ({"choices": [{"message": {"content": None, "reasoning": "t"}}]}, Response("", "t")),
    "reasoning-only": (
        {"choices": [{"message": {"content": None, "reasoning_content": "t"}}]},
        Response("", "t"),
    ),
    "reasoning-twice": (
        {"choices": [{"message": {"content": "c", "reasoning": "t", "reasoning_content": "t"}}]},
        Response("c", "t"),
    ),
    "plain-completion": ({"choices": [{"text": "said"}]}, Response("said")),
    "first-interface": ({"id": "as-1", "result": "said", "is_end": True}, Response("said")),
    "first-interface-body": (Body({"result": "said"}), Response("said")),
    "first-interface-call": (
        {"result": "", "function_call": {"name": "f", "arguments": "{}", "thoughts": "t"}},
        Response("", "t", (ToolCall("f", "{}"),)),
    ),
    "message": ({"role": "assistant", "content": "said"}, Response("said")),
    "message-object": (
        SimpleNamespace(content="said", tool_calls=[{"name": "f", "args": {"x": "y"}}]),
        Response("said", "", (ToolCall("f", '{"x": "y"}'),)),
    ),
    "message-inside": ({"model": "m", "message": {"role": "assistant", "content": "said"}}, Response("said")),
    "parts": (
        {"choices": [{"message": {"content": [{"type": "text", "text": "sa"}, "id"]}}]},
        Response("said"),
    ),
    "refusal-of-the-model": (
        {"choices": [{"message": {"content": None, "refusal": "sorry"}}]},
        Response("sorry"),
    ),
    "refusal-part": (
        {"choices": [{"message": {"content": [{"type": "refusal", "refusal": "sorry"}]}}]},
        Response("sorry"),
    ),
    "transcript": (
        nest({"choices": [{"message": {"content": None, "audio": {"data": "UklG", "transcript": "said"}}}]}),
        Response("said"),
    ),
    "content-twice": ({"choices": [{"message": {"content": "c", "text": "c"}}]}, Response("c")),
    "content-in-a-mapping": ({"choices": [{"message": {"content": {"text": "said"}}}]}, Response("said")),
    "content-of-many-modes": (
        {"choices": [{"message": {"content": None, "multimodal_content": [{"text": "said"}]}}]},
        Response("said"),
    ),
    "thinking-parts": (
        {
            "choices": [
                {
                    "message": {
                        "content": [
                            {"type": "thinking", "thinking": [{"type": "text", "text": "t"}]},
                            {"type": "text", "text": "c"},
                        ]
                    }
                }
            ]
        },
        Response("c", "t"),
    ),
    "reasoning-parts": (
        {"choices": [{"message": {"content": "c", "reasoning_content": ["t", {"summary": "s"}]}}]},
        Response("c", "ts"),
    ),
    "reasoning-details": (
        {"choices": [{"message": {"content": "c", "reasoning": "t", "reasoning_details": [{"text": "t"}]}}]},
        Response("c", "t"),
    ),
    "custom-tool": (
        {
            "content": "",
            "tool_calls": [{"custom": {"name": "f", "input": "x"}, "function": {"arguments": ""}}],
        },
        Response("", "", (ToolCall("f", "x"),)),
    ),
    "chunk": (nest({"choices": [{"index": 0, "delta": {"content": "said"}}]}), Response("said")),
}


@pytest.mark.parametrize("answer, response", ANSWERS.values(), ids=ANSWERS)
def test_slots_read_every_text_of_an_answer(answer, response):
    assert responses(slots(answer)) == {0: response}


@pytest.mark.parametrize("answer, response", ANSWERS.values(), ids=ANSWERS)
def test_edit_changes_a_copy_that_reads_as_told(answer, response):
    before = copy.deepcopy(answer)
    found = slots(answer)
    texts = {slot.key: f"new {slot.channel}" for slot in found}
    changed = replaced(answer, found, texts)

    assert answer == before
    got = responses(slots(changed))[0]
    assert (got.content, got.reasoning) == (
        "new content" if response.content else got.content,
        "new reasoning" if response.reasoning else "",
    )
    assert [call.arguments for call in got.tool_calls] == [
        f"new {slot.channel}" for slot in found if slot.channel.startswith("tool")
    ]


@pytest.mark.parametrize("answer, response", ANSWERS.values(), ids=ANSWERS)
def test_refuse_leaves_nothing_but_the_refusal(answer, response):
    before = copy.deepcopy(answer)
    refusal = refuse(answer, NO, [0])

    assert answer == before
    assert responses(slots(refusal))[0] == Response("No.")
    assert isinstance(refusal, Refusal if isinstance(answer, str) else type(answer))


@pytest.mark.parametrize(
    "node",
    [
        {"content": "bad", "result": "fine"},
        {"content": "bad", "text": "fine"},
        {"content": "", "text": "bad"},
        {"content": [{"type": "text", "text": "bad"}, {"type": "image_url"}], "result": ""},
        {"content": None, "audio": {"data": "UklG", "transcript": "bad"}, "images": [{"type": "image_url"}]},
        {"content": "", "reasoning_details": [{"text": "bad"}], "thinking": "bad"},
    ],
)
@pytest.mark.parametrize("frame", [dict, nest, lambda node: {"choices": [{"index": 0, "message": node}]}])
def test_refuse_empties_every_field_of_a_message(frame, node):
    refusal = refuse(frame(node), NO, [0])
    assert responses(slots(refusal)) == {0: Response("No.")}
    assert not unread(refusal)
    assert "bad" not in str(refusal)


UNREAD = {
    "image": ({"content": [{"type": "image_url", "image_url": {"url": "data:"}}]}, ("image_url",)),
    "image-beside-text": ({"content": [{"type": "text", "text": ""}, {"type": "video"}]}, ("video",)),
    "images": ({"content": "ok", "images": [{"type": "image_url"}, "data:"]}, ("image_url",)),
    "sound": ({"content": "ok", "audio": {"data": "UklG"}}, ("audio",)),
    "number": ({"content": 7}, ("int",)),
    "too-deep": (
        {"content": {"content": {"content": {"content": {"content": {"content": "deep"}}}}}},
        ("dict",),
    ),
}


@pytest.mark.parametrize("frame", [dict, nest, model], ids=["mapping", "object", "model"])
@pytest.mark.parametrize("message, kinds", UNREAD.values(), ids=UNREAD)
def test_unread_names_what_holds_no_text(message, kinds, frame):
    answer = frame({"choices": [{"index": 1, "message": message}]})
    names = tuple(
        kind if frame is dict else kind.replace("dict", frame({}).__class__.__name__) for kind in kinds
    )
    assert unread(answer) == {1: names}
    assert responses(slots(answer), unread(answer))[1].unread == names


@pytest.mark.parametrize("answer", [answer for answer, _ in ANSWERS.values()], ids=ANSWERS)
def test_unread_names_nothing_where_all_is_text(answer):
    assert unread(answer) == {}


def test_slots_read_stand_ins_as_far_as_they_are_told():
    message = MagicMock(content="said", function_call=None)
    answer = MagicMock(choices=[MagicMock(index=0, message=message, delta=None)])
    assert (responses(slots(answer)), unread(answer)) == ({0: Response("said")}, {})


def test_edit_of_a_transcript_drops_the_sound():
    answer = {
        "choices": [{"message": {"content": None, "audio": {"id": "a", "data": "U", "transcript": "t"}}}]
    }
    changed = replaced(answer, slots(answer), {(0, "content"): "new"})
    assert changed["choices"][0]["message"]["audio"] == {"id": "a", "data": None, "transcript": "new"}


def test_replaced_gives_the_very_answer_without_edits():
    assert replaced(FULL, slots(FULL), {}) is FULL


def test_edit_shares_what_it_does_not_change_and_drops_echoes():
    changed = edit(FULL, {("choices", 0, "message", "content"): "new"})
    assert changed["usage"] is FULL["usage"]
    assert changed["choices"][0]["message"]["tool_calls"] is CALLS
    assert changed["choices"][0]["logprobs"] is None
    assert FULL["choices"][0]["logprobs"]


def test_edit_writes_both_fields_that_repeat_one_text():
    answer = {"choices": [{"message": {"content": "c", "reasoning": "t", "reasoning_content": "t"}}]}
    changed = replaced(answer, slots(answer), {(0, "reasoning"): "x"})
    assert changed["choices"][0]["message"] == {"content": "c", "reasoning": "x", "reasoning_content": "x"}


def test_slots_tell_choices_apart():
    answer = {
        "choices": [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}]
    }
    assert responses(slots(answer)) == {1: Response("b"), 0: Response("a")}
    assert refuse(answer, NO, [1])["choices"][1] == answer["choices"][1]


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": []},
        {"choices": None},
        {"error": {"message": "busy"}},
        {"object": "error", "message": "busy"},
        {"error_code": 336},
    ],
)
def test_slots_find_no_text_where_there_is_none(chunk):
    assert slots(chunk) == []


@pytest.mark.parametrize(
    "answer", [None, 1, True, b"x", [], ["x"], {}, {"text": 1}, object(), SimpleNamespace(a=1)]
)
def test_slots_refuse_what_they_cannot_read(answer):
    with pytest.raises(InputError):
        slots(answer)


@pytest.mark.parametrize("index", [-1, 10**9])
def test_slots_refuse_damaged_tool_calls(index):
    calls = [{"index": index, "function": {"arguments": "{}"}}]
    with pytest.raises(InputError, match="at most 128"):
        slots({"choices": [{"delta": {"tool_calls": calls}}]})


def test_put_writes_copies_of_frozen_things():
    @dataclass(frozen=True)
    class Frozen:
        content: str

    frozen = Frozen("a")
    assert put((frozen,), (0, "content"), "b") == (Frozen("b"),)
    assert frozen.content == "a"


@pytest.mark.parametrize("node, name", [({}, "a"), ([], 0), (SimpleNamespace(), "a"), (None, "a")])
def test_get_gives_none_for_what_is_not_there(node, name):
    assert get(node, name) is None


def test_alone_keeps_one_choice_once():
    chunk = {
        "choices": [
            {"index": 1, "delta": {"content": "a"}},
            {"index": 0, "delta": {}},
            {"index": 1, "delta": {}},
        ]
    }
    assert alone(chunk, 1) == {"choices": [{"index": 1, "delta": {"content": "a"}}]}
    assert alone("text", 0) == "text"


def test_stage_of_tool_calls_is_their_own():
    assert stage_of("content") is stage_of("reasoning") is Stage.OUTPUT
    assert stage_of("tool_calls[3].arguments") is Stage.TOOL_CALL


@pytest.mark.parametrize("answer", [FULL, nest(FULL), model(FULL)], ids=["mapping", "object", "model"])
def test_refuse_carries_the_decision(answer):
    refusal = refuse(answer, NO, [0], lead="\n")
    assert get(get(refusal, "choices")[0], "finish_reason") == "content_filter"
    assert refusal.guard == NO
    assert not isinstance(refusal, dict) or "guard" not in refusal
    assert responses(slots(refusal))[0].content == "\nNo."


async def test_refusal_of_unknown_shape_reads_in_every_way():
    refusal = Refusal("No.", NO)
    assert refusal == "No."
    assert refusal[0] == "N"
    assert refusal["result"] == refusal.result == "No."
    assert refusal["choices"][0]["message"]["content"] == refusal.choices[0].delta.content == "No."
    assert refusal.guard is NO
    assert refusal["guard"]["rule"] == "r"
    assert refusal.get("absent") is None
    assert await refusal is refusal
    assert copy.deepcopy(refusal).decision == NO
    with pytest.raises(AttributeError):
        _ = refusal.choices[0].absent
