from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from guard.errors import Blocked, InputError
from guard.pipeline.guard import Guard
from guard.pipeline.refusal import Refusal, RefusedStream
from guard.text.excerpt import count_tokens
from guard.types import Action, Message, Spent
from tests.pipeline.fake_filters import Asking, policy, rule, words

STRICT = policy(
    words("redact", "input sources output", "secret", id="hide", mask="*"),
    words("block", "input output", "bomb", id="stop"),
    words("retry", "output", "rude", id="again", note="Be polite."),
    retries=2,
)


class Model:
    """A scripted model: answers in turn, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.closed = 0

    def reply(self, messages):
        self.asked.append(messages)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def pieces(self, messages):
        try:
            yield from self.reply(messages)
        finally:
            self.closed += 1


def as_function(model):
    def call(messages, **options):
        return model.reply(messages)

    return call


def as_coroutine(model):
    async def call(messages, **options):
        await asyncio.sleep(0)
        return model.reply(messages)

    return call


def as_generator(model):
    def call(messages, **options):
        yield from model.pieces(messages)

    return call


def as_async_generator(model):
    async def call(messages, **options):
        for piece in model.pieces(messages):
            await asyncio.sleep(0)
            yield piece

    return call


def as_function_of_iterator(model):
    def call(messages, **options):
        return model.pieces(messages)

    return call


def as_function_of_awaitable(model):
    return lambda messages, **options: as_coroutine(model)(messages)


def as_function_of_async_iterator(model):
    return lambda messages, **options: as_async_generator(model)(messages)


def as_coroutine_of_async_iterator(model):
    async def call(messages, **options):
        return as_async_generator(model)(messages)

    return call


def as_object(model):
    class Client:
        def __call__(self, messages, **options):
            return model.reply(messages)

    return Client()


def as_method(model):
    class Client:
        def create(self, *, messages, **options):
            return model.reply(messages)

    create = Client().create
    return functools.wraps(create)(lambda messages, **options: create(messages=messages, **options))


KINDS = [
    as_function,
    as_coroutine,
    as_generator,
    as_async_generator,
    as_function_of_iterator,
    as_function_of_awaitable,
    as_function_of_async_iterator,
    as_coroutine_of_async_iterator,
    as_object,
    as_method,
]


async def run(call, question, **options):
    """All that a call of any kind says, as one text."""
    given = call(question, **options)
    if inspect.isawaitable(given):
        given = await given
    if isinstance(given, str):
        return given
    if hasattr(given, "__aiter__") and not hasattr(given, "__next__"):
        return "".join([piece async for piece in given])
    return "".join(given)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "question, answers, said, asked",
    [
        ("hello", ["fine"], "fine", ["hello"]),
        ("my secret", ["fine"], "fine", ["my ******"]),
        ("hello", ["a secret!"], "a ******!", ["hello"]),
        ("a bomb", ["fine"], "No.", []),
        ("hello", ["take a bomb"], "No.", ["hello"]),
        ("hello", ["rude", "nice"], "nice", ["hello", "hello\n\nBe polite."]),
        ("hello", ["rude"], "No.", ["hello", "hello\n\nBe polite.", "hello\n\nBe polite."]),
        ("hello", [""], "", ["hello"]),
    ],
    ids=[
        "allow",
        "redact-input",
        "redact-output",
        "block-input",
        "block-output",
        "retry",
        "give-up",
        "empty",
    ],
)
async def test_wrap_acts_alike_around_every_kind(kind, question, answers, said, asked):
    model = Model(*answers)
    call = Guard(STRICT).wrap(kind(model))

    assert await run(call, question) == said
    assert model.asked == asked


@pytest.mark.parametrize("kind", KINDS)
def test_wrap_keeps_kind_and_signature(kind):
    call = kind(Model("x"))
    wrapped = Guard(STRICT).wrap(call)
    for is_kind in (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    ):
        assert is_kind(wrapped) == is_kind(call)
    assert inspect.signature(wrapped) == inspect.signature(call)
    assert getattr(wrapped, "__name__", None) == getattr(call, "__name__", wrapped.__name__)


def test_wrap_gives_the_very_answer_when_nothing_fires():
    answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "fine"}}]}
    messages = [{"role": "user", "content": "hello"}]
    got = []

    def call(messages):
        got.append(messages)
        return answer

    assert Guard(STRICT).wrap(call)(messages) is answer
    assert got[0] is messages


def test_wrap_changes_only_what_is_redacted_and_leaves_the_originals():
    image = {"type": "text", "text": "the secret"}
    messages = [
        {"role": "system", "content": "secret"},
        {"role": "user", "content": [image, {"type": "text", "text": "fine"}], "name": "x"},
    ]
    got = []
    Guard(STRICT).wrap(lambda messages: got.append(messages) or "ok")(messages)

    assert got[0] == [
        {"role": "system", "content": "secret"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "the ******"}, {"type": "text", "text": "fine"}],
            "name": "x",
        },
    ]
    assert got[0][0] is messages[0]
    assert image["text"] == "the secret"


def test_wrap_judges_the_name_of_who_speaks():
    got = []
    call = Guard(STRICT).wrap(lambda messages: got.append(messages) or "ok")
    call([{"role": "user", "content": "hi", "name": "secret"}])

    assert got == [[{"role": "user", "content": "hi", "name": "******"}]]
    assert call([{"role": "user", "content": "hi", "name": "bomb"}]).decision.rule == "stop"


async def test_wrap_edits_messages_beside_the_event_loop():
    class Noting(dict):
        def __copy__(self):
            threads.add(threading.current_thread())
            return Noting(self)

    threads = set()
    await Guard(STRICT).wrap(as_coroutine(Model("ok")))([Noting(role="user", content="my secret")])
    assert threads and threading.current_thread() not in threads


def test_wrap_passes_sources_on_only_to_a_call_that_takes_them():
    seen = {}
    guard = Guard(STRICT)

    @guard.wrap
    def takes(messages, sources=()):
        seen["takes"] = sources
        return "ok"

    @guard.wrap
    def takes_anything(messages, **options):
        seen["anything"] = options
        return "ok"

    given = ["the secret", {"text": "fine", "id": "1"}, {"content": "a secret"}]
    takes("hello", sources=given)
    takes("hello", iter(given))
    takes_anything("hello", sources=given, top_p=1)

    assert seen["takes"] == ["the ******", {"text": "fine", "id": "1"}, {"content": "a ******"}]
    assert seen["anything"] == {"top_p": 1}
    assert given[0] == "the secret"


def test_wrap_judges_the_answer_on_the_sources():
    guard = Guard(policy(rule("fake-support", "block", "output")))
    call = guard.wrap(lambda prompt: "said")
    assert call("q", sources="as was said") == "said"
    assert call("q", sources=["other"]) == "No."
    assert call("q") == "said"


@pytest.mark.parametrize("name", ["messages", "prompt", "question"])
def test_wrap_finds_the_question_by_keyword(name):
    scope = {}
    exec(f"def call({name}, model=''):\n    return {name}", scope)
    assert Guard(STRICT).wrap(scope["call"])(**{"model": "m", name: "my secret"}) == "my ******"


def test_wrap_decorates_methods():
    guard = Guard(STRICT)

    class Client:
        @guard.wrap
        def ask(self, prompt):
            return prompt

    assert Client().ask("my secret") == "my ******"


@pytest.mark.parametrize(
    "args, message",
    [
        ((), "the wrapped call was given neither chat messages nor a text to ask"),
        ((3,), "the wrapped call was given neither chat messages nor a text to ask"),
    ],
)
def test_wrap_says_when_nothing_is_asked(args, message):
    with pytest.raises(InputError) as error:
        Guard(STRICT).wrap(lambda *args: "x")(*args)
    assert str(error.value) == message


@pytest.mark.parametrize("answer", [None, 3, b"bytes", object(), ["x"]])
def test_wrap_lets_nothing_pass_that_it_cannot_read(answer):
    with pytest.raises(InputError, match=f"returned {type(answer).__name__}, in which no text"):
        Guard(STRICT).wrap(lambda prompt: answer)("hello")


def test_wrap_refuses_with_the_decision():
    refusal = Guard(STRICT).wrap(lambda prompt: "x")("a bomb")
    assert isinstance(refusal, Refusal)
    assert refusal.decision.rule == "stop"
    assert refusal.choices[0].message.content == refusal["choices"][0]["delta"]["content"] == "No."
    assert refusal.choices[0].finish_reason == "content_filter"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("question, answer", [("a bomb", "x"), ("hello", "a bomb")])
async def test_wrap_raises_where_that_is_wanted(kind, question, answer):
    call = Guard(STRICT, raise_on_block=True).wrap(kind(Model(answer)))
    with pytest.raises(Blocked) as error:
        await run(call, question)
    assert error.value.decision.rule == "stop"


@pytest.mark.parametrize("kind", KINDS)
async def test_wrap_tells_every_decision(kind):
    seen = []
    call = Guard(STRICT).wrap(kind(Model("rude", "a secret")), on_decision=seen.append)
    await run(call, "hello")
    assert [str(decision.action) for decision in seen] == ["allow", "retry", "redact"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("last", ["nice", "rude"])
async def test_wrap_tells_in_the_last_decision_what_the_tries_before_have_cost(kind, last):
    seen = []
    await run(Guard(STRICT).wrap(kind(Model("rude", "so rude", last)), on_decision=seen.append), "hello")
    *before, end = seen

    assert not any(decision.spent for decision in before)
    assert end.spent == (Spent("retry", 1, 2, 2), Spent("retry", 1, 2, 3))


@pytest.mark.parametrize("streams", [False, True])
def test_wrap_counts_the_tokens_that_the_endpoint_counts(streams):
    def answer(text):
        said = {"choices": [{"delta" if streams else "message": {"content": text}}]}
        usage = {"usage": {"prompt_tokens": 70, "completion_tokens": 9}}
        return iter([said, {"choices": [], **usage}]) if streams else said | usage

    seen, model = [], Model(answer("rude"), answer("nice"))
    answered = Guard(STRICT).wrap(model.reply, on_decision=seen.append)("hello")
    assert len(list(answered)) == 2
    assert seen[-1].spent == (Spent("retry", 1, 70, 9),)


def test_wrap_estimates_tokens_with_what_earlier_turns_called_where_the_endpoint_counts_none():
    def answer(text):
        return {"choices": [{"message": {"content": text}}], "usage": {"prompt_tokens": True}}

    arguments = '{"city": "Beijing"}'
    call = {"id": "1", "function": {"name": "weather", "arguments": arguments}}
    asked = [{"role": "assistant", "content": None, "tool_calls": [call]}, {"role": "tool", "content": "ok"}]
    seen, model = [], Model(answer("rude"), answer("nice"))
    Guard(STRICT).wrap(lambda messages: model.reply("hi"), on_decision=seen.append)(asked)
    (spent,) = seen[-1].spent
    assert spent.tokens_sent == count_tokens("\n".join(["", arguments, "ok"]))


@pytest.mark.parametrize("kind", KINDS)
async def test_wrap_passes_errors_of_the_call_through(kind):
    class Down(Model):
        def reply(self, messages):
            raise ConnectionError("down")

    with pytest.raises(ConnectionError, match="down"):
        await run(Guard(STRICT).wrap(kind(Down())), "hello")


async def test_wrap_streams_a_refusal_where_a_stream_was_asked_for():
    call = Guard(STRICT).wrap(lambda messages, stream=False: "x")
    assert [piece.choices[0].delta.content for piece in call("a bomb", stream=True)] == ["No."]
    assert [str(piece) async for piece in await call("a bomb", stream=True)] == ["No."]


def test_wrap_asks_shape_for_the_answer_to_a_call_not_made():
    call = Guard(STRICT).wrap(
        lambda prompt, stream=False: "x", shape=lambda decision, streams: [decision.rule, streams]
    )
    assert call("a bomb") == ["stop", False]
    assert list(call("a bomb", stream=True)) == [["stop", True]]


def passed_on(call):
    """A plain wrapper that hands on the awaitable of the coroutine function inside."""

    @functools.wraps(call)
    def wrapper(*args, **kwargs):
        return call(*args, **kwargs)

    return wrapper


def run_to_its_end(call):
    """A plain wrapper that runs the coroutine function inside."""

    @functools.wraps(call)
    def wrapper(*args, **kwargs):
        return asyncio.run(call(*args, **kwargs))

    return wrapper


@pytest.mark.parametrize("question, said", [("a bomb", ["No."]), ("a secret", "fine")])
async def test_wrap_awaits_what_a_wrapper_of_a_coroutine_function_gives(question, said):
    call = Guard(STRICT).wrap(
        passed_on(as_coroutine(Model("fine"))), shape=lambda decision, streams: [decision.text]
    )
    assert await asyncio.create_task(call(question)) == said


@pytest.mark.parametrize("question, said", [("a bomb", "No."), ("a secret", "fine")])
def test_wrap_awaits_nothing_of_a_wrapper_that_runs_a_coroutine_function(question, said):
    assert Guard(STRICT).wrap(run_to_its_end(as_coroutine(Model("fine"))))(question) == said


def test_wrap_judges_messages_of_ours():
    asked = []
    call = Guard(STRICT).wrap(lambda messages: asked.extend(messages) or "fine")

    assert call([Message("user", ("a bomb",))]) == "No."
    assert call([Message("user", ("my secret",))]) == "fine"
    assert asked == [Message("user", ("my ******",))]


def test_wrap_asks_on_error_about_what_a_message_holds_beyond_its_texts():
    talk = [{"role": "user", "content": "hi", "memo": "my secret"}]
    made = []
    for on_error in ("block", "allow"):
        guard = Guard(policy(words("redact", "input", "secret", on_error=on_error)))
        guard.wrap(lambda messages: "fine", on_decision=made.append)(talk)

    assert [decision.action for decision in made] == [Action.BLOCK, Action.ALLOW, Action.ALLOW]
    assert made[1].unjudged[0].reason == "memo content is not read"


def test_wrap_works_within_itself():
    inner = Guard(STRICT).wrap(lambda prompt: prompt)
    outer = Guard(STRICT).wrap(lambda prompt: inner(prompt + " bomb"))
    assert outer("hello") == "No."
    assert Guard(STRICT).wrap(lambda prompt: inner(prompt))("my secret") == "my ******"


async def test_wrap_works_in_a_running_event_loop():
    call = Guard(STRICT).wrap(as_function(Model("a secret")))
    assert call("hello") == "a ******"
    assert list(Guard(STRICT).wrap(as_generator(Model("fine")))("hello"))


def test_wrap_serves_many_threads():
    call = Guard(STRICT).wrap(lambda prompt: prompt + " secret")
    with ThreadPoolExecutor(32) as pool:
        said = list(pool.map(call, [f"{number} secret" for number in range(128)]))
    assert said == [f"{number} ****** ******" for number in range(128)]


@pytest.mark.parametrize("on_error, said", [("block", "No."), ("allow", "hang")])
def test_wrap_leaves_a_hung_filter_to_the_policy(stuck, on_error, said):
    guard = Guard(policy(rule("fake-stuck", "flag", "output", timeout_ms=20, on_error=on_error)))
    assert guard.wrap(lambda prompt: "hang")("hello") == said


def test_wrap_blocks_a_retry_rule_on_input():
    guard = Guard(policy(words("retry", "input", "bad")))
    assert guard.wrap(lambda prompt: "x")("bad").decision.action is Action.BLOCK


@pytest.mark.parametrize("kind", [as_function, as_generator])
def test_wrap_asks_no_filter_about_a_last_answer_that_is_refused_anyway(kind):
    Asking.asked.clear()
    rules = words("retry", "output", "rude"), rule("fake-asking", "block", "output")
    answer = Guard(policy(*rules, retries=1)).wrap(kind(Model("rude", "rude")))("hello")

    assert "No." in (answer if isinstance(answer, str) else "".join(answer))
    assert Asking.asked == ["rude"]


def test_wrap_names_labels_in_the_note_by_default():
    model = Model("rude", "nice")
    guard = Guard(policy(words("retry", "output", "rude")))
    guard.wrap(as_function(model))([{"role": "user", "content": "你好，请介绍一下北京的历史。"}])
    assert model.asked[1][0]["content"].endswith("\n\n请重新回答，并避免以下内容：word。")


def test_wrap_refuses_in_the_language_asked_in_even_where_much_of_it_is_redacted():
    guard = Guard(
        policy(words("redact", "input", "身份证号码是多少呢"), words("block", "output", "bomb", id="b"))
    )
    assert guard.wrap(lambda prompt: "a bomb")("身份证号码是多少呢 ok") == "不行。"


@pytest.mark.parametrize("on_error, action", [("block", Action.BLOCK), ("allow", Action.ALLOW)])
def test_wrap_leaves_what_it_cannot_read_of_an_answer_to_on_error(on_error, action):
    told = []
    guard = Guard(policy(words("block", "output", "bomb", on_error=on_error)), on_decision=told.append)
    answer = {"choices": [{"message": {"content": [{"type": "image_url", "image_url": {"url": "data:"}}]}}]}
    got = guard.wrap(lambda prompt: answer)("hi")
    assert told[-1].action is action
    assert [item.reason for item in told[-1].unjudged] == ["image_url content is not read"]
    assert ("data:" in str(got)) == (action is not Action.BLOCK)


def test_wrap_judges_the_stream_of_a_guard_inside():
    told = []
    inner = Guard(policy(words("redact", "output", "hush", mask="secret")))
    outer = Guard(policy(words("block", "output", "secret")), on_decision=told.append)

    def call(prompt, stream=False):
        return iter(["the hu", "sh is"]) if stream else "the hush is"

    both = outer.wrap(inner.wrap(call))
    assert both("hello") == "No."
    assert [str(piece) for piece in both("hello", stream=True)] == ["No."]
    assert [str(decision.action) for decision in told] == ["allow", "block"] * 2


async def test_wrap_judges_the_awaited_stream_of_a_guard_inside():
    inner = Guard(policy(words("redact", "output", "hush", mask="secret")))

    async def call(prompt):
        for piece in ("the hu", "sh is"):
            yield piece

    both = Guard(policy(words("block", "output", "secret"))).wrap(inner.wrap(call))
    assert [str(piece) async for piece in both("hello")] == ["No."]


@pytest.mark.parametrize(
    "call, args, options, streams",
    [
        (lambda messages, stream=False: "x", [True], {}, True),
        (lambda messages, stream=False: "x", [False], {}, False),
        (lambda messages, stream=True: "x", [], {}, True),
        (lambda messages, stream=True: "x", [], {"stream": False}, False),
        (lambda messages, stream=True: "x", [False], {}, False),
        (lambda messages, stream: "x", [], {}, False),
        (lambda messages, **options: "x", [], {"stream": True}, True),
        (lambda messages, other=0: "x", [1], {}, False),
    ],
)
def test_wrap_streams_a_refusal_however_the_stream_is_asked_for(call, args, options, streams):
    refusal = Guard(STRICT).wrap(call)("a bomb", *args, **options)
    assert isinstance(refusal, RefusedStream if streams else Refusal)
