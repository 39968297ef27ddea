"""Thresholds: fixed on rows that are not reported on, by form and language."""

import numpy as np
import pytest

from guard.evaluate import threshold
from guard.evaluate.backend import Backend, Scorer
from guard.evaluate.sample import Sample


def backend(judge, name="fake"):
    """A model with one label of `harm` whose scores are `judge(text)`."""
    return Backend(
        name,
        ("harm.toxic",),
        lambda texts, kinds: np.array([[judge(text)] for text in texts]),
        lambda family: (),
        "mark",
    )


def sample(scores, truth, *, name="olid", lang="en", form="post"):
    """A sample whose texts are its scores."""
    texts = tuple(map(str, scores))
    return Sample(name, lang, form, texts, ("input",) * len(texts), np.array(truth, dtype=bool))


def fix(*samples):
    return threshold.fix(Scorer(backend(float)), "harm", samples)


@pytest.mark.parametrize(
    ("scores", "truth", "cut"),
    [
        ([0.1, 0.2, 0.8, 0.9], [False, False, True, True], 0.5),
        ([0.1, 0.3, 0.5, 0.9], [False, True, True, True], 0.2),
        ([0.5, 0.5], [False, True], threshold.DEFAULT),
    ],
)
def test_best_lies_between_two_scores(scores, truth, cut):
    assert threshold.best([(np.array(truth), np.array(scores))]) == pytest.approx(cut)


def test_best_counts_every_set_alike():
    large = np.repeat([False, True], 500), np.repeat([0.1, 0.3], 500)
    small = np.array([False, True]), np.array([0.2, 0.9])

    assert threshold.best([large, small]) == pytest.approx(0.25)


def test_best_finds_the_highest_macro_f1():
    from guard.evaluate.metric import macro_f1

    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.4
    scores = truth * 0.4 + rng.random(200)
    cut = threshold.best([(truth, scores)])

    assert macro_f1(truth, scores, cut) == max(macro_f1(truth, scores, other) for other in scores)


def test_fix_chooses_by_form_and_group_of_languages():
    cuts = fix(
        sample([0.1, 0.3], [False, True]),
        sample([0.1, 0.7], [False, True], name="cold_train_dev", lang="zh"),
        sample([0.5, 0.9], [False, True], name="saferlhf_test", form="response"),
    )

    assert cuts.at("post", "en") == pytest.approx(0.2)
    assert cuts.at("post", "zh") == pytest.approx(0.4)
    assert cuts.at("response", "en") == pytest.approx(0.7)
    assert cuts.at("response", "fr") == cuts.at("response", "en")  # no set in it: that of the form
    assert cuts.sets["post", "en"] == 1


def test_fix_joins_sets_of_one_kind():
    cuts = fix(
        sample([0.6, 0.8], [True, True], name="strongreject", form="prompt"),
        sample([0.1, 0.2], [False, False], name="alpaca_demo_en", form="prompt"),
    )

    assert cuts.at("prompt", "en") == pytest.approx(0.4)


def test_fix_strict_lets_everyday_prompts_through():
    cuts = fix(sample([0.1] * 999 + [0.9], [False] * 1000, name="alpaca_demo_en", form="prompt"))

    assert 0.1 < cuts.strict < 0.9


def test_fix_without_rows_falls_back():
    cuts = fix(sample([], []))

    assert (cuts.strict, cuts.at("post", "en")) == (threshold.DEFAULT, threshold.DEFAULT)
