"""Sketches of the words in a text: short vectors whose likeness is that of the texts' substrings and words.

Every substring of one to five characters, word and pair of words adds or takes away its weight at one of
about a thousand places (Charikar et al., 2002): what two texts share adds up, the rest cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from guard.models.ngram import features

BITS = 10
SIZE = 1 << BITS


def sketches(texts: Sequence[str]) -> np.ndarray:
    """Sketches of texts float32 [texts, SIZE], not of any certain length; zero for empty text."""
    found = np.zeros((len(texts), SIZE), np.float32)
    for first, rows, buckets, values in features(texts):
        signs = 1 - 2 * ((buckets >> BITS) & 1)
        np.add.at(found, (first + rows, buckets & (SIZE - 1)), values * signs)
    return found
