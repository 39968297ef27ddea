"""Claims and names as the network learns them: laid out as numbers, drawn, and judged by their loss."""

import numpy as np
import pytest
import torch

from guard.models.encoder import Encoder
from guard.models.piece import BEGIN, END, PAD, Cutter
from guard.models.window import SIZE
from guard.train.encoder_corpus import UNKNOWN, YES
from guard.train.mapping import HARM, LABELS
from guard.train.name_maker import ORGANISATION, PERSON, Marked
from guard.train.name_task import NONE, Names, lay_names
from guard.train.network import KINDS, MARKS, Reading
from guard.train.pair import CONTRADICTED, SUPPORTED, UNSUPPORTED, WRONG, Pair
from guard.train.pair_task import Claims, lay_pair
from guard.train.task import UNSAID, plan, width
from guard.train.text_task import family_targets, loss_of, mixed, truth_of
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
    names = Names([Marked("good tea", ((5, 8, PERSON),))], CUTTER, 1, 64)
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


def test_draw_leaves_out_a_fold_and_bounds_how_often_a_row_is_read():
    rows = [pair(claim=f"tea {letter}", source=f"good {letter}") for letter in "abcdefghijklmnop"]
    claims = Claims([*rows, pair(name="small")], CUTTER, 64)
    fold = claims.folds[0]
    drawn = claims.draw(5000, seed=3, without=fold)

    assert 0 not in drawn
    assert {claims.folds[place] for place in drawn} == {0, 1, 2} - {fold}
    counts = np.bincount(drawn)
    assert counts.max() <= 3 * 5000 / claims.lengths[claims.folds != fold].sum() + 1


def test_rows_made_with_their_truth_lie_in_no_fold():
    claims = Claims([pair(name="written/tea"), pair(name="generated/date"), pair()], CUTTER, 64)

    assert claims.folds.tolist()[:2] == [-1, -1]
    assert claims.folds[2] in (0, 1, 2)


def test_batch_pads_rows_to_one_width():
    claims = Claims([pair(), pair(source="tea " * 20)], CUTTER, 64)
    batch = claims.batch([0, 1])

    assert batch.ids.shape[1] % 8 == 0
    assert batch.mask.sum(1).tolist() == claims.lengths.tolist()
    assert (batch.ids[~batch.mask] == PAD).all()
    assert (batch.marks[~batch.mask] == UNSAID).all()


def test_a_second_opinion_moves_a_doubtful_truth():
    claims = Claims([pair(truth=SUPPORTED, spans=()), pair(truth=SUPPORTED, spans=(), name="written/x")],
                    CUTTER, 64)  # fmt: skip
    batch = claims.batch([0, 1])
    marks = torch.full((*batch.ids.shape, len(MARKS)), -9.0)
    claims.told = torch.tensor([[0.0, 1.0, 0.0]] * 2)
    says_no, says_yes = ([[0.0, 3.0, 0.0]] * 2, [[3.0, 0.0, 0.0]] * 2)

    def loss(support, row, taught=True):
        part = claims.batch([row])
        return float(claims.loss(reading(support[:1], marks[:1]), part, taught=taught))

    assert loss(says_no, 0) == pytest.approx(loss(says_yes, 0), abs=1e-4), "label and opinion weigh alike"
    assert loss(says_no, 0, taught=False) > loss(says_yes, 0, taught=False) + 1
    assert loss(says_no, 1) > loss(says_yes, 1) + 1, "a truth written with its row is not doubted"


def test_mixed_fills_what_is_not_known_and_moves_what_is():
    truth = truth_of(torch.tensor([[YES, 0, UNKNOWN]]))
    found = mixed(truth, torch.tensor([[0.2, 0.2, 0.2]]), torch.tensor([[0.5]]))

    assert found.wanted.tolist() == [[pytest.approx(0.6), pytest.approx(0.1), pytest.approx(0.2)]]
    assert found.counts.tolist() == [[1.0, 1.0, 0.5]]


def test_family_targets_are_known_where_any_label_is_or_all_are_denied():
    targets = torch.full((3, len(LABELS)), UNKNOWN)
    targets[0, 3] = YES
    targets[1, : len(HARM)] = 0
    targets[2, 2] = 0

    assert family_targets(targets).tolist() == [[1, UNKNOWN], [0, UNKNOWN], [UNKNOWN, UNKNOWN]]


def test_loss_of_texts_ignores_what_is_unknown():
    unknown = torch.full((8, len(LABELS)), UNKNOWN)
    gates = torch.full((8, 2), UNKNOWN)
    found = Reading(
        torch.randn(8, len(LABELS)), torch.randn(8, 2), torch.randn(8, 2), torch.zeros(8, 4),
        *torch.zeros(2, 8),
    )  # fmt: skip

    assert float(loss_of(found, truth_of(unknown), truth_of(gates))) == 0
