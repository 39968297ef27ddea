"""Folded copies of a text that know where every character came from.

A filter that looks for words looks at views, in which disguises are undone, and reports the span of
the original. Views are made in passes over arrays of code points, so that their cost is linear and
small, and are shared by all filters that look at the same text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guard.text.alphabet import Kind, kinds
from guard.text.brief import Brief
from guard.text.fold import table

Codes = NDArray[np.uint32]
Places = NDArray[np.intp]

CASED = frozenset({"width", "invisible", "marks", "lookalikes", "simplified"})
PLAIN = CASED | {"case"}
"""The folds that cost an innocent text nothing: they change no word of Chinese or English."""

_SMALL = 20_000
"""Longest text of which many views are kept; of longer ones only the last two."""


class View:
    """A folded copy of a text with a map back to the original.

    `starts[i]` and `ends[i]` delimit the characters of the original that gave character `i`; both are
    `None` as long as the copy has exactly the characters of the original, one for one. `root` holds the
    original's code points, or `None` where what the view shows is encoded in them.
    """

    __slots__ = ("_codes", "_kinds", "_text", "ends", "root", "starts")

    def __init__(
        self,
        codes: Codes,
        starts: Places | None = None,
        ends: Places | None = None,
        root: Codes | None = None,
    ) -> None:
        self._codes = codes
        self.root = root
        self._text: str | None = None
        self._kinds: NDArray[np.uint8] | None = None
        self.starts = starts
        self.ends = ends

    @classmethod
    def of(cls, text: str) -> View:
        """The text itself as a view."""
        codes: Codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        return cls(codes, root=codes)

    @property
    def codes(self) -> Codes:
        """The code points."""
        return self._codes

    @property
    def text(self) -> str:
        """The folded text."""
        if self._text is None:
            self._text = self._codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")
        return self._text

    @property
    def kinds(self) -> NDArray[np.uint8]:
        """The kind of each character; see `guard.text.alphabet`."""
        if self._kinds is None:
            self._kinds = kinds()[self._codes]
        return self._kinds

    @property
    def written(self) -> Codes | None:
        """For each character the code point that it was written with, where it was written as itself."""
        return self.root if self.root is None or self.starts is None else self.root[self.starts]

    def __len__(self) -> int:
        return len(self._codes)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original the characters `start` to `end` (exclusive) of the view stand."""
        if end <= start:
            raise ValueError("a span of a view holds at least one character")
        if self.starts is None or self.ends is None:
            return start, end
        return int(self.starts[start]), int(self.ends[end - 1])

    def place(self, at: int) -> int:
        """Where in the original the character at `at` begins; behind the last one, where that ends."""
        if self.starts is None or self.ends is None:
            return at
        return int(self.starts[at]) if at < len(self) else int(self.ends[-1]) if len(self) else 0

    def index(self, place: int) -> int:
        """Which character of the view stands at a place of the original; its length behind the last one.

        Only for a view that keeps the order and leaves nothing out.
        """
        if self.starts is None or self.ends is None:
            return place
        return int(np.searchsorted(self.ends, place, "right"))

    def derive(self, codes: Codes, origin: Places | None, until: Places | None = None) -> View:
        """A view made from this one: its code points, and for each the place here that it came from.

        `origin` of `None`: one for one. `until` holds the last place that a character stands for, where
        that is not its origin.
        """
        if origin is None:
            return View(codes, self.starts, self.ends, self.root)
        last = origin if until is None else until
        if self.starts is None or self.ends is None:
            return View(codes, origin, last + 1, self.root)
        return View(codes, self.starts[origin], self.ends[last], self.root)

    def fold(self, names: frozenset[str]) -> View:
        """This view with each character folded; see `guard.text.fold` for the names."""
        return self.derive(*table(names).apply(self._codes))

    def single_spaced(self) -> View:
        """This view with every stretch of white space reduced to its first character."""
        blank = self.kinds == Kind.SPACE
        doubled = blank[1:] & blank[:-1]
        if not doubled.any():
            return self
        keep = np.concatenate(([0], np.flatnonzero(~doubled) + 1))
        return self.derive(self._codes[keep], keep)


def fold(text: str, names: frozenset[str] = PLAIN) -> View:
    """The folded view of a text, white space reduced to single blanks; kept a while for whoever asks next."""
    return _small(text, names) if len(text) <= _SMALL else _large(text, names)


def _make(text: str, names: frozenset[str]) -> View:
    return View.of(text).fold(names).single_spaced()


_small, _large = Brief(_make, 64), Brief(_make, 2)
