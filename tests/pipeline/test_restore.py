from __future__ import annotations

import asyncio
import copy
import functools
import itertools
import json
import random
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from guard.errors import InputError
from guard.pipeline.guard import Guard
from guard.pipeline.vault import Vault
from tests.pipeline.fake_filters import policy, rule, words

MASK = "[{kind}_{number}]"
NAMES = ("张伟", "Ann", 'O"Brien\\', "line\nbreak")
HIDE = words("redact", "input sources tool_result", *NAMES, mask=MASK, restore=True)
QUESTION = "张伟 met Ann, and " + NAMES[2] + " and " + NAMES[3] + ". Then what did he say?"
"""Its names become [VALUE_1] to [VALUE_4]."""


@functools.cache
def hiding():
    """A guard that hides names before the call, and restores them."""
    return Guard(policy(HIDE))


def answered(answer, question=QUESTION, guard=None, **options):
    """What a caller gets when the model gives this answer."""
    guard = guard or hiding()
    return guard.wrap(lambda messages: answer)(question, **options)


def streamed(pieces, question=QUESTION, guard=None, **options):
    """What leaves a guarded generator that yields these pieces."""

    def call(messages):
        yield from pieces

    guard = guard or hiding()
    return list(guard.wrap(call)(question, **options))


def completion(**message):
    choice = SimpleNamespace(index=0, message=SimpleNamespace(role="assistant", **message))
    return SimpleNamespace(id="x", choices=[choice])


def chunk(text="", arguments=None, index=0):
    calls = [SimpleNamespace(index=0, function=SimpleNamespace(name="send", arguments=arguments))]
    delta = SimpleNamespace(content=text, tool_calls=calls if arguments is not None else None)
    return SimpleNamespace(choices=[SimpleNamespace(index=index, delta=delta, finish_reason=None)])


def cut(text, places):
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def test_restore_sends_placeholders_and_shows_originals():
    seen = []
    ask = hiding().wrap(lambda messages: seen.append(messages) or "Ask [VALUE_1] and [VALUE_2].")

    assert ask(QUESTION) == "Ask 张伟 and Ann."
    assert seen == ["[VALUE_1] met [VALUE_2], and [VALUE_3] and [VALUE_4]. Then what did he say?"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[value_1]", "张伟"),
        ("[ VALUE 1 ]", "张伟"),
        ("【VALUE_1】", "张伟"),
        ("［ＶＡＬＵＥ＿１］", "张伟"),
        ("\\[VALUE\\_1\\]", "张伟"),
        ("【内容_1】", "张伟"),
        ("[[VALUE_1]]", "[张伟]"),
        ("[VALUE_2][VALUE_1]", "Ann张伟"),
        ("[VALUE_2's [VALUE_1]", "[VALUE_2's 张伟"),
        ("[VALUE_9]", "[VALUE_9]"),
        ("[VALUE_11]", "[VALUE_11]"),
        ("[VALUE_1 1]", "[VALUE_1 1]"),
        ("(VALUE_1) VALUE_1", "(VALUE_1) VALUE_1"),
        ("[VALUE_\n1]", "[VALUE_\n1]"),
        ("[VALUE_1", "[VALUE_1"),
        ("\\", "\\"),
        ("[" * 300 + "VALUE_1]", "[" * 299 + "张伟"),
        ("[" + " " * 200 + "VALUE_1]", "[" + " " * 200 + "VALUE_1]"),
    ],
)
def test_restore_knows_a_placeholder_in_slightly_other_forms(said, shown):
    assert answered(said) == shown
    assert "".join(streamed(said)) == shown


PIECES = [
    "[VALUE_1]",
    "【value 2】",
    "[VALUE_3]",
    "\\[VALUE\\_4\\]",
    "[VALUE_7]",
    "[VALUE_",
    "[",
    "1]",
    "说",
    "\\",
]


