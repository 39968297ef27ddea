"""Training of the name tagger: marked texts are well-formed, what trains is what serves."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("faker")

from guard.models.artefact import save
from guard.models.clue import clues, cut
from guard.models.tagger import Tagger
from guard.train import name, name_corpus
from guard.train.name_generate import generate
from guard.train.name_maker import Marked


@pytest.fixture(scope="module")
def rows() -> list[Marked]:
    return list(generate(150, seed=3))


def test_generate_marks_names_where_they_stand(rows: list[Marked]) -> None:
    assert {kind for row in rows for *_, kind in row.marks} == {0, 1, 2, 3}
    for row in rows:
        assert list(row.marks) == name_corpus.apart(row.marks)
        assert all(row.text[start:end].strip() for start, end, _ in row.marks)
        assert not set("{}") & set(row.text) or "def" in row.text


def test_generate_is_the_same_for_the_same_seed(rows: list[Marked]) -> None:
    assert list(generate(20, seed=3)) == rows[:40]


def test_encode_gives_each_row_the_clues_that_it_is_served_with(rows: list[Marked]) -> None:
    for row, (places, tags) in zip(rows[:40], name.encode(rows[:40]), strict=True):
        served = np.stack(list(clues(cut(row.text).parts)), axis=1)
        assert (places == served[: name.LONGEST]).all()
        assert len(tags) == len(places)


def test_trained_and_saved_tagger_finds_what_it_learned(tmp_path: Path, rows: list[Marked]) -> None:
    tagger = name.train(rows, rows[:20], {"data_sha256": ""})
    save(tmp_path / "names.safetensors", tagger.artefact())
    served = Tagger.load(tmp_path / "names.safetensors")
    texts = [row.text for row in rows]
    assert [served.spans(text) for text in texts] == [tagger.spans(text) for text in texts]
    truth = {(number, *mark) for number, row in enumerate(rows) for mark in row.marks}
    found = {
        (number, start, end, kind)
        for number, text in enumerate(texts)
        for start, end, kind, _ in served.raw(text)
    }
    assert len(found & truth) > 0.8 * len(truth)


def test_corpus_leaves_out_what_may_only_be_measured(tmp_path: Path) -> None:
    (tmp_path / "pii").mkdir()
    (tmp_path / "manifest.csv").write_text(
        "area,name,use,licence,source\npii,wnut17_en,train,CC-BY-4.0,x\npii,presidio_generated,train,MIT,x\n"
        "pii,stockmark_ner_ja,dev,none,x\n"
    )
    row = {"text": "Ann is here", "spans": [{"start": 0, "end": 3, "label": "person"}], "lang": "en"}
    for set_name, splits in {
        "wnut17_en": ("train", "dev", "test"),
        "presidio_generated": ("all",),
        "stockmark_ner_ja": ("all",),
    }.items():
        with gzip.open(tmp_path / "pii" / f"{set_name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps({**row, "split": split}) + "\n" for split in splits)

    assert list(name_corpus.marked(tmp_path)) == [Marked("Ann is here", ((0, 3, 0),), "wnut17_en", "en")]
