"""Turns a trained network into what is served: one weight file, and two ONNX graphs that point into it.

`encoder.safetensors` holds everything: pieces and embeddings, matrices in eight bits, heads, calibration and
description. The graphs `encoder.first.onnx` and `encoder.rest.onnx` hold operators only; their weights are
external data at the places where the tensors lie in the weight file, so that one file serves onnxruntime,
torch and the checksum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from guard.errors import GuardError
from guard.models.artefact import Artefact, Place, places, save
from guard.models.matrix import LOWEST, evenness, quantise, restore
from guard.models.session import GRAPHS, WEIGHTS
from guard.train.base import Base
from guard.train.graph import IR, MICROSOFT, OPSET, Graph, Linear, Shape, first, linear, rest
from guard.train.network import KINDS, MARKS, SUPPORT, Layer, Network

UNEVEN = (".qkv", ".up")
"""The matrices whose inputs are evened out: what stands before them was normalised and has channels that
are many times as large as the others."""

_NO_SUM = "0" * 64

Batch = tuple[Tensor, Tensor, Tensor]
"""Embedded pieces [texts, pieces, hidden], mask and kinds [texts, pieces]."""


def export(
    network: Network,
    base: Base,
    folder: Path,
    *,
    about: Mapping[str, Any],
    peaks: Mapping[str, np.ndarray],
    extra: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Writes the shipped files into a folder.

    `about` is the model's description beyond its shape, such as `languages`, `thresholds`, `exit`, `groups`;
    `peaks` are those that `measure` finds; `extra` are arrays that come along, such as `calibration.x`.
    """
    arrays = {**vocabulary(base), **served(network, peaks), **(extra or {})}
    write(folder, Artefact(arrays, {**about, **description(network)}))


def write(folder: Path, artefact: Artefact) -> None:
    """Writes an artefact and the graphs that belong to it; given what a folder holds, its graphs anew."""
    path, about = folder / WEIGHTS, dict(artefact.about)
    about["graphs"] = dict.fromkeys(GRAPHS, _NO_SUM)
    save(path, Artefact(artefact.arrays, about))
    found, shape = places(path), shape_of(about)
    graphs = {
        name: model(part, artefact.arrays, shape, found) for name, part in zip(GRAPHS, PARTS, strict=True)
    }
    about["graphs"] = {name: hashlib.sha256(data).hexdigest() for name, data in graphs.items()}
    save(path, Artefact(artefact.arrays, about))
    if places(path) != found:
        raise GuardError(f"{path}: tensors moved when the graphs' checksums were filled in")
    for name, data in graphs.items():
        (folder / name).write_bytes(data)


def shape_of(about: Mapping[str, Any]) -> Shape:
    """The shape that a model's description gives, as the graphs need it."""
    owners = [at for at, (_, labels) in enumerate(about["families"]) for _ in labels]
    sizes = {name: about[name] for name in ("hidden", "layers", "heads", "leave")}
    return Shape(**sizes, families=len(about["families"]), owners=owners)


def description(network: Network) -> dict[str, Any]:
    """What the served model must know of the network's shape."""
    return {
        "families": [[name, list(labels)] for name, labels in network.families.items()],
        "kinds": list(KINDS),
        "support": list(SUPPORT),
        "marks": list(MARKS),
        "hidden": network.position.shape[1],
        "layers": len(network.layers),
        "heads": cast(Layer, network.layers[0]).heads,
        "leave": network.leave,
    }


def vocabulary(base: Base) -> dict[str, np.ndarray]:
    """The pieces as arrays: texts joined by line ends, scores, the normaliser's table, embeddings."""
    texts = [piece for piece, _ in base.pieces]
    if any("\n" in text for text in texts):
        raise GuardError("a piece holds the end of a line, which parts pieces in the file")
    return {
        "pieces.text": np.frombuffer("\n".join(texts).encode(), np.uint8),
        "pieces.score": np.array([score for _, score in base.pieces], np.float32),
        "pieces.charsmap": np.frombuffer(base.charsmap, np.uint8),
        "word": base.word,
    }


