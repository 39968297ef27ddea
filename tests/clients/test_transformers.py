"""ERNIE in this process: what it says, streamed or whole, and that it stops when told to."""

import threading

import pytest

from guard.clients.transformers import LocalErnie, load_transformers, wrap_transformers
from guard.errors import InputError, ModelError
from guard.pipeline.guard import Guard
from tests.clients.policy import BANNED, HIDDEN, MOBILE, POLICY, REFUSAL
from tests.tiny_ernie import Saying

GUARD = Guard(POLICY)
BEGIN = "<|begin_of_sentence|>User: "

TEXT = "西湖在杭州 😀, about 6.4 km².\nHello there! "
THOUGHT = "想一想。\n</think>\n\n<response>\n答案是四。\n</response>\n"


def saying(model, tokenizer, text, **options):
    return LocalErnie(model, tokenizer, logits_processor=[Saying(tokenizer, text)], **options)


def generating():
    return [thread for thread in threading.enumerate() if thread.name == "guard-generate"]


def test_local_says_what_the_model_generates(model, tokenizer):
    import torch

    ernie = LocalErnie(model, tokenizer, max_new_tokens=12, do_sample=False, eos_token_id=None)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}], add_generation_prompt=True, return_tensors="pt"
    )
    with torch.no_grad():
        plain = model.generate(**prompt, max_new_tokens=12, do_sample=False, eos_token_id=None)[0]

    answer = ernie.complete("hi")
    assert ernie("hi") == tokenizer.decode(plain[prompt["input_ids"].shape[1] :], skip_special_tokens=True)
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"] == {"prompt_tokens": 10, "completion_tokens": 12, "total_tokens": 22}


def test_local_streams_whole_characters(model, tokenizer):
    pieces = list(saying(model, tokenizer, TEXT)("hi", stream=True))

    assert "".join(pieces) == TEXT
    assert len(pieces) > 10
    assert not any("\ufffd" in piece for piece in pieces)
    assert saying(model, tokenizer, TEXT).complete("hi")["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (THOUGHT, {"content": "答案是四。", "reasoning_content": "想一想。"}),
        ("没有想完", {"content": "", "reasoning_content": "没有想完"}),
        (
            '查。\n</think>\n<tool_call>\n{"name": "find", "arguments": {"q": "湖"}}\n</tool_call>\n',
            {
                "content": "",
                "reasoning_content": "查。",
                "tool_calls": [
                    {
                        "index": 0,
                        "id": "call_0",
                        "type": "function",
                        "function": {"name": "find", "arguments": '{"q": "湖"}'},
                    }
                ],
            },
        ),
        (
            "</think><tool_call>{broken</tool_call>",
            {
                "content": "",
                "tool_calls": [
                    {
                        "index": 0,
                        "id": "call_0",
                        "type": "function",
                        "function": {"name": "", "arguments": "{broken"},
                    }
                ],
            },
        ),
    ],
)
def test_local_splits_what_a_thinking_model_writes(model, thinking_tokenizer, written, message):
    answer = saying(model, thinking_tokenizer, written).complete("hi")

    assert answer["choices"][0]["message"] == {"role": "assistant", **message}


def test_local_stops_the_model_when_the_stream_is_closed(model, tokenizer):
    forced = Saying(tokenizer, "字" * 100)
    stream = LocalErnie(model, tokenizer, max_new_tokens=300, logits_processor=[forced])("hi", stream=True)
    next(stream)
    stream.close()

    assert forced.step < 30
    assert generating() == []


def test_local_raises_what_went_wrong_in_the_model(model, tokenizer):
    ernie = LocalErnie(model, tokenizer, num_beams=2)

    with pytest.raises(ValueError, match="streamer"):
        ernie("hi")
    assert generating() == []


def test_local_refuses_a_prompt_longer_than_the_window(model, tokenizer):
    with pytest.raises(InputError, match=r"^the prompt has \d+ tokens, but the model's window is 512$"):
        LocalErnie(model, tokenizer)("长" * 1000)


