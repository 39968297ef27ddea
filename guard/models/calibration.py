"""Turns a model's raw probabilities into shares that are right, per label and kind of writing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from guard.errors import ModelError

GROUPS = ("han", "latin", "other")
"""Kinds of writing that are calibrated apart."""

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HAN_SHARE = 0.2


def group_of(text: str) -> str:
    """The kind of writing of a text: `han` where a fifth of its letters is, else `latin` where most are.

    A character says as much as a few letters do, hence the low share. Japanese, which has more kana than
    characters, is `other`; text without letters is `latin`.
    """
    letters = sum(map(str.isalpha, text))
    characters = len(_HAN.findall(text))
    if characters > _HAN_SHARE * letters and characters > len(_KANA.findall(text)):
        return "han"
    return "latin" if 2 * len(_LATIN.findall(text)) >= letters else "other"


class Calibration:
    """Piecewise linear curves, one per kind of writing and label."""

    def __init__(self, known: np.ndarray, right: np.ndarray, groups: Sequence[str]) -> None:
        """`known` and `right` [groups, labels, knots]: the share that is `right` at each `known` probability.

        Known probabilities ascend. Raises `ModelError` when the shapes do not fit.
        """
        if known.shape != right.shape or known.ndim != 3 or known.shape[0] != len(groups):
            raise ModelError(
                f"calibration of shapes {known.shape} and {right.shape} for {len(groups)} groups"
            )
        self._known, self._right = known, right
        self._numbers = {group: number for number, group in enumerate(groups)}

    def apply(self, raw: np.ndarray, group: str) -> np.ndarray:
        """The calibrated scores of one text's raw ones [labels]; a group that has no curves keeps them."""
        number = self._numbers.get(group)
        if number is None:
            return raw
        curves = zip(raw, self._known[number], self._right[number], strict=True)
        return np.array([np.interp(value, known, right) for value, known, right in curves])
