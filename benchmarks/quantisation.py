"""What each way to multiply in eight or four bits costs the guard model, in time and in faithfulness.

    python benchmarks/quantisation.py --base DIR --data DIR [--network checkpoint.pt] [--only NAMES]

DIR is what `guard.train.base` reads and the folder of labelled sets. Without a trained network the heads are
random. Each way is set into the same graph. Printed per way: the size of the matrices, milliseconds (median)
for one text of 200 pieces on one and on two threads and for a batch of 16 texts of 64, then against torch in
float32 on texts of many languages: the mean and the least cosine of sentence vectors, the largest and the
root mean square difference of logits, and the largest change of a logit when a text is judged among others
instead of alone.

ways: float32; `dynamic` one scale for all that enters a matrix, found anew each time; `static` one scale,
calibrated; `blocks` the operator MatMulNBits, which scales 32 values at a time; `rows` what ships, one scale
per state, with inputs evened out; `rows, plain` without that. `/127` uses all of the bytes' range for the
matrix, which processors with AVX2 but without VNNI cut off.
"""

import argparse
import functools
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from guard.errors import GuardError
from guard.models.block import unpack
from guard.models.piece import BEGIN, END, PAD, Cutter
from guard.train import corpus, export, graph
from guard.train.base import Base, load_base
from guard.train.encoder import LEAVE
from guard.train.graph import MICROSOFT, Graph
from guard.train.network import Network
from guard.train.text_task import FAMILIES

RESULTS = ("early", "logits", "gates", "vectors")


def weights(graph: Graph, name: str, top: int) -> tuple[str, str]:
    """The names of a matrix in eight bits and of its scale by column."""
    matrix = graph.arrays[f"{name}.weight"]
    scale = (np.abs(matrix).max(axis=0) / top).astype(np.float32)
    graph.weights[f"{name}.whole"] = np.rint(matrix / scale).astype(np.int8)
    graph.weights[f"{name}.scale"] = scale
    return f"{name}.whole", f"{name}.scale"


def exact(graph: Graph, name: str, states: str) -> str:
    product = graph.add("MatMul", states, graph.weight(f"{name}.weight"))
    return graph.add("Add", product, graph.weight(f"{name}.bias"))


def dynamic(top: int, graph: Graph, name: str, states: str) -> str:
    whole, scale = weights(graph, name, top)
    bias = graph.weight(f"{name}.bias")
    return graph.add("DynamicQuantizeMatMul", states, whole, scale, "", bias, domain=MICROSOFT)


def static(ranges: dict[str, tuple[float, float]], top: int, graph: Graph, name: str, states: str) -> str:
    whole, scale = weights(graph, name, top)
    low, high = ranges[name]
    step = (high - low) / 255
    own, zero = graph.number(step), graph.constant(int(np.clip(round(-low / step), 0, 255)), np.uint8)
    given = graph.add("QuantizeLinear", states, own, zero)
    bias = graph.weight(f"{name}.bias")
    return graph.add("MatMulIntegerToFloat", given, whole, own, scale, zero, "", bias, domain=MICROSOFT)


