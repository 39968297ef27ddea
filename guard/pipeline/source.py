"""Reads the sources of a request, whatever their shape, and rewrites them in it.

A source is a text, a `Source`, or a mapping or object with a text in one of the fields `SOURCE_TEXTS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from guard.errors import InputError
from guard.pipeline.shape import get, put
from guard.types import SOURCE_TEXTS, Source

MOST_NAMES = 5
"""Names of fields that a message about a source lists."""


def listed(sources: Any) -> Sequence[Any]:
    """The sources as a sequence; a single text or document is one. Raises `InputError` for none."""
    if is_single(sources):
        return [sources]
    if isinstance(sources, list | tuple):
        return sources
    if not isinstance(sources, Iterable) or isinstance(sources, bytes | bytearray):
        raise InputError(f"sources must be a list of texts or documents, not {type(sources).__name__}")
    return list(sources)


def is_single(sources: Any) -> bool:
    """Whether this is one source rather than several."""
    return isinstance(sources, str | Mapping | Source) or bool(_texts(sources))


def read_sources(sources: Any) -> tuple[Source, ...]:
    """The sources. Raises `InputError` for one in which no text is found, so that none passes unread."""
    return tuple(_read(number, raw) for number, raw in enumerate(listed(sources)))


def edit_source(source: Any, edits: Mapping[str, str]) -> Any:
    """A copy of the source with its `text`, its `title` or both changed."""
    for name, text in edits.items():
        if isinstance(source, str):
            source = text
        elif isinstance(source, Source):
            source = replace(source, **{name: text})
        elif name == "text":
            source = _put_text(source, text)
        else:
            source = put(source, (name,), text)
    return source


def _read(number: int, raw: Any) -> Source:
    if isinstance(raw, str | Source):
        return Source.of(raw)
    texts = _texts(raw)
    if not texts:
        names = [str(name) for name in (raw if isinstance(raw, Mapping) else ())][:MOST_NAMES]
        has = f"it has: {', '.join(names)}" if names else f"it is {type(raw).__name__}"
        raise InputError(f"sources[{number}] cannot be read; write a text or {{'text': …}} instead; {has}")
    labels = {name: get(raw, name) for name in ("id", "title", "url")}
    return Source.of({**texts, **{name: held for name, held in labels.items() if not callable(held)}})


def _texts(raw: Any) -> dict[str, str]:
    """The fields of a source that hold text, be it empty; none if one of them holds anything else."""
    if isinstance(raw, list | tuple | str | bytes):
        return {}
    held = {name: get(raw, name) for name in SOURCE_TEXTS}
    given = {name: value for name, value in held.items() if value is not None and not callable(value)}
    return given if all(isinstance(value, str) for value in given.values()) else {}


def _put_text(source: Any, text: str) -> Any:
    held = {name: value for name, value in _texts(source).items() if value}
    first = next(iter(held.values()), "")
    for name, value in held.items():
        source = put(source, (name,), text if value == first else "")
    return source
