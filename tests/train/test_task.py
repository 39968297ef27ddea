"""Claims and names as the network learns them: laid out as numbers, drawn, and judged by their loss."""

import numpy as np
import pytest
import torch

from guard.models.encoder import Encoder
from guard.models.piece import BEGIN, END, Cutter
from guard.models.window import SIZE
from guard.train.name_maker import ORGANISATION, PERSON, Marked
from guard.train.network import KINDS, MARKS, Reading
from guard.train.pair import CONTRADICTED, SUPPORTED, UNSUPPORTED, WRONG, Pair
from guard.train.task import NONE, UNSAID, Claims, Names, lay_names, lay_pair, plan, width
from tests import tiny_encoder
from tests.tiny_base import tiny_base

BASE = tiny_base()
CUTTER = Cutter(BASE.pieces, BASE.charsmap)


def pair(claim="good river", source="hello good tea", truth=CONTRADICTED, spans=((5, 10),), name="set"):
    return Pair(claim, source, truth, spans, name, "en", "train")


def test_lay_pair_sets_the_claim_before_its_source():
    row = lay_pair(pair(), CUTTER, 64)
    claim, source = CUTTER.cut("good river").ids, CUTTER.cut("hello good tea").ids

    assert row.ids.tolist() == [BEGIN, *claim, END, END, *source, END]
    assert [KINDS[kind] for kind in row.kinds] == ["claim"] * (len(claim) + 2) + ["evidence"] * (
        len(source) + 2
    )
    assert row.marks.tolist() == [UNSAID, 0, 1, *[UNSAID] * (len(source) + 3)]


@pytest.mark.parametrize(
    ("truth", "spans", "known"), [(SUPPORTED, (), True), (WRONG, None, False), (UNSUPPORTED, (), False)]
)
def test_lay_pair_marks_pieces_only_where_it_is_known_which_are_wrong(truth, spans, known):
    row = lay_pair(pair(truth=truth, spans=spans), CUTTER, 64)

    assert (row.marks != UNSAID).any() == known


def test_lay_pair_cuts_the_source_to_the_window():
    row = lay_pair(pair(source="tea " * 200), CUTTER, 32)

    assert len(row.ids) == 32
    assert row.ids[-1] == END


def test_lay_names_marks_where_a_name_begins_and_goes_on():
    text = "tea good walk hello river"
    row = lay_names(Marked(text, ((4, 13, PERSON), (20, 25, ORGANISATION))), CUTTER, 64, 1)

    assert [MARKS[mark + 1] for mark in row.marks[1:-1]] == [
        "none", "begin person", "inside person", "none", "begin organisation",
    ]  # fmt: skip
    assert row.marks[0] == row.marks[-1] == UNSAID
    assert set(row.kinds) == {1}


def reading(support, marks):
    empty = torch.zeros(len(support), 1)
    return Reading(empty, empty, empty, empty, torch.tensor(support), marks)


def test_claims_loss_is_least_for_the_truth():
    claims = Claims([pair(), pair(truth=WRONG, spans=None)], CUTTER, 64)
    batch = claims.batch([0, 1])
    marks = torch.zeros(*batch.ids.shape, len(MARKS))
    marks[..., 0] = torch.where(batch.marks == 1, 9.0, -9.0)
    losses = {
        name: float(claims.loss(reading([row, row], marks), batch))
        for name, row in {"right": [0.0, 9.0, 0.0], "near": [0.0, 0.0, 9.0], "wrong": [9.0, 0.0, 0.0]}.items()
    }

    assert losses["right"] < 0.01 < losses["near"] < losses["wrong"]
    assert float(claims.loss(reading([[0.0, 9.0, 0.0]] * 2, -marks), batch)) > 1


def test_names_loss_asks_every_piece_but_begin_and_end():
    names = Names([Marked("good tea", ((5, 8, PERSON),))], CUTTER, 64, 1)
    batch = names.batch([0])
    marks = torch.zeros(*batch.ids.shape, len(MARKS))
    marks[0, 1, NONE] = marks[0, 2, MARKS.index("begin person")] = 20.0
    marks[0, 3:, 0] = 50.0

    assert float(names.loss(reading([[0.0] * 3], marks), batch)) < 1e-6
    assert float(names.loss(reading([[0.0] * 3], -marks), batch)) > 10


def test_draw_evens_out_sets_and_fills_the_pieces():
    rows = [pair(claim=f"tea {letter}", name="big") for letter in "abcdefghijklmnop"] + [pair(name="small")]
    claims = Claims(rows, CUTTER, 64)
    drawn = claims.draw(5000, seed=3)

    assert 0.9 * 5000 < sum(claims.size(place) + 2 for place in drawn) < 1.1 * 5000
    counts = np.bincount(drawn)
    assert counts[-1] > 1.5 * counts[0]


def test_plan_batches_places_of_like_length_within_the_budget():
    sizes = [3, 40, 5, 38, 4, 6]
    batches = plan(range(6), sizes.__getitem__, 96, seed=1)

    assert sorted(place for batch in batches for place in batch) == list(range(6))
    for batch in batches:
        assert len(batch) * width(max(sizes[place] for place in batch)) <= 96


def test_lay_pair_is_how_the_encoder_reads_a_pair(tmp_path):
    encoder = Encoder.load(tiny_encoder.make(tmp_path).folder)
    asked = pair(claim="we hold it", source="so the song " * 40)
    served = encoder._lay_pair(asked.claim, asked.source)
    trained = lay_pair(asked, encoder._cutter, SIZE)

    assert trained.ids.tolist() == served.ids.tolist()
    assert (trained.kinds == KINDS.index("claim")).sum() == served.claim + 2
    assert served.cut
