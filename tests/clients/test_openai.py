"""The openai package behind a guard, against a loopback server that answers as ERNIE endpoints do."""

import asyncio
import inspect
import pickle
import sys

import httpx
import openai
import pytest

from guard.clients.openai import connect, wrap_openai
from guard.errors import Blocked, GuardError, InputError, MissingExtra
from guard.pipeline.guard import Guard
from guard.pipeline.vault import Vault
from guard.types import Action
from tests.clients import typed
from tests.clients.policy import BANNED, HIDDEN, MOBILE, POLICY, REFUSAL
from tests.fake_ernie import Answer, FakeErnie, new_error, old_error, qianfan_error

GUARD = Guard(POLICY)
ASK = [{"role": "user", "content": "你好，请介绍一下西湖。"}]
LONG = "西湖在杭州。" * 20


def options_of(ernie, http_client=openai.DefaultHttpxClient):
    """Client options; certificates, which loopback does not need, are slow to load."""
    return {
        "base_url": ernie.base_url,
        "api_key": "any",
        "max_retries": 0,
        "http_client": http_client(verify=False),
    }


def guarded(ernie, guard=GUARD):
    return wrap_openai(openai.OpenAI(**options_of(ernie)), guard)


def ask_sync(ernie, messages=ASK, guard=GUARD, **options):
    with guarded(ernie, guard) as client:
        answer = client.chat.completions.create(model="ernie-4.5", messages=messages, **options)
        return list(answer) if options.get("stream") else answer


def ask_async(ernie, messages=ASK, guard=GUARD, **options):
    async def ask():
        async with wrap_openai(
            openai.AsyncOpenAI(**options_of(ernie, openai.DefaultAsyncHttpxClient)), guard
        ) as client:
            answer = await client.chat.completions.create(model="ernie-4.5", messages=messages, **options)
            return [chunk async for chunk in answer] if options.get("stream") else answer

    return asyncio.run(ask())


BOTH = pytest.mark.parametrize("ask", [ask_sync, ask_async], ids=["sync", "async"])
ALL = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def said(answer, field="content"):
    """The text of an answer or of all chunks of a stream, first choice."""
    if not isinstance(answer, list):
        return getattr(answer.choices[0].message, field, None) or ""
    deltas = [choice.delta for chunk in answer for choice in chunk.choices if choice.index == 0]
    return "".join(getattr(delta, field, None) or "" for delta in deltas)


def ending(answer):
    """The last finish reason."""
    chunks = answer if isinstance(answer, list) else [answer]
    return [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason][-1]


@BOTH
@ALL
@pytest.mark.parametrize("flavour", ["fastdeploy", "qianfan"])
def test_openai_answers_are_the_same_when_nothing_fires(ask, stream, flavour):
    answer = Answer(LONG, reasoning="想一想", search_results=({"index": 1, "title": "西湖"},), per_chunk=2)
    with FakeErnie(answer, flavour=flavour) as ernie:
        guarded = ask(ernie, stream=stream)
        with openai.OpenAI(**options_of(ernie)) as client:
            plain = client.chat.completions.create(model="ernie-4.5", messages=ASK, stream=stream)
            plain = list(plain) if stream else plain

    assert ernie.requests[0].body == ernie.requests[1].body
    assert (said(guarded), said(guarded, "reasoning_content")) == (LONG, "想一想")
    assert ending(guarded) == "stop"
    if stream:
        assert timeless(guarded) == timeless(plain)
        assert type(guarded[0]) is type(plain[0])
    else:
        assert guarded == plain


def timeless(chunks):
    dumped = [chunk.model_dump() for chunk in chunks]
    for chunk in dumped:
        for choice in chunk["choices"]:
            choice.pop("arrival_time", None)
    return dumped


@BOTH
@ALL
def test_openai_redacts_what_reaches_the_model(ask, stream):
    messages = [{"role": "user", "content": [{"type": "text", "text": f"我的手机是{MOBILE}，写进申请"}]}]
    with FakeErnie(Answer("写好了。")) as ernie:
        answer = ask(ernie, messages, stream=stream)

    assert said(answer) == "写好了。"
    assert ernie.requests[0].body["messages"][0]["content"][0]["text"] == f"我的手机是{HIDDEN}，写进申请"
    assert MOBILE not in ernie.requests[0].text
    assert MOBILE in messages[0]["content"][0]["text"]


