"""Counts what an audit sees, and says it in a sentence and as data."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from guard.audit.find import Remark
from guard.audit.mask import Snippet
from guard.audit.read import BrokenLine, InputFile, Record
from guard.types import Action, Decision, Policy, Rule

KEPT_BROKEN = 1000
"""How many broken lines are named; all are counted."""

KEPT_REASONS = 200
"""How many different reasons for not judging are kept apart."""

EXAMPLES = 4
"""How many examples of each rule the report shows."""

EXAMPLES_PER_LABEL = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A stretch of text in which a rule found something, masked, with the labels found and their scores.

    `grounds` are the passages of sources on which the finding stands.
    """

    rule: str
    labels: dict[str, float]
    span: tuple[int, int]
    reason: str
    record: str
    day: datetime.date | None
    part: str
    snippet: Snippet
    grounds: tuple[Snippet, ...] = ()


@dataclass(slots=True)
class RuleCount:
    """How often a rule found something, in how many records, and how often it could not judge."""

    findings: int = 0
    records: int = 0
    unjudged: int = 0


@dataclass(slots=True)
class Summary:
    """What an audit came to: counts, what could not be read or judged, and where the results lie.

    `actions` counts records by the strongest action of their decisions. `interrupted` says that the
    run was stopped and the results are those of the records before; the caller exits with 130.
    """

    policy: Policy
    out: Path
    started: datetime.datetime
    version: str
    lang: str = "en"
    files: list[InputFile] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    unreadable: list[Remark] = field(default_factory=list)
    """Files and folders that could not be read, and why."""
    records: int = 0
    records_by_file: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=lambda: Counter({str(action): 0 for action in Action}))
    rules: dict[str, RuleCount] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    days: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    languages: Counter[str] = field(default_factory=Counter)
    unjudged_records: int = 0
    unjudged: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    lacking: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """What records lack that a rule needs, by rule, filter and reason."""
    spent: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """What filters spent on asking a model, by filter."""
    broken: int = 0
    broken_lines: list[BrokenLine] = field(default_factory=list)
    examples: dict[str, list[Example]] = field(default_factory=lambda: defaultdict(list))
    finished: datetime.datetime | None = None
    interrupted: bool = False
    outputs: dict[str, str] = field(default_factory=dict)
    """The hashes of the tables written, by file name."""

    def __post_init__(self) -> None:
        self.rules = {rule.id: RuleCount() for rule in self.policy.rules}

    @property
    def report(self) -> Path:
        """Where the HTML report lies."""
        return self.out / "report.html"

    @property
    def all_read(self) -> bool:
        """Whether no file and no line had to be left out."""
        return not self.broken and not self.unreadable

    @property
    def elapsed(self) -> float:
        """Seconds from start to end."""
        return (self.finished - self.started).total_seconds() if self.finished else 0.0

    @property
    def period(self) -> tuple[str, str] | None:
        """The first and last day of the records, or None when no record has a day."""
        known = sorted(day for day in self.days if day)
        return (known[0], known[-1]) if known else None

    def count(self, record: Record, decisions: Sequence[Decision]) -> None:
        """Counts one record and what was decided on it."""
        action = str(max((decision.action for decision in decisions), default=Action.ALLOW))
        self.records += 1
        self.records_by_file[record.file] += 1
        self.actions[action] += 1
        self.days[record.day.isoformat() if record.day else ""][action] += 1
        self.languages[next((each.language for each in decisions if each.language), "")] += 1
        found = [found for decision in decisions for found in decision.findings]
        for each in found:
            self.rules[each.rule].findings += 1
            self.labels[each.label] += 1
        for rule in {each.rule for each in found}:
            self.rules[rule].records += 1
        self._count_unjudged(decisions)
        self._count_lacking(decisions)
        for item in (item for decision in decisions for item in decision.spent):
            counts = item.as_dict()
            self.spent[counts.pop("filter")].update(counts)

    def _count_unjudged(self, decisions: Sequence[Decision]) -> None:
        """Counts what went unjudged; a rule that lacks what it needs just does not apply."""
        missed = [item for decision in decisions for item in decision.unjudged if not item.missing]
        self.unjudged_records += bool(missed)
        for item in missed:
            self.rules[item.rule].unjudged += 1
            key = (item.rule, item.filter, item.reason, str(item.action))
            if key not in self.unjudged and len(self.unjudged) >= KEPT_REASONS:
                key = (item.rule, item.filter, "other reasons", str(item.action))
            self.unjudged[key] += 1

    def _count_lacking(self, decisions: Sequence[Decision]) -> None:
        """Counts once a record what a rule lacks, however many texts it would have judged."""
        found = {
            (item.rule, item.filter, item.reason)
            for decision in decisions
            for item in decision.unjudged
            if item.missing
        }
        for key in found:
            if key in self.lacking or len(self.lacking) < KEPT_REASONS:
                self.lacking[key] += 1

    def count_broken(self, item: BrokenLine) -> None:
        """Counts a line that could not be read, and names it while there are not too many."""
        self.broken += 1
        if len(self.broken_lines) < KEPT_BROKEN:
            self.broken_lines.append(item)

    def show(self, example: Example) -> None:
        """Keeps an example for the report, unless it has enough like it.

        Several labels of one rule on the same stretch of text make one example.
        """
        kept = self.examples[example.rule]
        for other in kept:
            if (other.record, other.part, other.span) == (example.record, example.part, example.span):
                other.labels.update(example.labels)
                return
        label = next(iter(example.labels))
        same = sum(label in other.labels for other in kept)
        if len(kept) < EXAMPLES and same < EXAMPLES_PER_LABEL:
            kept.append(example)

    def sentence(self) -> str:
        """The outcome in one or two sentences."""
        counts = [f"{self.actions[name]:,} {word}" for name, word in _WORDS.items() if self.actions[name]]
        head = f"{self.records:,} {'record' if self.records == 1 else 'records'} audited"
        text = f"{head} under policy {self.policy.id}: {', '.join(counts) or 'nothing to judge'}."
        if self.unjudged_records:
            text += f" {self.unjudged_records:,} not judged in full."
        if self.broken:
            text += f" {self.broken:,} {'line' if self.broken == 1 else 'lines'} could not be read."
        if count := len(self.unreadable):
            text += f" {count:,} {'file or folder' if count == 1 else 'files or folders'} could not be read."
        if self.interrupted:
            text += " Interrupted: the results are partial."
        return text

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON-ready data; it quotes no text of any record."""
        return {
            "policy": {"id": self.policy.id, "sha256": self.policy.sha256},
            "records": self.records,
            "actions": dict(self.actions),
            "rules": {rule.id: self._rule_dict(rule) for rule in self.policy.rules},
            "labels": dict(self.labels.most_common()),
            "days": {day or "unknown": dict(self.days[day]) for day in sorted(self.days)},
            "languages": {code or "unknown": count for code, count in self.languages.most_common()},
            "unjudged": {"records": self.unjudged_records, "reasons": self._reasons()},
            "lacking": [
                {"rule": rule, "filter": filter, "reason": reason, "records": count}
                for (rule, filter, reason), count in self.lacking.most_common()
            ],
            "spent": {name: dict(counts) for name, counts in sorted(self.spent.items())},
            "broken": {"lines": self.broken, "named": [asdict(item) for item in self.broken_lines]},
            "unreadable": [asdict(item) for item in self.unreadable],
            "files": [self._file_dict(file) for file in self.files],
            "remarks": [asdict(remark) for remark in self.remarks],
            "interrupted": self.interrupted,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds") if self.finished else None,
            "elapsed": round(self.elapsed, 3),
            "version": self.version,
            "outputs": self.outputs,
            "report": str(self.report),
        }

    def _rule_dict(self, rule: Rule) -> dict[str, Any]:
        return {"filter": rule.filter, "action": str(rule.action), **asdict(self.rules[rule.id])}

    def _reasons(self) -> list[dict[str, Any]]:
        return [
            {"rule": rule, "filter": filter, "reason": reason, "action": action, "count": count}
            for (rule, filter, reason, action), count in self.unjudged.most_common()
        ]

    def _file_dict(self, file: InputFile) -> dict[str, Any]:
        path = str(file.path)
        return {**asdict(file), "path": path, "records": self.records_by_file[path]}


_WORDS = {
    "block": "blocked",
    "retry": "to be retried",
    "redact": "redacted",
    "flag": "flagged",
    "allow": "let through unchanged",
}
