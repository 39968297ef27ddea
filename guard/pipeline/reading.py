r"""What filters are shown of a part: of JSON what it says, and of a text with escapes what they mean.

A line break that is written `\n` would otherwise hide the number behind it, and 证 written `\u8bc1` itself.
What is found is told in places of the text as it came, and never divides an escape or a number of JSON, so
that what is masked in JSON leaves JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from guard.cut import Cut, Hidden
from guard.registry import Filter
from guard.text.notation import Form, deeper, undo
from guard.text.view import View
from guard.types import Finding, Part, Unjudged

SAMPLES = "samples"
_MARK = "\\"
"""Ends the path of a part that is shown once more, read another way, before its number."""

_CONTROL = re.compile(r"[\x00-\x1f]")


@dataclass
class Sheet:
    """A text, be it one that grows, with what is known of how to read it and to write into it.

    `levels` holds how often escapes were read where something was found, by its label and place: 0 is as all
    filters are shown it, -1 not at all.
    """

    form: Form = field(default_factory=Form)
    levels: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def write(self, cut: Cut, hide: Callable[[Hidden], str]) -> str:
        """What stands in place of a redacted stretch: `hide` is given what it says."""
        start, _, hidden = cut
        if hidden.written is not None:
            return hide(hidden)
        said = replace(hidden, text=self._says(start, hidden))
        return self.form.write(start, hidden.text, hide(said))

    def _says(self, start: int, hidden: Hidden) -> str:
        found, view = hidden.found, View.of(hidden.text)
        level = self.levels.get((found.label, found.start, found.end), 0)
        if level:
            return deeper(view)[: level + 1][-1].text if level > 0 else hidden.text
        return undo(view, max(0, self.form.until - start)).text


class Reading:
    """The ways to read one part: the first for all filters, others for those that look for patterns.

    The part stands at `origin` in the text of a `sheet`, by default its own.
    """

    def __init__(self, part: Part, sheet: Sheet | None = None, origin: int = 0) -> None:
        self.part = part
        self.sheet = sheet or Sheet(Form(part.text))
        self._origin = origin
        written = View.of(part.text)
        said = undo(written, max(0, self.sheet.form.until - origin))
        # A model reads what it is given as it stands, too.
        read = {} if said is written else {written.text: (-1, written)}
        read[said.text] = 0, said
        for level, view in enumerate(deeper(written)):
            read.setdefault(view.text, (level, view))
        self._views = [view for _, view in read.values()]
        """From what is written to what is read in it most deeply; all filters are shown that at `_main`."""
        self._levels = [level for level, _ in read.values()]
        self._main = self._levels.index(0)

    def shown(self, filter: Filter) -> list[Part]:
        """What a filter is to look at in place of the part."""
        # Samples are compared with the answer as it came.
        if len(self._views) == 1 or SAMPLES in filter.needs:
            return [self.part]
        shown = [replace(self.part, text=self._views[self._main].text)]
        for number, view in enumerate(self._views if filter.reach is not None else ()):
            if number != self._main:
                shown.append(replace(self.part, path=f"{self.part.path}{_MARK}{number}", text=view.text))
        return shown

    def told(self, findings: Iterable[Finding], filter: Filter) -> list[Finding]:
        """Findings in what was shown, in places of the part.

        What was found in half an escape gives way to what was found when that was read.
        """
        if len(self._views) == 1 or SAMPLES in filter.needs:
            return [self._widened(found) for found in findings]
        told: dict[tuple[str, int, int], Finding] = {}
        ends: set[tuple[str, int]] = set()
        plain: set[tuple[str, int, int]] = set()
        for shown in sorted(findings, key=self._number, reverse=True):
            found = self._placed(shown)
            if self._begins_within(found) and (found.label, found.end) in ends:
                continue
            ends.add((found.label, found.end))
            found = self._widened(found)
            key = found.label, found.start, found.end
            if key not in told or told[key].score < found.score:
                told[key] = found
            if key not in plain:
                self._note(shown, found)
            # What a backslash and a letter would turn into a line break is more likely a path.
            if not _CONTROL.search(self._views[self._number(shown)].text, shown.start, shown.end):
                plain.add(key)
        return sorted(told.values(), key=lambda found: (found.start, found.end))

    def _note(self, shown: Finding, found: Finding) -> None:
        """Notes in which view something was found; in what is written only where in no other."""
        key = found.label, found.start + self._origin, found.end + self._origin
        level = self._levels[self._number(shown)]
        self.sheet.levels[key] = level if level >= 0 else self.sheet.levels.get(key, level)

    def _number(self, found: Finding) -> int:
        """Of which view a finding tells."""
        return int(found.part.partition(_MARK)[2] or self._main)

    def _placed(self, found: Finding) -> Finding:
        view = self._views[self._number(found)]
        start, end = view.place(found.start), view.place(found.end)
        if found.start < found.end <= len(view):
            start, end = view.span(found.start, found.end)
        return replace(found, part=self.part.path, start=start, end=end)

    def _begins_within(self, found: Finding) -> bool:
        """Whether a finding begins inside an escape, read as deeply as can be."""
        deepest = self._views[-1]
        return deepest.place(deepest.index(found.start)) < found.start

    def _widened(self, found: Finding) -> Finding:
        """The finding with the whole of each escape and number of JSON that it touches."""
        start, end = found.start, found.end
        form = self.sheet.form
        if start >= end or start + self._origin >= form.until:
            return found
        said = self._views[self._main]
        start, end = said.place(said.index(start)), said.place(said.index(end - 1) + 1)
        start, end = form.widen(start + self._origin, end + self._origin)
        start, end = max(0, start - self._origin), min(len(self.part.text), end - self._origin)
        return found if (start, end) == (found.start, found.end) else replace(found, start=start, end=end)


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


def writing(readings: Mapping[str, Reading], hide: Callable[[Hidden, str], str]) -> Callable[[Cut, str], str]:
    """Hides what a text says, and writes the mask as its notation has it."""

    def write(cut: Cut, language: str) -> str:
        sheet = readings[cut[2].found.part].sheet
        return sheet.write(cut, lambda hidden: hide(hidden, language))

    return write


def _path(path: str) -> str:
    return path.partition(_MARK)[0]
