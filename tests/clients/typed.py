"""The documented calls as a typed program: mypy checks it, and the tests run it."""

from __future__ import annotations

from typing import Any, assert_type

from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion

from guard import Blocked, Decision, Guard, Vault, wrap_openai

ASK: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]


def call_openai(plain: OpenAI, policy: dict[str, Any], stream: bool) -> None:
    client = wrap_openai(plain, policy, raise_on_block=True)
    answer = client.chat.completions.create(
        model="m", messages=ASK, sources=["西湖在杭州。"], conversation=Vault()
    )
    assert_type(answer, ChatCompletion)
    print(answer.choices[0].message.content)
    with client.chat.completions.create(model="m", messages=ASK, stream=True) as chunks:
        for chunk in chunks:
            print(chunk.choices[0].delta.content if chunk.choices else "")
        assert_type(chunks.decision, Decision | None)
    chunks.close()
    either = client.chat.completions.create(model="m", messages=ASK, stream=stream)
    print(either.choices if isinstance(either, ChatCompletion) else either.decision)
    client.api_key = "another"
    client.guard = Guard("default")
    with client.with_options(timeout=5.0) as other:
        assert_type(other.chat.completions.create(model="m", messages=ASK), ChatCompletion)


async def call_async_openai(plain: AsyncOpenAI, policy: dict[str, Any]) -> None:
    async with wrap_openai(plain, policy) as client:
        answer = await client.chat.completions.create(model="m", messages=ASK)
        print(assert_type(answer, ChatCompletion).choices[0].message.content)
        async with await client.chat.completions.create(model="m", messages=ASK, stream=True) as chunks:
            async for chunk in chunks:
                print(chunk.choices[0].delta.content if chunk.choices else "")
        assert_type(chunks.decision, Decision | None)


def call_wrapped(guard: Guard) -> None:
    def ernie(messages: list[dict[str, str]]) -> str:
        return "你好"

    @guard.wrap
    def decorated(prompt: str) -> str:
        return "你好"

    refusal = guard.wrap(ernie)(ASK, sources=["西湖在杭州。"], conversation=Vault())
    print(refusal.upper(), decorated("hi"))
    try:
        guard.wrap(ernie)(ASK)
    except Blocked as error:
        print(error.decision.rule)
