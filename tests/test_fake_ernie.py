"""The loopback server says what ERNIE endpoints say, as the real client reads it."""

from __future__ import annotations

import urllib.request

import openai
import pytest

from tests.fake_ernie import Answer, FakeErnie, new_error, old_error, qianfan_error

ASK = [{"role": "user", "content": "你好"}]


def client_of(ernie: FakeErnie, api_key: str = "any") -> openai.OpenAI:
    fast = openai.DefaultHttpxClient(verify=False)
    return openai.OpenAI(base_url=ernie.base_url, api_key=api_key, max_retries=0, http_client=fast)


def test_fastdeploy_streams_with_trailing_space_and_empty_first_chunk():
    with FakeErnie(Answer("你好。", reasoning="想一想", size=3)) as ernie:
        request = urllib.request.Request(
            ernie.base_url + "/chat/completions",
            data=b'{"model": "m", "messages": [], "stream": true}',
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            lines = response.read().decode().split("\n\n")

    assert all(line.startswith("data: ") and line.endswith(" ") for line in lines if line)
    assert lines[-2:] == ["data: [DONE] ", ""]
    assert '"delta": {"role": "assistant", "content": "", "reasoning_content": ""}' in lines[0]
    assert '"choices": [], "usage"' in lines[-3]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_stream_carries_reasoning_and_content(field):
    answer = Answer("答案是四。", reasoning="二加二", reasoning_field=field, per_chunk=2, size=2)
    with FakeErnie(answer) as ernie, client_of(ernie) as client:
        chunks = list(client.chat.completions.create(model="m", messages=ASK, stream=True))

    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == "答案是四。"
    assert "".join(getattr(choice.delta, field, "") for choice in choices) == "二加二"
    assert max(len(chunk.choices) for chunk in chunks) == 2
    assert {choice.index for choice in choices} == {0}
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 7 + 8


def test_qianfan_answers_with_flag_and_search_results():
    found = ({"index": 1, "url": "https://example.com", "title": "例"},)
    answer = Answer("…", flag=3, ban_round=-1, finish_reason="content_filter", search_results=found)
    with FakeErnie(answer, flavour="qianfan") as ernie, client_of(ernie) as client:
        reply = client.chat.completions.create(model="ernie-5.1", messages=ASK)

    assert (reply.choices[0].flag, reply.choices[0].ban_round) == (3, -1)
    assert reply.choices[0].finish_reason == "content_filter"
    assert reply.search_results == list(found)
    assert ernie.requests[0].path == "/v2/chat/completions"


def test_request_is_recorded_and_answers_are_taken_in_turn():
    with FakeErnie(Answer("一"), Answer("二")) as ernie, client_of(ernie) as client:
        said = [
            client.chat.completions.create(model="m", messages=ASK).choices[0].message.content
            for _ in range(3)
        ]

    assert said == ["一", "二", "二"]
    assert [request.body["messages"] for request in ernie.requests] == [ASK] * 3


@pytest.mark.parametrize(
    ("answer", "flavour", "error"),
    [
        (Answer(status=429, error={"detail": "too many"}), "fastdeploy", openai.RateLimitError),
        (Answer(status=400, error=new_error("bad")), "fastdeploy", openai.BadRequestError),
        (Answer(status=500, error=old_error("bad")), "fastdeploy", openai.InternalServerError),
        (
            Answer(status=400, error=qianfan_error("image_url_unsafe", "…", "unsafe_request")),
            "qianfan",
            openai.BadRequestError,
        ),
    ],
)
def test_error_status_raises_in_the_client(answer, flavour, error):
    with FakeErnie(answer, flavour=flavour) as ernie, client_of(ernie) as client, pytest.raises(error):
        client.chat.completions.create(model="m", messages=ASK)


@pytest.mark.parametrize("flavour", ["fastdeploy", "qianfan"])
def test_wrong_key_is_refused(flavour):
    with FakeErnie(flavour=flavour, api_key="right") as ernie:
        with client_of(ernie, "wrong") as client, pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(model="m", messages=ASK)
        with client_of(ernie, "right") as client:
            client.chat.completions.create(model="m", messages=ASK)

    assert len(ernie.requests) == 1


def test_new_error_inside_a_stream_raises_and_old_one_passes_unseen():
    answer = Answer("一二三四五六七八", error=new_error("bad"), error_after=2)
    with FakeErnie(answer) as ernie, client_of(ernie) as client, pytest.raises(openai.APIError, match="bad"):
        list(client.chat.completions.create(model="m", messages=ASK, stream=True))

    answer = Answer("一二三四五六七八", error=old_error("bad"), error_after=2)
    with FakeErnie(answer) as ernie, client_of(ernie) as client:
        chunks = list(client.chat.completions.create(model="m", messages=ASK, stream=True))
    assert [chunk.choices for chunk in chunks][-1] is None


def test_json_body_on_a_stream_yields_no_chunk():
    answer = Answer(status=200, error=new_error("bad"))
    with FakeErnie(answer) as ernie, client_of(ernie) as client:
        assert list(client.chat.completions.create(model="m", messages=ASK, stream=True)) == []


def test_client_that_hangs_up_is_recorded():
    with (
        FakeErnie(Answer("一二三四五六七八九十" * 10, size=1, hold_at=5)) as ernie,
        client_of(ernie) as client,
    ):
        stream = client.chat.completions.create(model="m", messages=ASK, stream=True)
        for _, _chunk in zip(range(5), stream, strict=False):
            pass
        stream.close()
        request = ernie.requests[0].wait()

    assert request.hung_up
    assert request.sent == 5
