"""Judges every record of some transcripts under one policy and writes what came of it.

The folder then holds `decisions.parquet` and `findings.parquet`, `summary.json` and `report.html`. None
of them shows what a policy hides: see `guard.audit.mask`.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Any

from guard.audit.find import Remark, Unreadable, find
from guard.audit.mask import Masked, masker, printable
from guard.audit.read import BrokenLine, InputFile, Record, read_file, survey_all
from guard.audit.report import render
from guard.audit.store import Store, saying
from guard.audit.tally import Example, Summary
from guard.engine import Evidence, Report, decide
from guard.errors import InputError
from guard.pipeline.guard import Guard
from guard.types import AFTER_CALL, BEFORE_CALL, Decision, Exchange, Finding, Policy, Stage, Unjudged

logger = logging.getLogger(__name__)

LOUD = 20
"""How many broken lines are reported as they come; all are counted, most are named in the summary."""

STOPS = (signal.SIGINT, signal.SIGTERM)
STOPPING = "\nguard: stopping after this record; press again to stop at once\n"

GROUPS = {"before": BEFORE_CALL, "after": AFTER_CALL}


def audit(
    paths: Sequence[Path],
    guard: Guard,
    out: Path,
    *,
    progress: bool = False,
    lang: str = "en",
    limit: int | None = None,
) -> Summary:
    """Audits files and folders of transcripts into the folder `out`.

    `progress` shows a bar with the time left on standard error. `lang` is the language of the report,
    `en` or `zh`. `limit` stops after so many records. An interrupt (Ctrl-C) ends the run after the
    record at hand, a second one without it, and the work so far is kept. What cannot be read in a
    folder is left out and named. Raises `InputError` for a path that cannot be read or written, and at
    the end when no record could be read.
    """
    files, remarks = find(paths, besides=out)
    summary = Summary(guard.policy, out, _now(), _version(), lang)
    with Store(out) as store, Interrupt() as interrupt:
        surveyed = list(survey_all(files, paths))
        summary.files = [each for each in surveyed if isinstance(each, InputFile)]
        remarks += (each for each in surveyed if isinstance(each, Unreadable))
        run = Run(guard, store, summary, interrupt)
        with contextlib.suppress(Stopped):
            for item in _with_bar(chain(remarks, _items(summary)), summary, progress):
                run.take(item)
                if interrupt.asked or (limit is not None and summary.records >= limit):
                    break
        with interrupt.held():
            summary.interrupted = interrupt.asked
            summary.finished = _now()
            summary.outputs = store.commit()
            _write(out / "summary.json", json.dumps(summary.as_dict(), ensure_ascii=False, indent=2) + "\n")
            _write(summary.report, render(summary, lang))
    if not (summary.all_read or summary.records or summary.interrupted):
        raise InputError(f"no record could be read: {_missed(summary)}; {out / 'summary.json'} names them")
    return summary


def _missed(summary: Summary) -> str:
    """How much could not be read, and where that begins."""
    if not summary.broken:
        first = summary.unreadable[0]
        return f"{len(summary.unreadable):,} unreadable file(s) or folder(s), the first {first}"
    line = summary.broken_lines[0]
    return f"{summary.broken:,} broken line(s), the first in {line.file}:{line.line}"


def _items(summary: Summary) -> Iterator[Record | BrokenLine | Remark]:
    for file in summary.files:
        yield from read_file(file)


def _version() -> str:
    """The version of the installed package, which the report names as its maker."""
    try:
        return importlib.metadata.version("ernie-guard")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone()


def _write(path: Path, text: str) -> None:
    """Writes beside the file's final name and puts it in place at once."""
    draft = path.with_name(f".{path.name}.part")
    with saying(path):
        try:
            draft.write_text(printable(text), encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


class Stopped(KeyboardInterrupt):
    """Raised by a second Ctrl-C, to end the run without the record at hand."""


class Interrupt:
    """Turns the first Ctrl-C, and SIGTERM, into a wish to stop, so that no record is left half done.

    A second Ctrl-C raises `Stopped`, except where work is `held`. Off the main thread, where signals
    cannot be caught, it does nothing.
    """

    def __init__(self) -> None:
        self.asked = False
        self._held = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in STOPS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Lets nothing interrupt what must be done as a whole."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if not self.asked:
            self.asked = True
            # Not by print, which a signal may have interrupted.
            with contextlib.suppress(OSError):
                os.write(2, STOPPING.encode())
        elif number == signal.SIGINT and not self._held:
            raise Stopped


def _with_bar(
    items: Iterable[Record | BrokenLine | Remark], summary: Summary, progress: bool
) -> Iterator[Record | BrokenLine | Remark]:
    """The items, with a bar over their lines on standard error."""
    if not progress:
        yield from items
        return
    from tqdm import tqdm

    total = sum(file.lines for file in summary.files)
    with tqdm(total=total, unit=" lines", file=sys.stderr, dynamic_ncols=True, desc="audit") as bar:
        place = ("", 0)
        for item in items:
            if not isinstance(item, Remark):
                before = place[1] if place[0] == item.file else 0
                bar.update(item.line - before)
                place = (item.file, item.line)
            if isinstance(item, Record):
                yield item
            else:
                bar.clear()
                yield item
                bar.refresh()
        bar.update(total - bar.n)


class Run:
    """One audit under way: takes what was read, judges it, stores and counts."""

    def __init__(self, guard: Guard, store: Store, summary: Summary, interrupt: Interrupt) -> None:
        self._guard = guard
        self._interrupt = interrupt
        self._store = store
        self._summary = summary
        self._masker = masker()
        self._actions = {rule.id: str(rule.action) for rule in guard.policy.rules}

    def take(self, item: Record | BrokenLine | Remark) -> None:
        """Deals with one thing that was read."""
        if isinstance(item, Record):
            self._judge(item)
        elif isinstance(item, BrokenLine):
            self._summary.count_broken(item)
            if self._summary.broken <= LOUD:
                logger.warning("%s:%d: %s", item.file, item.line, item.reason)
            if self._summary.broken == LOUD:
                logger.warning("further lines that cannot be read are named in summary.json only")
        else:
            kept = self._summary.unreadable if isinstance(item, Unreadable) else self._summary.remarks
            kept.append(item)
            logger.warning("%s", item)

    def _judge(self, record: Record) -> None:
        decisions = {name: self._decide(record.exchange, stages) for name, stages in _groups(record.exchange)}
        found = [found for decision in decisions.values() for found in decision.findings]
        masked = self._masker.mask(record.exchange, found) if found else self._masker.bare()
        with self._interrupt.held():
            self._summary.count(record, list(decisions.values()))
            head = _head(record, masked)
            for name, decision in decisions.items():
                self._store.add("decisions", {**head, "stages": name, **_decision_row(decision)})
                for each in decision.findings:
                    self._keep(each, record, {**head, "stages": name}, masked)

    def _decide(self, exchange: Exchange, stages: Sequence[Stage]) -> Decision:
        """The decision; whatever goes wrong on the way leaves every rule unjudged, never the run."""
        try:
            return self._guard.judge(exchange, stages)
        except Exception as error:
            logger.warning("a record could not be judged: %s", type(error).__name__)
            return _failed(self._guard.policy, f"failed: {type(error).__name__}")

    def _keep(self, found: Finding, record: Record, head: dict[str, Any], masked: Masked) -> None:
        snippet, grounds = masked.show(found), tuple(masked.show(place) for place in found.evidence)
        reason = masked.scrub(found.reason)
        row = {
            **head,
            "part": found.part,
            "rule": found.rule,
            "filter": found.filter,
            "label": found.label,
            "start": found.start,
            "end": found.end,
            "score": found.score,
            "reason": reason,
            "action": self._actions[found.rule],
            "evidence": str(snippet),
            "source": "\n".join(map(str, grounds)),
        }
        self._store.add("findings", row)
        self._summary.show(
            Example(
                rule=found.rule,
                labels={found.label: found.score},
                span=(found.start, found.end),
                reason=reason,
                record=head["record"],
                day=record.day,
                part=found.part,
                snippet=snippet,
                grounds=grounds,
            )
        )


def _groups(exchange: Exchange) -> list[tuple[str, tuple[Stage, ...]]]:
    """The groups of stages of which the exchange has parts; before the call if it has none at all."""
    there = [
        (name, stages)
        for name, stages in GROUPS.items()
        if any(True for stage in stages for _ in (*exchange.parts(stage), *exchange.unread(stage)))
    ]
    return there or [("before", BEFORE_CALL)]


def _head(record: Record, masked: Masked) -> dict[str, Any]:
    name, file = masked.name(record.id), printable(record.file)
    return {"record": name, "file": file, "line": record.line, "day": record.day}


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {
        "action": str(decision.action),
        "rule": decision.rule,
        "findings": len(decision.findings),
        "unjudged": sum(not item.missing for item in decision.unjudged),
        "language": decision.language,
        "ms": decision.ms.get("total", 0.0),
        "policy": decision.policy.id,
        "policy_sha256": decision.policy.sha256,
    }


def _failed(policy: Policy, reason: str) -> Decision:
    """What the policy's `on_error` makes of a record that could not be judged at all."""
    reports = {rule.id: Report(unjudged=(Unjudged(rule.filter, reason),)) for rule in policy.rules}
    return decide(policy, Evidence((), reports))
