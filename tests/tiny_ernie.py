"""A tiny, randomly initialised ERNIE 4.5 with a tokenizer trained on the spot; nothing is fetched."""

from __future__ import annotations

from typing import Any

CHAT = """\
{{- cls_token -}}
{%- for message in messages -%}
{%- if message.role == 'system' -%}{{ message.content + '\\n' }}
{%- elif message.role == 'user' -%}{{ 'User: ' + message.content + '\\n' }}
{%- elif message.role == 'assistant' -%}{{ 'Assistant: ' + message.content + sep_token }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ 'Assistant: ' }}{%- endif -%}"""
"""A chat template with the turns of ERNIE 4.5."""

THINKING = CHAT.replace("{{ 'Assistant: ' }}", "{{ 'Assistant: <think>\\n' }}")
"""The same for a thinking model, whose answer begins inside its reasoning."""

SPECIAL = ["<unk>", "<s>", "</s>", "<|begin_of_sentence|>", "<|end_of_sentence|>"]
WORDS = ["你好，西湖在杭州。", "User: hello\nAssistant: hello there, how are you today?\n"]


def build_tokenizer(chat_template: str = CHAT) -> Any:
    """A byte-level tokenizer with the names that ERNIE's has for its special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=SPECIAL,
        show_progress=False,
    )
    tokenizer.train_from_iterator(WORDS * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<unk>",
        cls_token="<|begin_of_sentence|>",
        sep_token="<|end_of_sentence|>",
        chat_template=chat_template,
    )


def build_model(vocabulary: int) -> Any:
    """A model of about a hundred thousand weights."""
    import torch
    from transformers import Ernie4_5Config, Ernie4_5ForCausalLM

    torch.manual_seed(0)
    config = Ernie4_5Config(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=512,
    )
    return Ernie4_5ForCausalLM(config).eval()


class Saying:
    """A logits processor that makes the model say a text, token by token, and then end.

    `prompt` is what the model was given, `step` how many tokens it has said.
    """

    def __init__(self, tokenizer: Any, text: str) -> None:
        self.ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        self.step = 0
        self.prompt = ""
        self._tokenizer = tokenizer

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        self.prompt = self.prompt or self._tokenizer.decode(input_ids[0])
        forced = torch.full_like(scores, float("-inf"))
        forced[:, self.ids[self.step]] = 0.0
        self.step += 1
        return forced
