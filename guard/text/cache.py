"""Keeps on disk what takes long to make, under the hash of all that it was made from.

The folder is the user's own cache folder, or the one that `GUARD_CACHE` names; an empty name turns the cache
off, and so does a folder that cannot be written or that others may write to. What is kept is JSON with its
hash, so that loading it runs no code and what was damaged is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

VARIABLE = "GUARD_CACHE"
MOST_BYTES = 64_000_000
"""Most that the folder holds; what was not asked for the longest goes first."""
_SUFFIX = ".json"


def kept(sources: Iterable[bytes], make: Callable[[], Any]) -> Any:
    """What `make` gives, a value of JSON; made only where the cache lacks what was made of these sources."""
    folder = _folder()
    if folder is None:
        return make()
    digest = hashlib.sha256()
    for source in sources:
        digest.update(hashlib.sha256(source).digest())
    path = folder / (digest.hexdigest() + _SUFFIX)
    found = _load(path)
    if found is None:
        found = make()
        with contextlib.suppress(OSError):
            _store(path, found)
    return found


def _folder() -> Path | None:
    """Where to keep things, made if need be; `None` where nothing may be kept."""
    named = os.environ.get(VARIABLE)
    try:
        folder = _usual() if named is None else Path(named) if named else None
        if folder is None:
            return None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if os.access(folder, os.W_OK) and _is_own(folder) else None
    except (OSError, RuntimeError, ValueError):
        return None


def _usual() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        named = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = named if named.is_absolute() else Path.home() / ".cache"
    return base / "ernie-guard"


def _is_own(folder: Path) -> bool:
    """Whether nobody else can write there, as far as the system tells."""
    if not hasattr(os, "geteuid"):
        return True
    status = folder.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _load(path: Path) -> Any:
    try:
        check, _, body = path.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != check:
            return None
        os.utime(path)
        return json.loads(body)
    except (OSError, ValueError, RecursionError):
        return None


def _store(path: Path, value: Any) -> None:
    body = json.dumps(value, separators=(",", ":")).encode()
    if len(body) > MOST_BYTES:
        return
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
    _shrink(path.parent)


def _shrink(folder: Path) -> None:
    kept_files = [(file.stat(), file) for file in folder.glob("*" + _SUFFIX)]
    total = 0
    for status, file in sorted(kept_files, key=lambda one: -one[0].st_mtime):
        total += status.st_size
        if total > MOST_BYTES:
            file.unlink(missing_ok=True)
