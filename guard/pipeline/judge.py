"""Runs a policy's filters over an exchange and hands what they found to the engine.

Rules that ask for the same filter with the same options share one filter and one scan. A filter that
fails or takes too long never stops the others: its rules report the text as not judged.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Container, Iterable, Mapping, Sequence

from guard.deadline import check
from guard.engine import Evidence, Report, decide
from guard.pipeline.reading import SAMPLES, Read, Reading, passed_over, told, writing
from guard.pipeline.scan import Scan
from guard.pipeline.vault import Vault
from guard.pipeline.veil import Veil, hash_key
from guard.pipeline.worker import WORKERS
from guard.registry import Filter, Sampling, create
from guard.text.language import detect, prepare
from guard.text.notation import Form, undo
from guard.text.view import View
from guard.types import (
    AFTER_CALL,
    BEFORE_CALL,
    Action,
    Decision,
    Exchange,
    Part,
    Policy,
    Rule,
    Stage,
    Unjudged,
)

logger = logging.getLogger(__name__)

LATE_SCANS = 8
"""How many scans of one filter may still run after their time; while there are so many, none is begun."""

LANGUAGE_SAMPLE = 2000
"""Characters that suffice to tell a text's language."""

STAGES = tuple(Stage)


class Judge:
    """A policy's filters, loaded and ready. Safe to use from several threads at once."""

    def __init__(self, policy: Policy, key: bytes | str | None = None) -> None:
        """Creates and loads each filter once; `key` is for the hashes that masks may hold.

        Raises `OptionError` for options that a filter cannot take, `ModelError` for a model that
        cannot be loaded and `InputError` for a key that is missing or too short.
        """
        self.policy = policy
        self._key = hash_key(policy, key)
        self._groups = _group(policy.rules)
        prepare()
        for group in self._groups:
            group.filter.load()

    def veil(self, exchange: Exchange, vault: Vault | None = None) -> Veil:
        """What hides the values of one request; placeholders that it came with stand for none of them."""
        came = (part.text for stage in BEFORE_CALL for part in exchange.parts(stage))
        return Veil(vault, self._key, came)

    def judge(
        self,
        exchange: Exchange,
        stages: Sequence[Stage] = STAGES,
        rules: Container[str] | None = None,
        veil: Veil | None = None,
        is_last: bool = False,
        read: Read = Reading,
    ) -> Decision:
        """The policy's decision on the parts of these stages; `rules` names the only ones to ask.

        `veil` hides what is redacted; without one, values are numbered for this decision alone. `is_last`
        says that no try is left, so that an answer to be made again is refused. `read` says how to read a
        part that is a piece of a longer text.
        """
        begun = time.perf_counter()
        parts = tuple(part for stage in stages for part in exchange.parts(stage))
        readings = {part.path: read(part) for part in parts}
        inquiries = [Inquiry(group, exchange, readings, stages, rules) for group in self._groups]
        language = language_of(exchange)
        reports = self._run(inquiries, parts, language, is_last)
        ms: dict[str, float] = {}
        for inquiry in inquiries:
            if inquiry.scan.parts:
                name = inquiry.scan.filter.id
                ms[name] = ms.get(name, 0.0) + inquiry.scan.ms
        ms["total"] = (time.perf_counter() - begun) * 1000
        spent = tuple(item for inquiry in inquiries for item in inquiry.scan.spent)
        veil = veil or self.veil(exchange)
        evidence = Evidence(parts, reports, language, ms, spent)
        return decide(self.policy, evidence, writing(readings, veil.hide))

    def _run(
        self, inquiries: Sequence[Inquiry], parts: tuple[Part, ...], language: str, is_last: bool
    ) -> dict[str, Report]:
        """Each rule's report; filters that ask a model come last, and only if no other rule blocks."""
        asking = [each for each in inquiries if each.scan.filter.asks()]
        free = [each for each in inquiries if each not in asking]
        WORKERS.run([each.scan for each in free if each.is_open()])
        check()
        reports = _reports(free)
        if (waiting := [each.scan for each in asking if each.is_open()]) and self._blocks(
            Evidence(parts, reports, language), is_last
        ):
            for scan in waiting:
                scan.skip("not asked: another rule blocks", missing=True)
        else:
            WORKERS.run(waiting)
        check()
        return reports | _reports(asking)

    def _blocks(self, evidence: Evidence, is_last: bool) -> bool:
        """Whether a rule blocks, whatever others say; one that empties an answer gives way to a retry."""
        decision = decide(self.policy, evidence)
        if is_last:
            return decision.action >= Action.RETRY
        return decision.blocked and not any(
            rule.drops for rule in self.policy.rules if rule.id == decision.rule
        )

    def sampling(self, language: str) -> Sampling | None:
        """Which samples the rules about answers in a language ask for together; None for none at all."""
        asked = [
            group.filter.sampling()
            for group in self._groups
            if any(self.is_sampled(rule) and _answers_in(rule, language) for rule in group.rules)
        ]
        asked = [each for each in asked if each.count > 0]
        if not asked:
            return None
        temperatures = [each.temperature for each in asked if each.temperature is not None]
        return Sampling(
            max(each.count for each in asked),
            max(each.budget_ms for each in asked),
            next(iter(temperatures), None),
        )

    def is_sampled(self, rule: Rule) -> bool:
        """Whether a rule of the policy is judged by other answers to the same prompt."""
        return SAMPLES in self.filter_of(rule).needs

    def asks_further(self, rule: Rule) -> bool:
        """Whether a rule of the policy is judged by what the model says in further calls."""
        return self.is_sampled(rule) or self.filter_of(rule).asks()

    def filter_of(self, rule: Rule) -> Filter:
        """The filter that looks for a rule of the policy."""
        return next(group.filter for group in self._groups if rule in group.rules)