@given(
    text=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=10).map("".join),
    places=st.lists(st.integers(0, 200), max_size=12),
)
@limits(max_examples=100, deadline=None)
def test_restore_gives_the_same_however_the_answer_is_cut(text, places):
    whole = answered(text)

    assert "".join(streamed(cut(text, places))) == whole
    chunks = [chunk(piece) for piece in cut(text, places)]
    before = copy.deepcopy(chunks)
    said = streamed(chunks)
    assert chunks == before
    assert len(said) == len(chunks)
    assert "".join(each.choices[0].delta.content for each in said) == whole


@given(
    told=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=8).map("".join),
    places=st.lists(st.integers(0, 400), max_size=12),
    is_ascii=st.booleans(),
)
@limits(max_examples=100, deadline=None)
def test_restore_keeps_the_arguments_of_a_tool_call_json_however_they_are_cut(told, places, is_ascii):
    arguments = json.dumps({"told": [told, "【内容_3】"], "n": 1}, ensure_ascii=is_ascii)
    said = streamed([chunk(arguments=piece) for piece in cut(arguments, places)])
    whole = answered(completion(content="", tool_calls=[_call(arguments)]))
    made = "".join(each.choices[0].delta.tool_calls[0].function.arguments for each in said)

    assert made == whole.choices[0].message.tool_calls[0].function.arguments
    assert json.loads(made)["told"][1] == 'O"Brien\\'
    if not set("[]【】") & set(told):
        assert json.loads(made)["told"][0] == told


def test_restore_cuts_every_pair_of_places():
    text = "x [VALUE_3] y【内容_1】z"
    whole = 'x O"Brien\\ y张伟z'
    places = range(len(text) + 1)

    assert {"".join(streamed(cut(text, pair))) for pair in itertools.combinations(places, 2)} == {whole}


@pytest.mark.parametrize("said", ["[é🙂_1]", "[e\u0301🙂_1]", "[É🙂 1] [é🙂_"])
@pytest.mark.parametrize("is_ascii", [False, True])
def test_restore_reads_composed_characters_alike_wherever_they_are_cut(said, is_ascii):
    guard = Guard(policy(words("redact", "input", "Ann", mask="[é🙂_{number}]", restore=True)))
    arguments = json.dumps({"to": said}, ensure_ascii=is_ascii)
    whole = answered(completion(content="", tool_calls=[_call(arguments)]), "I am Ann", guard)
    made = whole.choices[0].message.tool_calls[0].function.arguments

    assert json.loads(made)["to"] == said.replace("[é🙂_1]", "Ann").replace("[É🙂 1]", "Ann")
    for place in range(len(arguments) + 1):
        told = streamed([chunk(arguments=piece) for piece in cut(arguments, [place])], "I am Ann", guard)
        assert "".join(each.choices[0].delta.tool_calls[0].function.arguments for each in told) == made


def _call(arguments):
    return SimpleNamespace(id="1", function=SimpleNamespace(name="send", arguments=arguments))


def test_restore_reaches_content_reasoning_and_arguments_of_every_choice():
    message = {"content": "[VALUE_1]", "reasoning_content": "so [VALUE_2]", "tool_calls": []}
    second = {"content": [{"type": "text", "text": "[VAL"}, {"type": "text", "text": "UE_1]!"}]}
    calls = [{"id": "1", "function": {"name": "send", "arguments": {"to": ["[VALUE_4]"]}}}]
    answer = {
        "choices": [
            {"index": 0, "message": message},
            {"index": 1, "message": {**second, "tool_calls": calls}},
        ]
    }
    before = copy.deepcopy(answer)
    first, other = (choice["message"] for choice in answered(answer)["choices"])

    assert answer == before
    assert (first["content"], first["reasoning_content"]) == ("张伟", "so Ann")
    assert [part["text"] for part in other["content"]] == ["张伟", "!"]
    assert other["tool_calls"][0]["function"]["arguments"] == {"to": ["line\nbreak"]}


