"""Puts what was measured into a page of the docs, between its markers, or prints it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from guard.errors import GuardError, InputError

BEGIN, END = "<!-- generated: {} -->", "<!-- end: {} -->"
"""The markers, each with the name of what stands between them."""


def publish(name: str, page: Path | None, measure: Callable[[], Iterable[str]]) -> int:
    """Measures, and puts the lines into a page or prints them; the exit status.

    A page without the markers is told of before anything is measured.
    """
    try:
        if page:
            put(page, name)
        text = "\n".join(measure()).strip()
        if page:
            put(page, name, text)
        else:
            sys.stdout.write(text + "\n")
    except GuardError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def put(page: Path, name: str, text: str | None = None) -> None:
    """Puts text between a page's markers; without text, only looks for them.

    Raises `InputError` when they, or the page, are missing.
    """
    begin, end = BEGIN.format(name), END.format(name)
    try:
        before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    except OSError as error:
        raise InputError(f"{page}: {error.strerror or error}") from None
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise InputError(f"{page}: the markers {begin} and {end} are missing")
    if text is not None:
        page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
