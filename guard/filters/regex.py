"""Regular expressions that the policy author writes, matched in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guard.deadline import watched
from guard.errors import OptionError
from guard.identifier.edge import before_code
from guard.registry import Example, Filter, option
from guard.text.encoded import decode
from guard.text.view import View
from guard.types import Exchange, Finding, Part, Unjudged

MOST_MATCHES = 10_000
"""Matches of one pattern in one text after which the rest is reported as not judged."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


class Regex(Filter):
    r"""Finds what the policy author's own regular expressions match.

    Patterns are in RE2 syntax (https://github.com/google/re2/wiki/Syntax), whose matching takes time
    linear in the text whatever the pattern, so that no text can stall the guard. It has no lookaround
    and no backreferences. `\b` and `\w` know ASCII only: next to Chinese, `\b` separates an ASCII word
    from the characters around it. A list of patterns is labelled `regex.match`; a mapping of names to
    patterns is labelled `regex.NAME`. What is written in base64, hexadecimal, percent or HTML escapes is
    searched as well; what is found in a run of code covers the run.
    """

    id = "regex"
    labels = ("regex.match",)
    hits = (
        Example("order ‹AB-12345› shipped", {"patterns": [r"\bAB-\d{5}\b"]}),
        Example("工号‹E10086›已离职", {"patterns": [r"\bE\d{5}\b"]}),
        Example("内部代号：‹雪松计划›。", {"patterns": ["雪松(计划|项目)"]}),
        Example("𝕏😀 ‹TICKET-7›", {"patterns": [r"ticket-\d+"], "ignore_case": True}),
        Example("见‹JIRA-88›", {"patterns": {"ticket": r"JIRA-\d+"}}, label="regex.ticket"),
    )
    misses = (
        Example("order AB-123456 shipped", {"patterns": [r"\bAB-\d{5}\b"]}),
        Example("工号E100869已离职", {"patterns": [r"\bE\d{5}\b"]}),
        Example("雪松是一种常绿乔木，计划种十棵。", {"patterns": ["雪松(计划|项目)"]}),
        Example("ticket-7", {"patterns": [r"TICKET-\d+"]}),
        Example("jira 88", {"patterns": {"ticket": r"JIRA-\d+"}}, label="regex.ticket"),
    )

    patterns: list[str] | dict[str, str] = option(
        description="Patterns in RE2 syntax: a list, or a mapping from a name, which ends the label."
    )
    ignore_case: bool = option(False, description="Whether capital and small letters are the same.")
    longest: int = option(
        0,
        description="Longest match in characters, which a stream holds back; 0: whole sentences.",
    )

    def __post_init__(self) -> None:
        if not self.patterns:
            raise OptionError("patterns", "option 'patterns' must not be empty")
        if self.longest < 0:
            raise OptionError("longest", "option 'longest' must be 0 or more")
        named = self.patterns if isinstance(self.patterns, Mapping) else None
        items = named.items() if named is not None else (("match", item) for item in self.patterns)
        self._compiled = [
            (f"regex.{_check_name(name)}", compile_pattern(pattern, self.ignore_case, index))
            for index, (name, pattern) in enumerate(items)
        ]
        self.reach = self.longest or None  # type: ignore[misc]

    def label_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(label for label, _ in self._compiled))

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        views = [View.of(part.text), *decode(part.text)]
        for number, (label, pattern) in enumerate(self._compiled, 1):
            seen: set[tuple[int, int]] = set()
            for start, end in watched(_spans(pattern, views)):
                if (start, end) in seen:
                    continue
                if len(seen) == MOST_MATCHES:
                    yield self.pass_over(part, f"pattern {number} matches more than {MOST_MATCHES} times")
                    break
                seen.add((start, end))
                yield self.find(part, label, start, end, 1.0, f"pattern {number}")

    def settled(self, text: str) -> int:
        return before_code(text, super().settled(text))


def _spans(pattern: Any, views: Sequence[View]) -> Iterator[tuple[int, int]]:
    """Where a pattern matches in one of the views, in places of the original."""
    for view in views:
        # RE2 reads UTF-8, which has no lone surrogates; one character for one keeps the offsets.
        for match in pattern.finditer(_SURROGATE.sub("\ufffd", view.text)):
            if match.end() > match.start():
                yield view.span(match.start(), match.end())


def compile_pattern(pattern: str, ignore_case: bool = False, index: int | None = None) -> Any:
    """A compiled RE2 pattern, whose `finditer` gives offsets in characters.

    Raises `OptionError` for option `patterns` at `index` when RE2 cannot take it or it matches
    the empty text.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise OptionError("patterns", _explain(pattern, error), index) from None
    if compiled.search("") is not None:
        raise OptionError("patterns", "the pattern matches the empty text, so it would match anywhere", index)
    return compiled


_BEYOND_RE2 = (
    (
        re.compile(r"\(\?<?[=!]"),
        "lookahead and lookbehind are not supported; match the surroundings too, or drop them",
    ),
    (re.compile(r"\\[1-9]|\(\?P="), "backreferences are not supported; write the repeated part out"),
    (re.compile(r"\(\?>|[+*?}]\+"), "atomic groups and possessive quantifiers are not supported nor needed"),
    (re.compile(r"\\Z"), r"write \z for the end of the text"),
    (re.compile(r"\\u[0-9a-fA-F]{4}"), r"write \x{4e00} for a character by its code point"),
)


def _explain(pattern: str, error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "the pattern holds half of a surrogate pair, which is no character"
    plain = re.sub(r"\\\\", "", pattern)
    for beyond, advice in _BEYOND_RE2:
        if beyond.search(plain):
            return f"the pattern cannot be matched in linear time: {advice}"
    detail = error.args[0] if error.args else ""
    detail = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
    return f"not a regular expression: {detail}"


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise OptionError(
            "patterns", f"{name!r} cannot be part of a label; use small letters, digits, _ and dots"
        )
    return name
