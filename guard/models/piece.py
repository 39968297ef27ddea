"""Cuts text into the pieces that the encoder reads (Kudo, 2018), with their places in the text.

The `tokenizers` library does the cutting; it comes with transformers and loads without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from guard.deadline import watched

BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3
"""Numbers of the special pieces."""

CHUNK = 20_000
"""Characters cut in one go: a search over one huge text would hold the interpreter for too long."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text's pieces: their numbers [pieces], and start and end in characters of the text [pieces, 2]."""

    ids: np.ndarray
    spans: np.ndarray


class Cutter:
    """Cuts texts into pieces. Safe to share between threads."""

    def __init__(self, pieces: Sequence[tuple[str, float]], charsmap: bytes) -> None:
        """Takes the pieces with their log-probabilities, special ones first, and the normaliser's table."""
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
        for start in watched(range(0, len(clean), CHUNK)):
            found = self._cutter.encode(clean[start : start + CHUNK], add_special_tokens=False)
            ids.append(np.array(found.ids, dtype=np.int64))
            spans.append(np.array(found.offsets, dtype=np.int64).reshape(-1, 2) + start)
        if not ids:
            return Pieces(np.zeros(0, np.int64), np.zeros((0, 2), np.int64))
        return Pieces(np.concatenate(ids), np.concatenate(spans))
