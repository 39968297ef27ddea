from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.fake_filters import FAKES, Stuck


@pytest.fixture(scope="module", autouse=True)
def _fake_filters() -> Iterator[None]:
    for fake in FAKES:
        fake.id = fake.name
    yield
    for fake in FAKES:
        fake.id = ""


@pytest.fixture
def stuck() -> Iterator[None]:
    Stuck.release.clear()
    yield
    Stuck.release.set()
