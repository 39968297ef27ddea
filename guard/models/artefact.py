"""Reads and writes shipped models: named arrays with a description, checked, running no code.

The file is in the safetensors format (https://github.com/huggingface/safetensors); its metadata holds
one JSON text under `guard`: the format version, a checksum of the arrays, and what the model says
about itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guard.errors import ModelError

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
    """Writes an artefact; the same content gives the same bytes."""
    from safetensors.numpy import save_file

    head = {"format": FORMAT, "sha256": checksum(artefact.arrays), "about": dict(artefact.about)}
    arrays = {name: np.ascontiguousarray(array) for name, array in artefact.arrays.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(arrays, path, {_KEY: json.dumps(head, sort_keys=True, ensure_ascii=False)})
    path.chmod(0o644)


def load(path: Path) -> Artefact:
    """The artefact in a file.

    Raises `ModelError` when the file is missing, not one of ours, or damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: cannot be read as a model ({error})") from None
    return Artefact(arrays, _check(path, metadata, arrays))


def _check(path: Path, metadata: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> Mapping[str, Any]:
    try:
        head = json.loads(metadata[_KEY])
        form, expected, about = head["format"], head["sha256"], head["about"]
    except (KeyError, TypeError, ValueError):
        raise ModelError(f"{path}: no model of this package (its description is missing)") from None
    if form != FORMAT:
        raise ModelError(f"{path}: format {form}, but this version reads format {FORMAT}")
    if checksum(arrays) != expected:
        raise ModelError(f"{path}: the weights do not match their checksum; the file is damaged")
    if not isinstance(about, dict):
        raise ModelError(f"{path}: no model of this package (its description is missing)")
    return about


def checksum(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over name, type, shape and bytes of each array, in order of name."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()
