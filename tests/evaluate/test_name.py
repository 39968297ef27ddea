"""The table of names: every finder in columns of its own, counted by hand."""

import gzip
import json
from types import SimpleNamespace

import pytest

from guard.evaluate import name
from guard.models import tagger
from guard.models.tagger import Span


class Known:
    """Finds a word wherever it stands."""

    languages = ("en",)

    def __init__(self, word, label):
        self.word, self.label = word, label

    def spans(self, text, kind="input"):
        start = text.find(self.word)
        return [Span(start, start + len(self.word), self.label, 0.9)] if start >= 0 else []


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(name, "SETS", {"set (en)": ("en", ("test",), {"PER": "person", "LOC": "location"})})
    (tmp_path / "pii").mkdir()
    rows = [
        {"text": "Ann is in Rome", "spans": [(0, 3, "PER"), (10, 14, "LOC")]},
        {"text": "Bob is here", "spans": [(0, 3, "PER")]},
    ]
    with gzip.open(tmp_path / "pii" / "set.jsonl.gz", "wt", encoding="utf-8") as file:
        for row in rows:
            spans = [{"start": start, "end": end, "label": label} for start, end, label in row["spans"]]
            file.write(
                json.dumps({"text": row["text"], "spans": spans, "lang": "en", "split": "test"}) + "\n"
            )
    return tmp_path


def test_report_has_columns_for_each_finder(data):
    measured = {"encoder": Known("Ann", "pii.person"), "classical": Known("Rome", "pii.address")}
    *_, head, _, person, location = name.report_names(data, measured)

    assert head.count("|") == person.count("|") == 4 + 2 * len(name.HEADS) + 1
    assert "| encoder and tagger: precision |" in head and "| tagger: strict F1 |" in head
    assert person.startswith("| `set` | en | person | 2 | 1.000 | 0.500 | 0.667 ")
    assert location.startswith("| `set` | en | location | 1 | 1.000 | 0.000 | 0.000 ")
    assert location.split(" | ")[8:10] == ["1.000", "1.000"]


def test_finders_leave_out_an_encoder_that_has_not_learnt_names(monkeypatch):
    monkeypatch.setattr(name.encoder, "shipped", lambda: SimpleNamespace(about={}))
    assert list(name.finders(None, tagger.SHIPPED)) == ["classical"]


def test_name_without_its_sets_is_one_clear_error(tmp_path, capsys):
    assert name.main(["--data", str(tmp_path)]) == 2
    assert "peoples_daily_ner_zh.jsonl.gz: No such file or directory" in capsys.readouterr().err
