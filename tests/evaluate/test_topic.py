"""Measuring topics and likeness on a small folder of sets, with an encoder that knows words only."""

import gzip
import json
import random

import numpy as np
import pytest

from guard.errors import InputError
from guard.evaluate import topic
from tests.word_encoder import WordEncoder

WORDS = {
    "Finance": ["shares", "funds", "gold", "bonds", "market", "broker", "dividend", "portfolio"],
    "Health": ["fever", "pills", "headache", "doctor", "nurse", "clinic", "rash", "cough"],
    "Sports": ["football", "goal", "referee", "match", "stadium", "league", "coach", "striker"],
}


def write(folder, name, rows):
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def sentences(words, count):
    draw = random.Random(words[0])
    return [f"tell me about {' '.join(draw.sample(words, 4))} number {number}" for number in range(count)]


@pytest.fixture
def data(tmp_path):
    def row(text, category, **more):
        return {"text": text, "kind": "prompt", "lang": "en", "categories": ["W", category]} | more

    rows = [row(text, name) for name, words in WORDS.items() for text in sentences(words, 50)]
    rows += [row("Tell me about BOTH!", "Finance"), row("tell me about both", "Health")]
    rows += [row(rows[0]["text"].upper(), "Finance"), row("has no second category", "x", categories=["W"])]
    rows += [row(f"rare {number}", "Rare") for number in range(39)]
    write(tmp_path / "moderation", "writingbench", rows)
    write(tmp_path / "moderation", "alpaca_demo_en", [row("How do I bake bread?", "x")] * 3)
    questions = [f"question on {a} and {b}" for a in WORDS["Finance"] for b in WORDS["Health"]]
    xquad = [
        {"text": text if kind == "prompt" else "a passage", "kind": kind, "lang": lang, "categories": []}
        for lang in ("de", "en")
        for kind, text in [("post", ""), *(("prompt", text) for text in questions)]
    ]
    write(tmp_path / "moderation", "xquad_benign", xquad)
    write(tmp_path / "nli", "snli_dev_test", [
        {"premise": f"premise {number}", "hypothesis": f"follows {number}", "label": label, "lang": "en"}
        for number, label in enumerate(["entailment", "neutral"] * 5)
    ])  # fmt: skip
    return tmp_path


def test_read_takes_what_has_one_category_once(data):
    (labelled,) = topic.read(data, "writingbench")
    texts = [text for found in labelled.topics.values() for text in found]

    assert (labelled.name, labelled.lang) == ("writingbench", "en")
    assert {name: len(found) for name, found in labelled.topics.items()} == dict.fromkeys(sorted(WORDS), 50)
    assert len({text.lower() for text in texts}) == len(texts)
    assert not any("both" in text.lower() for text in texts)


def test_read_passes_over_sets_that_are_not_there(data):
    assert list(topic.read(data, "catqa")) == []


@pytest.mark.parametrize("examples", [1, 5, 20])
def test_split_never_judges_an_example(data, examples):
    (labelled,) = topic.read(data, "writingbench")
    given = topic.split(labelled, 0, examples)
    chosen = [text for found in given.examples.values() for text in found]

    assert [len(found) for found in given.examples.values()] == [examples] * 3
    assert not set(chosen) & set(given.texts)
    assert len(given.texts) == len(given.truth) == 90


def test_split_differs_by_seed_only(data):
    (labelled,) = topic.read(data, "writingbench")

    assert topic.split(labelled, 1).examples == topic.split(labelled, 1).examples
    assert topic.split(labelled, 1).examples != topic.split(labelled, 2).examples


@pytest.mark.parametrize("tell", [topic.by_filter(topic.Memory(WordEncoder())), topic.by_words])
def test_accuracy_is_high_where_topics_have_their_own_words(data, tell):
    (labelled,) = topic.read(data, "writingbench")

    assert all(share > 0.9 for share in topic.accuracy(labelled, tell, 2))


def test_balanced_weighs_topics_alike():
    truth, found = np.array([0, 0, 0, 0, 1]), np.array([0, 0, 0, 0, 0])

    assert topic.balanced(truth, found) == 0.5


def test_interval_is_that_of_student():
    mean, reach = topic.interval([0.7, 0.8, 0.9])

    assert mean == pytest.approx(0.8)
    assert reach == pytest.approx(4.303 * 0.1 / 3**0.5)


def test_at_cut_counts_what_reaches_it(data):
    (labelled,) = topic.read(data, "writingbench")
    cut = topic.at_cut(labelled, topic.Memory(WordEncoder()), ["How do I bake bread?"], 20, 1)

    assert np.mean(cut.found) > 0.9
    assert np.mean(cut.others) < 0.5
    assert cut.everyday == [0.0] * 3


def test_probe_pairs_what_means_the_same(data):
    questions, follows = topic.probe(data)

    assert questions.name == "xquad questions, de to en"
    assert questions.left == questions.right
    assert len(questions.left) == 64
    assert [text.replace("follows", "premise") for text in follows.left] == list(follows.right)


def test_probe_leaves_out_texts_that_stand_twice():
    (pairs,) = topic._pairs("x", [("a", "b"), ("A!", "c"), ("d", "e"), ("f", "g"), ("h", "g")])

    assert (pairs.left, pairs.right) == (("d",), ("e",))


def test_recall_is_whole_for_texts_that_are_the_same(data):
    questions = next(iter(topic.probe(data)))

    assert topic.recall(questions, topic.Memory(WordEncoder())) == 1.0


def test_memory_reads_every_text_once():
    encoder = WordEncoder()
    memory = topic.Memory(encoder)
    memory.vectors(["a fox", "a dog", "a fox"])
    found = memory.vectors(["a dog", "a cat"])

    assert encoder.read == ["a fox", "a dog", "a cat"]
    assert np.allclose(found, WordEncoder().vectors(["a dog", "a cat"]))


def test_tables_set_encoders_side_by_side(data):
    lines = list(
        topic.tables(
            data, {"encoder": topic.Memory(WordEncoder()), "base": topic.Memory(WordEncoder())}, seeds=2
        )
    )

    assert lines[0] == "| set | language | topics | texts | encoder | base | tf-idf |"
    assert [line.split(" | ")[0] for line in lines if "writingbench" in line] == ["| writingbench"] * 2
    assert "| xquad questions, de to en | 64 | 1.000 | 1.000 |" in lines


def test_tables_without_any_set_are_refused(tmp_path):
    with pytest.raises(InputError, match="none of the sets is there"):
        list(topic.tables(tmp_path, {"encoder": topic.Memory(WordEncoder())}))


def test_main_says_what_is_missing(tmp_path, capsys):
    assert topic.main(["--data", str(tmp_path), "--encoder", str(tmp_path)]) == 2
    assert "encoder.safetensors: cannot be read as a model" in capsys.readouterr().err
