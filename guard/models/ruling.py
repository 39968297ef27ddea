"""Reads what a model answers when it is asked which claims stand in which source.

Form is taken loosely: reasoning, code fences and words around the JSON, one object or a list, a list that
breaks off, trailing commas. Meaning is not: a claim counts as answered only where everything said of it
can be.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guard.deadline import check, watched
from guard.errors import CallError
from guard.text.excerpt import Excerpt, readable
from guard.text.token import FULLWIDTH

MOST_CHARACTERS = 100_000
"""Characters of an answer, reasoning apart, beyond which it is not read."""
LONGEST_OBJECT = 4000
"""Characters of one JSON object; what is longer says more than was asked."""


class Standing(enum.StrEnum):
    """How a claim stands to the sources."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_IN_SOURCE = "not_in_source"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered of one claim; `verdict` is None where that is nothing of use, and `reason` says why.

    `source` is the number of the source it rests on, -1 for none, and `start` and `end` the stretch of that
    source that was shown. `quote` is where the claim's wrong words stand in it, if they were named.
    """

    verdict: Standing | None = None
    source: int = -1
    start: int = 0
    end: int = 0
    quote: tuple[int, int] | None = None
    reason: str = ""


def read(text: str, claims: Sequence[str], shown: Mapping[str, Excerpt]) -> list[Answer]:
    """The answer for each of the claims, which were numbered from 1; `shown` are the sources by their ids.

    Raises `CallError` when the text holds no JSON object about a claim, or is too long.
    """
    given: dict[int, list[Answer]] = {}
    for item in watched(objects(text)):
        number = _number(item.get("claim"))
        if number == 0:
            # Who counts from 0 means another claim by each number.
            raise CallError("the judge numbers the claims otherwise than they were given")
        if number is not None and number <= len(claims):
            given.setdefault(number, []).append(_answer(item, claims[number - 1], shown))
    if not given:
        raise CallError("the judge's answer holds no JSON object about a claim")
    return [_agreed(given.get(number, [])) for number in range(1, len(claims) + 1)]


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text that hold no further objects, in order; broken ones are passed over.

    Raises `CallError` for a text that is too long.
    """
    answer = _without_reasoning(text)
    if len(answer) > MOST_CHARACTERS:
        raise CallError(f"the judge's answer is longer than {MOST_CHARACTERS} characters")
    index = answer.find("{")
    while index >= 0:
        check()
        found = _OBJECT.match(answer, index, index + LONGEST_OBJECT)
        item = _load(found.group()) if found else None
        if item is not None:
            yield item
        index = answer.find("{", found.end() if found else index + 1)


_OBJECT = re.compile(r'\{\s*+(?:"(?:[^"\\]++|\\.)*+"[^{}"\\]*+)++\}', re.DOTALL)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


def _without_reasoning(text: str) -> str:
    """What follows the last `</think>`; nothing of reasoning that does not end."""
    return text.rpartition("</think>")[2].partition("<think>")[0]


def _load(text: str) -> dict[str, Any] | None:
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            loaded: dict[str, Any] = json.loads(attempt, strict=False, object_pairs_hook=_once)
            return loaded
        except (ValueError, RecursionError):
            continue
    return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys each stand in it once: of two verdicts neither is meant."""
    loaded = dict(pairs)
    if len(loaded) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return loaded


def _number(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}", value.strip()):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _answer(item: Mapping[str, Any], claim: str, shown: Mapping[str, Excerpt]) -> Answer:
    verdict = _verdict(item.get("verdict"))
    if verdict is None:
        return Answer(reason="the verdict is none of those asked for")
    ids = _ids(item.get("source"))
    if ids is None or not all(name in shown for name in ids):
        return Answer(reason="a source is named that was not shown")
    if not ids and verdict is not Standing.NOT_IN_SOURCE:
        return Answer(reason="no source is named")
    quote = item.get("quote") or ""
    span = find_quote(quote, claim) if isinstance(quote, str) else None
    if span is None and quote:
        return Answer(reason="words are quoted that are not in the claim")
    source, start, end, _ = shown[ids[0]] if ids else (-1, 0, 0, "")
    return Answer(verdict, source, start, end, span)


def _verdict(value: Any) -> Standing | None:
    name = re.sub(r"[\s-]+", "_", value.strip().lower()) if isinstance(value, str) else ""
    return _STANDINGS.get(name)


_STANDINGS = {str(standing): standing for standing in Standing}


def _ids(value: Any) -> list[str] | None:
    """The ids of sources in a text or a list of texts, in capitals; None for anything else."""
    listed = value if isinstance(value, list) else [value or ""]
    if not all(isinstance(item, str) for item in listed):
        return None
    return [name.upper() for item in listed for name in _ID_GAP.split(item) if name]


_ID_GAP = re.compile(r"[\s,，、;；\[\]]+")


def find_quote(quote: str, claim: str) -> tuple[int, int] | None:
    """Where quoted words first stand in a claim, apart from case, width and spaces; None if nowhere.

    >>> find_quote("“6000 MAH”", "The battery holds ６000mAh.")
    (18, 25)
    """
    bare = readable(quote).strip().strip("\"'“”‘’「」…").strip()
    if not bare or len(bare) > 2 * len(claim):
        return None
    start = claim.find(bare)
    if start >= 0:
        return start, start + len(bare)
    characters = "".join(bare.translate(FULLWIDTH).split())
    pattern = r"\s*".join(map(re.escape, characters))
    found = re.search(pattern, readable(claim).translate(FULLWIDTH), re.IGNORECASE)
    return found.span() if found else None


def _agreed(answers: Sequence[Answer]) -> Answer:
    """The one answer that a claim got; none where it got several that differ."""
    if not answers:
        return Answer(reason="not answered")
    if any(answer != answers[0] for answer in answers):
        return Answer(reason="answered more than once, and differently")
    return answers[0]
