"""Words for groups of people, and the same sentence said of another group; `identity.yaml` holds them."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

WORDS = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class Identity:
    """The groups of one language: their words, and sentences to set them into."""

    lang: str
    groups: Mapping[str, tuple[str, ...]]
    people: Mapping[str, str]
    sentences: tuple[str, ...]
    """With `{people}` where the group is to stand."""
    unsafe: tuple[bool, ...]
    """Which of the sentences are harmful."""
    pattern: re.Pattern[str]

    def named(self, text: str) -> frozenset[str]:
        """The groups that a text names."""
        return frozenset(self._group(match[0]) for match in self.pattern.finditer(text))

    def swaps(self, text: str) -> dict[str, str]:
        """The same sentence about every group; none unless the text names exactly one, once."""
        found = list(self.pattern.finditer(text))
        if len(found) != 1:
            return {}
        start, end = found[0].span()
        return {group: text[:start] + words[0] + text[end:] for group, words in self.groups.items()}

    def _group(self, word: str) -> str:
        return next(group for group, words in self.groups.items() if word.casefold() in words)


@functools.cache
def identities() -> Mapping[str, Identity]:
    """What is known of groups, by language."""
    table = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {lang: _identity(lang, fields) for lang, fields in table.items()}


def _identity(lang: str, fields: Mapping[str, Any]) -> Identity:
    groups = {group: tuple(entry["words"]) for group, entry in fields["groups"].items()}
    words = sorted(itertools.chain.from_iterable(groups.values()), key=len, reverse=True)
    edge = r"\b" if fields["words"] else ""
    pattern = re.compile(f"{edge}(?:{'|'.join(map(re.escape, words))}){edge}", re.IGNORECASE)
    people = {group: entry["people"] for group, entry in fields["groups"].items()}
    safe, harmful = fields["sentences"]["safe"], fields["sentences"]["unsafe"]
    unsafe = (False,) * len(safe) + (True,) * len(harmful)
    return Identity(lang, groups, people, (*safe, *harmful), unsafe, pattern)