def blocks(bits: int, graph: Graph, name: str, states: str) -> str:
    """In blocks of 32 values of a column."""
    matrix = graph.arrays[f"{name}.weight"].T
    columns, size = matrix.shape
    parts = matrix.reshape(columns, size // 32, 32)
    middle = 1 << (bits - 1)
    peak = np.take_along_axis(parts, np.abs(parts).argmax(-1)[..., None], -1)
    scale = np.where(peak == 0, 1, -peak / middle)
    whole = np.clip(np.rint(parts / scale) + middle, 0, 2 * middle - 1).astype(np.uint8)
    graph.weights[f"{name}.whole"] = whole if bits == 8 else whole[..., ::2] | (whole[..., 1::2] << 4)
    graph.weights[f"{name}.scale"] = scale[..., 0].astype(np.float32)
    return graph.add(
        "MatMulNBits", states, f"{name}.whole", f"{name}.scale", "", "", graph.weight(f"{name}.bias"),
        domain=MICROSOFT, K=size, N=columns, bits=bits, block_size=32, accuracy_level=4,
    )  # fmt: skip


class Model:
    """The two graphs of one way to multiply, with the weights inside."""

    def __init__(self, network: Network, arrays: dict[str, np.ndarray], linear: graph.Linear) -> None:
        from onnx import numpy_helper

        shape, self.bytes, self._graphs = export.shape_of(export.description(network)), 0, []
        for part in export.PARTS:
            made = Graph(arrays)
            part(made, shape, linear)
            self.bytes += sum(a.nbytes for name, a in made.weights.items() if name.startswith("layers."))
            inside = [numpy_helper.from_array(array, name) for name, array in made.weights.items()]
            self._graphs.append(export.serialise(made, part, shape, inside))

    def start(self, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        providers = ["CPUExecutionProvider"]
        self._sessions = [onnxruntime.InferenceSession(g, options, providers=providers) for g in self._graphs]

    def __call__(self, words: np.ndarray, mask: np.ndarray, kinds: np.ndarray) -> list[np.ndarray]:
        first, rest = self._sessions
        states, early = first.run(["states", "early"], {"words": words, "mask": mask, "kinds": kinds})
        return [early, *rest.run(list(RESULTS[1:]), {"states": states, "mask": mask})]


Batch = tuple[np.ndarray, np.ndarray, np.ndarray]


def batch_of(base: Base, rows: list[np.ndarray], width: int) -> Batch:
    ids = np.full((len(rows), width), PAD, np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
    words = unpack(base.word[ids.ravel()]).reshape(*ids.shape, -1)
    return words, (ids != PAD).astype(np.int32), np.zeros(ids.shape, np.int64)


def texts(base: Base, data: Path, count: int) -> list[np.ndarray]:
    """Pieces of texts to train on, as many from each language as can be."""
    found: dict[str, list[str]] = {}
    for row in corpus.public(data):
        if corpus.part_of(corpus.fingerprint(row.text)) == "train":
            found.setdefault(row.lang, []).append(row.text)
    cutter = Cutter(base.pieces, base.charsmap)
    each = max(1, count // len(found))
    chosen = [text for rows in found.values() for text in rows[:: max(1, len(rows) // each)][:each]]
    return sorted((np.r_[BEGIN, cutter.cut(text).ids[:254], END] for text in chosen), key=len)


def batches(base: Base, rows: list[np.ndarray]) -> Iterator[Batch]:
    for start in range(0, len(rows), 16):
        chosen = rows[start : start + 16]
        yield batch_of(base, chosen, -(-max(map(len, chosen)) // 8) * 8)


def ranges_of(network: Network, given: list[Batch]) -> dict[str, tuple[float, float]]:
    """The least and the greatest value that enters each matrix."""
    found: dict[str, tuple[float, float]] = {}

    def note(name: str, _: Any, inputs: Any) -> None:
        low, high = found.get(name, (0.0, 0.0))
        found[name] = min(low, float(inputs[0].min())), max(high, float(inputs[0].max()))

    linear = (torch.nn.Linear,)
    parts = [(name, part) for name, part in network.named_modules() if isinstance(part, linear)]
    hooks = [part.register_forward_pre_hook(functools.partial(note, name)) for name, part in parts]
    reference(network, given)
    for hook in hooks:
        hook.remove()
    return found


def reference(network: Network, given: list[Batch]) -> list[np.ndarray]:
    with torch.no_grad():
        readings = [network(*tensors(batch)) for batch in given]
    return [np.concatenate([getattr(reading, name).numpy() for reading in readings]) for name in RESULTS]


def tensors(batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    words, mask, kinds = map(torch.from_numpy, batch)
    return words, mask > 0, kinds


def milliseconds(model: Model, batch: Batch, runs: int) -> float:
    model(*batch)
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        model(*batch)
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def alone(batch: Batch) -> Batch:
    """The first text of a batch without the others, and without padding."""
    words, mask, kinds = batch
    width = mask[0].sum()
    return words[:1, :width], mask[:1, :width], kinds[:1, :width]


def row(name: str, model: Model, base: Base, given: list[Batch], wanted: list[np.ndarray]) -> str:
    rng = np.random.default_rng(0)
    drawn = [rng.integers(4, len(base.word), 200), *(rng.integers(4, len(base.word), 64) for _ in range(16))]
    single, many = batch_of(base, drawn[:1], 200), batch_of(base, drawn[1:], 64)
    times = []
    for threads in (1, 2):
        model.start(threads)
        times += [milliseconds(model, single, 11), milliseconds(model, many, 5)]
    results = [model(*batch) for batch in given]
    found = [np.concatenate(parts) for parts in zip(*results, strict=True)]
    cosine = (found[3] * wanted[3]).sum(1)
    apart = np.concatenate([found[at] - wanted[at] for at in range(3)], axis=1)
    pairs = zip(given[::3], results[::3], strict=True)
    drift = max(np.abs(model(*alone(batch))[1] - together[1][0]).max() for batch, together in pairs)
    return (
        f"{name:14} {model.bytes / 1e6:5.1f} {times[0]:8.1f} {times[2]:8.1f} {times[1]:8.1f} {times[3]:8.1f}"
        f"   {cosine.mean():.5f} {cosine.min():.5f} {np.abs(apart).max():8.4f}"
        f" {np.sqrt((apart**2).mean()):8.4f} {drift:8.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare ways to quantise.")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--network", type=Path)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    torch.manual_seed(0)
    base = load_base(options.base)
    positions, hidden = base.arrays["position"].shape
    layers = 1 + max(int(name.split(".")[1]) for name in base.arrays if name.startswith("layers."))
    shape = {"hidden": hidden, "layers": layers, "heads": base.heads, "leave": LEAVE}
    network = Network(FAMILIES, positions=positions, **shape).eval()
    network.load_base(base.arrays)
    if options.network:
        network.load_state_dict(torch.load(options.network, weights_only=True)["network"])
    given = list(batches(base, texts(base, options.data, options.texts)))
    wanted = reference(network, given)
    ranges = ranges_of(network, given)
    plain = export.plain(network)
    even = export.served(network, export.measure(network, map(tensors, given)))
    ways = {
        "float32": (plain, exact),
        "dynamic": (plain, functools.partial(dynamic, 64)),
        "dynamic/127": (plain, functools.partial(dynamic, 127)),
        "static": (plain, functools.partial(static, ranges, 64)),
        "static/127": (plain, functools.partial(static, ranges, 127)),
        "blocks, 8 bits": (plain, functools.partial(blocks, 8)),
        "blocks, 4 bits": (plain, functools.partial(blocks, 4)),
        "rows, plain": (export.served(network, {}), graph.linear),
        "rows": (even, graph.linear),
    }
    print(f"{sum(len(mask) for _, mask, _ in given)} texts; spread of a logit {wanted[1].std(0).mean():.3f}")
    print(
        f"{'':14} {'':5} {'1 x 200 pieces':>17} {'16 x 64 pieces':>17}   {'cosine':15} {'logits off by':>17}"
    )
    print(
        f"{'':14} {'MB':>5} {'1 thread':>8} {'2':>8} {'1 thread':>8} {'2':>8}"
        f"   {'mean':7} {'least':7} {'most':>8} {'rms':>8} {'drift':>8}"
    )
    for name, (arrays, linear) in ways.items():
        if not options.only or name in options.only.split(";"):
            print(row(name, Model(network, arrays, linear), base, given, wanted), flush=True)


if __name__ == "__main__":
    try:
        main()
    except GuardError as error:
        sys.exit(f"{error}")
