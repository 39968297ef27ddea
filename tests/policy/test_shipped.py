"""Shipped policies: found from a checkout, and all of them load."""

import pytest

from guard.policy.load import load
from guard.policy.shipped import shipped_dir, shipped_names


def test_shipped_names_are_the_files():
    assert "default" in shipped_names()
    assert all((shipped_dir() / f"{name}.yaml").is_file() for name in shipped_names())


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_policy_loads_under_its_name(name):
    policy = load(name)

    assert policy.id == name
    assert len(policy.sha256) == 64
