"""The door to the models: every text scored once, and remembered."""

import numpy as np
import pytest

from guard.errors import ModelError
from guard.evaluate import backend
from guard.evaluate.backend import Backend, Scorer


class Counter:
    """A model with three labels that counts what it is given."""

    labels = ("harm.toxic", "harm.political_sensitive", "injection.direct")

    def __init__(self):
        self.seen = []

    def judge(self, texts, kinds):
        self.seen += zip(texts, kinds, strict=True)
        return np.array([[len(text) / 10, 0.9, 0.2] for text in texts])

    def backend(self):
        return Backend("counter", self.labels, self.judge, lambda family: ("en",), "mark")


def test_scorer_gives_the_highest_of_the_family():
    scorer = Scorer(Counter().backend())

    assert scorer.scores("harm", ["ab", "abcd"], ["input"] * 2).tolist() == pytest.approx([0.2, 0.4])
    assert scorer.scores("injection", ["ab"], ["input"]).tolist() == pytest.approx([0.2])


def test_scorer_judges_a_text_of_a_kind_once():
    counter = Counter()
    scorer = Scorer(counter.backend())
    scorer.scores("harm", ["a", "b", "a"], ["input"] * 3)
    scorer.scores("injection", ["a", "b"], ["input", "output"])

    assert sorted(counter.seen) == [("a", "input"), ("b", "input"), ("b", "output")]


def test_scorer_keeps_the_order_of_the_texts():
    texts = [str(number) * (40 - number) for number in range(10, 30)]
    found = Scorer(Counter().backend()).all_scores(texts, ["input"] * len(texts))[:, 0]

    assert found.tolist() == pytest.approx([len(text) / 10 for text in texts])


def test_scorer_remembers_from_run_to_run(tmp_path):
    texts, kinds = ["ab", "\ud800", "甲\0"], ["input", "output", "document"]
    first = Scorer(Counter().backend(), tmp_path / "cache").all_scores(texts, kinds)
    counter = Counter()
    again = Scorer(counter.backend(), tmp_path / "cache").all_scores(texts, kinds)

    assert counter.seen == []
    assert again.tolist() == first.tolist()


def test_scorer_takes_nothing():
    assert Scorer(Counter().backend()).scores("harm", [], []).shape == (0,)


def test_classical_scores_as_the_model_does():
    from guard.models.ngram import shipped

    found = Scorer(backend.classical()).all_scores(["I want to kill myself tonight."], ["input"])

    assert found[0] == pytest.approx(shipped().scores(["I want to kill myself tonight."])[0], abs=1e-6)


def test_covered_is_asked_of_the_first_model():
    assert backend.covered([Scorer(Counter().backend())], "harm", "en")
    assert not backend.covered([Scorer(Counter().backend())], "harm", "fr")


def test_encoder_in_a_folder_scores_as_the_model_does(tmp_path):
    from guard.models.encoder import Encoder
    from tests.tiny_encoder import TEXTS, make

    folder = make(
        tmp_path, {"thresholds": {"harm.general": {"1%": 0.7}}, "exit": {"harm": 1.0, "injection": 1.0}}
    ).folder
    texts, kinds = ["", *TEXTS], ["output"] * (1 + len(TEXTS))
    quick, whole = backend.encoder(folder), backend.encoder(folder, whole=True)
    found = Scorer(whole).all_scores(texts, kinds)
    said = Encoder.load(folder).judge_all(texts, kinds, leave=False)

    assert found[0].tolist() == [0.0] * len(whole.labels)
    assert found[1:] == pytest.approx(
        np.array([[verdict.score for verdict in verdicts] for verdicts in said[1:]]), abs=5e-3
    )
    assert not np.allclose(Scorer(quick).all_scores(texts, kinds), found)  # every text takes the exit
    assert whole.thresholds("harm.general") == {"1%": 0.7}
    assert quick.mark != whole.mark


def test_encoder_missing_is_one_clear_error(tmp_path):
    with pytest.raises(ModelError):
        backend.encoder(tmp_path)
