"""The small sets that the project wrote itself agree with their cards and with themselves."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest

import guard
from guard.filters.harm import Harm
from guard.filters.injection import Injection
from guard.text.fingerprint import fingerprint

ROOT = Path(__file__).parent.parent / "datasets"
LABELLED = ("lures", "rare_labels")
SETS = ("grounded", "innocent_words", "must_block", "must_pass", "must_redact", *LABELLED)


def rows(name):
    return [json.loads(line) for line in (ROOT / name / "data.jsonl").read_text("utf-8").splitlines()]


def card(name):
    text = (ROOT / name / "README.md").read_text("utf-8")
    facts = dict(re.findall(r"^\| (rows|size|sha256|licence) \| `?([^|`]+?)`? \|$", text, re.MULTILINE))
    fields = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    return facts, fields


@pytest.mark.parametrize("name", SETS)
def test_dataset_agrees_with_its_card(name):
    content = (ROOT / name / "data.jsonl").read_bytes()
    facts, fields = card(name)

    assert facts == {
        "rows": str(len(rows(name))),
        "size": f"{len(content)} bytes",
        "sha256": hashlib.sha256(content).hexdigest(),
        "licence": "Apache-2.0",
    }
    assert all(list(row) == fields for row in rows(name))


@pytest.mark.parametrize("name", SETS)
def test_dataset_has_unique_rows_in_both_languages(name):
    listed = rows(name)
    texts = [row.get("text") or row["answer"] for row in listed]

    assert len({row["id"] for row in listed}) == len(listed)
    assert len(set(texts)) == len(texts)
    assert {row["lang"] for row in listed} == {"zh", "en"}


@pytest.mark.parametrize(("name", "field"), [("must_redact", "text"), ("grounded", "answer")])
def test_dataset_spans_lie_in_their_text(name, field):
    for row in rows(name):
        ends = [0, *(place for span in row["spans"] for place in (span["start"], span["end"]))]
        assert ends == sorted(ends)
        assert ends[-1] <= len(row[field])
        assert all(span["start"] < span["end"] for span in row["spans"])


def test_grounded_labels_are_even_and_no_longer_one_way():
    listed = rows("grounded")
    wrong = [row for row in listed if row["label"] == "hallucinated"]
    right = [row for row in listed if row["label"] == "supported"]
    mean = [sum(len(row["answer"]) for row in side) / len(side) for side in (wrong, right)]

    assert len(wrong) == len(right)
    assert all(bool(row["spans"]) == (row["label"] == "hallucinated") for row in listed)
    assert mean[0] == pytest.approx(mean[1], rel=0.03)


@pytest.mark.parametrize("name", LABELLED)
def test_labelled_sets_have_as_many_texts_of_either_kind(name):
    counts = Counter((row["label"], row["lang"], row["holds"]) for row in rows(name))
    sides = {(label, lang) for label, lang, _ in counts}

    assert {label for label, _ in sides} <= {*Harm.labels, *Injection.labels}
    assert all(counts[(*side, True)] == counts[(*side, False)] > 0 for side in sides)
    assert {lang for _, lang in sides} == {"zh", "en"}


@pytest.mark.parametrize("name", LABELLED)
def test_labelled_sets_share_no_text_with_what_is_written_for_training(name):
    written = {
        fingerprint(line.strip().removeprefix("- ").strip("'\""))
        for path in (Path(guard.__file__).parent / "train").rglob("*.yaml")
        for line in path.read_text("utf-8").splitlines()
    }

    assert [row["id"] for row in rows(name) if fingerprint(row["text"]) in written] == []


def test_must_redact_spans_hold_whole_values():
    for row in rows("must_redact"):
        for span in row["spans"]:
            value = row["text"][span["start"] : span["end"]]
            assert value == value.strip()
            assert re.search(r"[0-9@]", value)
