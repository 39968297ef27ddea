"""A tiny, random base encoder and a few samples: what the recipe of the guard model runs on in tests."""

from __future__ import annotations

import numpy as np

from guard.models.block import pack
from guard.train.base import SPECIAL, Base, nmt_nfkc
from guard.train.encoder_corpus import Sample
from guard.train.mapping import LABELS

HIDDEN, LAYERS, HEADS, POSITIONS = 32, 4, 4, 256
WORDS = ["hello", "kind", "tea", "good", "walk", "river", "song"]
BAD = ["vile", "scum", "rot"]


def tiny_base(seed: int = 0) -> Base:
    """Random arrays; pieces are letters and a few words."""
    rng = np.random.default_rng(seed)

    def random(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.1, shape).astype(np.float32)

    letters = [("▁", -2.0), *((letter, -4.0) for letter in "abcdefghijklmnopqrstuvwxyz")]
    pieces = [(name, 0.0) for name in SPECIAL] + letters + [("▁" + word, -3.0) for word in WORDS + BAD]
    arrays = {"position": random(POSITIONS, HIDDEN), **_norm("norm")}
    for layer in range(LAYERS):
        for name, rows, columns in (
            ("qkv", 3 * HIDDEN, HIDDEN),
            ("out", HIDDEN, HIDDEN),
            ("up", 4 * HIDDEN, HIDDEN),
            ("down", HIDDEN, 4 * HIDDEN),
        ):
            arrays[f"layers.{layer}.{name}.weight"] = random(rows, columns)
            arrays[f"layers.{layer}.{name}.bias"] = random(rows)
        arrays |= _norm(f"layers.{layer}.norm1") | _norm(f"layers.{layer}.norm2")
    return Base(tuple(pieces), nmt_nfkc(), pack(random(len(pieces), HIDDEN)), arrays, HEADS)


def _norm(name: str) -> dict[str, np.ndarray]:
    return {f"{name}.weight": np.ones(HIDDEN, np.float32), f"{name}.bias": np.zeros(HIDDEN, np.float32)}


def tiny_samples(count: int = 240, seed: int = 0) -> list[Sample]:
    """Short texts of which every second holds a bad word, in parts as the recipe makes them."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        words = rng.choice(WORDS, 4).tolist()
        bad = number % 2 == 1
        if bad:
            words[rng.integers(4)] = str(rng.choice(BAD))
        targets = np.zeros(len(LABELS), np.int8)
        targets[[0, 1]] = bad
        targets[LABELS.index("injection.direct")] = number % 4 == 3
        part = {0: "held", 1: "report"}.get(number // 2 % 4, "train")
        made.append(Sample(" ".join(words), f"set{number % 3}", "en", number % 3, targets, part))
    return made