@BOTH
@ALL
def test_openai_sends_nothing_when_the_input_is_blocked(ask, stream):
    with FakeErnie() as ernie:
        answer = ask(ernie, [{"role": "user", "content": f"推荐一个{BANNED}吧，谢谢你"}], stream=stream)

    assert ernie.requests == []
    assert (said(answer), ending(answer)) == (REFUSAL, "content_filter")
    kind = openai.types.chat.ChatCompletionChunk if stream else openai.types.chat.ChatCompletion
    refusal = answer[0] if stream else answer
    assert type(refusal) is kind
    assert refusal.model == "ernie-4.5"
    assert (refusal.guard.action, refusal.guard.rule) == (Action.BLOCK, "banned")
    assert kind.model_validate_json(refusal.model_dump_json()).choices == refusal.choices


@BOTH
@ALL
@pytest.mark.parametrize("field", ["content", "reasoning_content", "reasoning"])
def test_openai_redacts_what_the_model_says(ask, stream, field):
    text = f"电话是{MOBILE}，请记好。"
    answer = Answer(text) if field == "content" else Answer("好。", reasoning=text, reasoning_field=field)
    with FakeErnie(answer) as ernie:
        assert said(ask(ernie, stream=stream), field) == f"电话是{HIDDEN}，请记好。"


@BOTH
@ALL
@pytest.mark.parametrize("field", ["content", "reasoning_content", "reasoning"])
def test_openai_refuses_what_the_model_must_not_say(ask, stream, field):
    text = f"{LONG}去{BANNED}玩"
    answer = Answer(text) if field == "content" else Answer("好。", reasoning=text, reasoning_field=field)
    with FakeErnie(answer) as ernie:
        answer = ask(ernie, stream=stream)

    out = said(answer) + said(answer, "reasoning_content") + said(answer, "reasoning")
    assert REFUSAL in out
    assert BANNED[0] not in out
    assert ending(answer) == "content_filter"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_openai_hangs_up_when_a_stream_is_blocked(kind):
    words = tuple(LONG) + tuple(BANNED) + tuple(LONG)
    reached = 1 + len(LONG) + len(BANNED) + 40
    ask = ask_sync if kind == "sync" else ask_async
    with FakeErnie(Answer(words, hold_at=reached)) as ernie:
        answer = ask(ernie, stream=True)
        request = ernie.requests[0].wait()

    assert request.hung_up
    assert request.sent == reached
    assert said(answer).startswith(LONG[:60]) and said(answer).endswith(REFUSAL)
    assert answer[-1].guard.rule == "banned"


def test_openai_hangs_up_when_the_caller_closes_the_stream():
    with FakeErnie(Answer(tuple(LONG), hold_at=60)) as ernie, guarded(ernie) as client:
        with client.chat.completions.create(model="m", messages=ASK, stream=True) as stream:
            next(stream)
        assert ernie.requests[0].wait().hung_up


@pytest.mark.parametrize("reasoning", ["想", "想一想。" * 20, f"电话{MOBILE}"])
def test_openai_streams_the_content_while_reasoning_is_no_longer_held(reasoning):
    answer = Answer(tuple(LONG), reasoning=tuple(reasoning), hold_at=len(reasoning) + 80)
    with FakeErnie(answer) as ernie, guarded(ernie) as client:
        with client.chat.completions.create(model="m", messages=ASK, stream=True) as stream:
            read = []
            while "西湖" not in said(read):
                read.append(next(stream))
        assert ernie.requests[0].wait().hung_up
    assert said(read, "reasoning_content") == reasoning.replace(MOBILE, HIDDEN)


@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
async def test_openai_hangs_up_on_a_stream_that_is_closed_unread(kind):
    http_client = openai.DefaultHttpxClient if kind is openai.OpenAI else openai.DefaultAsyncHttpxClient
    with FakeErnie(Answer(tuple(LONG), hold_at=1)) as ernie:
        client = wrap_openai(kind(**options_of(ernie, http_client)), GUARD)
        stream = client.chat.completions.create(model="m", messages=ASK, stream=True)
        stream = await stream if inspect.isawaitable(stream) else stream
        closing = stream.close()
        if inspect.isawaitable(closing):
            await closing
        assert (await asyncio.to_thread(ernie.requests[0].wait)).hung_up
        closing = client.close()
        if inspect.isawaitable(closing):
            await closing


