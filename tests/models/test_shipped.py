"""The shipped encoder: one pass for a whole policy, small files, weights that hold on any processor."""

import json

import numpy as np
import pytest

from guard.models.accelerator import Accelerator
from guard.models.artefact import DATA, load
from guard.models.encoder import Encoder, shipped
from guard.models.matrix import TOP
from guard.models.session import WEIGHTS
from guard.pipeline.guard import Guard
from guard.policy.shipped import shipped_set

MOST_BYTES = 70_000_000
DRIFT, MEAN_DRIFT = 0.1, 0.01
"""How far a score may be from that of torch, which keeps states in 32 bits."""

MESSAGE = {
    "en": "Please turn these meeting notes into three bullet points with an owner and a date. ",
    "zh": "请帮我把这份会议纪要整理成三条要点，并注明负责人和截止日期。",
}
NAMES = {
    "version": 1,
    "id": "names",
    "extends": "default",
    "rules": [
        {"id": "name", "filter": "pii", "stages": ["input", "output"], "action": "redact"}
        | {"labels": ["pii.person"], "options": {"names": True}}
    ],
}
LONGEST = 300
"""Characters of a text that is read by both."""


class Counting:
    """A runner that notes how many windows pass each half of the network at a time."""

    def __init__(self, runner):
        self._runner, self.first_rows, self.rest_rows = runner, [], []

    def first(self, words, mask, kinds):
        self.first_rows.append(len(mask))
        return self._runner.first(words, mask, kinds)

    def rest(self, states, mask, rows):
        self.rest_rows.append(len(rows))
        return self._runner.rest(states, mask, rows)


@pytest.fixture
def runner(monkeypatch):
    encoder = shipped()
    counting = Counting(encoder._runner)
    monkeypatch.setattr(encoder, "_runner", counting)
    return counting


@pytest.mark.parametrize(("policy", "rest"), [("default", ([], [1])), (NAMES, ([1],))])
@pytest.mark.parametrize("lang", MESSAGE)
@pytest.mark.parametrize("stage", ["input", "output"])
def test_whole_policy_takes_one_pass(runner, policy, rest, lang, stage):
    text = f"{len(rest)} {stage} {MESSAGE[lang] * 11}"
    assert 180 < len(shipped()._cutter.cut(text).ids) < 250

    Guard(policy).check(text, stage=stage)

    assert runner.first_rows == [1]
    assert runner.rest_rows in rest


def texts(count):
    rows = [
        json.loads(line)
        for name in ("must_block", "must_pass")
        for line in shipped_set(name).read_text(encoding="utf-8").splitlines()[::3][:count]
    ]
    return [row["text"][:LONGEST] for row in rows]


def test_shipped_files_are_small():
    assert sum(path.stat().st_size for path in DATA.iterdir()) < MOST_BYTES


def test_shipped_matrices_cannot_overflow_sixteen_bits():
    matrices = [array for array in load(DATA / WEIGHTS).arrays.values() if array.dtype == np.int8]

    assert matrices
    assert max(int(np.abs(array.astype(int)).max()) for array in matrices) <= TOP


def test_shipped_scores_are_those_of_torch():
    artefact = load(DATA / WEIGHTS)
    asked = texts(20)
    kinds = ["input"] * len(asked)
    served, wanted = (
        np.array([[verdict.score for verdict in row] for row in one.judge_all(asked, kinds, leave=False)])
        for one in (Encoder.load(DATA), Encoder(artefact, Accelerator(artefact, "cpu")))
    )

    assert len(served) == 40
    assert np.abs(served - wanted).max() < DRIFT
    assert np.abs(served - wanted).mean() < MEAN_DRIFT
