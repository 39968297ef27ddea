"""Best paths and probabilities of a linear chain (Lafferty et al., 2001), many sequences at a time.

Emissions are [sequences, steps, tags], transitions [tags, tags] from row to column, all as log
potentials; the chain begins and ends outside of everything (tag 0).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

FORBIDDEN = -1e4
"""The potential of what cannot be."""


def order(kinds: int) -> np.ndarray:
    """Transitions [tags, tags] that only forbid the inside of a name after anything but its own beginning or
    inside. Tags are outside, then of each kind of name its beginning and its inside."""
    potentials = np.zeros((1 + 2 * kinds, 1 + 2 * kinds), np.float32)
    for inside in range(2, 1 + 2 * kinds, 2):
        potentials[:, inside] = FORBIDDEN
        potentials[[inside - 1, inside], inside] = 0.0
    return potentials


def runs(tags: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """First step, step after the last, and kind of each name in a sequence of such tags."""
    for first in np.flatnonzero(tags % 2 == 1):
        kind = int(tags[first]) // 2
        last = int(first) + 1
        while last < len(tags) and tags[last] == 2 * kind + 2:
            last += 1
        yield int(first), last, kind


def least(chances: np.ndarray, first: int, last: int, kind: int) -> float:
    """The chance of the least sure step of a name, by the chances of tags [steps, tags]: that it begins here,
    goes on, and ends here."""
    begins, inside = 2 * kind + 1, 2 * kind + 2
    lowest = min(chances[first, begins], *chances[first + 1 : last, inside], 1.0)
    return float(min(lowest, 1.0 - chances[last, inside])) if last < len(chances) else float(lowest)


def best(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """The likeliest tags of each sequence, [sequences, steps] (Viterbi, 1967)."""
    count, steps, kinds = emissions.shape
    # Sequences come last, so that numpy works along them and not along the few tags.
    score = np.empty((steps, kinds, count), emissions.dtype)
    laid = emissions.transpose(1, 2, 0)
    score[0] = laid[0] + transitions[0][:, None]
    for step in range(1, steps):
        ways = score[step - 1][:, None] + transitions[:, :, None]
        score[step] = ways.max(axis=0) + laid[step]
    tags = np.empty((steps, count), np.int64)
    tags[-1] = (score[-1] + transitions[:, :1]).argmax(axis=0)
    for step in range(steps - 1, 0, -1):
        tags[step - 1] = (score[step - 1] + transitions[:, tags[step]]).argmax(axis=0)
    return tags.T


def marginals(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """The probability of each tag at each step, [sequences, steps, tags] (forward and backward)."""
    ahead, behind, total = _passes(emissions, transitions)
    return np.asarray(np.exp(np.minimum(ahead + behind - total[:, None, None], 0.0)))


def expectations(emissions: np.ndarray, transitions: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Marginals, the expected number of each transition [tags, tags], and the log partition, summed."""
    ahead, behind, total = _passes(emissions, transitions)
    single = np.exp(np.minimum(ahead + behind - total[:, None, None], 0.0)).astype(emissions.dtype)
    pairs = np.zeros(transitions.shape)
    pairs[0] += single[:, 0].sum(axis=0)
    pairs[:, 0] += single[:, -1].sum(axis=0)
    for step in range(1, emissions.shape[1]):
        after = emissions[:, step] + behind[:, step] - total[:, None]
        pairs += np.exp(ahead[:, step - 1][:, :, None] + transitions + after[:, None, :]).sum(axis=0)
    return single, pairs, float(total.sum())


def _passes(emissions: np.ndarray, transitions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log sums of all ways to each tag and from each tag on, and of all ways."""
    steps = emissions.shape[1]
    forth = np.exp(transitions, dtype=np.float64)
    # Sums over hundreds of steps are large, and their small differences are what counts: double precision.
    ahead, behind = np.empty(emissions.shape), np.empty(emissions.shape)
    ahead[:, 0] = emissions[:, 0] + transitions[0]
    for step in range(1, steps):
        ahead[:, step] = _lead(ahead[:, step - 1], forth) + emissions[:, step]
    behind[:, -1] = transitions[:, 0]
    for step in range(steps - 1, 0, -1):
        behind[:, step - 1] = _lead(behind[:, step] + emissions[:, step], forth.T)
    return ahead, behind, _sum(ahead[:, -1] + behind[:, -1], 1)


def _lead(sums: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Log sums [sequences, tags] after one more transition, whose potentials come as exponentials."""
    top = sums.max(axis=1, keepdims=True)
    # The floor keeps what cannot be reached finite: infinities would not cancel out.
    reached = np.exp(sums - top) @ factors
    return np.asarray(np.log(np.maximum(reached, _LEAST)) + top)


_LEAST = 1e-300


def _sum(values: np.ndarray, axis: int) -> np.ndarray:
    """Log of the sum of exponentials along an axis."""
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis))