async def test_openai_hangs_up_when_the_caller_closes_the_async_stream():
    with FakeErnie(Answer(tuple(LONG), hold_at=60)) as ernie:
        async with wrap_openai(
            openai.AsyncOpenAI(**options_of(ernie, openai.DefaultAsyncHttpxClient)), GUARD
        ) as client:
            async with await client.chat.completions.create(model="m", messages=ASK, stream=True) as stream:
                await anext(stream)
            assert (await asyncio.to_thread(ernie.requests[0].wait)).hung_up


@BOTH
@ALL
def test_openai_judges_tool_call_arguments(ask, stream):
    calls = (("dial", f'{{"number": "{MOBILE}"}}'), ("find", '{"q": "西湖"}'))
    with FakeErnie(Answer(tool_calls=calls, finish_reason="tool_calls")) as ernie:
        answer = ask(ernie, stream=stream)

    assert [arguments(answer, number) for number in (0, 1)] == [f'{{"number": "{HIDDEN}"}}', '{"q": "西湖"}']
    assert ending(answer) == "tool_calls"


@BOTH
@ALL
def test_openai_restores_what_it_hid_in_content_reasoning_and_arguments(ask, stream):
    mobile = {**POLICY["rules"][0], "stages": ["input"], "mask": "[{kind}_{number}]", "restore": True}
    guard = Guard({**POLICY, "rules": [mobile]})
    messages = [{"role": "user", "content": f"请给{MOBILE}打电话"}]
    calls = (("dial", '{"number": "[编号_1]"}'),)
    scripted = Answer("好的，[编号_1]", reasoning="要打【编号 1】", tool_calls=calls, size=2)
    vault = Vault()
    with FakeErnie(scripted) as ernie:
        answer = ask(ernie, messages, guard, stream=stream, conversation=vault)

    assert ernie.requests[0].body["messages"][0]["content"] == "请给[编号_1]打电话"
    assert "conversation" not in ernie.requests[0].body
    assert (said(answer), said(answer, "reasoning_content")) == (f"好的，{MOBILE}", f"要打{MOBILE}")
    assert arguments(answer, 0) == f'{{"number": "{MOBILE}"}}'
    assert len(vault) == 1


