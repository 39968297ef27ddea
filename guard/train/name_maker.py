"""Fills templates with names and marks where the names stand."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from guard.train.name_data import data, words

PERSON, LOCATION, ADDRESS, ORGANISATION = range(4)
Mark = tuple[int, int, int]
"""Start, end and kind of a name."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the names in it."""

    text: str
    marks: tuple[Mark, ...]
    source: str = "generated"
    lang: str = ""


_CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)\}")
"""A place in a template that is filled."""


class Maker:
    """Fills the templates of one language. Slots are methods or word lists."""

    lang = ""
    joints: tuple[str, ...] = ()
    entities: ClassVar[Mapping[str, int]] = {}

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.data = data()[self.lang]
        self.slots: dict[str, Callable[[], str]] = {}

    def text(self) -> Marked:
        """One filled template."""
        group = "negatives" if self.rng.random() < 0.2 else "templates"
        return self.fill(self.rng.choice(self.data[group]))

    def fill(self, template: str) -> Marked:
        """A template with its choices made and its slots filled, names marked."""
        while (found := _CHOICE.search(template)) is not None:
            chosen = self.rng.choice(found.group(1).split("|"))
            template = template[: found.start()] + chosen + template[found.end() :]
        pieces: list[str] = []
        marks: list[Mark] = []
        size = place = 0
        for slot in SLOT.finditer(template):
            value = self.value(slot.group(1))
            pieces += [template[place : slot.start()], value]
            size += slot.start() - place
            if slot.group(1) in self.entities and value:
                marks.append(self.mark(slot.group(1), size, value))
            size += len(value)
            place = slot.end()
        return Marked("".join([*pieces, template[place:]]), tuple(marks), lang=self.lang)

    def mark(self, slot: str, start: int, value: str) -> Mark:
        """Where in a slot's value the name stands."""
        return start, start + len(value), self.entities[slot]

    def value(self, slot: str) -> str:
        """What a slot is filled with."""
        if slot in self.slots:
            return self.slots[slot]()
        return str(self.rng.choice(self.data[slot]))

    def pick(self, name: str) -> str:
        """A word of a list."""
        return self.rng.choice(words(self.lang, name))

    def number(self, most: int) -> str:
        """A number from 1 on."""
        return str(self.rng.randint(1, most))
