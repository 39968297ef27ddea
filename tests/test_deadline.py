from __future__ import annotations

import re
import threading

import pytest

from guard.deadline import STRETCH, bound, check, sweep, until, watched
from guard.errors import GivenUp


def test_check_passes_where_nobody_said_anything():
    check()
    assert list(watched("ab")) == ["a", "b"]


def test_watched_ends_once_given_up():
    seen = []
    with pytest.raises(GivenUp), until(lambda: len(seen) == 2):
        for item in watched(range(10)):
            seen.append(item)

    assert seen == [0, 1]
    check()


def test_until_counts_in_its_own_thread_and_block_only():
    found = []
    with until(lambda: True):
        thread = threading.Thread(target=lambda: found.append(list(watched("ab"))))
        thread.start()
        thread.join()
        with until(lambda: False):
            check()
        with pytest.raises(GivenUp):
            check()

    assert found == [["a", "b"]]


def test_bound_reaches_a_thread_that_does_a_part_of_the_work():
    given_up = threading.Event()
    with until(given_up.is_set):
        is_given_up = bound()
    before = is_given_up()
    given_up.set()

    assert (before, is_given_up()) == (False, True)
    assert not bound()()


@pytest.mark.parametrize("shift", range(6))
def test_sweep_finds_what_finditer_finds(shift):
    pattern = re.compile(r"(?<!x)ab+(?!c)")
    text = "-" * (STRETCH - 3 + shift) + "abbb" + "abxabab" * 20_000 + "abbc" * 9

    swept = [found.span() for found in sweep(pattern, text, longest=10)]
    assert swept == [found.span() for found in pattern.finditer(text)]


def test_sweep_ends_once_given_up_though_nothing_is_found():
    asked = iter([False, True])
    with pytest.raises(GivenUp), until(lambda: next(asked)):
        list(sweep(re.compile("a"), "-" * 10 * STRETCH, longest=1))
