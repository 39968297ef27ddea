"""Everything that can go wrong, as one tree.

GuardError
├── InputError        bad input from the caller: a missing file, a broken line, a wrong shape
├── PolicyError       a policy with faults; carries all of them, each with its place
├── OptionError       an option value that a filter cannot take; becomes a fault of the policy
├── ModelError        a model that cannot be loaded or does not fit
├── MissingExtra      a feature whose package is not installed; says how to install it
├── CallError         a further call, beside the guarded one, that fails or takes too long
├── GivenUp          raised in a scan that ran out of its time, to end it; never reaches a caller
└── Blocked           raised instead of a refusal where the caller asked for `raise_on_block`
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from guard.types import Decision, Mark


class GuardError(Exception):
    """The root: whatever this package raises on purpose; can be pickled and copied with all it holds."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By default the constructor would be called with the message, which not every one takes.
        return _rebuild, (type(self), self.args), self.__dict__


class InputError(GuardError):
    """Bad input from the caller; the message is one line and says where and what."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of a policy, at its place in the file."""

    path: str
    line: int
    column: int
    message: str

    @classmethod
    def at(cls, mark: Mark, message: str) -> Fault:
        return cls(mark.path, mark.line, mark.column, message)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class PolicyError(GuardError):
    """A policy that cannot be used; `faults` holds all that is wrong with it, in file order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class OptionError(GuardError):
    """An option value that a filter cannot take.

    `option` is the option's name and `index` the offending item where the value is a list, so that
    the policy loader can point at the very line.
    """

    def __init__(self, option: str, message: str, index: int | None = None) -> None:
        self.option = option
        self.index = index
        super().__init__(message)


class ModelError(GuardError):
    """A model that cannot be loaded, is damaged, or does not fit the filter that asks for it."""


class MissingExtra(GuardError):
    """A feature whose package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; install it with: pip install 'ernie-guard[{extra}]'")


class CallError(GuardError):
    """A further call of the wrapped generation call that failed or took too long; quotes no text."""


class GivenUp(GuardError):
    """Ends work that nobody waits for any more; see `guard.deadline`."""


class Blocked(GuardError):
    """A blocked exchange, for callers who prefer an exception to a refusal."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(f"blocked by rule {decision.rule!r} of policy {decision.policy.id!r}")


def _rebuild(kind: type[GuardError], args: tuple[Any, ...]) -> GuardError:
    """An error that waits for its attributes."""
    return kind.__new__(kind, *args)


def suggest(name: str, known: Iterable[str]) -> str:
    """The end of an error sentence: the near name, or else the legal ones.

    >>> suggest("emial", ["email", "phone"])
    "did you mean 'email'?"
    >>> suggest("x", ["email", "phone"])
    'one of: email, phone'
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return "one of: " + ", ".join(names)