def served(network: Network, peaks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The network's parameters as they are served; matrices stand [inputs, outputs]."""
    arrays = plain(network)
    for name in [name.removesuffix(".weight") for name in arrays if _is_matrix(name)]:
        arrays.update(_eight_bits(name, arrays[f"{name}.weight"], arrays[f"{name}.bias"], peaks.get(name)))
    return arrays


def plain(network: Network) -> dict[str, np.ndarray]:
    """The same in float32, not yet quantised."""
    state = {name: value.detach().float().cpu().numpy() for name, value in network.state_dict().items()}
    arrays = {name: state[name] for name in ("position", "kind", "norm.weight", "norm.bias", "vector.bias")}
    arrays["vector.weight"] = state["vector.weight"].T
    arrays["support.focus"] = state["support.focus.weight"].T
    arrays |= {"support.judge": state["support.judge.weight"].T, "support.bias": state["support.judge.bias"]}
    arrays |= {"marks.weight": state["marks.weight"].T, "marks.bias": state["marks.bias"]}
    for name in (name for name in state if name.startswith("layers.")):
        arrays[name] = state[name].T
    for own, stage, part in (
        ("early", "early", "gate"),
        ("late", "heads", "gate"),
        ("late", "heads", "labels"),
    ):
        arrays |= _head(state, own, stage, part, list(network.families))
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _head(
    state: Mapping[str, np.ndarray], own: str, stage: str, part: str, families: Sequence[str]
) -> dict[str, np.ndarray]:
    """One kind of outputs of all families, in one matrix for each half of what they pool.

    A family's attention has a bias too, which shifts all places alike and so changes nothing.
    """
    weight = np.concatenate([state[f"{stage}.{family}.{part}.weight"] for family in families])
    hidden = weight.shape[1] // 2
    name = f"{own}.{part.removesuffix('s')}s"
    return {
        f"{own}.focus": np.concatenate([state[f"{stage}.{family}.focus.weight"] for family in families]).T,
        f"{name}.mean": weight[:, :hidden].T,
        f"{name}.focused": weight[:, hidden:],
        f"{name}.bias": np.concatenate([state[f"{stage}.{family}.{part}.bias"] for family in families]),
    }


def _is_matrix(name: str) -> bool:
    return name.startswith("layers.") and name.endswith(".weight") and ".norm" not in name


def _eight_bits(
    name: str, matrix: np.ndarray, bias: np.ndarray, peaks: np.ndarray | None
) -> dict[str, np.ndarray]:
    even = None if peaks is None else evenness(peaks, matrix)
    small = quantise(matrix if even is None else matrix / even[:, None])
    if name.endswith(".down"):
        bias = bias + LOWEST * restore(small).sum(axis=0)
    arrays = {"weight": small.weight, "scale": small.scale, "bias": bias.astype(np.float32)}
    if even is not None:
        arrays["even"] = even
    return {f"{name}.{part}": array for part, array in arrays.items()}


def measure(network: Network, batches: Iterable[Batch]) -> dict[str, np.ndarray]:
    """The largest size of each input [inputs] of the matrices in `UNEVEN`, over some batches of texts."""
    peaks: dict[str, np.ndarray] = {}
    chosen = [(name, part) for name, part in network.named_modules() if name.endswith(UNEVEN)]
    mask = torch.zeros(0)

    def note(name: str) -> Callable[[nn.Module, tuple[Tensor]], None]:
        def hook(_: nn.Module, given: tuple[Tensor]) -> None:
            found = given[0][mask].abs().amax(0).float().cpu().numpy()
            peaks[name] = np.maximum(peaks.get(name, found), found)

        return hook

    hooks = [part.register_forward_pre_hook(note(name)) for name, part in chosen]
    try:
        with torch.no_grad():
            for words, mask, kinds in batches:
                network(words, mask, kinds)
    finally:
        for hook in hooks:
            hook.remove()
    return peaks


Part = Callable[[Graph, Shape, Linear], None]
PARTS: tuple[Part, Part] = (first, rest)


def model(part: Part, arrays: Mapping[str, np.ndarray], shape: Shape, found: Mapping[str, Place]) -> bytes:
    """One of the two graphs as an ONNX file whose weights lie in the weight file at the given places."""
    graph = Graph(arrays)
    part(graph, shape, linear)
    weights = [external(name, array, found[name]) for name, array in sorted(graph.weights.items())]
    return serialise(graph, part, shape, weights)


def external(name: str, array: np.ndarray, place: Place) -> Any:
    """A tensor of a graph that lies in the weight file."""
    from onnx import TensorProto, helper

    tensor = TensorProto(name=name, dims=array.shape, data_location=TensorProto.EXTERNAL)
    tensor.data_type = helper.np_dtype_to_tensor_dtype(array.dtype)
    for key, value in {"location": WEIGHTS, "offset": place.start, "length": place.size}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def serialise(graph: Graph, part: Part, shape: Shape, weights: Sequence[Any]) -> bytes:
    """The ONNX file of a graph with these weights."""
    from onnx import helper, numpy_helper

    held = [numpy_helper.from_array(array, name) for name, array in sorted(graph.constants.items())]
    given, results = _ports(part, shape)
    made = helper.make_graph(graph.nodes, f"encoder.{part.__name__}", given, results, [*weights, *held])
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    onnx = helper.make_model(made, opset_imports=opsets, ir_version=IR, producer_name="ernie-guard")
    return bytes(onnx.SerializeToString(deterministic=True))


def _ports(part: Part, shape: Shape) -> tuple[list[Any], list[Any]]:
    """What goes into one of the graphs and what comes out."""
    from onnx import TensorProto, helper

    kinds = {"float": TensorProto.FLOAT, "int": TensorProto.INT32, "long": TensorProto.INT64}

    def port(name: str, kind: str, *sizes: str | int) -> Any:
        return helper.make_tensor_value_info(name, kinds[kind], ["texts", *sizes])

    states, mask = port("states", "float", "pieces", shape.hidden), port("mask", "int", "pieces")
    if part is first:
        words = port("words", "float", "pieces", shape.hidden)
        early = port("early", "float", shape.families)
        return [words, mask, port("kinds", "long", "pieces")], [states, early]
    logits = port("logits", "float", len(shape.owners))
    gates, vectors = port("gates", "float", shape.families), port("vectors", "float", shape.hidden)
    support = port("support", "float", len(SUPPORT))
    return [states, mask], [logits, gates, vectors, support, port("marks", "float", "pieces", len(MARKS))]
