"""An encoder for tests: texts that share words, or Chinese characters, get vectors that lie close."""

import re
from collections.abc import Sequence

import numpy as np

SIZE = 64
_WORD = re.compile(r"[a-z]{3,}|[\u4e00-\u9fff]")


class WordEncoder:
    """Sums a fixed random direction for each word, beside one that all texts share."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        self.read += texts
        return np.stack([self._vector(text) for text in texts]).astype(np.float32)

    def _vector(self, text: str) -> np.ndarray:
        if not text.strip("\0 \n\t"):
            return np.zeros(SIZE)
        found = direction("") * 2 + sum(direction(word) for word in set(_WORD.findall(text.lower())))
        return found / np.linalg.norm(found)


def direction(word: str) -> np.ndarray:
    """A random direction of unit length, the same for the same word."""
    drawn = np.random.default_rng(list(word.encode())).normal(size=SIZE)
    return drawn / np.linalg.norm(drawn)
