"""The recipe of the guard model on a tiny base: it learns, goes on where it was cut, and calibrates."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from guard.errors import GuardError
from guard.models.piece import Cutter
from guard.train import encoder
from guard.train.calibrate import LOST, cuts, fit, leave, scale, tables
from guard.train.calibrate import Outputs as Found
from guard.train.encoder import Stage, Trainer, mean, predict, vector_loss
from guard.train.encoder_corpus import UNKNOWN, YES
from guard.train.mapping import LABELS
from guard.train.pair import CONTRADICTED, SUPPORTED, Pair
from guard.train.pair_task import Claims
from guard.train.text_task import Texts
from tests.tiny_base import WORDS, tiny_base, tiny_samples

PAIRS = [
    pair
    for word in WORDS
    for pair in (
        Pair("good tea", f"{word} good tea", SUPPORTED, (), "set", "en", "train"),
        Pair("good river", f"{word} good tea", CONTRADICTED, ((5, 10),), "set", "en", "train"),
    )
] * 6

STAGES = (
    *(Stage({"texts": 60, "pairs": 3}, 512, 1e-2, 1e-2, fold) for fold in range(3)),
    Stage({"texts": 10, "pairs": 3}, 512, 1e-3, 1e-3),
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Small batches, steps large enough to learn from few, and one thread."""
    for name, value in {"SAVE_EVERY": 7, "FROZEN": 1, "LEAVE": 2, "VECTOR_WEIGHT": 0.5}.items():
        monkeypatch.setattr(encoder, name, value)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def trainer(folder, stages=STAGES, samples=None, base=None):
    base = base or tiny_base()
    cutter = Cutter(base.pieces, base.charsmap)
    tasks = [Texts(samples or tiny_samples(), cutter), Claims(PAIRS, cutter, 64)]
    return Trainer(tasks, base, folder, stages, torch.device("cpu"))


def test_trainer_learns_what_the_samples_say(tmp_path):
    made = trainer(tmp_path)
    assert made.run()

    for places, reading in predict(made, made.texts, range(len(made.samples))):
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
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = trainer(tmp_path / "a")
    whole.run()
    while not (cut := trainer(tmp_path / "b")).resume() or cut.step < cut.ends[-1]:
        until = cut.step + 21

        def stop(task, places, stage, cut=cut, until=until, learn=cut._learn):
            if cut.step >= until:
                raise KeyboardInterrupt
            return learn(task, places, stage)

        cut._learn = stop
        try:
            cut.run()
        except KeyboardInterrupt:
            assert (tmp_path / "b/checkpoint.pt").exists()

    assert cut.step == whole.step
    for name, weights in whole.network.state_dict().items():
        assert torch.allclose(weights, cut.network.state_dict()[name], atol=1e-4), name


def relabelled():
    samples = tiny_samples()
    return [replace(samples[0], targets=1 - samples[0].targets), *samples[1:]]


@pytest.mark.parametrize(
    "other",
    [
        {"stages": (*STAGES[:3], Stage({"texts": 11, "pairs": 3}, 512, 1e-3, 1e-3))},
        {"samples": tiny_samples(seed=1)},
        {"samples": relabelled()},
        {"base": tiny_base(seed=1)},
    ],
    ids=["plan", "rows", "truth", "base"],
)
def test_trainer_takes_up_no_other_run(tmp_path, other):
    trainer(tmp_path).save()

    with pytest.raises(GuardError, match=r"checkpoint\.pt: of a run with another plan.*--work"):
        trainer(tmp_path, **other).resume()
    assert trainer(tmp_path).resume()


def test_trainer_takes_up_no_other_seed(tmp_path, monkeypatch):
    trainer(tmp_path).save()
    monkeypatch.setattr(encoder, "SEED", 1)

    with pytest.raises(GuardError, match="of a run with another plan"):
        trainer(tmp_path).resume()


