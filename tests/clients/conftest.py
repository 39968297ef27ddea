"""What the tests of the clients share: one tiny model for the whole run."""

import pytest

from tests.tiny_ernie import THINKING, build_model, build_tokenizer


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer()


@pytest.fixture(scope="session")
def thinking_tokenizer():
    return build_tokenizer(THINKING)


@pytest.fixture(scope="session")
def model(tokenizer):
    return build_model(len(tokenizer))
