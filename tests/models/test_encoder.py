"""The encoder as it is served: reads all of any text, alone or among others; leaves early where it may."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import ModelError
from guard.models import artefact
from guard.models.artefact import Artefact
from guard.models.encoder import Encoder
from guard.models.session import WEIGHTS
from tests import tiny_encoder
from tests.tiny_encoder import FAMILIES, LABELS, TEXTS

DRIFT = 5e-3
"""How far a score may move when a text is judged among others: sums of 32-bit floats depend on how many rows
are computed together, and may tip the rounding of a state to eight bits."""

ODD = (
    "", " \n\t\u3000", "\x00", "a\x00b", "\ud800", "how \udfff to", "😀👨‍👩‍👧", "\u200b\u200d", "ﷺ", "Å",
    "ｆｕｌｌ", "\r\n", "\u202eabc", "a" * 3000, "西" * 3000, "😀" * 1500, "́" * 40,
)  # fmt: skip
MIXED = st.lists(st.sampled_from([*ODD[:13], "the ", "process", "请问", "ing", "."]), max_size=40).map(
    "".join
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_encoder.make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def encoder(tiny):
    return Encoder.load(tiny.folder, threads=1)


def scores(verdicts):
    return [verdict.score for verdict in verdicts]


@pytest.fixture(scope="module")
def fresh(tiny, encoder):
    """Gives the same model with nothing remembered."""
    read = artefact.load(tiny.folder / WEIGHTS)
    return lambda: Encoder(read, encoder._runner)


def test_judge_gives_a_verdict_per_label(encoder):
    verdicts = encoder.judge("how to kill a process")

    assert [verdict.label for verdict in verdicts] == LABELS == list(encoder.labels)
    assert all(0 < verdict.score < 1 for verdict in verdicts)
    assert {(verdict.start, verdict.end) for verdict in verdicts} == {(0, 21)}


def test_score_is_gate_times_label(tiny, encoder):
    import torch

    (batch,) = tiny_encoder.tensors(tiny.base, (TEXTS[3],))
    with torch.no_grad():
        reading = tiny.network(*batch)
    gates = reading.gates.sigmoid()[0, [0, 0, 0, 1, 1]]

    found = scores(encoder.judge(TEXTS[3]))

    assert found == pytest.approx((gates * reading.logits.sigmoid()[0]).tolist(), abs=0.1)


def test_kind_of_text_matters(encoder):
    assert scores(encoder.judge(TEXTS[0])) != scores(encoder.judge(TEXTS[0], "document"))

    with pytest.raises(ModelError, match="no kind of text 'ouput'; did you mean 'output'"):
        encoder.judge("a", "ouput")


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_judged_or_empty(encoder, text):
    verdicts = encoder.judge(text)

    assert len(verdicts) in (0, len(LABELS))
    assert bool(verdicts) == bool(text.strip()), "nothing to read, no verdict"
    assert all(0 <= verdict.start < verdict.end <= len(text) for verdict in verdicts)


@given(MIXED)
@settings(max_examples=30, deadline=None)
def test_any_text_is_judged_in_full(encoder, text):
    rows, _ = encoder._lay_out([text])

    if rows:
        assert rows[0].start == 0 and rows[-1].end == len(text)
        assert all(after.start <= row.end for row, after in itertools.pairwise(rows))


def test_long_text_is_judged_by_its_worst_window(encoder):
    harmless, worst = "the thing " * 400, "KILL! " * 12
    alone = [scores(encoder.judge(harmless)), scores(encoder.judge(harmless + worst + harmless))]
    text = harmless + worst + harmless
    found = encoder.judge(text)
    rows, _ = encoder._lay_out([text])
    spans = [(row.start, row.end) for row in rows]
    each = np.array([scores(encoder.judge(text[start:end])) for start, end in spans])

    assert len(rows) > 8 and alone[0] != alone[1]
    for number, verdict in enumerate(found):
        assert (verdict.start, verdict.end) in spans
        assert verdict.score == pytest.approx(each[:, number].max(), abs=0.05)


def test_neighbours_do_not_change_scores(encoder, fresh):
    texts = [*TEXTS, "b " * 300, *(f"text {number}" for number in range(20))]
    alone = [scores(fresh().judge(text)) for text in texts]
    together = [scores(found) for found in fresh().judge_all(texts, ["input"] * len(texts))]

    assert np.abs(np.array(alone) - np.array(together)).max() < DRIFT


def test_judge_all_keeps_order_and_repeats(encoder):
    texts = ["", TEXTS[1], "", TEXTS[0], TEXTS[1]]
    kinds = ["input", "output", "output", "document", "output"]
    found = encoder.judge_all(texts, kinds)

    assert [bool(verdicts) for verdicts in found] == [False, True, False, True, True]
    assert found[1] == found[4] == encoder.judge(TEXTS[1], "output")
    assert found[3] == encoder.judge(TEXTS[0], "document")
    assert encoder.judge_all([], []) == []


def test_text_is_read_once(encoder, fresh):
    counted = fresh()
    runner = counted._runner = Counted(encoder._runner)
    for _ in range(3):
        counted.judge("once", "output")
    counted.judge("once", "input")

    assert runner.texts == 2


class Counted:
    """A runner that counts the texts it is given."""

    def __init__(self, runner):
        self._runner, self.texts, self.gone_on = runner, 0, 0

    def first(self, words, mask, kinds):
        self.texts += len(words)
        return self._runner.first(words, mask, kinds)

    def rest(self, states, mask, rows):
        self.gone_on += len(rows)
        return self._runner.rest(states, mask, rows)


def test_threads_agree(encoder, fresh):
    shared = fresh()
    texts = [f"{text} {number}" for number in range(6) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shared.judge, texts))

    alone = [scores(fresh().judge(text)) for text in texts[:8]]
    assert np.abs(np.array([scores(verdicts) for verdicts in found[:8]]) - np.array(alone)).max() < DRIFT


def test_torch_agrees_with_onnxruntime(tiny, encoder):
    twin = Encoder.load(tiny.folder, device="cpu:0")
    texts, kinds = [*TEXTS, "b " * 300], ["input"] * 6 + ["document"]

    for ours, theirs in zip(encoder.judge_all(texts, kinds), twin.judge_all(texts, kinds), strict=True):
        assert scores(ours) == pytest.approx(scores(theirs), abs=0.05)
    assert (encoder.vectors(texts) * twin.vectors(texts)).sum(axis=1).min() > 0.995


@pytest.mark.parametrize("device", ["cuda:99", "nonsense"])
def test_missing_device_is_said(tiny, device):
    with pytest.raises(ModelError, match=f"no device '{device}' to run the guard model on"):
        Encoder.load(tiny.folder, device=device)


# Marks


def test_marks_are_the_networks_own_of_every_piece(tiny, encoder):
    import torch

    (batch,) = tiny_encoder.tensors(tiny.base, (TEXTS[3],))
    with torch.no_grad():
        wanted = tiny.network(*batch).marks[0, 1:-1, 1:].log_softmax(-1).numpy()
    (found,) = encoder.marks([TEXTS[3]])

    assert encoder.tags[:3] == ("none", "begin person", "inside person") and len(encoder.tags) == 9
    assert len(found.chances) == len(found.spans) > 10
    assert found.chances == pytest.approx(wanted[: len(found.chances)], abs=0.3)
    assert np.exp(found.chances).sum(axis=1) == pytest.approx(np.ones(len(found.chances)), abs=1e-5)


def test_marks_of_several_texts_are_those_of_each(encoder, fresh):
    texts = ["", TEXTS[0], "the process " * 300, " \n", "\ud800", TEXTS[1]]
    together = fresh().marks(texts)

    assert [len(found.spans) for found in together[:1]] == [0]
    for text, found in zip(texts, together, strict=True):
        (alone,) = fresh().marks([text])
        assert found.chances.shape == alone.chances.shape
        assert (found.spans == alone.spans).all()
        assert np.abs(found.chances - alone.chances).max(initial=0) < 0.1


def test_marks_are_the_same_before_and_after_judging(tiny):
    exits = {"exit": {"harm": 1.1, "injection": 1.1}}
    text = "the process " * 300
    first, runner = leaving(tiny, **exits)
    verdicts = first.judge(text)
    windows = runner.texts
    left = first.marks([text])[0]
    assert (runner.texts, runner.gone_on) == (windows, windows), "read on from the exit, not anew"

    second, runner = leaving(tiny, **exits)
    whole = second.marks([text])[0]
    assert scores(second.judge(text)) == pytest.approx(scores(verdicts), abs=DRIFT)
    assert (runner.texts, runner.gone_on) == (windows, windows)
    assert np.abs(left.chances - whole.chances).max() < 0.1


def test_judging_after_marks_uses_what_the_whole_network_said(tiny):
    encoder, runner = leaving(tiny)
    encoder.marks([TEXTS[0]])
    found = encoder.judge(TEXTS[0])

    assert runner.texts == runner.gone_on == 1
    assert scores(found) == pytest.approx(scores(leaving(tiny)[0].judge(TEXTS[0])), abs=DRIFT)


def test_window_of_another_kind_of_text_is_read_by_itself(tiny):
    encoder, runner = leaving(tiny)
    encoder.judge(TEXTS[0], "output")
    encoder.marks([TEXTS[0]], "input")
    encoder.marks([TEXTS[0]], "output")

    assert runner.texts == runner.gone_on == 2


# Vectors


def test_vectors_are_unit_or_zero(encoder):
    found = encoder.vectors([TEXTS[0], "", "b " * 900, TEXTS[0], "\ud800"])

    assert found.shape == (5, tiny_encoder.HIDDEN) and found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1, 1, 1], abs=1e-5)
    assert found[0] == pytest.approx(found[3], abs=DRIFT)
    assert encoder.vectors([]).shape == (0, tiny_encoder.HIDDEN)


def test_vector_of_a_long_text_is_the_mean_of_its_windows(encoder):
    text = "the process " * 120 + "请问西湖在哪" * 40
    rows, _ = encoder._lay_out([text])
    parts = encoder.vectors([text[row.start : row.end] for row in rows]).sum(axis=0)

    assert len(rows) > 2
    assert encoder.vectors([text])[0] @ parts / np.linalg.norm(parts) > 0.99


# Leaving early


def leaving(tiny, **about):
    """The model with another description."""
    read = artefact.load(tiny.folder / WEIGHTS)
    encoder = Encoder.load(tiny.folder, threads=1)
    made = Encoder(Artefact(read.arrays, {**read.about, **about}), Counted(encoder._runner))
    return made, made._runner


def test_nothing_leaves_without_cuts(tiny):
    encoder, runner = leaving(tiny)
    encoder.judge_all(TEXTS, ["input"] * len(TEXTS))

    assert runner.gone_on == runner.texts == len(TEXTS)


def test_window_leaves_only_when_all_families_allow(tiny):
    encoder, runner = leaving(tiny, exit={"harm": 1.1, "injection": 0.0})
    encoder.judge(TEXTS[0])

    assert runner.gone_on == 1


def test_all_leave_below_the_cuts_unless_asked_not_to(tiny):
    exits = {"exit": {"harm": 1.1, "injection": 1.1}}
    encoder, runner = leaving(tiny, **exits)
    left = encoder.judge(TEXTS[0])

    assert runner.gone_on == 0
    assert len({verdict.score for verdict in left}) == len(FAMILIES)
    assert scores(encoder.judge(TEXTS[0], leave=False)) == pytest.approx(
        scores(leaving(tiny)[0].judge(TEXTS[0])), abs=DRIFT
    )
    assert runner.gone_on == 1


def test_what_leaves_stays_below_every_stored_threshold(tiny):
    cuts = {label: {"1%": 0.02, "5%": 0.01} for label in LABELS[:2]}
    encoder, _ = leaving(tiny, exit={"harm": 1.1, "injection": 1.1}, thresholds=cuts)
    found = scores(encoder.judge(TEXTS[0]))

    assert max(found[:2]) < 0.01
    assert encoder.thresholds(LABELS[0]) == {"1%": 0.02, "5%": 0.01}
    assert encoder.thresholds(LABELS[4]) == {}


def test_only_innocent_windows_of_a_batch_leave(tiny):
    plain, _ = leaving(tiny)
    texts = [f"{text} {number}" for number in range(4) for text in TEXTS]
    wanted = plain.judge_all(texts, ["input"] * len(texts))
    rows, _ = plain._lay_out(texts)
    early = {}
    for batch in tiny_encoder.batches([row.ids for row in rows]):
        chances = 1 / (1 + np.exp(-plain._first(batch, np.zeros(len(rows), np.int64))[1]))
        early |= dict(zip(batch.numbers.tolist(), chances, strict=True))
    cuts = np.median(np.stack(list(early.values())), axis=0) * 1.0001
    encoder, runner = leaving(tiny, exit=dict(zip(FAMILIES, cuts.tolist(), strict=True)))
    found = encoder.judge_all(texts, ["input"] * len(texts))
    stays = [bool((early[number] >= cuts).any()) for number in range(len(texts))]

    assert 0 < sum(stays) == runner.gone_on < len(texts)
    for stay, ours, whole, number in zip(stays, found, wanted, range(len(texts)), strict=True):
        expected = scores(whole) if stay else early[number][[0, 0, 0, 1, 1]].tolist()
        assert scores(ours) == pytest.approx(expected, abs=DRIFT)


# Calibration and description


def test_scores_are_calibrated_by_writing(tmp_path):
    known = np.tile(np.linspace(0, 1, 3, dtype=np.float32), (3, len(LABELS), 1))
    right = known.copy()
    right[0] = 0.125
    tiny = tiny_encoder.make(
        tmp_path,
        {"groups": ["han", "latin", "other"], "languages": {"harm": ["en", "zh"]}},
        **{"calibration.x": known, "calibration.y": right},
    )
    encoder = Encoder.load(tiny.folder, threads=1)

    assert scores(encoder.judge("请问西湖在哪")) == [0.125] * len(LABELS)
    assert len(set(scores(encoder.judge("how to kill")))) == len(LABELS)
    assert encoder.languages("harm") == ("en", "zh") and encoder.languages("injection") == ()


# Files


def test_missing_model_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"encoder\.safetensors: cannot be read as a model"):
        Encoder.load(tmp_path)


def test_damaged_weights_are_refused(tmp_path):
    path = tiny_encoder.make(tmp_path).folder / WEIGHTS
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)

    with pytest.raises(ModelError, match="do not match their checksum"):
        Encoder.load(tmp_path)


def test_another_kind_of_model_is_refused(tmp_path):
    artefact.save(tmp_path / WEIGHTS, Artefact({"a": np.zeros(3)}, {"labels": []}))

    with pytest.raises(ModelError, match=r"encoder\.safetensors: no encoder"):
        Encoder.load(tmp_path, device="cpu:0")


def test_weights_are_mapped_not_read(tiny):
    words = Encoder.load(tiny.folder)._words

    assert not words.flags.owndata and not words.flags.writeable


def test_folder_may_be_anywhere(tmp_path, monkeypatch):
    tiny = tiny_encoder.make(tmp_path / "模型 folder")
    monkeypatch.chdir(Path("/"))

    assert Encoder.load(tiny.folder, threads=1).judge("a")
