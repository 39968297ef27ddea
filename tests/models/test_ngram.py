"""The n-gram model: features of any text, windows that cover it, scores that do not depend on company."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import ModelError
from guard.models import artefact
from guard.models.artefact import Artefact
from guard.models.ngram import (
    BUCKETS,
    NGRAMS,
    OVERLAP,
    WINDOW,
    NgramModel,
    features,
    judge,
    normalise,
    shipped,
    windows_of,
)

ANY_TEXT = st.text(st.characters(), max_size=60)


def random_model(heads=2, seed=0):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(BUCKETS, heads)).astype(np.float16)
    idf = rng.uniform(1, 9, BUCKETS).astype(np.float16)
    about = {"labels": [f"harm.{number}" for number in range(heads)]}
    return NgramModel(weights, idf, np.tile([0.5, -0.2], (2, heads, 1)), about)


MODEL = random_model()


def dictionary(text):
    """The features of one text, as bucket and count, made the slow way from the public ones."""
    found = {}
    for _, _, buckets, values in features([text]):
        found |= dict(zip(buckets.tolist(), np.exp(values - 1).round().astype(int).tolist(), strict=True))
    return found


def naive_size(text):
    """How many different n-grams, words and word pairs a text without any punctuation has."""
    plain = normalise(text)
    grams = {plain[start : start + size] for size in NGRAMS for start in range(len(plain) - size + 1)}
    words = plain.split()
    return len(grams) + len(set(words)) + len(set(itertools.pairwise(words)))


@pytest.mark.parametrize("text", ["a", "the cat sat on the mat", "aaaa aaaa aaaa", "kill the process"])
def test_features_are_all_ngrams_words_and_pairs(text):
    assert len(dictionary(text)) == naive_size(text)


def test_features_count_repetitions():
    assert max(dictionary("ha ha ha").values()) == 4  # the spaces, those at both ends included


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello  World", "hello world"),
        ("ＨＥＬＬＯ world", "hello world"),
        ("call 123", "call 456"),
        ("a\n\tb", "a b"),
    ],
)
def test_normalise_makes_equal(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("length", [0, 1, OVERLAP, WINDOW, WINDOW + 1, 2 * WINDOW, 5 * WINDOW + 123])
def test_windows_cover_the_text_and_overlap(length):
    spans = list(windows_of("x" * length))
    covered = {place for start, end in spans for place in range(start, end)}

    assert covered == set(range(length))
    assert all(end - start <= WINDOW for start, end in spans)
    assert all(after[0] <= before[1] - OVERLAP for before, after in itertools.pairwise(spans))


def test_scores_of_nothing_are_zero():
    assert MODEL.scores([]).shape == (0, 2)
    assert MODEL.scores(["", " \n\t "]).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert MODEL.verdicts("") == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_scores_do_not_depend_on_the_other_texts(texts):
    together = MODEL.scores(texts)
    alone = np.concatenate([MODEL.scores([text]) for text in texts])

    assert np.allclose(together, alone, atol=1e-6)
    assert ((together >= 0) & (together <= 1)).all()


@pytest.mark.parametrize(
    "text", ["\ud800", "a\0b", "\U0010ffff" * 3, "ﷺ" * 400, "👩‍👩‍👧" * 300, "\u0301" * 2000]
)
def test_scores_take_odd_characters(text):
    assert np.isfinite(MODEL.scores([text])).all()


def test_long_text_is_neither_cut_nor_diluted():
    hidden = "I want to kill myself tonight."
    padding = "The garden was full of flowers and the sun was shining on the lake. " * 100
    model = shipped()
    place = model.labels.index("harm.self_harm")
    plain, buried = model.scores([padding, f"{padding}{hidden} {padding}"])[:, place]
    verdict = model.verdicts(f"{padding}{hidden} {padding}")[place]

    assert buried > plain
    assert verdict.start <= len(padding) < verdict.end
    assert verdict.score == pytest.approx(buried)


def test_verdicts_of_a_short_text_cover_it():
    assert {(verdict.start, verdict.end) for verdict in MODEL.verdicts("hello")} == {(0, 5)}
    assert [verdict.label for verdict in MODEL.verdicts("hello")] == ["harm.0", "harm.1"]


def test_model_round_trip(tmp_path):
    path = tmp_path / "model.safetensors"
    artefact.save(path, MODEL.artefact())

    assert NgramModel.load(path).scores(["杀死一个进程"]).tolist() == MODEL.scores(["杀死一个进程"]).tolist()


def test_model_of_another_shape_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    artefact.save(path, Artefact({"weights": np.zeros(3)}, {}))

    with pytest.raises(ModelError, match="has no array 'idf'"):
        NgramModel.load(path)
    with pytest.raises(ModelError, match="do not fit 1 labels"):
        NgramModel(np.zeros((4, 1)), np.zeros(4), np.zeros((2, 1, 2)), {"labels": ["harm.hate"]})


def test_shipped_model_is_small_and_says_what_it_is():
    from guard.models.ngram import SHIPPED

    assert SHIPPED.stat().st_size < 12_000_000
    assert SHIPPED.with_suffix(".md").exists()
    assert {"labels", "languages", "seed", "data_sha256", "settings"} <= set(shipped().about)


def test_judge_reads_a_text_once():
    assert judge("one text") is judge("one text")