class Group:
    """The rules that share one filter, and its scans that still run after their time."""

    def __init__(self, rule: Rule) -> None:
        self.filter: Filter = create(rule.filter, rule.options)
        self.rules = [rule]
        self.late: set[Scan] = set()

    def takes(self, rule: Rule) -> bool:
        """Whether the rule asks for this very filter with these options."""
        return rule.filter == self.filter.id and dict(rule.options) == dict(self.rules[0].options)

    def watch(self, scan: Scan) -> None:
        """Counts a late scan until it ends."""
        scan.when_ended = self.late.discard
        self.late.add(scan)
        if scan.ended:
            self.late.discard(scan)


class Inquiry:
    """What one filter is asked about one exchange, and each rule's share of the answer."""

    def __init__(
        self,
        group: Group,
        exchange: Exchange,
        readings: Mapping[str, Reading],
        stages: Sequence[Stage],
        only: Container[str] | None,
    ) -> None:
        asked = [rule for rule in group.rules if only is None or rule.id in only]
        self.rules = [rule for rule in asked if not set(stages).isdisjoint(rule.stages)]
        self.stages = stages
        self.group = group
        wanted = {stage for rule in self.rules for stage in rule.stages}
        self._readings = {path: each for path, each in readings.items() if each.part.stage in wanted}
        shown = [part for each in self._readings.values() for part in each.shown(group.filter)]
        # The rule with the most patience decides how long all wait: the scan is the same.
        limit = max((rule.timeout_ms for rule in self.rules), default=0)
        self.scan = Scan(group.filter, exchange, shown, limit)
        self.scan.when_late = group.watch

    def is_open(self) -> bool:
        """Whether there is something to scan; says in the scan why not."""
        if not self.scan.parts:
            return False
        if lacks := _lacks(self.scan.filter, self.scan.exchange):
            # Samples that were asked for and did not come are a fault, and no lack of the exchange.
            fault = self.scan.exchange.shortfall if lacks == SAMPLES else ""
            self.scan.skip(fault or f"the exchange has no {lacks}", missing=not fault)
            return False
        if len(self.group.late) >= LATE_SCANS:
            self.scan.skip("not begun: earlier scans of this filter still run after their time")
            return False
        return True

    def reports(self) -> dict[str, Report]:
        """Each rule's report by rule id; faults go to the log."""
        for fault in self.scan.faults:
            names = ", ".join(rule.id for rule in self.rules)
            logger.warning("rule %s: filter %s: %s", names, self.scan.filter.id, fault)
        whole = Report(
            tuple(told(self._readings, self.scan.filter, self.scan.findings)),
            tuple(passed_over(self.scan.unjudged)),
        )
        return {rule.id: self._report(rule, whole) for rule in self.rules}

    def _report(self, rule: Rule, whole: Report) -> Report:
        """What of the whole report lies at the stages of a rule."""
        readings = self._readings.items()
        elsewhere = {path for path, reading in readings if reading.part.stage not in rule.stages}
        findings = [found for found in whole.findings if found.part not in elsewhere]
        unjudged = [item for item in whole.unjudged if item.part not in elsewhere]
        return Report(tuple(findings), (*unjudged, *self._unread(rule)))

    def _unread(self, rule: Rule) -> list[Unjudged]:
        return [
            Unjudged(rule.filter, f"{kind} content is not read", path)
            for stage in self.stages
            if stage in rule.stages
            for path, kind in self.scan.exchange.unread(stage)
        ]


def language_of(exchange: Exchange) -> str:
    """The language of an exchange as an ISO 639-1 code, '' when it cannot be told.

    What the metadata say under `language` holds; else the last user message tells, else the answer.
    """
    if known := exchange.metadata.get("language"):
        return str(known)
    asked = [message.text for message in exchange.messages if message.role == "user" and message.text]
    answer = [exchange.response.content] if exchange.response else []
    text = next(iter([*asked[-1:], *answer]), "")
    text = text[:LANGUAGE_SAMPLE]
    return detect(undo(View.of(text), Form(text).until).text).code


def _reports(inquiries: Iterable[Inquiry]) -> dict[str, Report]:
    return {name: report for inquiry in inquiries for name, report in inquiry.reports().items()}


def _group(rules: Iterable[Rule]) -> list[Group]:
    groups: list[Group] = []
    for rule in rules:
        same = next((group for group in groups if group.takes(rule)), None)
        if same:
            same.rules.append(rule)
        else:
            groups.append(Group(rule))
    return groups


def _answers_in(rule: Rule, language: str) -> bool:
    """Whether a rule looks at answers, in this language or, where that cannot be told, in any."""
    return not set(AFTER_CALL).isdisjoint(rule.stages) and (not language or rule.speaks(language))


def _lacks(filter: Filter, exchange: Exchange) -> str:
    return " and no ".join(sorted(need for need in filter.needs if not getattr(exchange, need)))
