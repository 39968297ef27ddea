"""Fitting the topic filter's rule on small sets, with an encoder that knows words only."""

import csv
import gzip
import json
import random

import numpy as np
import pytest

from guard.errors import GuardError
from guard.models.topic import WEIGHTS
from guard.train import topic
from tests.word_encoder import WordEncoder

WORDS = {
    "Fraud": ["shares", "funds", "gold", "bonds", "market", "broker", "dividend", "portfolio"],
    "Drugs": ["fever", "pills", "headache", "doctor", "nurse", "clinic", "rash", "cough"],
    "Hate": ["football", "goal", "referee", "match", "stadium", "league", "coach", "striker"],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    draw = random.Random(4)

    def row(words, number, category, split=None):
        text = f"about {' '.join(draw.sample(words, 3))} {number}"
        return {"text": text, "lang": "en", "categories": [category], "split": split}

    harmful = [row(words, number, name) for name, words in WORDS.items() for number in range(40)]
    harmful += [row(["one", "two", "three"], number, "Tested", "test") for number in range(40)]
    sets = {
        "catqa": harmful,
        "do_not_answer_en": harmful[::-1],
        "dolly_subset": [row(["bread", "train", "poem", "sea", "bus"], number, "x") for number in range(30)],
    }
    (folder / "moderation").mkdir()
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "name", "use", "licence", "source"])
        writer.writerows([["moderation", name, "train", "MIT", "x"] for name in sets])
    for name, rows in sets.items():
        with gzip.open(folder / "moderation" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in rows)
    return folder


@pytest.fixture(scope="module")
def found(data):
    return topic.gather(data, WordEncoder())


def test_gather_makes_up_filters_for_every_set_and_language(found):
    assert list(found) == [("catqa", "en"), ("do_not_answer_en", "en")]
    for one in found.values():
        assert one.features.shape == (len(one.truth), len(WEIGHTS))
        assert 0.4 < one.truth.mean() < 0.6
    assert np.isfinite(found["catqa", "en"].features).all()


def test_gather_learns_from_no_row_that_is_measured(data):
    assert "Tested" not in topic._texts(data, "catqa", 0)


def test_gather_is_the_same_every_time(data, found):
    again = topic.gather(data, WordEncoder())

    assert (again["catqa", "en"].features == found["catqa", "en"].features).all()


def test_fit_finds_what_is_on_topic(found):
    intercept, weights = topic.fit([found["catqa", "en"]])
    right, wrong = topic.rates(found["do_not_answer_en", "en"], intercept, weights)

    assert weights[list(WEIGHTS).index("near")] > 0
    assert right > 0.8 > 0.2 > wrong


def test_gather_without_sets_is_refused(tmp_path):
    (tmp_path / "manifest.csv").write_text("area,name,use,licence,source\n", encoding="utf-8")

    with pytest.raises(GuardError, match="none of the sets to fit on is there"):
        topic.gather(tmp_path, WordEncoder())
