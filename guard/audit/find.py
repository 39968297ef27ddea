"""Finds the transcripts in files and folders, and says what it passes over."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from guard.errors import InputError

LINES = (".jsonl", ".ndjson", ".json")
TABLES = (".csv", ".tsv")

RESULTS = frozenset(("decisions.parquet", "findings.parquet", "summary.json", "report.html"))
"""The files that an audit writes."""

SIGNS = frozenset(("summary.json", "report.html"))
"""The files by which a folder of results is known."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a whole file or folder that its reader should know, such as a guessed encoding."""

    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


class Unreadable(Remark):
    """A file or folder that could not be read, and why; what is in it is missing from the audit."""


def fault_of(error: OSError) -> str:
    """What the system says is wrong, to go on a line with the file's name."""
    return (error.strerror or "cannot be read").lower()


def find(paths: Iterable[Path], *, besides: Path | None = None) -> tuple[list[Path], list[Remark]]:
    """The files to be read, each once, and remarks on those passed over.

    `besides` is a folder to leave out. Raises `InputError` for a path that does not exist, cannot be
    read or holds no transcript.
    """
    files: dict[Path, Path] = {}
    remarks: list[Remark] = []
    for path in paths:
        mode = _mode(path)
        if stat.S_ISDIR(mode):
            walk = _Walk(path, besides)
            remarks += walk.remarks
            if not walk.known:
                raise InputError("; ".join((_NONE.format(path), *map(str, walk.remarks))))
            known = walk.known
        elif not stat.S_ISREG(mode) or not kind(path):
            raise InputError(f"{path}: not a transcript (.jsonl, .ndjson, .json, .csv, .tsv, also .gz)")
        else:
            known = [path]
        for file in known:
            files.setdefault(file.resolve(), file)
    return list(files.values()), remarks


_NONE = "{}: no transcripts in this folder (.jsonl, .json, .csv, also .gz)"


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError as error:
        raise InputError(f"{path}: {fault_of(error)}") from error


def kind(path: Path) -> str:
    """The ending that says how to read a file, or '' for a file of another kind."""
    name = path.name.lower().removesuffix(".gz")
    return next((ending for ending in LINES + TABLES if name.endswith(ending)), "")


class _Walk:
    """The transcripts under a folder in order of their names, and remarks on what else is there."""

    def __init__(self, top: Path, besides: Path | None) -> None:
        self._top = top
        self._besides = besides and besides.resolve()
        self._others = 0
        self._hidden = 0
        self.known: list[Path] = []
        self.remarks: list[Remark] = []
        for place, folders, names in os.walk(top, onerror=self._unreadable):
            folders[:] = sorted(self._open(Path(place), folders))
            self._sort(Path(place), sorted(names))
        if self._hidden:
            text = f"{self._hidden} file(s) or folder(s) whose names begin with a dot were passed over"
            self._remark(top, text)
        if self._others:
            self._remark(top, f"{self._others} file(s) of other kinds were passed over")

    def _unreadable(self, error: OSError) -> None:
        reason = fault_of(error)
        if error.filename == os.fspath(self._top):
            raise InputError(f"{self._top}: this folder cannot be read: {reason}") from error
        text = f"this folder cannot be read, and nothing in it was: {reason}"
        self.remarks.append(Unreadable(str(error.filename), text))

    def _remark(self, path: Path, text: str) -> None:
        self.remarks.append(Remark(str(path), text))

    def _open(self, here: Path, folders: list[str]) -> Iterator[str]:
        """The folders to go into."""
        for name in folders:
            path = here / name
            if self._besides is not None and path.resolve() == self._besides:
                continue
            if name.startswith("."):
                self._hidden += 1
            elif path.is_symlink():
                self._remark(path, "a link to a folder, which was not followed; name the folder itself")
            else:
                yield name

    def _sort(self, here: Path, names: list[str]) -> None:
        results = set(names) >= SIGNS
        if results:
            self._remark(here, "the results of an earlier audit were left out")
        for name in names:
            if results and name in RESULTS:
                continue
            if name.startswith("."):
                self._hidden += 1
            elif kind(here / name):
                self._take(here / name)
            else:
                self._others += 1

    def _take(self, path: Path) -> None:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            self.remarks.append(Unreadable(str(path), fault_of(error)))
            return
        if stat.S_ISREG(mode):
            self.known.append(path)
        else:
            self._others += 1
