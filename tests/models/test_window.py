"""Every piece is read and every character stood for, however a text is cut."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.models.piece import BEGIN, END, PAD, Pieces
from guard.models.window import BUDGET, OVERLAP, SIZE, STEP, batches, shares, windows


def pieces(count, width=3, gap=1):
    """Pieces of `width` characters, with characters between them that no piece stands for."""
    starts = np.arange(count) * (width + gap) + gap
    return Pieces(np.arange(count) + 4, np.stack([starts, starts + width], axis=1).reshape(-1, 2))


@given(st.integers(1, 3 * SIZE))
@settings(deadline=None)
def test_windows_read_every_piece_and_stand_for_every_character(count):
    length = 4 * count + 7
    found = list(windows(pieces(count), length))

    read = np.unique(np.concatenate([row.ids[1:-1] for row in found]))
    assert read.tolist() == list(range(4, count + 4))
    assert found[0].start == 0 and found[-1].end == length
    assert all(row.start < after.start <= row.end for row, after in itertools.pairwise(found))
    assert all(len(row.ids) <= SIZE and row.ids[0] == BEGIN and row.ids[-1] == END for row in found)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, 0), (1, 1), (SIZE - 2, 1), (SIZE - 1, 2), (2 * SIZE - 4 - OVERLAP, 2), (2 * SIZE - 3 - OVERLAP, 3)],
)
def test_windows_are_as_few_as_can_be(count, expected):
    assert len(list(windows(pieces(count), 10_000))) == expected


def test_windows_overlap():
    first, second = windows(pieces(SIZE), 4 * SIZE)

    assert first.ids[-1 - OVERLAP : -1].tolist() == second.ids[1 : OVERLAP + 1].tolist()


@given(st.integers(0, 4 * SIZE))
@settings(deadline=None)
def test_share_of_each_piece_is_that_of_the_window_with_the_farther_edge(count):
    rows = [row.ids[1:-1] - 4 for row in windows(pieces(count), 10_000)]
    found = list(shares(count))

    assert [share.first for share in found] == [row[0] for row in rows]
    told = {place: number for number, share in enumerate(found) for place in range(share.start, share.end)}
    assert sorted(told) == list(range(count))
    for place in range(count):
        # Before the first window and after the last there is no edge, only the end of the text.
        rooms = [
            min(place - row[0] if number else count, row[-1] - place if number + 1 < len(rows) else count)
            for number, row in enumerate(rows)
        ]
        assert rooms[told[place]] == max(rooms) >= 0


@given(st.lists(st.integers(1, SIZE), max_size=60))
@settings(deadline=None)
def test_batches_hold_every_row_once(lengths):
    rows = [np.full(length, number + 4) for number, length in enumerate(lengths)]
    found = list(batches(rows))

    assert sorted(number for batch in found for number in batch.numbers) == list(range(len(rows)))
    for batch in found:
        assert batch.ids.size <= max(BUDGET, SIZE) and batch.ids.shape[1] % STEP == 0
        for number, ids, mask in zip(batch.numbers, batch.ids, batch.mask, strict=True):
            assert ids[mask > 0].tolist() == rows[number].tolist()
            assert (ids[mask == 0] == PAD).all()


def test_batches_put_like_lengths_together():
    rows = [np.zeros(length, int) for length in (256, 8) * 16]

    assert [batch.ids.shape for batch in batches(rows)] == [(16, 8), (8, 256), (8, 256)]