@pytest.mark.parametrize("form", [{"type": "json_object"}, {"type": "json_schema"}, "json_object"])
def test_restore_keeps_content_json_where_json_was_asked_for(form):
    def call(messages, response_format, stream=False):
        text = '{"names": ["[VALUE_3]", "\\u005bVALUE_4]"]}'
        return iter(text) if stream else completion(content=text)

    ask = hiding().wrap(call)
    whole = ask(QUESTION, response_format=form).choices[0].message.content
    pieces = ask(QUESTION, response_format=form, stream=True)

    assert json.loads(whole)["names"] == [NAMES[2], NAMES[3]]
    assert "".join(pieces) == whole


def test_restore_keeps_the_choices_of_a_stream_apart():
    said = streamed(
        [chunk("[VAL", index=0), chunk("[VALUE_2", index=1), chunk("UE_1]", index=0), chunk("]", index=1)]
    )

    assert [each.choices[0].delta.content for each in said] == ["张伟", "Ann", "", ""]


def test_restore_passes_the_very_objects_that_hold_no_placeholder():
    chunks = [chunk("see [1] and "), chunk("[VAL"), chunk("ID] or "), chunk("[x"), chunk("y]")]

    assert all(said is own for said, own in zip(streamed(chunks), chunks, strict=True))
    answer = completion(content="[VALUE_9]")
    assert answered(answer) is answer


def test_restore_holds_back_only_while_a_placeholder_is_open():
    read = []

    def call(messages):
        for piece in ("see [1", "] and ", "[VALUE", "_1", "]", " ok"):
            read.append(piece)
            yield piece

    stream = hiding().wrap(call)(QUESTION)
    told = [(piece, len(read)) for piece in stream]

    assert told == [("see [1", 1), ("] and ", 2), ("张伟", 5), (" ok", 6)]


def test_restore_lets_what_it_held_go_when_the_source_fails():
    def call(messages):
        yield "[VALUE_1] [VAL"
        raise OSError("lost")

    stream = hiding().wrap(call)(QUESTION)

    assert next(stream) == "张伟 [VAL"
    with pytest.raises(OSError, match="lost"):
        next(stream)


def test_restore_lets_what_it_held_go_before_a_refusal():
    guard = Guard(policy(HIDE, words("block", "output", "bomb")))
    *said, refusal = streamed(["[VALUE_1", " " * 60, "bomb"], guard=guard)

    assert said == ["[VALUE_1"]
    assert refusal.decision.blocked


async def test_restore_works_in_coroutines_and_their_streams():
    async def call(messages):
        return "[VALUE_1]"

    async def pieces(messages):
        for piece in ("[VAL", "UE_2]"):
            yield piece

    assert await hiding().wrap(call)(QUESTION) == "张伟"
    assert [piece async for piece in hiding().wrap(pieces)(QUESTION)] == ["Ann"]


def test_restore_shows_no_value_behind_a_placeholder_that_the_user_typed():
    echo = hiding().wrap(lambda messages: messages)

    for typed in ("[VALUE_1]", "【value 1】", "［内容＿１］", "\\[VALUE\\_1\\]"):
        assert echo(f"Say {typed}. I am Ann.") == f"Say {typed}. I am Ann."
    assert answered("[VALUE_1] [VALUE_2]", "Say [VALUE_1]. I am Ann, Ann.") == "[VALUE_1] Ann"


def test_restore_shows_no_value_behind_a_placeholder_that_a_source_or_an_earlier_answer_holds():
    history = [{"role": "assistant", "content": "so [VALUE_1]"}, {"role": "user", "content": "I am Ann."}]

    assert answered("[VALUE_1] [VALUE_2]", history) == "[VALUE_1] Ann"
    assert answered("[VALUE_1] [VALUE_2]", "I am Ann.", sources=["see [VALUE_1]"]) == "[VALUE_1] Ann"


def test_restore_lets_an_operator_explain_placeholders():
    history = [
        {"role": "system", "content": "Names look like [VALUE_1]; repeat them as they are."},
        {"role": "user", "content": "I am Ann."},
    ]

    assert answered("Hi [VALUE_1]", history) == "Hi Ann"