def arguments(answer, number):
    if not isinstance(answer, list):
        return answer.choices[0].message.tool_calls[number].function.arguments
    calls = [call for chunk in answer for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    return "".join(call.function.arguments for call in calls if call.index == number)


def test_openai_judges_every_choice():
    with FakeErnie(Answer(f"电话{MOBILE}", choices=2)) as ernie:
        answer = ask_sync(ernie, n=2)

    assert [choice.message.content for choice in answer.choices] == [f"电话{HIDDEN}"] * 2


def test_openai_takes_an_answer_back_as_an_earlier_turn():
    with FakeErnie(Answer("在杭州。", reasoning="想")) as ernie:
        first = ask_sync(ernie)
        ask_sync(ernie, [*ASK, first.choices[0].message, {"role": "user", "content": f"打{MOBILE}"}])

    sent = ernie.requests[1].body["messages"]
    assert (sent[1]["content"], sent[1]["reasoning_content"]) == ("在杭州。", "想")
    assert sent[2]["content"] == f"打{HIDDEN}"


def test_openai_keeps_sources_to_itself():
    with FakeErnie() as ernie:
        ask_sync(ernie, sources=["西湖在杭州。"])

    assert "sources" not in ernie.requests[0].body


@BOTH
@ALL
@pytest.mark.parametrize("flag", [1, 2, 3, 4])
def test_openai_shows_what_qianfans_flag_allows_and_nothing_else(ask, stream, flag):
    answer = Answer("敏感的回答。", flag=flag, ban_round=-1)
    with FakeErnie(answer, flavour="qianfan") as ernie:
        answer = ask(ernie, stream=stream)

    last = [choice for chunk in (answer if stream else [answer]) for choice in chunk.choices][-1]
    assert (last.flag, last.ban_round) == (flag, -1)
    assert (REFUSAL in said(answer)) == (flag in (3, 4))
    assert ending(answer) == ("content_filter" if flag in (3, 4) else "stop")
    assert ("敏感" in said(answer)) == (flag in (1, 2))


@BOTH
@pytest.mark.parametrize(
    ("answer", "stream", "message"),
    [
        (Answer("一二三", error=old_error("out of memory"), error_after=2), True, "out of memory"),
        (Answer("一二三", error=new_error("bad token"), error_after=2), True, "bad token"),
        (
            Answer(error=qianfan_error("internal_error", "try later")),
            True,
            "the endpoint answered with JSON in place of a stream: try later",
        ),
        (
            Answer("一", plain_json=True),
            True,
            "the endpoint answered with JSON in place of a stream: no message",
        ),
        (Answer(error={"error_code": 336501, "error_msg": "rate"}), False, "rate"),
        (Answer(error=old_error("broken")), False, "broken"),
        (Answer(error={"detail": {"message": "odd"}}), False, "odd"),
        (Answer(error={"id": "x"}), False, "the endpoint answered without choices"),
    ],
)
def test_openai_raises_errors_that_come_with_status_200(ask, answer, stream, message):
    with FakeErnie(answer) as ernie, pytest.raises(openai.APIError) as caught:
        ask(ernie, stream=stream)

    assert caught.value.message == message


@ALL
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b"null", b"[]", b'"said"'])
def test_openai_says_what_is_no_chat_completion(body, kind, stream):
    answer = httpx.Response(200, headers={"content-type": kind}, content=body)
    transport = httpx.MockTransport(lambda request: answer)
    plain = openai.OpenAI(
        base_url="http://x", api_key="k", max_retries=0, http_client=httpx.Client(transport=transport)
    )
    with pytest.raises(openai.APIError) as caught:
        list(wrap_openai(plain, GUARD).chat.completions.create(model="m", messages=ASK, stream=stream))

    assert caught.value.message == "the endpoint did not answer with a chat completion; check base_url"


@BOTH
@ALL
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, openai.BadRequestError), (401, openai.AuthenticationError), (429, openai.RateLimitError)],
)
def test_openai_raises_what_the_package_raises(ask, stream, status, error):
    with FakeErnie(Answer(status=status, error=new_error("no"))) as ernie, pytest.raises(error):
        ask(ernie, stream=stream)


def test_openai_raises_at_the_call_as_the_package_does():
    answer = Answer(status=429, error=new_error("no"))
    with FakeErnie(answer) as ernie, guarded(ernie) as client, pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="m", messages=ASK, stream=True)


@BOTH
@ALL
def test_openai_raises_blocked_where_asked_to(ask, stream):
    guard = Guard(POLICY, raise_on_block=True)
    with FakeErnie() as ernie, pytest.raises(Blocked):
        ask(ernie, [{"role": "user", "content": BANNED}], guard, stream=stream)


@pytest.mark.parametrize(
    "name",
    [
        "completions",
        "responses",
        "beta",
        "batches",
        "audio",
        "images",
        "realtime",
        "post",
        "request",
        "with_raw_response",
        "with_streaming_response",
        "chat.with_raw_response",
        "chat.completions.parse",
        "chat.completions.stream",
        "chat.completions.with_raw_response",
        "chat.completions.with_streaming_response",
    ],
)
@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
def test_openai_refuses_to_go_past_the_guard(kind, name):
    node = wrap_openai(kind(api_key="k", base_url="http://127.0.0.1:9"), GUARD)
    *way, last = name.split(".")
    for step in way:
        node = getattr(node, step)

    with pytest.raises(GuardError) as caught:
        getattr(node, last)

    assert str(caught.value) == (
        f"client.{name} would go past the guard; "
        "use client.chat.completions.create(…), with stream=True for a stream"
    )


@pytest.mark.parametrize("field", ["messages", "stream"])
def test_openai_refuses_a_raw_body_that_goes_past_the_guard(field):
    with FakeErnie() as ernie, pytest.raises(InputError, match=f"extra_body must not hold '{field}'"):
        ask_sync(ernie, extra_body={field: []})


