"""Writes the base encoder as it is served before any training, to be measured beside the trained one.

    python -m guard.train.untrained --base BASE --out FOLDER

Its sentence vectors are the base's own; its labels say nothing. `guard.evaluate.topic` reads it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from guard.errors import GuardError
from guard.models.block import unpack
from guard.models.piece import Cutter
from guard.models.topic import everyday
from guard.models.window import batches, windows
from guard.train.base import BASE, Base, load_base
from guard.train.encoder import LEAVE
from guard.train.export import Batch, export, measure
from guard.train.network import Network
from guard.train.text_task import FAMILIES


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, writes; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", type=Path, required=True, help="the base, as guard.train.base reads it")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    chosen = parser.parse_args(arguments)
    try:
        chosen.out.mkdir(parents=True, exist_ok=True)
        write(load_base(chosen.base), chosen.out)
    except GuardError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def write(base: Base, folder: Path) -> None:
    """Writes the files that are served; activations are measured on everyday sentences."""
    positions, hidden = base.arrays["position"].shape
    layers = sum(name.endswith(".qkv.weight") for name in base.arrays)
    shape = {"hidden": hidden, "layers": layers, "heads": base.heads, "leave": min(LEAVE, layers - 1)}
    network = Network(FAMILIES, positions=positions, **shape).eval()
    network.load_base(base.arrays)
    peaks = measure(network, _batches(base, [*everyday().chinese, *everyday().english]))
    export(network, base, folder, about={"name": "untrained", "base": BASE}, peaks=peaks)


def _batches(base: Base, texts: Sequence[str]) -> Iterator[Batch]:
    cutter = Cutter(base.pieces, base.charsmap)
    rows = [window.ids for text in texts for window in windows(cutter.cut(text), len(text))]
    for batch in batches(rows):
        numbers, places = np.unique(batch.ids, return_inverse=True)
        words = unpack(base.word[numbers])[places.reshape(batch.ids.shape)]
        mask = torch.from_numpy(batch.mask.astype(bool))
        yield torch.from_numpy(words), mask, torch.zeros(mask.shape, dtype=torch.long)


if __name__ == "__main__":
    sys.exit(main())
