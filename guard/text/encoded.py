r"""Reads what is written in code: base64, hexadecimal, percent and HTML escapes, `\u4f60`, tag characters.

Each decoded text is a view, so that what is found in it is reported on the characters that encode it.
Nothing decoded is longer than its code, and code within code is read two levels deep, so the work is bounded.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import urllib.parse
from collections.abc import Iterator

import numpy as np

from guard.text.view import View

DEPTH = 2
"""Levels of code within code."""

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,}={0,2}(?![A-Za-z0-9+/_=-])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0x)?((?:[0-9a-fA-F]{2}[ :]?){6,})(?![0-9A-Za-z])")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_ESCAPES = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});?"
    r"|(?:\\u[0-9A-Fa-f]{4})+|(?:\\x[0-9A-Fa-f]{2})+"
)


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
    for start, end, decoded in _stretches(text):
        inside = len(decoded)
        first, last = view.span(start, end)
        yield View(View.of(decoded).codes, np.full(inside, first), np.full(inside, last))
    if any(sign in text for sign in "%&\\"):
        yield from _resolve(view)


def _stretches(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _BASE64.finditer(text):
        decoded = _readable(_from_base64(match.group()))
        if decoded:
            yield match.start(), match.end(), decoded
    for match in _HEX.finditer(text):
        decoded = _readable(bytes.fromhex(match.group(1).replace(":", " ")))
        if decoded:
            yield match.start(), match.end(), decoded
    for match in _TAGS.finditer(text):
        yield match.start(), match.end(), "".join(chr(ord(char) - 0xE0000) for char in match.group())


def _from_base64(code: str) -> bytes:
    standard = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except binascii.Error:
        return b""


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
    for match in _ESCAPES.finditer(text):
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
