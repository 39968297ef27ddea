"""The contract of `guard score`: a line in, a line out, in order, whatever stands in it."""

import gzip
import io
import json
import sys

import pytest

from guard.errors import InputError
from guard.evaluate.score import Summary, score_file
from guard.registry import Filter
from guard.types import Stage


class Shouting(Filter):
    """Finds capital letters."""

    labels = ("shouting.loud", "shouting.never")
    stages = (Stage.INPUT, Stage.SOURCES, Stage.OUTPUT)

    def scan(self, part, exchange):
        for place, char in enumerate(part.text):
            if char.isupper():
                yield self.find(part, "shouting.loud", place, place + 1, 0.9 if char == "X" else 0.3)
        if "?" in part.text:
            yield self.pass_over(part, "a question")


class Answering(Shouting):
    """Finds capital letters in answers that stand on sources."""

    stages = (Stage.OUTPUT,)
    needs = frozenset({"sources"})


def run(tmp_path, lines, judge=None, **more):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    )
    summary = score_file(judge or Shouting(), source, target, **more)
    return summary, [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def test_score_writes_a_line_per_line_in_order(tmp_path):
    summary, out = run(
        tmp_path, [{"id": "a", "text": "aXb"}, {"id": 7, "text": "aB"}, {"id": "c", "text": ""}]
    )

    assert summary == Summary(lines=3, broken=0)
    assert [record["id"] for record in out] == ["a", 7, "c"]
    assert [record["scores"]["shouting.loud"] for record in out] == [0.9, 0.3, 0.0]
    assert [record["scores"]["shouting.never"] for record in out] == [0.0, 0.0, 0.0]
    assert [len(record["findings"]) for record in out] == [1, 0, 0]
    assert out[0]["findings"][0] | {"reason": ""} == {
        "rule": "", "filter": "", "label": "shouting.loud", "start": 1, "end": 2, "score": 0.9, "reason": "",
        "part": "messages[0].content",
    }  # fmt: skip


def test_score_threshold_chooses_findings_not_scores(tmp_path):
    _, out = run(tmp_path, [{"id": "a", "text": "aB"}], threshold=0.2)

    assert len(out[0]["findings"]) == 1


def test_score_looks_at_all_that_comes_before_a_call(tmp_path):
    line = {
        "id": 1,
        "messages": [{"role": "user", "content": "Hi?"}],
        "sources": ["X", {"text": "y"}],
        "samples": ["other"],
    }
    _, out = run(tmp_path, [line])

    assert out[0]["scores"]["shouting.loud"] == 0.9
    assert out[0]["findings"][0]["part"] == "sources[0].text"
    assert [item["reason"] for item in out[0]["unjudged"]] == ["a question"]


def test_score_of_an_answered_exchange_is_that_of_the_response(tmp_path):
    line = {"id": 1, "messages": [{"role": "user", "content": "X"}], "response": "y"}
    _, out = run(tmp_path, [line, {**line, "response": "X"}])

    assert [row["findings"] != [] for row in out] == [False, True]
    assert out[1]["findings"][0]["part"] == "response.content"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{not json", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[1, 2]", "not an object"),
        ({"id": 3}, "no 'text', 'messages' or 'response'"),
        ({"id": 3, "text": 5}, "'text' is not a text"),
        ({"id": 3, "text": "a", "sources": [5]}, "'sources' is not a list of texts"),
        ({"id": 3, "messages": ["a"]}, "'messages' is not a list of objects"),
        ({"id": 3, "messages": [{"role": "user", "tool_calls": 3}]}, "fields of the wrong type"),
        ({"id": 3, "response": ["a"]}, "'response' is neither a text nor an object"),
    ],
)
def test_score_reports_a_broken_line_and_goes_on(tmp_path, line, reason):
    summary, out = run(tmp_path, [{"id": 1, "text": "a"}, line, {"id": 2, "text": "b"}])

    assert summary == Summary(lines=3, broken=1)
    assert out[1] == {"id": None, "error": f"line 2: {reason}"}
    assert out[2]["id"] == 2


def test_score_says_what_an_exchange_lacks(tmp_path):
    _, out = run(tmp_path, [{"id": 1, "text": "X"}, {"id": 2, "text": "X", "sources": ["s"]}], Answering())

    assert [item["reason"] for item in out[0]["unjudged"]] == ["the exchange has no sources"]
    assert out[1]["findings"][0]["part"] == "response.content"


def test_score_names_content_that_is_not_read(tmp_path):
    line = {
        "id": 1,
        "messages": [{"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": "X"}]}],
    }
    _, out = run(tmp_path, [line])

    assert [item["reason"] for item in out[0]["unjudged"]] == ["image_url content is not read"]
    assert out[0]["scores"]["shouting.loud"] == 0.9


def test_score_keeps_lone_surrogates_readable(tmp_path):
    _, out = run(tmp_path, [b'{"id": "\\ud800", "text": "X\\udfff"}'])

    assert out[0]["id"] == "\ud800"


def test_score_reads_and_writes_gzip(tmp_path):
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl.gz"
    source.write_bytes(gzip.compress(b'{"id": 1, "text": "X"}\n\n'))

    assert score_file(Shouting(), source, target).lines == 1
    assert json.loads(gzip.decompress(target.read_bytes()))["id"] == 1


def test_score_damaged_gzip_is_one_clear_error(tmp_path):
    source = tmp_path / "in.jsonl.gz"
    source.write_bytes(gzip.compress(b'{"id": 1, "text": "X"}\n' * 99)[:-9])

    with pytest.raises(InputError, match="compressed file is damaged"):
        score_file(Shouting(), source, tmp_path / "out.jsonl")


def test_score_dash_is_the_standard_streams(monkeypatch):
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"id": 1, "text": "X"}\n')))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output))

    assert score_file(Shouting(), "-", "-") == Summary(1, 0)
    sys.stdout.flush()
    assert json.loads(output.getvalue())["scores"]["shouting.loud"] == 0.9


@pytest.mark.parametrize("source", ["missing.jsonl", "."])
def test_score_unreadable_source_is_one_clear_error(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError):
        score_file(Shouting(), source, "out.jsonl")
