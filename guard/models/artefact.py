"""Reads and writes shipped models: named arrays with a description, checked, running no code.

The file is in the safetensors format (https://github.com/huggingface/safetensors); its metadata holds
one JSON text under `guard`: the format version, a checksum of the arrays, and what the model says
about itself.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from guard.errors import ModelError
from guard.library import require

FORMAT = 1
_KEY = "guard"

DATA = Path(__file__).parent / "data"
"""Where the weights that come with the package lie."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """Arrays by name, and the model's own description."""

    arrays: Mapping[str, np.ndarray]
    about: Mapping[str, Any]


def save(path: Path, artefact: Artefact) -> None:
    """Writes an artefact; the same content gives the same bytes. Whoever has mapped the old file keeps it."""
    require("safetensors")
    from safetensors.numpy import save_file

    head = {"format": FORMAT, "sha256": checksum(artefact.arrays), "about": dict(artefact.about)}
    arrays = {name: np.ascontiguousarray(array) for name, array in artefact.arrays.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    save_file(arrays, new, {_KEY: json.dumps(head, sort_keys=True, ensure_ascii=False)})
    new.chmod(0o644)
    new.replace(path)


def load(path: Path, *, mapped: bool = False) -> Artefact:
    """The artefact in a file.

    Arrays are `mapped` rather than read where that is asked: processes share them, and what is never used
    takes no memory. Raises `ModelError` when the file is missing, not one of ours, or damaged.
    """
    require("safetensors")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            names = file.keys()
            arrays = _map(path) if mapped else {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: cannot be read as a model ({error})") from None
    return Artefact(arrays, _check(path, metadata, arrays))


def describe(path: Path) -> Mapping[str, Any]:
    """What the model in a file says of itself, without its arrays; raises `ModelError` as `load` does."""
    require("safetensors")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: cannot be read as a model ({error})") from None
    return _read_head(path, metadata)[1]


class Place(NamedTuple):
    """Where a tensor lies in a file: its first byte and how many it has."""

    start: int
    size: int


def places(path: Path) -> dict[str, Place]:
    """Where each tensor of a well-formed safetensors file lies."""
    return {name: place for name, (place, _) in _layout(path).items()}


def _layout(path: Path) -> dict[str, tuple[Place, Mapping[str, Any]]]:
    """Place and description of each tensor: the file begins with the length of a JSON text, and that text."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        head = json.loads(file.read(length))
    head.pop("__metadata__", None)
    spans = {name: tensor["data_offsets"] for name, tensor in head.items()}
    return {
        name: (Place(8 + length + start, end - start), head[name]) for name, (start, end) in spans.items()
    }


_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "i1", "U8": "u1"}


def _map(path: Path) -> dict[str, np.ndarray]:
    data = np.memmap(path, np.uint8, mode="r")
    return {
        name: np.asarray(data[start : start + size]).view(_TYPES[tensor["dtype"]]).reshape(tensor["shape"])
        for name, ((start, size), tensor) in _layout(path).items()
    }


def _check(path: Path, metadata: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> Mapping[str, Any]:
    expected, about = _read_head(path, metadata)
    if checksum(arrays) != expected:
        raise ModelError(f"{path}: the weights do not match their checksum; the file is damaged")
    return about


def _read_head(path: Path, metadata: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    """The checksum that the arrays must have, and the model's own description."""
    try:
        head = json.loads(metadata[_KEY])
        form, expected, about = head["format"], head["sha256"], head["about"]
    except (KeyError, TypeError, ValueError):
        raise ModelError(f"{path}: no model of this package (its description is missing)") from None
    if form != FORMAT:
        raise ModelError(f"{path}: format {form}, but this version reads format {FORMAT}")
    if not isinstance(about, dict):
        raise ModelError(f"{path}: no model of this package (its description is missing)")
    return expected, about


def checksum(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over name, type, shape and bytes of each array, in order of name."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()
