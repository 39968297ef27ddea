"""Matrices in eight bits, as the encoder multiplies them.

A product of states [rows, inputs] and a matrix [inputs, outputs] is computed on whole numbers: each row of
states is scaled by a number of its own to unsigned bytes, each column of the matrix to signed ones. The
matrix keeps to ±64: processors with AVX2 but without VNNI add two products in 16 bits, and 2 · 255 · 64
still fits, where 2 · 255 · 127 would be cut off without a word.

Inputs whose sizes differ much from channel to channel are evened out first, and the matrix in return (Xiao
et al., 2023, "SmoothQuant").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

TOP = 64
"""The largest size of a number in the matrix."""

REACH, MIDDLE = 127, 128
"""How far the bytes of a row reach from their zero, and where that stands when both signs occur."""

LOWEST = -0.17
"""Below any value of the activation function GELU; its bytes count from here."""


class Bytes(NamedTuple):
    """A matrix in eight bits: `weight` int8 [inputs, outputs], and `scale` float32 [outputs]."""

    weight: np.ndarray
    scale: np.ndarray


def quantise(matrix: np.ndarray) -> Bytes:
    """A float matrix [inputs, outputs] in eight bits."""
    peak = np.abs(matrix).max(axis=0)
    scale = np.where(peak > 0, peak / TOP, 1.0).astype(np.float32)
    return Bytes(np.rint(matrix / scale).astype(np.int8), scale)


def restore(matrix: Bytes) -> np.ndarray:
    """The float32 matrix [inputs, outputs] that the bytes stand for."""
    return np.asarray(matrix.weight * matrix.scale, dtype=np.float32)


def evenness(peaks: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Factors [inputs] that even out inputs of these `peaks`, for a matrix [inputs, outputs]."""
    sizes = np.abs(matrix).max(axis=1)
    floor = 1e-3
    ratio = np.sqrt(np.maximum(sizes, sizes.max() * floor) / np.maximum(peaks, peaks.max() * floor))
    return np.asarray(ratio / ratio.mean(), dtype=np.float32)
