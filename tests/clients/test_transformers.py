"""ERNIE in this process: what it says, streamed or whole, and that it stops when told to."""

import threading

import pytest

from guard.clients.transformers import LocalErnie, load_transformers
from guard.errors import InputError, ModelError
from tests.tiny_ernie import Saying

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