SHORT = tuple(replace(stage, batches={"texts": 2, "pairs": 1}) for stage in (*STAGES, STAGES[-1]))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:500]), "damaged"),
        (lambda path: path.write_bytes(bytes(byte ^ 85 for byte in path.read_bytes())), "damaged"),
        (lambda path: torch.save({"network": {}, "said": {}}, path), "of a run with another plan"),
    ],
    ids=["missing", "empty", "half", "flipped", "other"],
)
@pytest.mark.parametrize("name", ["stage1.pt", "checkpoint.pt"])
def test_trainer_says_which_file_stops_it(tmp_path, name, spoil, message):
    trainer(tmp_path, SHORT).run()
    spoil(tmp_path / name)
    again = trainer(tmp_path, SHORT)
    if name == "checkpoint.pt" and message == "missing":
        assert not again.resume()
        return

    with pytest.raises(GuardError, match=rf"{name}: {message}.*--work"):
        again.resume()
        again._folds(3)


def test_trainer_leaves_no_half_file_behind(tmp_path, monkeypatch):
    made = trainer(tmp_path)
    made.save()

    def full(state, path):
        path.write_bytes(b"half")
        raise RuntimeError("unexpected pos 64 vs 0\nmore")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(GuardError, match=r"checkpoint\.pt: cannot be written \(unexpected pos 64 vs 0\)"):
        made.save()
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert trainer(tmp_path).resume()


def test_trainer_cut_between_stages_goes_on_with_the_opinions(tmp_path):
    made = trainer(tmp_path, SHORT)
    made.run()
    made.step = made.ends[-2]
    made.save()
    again = trainer(tmp_path, SHORT)

    assert again.resume() and again.run()
    assert torch.equal(again.texts.told, made.texts.told)


def test_last_stage_starts_from_the_mean_of_those_before(tmp_path):
    made = trainer(tmp_path, (*STAGES[:3], Stage({"texts": 1}, 512, 0.0, 0.0)))
    made.run()
    ends = [torch.load(tmp_path / f"stage{number}.pt", weights_only=True)["network"] for number in range(3)]

    assert not torch.equal(ends[0]["support.judge.weight"], ends[1]["support.judge.weight"])
    for name, weights in made.network.state_dict().items():
        assert torch.allclose(weights, sum(end[name] for end in ends) / 3, atol=1e-5), name


def test_networks_give_opinions_of_what_they_have_not_read(tmp_path):
    made = trainer(tmp_path)
    made.run()
    texts = made.texts
    parts = [
        torch.load(tmp_path / f"stage{number}.pt", weights_only=True)["said"]["texts"] for number in range(3)
    ]

    trained = torch.tensor([sample.part == "train" for sample in made.samples])
    for number, said in enumerate(parts):
        assert ((said != 0).any(1) == (trained & torch.from_numpy(texts.folds == number))).all()
    truth = np.array([sample.targets[0] == YES for sample in made.samples])
    told = texts.told[:, 0].float().numpy()[trained]
    assert ((told > 0.5) == truth[trained]).mean() > 0.95


def test_stage_of_a_fold_does_not_draw_it(tmp_path):
    made = trainer(tmp_path)
    for number, stage in enumerate(STAGES):
        read = {place for name, places in made._plan(number) if name == "texts" for place in places}
        folds = {made.texts.folds[place] for place in read}
        assert folds == {0, 1, 2} - {stage.fold}
        assert {made.samples[place].part for place in read} == {"train"}
        assert len(made._plan(number)) == sum(stage.batches.values())


def test_mean_keeps_what_all_have_alike():
    ends = [{"a": torch.tensor([0.1]), "b": torch.tensor([number])} for number in (1.0, 2.0, 6.0)]

    assert torch.equal(mean(ends)["a"], torch.tensor([0.1]))
    assert mean(ends)["b"] == pytest.approx(3)


def test_trainer_stops_when_time_is_up_and_keeps_its_work(tmp_path):
    made = trainer(tmp_path)

    assert not made.run(seconds=0)
    assert made.step == 1
    assert trainer(tmp_path).resume()


def test_padding_changes_nothing_that_is_read(tmp_path):
    base, (first, second, *_) = tiny_base(), tiny_samples()
    texts = Texts([first, replace(second, text="hello good tea " * 6)], Cutter(base.pieces, base.charsmap))
    made = Trainer([texts], base, tmp_path, (), torch.device("cpu"))
    together, alone = (next(predict(made, texts, own))[1] for own in ([0, 1], [0]))

    assert texts.lengths[1] > 2 * texts.lengths[0]
    assert torch.allclose(together.gates[0], alone.gates[0], atol=1e-2)
    assert torch.allclose(together.vectors[0], alone.vectors[0], atol=1e-2)


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
