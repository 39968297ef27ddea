"""Every example runs as it stands and prints what it promises."""

import runpy
import sys
from pathlib import Path

import pytest

from tests.fake_ernie import Answer, FakeErnie

EXAMPLES = Path(__file__).parent.parent / "examples"
OFFLINE = {
    "function.py": [
        "您的问题已经收到：请介绍一下杭州的西湖。",
        "您的问题已经收到：我的身份证号是[pii.cn_resident_id]，手机[pii.phone]，帮我查社保。",
        "抱歉，我不能帮助完成这个请求。\nblock by rule jailbreak",
    ],
    "stream.py": ["周末可以看看纪录片，也可以逛逛博物馆。", "(the model was stopped after"],
    "rag.py": [
        "书展于2024年5月1日开幕。共有210家出版社参加。",
        "flag: grounding.contradicted: ",
        "  sources[0].text: ",
    ],
    "own_policy.py": [
        "订单[regex.order]的收件人电话是[pii.phone]。",
        "redact by rule",
        "order-numbers: regex.order",
    ],
}
ONLINE = {"openai_client.py", "openai_async.py"}


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs an example as a script and gives what it printed."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.fixture
def endpoint(monkeypatch):
    """An endpoint under the names by which the examples look for one."""
    with FakeErnie(Answer("好的，已经记下。"), flavour="qianfan", api_key="key") as ernie:
        monkeypatch.setenv("ERNIE_BASE_URL", ernie.base_url)
        monkeypatch.setenv("ERNIE_API_KEY", "key")
        yield ernie


@pytest.mark.parametrize("name", OFFLINE)
def test_example_prints_what_it_promises(run, name):
    out = run(name)

    assert [line for line in OFFLINE[name] if line not in out] == []


def test_example_stream_lets_nothing_of_the_word_out(run):
    assert "线" not in run("stream.py").partition("(the model")[0]


def test_example_openai_client_hides_the_number_from_the_endpoint(run, endpoint):
    assert run("openai_client.py") == "好的，已经记下。\n" * 2
    assert [request.body.get("stream", False) for request in endpoint.requests] == [False, True]
    assert not any("13800138000" in request.text for request in endpoint.requests)


def test_example_openai_async_sends_what_is_allowed(run, endpoint):
    out = run("openai_async.py").splitlines()

    assert [line.rpartition(" ")[2] for line in out] == ["(stop)", "(content_filter)", "(stop)"]
    assert len(endpoint.requests) == 2


def test_example_local_weights_runs_a_tiny_model(run, tmp_path):
    from tests.tiny_ernie import build_model, build_tokenizer

    tokenizer = build_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    build_model(len(tokenizer)).save_pretrained(tmp_path)

    assert run("local_weights.py", tmp_path).endswith("jailbreak\n")


def test_examples_are_all_run():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*OFFLINE, *ONLINE, "local_weights.py"}
