r"""Reads what is written in code: base64, hexadecimal, percent and HTML escapes, `\u4f60`, tag characters.

Each decoded text is a view, so that what is found in it is reported on the characters that encode it.
Code may be wrapped into lines of one length. Nothing decoded is longer than its code, and code within code is
read two levels deep, so the work is bounded.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import string
import urllib.parse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from guard.deadline import watched
from guard.text.view import View

Flags = NDArray[np.bool_]

DEPTH = 2
"""Levels of code within code."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}(?![A-Za-z0-9+/_=-])")
_WORD = re.compile(r"[A-Za-z]?[a-z]+|[A-Z]+|[0-9]+")
_HEX = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2}){4,})(?![0-9A-Za-z])")
_NEXT_LINE = re.compile(r"\r?\n[ \t]*([A-Za-z0-9+/_-]+={0,2})[ \t]*(?=[\r\n]|$)")
_SPACED_HEX = re.compile(r"(?<![0-9A-Za-z])((?:[0-9a-fA-F]{2}[ :]){3,}[0-9a-fA-F]{2})(?![0-9A-Za-z])")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_ESCAPES = re.compile(
    r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});?"
    r"|\\u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*|\\x[0-9A-Fa-f]{2}(?:\\x[0-9A-Fa-f]{2})*"
)
_LEAST_RUN = 8
_LONG, _LONG_BYTES = 12, 6
"""Shorter code is read only where it stands for letters and nothing else: a word."""


def _flag(chars: str) -> Flags:
    table = np.zeros(129, bool)
    table[[ord(char) for char in chars]] = True
    return table


_HEX_CHARS = _flag(string.hexdigits)
_CODE_CHARS = _flag(string.ascii_letters + string.digits + "+/_-")
_MIXED = _flag(string.ascii_uppercase + string.digits + "+/_-")
_BETWEEN_HEX = _flag(" :")


def decode(text: str) -> list[View]:
    """Views of all that is encoded in a text, and of the text with its escapes resolved."""
    found: list[View] = []
    level = [View.of(text)]
    for _ in range(DEPTH):
        level = [inner for view in level for inner in _decode(view)]
        found += level
    return found


def _decode(view: View) -> Iterator[View]:
    text = view.text
    for start, end, decoded in _stretches(view):
        inside = len(decoded)
        first, last = view.span(start, end)
        yield View(View.of(decoded).codes, np.full(inside, first), np.full(inside, last))
    if any(sign in text for sign in "%&\\"):
        yield from _resolve(view)


def _stretches(view: View) -> Iterator[tuple[int, int, str]]:
    text = view.text
    yield from _runs(view)
    if _has_spaced_hex(view):
        for match in _SPACED_HEX.finditer(text):
            decoded = _readable(bytes.fromhex(match.group(1).replace(":", " ")))
            if decoded and (len(match.group()) >= 3 * _LONG_BYTES - 1 or _is_word(decoded)):
                yield match.start(), match.end(), decoded
    if len(view) and view.codes.max() >= 0xE0020:
        for match in _TAGS.finditer(text):
            yield match.start(), match.end(), "".join(chr(ord(char) - 0xE0000) for char in match.group())


def _runs(view: View) -> Iterator[tuple[int, int, str]]:
    """What runs of base64 and hexadecimal stand for; lines that go together are looked at together first."""
    text = view.text
    done = tried = 0
    for start in watched(_run_starts(view)):
        if start < done:
            continue
        if start >= tried:
            tried, code = _wrapped(text, start)
            if decoded := _from_code(code):
                done = tried
                yield start, done, decoded
                continue
        match = _HEX.match(text, start) or _BASE64.match(text, start)
        decoded = _from_code(match.group()) if match else ""
        if match and decoded and (match.end() - start >= _LONG or _is_word(decoded)):
            yield start, match.end(), decoded


def _wrapped(text: str, start: int) -> tuple[int, str]:
    """Where code that begins at a place ends, and the code, if it goes on in lines as long as the first."""
    match = _BASE64.match(text, start)
    end, lines = (match.end(), [match.group()]) if match else (start + 1, [])
    while lines and len(lines[-1]) == len(lines[0]) and (line := _NEXT_LINE.match(text, end)):
        if len(line.group(1)) > len(lines[0]):
            break
        lines.append(line.group(1))
        end = line.end()
    return (end, "".join(lines)) if len(lines) > 1 else (start + 1, "")


def _from_code(code: str) -> str:
    digits = _HEX.fullmatch(code)
    return _readable(bytes.fromhex(digits.group(1)) if digits else _from_base64(code))


def _run_starts(view: View) -> list[int]:
    """Where a run of at least `_LEAST_RUN` characters begins that may be base64 or hexadecimal.

    One shorter than `_LONG` holds more than small letters behind its first character.
    """
    codes = np.minimum(view.codes, 128)
    inside, mixed = _CODE_CHARS[codes], _MIXED[codes]
    if len(inside) < _LEAST_RUN:
        return []
    pairs = inside[1:] & inside[:-1]
    fours = pairs[2:] & pairs[:-2]
    eights = fours[4:] & fours[:-4]
    long = np.concatenate((eights[4:] & eights[:-4], [False] * 4))[: len(eights)]
    mixed = mixed[1:] | mixed[:-1]
    mixed = mixed[2:] | mixed[:-2]
    starts = eights & (long | mixed[4:] | mixed[1:-3])
    starts &= ~np.concatenate(([False], inside[: len(eights) - 1]))
    return [int(start) for start in np.flatnonzero(starts)]


def _has_spaced_hex(view: View) -> bool:
    codes = np.minimum(view.codes, 128)
    digits = _HEX_CHARS[codes]
    groups = digits[:-2] & digits[1:-1] & _BETWEEN_HEX[codes[2:]]
    return bool((groups[6:] & groups[3:-3] & groups[:-6]).any())


def _from_base64(code: str) -> bytes:
    if _WORD.fullmatch(code):
        return b""
    standard = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except binascii.Error:
        return b""


def _is_word(text: str) -> bool:
    return text.replace(" ", "").isalpha()


def _readable(data: bytes) -> str:
    """The text that bytes hold, or nothing when they are no text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if all(char.isprintable() or char.isspace() for char in text) else ""


def _resolve(view: View) -> Iterator[View]:
    """The text with each escape replaced by what it stands for, if there is any."""
    pieces, starts, ends, done = [], [], [], 0
    text = view.text
    for match in watched(_ESCAPES.finditer(text)):
        plain = _unescape(match.group())
        if plain is None:
            continue
        pieces += [text[done : match.start()], plain]
        starts += [np.arange(done, match.start()), np.full(len(plain), match.start())]
        ends += [np.arange(done, match.start()), np.full(len(plain), match.end() - 1)]
        done = match.end()
    if pieces:
        rest = np.arange(done, len(text))
        codes = View.of("".join([*pieces, text[done:]])).codes
        yield view.derive(codes, np.concatenate([*starts, rest]), np.concatenate([*ends, rest]))


def _unescape(code: str) -> str | None:
    """What a stretch of escapes stands for; `None` if it is none or gives no text."""
    if code.startswith("&"):
        plain = html.unescape(code)
        return plain if plain != code and len(plain) < len(code) else None
    if code.startswith("\\u"):
        units = [int(unit, 16) for unit in code[2:].split("\\u")]
        return np.array(units, "<u2").tobytes().decode("utf-16-le", "replace")
    data = (
        bytes.fromhex(code.replace("\\x", ""))
        if code.startswith("\\x")
        else urllib.parse.unquote_to_bytes(code)
    )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
