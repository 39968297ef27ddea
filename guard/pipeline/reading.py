r"""What filters are shown of a part: of JSON what it says, and of a text with escapes what they mean.

A line break that is written `\n` would otherwise hide the number behind it, and 证 written `\u8bc1` itself.
What is found is told in places of the text as it came, and never divides an escape or a number of JSON, so
that what is masked in JSON leaves JSON.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from guard.cut import Hidden, Quotes, is_arguments
from guard.registry import Filter
from guard.text.notation import CODE, Numbers, is_json, undo
from guard.text.view import View
from guard.types import Finding, Part, Unjudged

SAMPLES = "samples"
_MARK = "\\"
"""Ends the path of a part that is shown once more, read another way, before its number."""


class Reading:
    """The ways to read one part: the first for all filters, others for those that look for patterns.

    Whether it is JSON is seen, unless `is_json` says; `inside` says that it begins inside a string of JSON.
    """

    def __init__(self, part: Part, *, is_json: bool | None = None, inside: bool = False) -> None:
        self.part = part
        self._is_json = is_json
        self._inside = inside
        self.views: list[View] = []
        """From what is written to what is read in it most deeply; all filters are shown that at `_main`."""
        self._main = 0
        if "\\" in part.text:
            self._look(View.of(part.text))

    @functools.cached_property
    def is_json(self) -> bool:
        """Whether the part is JSON, or a piece of it."""
        return is_json(self.part.text) if self._is_json is None else self._is_json

    def _look(self, written: View) -> None:
        if is_arguments(self.part.path):
            said = undo(written)
            views = [said, undo(said)]
        elif self.is_json:
            # A model reads what it is given as it stands, too.
            said = undo(written)
            views = [written, said, undo(said)]
        else:
            # What is no JSON may mean its backslashes, but for those of codes.
            said = undo(written, CODE)
            views = [said, undo(said)]
        self.views = [view for number, view in enumerate(views) if view not in views[:number]]
        self._main = self.views.index(said)

    def shown(self, filter: Filter) -> list[Part]:
        """What a filter is to look at in place of the part."""
        # Samples are compared with the answer as it came.
        if not self.views or SAMPLES in filter.needs:
            return [self.part]
        shown = [replace(self.part, text=self.views[self._main].text)]
        for number, view in enumerate(self.views if filter.reach is not None else ()):
            if number != self._main:
                shown.append(replace(self.part, path=f"{self.part.path}{_MARK}{number}", text=view.text))
        return shown

    def told(self, findings: Iterable[Finding], filter: Filter) -> list[Finding]:
        """Findings in what was shown, in places of the part.

        What was found in half an escape gives way to what was found when that was read.
        """
        if not self.views or SAMPLES in filter.needs:
            return [self._widened(found) for found in findings]
        told: dict[tuple[str, int, int], Finding] = {}
        ends: set[tuple[str, int]] = set()
        for found in sorted(findings, key=self._number, reverse=True):
            found = self._placed(found)
            if self._begins_within(found) and (found.label, found.end) in ends:
                continue
            ends.add((found.label, found.end))
            found = self._widened(found)
            key = found.label, found.start, found.end
            if key not in told or told[key].score < found.score:
                told[key] = found
        return sorted(told.values(), key=lambda found: (found.start, found.end))

    def says(self, written: str) -> str:
        """What a stretch of the part says."""
        return undo(View.of(written)).text if self.is_json else written

    def _number(self, found: Finding) -> int:
        """Of which view a finding tells."""
        return int(found.part.partition(_MARK)[2] or self._main)

    def _placed(self, found: Finding) -> Finding:
        view = self.views[self._number(found)]
        start, end = view.place(found.start), view.place(found.end)
        if found.start < found.end <= len(view):
            start, end = view.span(found.start, found.end)
        return replace(found, part=self.part.path, start=start, end=end)

    def _begins_within(self, found: Finding) -> bool:
        """Whether a finding begins inside an escape, read as deeply as can be."""
        deepest = self.views[-1]
        return deepest.place(deepest.index(found.start)) < found.start

    def _widened(self, found: Finding) -> Finding:
        """The finding with the whole of each escape and number of JSON that it touches."""
        start, end = found.start, found.end
        if not self.is_json or start >= end:
            return found
        if self.views:
            said = self.views[self._main]
            start, end = said.place(said.index(start)), said.place(said.index(end - 1) + 1)
        start, end = self._numbers.widen(start, end)
        return found if (start, end) == (found.start, found.end) else replace(found, start=start, end=end)

    @functools.cached_property
    def _numbers(self) -> Numbers:
        return Numbers(self.part.text, inside=self._inside)


Read = Callable[[Part], Reading]
"""How a part is read."""


def told(readings: Mapping[str, Reading], filter: Filter, findings: Iterable[Finding]) -> list[Finding]:
    """A filter's findings in what it was shown, part by part, in places of the parts."""
    by_part: dict[str, list[Finding]] = {}
    for found in findings:
        by_part.setdefault(_path(found.part), []).append(found)
    return [
        each
        for path, own in by_part.items()
        for each in (readings[path].told(own, filter) if path in readings else own)
    ]


def passed_over(unjudged: Iterable[Unjudged]) -> list[Unjudged]:
    """What was not judged of what was shown, by the paths of the parts."""
    return list(dict.fromkeys(replace(item, part=_path(item.part)) for item in unjudged))


def writing(
    readings: Mapping[str, Reading], hide: Callable[[Hidden, str], str]
) -> Callable[[Hidden, str], str]:
    """Hides what the text says, and writes the mask as the notation of its part has it."""
    quotes: dict[str, Quotes] = {}

    def write(hidden: Hidden, language: str) -> str:
        found = hidden.found
        reading = readings.get(found.part)
        # Those who cut the arguments of tool calls write into them themselves.
        if reading is None or hidden.written is not None or is_arguments(found.part) or not reading.is_json:
            return hide(hidden, language)
        mask = hide(replace(hidden, text=reading.says(hidden.text)), language)
        quote = quotes.setdefault(found.part, Quotes())
        return quote.write(reading.part.text, found.start, found.end, mask)

    return write


def _path(path: str) -> str:
    return path.partition(_MARK)[0]
