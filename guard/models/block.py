"""Matrices in blocks of four bits: a quarter of a byte-wise one's neighbour in size, read row by row.

The layout is Q4_0 of the GGML library: 32 values share one float16 scale and stand in 16 bytes, the first
16 values in the low halves and the others in the high ones; value = (half - 8) * scale.
"""

from __future__ import annotations

import numpy as np

SIZE = 32
BYTES = 18


def pack(matrix: np.ndarray) -> np.ndarray:
    """A matrix [rows, columns] as blocks [rows, columns / 32, 18] of bytes; columns divide by 32."""
    rows, columns = matrix.shape
    values = matrix.reshape(rows, columns // SIZE, SIZE).astype(np.float32)
    peak = np.take_along_axis(values, np.abs(values).argmax(-1)[..., None], -1)
    scale = (peak / -8).astype(np.float16)
    inverse = np.divide(
        1.0, scale.astype(np.float32), where=scale != 0, out=np.zeros(scale.shape, np.float32)
    )
    halves = np.clip(np.rint(values * inverse) + 8, 0, 15).astype(np.uint8)
    out = np.empty((rows, columns // SIZE, BYTES), np.uint8)
    out[..., :2] = scale.view(np.uint8)
    out[..., 2:] = halves[..., :16] | (halves[..., 16:] << 4)
    return out


def unpack(blocks: np.ndarray) -> np.ndarray:
    """The float32 matrix [rows, columns] of blocks [rows, columns / 32, 18]."""
    scale = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    halves = blocks[..., 2:]
    values = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8.0
    return np.asarray((values * scale).reshape(blocks.shape[0], -1))
