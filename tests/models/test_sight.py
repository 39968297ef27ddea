"""Windows are remembered as far as they were read, and not too many of them."""

import numpy as np

from guard.models.session import Reading
from guard.models.sight import LEFT, WHOLE, Seen, Sights, sight_of


def left():
    return Seen(np.zeros(2), states=np.zeros((1, 8, 4)), mask=np.ones((1, 8)))


def whole():
    return Seen(np.zeros(2), whole=Reading(*(np.zeros((3, 2)) for _ in Reading._fields)).of(1))


def test_sights_give_what_was_put():
    sights, one, other = Sights(), left(), whole()
    sights.put("left", one)
    sights.put("whole", other)

    assert sights.get("left") is one and sights.get("whole") is other
    assert sights.get("none") is None


def test_window_that_was_read_on_is_kept_without_its_states():
    sights, later = Sights(), whole()
    sights.put("a", left())
    sights.put("a", later)

    assert sights.get("a") is later
    assert sights._left.get("a") is None


def test_sights_are_bounded():
    sights = Sights()
    for number in range(3 * WHOLE):
        sights.put(("left", number), left())
        sights.put(("whole", number), whole())

    kept = [sum(sights.get((name, n)) is not None for n in range(3 * WHOLE)) for name in ("left", "whole")]
    assert kept == [LEFT, WHOLE]


def test_reading_of_one_text_keeps_nothing_of_the_batch():
    batch = Reading(*(np.arange(6.0).reshape(3, 2) for _ in Reading._fields))
    one = batch.of(1)

    assert all(part.tolist() == [2.0, 3.0] and part.base is None for part in one)


def test_sight_of_tells_windows_and_kinds_apart():
    ids = np.arange(5)
    keys = {sight_of(ids, 0), sight_of(ids, 1), sight_of(ids + 1, 0), sight_of(ids.copy(), 0)}

    assert len(keys) == 3
