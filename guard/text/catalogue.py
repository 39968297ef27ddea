"""The sources of an exchange by what an answer may call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from guard.text.passage import squeeze
from guard.types import Source


class Catalogue:
    """The sources as an answer may name them: by position from 1, by id, by address, by title."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.count = len(sources)
        self.ids = _first(("" if not source.id else source.id, at) for at, source in enumerate(sources))
        self.shapes = {_shape(name) for name in self.ids if not name.isdecimal()} - self.ids.keys()
        self.urls = _first((_address(source.url), at) for at, source in enumerate(sources))
        self.titles = [title for source in sources if len(title := squeeze(source.title)) > 3]

    def by_number(self, number: int) -> int | None:
        """The source with that number for an id, or else at that place, counted from 1."""
        if str(number) in self.ids:
            return self.ids[str(number)]
        return number - 1 if 1 <= number <= self.count else None

    def by_address(self, url: str) -> int | None:
        """The source at that address, apart from scheme, `www`, fragment and case."""
        return self.urls.get(_address(url))

    def expects(self, name: str) -> bool:
        """Whether a name looks like the ids of the sources, digits apart."""
        return _shape(name) in self.shapes


def _first(named: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, at in named:
        if name:
            found.setdefault(name, at)
    return found


def _shape(name: str) -> str:
    return re.sub(r"\d+", "\0", name.casefold())


def _address(url: str) -> str:
    bare = re.sub(r"\A(?:[a-z]+:)?//(?:www\.)?|\Awww\.", "", url.strip().casefold())
    return bare.partition("#")[0].rstrip("/")