def test_restore_numbers_the_same_over_turns_and_over_stages():
    seen = []
    ask = hiding().wrap(lambda messages: seen.append(messages[-1]["content"]) or "ok")
    history = [
        {"role": "user", "content": "Please look up 张伟 for me"},
        {"role": "tool", "tool_call_id": "1", "content": "Ann"},
        {"role": "user", "content": 'So is it O"Brien\\ or Ann, or 张伟?'},
    ]
    for turn in range(1, 4):
        ask(history[:turn])

    assert seen == [
        "Please look up [VALUE_1] for me",
        "[VALUE_2]",
        "So is it [VALUE_3] or [VALUE_2], or [VALUE_1]?",
    ]


def test_restore_reads_a_value_as_it_is_inside_the_arguments_of_an_earlier_tool_call():
    call = {"id": "1", "function": {"name": "send", "arguments": json.dumps({"to": "line\nbreak"})}}
    history = [
        {"role": "user", "content": "line\nbreak"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "user", "content": "and?"},
    ]
    listed = words("redact", "input", "line\nbreak", "line\\nbreak", mask=MASK, restore=True)
    seen = []
    shown = Guard(policy(listed)).wrap(lambda messages: seen.append(messages) or "[VALUE_1]")(history)

    assert seen[0][1]["tool_calls"][0]["function"]["arguments"] == '{"to": "[VALUE_1]"}'
    assert shown == "line\nbreak"


def test_restore_asks_output_rules_before_the_originals_are_back():
    decisions = []
    rules = HIDE, words("redact", "output", "Ann", id="late")
    guard = Guard(policy(*rules), on_decision=decisions.append)

    assert answered("[VALUE_2], and Ann", guard=guard) == "Ann, and [word]"
    assert "".join(streamed(["[VALUE", "_2], and An", "n"], guard=guard)) == "Ann, and [word]"
    assert [made.text for made in decisions[1::2]] == ["[VALUE_2], and [word]"] * 2
    told = json.dumps([made.as_dict() for made in decisions], ensure_ascii=False)
    assert not any(json.dumps(name, ensure_ascii=False)[1:-1] in told for name in NAMES)


def test_restore_does_not_put_back_what_an_output_rule_hid():
    rules = HIDE, words("redact", "output", "Ann", id="late", mask=MASK, restore=True)
    guard = Guard(policy(*rules))

    assert answered("[VALUE_2], and Ann", guard=guard) == "Ann, and [VALUE_5]"
    assert "".join(streamed("[VALUE_2], and Ann", guard=guard)) == "Ann, and [VALUE_5]"


def test_output_rules_number_values_alike_in_whole_and_streamed_answers():
    text = "Ann 12345 Bob Ann 777 12345 "
    rules = (
        words("redact", "output", "Ann", "Bob", mask=MASK),
        rule("fake-run", "redact", "output", mask="<{number}>"),
    )
    guard = Guard(policy(*rules))
    whole = answered(text, guard=guard)

    assert whole == "[VALUE_1] <1> [VALUE_2] [VALUE_1] <2> <1> "
    assert "".join(streamed(text, guard=guard)) == whole


def test_restore_leaves_masks_that_are_not_to_be_restored():
    guard = Guard(policy(words("redact", "input", "Ann", mask=MASK)))

    assert answered("Hi [VALUE_1]", "I am Ann.", guard=guard) == "Hi [VALUE_1]"


def test_restore_keeps_to_what_every_overlapping_rule_allows():
    rules = HIDE, words("redact", "input", "nn", id="strict")

    assert answered("Hi [VALUE_1]", "I am Ann.", guard=Guard(policy(*rules))) == "Hi [VALUE_1]"


def test_restore_asks_again_with_the_same_placeholders():
    asked = []

    def call(messages):
        asked.append(messages)
        return "rude [VALUE_1]" if len(asked) == 1 else "kind [VALUE_1]"

    guard = Guard(policy(HIDE, words("retry", "output", "rude"), retries=1))

    assert guard.wrap(call)("I am Ann.") == "kind Ann"
    assert [text.partition("\n")[0] for text in asked] == ["I am [VALUE_1]."] * 2


