"""Best paths and probabilities of a linear chain (Lafferty et al., 2001), many sequences at a time.

Emissions are [sequences, steps, tags], transitions [tags, tags] from row to column, all as log
potentials; the chain begins and ends outside of everything (tag 0).
"""

from __future__ import annotations

import numpy as np

FORBIDDEN = -1e4
"""The potential of what cannot be."""


def best(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """The likeliest tags of each sequence, [sequences, steps] (Viterbi, 1967)."""
    count, steps, _ = emissions.shape
    back = np.zeros((steps, count, emissions.shape[2]), np.int8)
    score = emissions[:, 0] + transitions[0]
    for step in range(1, steps):
        ways = score[:, :, None] + transitions
        back[step] = ways.argmax(axis=1)
        score = ways.max(axis=1) + emissions[:, step]
    tags = np.zeros((count, steps), np.int64)
    tags[:, -1] = (score + transitions[:, 0]).argmax(axis=1)
    rows = np.arange(count)
    for step in range(steps - 1, 0, -1):
        tags[:, step - 1] = back[step, rows, tags[:, step]]
    return tags


def marginals(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """The probability of each tag at each step, [sequences, steps, tags] (forward and backward)."""
    ahead, behind, total = _passes(emissions, transitions)
    return np.asarray(np.exp(np.minimum(ahead + behind - total[:, None, None], 0.0)))


def expectations(emissions: np.ndarray, transitions: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Marginals, the expected number of each transition [tags, tags], and the log partition, summed."""
    ahead, behind, total = _passes(emissions, transitions)
    single = np.exp(np.minimum(ahead + behind - total[:, None, None], 0.0))
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
    ahead, behind = np.empty_like(emissions), np.empty_like(emissions)
    ahead[:, 0] = emissions[:, 0] + transitions[0]
    for step in range(1, steps):
        ahead[:, step] = _sum(ahead[:, step - 1][:, :, None] + transitions, 1) + emissions[:, step]
    behind[:, -1] = transitions[:, 0]
    for step in range(steps - 1, 0, -1):
        ways = transitions + (behind[:, step] + emissions[:, step])[:, None, :]
        behind[:, step - 1] = _sum(ways, 2)
    return ahead, behind, _sum(ahead[:, -1] + behind[:, -1], 1)


def _sum(values: np.ndarray, axis: int) -> np.ndarray:
    """Log of the sum of exponentials along an axis."""
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis))
