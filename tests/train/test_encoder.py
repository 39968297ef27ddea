"""The recipe of the guard model on a tiny base: it learns, goes on where it was cut, and calibrates."""

import numpy as np
import pytest
import torch

from guard.models.piece import Cutter
from guard.train import encoder
from guard.train.calibrate import LOST, cuts, fit, leave, scale, tables
from guard.train.calibrate import Outputs as Found
from guard.train.encoder import (
    Stage,
    Trainer,
    batch_of,
    cut,
    draw,
    family_targets,
    loss_of,
    predict,
    vector_loss,
)
from guard.train.encoder_corpus import UNKNOWN, YES
from guard.train.mapping import HARM, LABELS
from guard.train.network import Reading
from guard.train.pair import CONTRADICTED, SUPPORTED, Pair
from guard.train.task import Claims, plan
from tests.tiny_base import tiny_base, tiny_samples

PAIRS = [
    Pair("good tea", "hello good tea", SUPPORTED, (), "set", "en", "train"),
    Pair("good river", "hello good tea", CONTRADICTED, ((5, 10),), "set", "en", "train"),
] * 40


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A short plan of small batches, steps large enough to learn from it, and one thread."""
    settings = {"SAVE_EVERY": 7, "MOST_TIMES": 1000.0, "FROZEN": 1, "LEAVE": 2}
    settings["AVERAGED"] = (0.3, 0.7)
    settings["STAGES"] = (
        Stage(30_000, 55, 1e-2, 1e-2, {}, batch=512, frozen=1),
        Stage(6_000, 5, 1e-3, 1e-3, {}, {"pairs": 3}, 512, frozen=1, taught=True),
    )
    for name, value in settings.items():
        monkeypatch.setattr(encoder, name, value)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def trainer(folder):
    base, samples = tiny_base(), tiny_samples()
    claims = Claims(PAIRS, Cutter(base.pieces, base.charsmap), 64)
    return Trainer(samples, cut(samples, base), base, folder, [claims])


def test_trainer_learns_what_the_samples_say(tmp_path):
    made = trainer(tmp_path)
    assert made.run()

    for places, reading in predict(made, range(len(made.samples))):
        truth = np.array([made.samples[place].targets[0] == YES for place in places])
        assert ((reading.gates[:, 0].numpy() > 0) == truth).mean() > 0.95
        assert ((reading.early[:, 0].numpy() > 0) == truth).mean() > 0.9


def test_trainer_leaves_the_lowest_layers_alone(tmp_path):
    made = trainer(tmp_path)
    made.run()

    for name, before in made.base.named_parameters():
        after = made.network.get_parameter(name)
        if name.startswith(("position", "norm.", "layers.0.")):
            assert torch.equal(before, after), name
        if name in ("layers.1.qkv.weight", "layers.3.down.weight", "kind"):
            assert not torch.equal(before, after), name


def test_trainer_goes_on_where_it_was_cut(tmp_path):
    whole = trainer(tmp_path / "a")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole.run()
    first = trainer(tmp_path / "b")
    first.batches = first.batches[:14]
    first.run()
    again = trainer(tmp_path / "b")

    assert not trainer(tmp_path).resume()
    assert again.resume()
    assert again.step == 14
    assert len(again.batches) == len(whole.batches)


def test_trainer_ends_with_the_mean_of_its_stages(tmp_path):
    share = encoder.AVERAGED[0] / sum(encoder.AVERAGED)
    made = trainer(tmp_path)
    made.run()
    first, second = (torch.load(tmp_path / f"stage{number}.pt", weights_only=True) for number in (0, 1))

    assert not torch.equal(first["support.judge.weight"], second["support.judge.weight"])
    for name, weights in made.network.state_dict().items():
        assert torch.allclose(weights, first[name] * share + second[name] * (1 - share), atol=1e-5), name


def test_trainer_stops_when_time_is_up_and_keeps_its_work(tmp_path):
    made = trainer(tmp_path)

    assert not made.run(seconds=0)
    assert made.step == 1
    assert trainer(tmp_path).resume()


def test_draw_takes_only_training_samples_and_evens_out_cells():
    samples = tiny_samples()
    stage = Stage(3000, 9, 0.1, 0.1, {"set0": 0.0})
    order = draw(samples, cut(samples, tiny_base()), stage, seed=1)

    assert {samples[place].part for place in order} == {"train"}
    assert {samples[place].source for place in order} == {"set1", "set2"}
    assert (np.sort(order) == np.sort(draw(samples, cut(samples, tiny_base()), stage, seed=1))).all()
    size = sum(cut(samples, tiny_base()).size(place) + 2 for place in order)
    assert 0.85 * 3000 < size < 1.15 * 3000


def test_plan_holds_every_place_once_within_the_budget():
    samples = tiny_samples()
    cuts_ = cut(samples, tiny_base())
    batches = plan(np.arange(len(samples)), cuts_.size, 512, seed=2)

    assert sorted(place for batch in batches for place in batch) == list(range(len(samples)))
    for batch in batches:
        assert batch_of(batch, samples, cuts_).ids.numel() <= 512


def test_family_targets_are_known_where_any_label_is_or_all_are_denied():
    targets = torch.full((3, len(LABELS)), UNKNOWN)
    targets[0, 3] = YES
    targets[1, : len(HARM)] = 0
    targets[2, 2] = 0

    assert family_targets(targets).tolist() == [[1, UNKNOWN], [0, UNKNOWN], [UNKNOWN, UNKNOWN]]


def test_loss_ignores_what_is_unknown():
    samples = tiny_samples(8)
    batch = batch_of(range(8), samples, cut(samples, tiny_base()))
    batch.targets[:] = UNKNOWN
    batch.gates[:] = UNKNOWN
    reading = Reading(
        torch.randn(8, len(LABELS)),
        torch.randn(8, 2),
        torch.randn(8, 2),
        torch.zeros(8, 4),
        *torch.zeros(2, 8),
    )

    assert float(loss_of(reading, batch)) == 0


def test_vector_loss_is_least_where_vectors_stayed():
    vectors = torch.nn.functional.normalize(
        torch.randn(6, 8, generator=torch.Generator().manual_seed(1)), dim=1
    )

    assert float(vector_loss(vectors, vectors)) == pytest.approx(0, abs=1e-6)
    assert float(vector_loss(vectors.roll(1, 0), vectors)) > 0.1


def test_fit_gives_thresholds_and_rising_tables(tmp_path):
    made = trainer(tmp_path)
    made.run()
    calibration = fit(made)

    assert calibration.x.shape == calibration.y.shape
    assert (np.diff(calibration.y, axis=-1) >= 0).all()
    for found in calibration.thresholds.values():
        assert found["0.1%"] >= found["1%"] >= found["5%"]
    assert set(calibration.exit) == {"harm", "injection"}


def test_scale_mends_scores_that_are_too_sure():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, 4000)
    truth = rng.random(4000) < 1 / (1 + np.exp(-logits))
    too_sure = 1 / (1 + np.exp(-3 * logits - 1))

    slope, shift = scale(too_sure, truth, np.ones(4000), least=10)

    assert slope == pytest.approx(1 / 3, abs=0.04)
    assert shift == pytest.approx(-1 / 3, abs=0.1)


def test_scale_leaves_alone_what_it_cannot_tell():
    scores = np.linspace(0.1, 0.9, 100)

    assert scale(scores, np.arange(100) < 3, np.ones(100), least=10) is None
    assert scale(scores, scores < 0.5, np.ones(100), least=10) is None


def test_tables_of_a_label_without_samples_change_nothing():
    labels = np.full((20, len(LABELS)), 0.5)
    targets = np.full((20, len(LABELS)), UNKNOWN)
    x, y = tables(labels, targets, np.zeros(20, int), np.ones(20))

    assert (x == y).all()


def test_cuts_are_reached_by_no_more_than_their_share():
    scores = np.linspace(0, 1, 1001)
    found = cuts(scores)

    assert (scores >= found["1%"]).mean() <= 0.01
    assert (scores >= found["5%"]).mean() <= 0.05


def test_leave_loses_next_to_nothing_that_is_found():
    rng = np.random.default_rng(4)
    families = np.ones((5000, 2))
    early = rng.random((5000, 2))
    targets = np.ones((5000, len(LABELS)))

    for number, cut_off in enumerate(
        leave(Found(np.ones((5000, len(LABELS))), families, early), targets).values()
    ):
        assert (early[:, number] < cut_off).mean() <= LOST
