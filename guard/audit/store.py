"""Keeps every decision and every finding of an audit in Parquet, one row each, as the audit goes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from guard.errors import InputError

GROUP = 2000
"""Rows that are gathered before they are written as one row group."""

Column = tuple[str, str, str]

RECORD: tuple[Column, ...] = (
    ("record", "string", "the record's id, else its file and line"),
    ("file", "string", "the transcript in which the record stands"),
    ("line", "int64", "the line on which it begins, counted from 1"),
    ("day", "date32", "the record's day; null when it has no time that can be read"),
    (
        "stages",
        "string",
        "`before` the call (input, sources, tool results) or `after` it (output, tool calls)",
    ),
)

DECISIONS: tuple[Column, ...] = (
    *RECORD,
    ("action", "string", "allow, flag, redact, retry or block"),
    ("rule", "string", "the rule that decided; empty on allow"),
    ("findings", "int32", "how many findings the decision rests on"),
    ("unjudged", "int32", "how many texts a rule could not judge, or not wholly"),
    ("language", "string", "ISO 639-1 code of the exchange's language; empty when unknown"),
    ("ms", "float64", "milliseconds that judging took"),
    ("policy", "string", "the policy's id"),
    ("policy_sha256", "string", "the hash of the policy as it applied"),
)

FINDINGS: tuple[Column, ...] = (
    *RECORD,
    ("part", "string", "the text in which it was found, such as messages[0].content"),
    ("rule", "string", "the rule that claimed it"),
    ("filter", "string", "the filter that found it"),
    ("label", "string", "what was found"),
    ("start", "int64", "first character, counted from 0 in the original text"),
    ("end", "int64", "one past the last character"),
    ("score", "float64", "between 0 and 1"),
    ("reason", "string", "why, in the filter's words"),
    ("action", "string", "what the rule does about it"),
    ("evidence", "string", "the finding between ‹ and › in its surroundings, masked"),
    (
        "source",
        "string",
        "the passage of a source or another answer on which it stands, masked; empty where there is none",
    ),
)


class Store:
    """The two tables of an audit, written beside their final names and put in place by `commit`.

    Left without `commit`, it leaves the folder as it was. Raises `InputError` when the folder cannot
    be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables: dict[str, _Table] = {}
        with saying(folder), contextlib.ExitStack() as undo:
            undo.push(self.__exit__)
            folder.mkdir(parents=True, exist_ok=True)
            self._tables["decisions"] = _Table(folder / "decisions.parquet", DECISIONS)
            self._tables["findings"] = _Table(folder / "findings.parquet", FINDINGS)
            undo.pop_all()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for table in self._tables.values():
            table.drop()

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Adds one row to `decisions` or `findings`; every column must be there."""
        with saying(self._folder):
            self._tables[table].add(row)

    def commit(self) -> dict[str, str]:
        """Writes what is left and puts both files in place; their SHA-256 by file name."""
        with saying(self._folder):
            return {table.path.name: table.commit() for table in self._tables.values()}


REASONS = {
    errno.EEXIST: "this is a file; name a folder for the results",
    errno.ENOTDIR: "this lies in a file; name a folder for the results",
    errno.EACCES: "no permission to write here; name another folder for the results",
    errno.EPERM: "no permission to write here; name another folder for the results",
    errno.EROFS: "this disk can only be read; name another folder for the results",
    errno.ENOENT: "this folder cannot be made; name another folder for the results",
    errno.ENOSPC: "the disk is full",
}
"""Why results cannot be written, in words."""


@contextlib.contextmanager
def saying(path: Path) -> Iterator[None]:
    """Turns what goes wrong in writing, such as a full disk, into one line."""
    try:
        yield
    except OSError as error:
        known = REASONS.get(error.errno or 0)
        raise InputError(f"{path}: {known or (error.strerror or 'cannot be written').lower()}") from error


class _Table:
    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        import pyarrow
        import pyarrow.parquet

        self.path = path
        self._draft = path.with_name(f".{path.name}.part")
        self._schema = pyarrow.schema(
            [
                pyarrow.field(name, pyarrow.type_for_alias(kind), metadata={"description": about})
                for name, kind, about in columns
            ]
        )
        self._names = [name for name, _, _ in columns]
        self._rows: list[Mapping[str, Any]] = []
        self._writer = pyarrow.parquet.ParquetWriter(self._draft, self._schema, compression="zstd")

    def add(self, row: Mapping[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow

        columns = {name: [row[name] for row in self._rows] for name in self._names}
        self._writer.write_table(pyarrow.table(columns, schema=self._schema))
        self._rows.clear()

    def commit(self) -> str:
        if self._rows:
            self._flush()
        self._writer.close()
        with self._draft.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self._draft.replace(self.path)
        return sha256

    def drop(self) -> None:
        self._writer.close()
        self._draft.unlink(missing_ok=True)
