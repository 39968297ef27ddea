"""What stands in the code that a text holds: base64, hexadecimal, percent and HTML escapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from guard.deadline import watched
from guard.identifier.match import Match, resolve
from guard.text.encoded import decode
from guard.text.view import View

Find = Callable[[str], Iterable[Match]]
_IN_ADDRESS = frozenset("=/&?")
"""What stands before a run of code in a web address, where the numbers of sites are written so."""
_SURE = 0.95
"""The score from which on such code is taken to hold what it seems to: by its checks, or words beside it."""


def find_nested(text: str, find: Find, readings: Iterable[View] = ()) -> list[Match]:
    """What is found in a text, in other readings of it, and in what is encoded there, as `resolve` has it.

    What stands in a run of base64 or hexadecimal covers the whole run, and takes the place of nothing else;
    in a web address it must be sure. What escapes are a part of covers them.
    """
    found = list(find(text))
    inside: dict[tuple[str, int, int], Match] = {}
    for view in watched([*readings, *decode(text)]):
        if view.root is not None:
            found += [_told(view, match) for match in find(view.text)]
            continue
        begin = view.place(0)
        least = _SURE if text[begin - 1 : begin] in _IN_ADDRESS else 0.0
        for match in resolve(find(view.text)):
            if match.score < least:
                continue
            match = _told(view, match)
            key = match.label, match.start, match.end
            if key not in inside or inside[key].score < match.score:
                inside[key] = match
    return sorted([*resolve(found), *inside.values()], key=lambda match: (match.start, match.end))


def _told(view: View, match: Match) -> Match:
    """A match in a reading, in places of the text."""
    start, end = view.span(match.start, match.end)
    coded = end - start != match.end - match.start
    return replace(match, start=start, end=end, reason=f"{match.reason}, decoded" if coded else match.reason)
