"""What stands in place of hidden text: templates of it, and placeholders known again in a changed form.

A template is a text with names in braces, such as `[{kind}_{number}]`. Models rarely copy a placeholder to
the letter, so two placeholders count as the same when they differ in these ways only:

- upper and lower case, and full-width characters;
- another bracket of the same kind: `[ ［ 【 〔 〖`, `< ＜ 〈 《 «`, `( （`, `{ ｛`;
- spaces, underscores and hyphens put in, left out or exchanged, but not between two digits;
- backslashes before brackets and underscores, as Markdown writes them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

FIELDS = ("label", "kind", "number", "hash")
"""The names that a template may hold."""

TELLING = ("number", "hash")
"""The names that tell one hidden value from another."""

OPENING, CLOSING = "[［【〔〖<＜〈《«(（{｛", "]］】〕〗>＞〉》»)）}｝"
LONGEST = 120
"""Characters that a placeholder may have between its brackets, however it is written."""

_FIELD = re.compile(r"\{([A-Za-z_]+)\}")
_ENCLOSED = re.compile(rf"[{re.escape(OPENING)}][^{re.escape(OPENING + CLOSING)}\r\n]+[{re.escape(CLOSING)}]")
_GAPS = re.compile(r"[\s_\-‐‑–—\\\u200b]+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])\0+(?=[0-9])")
_BRACKETS = str.maketrans("【〔〖〈《«】〕〗〉》»", "[[[<<<]]]>>>")


class _Plain(dict[int, str]):
    """Each character in its plain form, whatever stands beside it: so the beginning of a text stays one."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).casefold().translate(_BRACKETS)
        if len(self) < _MOST_KEPT:
            self[code] = plain
        return plain


_MOST_KEPT = 10_000
_PLAIN = _Plain()


def fields(template: str) -> list[str]:
    """The names in braces that a template holds, in order."""
    return _FIELD.findall(template)


def tells_apart(template: str) -> bool:
    """Whether different values get different placeholders."""
    return any(name in TELLING for name in fields(template))


def is_enclosed(template: str) -> bool:
    """Whether what a template makes stands within one pair of brackets, and can be found again."""
    return _ENCLOSED.fullmatch(_FIELD.sub("x", template)) is not None


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its names replaced by their values; names without one stay as they are."""
    return _FIELD.sub(lambda match: values.get(match[1], match[0]), template)


def fold(placeholder: str) -> str:
    """The form that all ways to write one placeholder have in common.

    >>> fold("【person\\\\_ １】") == fold("[PERSON_1]")
    True
    >>> fold("[A_1_1]") == fold("[A_11]")
    False
    """
    plain = placeholder.translate(_PLAIN)
    return _BETWEEN_DIGITS.sub(" ", _GAPS.sub("\0", plain)).replace("\0", "")
