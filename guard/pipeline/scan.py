"""One filter's pass over some parts of an exchange, and what becomes of its faults."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Sequence

from guard.deadline import bound, until
from guard.registry import Filter
from guard.types import Exchange, Finding, Part, Spent, Unjudged


class Scan:
    """One pass of a filter; runs in a worker and may outlive its time there, until its next `check`.

    Ends with `findings`, `unjudged` (parts it failed at or did not reach), what was `spent` and `faults` for
    the log, none of which quotes the text. `ms` is the time it took, in milliseconds.
    """

    def __init__(self, filter: Filter, exchange: Exchange, parts: Sequence[Part], timeout_ms: int) -> None:
        self.filter = filter
        self.exchange = exchange
        self.parts = parts
        self.timeout_ms = timeout_ms
        self.findings: list[Finding] = []
        self.unjudged: list[Unjudged] = []
        self.spent: list[Spent] = []
        self.faults: list[str] = []
        self.ms = 0.0
        self.ended = False
        self.when_late: Callable[[Scan], None] = lambda scan: None
        self.when_ended: Callable[[Scan], None] = lambda scan: None
        self._given_up = False
        self._is_abandoned = bound()
        self._judged: set[str] = set()

    @property
    def seconds(self) -> float:
        """How long the scan may take."""
        return self.timeout_ms / 1000

    def run(self) -> None:
        """Scans part after part; called in a worker."""
        begun = time.perf_counter()
        with until(self._is_over):
            for part in self.parts:
                if not self._is_over():
                    self._scan(part)
                if self._is_over():
                    break
                self._judged.add(part.path)
        self.ms = (time.perf_counter() - begun) * 1000
        self.ended = True
        self.when_ended(self)

    def give_up(self) -> None:
        """Takes what was found so far and counts the remaining parts as not judged."""
        self.ms = float(self.timeout_ms)
        self.skip(f"timed out after {self.timeout_ms} ms")
        self.when_late(self)

    def skip(self, reason: str, *, missing: bool = False) -> None:
        """Counts the parts that were not judged yet as not judged, and why."""
        self._given_up = True
        rest = [part.path for part in self.parts if part.path not in self._judged]
        self.findings = list(self.findings)
        skipped = [Unjudged(self.filter.id, reason, path, missing=missing) for path in rest]
        self.unjudged = [*self.unjudged, *skipped]
        self.faults = self.faults if missing else [*self.faults, reason]

    def _is_over(self) -> bool:
        """Whether nobody waits for the scan: its time ran out, or who asked for it has gone."""
        return self._given_up or self._is_abandoned()

    def _scan(self, part: Part) -> None:
        # A scan that is given up replaces these lists; what still comes must not show up in the new ones.
        findings, unjudged, faults = self.findings, self.unjudged, self.faults
        try:
            for found in self.filter.scan(part, self.exchange):
                if self._is_over():
                    return
                if isinstance(found, Finding):
                    if not math.isfinite(found.score):
                        raise ArithmeticError("a score that is no number")
                    findings.append(found)
                elif isinstance(found, Spent):
                    self.spent.append(found)
                else:
                    unjudged.append(found)
        # Any fault of a filter, a panic in native code included, must reach the policy's `on_error`.
        # Its message may quote the text, so only its type and place are told.
        except BaseException as error:
            if self._is_over():
                return
            kind = type(error).__name__
            unjudged.append(Unjudged(self.filter.id, f"failed: {kind}", part.path))
            faults.append(f"failed: {kind} at {_place(error)}")


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{last[0].filename}:{last[0].lineno}" if last else "an unknown place"
