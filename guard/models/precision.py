"""Makes the linear layers of a torch network narrower: eight or four bits for a weight, rather than 32.

On a processor, eight bits are torch's own dynamic quantisation, whose integer kernels are faster than
float32. Four bits everywhere, and eight on a GPU, save memory only: weights stand in blocks, made floats anew
at every call, so that results come a little later than in full precision. Blocks are those of
`guard.models.block`: 32 values of a row share a float16 scale, 4.5 or 8.5 bits for a weight.
`benchmarks/precision.py` measures what each costs and saves.

What is no linear layer inside the body (embeddings, norms, the head that gives the scores) stays as it is.
"""

from __future__ import annotations

import functools
import importlib
import warnings
from typing import TYPE_CHECKING, Any, Literal

from guard.errors import ModelError
from guard.models.block import SIZE

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Module

Precision = Literal["none", "int8", "int4"]


def narrow(body: Module, precision: Precision, device: str) -> None:
    """Quantises the linear layers inside a network, in place, for the device that it is to run on.

    Raises `ModelError` when there are none, or when this build of torch cannot.
    """
    if precision == "none":
        return
    if not _linears(body):
        raise ModelError("has no linear layers that could be quantised; leave out 'quantise'")
    if precision == "int8" and device == "cpu":
        _narrow_dynamically(body)
    else:
        _pack(body, 8 if precision == "int8" else 4)


def _linears(body: Module) -> dict[str, Any]:
    """The plain linear layers by name; a subclass may be read in ways of its own."""
    from torch import nn

    return {name: module for name, module in body.named_modules() if name and type(module) is nn.Linear}


def _narrow_dynamically(body: Module) -> None:
    import torch

    if not set(torch.backends.quantized.supported_engines) - {"none"}:
        raise ModelError("cannot be read in int8: this torch has no integer kernels; try 'quantise: int4'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces that this is to move to a package of its own
        quantization: Any = importlib.import_module("torch.ao.quantization")
        spec = {torch.nn.Linear: quantization.per_channel_dynamic_qconfig}
        quantization.quantize_dynamic(body, spec, dtype=torch.qint8, inplace=True)


def _pack(body: Module, bits: int) -> None:
    kind = _packed()
    for name, linear in _linears(body).items():
        owner, _, own = name.rpartition(".")
        setattr(body.get_submodule(owner), own, kind(linear, bits))


@functools.cache
def _packed() -> Any:
    """The class of a packed linear layer, made when torch is first needed."""
    import torch
    from torch.nn import functional

    class Packed(torch.nn.Module):
        """A linear layer whose weight [rows, columns] stands in blocks of four or eight bits."""

        values: Tensor
        scale: Tensor

        def __init__(self, linear: torch.nn.Linear, bits: int) -> None:
            super().__init__()
            self.bits, self.columns, self.dtype = bits, linear.in_features, linear.weight.dtype
            values, scale = _quantise(linear.weight.detach().float(), bits)
            self.register_buffer("values", values)
            self.register_buffer("scale", scale)
            self.bias = linear.bias

        @property
        def weight(self) -> Tensor:
            """The weight as floats, made anew."""
            return _floats(self.values, self.scale, self.bits, self.dtype)[:, : self.columns]

        def forward(self, states: Tensor) -> Tensor:
            return functional.linear(states, self.weight, self.bias)

    return Packed


def _quantise(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """A weight [rows, columns] as bytes [rows, blocks, bytes] and scales float16 [rows, blocks, 1].

    The value of greatest magnitude in a block becomes the lowest number, so that it is met exactly.
    """
    import torch
    from torch.nn import functional

    blocks = functional.pad(weight, (0, -weight.shape[1] % SIZE)).reshape(len(weight), -1, SIZE)
    middle = 1 << bits - 1
    peak = blocks.gather(-1, blocks.abs().argmax(-1, keepdim=True))
    scale = (peak / -middle).to(torch.float16)
    steps = torch.where(scale == 0, 0.0, blocks / scale.float())
    values = (steps.round() + middle).clamp(0, 2 * middle - 1).to(torch.uint8)
    if bits == 4:
        values = values[..., : SIZE // 2] | values[..., SIZE // 2 :] << 4
    return values, scale


def _floats(values: Tensor, scale: Tensor, bits: int, dtype: torch.dtype) -> Tensor:
    """The weight [rows, columns] that `_quantise` made bytes of."""
    import torch

    if bits == 4:
        values = torch.cat([values & 15, values >> 4], dim=-1)
    return values.to(dtype).sub_(1 << bits - 1).mul_(scale).flatten(1)