def test_load_transformers_reads_a_folder(model, tokenizer, tmp_path):
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = load_transformers(tmp_path, device="cpu")

    options = {"max_new_tokens": 8, "do_sample": False}
    assert LocalErnie(*loaded, **options)("hi") == LocalErnie(model, tokenizer, **options)("hi")


def test_load_transformers_says_what_is_wrong_with_a_folder(tmp_path):
    with pytest.raises(InputError, match=r"no folder of transformers weights \(it has no config.json\)$"):
        load_transformers(tmp_path / "none")
    (tmp_path / "config.json").write_text('{"model_type": "ernie4_5"}', encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_transformers(tmp_path)


def ask_of(model, tokenizer, text):
    """A guarded call of a model that will say the text, and what makes it say so."""
    script = Saying(tokenizer, text)
    return wrap_transformers(model, tokenizer, GUARD, logits_processor=[script], max_new_tokens=400), script


def whole(answer):
    return answer if isinstance(answer, str) else "".join(answer)


ALL = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@ALL
def test_wrap_transformers_leaves_alone_what_is_allowed(model, tokenizer, stream):
    ask, script = ask_of(model, tokenizer, TEXT)

    assert whole(ask("介绍一下西湖", stream=stream)) == TEXT
    assert script.prompt == f"{BEGIN}介绍一下西湖\nAssistant: "


@ALL
def test_wrap_transformers_redacts_both_ways(model, tokenizer, stream):
    ask, script = ask_of(model, tokenizer, f"好的，{MOBILE}，记下了。")
    messages = [{"role": "user", "content": f"我的手机是{MOBILE}。"}]

    assert whole(ask(messages, stream=stream)) == f"好的，{HIDDEN}，记下了。"
    assert script.prompt == f"{BEGIN}我的手机是{HIDDEN}。\nAssistant: "


@ALL
def test_wrap_transformers_does_not_run_the_model_on_blocked_input(model, tokenizer, stream):
    ask, script = ask_of(model, tokenizer, TEXT)
    answer = ask(f"推荐一个{BANNED}吧，谢谢你", stream=stream)
    refusal = answer if isinstance(answer, str) else next(answer)

    assert refusal == REFUSAL
    assert refusal.decision.rule == "banned"
    assert script.step == 0


def test_wrap_transformers_refuses_an_answer(model, tokenizer):
    ask, _ = ask_of(model, tokenizer, f"去{BANNED}吧。")
    refusal = ask("你好，介绍一下西湖。")

    assert refusal == REFUSAL
    assert refusal.decision.findings[0].part == "response.content"


def test_wrap_transformers_stops_the_model_inside_the_answer(model, tokenizer):
    ask, script = ask_of(model, tokenizer, "西湖在杭州。" * 8 + BANNED + "很长的话" * 40)
    pieces = list(ask("你好，介绍一下西湖。", stream=True))

    assert "".join(pieces).startswith("西湖在杭州。")
    assert BANNED[0] not in "".join(pieces)
    assert pieces[-1].endswith(REFUSAL) and pieces[-1].decision.blocked
    assert script.step < len(script.ids) - 200
    assert generating() == []


@ALL
def test_wrap_transformers_judges_reasoning_that_is_not_shown(model, thinking_tokenizer, stream):
    ask, _ = ask_of(model, thinking_tokenizer, f"去{BANNED}吗？\n</think>\n\n<response>\n不去。\n</response>")

    assert whole(ask("你好，周末去哪里？", stream=stream)).strip() == REFUSAL

    ask, _ = ask_of(model, thinking_tokenizer, THOUGHT)
    assert whole(ask("二加二等于几？", stream=stream)) == "答案是四。"


def test_wrap_transformers_takes_sources_for_the_guard_alone(model, tokenizer):
    ask, script = ask_of(model, tokenizer, "好。")

    assert ask("你好", sources=["西湖在杭州。"]) == "好。"
    assert "西湖" not in script.prompt
