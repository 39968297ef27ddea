"""Kind words for what is not YAML: where PyYAML stopped, and what the author most likely wrote amiss."""

from __future__ import annotations

import re

import yaml

from guard.policy.slip import (
    Slip,
    closing_quote,
    comma,
    in_lines,
    line_start,
    opening,
    rest_of_line,
    sign_at,
    undashed,
)

_INNER = {
    '"': """the text in quotes ends before this; write inner quotes as \\", or put '…' around the text""",
    "'": """the text in quotes ends before this; write inner quotes as '', or put "…" around the text""",
}
_NO_QUOTES = (
    "a text without quotes ends before {!r} here; put a text that holds [ ] {{ }} ? or ', ' in quotes"
)
_NO_COLON = "a colon cannot stand here; a comma is missing before it, or put a text that holds ': ' in quotes"
_NO_COMMA = "a comma is missing before this"
_STRAY = {
    ",": "a comma cannot stand here; a list needs [ and ] around it",
    "]": "this ] closes nothing; remove it",
    "}": "this } closes nothing; remove it",
}
_LATE = "the quote that opens here is closed on line {} only; close it where the text ends"
_AFTER = "{} ends before this; a text that starts with [ or {{ needs quotes"


_EXACT = re.compile(
    r"nested deeper|alias|anchor|found character '(?!\\t)|unknown escape|single document|chomping"
)
"""Where PyYAML itself says what is wrong."""


def explain(text: str, error: yaml.MarkedYAMLError) -> Slip:
    """The index of the character to point at, and what is wrong in words for who writes no YAML daily."""
    stated = f"{error.context or ''}: {error.problem or ''}"
    problem = _index(error.problem_mark or error.context_mark)
    if text.startswith("```", problem):
        return Slip(problem, "this ``` belongs to Markdown and not to YAML; remove the line")
    found = None if _EXACT.search(stated) else _amiss(text, error, stated, problem)
    if found is None and "expected <block end>" in stated:
        found = _undashed(text, stated, error, problem)
    return found or _stated(error, stated, problem)


def _undashed(text: str, stated: str, error: yaml.MarkedYAMLError, problem: int) -> Slip | None:
    """The item of a list that lacks its dash: the first of all where YAML met a dash, else the one it met."""
    if text.startswith("-", problem):
        lists = list(_LIST.finditer(text, 0, problem))
        return Slip(lists[-1].start("item"), undashed(lists[-1]["item"])) if lists else None
    first = _ITEM.match(text, _index(error.context_mark)) if "a block collection" in stated else None
    if first is None or not text.startswith(first["key"], problem):
        return None
    return Slip(problem, undashed(rest_of_line(text, problem)))


_LIST = re.compile(
    r"^ *(?:rules|tests):[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)* +(?P<item>[^\s\-#\[{][^\r\n]*)", re.M
)
"""A list of a policy whose first item has no dash."""
_ITEM = re.compile(r"- +(?P<key>[A-Za-z_]+:)")


def _stated(error: yaml.MarkedYAMLError, stated: str, problem: int) -> Slip:
    """What PyYAML says, in other words."""
    for pattern, message, at_context in _SYNTAX:
        match = re.search(pattern, stated)
        if match:
            index = _index(error.context_mark) if at_context and error.context_mark else problem
            return Slip(index, message.format(*match.groups()))
    return Slip(problem, f"this is not YAML: {error.problem or error.context}")


def _index(mark: yaml.Mark | None) -> int:
    return mark.index if mark is not None else 0


def _amiss(text: str, error: yaml.MarkedYAMLError, stated: str, problem: int) -> Slip | None:
    """What the author wrote amiss, seen from the text in which YAML stopped or from what stands before it."""
    context = _index(error.context_mark)
    if "found character" in stated:
        indents = not text[line_start(text, problem) : problem].strip()
        return None if indents else Slip(problem, "a tab cannot stand here; write a blank")
    if "a quoted scalar" in stated:
        return closing_quote(text, context, len(text))
    if "a simple key" in stated:
        return in_lines(text, context, problem) or _first_colon(text, context)
    before, flow = _before(text, problem), "a flow" in stated
    if before is None or text[before.end_mark.index : problem].strip(" "):
        found = in_lines(text, problem, problem)
    else:
        found = _behind(text, before, problem, flow=flow)
    stray = None if flow else _STRAY.get(text[problem : problem + 1])
    return found or (Slip(problem, stray) if stray else None)


