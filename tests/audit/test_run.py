import errno
import json
import os
import signal
from pathlib import Path

import pyarrow.parquet
import pytest

from guard.audit.find import RESULTS
from guard.audit.run import STOPS, Interrupt, audit
from guard.audit.store import DECISIONS, FINDINGS, Store, saying
from guard.errors import InputError
from guard.pipeline.guard import Guard
from tests.audit.transcripts import MAIL, PLANTED, POLICY, RECORDS, write


@pytest.fixture(scope="module")
def guard():
    return Guard(POLICY)


@pytest.fixture(scope="module")
def done(guard, tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    path = write(folder / "log.jsonl", *RECORDS[:3], b"{broken", *RECORDS[3:])
    return audit([path], guard, folder / "out")


def _rows(summary, table):
    return pyarrow.parquet.read_table(summary.out / f"{table}.parquet").to_pylist()


def test_audit_counts_each_record_once_by_its_strongest_action(done):
    assert done.records == 6
    assert done.actions == {"allow": 1, "flag": 1, "redact": 3, "retry": 0, "block": 1}
    assert done.rules["numbers"].findings == 4
    assert done.rules["numbers"].records == 2
    assert (done.broken, done.broken_lines[0].line) == (1, 4)
    assert done.period == ("2026-03-02", "2026-03-10")
    assert done.days[""] == {"block": 1, "redact": 1}


def test_audit_says_its_outcome_in_a_sentence(done):
    assert done.sentence() == (
        "6 records audited under policy test: 1 blocked, 3 redacted, 1 flagged, 1 let through unchanged."
        " 1 line could not be read."
    )


def test_audit_judges_before_and_after_the_call(done):
    rows = _rows(done, "decisions")

    assert [row["stages"] for row in rows if row["record"] == "tool"] == ["before", "after"]
    assert [row["action"] for row in rows if row["record"] == "long"] == ["allow", "flag"]
    assert {row["policy_sha256"] for row in rows} == {done.policy.sha256}
    assert [str(row["day"]) for row in rows if row["record"] == "key"] == ["2026-03-09"] * 2


def test_audit_stores_masked_evidence_with_its_place(done):
    rows = _rows(done, "findings")
    (word,) = (row for row in rows if row["rule"] == "words")

    assert (word["part"], word["start"], word["end"], word["line"]) == ("messages[0].content", 2, 11, 5)
    assert word["evidence"].startswith("a ‹•••••••••› thing, write to j")
    (scrubbed,) = {row["record"] for row in rows if row["record"].startswith("user-")}
    assert scrubbed == "user-1•••••••••0"


def test_audit_masks_names_of_records_without_findings(guard, tmp_path):
    record = {"id": MAIL, "prompt": "你好", "response": "您好"}
    summary = audit([write(tmp_path / "log.jsonl", record)], guard, tmp_path / "out")

    assert summary.actions["allow"] == 1
    assert {row["record"] for row in _rows(summary, "decisions")} == {"j••••••••••••••••••m"}


@pytest.mark.parametrize("table, columns", [("decisions", DECISIONS), ("findings", FINDINGS)])
def test_audit_describes_every_column(done, table, columns):
    schema = pyarrow.parquet.read_schema(done.out / f"{table}.parquet")

    assert [(each.name, each.metadata[b"description"].decode()) for each in schema] == [
        (name, about) for name, _, about in columns
    ]


def test_audit_lets_no_planted_value_into_any_file(done):
    tables = [json.dumps(_rows(done, name), default=str) for name in ("decisions", "findings")]
    files = [path.read_bytes() for path in sorted(done.out.iterdir())]

    assert len(files) == 4
    for value in PLANTED:
        assert not any(value in table for table in tables)
        assert not any(value.encode() in content for content in files)


def test_audit_writes_its_summary(done):
    data = json.loads((done.out / "summary.json").read_text("utf-8"))

    assert data["policy"] == {"id": "test", "sha256": done.policy.sha256}
    assert data["rules"]["words"] == {
        "filter": "regex", "action": "block", "findings": 1, "records": 1, "unjudged": 0,
    }  # fmt: skip
    assert data["broken"]["named"][0]["line"] == 4
    assert data["files"][0]["records"] == 6
    assert set(data["outputs"]) == {"decisions.parquet", "findings.parquet"}
    assert data["interrupted"] is False


class Interrupted(Guard):
    """Gets some signals while it judges its third exchange."""

    judged = 0
    signals = (signal.SIGINT,)

    def judge(self, exchange, stages=()):
        self.judged += 1
        if self.judged == 3:
            for number in self.signals:
                signal.raise_signal(number)
        return super().judge(exchange, stages)


@pytest.mark.parametrize(
    "signals, kept",
    [
        ([signal.SIGINT], 2),
        ([signal.SIGTERM, signal.SIGTERM], 2),
        ([signal.SIGINT, signal.SIGINT], 1),
        ([signal.SIGTERM, signal.SIGINT], 1),
    ],
)
def test_audit_keeps_the_work_so_far_on_an_interrupt(tmp_path, capfd, signals, kept):
    before = [signal.getsignal(number) for number in STOPS]
    path = write(tmp_path / "log.jsonl", *RECORDS)
    guard = Interrupted(POLICY)
    guard.signals = signals
    summary = audit([path], guard, tmp_path / "out")

    assert (summary.records, summary.interrupted) == (kept, True)
    assert len(_rows(summary, "decisions")) == 2 * kept
    assert summary.sentence().endswith("Interrupted: the results are partial.")
    assert "Partial report" in summary.report.read_text("utf-8")
    assert capfd.readouterr().err.count("stopping after this record; press again to stop at once") == 1
    assert sorted(path.name for path in summary.out.iterdir()) == sorted(RESULTS)
    assert [signal.getsignal(number) for number in STOPS] == before


def test_interrupt_does_not_break_what_is_held():
    with Interrupt() as interrupt:
        with interrupt.held():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert interrupt.asked


def test_audit_fails_when_every_line_is_broken(guard, tmp_path):
    path = write(tmp_path / "log.jsonl", b"{", b"{")
    with pytest.raises(InputError) as caught:
        audit([path], guard, tmp_path / "out")

    assert str(caught.value) == (
        f"no record could be read: 2 broken line(s), the first in {path}:1; "
        f"{tmp_path / 'out' / 'summary.json'} names them"
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(RESULTS)


def test_audit_remarks_on_unread_fields_everywhere(guard, tmp_path, caplog):
    path = write(tmp_path / "log.jsonl", {"prompt": "q", "note": "n"}, {"prompt": "r", "note": "n"})
    summary = audit([path], guard, tmp_path / "out")
    text = "fields that were not read: 'note'"

    assert caplog.messages == [f"{path}: {text}"]
    assert summary.as_dict()["remarks"] == [{"file": str(path), "text": text}]
    assert text.replace("'", "&#39;") in summary.report.read_text("utf-8")


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """A file that may not be opened, whoever runs the tests, beside one that may."""
    path, opening = write(tmp_path / "locked.jsonl", RECORDS[0]), Path.open
    write(tmp_path / "log.jsonl", RECORDS[0])

    def refuse(self, *args, **kwargs):
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opening(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    return path


def test_audit_of_a_folder_goes_on_after_a_file_that_cannot_be_read(guard, locked, caplog):
    summary = audit([locked.parent], guard, locked.parent / "out", lang="zh")
    page = summary.report.read_text("utf-8")

    assert (summary.records, summary.all_read) == (1, False)
    assert caplog.messages == [f"{locked}: permission denied"]
    assert summary.as_dict()["unreadable"] == [{"file": str(locked), "text": "permission denied"}]
    assert summary.sentence().endswith(" 1 file or folder could not be read.")
    assert str(locked) in page
    assert "1\u00a0个文件或文件夹无法读取" in page


def test_audit_refuses_a_named_file_that_cannot_be_read(guard, locked):
    with pytest.raises(InputError) as caught:
        audit([locked, locked.with_name("log.jsonl")], guard, locked.parent / "out")

    assert str(caught.value) == f"{locked}: permission denied"


def test_audit_fails_when_no_file_could_be_read(guard, locked):
    locked.with_name("log.jsonl").unlink()
    with pytest.raises(
        InputError, match=r"^no record could be read: 1 unreadable file.*, the first .*locked"
    ):
        audit([locked.parent], guard, locked.parent / "out")


class Failing(Guard):
    def judge(self, exchange, stages=()):
        raise RuntimeError("never quoted")


def test_audit_leaves_a_failure_to_on_error(tmp_path):
    summary = audit([write(tmp_path / "log.jsonl", RECORDS[0])], Failing(POLICY), tmp_path / "out")

    assert (summary.actions["block"], summary.unjudged_records) == (1, 1)
    assert {reason for _, _, reason, _ in summary.unjudged} == {"failed: RuntimeError"}
    assert b"never quoted" not in summary.report.read_bytes()


def test_audit_holds_whatever_json_can_hold(guard, tmp_path):
    odd = [
        {"id": "\ud800\0", "prompt": f"\ud800 forbidden \0 {value}"} for value in ("", "x" * 100_000, "🙂")
    ]
    summary = audit(
        [write(tmp_path / "l.jsonl", *(json.dumps(each).encode() for each in odd))], guard, tmp_path / "o"
    )

    assert (summary.records, summary.actions["block"]) == (3, 3)
    assert "\0" not in summary.report.read_text("utf-8")


def test_audit_leaves_its_own_results_out(guard, tmp_path):
    write(tmp_path / "log.jsonl", RECORDS[0])
    for _ in range(2):
        summary = audit([tmp_path], guard, tmp_path / "out")

    assert summary.records == 1
    assert not summary.remarks


def test_audit_stops_at_a_limit_and_shows_progress(guard, tmp_path, capsys):
    path = write(tmp_path / "log.jsonl", *RECORDS)
    summary = audit([path], guard, tmp_path / "out", limit=2, progress=True)

    assert summary.records == 2
    assert "audit" in capsys.readouterr().err


@pytest.mark.parametrize(
    "number, message",
    [
        (errno.EACCES, "no permission to write here; name another folder for the results"),
        (errno.EROFS, "this disk can only be read; name another folder for the results"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "input/output error"),
    ],
)
def test_saying_puts_faults_of_the_disk_in_words(number, message):
    with pytest.raises(InputError) as caught, saying(Path("out")):
        raise OSError(number, os.strerror(number))

    assert str(caught.value) == f"out: {message}"


def test_store_leaves_no_drafts_when_it_cannot_begin(tmp_path):
    (tmp_path / ".findings.parquet.part").mkdir()
    with pytest.raises(InputError):
        Store(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [".findings.parquet.part"]


def test_audit_refuses_a_file_as_folder(guard, tmp_path):
    path = write(tmp_path / "log.jsonl", RECORDS[0])
    with pytest.raises(InputError) as caught:
        audit([path], guard, path)

    assert str(caught.value) == f"{path}: this is a file; name a folder for the results"
