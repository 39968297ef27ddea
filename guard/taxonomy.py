"""How our labels relate to other schemes: OpenAI, MLCommons, Llama Guard, Baidu and GB/T 45654.

The table itself is `taxonomy.yaml`. A category names `labels`, any of which may mean it, and `together`:
sets of labels that mean it when all of one set are found in a text. `filters` are other filters of ours that
find what the category is about, `note` says what is lost between the two, and `uncovered` why nothing of ours
finds it. A scheme's `without` says why a label, or a whole family, has no category there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from guard.errors import InputError, suggest

TABLE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class Category:
    """One category of a scheme and what of ours finds it."""

    code: str
    name: str
    english: str
    former: str
    labels: tuple[str, ...]
    together: tuple[frozenset[str], ...]
    filters: tuple[str, ...]
    note: str
    uncovered: str
    """Why nothing of ours finds it; empty where something does."""

    def fits(self, found: frozenset[str]) -> bool:
        """Whether a text with these labels may fall under the category."""
        return not found.isdisjoint(self.labels) or any(wanted <= found for wanted in self.together)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme of categories, in its own order, and our labels that have no place in it."""

    id: str
    title: str
    source: str
    categories: tuple[Category, ...]
    without: Mapping[str, str]
    """Why a label or family has no category."""

    def lack(self, label: str) -> str:
        """Why a label has no category here; empty where it has one."""
        return self.without.get(label) or self.without.get(label.partition(".")[0], "")


@functools.cache
def schemes() -> Mapping[str, Scheme]:
    """Every scheme by its id, in the order of the table."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {name: _scheme(name, fields) for name, fields in table.items()}


def scheme(name: str) -> Scheme:
    """The scheme of that id; raises `InputError` with the near or legal ids."""
    known = schemes()
    if name not in known:
        raise InputError(f"no scheme {name!r}; {suggest(name, known)}")
    return known[name]


def map_label(label: str, name: str) -> tuple[str, ...]:
    """The codes of the categories that a finding with this label may fall under, in the scheme's order.

    Empty where the scheme has no place for the label, or only together with another one. Raises
    `InputError` for an unknown scheme.
    """
    return map_labels([label], name)


def map_labels(labels: Iterable[str], name: str) -> tuple[str, ...]:
    """The codes of the categories that a text with all these labels may fall under."""
    found = frozenset(labels)
    return tuple(category.code for category in scheme(name).categories if category.fits(found))


def _scheme(name: str, fields: Mapping[str, Any]) -> Scheme:
    categories = tuple(_category(code, entry) for code, entry in fields["categories"].items())
    return Scheme(name, fields["title"], fields["source"], categories, fields["without"])


def _category(code: str, fields: Mapping[str, Any]) -> Category:
    return Category(
        code,
        fields.get("name", code.replace("_", " ")),
        fields.get("english", ""),
        fields.get("former", ""),
        tuple(fields.get("labels", ())),
        tuple(map(frozenset, fields.get("together", ()))),
        tuple(fields.get("filters", ())),
        fields.get("note", ""),
        fields.get("uncovered", ""),
    )
