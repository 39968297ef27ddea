"""Runs the encoder's arrays in torch, on a GPU where there is one.

The same weights as onnxruntime runs, restored from eight bits, with states in float32 throughout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from guard.errors import ModelError
from guard.library import require
from guard.models.artefact import Artefact
from guard.models.matrix import LOWEST, Bytes, restore
from guard.models.session import Reading

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-12
MASKED = -1e4
"""Added to the score of a padded place."""


class Accelerator:
    """The encoder in torch, on one device. Safe to share between threads."""

    def __init__(self, artefact: Artefact, device: str) -> None:
        """Raises `ModelError` when torch does not know the device, has none such, or cannot be imported."""
        require("torch")
        import torch

        about = artefact.about
        try:
            self._device = torch.device(device)
            self._arrays = {
                name: torch.from_numpy(np.array(array)).to(self._device)
                for name, array in _floats(artefact).items()
            }
        except (RuntimeError, AssertionError) as error:
            raise ModelError(f"no device {device!r} to run the guard model on ({error})") from None
        self._heads, self._leave, self._layers = about["heads"], about["leave"], about["layers"]
        sizes = [len(labels) for _, labels in about["families"]]
        self._families = torch.arange(len(sizes), device=self._device)
        self._owners = torch.repeat_interleave(self._families, torch.tensor(sizes, device=self._device))

    def first(self, words: np.ndarray, mask: np.ndarray, kinds: np.ndarray) -> tuple[Any, np.ndarray]:
        import torch

        with torch.inference_mode():
            given, hidden, numbers = (
                torch.from_numpy(part).to(self._device) for part in (words, mask, kinds)
            )
            states = self._normalise(given + self._arrays["position"][: given.shape[1]], "norm")
            states = states + self._arrays["kind"][numbers]
            states = self._run(states, hidden, range(self._leave))
            mean, focused = self._pool(states, hidden, "early")
            return states, self._judge(mean, focused, "early.gates", self._families).cpu().numpy()

    def rest(self, states: Any, mask: np.ndarray, rows: np.ndarray) -> Reading:
        import torch

        with torch.inference_mode():
            hidden = torch.from_numpy(mask[rows]).to(self._device)
            early = states[torch.from_numpy(rows)]
            states = self._run(early, hidden, range(self._leave, self._layers))
            mean, focused = self._pool(states, hidden, "late")
            found = (
                self._judge(mean, focused, "late.labels", self._owners),
                self._judge(mean, focused, "late.gates", self._families),
                self._vector(mean, early, hidden),
                self._support(states, hidden),
                states @ self._arrays["marks.weight"] + self._arrays["marks.bias"],
            )
            return Reading(*(part.cpu().numpy() for part in found))

    def _run(self, states: Tensor, mask: Tensor, numbers: range) -> Tensor:
        """The states after some of the layers; `mask` [texts, pieces]."""
        from torch.nn import functional

        texts, pieces, hidden = states.shape
        bias = ((1 - mask.float()) * MASKED)[:, None, None]
        for number in numbers:
            name = f"layers.{number}"
            parts = self._linear(states, f"{name}.qkv").view(texts, pieces, 3, self._heads, -1)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(query, key, value, bias)
            mixed = mixed.transpose(1, 2).reshape(texts, pieces, hidden)
            states = self._normalise(states + self._linear(mixed, f"{name}.out"), f"{name}.norm1")
            inner = functional.gelu(self._linear(states, f"{name}.up"))
            states = self._normalise(states + self._linear(inner, f"{name}.down"), f"{name}.norm2")
        return states

    def _linear(self, states: Tensor, name: str) -> Tensor:
        return states @ self._arrays[f"{name}.weight"] + self._arrays[f"{name}.bias"]

    def _normalise(self, states: Tensor, name: str) -> Tensor:
        from torch.nn import functional

        scale, shift = self._arrays[f"{name}.weight"], self._arrays[f"{name}.bias"]
        return functional.layer_norm(states, states.shape[-1:], scale, shift, EPSILON)

    def _pool(self, states: Tensor, mask: Tensor, name: str) -> tuple[Tensor, Tensor]:
        """The states' mean [texts, hidden], and under each family's attention [texts, families, hidden]."""
        real = mask.float()[:, None]
        mean = (real @ states).squeeze(1) / real.sum(2).clamp(min=1)
        scores = (states @ self._arrays[f"{name}.focus"]).transpose(1, 2) + (1 - real) * MASKED
        return mean, scores.softmax(-1) @ states

    def _vector(self, mean: Tensor, early: Tensor, mask: Tensor) -> Tensor:
        """Unit sentence vectors [texts, hidden], of the mean of last states and of those at the exit."""
        import torch
        from torch.nn import functional

        real = mask.float()[:, None]
        start = (real @ early).squeeze(1) / real.sum(2).clamp(min=1)
        both = torch.cat([mean, start], dim=1)
        return functional.normalize(both @ self._arrays["vector.weight"] + self._arrays["vector.bias"], dim=1)

    def _support(self, states: Tensor, mask: Tensor) -> Tensor:
        """Logits [texts, 3] of how claims stand to their sources."""
        import torch

        _, focused = self._pool(states, mask, "support")
        both = torch.cat([states[:, 0], focused[:, 0]], dim=1)
        return both @ self._arrays["support.judge"] + self._arrays["support.bias"]

    def _judge(self, mean: Tensor, focused: Tensor, name: str, owners: Tensor) -> Tensor:
        """Logits [texts, outputs]; `owners` has the family of each output."""
        own = (focused[:, owners] * self._arrays[f"{name}.focused"]).sum(2)
        return own + mean @ self._arrays[f"{name}.mean"] + self._arrays[f"{name}.bias"]


def _floats(artefact: Artefact) -> dict[str, np.ndarray]:
    """The arrays that the network computes with, matrices restored and freed of what eight bits needed."""
    arrays = dict(artefact.arrays)
    found = {name: array for name, array in arrays.items() if array.dtype == np.float32}
    for name in [name.removesuffix(".scale") for name in arrays if name.endswith(".scale")]:
        matrix = restore(Bytes(arrays[f"{name}.weight"], arrays[f"{name}.scale"]))
        if name.endswith(".down"):
            found[f"{name}.bias"] = arrays[f"{name}.bias"] - LOWEST * matrix.sum(axis=0)
        even = arrays.get(f"{name}.even")
        found[f"{name}.weight"] = matrix if even is None else matrix * even[:, None]
    return found
