"""A tiny guard model with random weights: every part of the real one, exported to a folder of the test's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from guard.models.block import pack, unpack
from guard.models.piece import Cutter
from guard.models.window import batches
from guard.train.base import SPECIAL, Base, nmt_nfkc
from guard.train.export import Batch, export, measure
from guard.train.network import Network

FAMILIES = {
    "harm": ("harm.general", "harm.hate", "harm.self_harm"),
    "injection": ("injection.direct", "injection.jailbreak"),
}
LABELS = [label for labels in FAMILIES.values() for label in labels]
HIDDEN, LAYERS, LEAVE = 64, 3, 1

WORDS = ("▁the", "▁how", "▁to", "▁kill", "▁a", "▁process", "ing", "tion", "er", "西湖", "请问", "天气")
SINGLE = "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()-/" + (
    "请问如何怎么杀死天气西湖在杭州。，？😀हिन्दीไทย"
)

TEXTS = (
    "how to kill a process",
    "请问西湖在杭州吗？天气如何",
    "a",
    "The thing, the tion: HOW to (kill) 😀 2024!",
    "ไทย हिन्दी",
    " ".join(f"the process {number} killing" for number in range(12)),
)


class Tiny(NamedTuple):
    """The network as trained, its base, and the folder it is served from."""

    network: Network
    base: Base
    folder: Path


def make(folder: Path, about: Mapping[str, Any] | None = None, **extra: np.ndarray) -> Tiny:
    """A model of random weights that differ from seed to seed in nothing."""
    base, network = base_of(), network_of()
    batches = list(tensors(base, TEXTS))
    export(network, base, folder, about=about or {}, peaks=measure(network, batches), extra=extra)
    return Tiny(network, base, folder)


def network_of() -> Network:
    """The network, with heads that tell texts apart and channels that differ much in size."""
    torch.manual_seed(1)
    network = Network(FAMILIES, hidden=HIDDEN, layers=LAYERS, heads=4, positions=512, leave=LEAVE).eval()
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.startswith(("early.", "heads.")):
                value.mul_(3)
            elif "norm" in name and name.endswith("weight"):
                value.copy_(torch.exp(torch.randn(HIDDEN)))
            else:
                value.add_(0.05 * torch.randn_like(value))
    return network


def base_of() -> Base:
    """Three hundred pieces: the special ones, single characters, a few words, and pairs of letters."""
    pairs = [first + second for first in "abcdefghijklmnopqrst" for second in "aeiouhrst"]
    texts = list(dict.fromkeys([*SPECIAL, *SINGLE, *WORDS, *pairs]))[:300]
    rng = np.random.default_rng(2)
    word = pack(rng.normal(size=(len(texts), HIDDEN)).astype(np.float32))
    pieces = tuple((text, -float(number) / 16) for number, text in enumerate(texts))
    return Base(pieces, nmt_nfkc(), word, {}, 4)


def tensors(base: Base, texts: tuple[str, ...]) -> list[Batch]:
    """Texts as the network reads them, in batches; all of the first kind."""
    cutter = Cutter(base.pieces, base.charsmap)
    rows = [np.concatenate([[0], cutter.cut(text).ids, [2]]) for text in texts]
    found = []
    for batch in batches(rows):
        words = unpack(base.word[batch.ids.ravel()]).reshape(*batch.ids.shape, -1)
        kinds = torch.zeros(batch.ids.shape, dtype=torch.long)
        found.append((torch.from_numpy(words), torch.from_numpy(batch.mask) > 0, kinds))
    return found
