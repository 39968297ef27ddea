"""Near duplicates: texts that hold most of another, such as one jailbreak template round another request."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

from guard.text.fingerprint import LINKS

WORDS, CHARACTERS = 7, 16
"""How long a run is, and in scripts without spaces."""
SHARE = 0.8
"""Of a text's runs; a text that holds as many is a near duplicate of it."""
LEAST = 4
"""Runs of a text that is long enough to be told by them."""
LONGEST = 20_000
"""Characters of a text that are read."""

_DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\w+")


def runs(text: str) -> frozenset[int]:
    """Numbers that stand for all runs of words in a text, without case, width, marks and links."""
    plain = LINKS.sub(" ", unicodedata.normalize("NFKC", html.unescape(text[:LONGEST])).casefold())
    dense = bool(_DENSE.search(plain))
    size = CHARACTERS if dense else WORDS
    units = [char for char in plain if char.isalnum()] if dense else _WORD.findall(plain)
    return frozenset(hash(tuple(units[at : at + size])) for at in range(len(units) - size + 1))


class Kept:
    """Texts to be kept apart from others."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Texts alike in all their runs count once.

        Of each, only its rarest runs lead to it: whoever holds `SHARE` of all holds one of these, and the
        rarer they are, the fewer texts are compared.
        """
        found = {own for own in map(runs, texts) if len(own) >= LEAST}
        common = Counter(run for own in found for run in own)
        self._by_run: dict[int, list[frozenset[int]]] = defaultdict(list)
        for own in found:
            spare = len(own) - _enough(own) + 1
            for run in sorted(own, key=lambda run: (common[run], run))[:spare]:
                self._by_run[run].append(own)

    def is_repeated(self, text: str) -> bool:
        """Whether a text holds most of the runs of one of these."""
        own = runs(text)
        asked: set[int] = set()
        for run in own:
            for other in self._by_run.get(run, ()):
                if id(other) not in asked:
                    asked.add(id(other))
                    if len(own & other) >= _enough(other):
                        return True
        return False


def _enough(own: frozenset[int]) -> int:
    return -(-len(own) * round(100 * SHARE) // 100)