@BOTH
@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ("hi", "messages must be a list of chat messages, not str"),
        (None, "messages must be a list of chat messages, not NoneType"),
        ({"role": "user"}, "messages must be a list of chat messages, not dict"),
        (
            [{"role": "user", "content": "a\ud800"}],
            "a message holds half of a surrogate pair, which cannot be sent",
        ),
    ],
)
def test_openai_says_what_is_wrong_with_messages(ask, messages, error):
    with FakeErnie() as ernie, pytest.raises(InputError) as caught:
        ask(ernie, messages)

    assert str(caught.value) == error
    assert ernie.requests == []


def test_openai_hands_through_what_generates_nothing():
    with FakeErnie() as ernie, guarded(ernie) as client:
        assert [model.id for model in client.models.list()] == ["ernie-4.5"]
        assert client.api_key == "any"
        with pytest.raises(AttributeError):
            _ = client.no_such_thing


@pytest.mark.parametrize("name", ["copy", "with_options"])
def test_openai_copies_stay_guarded(name):
    with FakeErnie() as ernie, guarded(ernie) as client:
        other = getattr(client, name)(timeout=5.0)
        answer = other.chat.completions.create(model="m", messages=[{"role": "user", "content": BANNED}])

    assert answer.guard.blocked
    assert other.timeout == 5.0


@pytest.mark.parametrize("name, value", [("api_key", "new"), ("max_retries", 3), ("timeout", 5.0)])
def test_openai_settings_of_the_client_can_be_set(name, value):
    plain = openai.OpenAI(api_key="old", base_url="http://127.0.0.1:9")
    client = wrap_openai(plain, GUARD)
    setattr(client, name, value)

    assert getattr(plain, name) == getattr(client, name) == value


def test_openai_judges_by_another_guard_from_when_it_is_set():
    with (
        FakeErnie(Answer("好。")) as ernie,
        guarded(ernie, Guard({**POLICY, "rules": POLICY["rules"][:1]})) as client,
    ):
        banned = [{"role": "user", "content": BANNED}]
        assert client.chat.completions.create(model="m", messages=banned).choices[0].message.content == "好。"
        client.guard = GUARD
        assert client.guard is client.with_options(timeout=5.0).guard is GUARD
        assert client.chat.completions.create(model="m", messages=banned).guard.blocked


@pytest.mark.parametrize(
    "name, message",
    [
        ("guard", "client.guard must be a Guard, not str"),
        ("chat", "client.chat cannot be set on a guarded client; set it on the openai client and wrap that"),
        ("ages", "client.ages cannot be set on a guarded client; set it on the openai client and wrap that"),
    ],
)
def test_openai_says_what_cannot_be_set(name, message):
    client = wrap_openai(openai.OpenAI(api_key="k"), GUARD)

    with pytest.raises(GuardError) as caught:
        setattr(client, name, "default")
    assert str(caught.value) == message


@BOTH
@ALL
@pytest.mark.parametrize("asked", [BANNED, "你好"], ids=["before", "within"])
def test_openai_dumps_no_decision_with_a_refusal(ask, stream, asked):
    with FakeErnie(Answer(BANNED)) as ernie:
        answer = ask(ernie, [{"role": "user", "content": asked}], stream=stream)
    refusal = answer[-1] if stream else answer

    assert refusal.guard.rule == "banned"
    assert REFUSAL in refusal.to_json() and "banned" not in refusal.model_dump_json() + str(refusal.to_dict())
    assert pickle.loads(pickle.dumps(refusal)).guard == refusal.guard


@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
@pytest.mark.parametrize(
    "asked, answer, action",
    [("你好", "好。", Action.ALLOW), (BANNED, "好。", Action.BLOCK), ("你好", BANNED, Action.BLOCK)],
    ids=["allowed", "before", "within"],
)
async def test_openai_streams_have_the_last_decision(kind, asked, answer, action):
    http_client = openai.DefaultHttpxClient if kind is openai.OpenAI else openai.DefaultAsyncHttpxClient
    with FakeErnie(Answer(answer)) as ernie:
        client = wrap_openai(kind(**options_of(ernie, http_client)), GUARD)
        messages = [{"role": "user", "content": asked}]
        stream = client.chat.completions.create(model="m", messages=messages, stream=True)
        if kind is openai.OpenAI:
            list(stream)
            client.close()
        else:
            stream = await stream
            _ = [chunk async for chunk in stream]
            await client.close()

    assert stream.decision.action is action


