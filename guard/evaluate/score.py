"""Scores JSON lines with one filter, so that any filter can be measured on any labelled set.

A line in is `{"id", "text"}` or `{"id", "messages", "sources", "response", "samples"}`; a line out, in the
same order, `{"id", "scores": {label: highest}, "findings": [...], "unjudged": [...]}`. Of a line with a
response, a filter that looks at responses scores the response. A line that cannot be read becomes
`{"id": null, "error": "line 7: ..."}`, and the run goes on.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from guard.errors import InputError
from guard.registry import Filter
from guard.types import AFTER_CALL, Exchange, Finding, Spent, Stage, Unjudged

STANDARD = "-"


@dataclass(frozen=True, slots=True)
class Summary:
    """How many lines were read, and how many of them could not be."""

    lines: int
    broken: int


def score_file(
    judge: Filter, source: str | Path, target: str | Path = STANDARD, threshold: float = 0.5
) -> Summary:
    """Scores every line of `source` (JSONL, `.gz` too; `-` is standard input) into `target` (`-`: output).

    `findings` lists what reaches `threshold`; `scores` holds the highest score of every label, whatever it
    is, and 0 where nothing was found. Raises `InputError` when a file cannot be opened.
    """
    judge.load()
    lines = broken = 0
    with _opened(source, "rb") as reading, _opened(target, "wb") as writing:
        for record in _progress(_records(judge, reading, threshold)):
            lines += 1
            broken += "error" in record
            writing.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
    return Summary(lines, broken)


def score(judge: Filter, exchange: Exchange, threshold: float = 0.5) -> dict[str, Any]:
    """One exchange's `scores`, `findings` and `unjudged`.

    Where there is a response and the filter looks at responses, the response is what is scored, and the
    messages are what it answers; else everything before the call that the filter looks at is scored.
    """
    items = list(_scan(judge, exchange))
    found = [item for item in items if isinstance(item, Finding)]
    scores = dict.fromkeys(judge.label_names(), 0.0)
    for item in found:
        scores[item.label] = max(scores.get(item.label, 0.0), item.score)
    return {
        "scores": {label: round(value, 6) for label, value in scores.items()},
        "findings": [item.as_dict() for item in found if item.score >= threshold],
        "unjudged": [item.as_dict() for item in items if isinstance(item, Unjudged)],
    }


def _scan(judge: Filter, exchange: Exchange) -> Iterator[Finding | Unjudged | Spent]:
    for need in sorted(judge.needs):
        if not getattr(exchange, need):
            yield Unjudged(judge.id, f"the exchange has no {need}", missing=True)
            return
    for stage in _stages(judge, exchange):
        for path, kind in exchange.unread(stage):
            yield Unjudged(judge.id, f"{kind} content is not read", path)
        for part in exchange.parts(stage):
            yield from judge.scan(part, exchange)


def _stages(judge: Filter, exchange: Exchange) -> tuple[Stage, ...]:
    after = tuple(stage for stage in judge.stages if stage in AFTER_CALL)
    before = tuple(stage for stage in judge.stages if stage not in AFTER_CALL)
    return after if exchange.response is not None and after else before


def read_exchange(record: Mapping[str, Any], judge: Filter) -> Exchange:
    """The exchange that a line describes; a bare `text` is what the filter looks at first.

    Raises `InputError` when the line has neither text nor messages nor a response, or fields of the wrong
    type.
    """
    text = record.get("text")
    if text is not None and not isinstance(text, str):
        raise InputError("'text' is not a text")
    if text is None and not record.get("messages") and not record.get("response"):
        raise InputError("no 'text', 'messages' or 'response'")
    fields = {name: _field(record, name, kinds) for name, kinds in _KINDS.items()}
    response = record.get("response")
    if response is not None and not isinstance(response, str | dict):
        raise InputError("'response' is neither a text nor an object")
    fields["response"] = response
    if text is not None:
        _place(fields, text, judge)
    messages = fields.pop("messages")
    return Exchange.of(messages, **fields)


_KINDS: dict[str, tuple[type, ...]] = {"messages": (dict,), "sources": (dict, str), "samples": (str,)}


def _field(record: Mapping[str, Any], name: str, kinds: tuple[type, ...]) -> Any:
    """A list field of a line; a bare text stands for a list of one."""
    value = record.get(name) or []
    if isinstance(value, str):
        return [{"role": "user", "content": value}] if name == "messages" else [value]
    if not isinstance(value, list) or not all(isinstance(item, kinds) for item in value):
        raise InputError(f"{name!r} is not a list of {'objects' if str not in kinds else 'texts'}")
    return value


def _place(fields: dict[str, Any], text: str, judge: Filter) -> None:
    """Puts a bare text where the filter looks: a user message if it can, else an answer or a source."""
    if Stage.INPUT in judge.stages or fields["response"] is not None:
        fields["messages"] = [*fields["messages"], {"role": "user", "content": text}]
    elif Stage.OUTPUT in judge.stages:
        fields["response"] = text
    elif Stage.TOOL_CALL in judge.stages:
        fields["response"] = {"tool_calls": [{"function": {"name": "", "arguments": text}}]}
    elif Stage.TOOL_RESULT in judge.stages:
        fields["messages"] = [*fields["messages"], {"role": "tool", "content": text}]
    else:
        fields["sources"] = [*fields["sources"], text]


def _records(judge: Filter, lines: Iterable[bytes], threshold: float) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_intact(lines), 1):
        if not line.strip():
            continue
        try:
            record = _parse(line)
            exchange = read_exchange(record, judge)
        except (InputError, AttributeError, TypeError) as error:
            yield {"id": None, "error": f"line {number}: {_reason(error)}"}
        else:
            yield {"id": record.get("id"), **score(judge, exchange, threshold)}


def _intact(lines: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from lines
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError("the compressed file is damaged") from None


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else "fields of the wrong type"


def _parse(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except UnicodeDecodeError:
        raise InputError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise InputError("not JSON") from None
    if not isinstance(record, dict):
        raise InputError("not an object")
    return record


@contextlib.contextmanager
def _opened(path: str | Path, mode: str) -> Iterator[IO[bytes]]:
    if str(path) == STANDARD:
        yield sys.stdin.buffer if mode == "rb" else sys.stdout.buffer
        return
    try:
        file = _open(path, mode)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    with file:
        yield file


def _open(path: str | Path, mode: str) -> IO[bytes]:
    if str(path).endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, mode))
    return cast(IO[bytes], Path(path).open(mode))


def _progress(records: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The records, with a bar on standard error where that is a terminal."""
    from tqdm import tqdm

    bar: Iterable[dict[str, Any]] = tqdm(records, unit=" lines", disable=not sys.stderr.isatty())
    return bar