def _before(text: str, index: int) -> yaml.Token | None:
    """The last token, wider than nothing, that starts before an index."""
    loader = yaml.SafeLoader(text)
    last = None
    try:
        while loader.check_token():
            token = loader.get_token()  # type: ignore[no-untyped-call]
            if token.start_mark.index >= index:
                return last
            last = token if token.end_mark.index > token.start_mark.index else last
    except yaml.YAMLError:
        for token in loader.tokens:
            wide = token.end_mark.index > token.start_mark.index
            last = token if wide and token.start_mark.index < index else last
    return last


def _first_colon(text: str, start: int) -> Slip | None:
    """The full-width colon in the line of a key that has no other."""
    index = text.find("：", start, (text.find("\n", start) + 1 or len(text) + 1) - 1)
    return None if index < 0 else sign_at(text, index)


def _behind(text: str, before: yaml.Token, problem: int, *, flow: bool) -> Slip | None:
    """The slip right behind which YAML stopped; `flow` is inside brackets or braces."""
    start, end = before.start_mark.index, before.end_mark.index
    if isinstance(before, yaml.ScalarToken) and before.plain:
        return _behind_plain(text, start, end, problem, flow=flow)
    if text[start] in _INNER:
        return _behind_quotes(text, start, end, problem, flow=flow)
    found = sign_at(text, problem, "，：") or in_lines(text, problem, problem)
    name = _CLOSED.get(type(before))
    if found is not None or name is None or text[problem : problem + 1] in _SIGNS:
        return found
    return Slip(problem, _NO_COMMA if flow and end < problem else _AFTER.format(name))


def _behind_plain(text: str, start: int, end: int, problem: int, *, flow: bool) -> Slip | None:
    """The slip in a text without quotes."""
    in_line = "\n" not in text[start:end]
    found = in_lines(text, start, problem) or (opening(text, start) if in_line else None)
    if found is not None or not flow:
        return found
    sign = text[problem : problem + 1]
    found = comma(text, start, end)
    if found is None and sign in tuple("[{?"):
        return Slip(problem, _NO_QUOTES.format(sign))
    if found is None and sign == ":" and in_line:
        return Slip(problem, _NO_COLON)
    return found


def _behind_quotes(text: str, start: int, end: int, problem: int, *, flow: bool) -> Slip | None:
    """The slip where a text in quotes ends."""
    late = "\n" in text[start:end]
    found = closing_quote(text, start, end) or sign_at(text, problem, "，：" if flow else "：")
    found = found or (None if late else in_lines(text, problem, problem))
    if found is not None or text[problem : problem + 1] in _SIGNS:
        return found
    if late:
        return Slip(start, _LATE.format(text.count("\n", 0, end) + 1))
    return Slip(problem, _NO_COMMA if flow and end < problem else _INNER[text[start]])


_SIGNS = ("", ":", ",", "]", "}")
_CLOSED = {yaml.FlowSequenceEndToken: "the list", yaml.FlowMappingEndToken: "the mapping"}

_SYNTAX = (
    ("(nested deeper than .*)", "{0}", False),
    (r"found character '\\t'", "a tab cannot indent YAML; use spaces", False),
    (
        r"mapping values are not allowed",
        "a colon cannot stand here; put a text that holds ': ' in quotes, or mind the indentation",
        False,
    ),
    (
        r"scanning a (?:double-)?quoted scalar: found unexpected end",
        "the quote that opens here is never closed",
        True,
    ),
    (r"could not find expected ':'", "this key has no colon; write 'key: value'", True),
    (
        r"flow sequence: expected ',' or '\]'",
        "the list that opens with [ here lacks a comma or its ]",
        True,
    ),
    (
        r"flow mapping: expected ',' or '\}'",
        "the mapping that opens with {{ here lacks a comma or its }}",
        True,
    ),
    (
        r"expected <block end>",
        "this line is not indented like the lines that it belongs to",
        False,
    ),
    (
        r"found undefined alias '(.+)'|found undefined alias (.+)",
        "no anchor of this name; a text that starts with * needs quotes",
        False,
    ),
    (r"scanning an (alias|anchor): ", "a text that starts with * or & needs quotes", True),
    (r"(?:scanning|parsing) a tag", "a text that starts with ! needs quotes", True),
    (r"found character '(.)'", "a text that starts with {0} needs quotes", False),
    (r"expected chomping or indentation", "a text that starts with > or | needs quotes", True),
    (
        r"found unknown escape character '(.)'",
        "\\{0} is no escape in double quotes; put patterns in single quotes",
        False,
    ),
    (r"expected a single document", "a policy is one document; remove the second '---'", False),
    (
        r"sequence entries are not allowed",
        "a list item cannot start here; put '- ' on a line of its own",
        False,
    ),
)