async def test_typed_calls_run():
    with FakeErnie(Answer("好。")) as ernie:
        with openai.OpenAI(**options_of(ernie)) as plain:
            await asyncio.to_thread(typed.call_openai, plain, POLICY, stream=True)
        plain = openai.AsyncOpenAI(**options_of(ernie, openai.DefaultAsyncHttpxClient))
        await typed.call_async_openai(plain, POLICY)
    typed.call_wrapped(GUARD)


def test_openai_takes_a_policy_and_its_options():
    heard = []
    with FakeErnie() as ernie:
        plain = openai.OpenAI(**options_of(ernie))
        with wrap_openai(plain, POLICY, on_decision=heard.append) as client:
            client.chat.completions.create(model="m", messages=ASK)

    assert [decision.action for decision in heard] == [Action.ALLOW, Action.ALLOW]


def test_openai_refuses_another_kind_of_client():
    message = r"^wrap_openai takes an openai.OpenAI or openai.AsyncOpenAI client, not GuardedClient$"
    client = wrap_openai(openai.OpenAI(api_key="k"), GUARD)

    with pytest.raises(InputError, match=message):
        wrap_openai(client, GUARD)


def test_openai_says_how_to_install_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)

    with pytest.raises(MissingExtra, match=r"pip install 'ernie-guard\[openai\]'$"):
        wrap_openai(object(), GUARD)


def test_openai_create_of_an_async_client_is_a_coroutine_function():
    client = wrap_openai(openai.AsyncOpenAI(api_key="k"), GUARD)

    assert inspect.iscoroutinefunction(client.chat.completions.create)


def test_connect_gives_text_whole_and_in_pieces():
    with FakeErnie(Answer("西湖在杭州。", reasoning="想")) as ernie:
        call = connect(ernie.base_url, "any", "ernie-5.1")

        assert call("你好") == "西湖在杭州。"
        assert list(call(ASK, stream=True)) == ["西湖在杭", "州。"]
        assert [request.body["model"] for request in ernie.requests] == ["ernie-5.1"] * 2


def test_connect_says_that_a_lone_surrogate_cannot_be_sent():
    with FakeErnie() as ernie, pytest.raises(InputError, match="half of a surrogate pair"):
        connect(ernie.base_url, "any", "m")("a\ud800")


@pytest.mark.parametrize("stream", [False, True])
def test_connect_tells_in_one_line_what_went_wrong(stream):
    with FakeErnie(api_key="right", flavour="qianfan") as ernie:
        call = connect(ernie.base_url, "wrong", "ernie-5.1")
        with pytest.raises(GuardError) as caught:
            list(call(ASK, stream=stream))

    assert str(caught.value).startswith(f"{ernie.base_url}: Error code: 401")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("flag, text", [(2, "敏感的回答。"), (3, ""), (4, "")])
def test_connect_shows_no_text_that_the_endpoint_forbids(flag, text):
    with FakeErnie(Answer("敏感的回答。", flag=flag), flavour="qianfan") as ernie:
        assert connect(ernie.base_url, "any", "m")(ASK) == text


def test_connect_says_that_an_answer_has_no_choices():
    with FakeErnie(Answer("x", choices=0)) as ernie, pytest.raises(GuardError) as caught:
        connect(ernie.base_url, "any", "m")(ASK)
    assert str(caught.value) == (
        f"{ernie.base_url}: the endpoint did not answer with a chat completion; check base_url"
    )


async def test_openai_create_may_be_wrapped_with_an_answer_of_its_own():
    client = openai.AsyncOpenAI(base_url="http://127.0.0.1:9", api_key="any")
    create = GUARD.wrap(client.chat.completions.create, shape=lambda decision, streams: [decision.text])

    assert await create(model="m", messages=[{"role": "user", "content": BANNED}]) == [REFUSAL]


def test_connect_can_be_guarded_like_any_call():
    with FakeErnie(Answer(f"电话{MOBILE}，好。")) as ernie:
        ask = GUARD.wrap(connect(ernie.base_url, "any", "m"))

        assert ask(f"打{MOBILE}") == f"电话{HIDDEN}，好。"
        assert "".join(ask("你好", stream=True)) == f"电话{HIDDEN}，好。"
        assert MOBILE not in ernie.requests[0].text
