"""Consistent pseudonyms for one conversation, and the originals back from what the model answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

from guard.identifier.match import Match

NAMES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "pii.person": "人名",
        "pii.phone": "电话",
        "pii.email": "邮箱",
        "pii.bank_card": "卡号",
        "pii.cn_resident_id": "身份证",
        "pii.cn_address": "地址",
        "": "信息",
    },
    "en": {
        "pii.person": "PERSON",
        "pii.phone": "PHONE",
        "pii.email": "EMAIL",
        "pii.bank_card": "CARD",
        "pii.cn_resident_id": "ID",
        "pii.cn_address": "ADDRESS",
        "": "DATA",
    },
}
"""What stands for a label in a pseudonym, by language; the empty label for all others."""


class Vault:
    """Who is who in one conversation: each value has one pseudonym, such as `电话_1`, throughout.

    It holds the originals in memory and belongs to one conversation. Not safe for several threads.
    """

    def __init__(self, language: str = "zh") -> None:
        self._names = NAMES.get(language, NAMES["en"])
        self._pseudonyms: dict[tuple[str, str], str] = {}
        self._originals: dict[str, str] = {}

    def hide(self, text: str, matches: Iterable[Match]) -> str:
        """The text with each match replaced by its pseudonym; of overlapping ones the first stays.

        A pseudonym that already stands in the text is never given out, so that `restore` cannot touch
        what the user wrote.
        """
        pieces, rest = [], 0
        for match in sorted(matches, key=lambda match: (match.start, -match.end)):
            if match.start >= rest:
                pieces += [
                    text[rest : match.start],
                    self.pseudonym(match.label, text[match.start : match.end], text),
                ]
                # A digit behind would make another pseudonym of this one.
                pieces.append(" " * text[match.end : match.end + 1].isdigit())
                rest = match.end
        return "".join([*pieces, text[rest:]])

    def pseudonym(self, label: str, value: str, avoid: str = "") -> str:
        """The pseudonym of a value, a new one at its first call; never one that stands in `avoid`."""
        name = self._names.get(label, self._names[""])
        known = self._pseudonyms.get((name, value))
        if known and known not in avoid:
            return known
        number = 1
        while (made := f"{name}_{number}") in self._originals or made in avoid:
            number += 1
        self._pseudonyms[name, value] = made
        self._originals[made] = value
        return made

    def restore(self, text: str, *, is_json: bool = False) -> str:
        """The text with every pseudonym replaced by its original, escaped where the text is JSON."""
        restorer = self.restorer(is_json=is_json)
        return restorer.feed(text) + restorer.close()

    def restorer(self, *, is_json: bool = False) -> Restorer:
        """Restores a text that arrives in pieces; knows the pseudonyms given out up to now."""
        return Restorer(dict(self._originals), escape=_escape if is_json else str)


class Restorer:
    """Restores originals in a text that arrives in pieces, however it is cut.

    What `feed` returns is final; it keeps back only what may still become a pseudonym.
    """

    def __init__(self, originals: Mapping[str, str], escape: Callable[[str], str]) -> None:
        self._originals = originals
        self._escape = escape
        self._kept = ""
        self._prefixes = {name[:length] for name in originals for length in range(1, len(name) + 1)}
        self._longest = max(map(len, originals), default=0)
        names = "|".join(map(re.escape, sorted(originals, key=len, reverse=True)))
        self._pattern = re.compile(rf"(?:{names})(?![0-9])") if names else None

    def feed(self, piece: str) -> str:
        """What of the text up to here is final, restored."""
        text = self._kept + piece
        cut = self._settled(text)
        self._kept = text[cut:]
        return self._replace(text[:cut])

    def close(self) -> str:
        """The rest, restored."""
        rest, self._kept = self._kept, ""
        return self._replace(rest)

    def _settled(self, text: str) -> int:
        for start in range(max(0, len(text) - self._longest), len(text)):
            if text[start:] in self._prefixes:
                return start
        return len(text)

    def _replace(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._escape(self._originals[found.group()]), text)


def _escape(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
