"""Marks that an author meant as YAML's own, and that YAML takes for part of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

QUOTES = "“”‘’「」『』"
_CHINESE = r"[\u3400-\u9fff]"
_BETWEEN = re.compile(rf"[，、；]|(?<={_CHINESE}),\s*(?={_CHINESE})")
_BEFORE = re.compile(rf"^[{QUOTES}［【\"'，、。；：,;:\s]+")
_AFTER = re.compile(rf"(?:[{QUOTES}］】\"'，、。；：！？…,;:\s]|(?<={_CHINESE})[.!?])+$")
_NEEDS_QUOTES = re.compile(r"[\[\]{},#&*!|>'\"%@`:]|^[-?\s]|\s$|^$")
_ENUMERATION = re.compile(r"[\w.-]+(?:,\s*[\w.-]+)+")
_MOST_SHOWN = 60


def bare(text: str) -> str:
    """A text without marks before and after it."""
    return _AFTER.sub("", _BEFORE.sub("", text))


def apart(text: str) -> list[str]:
    """The words that a text holds, without the marks between and around them.

    >>> apart("“某宝”，“某东”")
    ['某宝', '某东']
    """
    return [word for word in (bare(part) for part in _BETWEEN.split(bare(text))) if word]


def as_list(text: str) -> str:
    """The list that was meant by a text, as it is written in YAML; empty where that is too long to show.

    >>> as_list("某宝，某东")
    '[某宝, 某东]'
    """
    return written_list(re.split(r",\s*", text) if _ENUMERATION.fullmatch(text) else apart(text))


def written_list(words: Sequence[str]) -> str:
    """A list of texts as it is written in YAML; empty where there are none, or it is too long to show."""
    shown = ", ".join(f'"{word}"' if _NEEDS_QUOTES.search(word) else word for word in words)
    plain = words and len(shown) <= _MOST_SHOWN and not re.search(r'["\\\n]', "".join(words))
    return f"[{shown}]" if plain else ""