def test_conversation_keeps_what_the_messages_no_longer_hold():
    vault = Vault()
    answered("ok", "I am Ann.", conversation=vault)

    assert answered("Hi [VALUE_1]", "And 张伟?", conversation=vault) == "Hi Ann"
    assert answered("Hi [VALUE_1]", "And 张伟?") == "Hi 张伟"
    assert answered("Hi [VALUE_1]", "Say [VALUE_1]", conversation=vault) == "Hi [VALUE_1]"


def test_conversation_reaches_the_call_only_where_it_is_asked_for():
    vault = Vault()
    seen = []
    asks = lambda messages, conversation: seen.append(conversation) or "ok"  # noqa: E731
    takes = lambda messages, **options: seen.append(options) or "ok"  # noqa: E731

    hiding().wrap(asks)("hi", conversation=vault)
    hiding().wrap(takes)("hi", conversation=vault)
    hiding().wrap(takes)("hi", conversation="id-1")
    assert seen == [vault, {}, {"conversation": "id-1"}]


def test_restore_shows_nothing_of_another_request_under_many_threads():
    guard = Guard(policy(rule("fake-run", "redact", "input", mask=MASK, restore=True)))
    shared = Vault()

    def call(messages):
        yield from ("Your numbers: [VAL", "UE_1], [VALUE_2], [VALUE", "_3]")

    ask = guard.wrap(call)

    def run(number):
        own = [str(10_000 + 10 * number + step) for step in range(random.Random(number).randint(0, 3))]
        told = "".join(ask("These are mine: " + " ".join(own)))
        said = [*own, *(f"[VALUE_{left}]" for left in range(len(own) + 1, 4))]
        if number % 8 == 0:
            "".join(ask(f"In a talk: {number + 1_000_000}", conversation=shared))
        return told == "Your numbers: " + ", ".join(said)

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(run, range(400)))
    assert len(shared) == 50


async def test_restore_shows_nothing_of_another_request_in_one_event_loop():
    guard = Guard(policy(rule("fake-run", "redact", "input", mask=MASK, restore=True)))

    async def call(messages):
        await asyncio.sleep(0)
        return "[VALUE_1]"

    ask = guard.wrap(call)
    numbers = [str(number) for number in range(5000, 5050)]

    assert await asyncio.gather(*(ask(f"mine is {number}") for number in numbers)) == numbers


def test_hash_names_a_value_by_a_key_and_is_restored(monkeypatch):
    hashing = policy(words("redact", "input", "Ann", "Bob", mask="<{kind}:{hash}>", restore=True))
    seen = []
    echo = lambda messages: seen.append(messages) or messages  # noqa: E731

    for key in (b"k" * 16, "k" * 16, "x" * 16):
        assert Guard(hashing, key=key).wrap(echo)("Ann Bob Ann") == "Ann Bob Ann"
    monkeypatch.setenv("GUARD_KEY", "k" * 16)
    Guard(hashing).wrap(echo)("Ann Bob Ann")
    assert seen[0] == seen[1] == seen[3] != seen[2]
    first, other, again = seen[0].split()
    assert first == again != other
    assert first.startswith("<VALUE:") and len(first) == len("<VALUE:>") + 12


@pytest.mark.parametrize(
    ("key", "message"), [(None, "needs a key: give Guard"), ("short", "at least 16 bytes, not 5")]
)
def test_hash_is_never_made_without_a_good_key(key, message, monkeypatch):
    monkeypatch.delenv("GUARD_KEY", raising=False)
    with pytest.raises(InputError, match=message):
        Guard(policy(words("redact", "input", "Ann", mask="[{hash}]")), key=key)


def test_check_numbers_what_it_shows():
    made = Guard(policy(HIDE)).check("This is Ann, not 张伟, but Ann")

    assert made.text == "This is [VALUE_1], not [VALUE_2], but [VALUE_1]"
    assert made.edits == {"messages[0].content": made.text}
