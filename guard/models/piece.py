"""Cuts text into the pieces that the encoder reads (Kudo, 2018), with their places in the text.

The `tokenizers` library does the cutting; it comes with transformers and loads without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from guard.deadline import watched
from guard.library import require

BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3
"""Numbers of the special pieces."""

CHUNK = 20_000
"""Most characters cut in one go: a search over one huge text would hold the interpreter for too long."""
_TAIL = 1000
"""Last characters of so many in which a place is sought that parts no word."""
_EDGES = (re.compile(r"(?<=\S)(?=\s)"), re.compile("(?s:(?<=[。，、；：！？])(?=.))"))
"""Where a text may be parted: before white space, where its pieces stay what they are, else after a mark."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text's pieces: their numbers [pieces], and start and end in characters of the text [pieces, 2]."""

    ids: np.ndarray
    spans: np.ndarray


class Cutter:
    """Cuts texts into pieces. Safe to share between threads."""

    def __init__(self, pieces: Sequence[tuple[str, float]], charsmap: bytes) -> None:
        """Takes the pieces with their log-probabilities, special ones first, and the normaliser's table."""
        require("tokenizers")
        from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

        cutter = Tokenizer(models.Unigram(list(pieces), unk_id=UNKNOWN))
        cutter.normalizer = normalizers.Sequence(
            [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
        )
        cutter.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        self._cutter: Any = cutter

    def cut(self, text: str) -> Pieces:
        """The pieces of a text, special ones left out."""
        clean = text.encode("utf-8", "replace").decode("utf-8")
        ids, spans = [], []
        for start, end in watched(_chunks(clean)):
            found = self._cutter.encode(clean[start:end], add_special_tokens=False)
            ids.append(np.array(found.ids, dtype=np.int64))
            spans.append(np.array(found.offsets, dtype=np.int64).reshape(-1, 2) + start)
        if not ids:
            return Pieces(np.zeros(0, np.int64), np.zeros((0, 2), np.int64))
        return Pieces(np.concatenate(ids), np.concatenate(spans))


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the stretches that are cut in one go."""
    start = 0
    while start < len(text):
        end = min(start + CHUNK, len(text))
        if end < len(text):
            tails = ([*edge.finditer(text, max(start + 1, end - _TAIL), end + 1)] for edge in _EDGES)
            end = next((tail[-1].start() for tail in tails if tail), end)
        yield start, end
        start = end
