"""Slips of the pen: what an author types for a sign of YAML, and YAML takes for a part of a text.

Full-width signs of a Chinese keyboard, curly quotes and dashes of a word processor, a colon or a dash
without its blank. All of them may stand in a text, so they are looked for only where a fault was found.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from guard.text.placeholder import FIELDS


class Slip(NamedTuple):
    """What was typed amiss at an index, and what to type instead."""

    at: int
    message: str


_KEYS = """
version id description languages other_languages extends defaults replies retries rules tests
filter stages labels threshold action on_error timeout_ms mask marker restore extent reply note options
enabled input messages sources tool_result output reasoning tool_call samples stage expect role
content text title url
"""
KEYS = frozenset(_KEYS.split())
"""The keys of a policy, by which `id:shop` is told from a text with a colon in it."""

_SIGNS = {
    "：": ("a full-width colon", ": "),
    "，": ("a full-width comma", ", "),
    "–": ("an en dash", "- "),
    "—": ("an em dash", "- "),
    "－": ("a full-width hyphen", "- "),
    "“": ("a curly quote", '"'),
    "”": ("a curly quote", '"'),
    "‘": ("a curly quote", "'"),
    "’": ("a curly quote", "'"),
    "【": ("a full-width bracket", "["),
    "】": ("a full-width bracket", "]"),
    "［": ("a full-width bracket", "["),
    "］": ("a full-width bracket", "]"),
    "｛": ("a full-width brace", "{"),
    "｝": ("a full-width brace", "}"),
}
_BLANKS = {"\u3000": "a full-width blank (U+3000)", "\u00a0": "a no-break space (U+00A0)"}
_OPENING = "【［｛“‘"
_CURLY = {'"': ("“", "”"), "'": ("‘", "’")}

# A key is ASCII here, or followed by a bracket, so that a sentence such as 注意：… is not taken for one.
_NAME = r"(?P<quote>[\"']?)(?P<key>[A-Za-z_][A-Za-z0-9_-]*)(?P=quote)"
_START = re.compile(
    rf"(?P<blank>[\u3000\u00a0])|{_NAME} *"
    r"(?:(?P<colon>：)|:(?P<between>[\u3000\u00a0])|(?P<tight>:)(?=[^\s:/]))"
    r"|[^\s\[\]{}：\"']{1,40}(?P<wide>：)(?= *[\[{])"
)
_DASH = re.compile(
    r"(?P<dash>[–—－])|-(?P<after>[\u3000\u00a0])|(?P<stuck>-)(?=[^\s\d-])"
    rf"|(?P<bullet>[•·●▪◦‣]|\d{{1,2}}[.)、．]) *(?=(?:{'|'.join(sorted(KEYS))}):)"
)
_LEAD = re.compile(r"[ \t]*(?:- +)*")
_REST = re.compile(r"[^\r\n]*")
_ENDS_ITEM = re.compile(r" *[,\]]")
_TEMPLATE = re.compile(rf"\[?\{{(?:{'|'.join(FIELDS)})\}}\]?")


def sign_at(text: str, index: int, signs: str = "") -> Slip | None:
    """The slip that a character is where it belongs to no text; one of `signs`, if any are given."""
    sign = text[index : index + 1]
    if not sign or (signs and sign not in signs):
        return None
    if sign in _BLANKS:
        return Slip(index, f"this is {_BLANKS[sign]}; write a plain blank")
    name, write = _SIGNS.get(sign, ("", ""))
    return Slip(index, f"'{sign}' is {name}; write {write!r}") if name else None


def in_lines(text: str, start: int, stop: int) -> Slip | None:
    """The first slip at the start of a line, from that of `start` to that of `stop`."""
    at = line_start(text, start)
    while at <= stop:
        lead = _LEAD.match(text, at)
        found = _starting(text, lead.end() if lead else at, len(text), dashed=True)
        if found is not None:
            return found
        at = text.find("\n", at) + 1
        if not at:
            break
    return None


def in_scalar(text: str, start: int, stop: int, *, key: bool = False) -> Slip | None:
    """The slip behind a text without quotes, or a key, that is not what it should be."""
    before = text[max(0, start - 200) : start].rstrip(" \t")
    first = before[-1:] in ("", "\n", "\r")
    leads = first or before.endswith("-")
    if key or leads:
        found = _starting(text, start, len(text) if leads else stop, dashed=first, keys=KEYS)
        if found is not None:
            return found
    following = text.find("\n", start, stop) + 1
    listed = before.endswith(("[", ",")) and _ENDS_ITEM.match(text, stop)
    return (
        sign_at(text, start, "｛")
        or (in_lines(text, following, stop - 1) if following else None)
        or _trailing(text, stop - 1)
        or (comma(text, start, stop) if listed else None)
    )


def _trailing(text: str, index: int) -> Slip | None:
    name = _BLANKS.get(text[index])
    return Slip(index, f"this text ends in {name}; remove it") if name else None


def in_collection(text: str, start: int, stop: int) -> Slip | None:
    """The slip behind a list or mapping that was meant as a text: `[{label}]`."""
    if stop - start < 20 and _TEMPLATE.fullmatch(text, start, stop):
        return Slip(start, f'a text that starts with [ or {{ needs quotes; write "{text[start:stop]}"')
    return None


def opening(text: str, index: int) -> Slip | None:
    """The full-width bracket or curly quote that a text starts with."""
    return sign_at(text, index, _OPENING)


def comma(text: str, start: int, stop: int) -> Slip | None:
    """The first full-width comma of a text."""
    index = text.find("，", start, stop)
    return None if index < 0 else sign_at(text, index)


def closing_quote(text: str, start: int, stop: int) -> Slip | None:
    """The curly quote that was meant to close the straight one at `start`, on its line and before `stop`."""
    opens, closes = _CURLY[text[start]]
    depth = 0
    for index in range(start + 1, min(stop, _end_of_line(text, start))):
        depth += (text[index] == opens) - (text[index] == closes)
        if depth < 0:
            return sign_at(text, index)
    return None


def line_start(text: str, index: int) -> int:
    """Where the line that holds an index starts."""
    after_feed = text.rfind("\n", 0, index) + 1
    return max(after_feed, text.rfind("\r", after_feed, index) + 1)


def _end_of_line(text: str, index: int) -> int:
    match = _REST.match(text, index)
    return match.end() if match else index


def _starting(
    text: str, index: int, stop: int, *, dashed: bool, keys: frozenset[str] = frozenset()
) -> Slip | None:
    """The slip at the start of a line or a text; with `keys`, only these need a blank after their colon."""
    match = _START.match(text, index) or (_DASH.match(text, index) if dashed else None)
    if match is None:
        return None
    found = {name: match.start(name) for name, value in match.groupdict().items() if value}
    if "bullet" in found:
        return Slip(index, undashed(rest_of_line(text, match.end())))
    at = found.get("tight", found.get("stuck"))
    if at is None:
        return sign_at(text, match.end() - 1)
    rest = _brief(rest_of_line(text, at + 1, stop))
    if "stuck" in found:
        return Slip(at, f"a list item needs a blank after its dash; write '- {rest}'")
    if keys and match["key"] not in keys:
        return None
    return Slip(at, f"a key needs a blank after its colon; write '{match['key']}: {rest}'")


def undashed(item: str) -> str:
    """What is wrong with the item of a list that begins with no dash."""
    name, colon, rest = item.partition(":")
    meant = f"id: {name}" if colon and not rest.strip() and name not in KEYS else item
    return f"an item of a list begins with a dash and a blank; write '- {_brief(meant.strip())}'"


def rest_of_line(text: str, index: int, stop: int | None = None) -> str:
    """What stands on a line from an index on, and before `stop`."""
    return text[index : min(len(text) if stop is None else stop, _end_of_line(text, index))].strip()


def _brief(text: str) -> str:
    return text if len(text) <= 30 else "..."
