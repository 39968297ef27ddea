"""Matrices in eight bits stand for what they were made from, to within half a step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.models.matrix import TOP, evenness, quantise, restore

SEEDS = st.integers(0, 2**32 - 1)


def matrix(seed, scale=1.0):
    return (np.random.default_rng(seed).normal(size=(24, 8)) * scale).astype(np.float32)


@given(SEEDS, st.sampled_from([1e-6, 1.0, 1e6]))
@settings(deadline=None)
def test_quantise_is_off_by_half_a_step_at_most(seed, scale):
    small = quantise(matrix(seed, scale))

    assert np.abs(small.weight.astype(int)).max() == TOP
    assert (np.abs(restore(small) - matrix(seed, scale)) <= small.scale * 0.5001).all()


def test_quantise_keeps_an_empty_column_empty():
    small = quantise(np.zeros((4, 2), np.float32))

    assert restore(small).tolist() == np.zeros((4, 2)).tolist()
    assert np.isfinite(small.scale).all()


@given(SEEDS)
@settings(deadline=None)
def test_evenness_changes_no_product(seed):
    weight, states = matrix(seed), matrix(seed + 1).T
    even = evenness(np.abs(states).max(axis=0), weight)

    assert (states * even) @ (weight / even[:, None]) == pytest.approx(states @ weight, abs=1e-4)


def test_evenness_bounds_a_channel_that_is_never_used():
    even = evenness(np.array([1.0, 0.0, 1.0]), np.ones((3, 2), np.float32))

    assert np.isfinite(even).all() and (even > 0).all()
