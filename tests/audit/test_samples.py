"""Transcripts with other answers to the same prompt, and rules that would ask a model, end to end."""

from __future__ import annotations

import json

import pyarrow.parquet
import pytest

from guard.audit.report import render
from guard.audit.run import audit
from guard.pipeline.guard import Guard
from guard.registry import filters
from guard.types import Spent, Stage
from tests.audit.transcripts import MOBILE, write
from tests.pipeline.fake_filters import FakeFilter

STEADY = {"id": "steady", "filter": "self_consistency", "action": "flag", "threshold": 0.5}
SAMPLES = [f"The bridge was opened in 1948; call {MOBILE}.", "The bridge was opened in 1926."]
RECORDS = [
    {"id": "odd", "prompt": "When?", "response": "The bridge was opened in 1931.", "samples": SAMPLES},
    {"id": "few", "prompt": "When?", "response": "The bridge was opened in 1931.", "samples": SAMPLES[:1]},
    {"id": "none", "prompt": "When?", "response": "The bridge was opened in 1931."},
]


def _audit(folder, rules, records):
    path = write(folder / "log.jsonl", *records)
    return audit([path], Guard({"version": 1, "id": "p", "rules": rules}), folder / "out")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return _audit(tmp_path_factory.mktemp("samples"), [STEADY], RECORDS)


def test_audit_holds_answers_against_the_samples_of_the_transcript(done):
    rows = pyarrow.parquet.read_table(done.out / "findings.parquet").to_pylist()
    clash = next(row for row in rows if row["label"] == "self_consistency.contradicted")

    assert {row["record"] for row in rows} == {"odd"}
    assert clash["evidence"] == "The bridge was opened in ‹1931›."
    assert "opened in ‹1948›; call 1•••••••••0." in clash["source"]
    assert done.actions["block"] == 1, "too few samples ask on_error"


def test_audit_says_of_which_records_samples_are_lacking(done):
    data = json.loads((done.out / "summary.json").read_text("utf-8"))

    assert data["lacking"] == [
        {
            "rule": "steady",
            "filter": "self_consistency",
            "reason": "the exchange has no samples",
            "records": 1,
        }
    ]
    assert data["unjudged"]["reasons"][0]["reason"] == "the exchange has 1 samples; 2 are needed"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Contradicts the other answers", "In another answer", "What was not there")),
        ("zh", ("与其他回答矛盾", "另一次回答", "缺少的依据")),
    ],
)
def test_report_speaks_of_samples_in_its_language(done, lang, words):
    page = render(done, lang)

    assert all(word in page for word in words)
    assert MOBILE not in page


def test_audit_asks_no_judge_and_says_so_once_for_each_answer(tmp_path):
    rule = {
        "id": "judged",
        "filter": "grounding",
        "action": "block",
        "options": {"judge": True, "model": False, "sure": [0.0, 1.0]},
        "threshold": 1.0,
    }
    answer = {"content": "The fee is 8 euros. The hall has 900 seats.", "reasoning_content": "The fee is 8."}
    record = {"prompt": "What is the fee?", "response": answer, "sources": ["The fee is 8 euros."]}
    done = _audit(tmp_path, [rule], [record, record])

    assert dict(done.lacking) == {
        ("judged", "grounding", "some sentences stay open: there is no model to ask"): 2
    }
    assert done.actions["allow"] == 2
    assert not done.unjudged


class Dear(FakeFilter):
    """Asks a model of its own."""

    name = "fake-dear"
    labels = ("dear",)

    def scan(self, part, exchange):
        yield Spent(self.name, 1, 20, 3)


def test_audit_adds_up_what_filters_spent(tmp_path, monkeypatch):
    monkeypatch.setattr(Dear, "id", Dear.name)
    assert Dear.name in filters()
    rule = {"id": "dear", "filter": "fake-dear", "action": "flag", "stages": [str(Stage.OUTPUT)]}
    done = _audit(tmp_path, [rule], RECORDS)

    assert done.as_dict()["spent"] == {"fake-dear": {"calls": 3, "tokens_sent": 60, "tokens_received": 9}}


@pytest.mark.parametrize(("lang", "passage"), [("en", "In the source"), ("zh", "资料原文")])
def test_report_shows_the_words_of_a_source_of_which_only_the_title_is_shared(tmp_path, lang, passage):
    rule = {
        "id": "grounded",
        "filter": "grounding",
        "action": "flag",
        "threshold": 0.1,
        "options": {"model": False},
    }
    source = {"title": "City library", "text": f"Closed on Sundays; call {MOBILE}."}
    record = {"prompt": "?", "response": "The city library has a café.", "sources": [source]}
    page = render(_audit(tmp_path, [rule], [record]), lang)

    assert f"{passage}: City library" in page
    assert "Closed on Sundays; call 1•••••••••0." in page
    assert MOBILE not in page
