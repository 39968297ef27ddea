"""Writes the encoder as ONNX graphs by hand: `first` up to the exit, `rest` after it.

Weights are not in the graphs; they are named, and `guard.train.export` says where they lie. How a matrix is
multiplied is left to a `Linear`, so that ways to quantise can be compared on the same graph; `linear` is the
one that ships. A sum and its normalisation stay two operators: the one that onnxruntime would make of them
takes several times as long as both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from guard.models.matrix import LOWEST, MIDDLE, REACH

EPSILON = 1e-12
MASKED = -1e4
"""Added to the score of a padded place."""

OPSET, IR = 20, 10
MICROSOFT = "com.microsoft"

LAST = [-1]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the graphs are built by: sizes, the layer before the exit, and the family of each label."""

    hidden: int
    layers: int
    heads: int
    leave: int
    families: int
    owners: Sequence[int]


@dataclass(slots=True)
class Graph:
    """Nodes, and the arrays they use, as they are collected."""

    arrays: Mapping[str, np.ndarray]
    nodes: list[Any] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    """Arrays that stay outside of the graph."""
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    """Small arrays that the graph itself holds."""

    def weight(self, name: str) -> str:
        """The name of an array, which thereby becomes one of the graph's weights."""
        self.weights[name] = self.arrays[name]
        return name

    def constant(self, values: Any, dtype: type[np.generic] = np.int64) -> str:
        """The name of a small array with these values."""
        array = np.array(values, dtype)
        name = f"{array.dtype} {array.tolist()}"
        self.constants[name] = array
        return name

    def number(self, value: float) -> str:
        """The name of one float32."""
        return self.constant(value, np.float32)

    def add(self, operator: str, *given: str, **attributes: Any) -> str:
        """Appends an operator with one result; the name of that."""
        return self.split(operator, *given, parts=1, **attributes)[0]

    def split(self, operator: str, *given: str, parts: int, domain: str = "", **attributes: Any) -> list[str]:
        """Appends an operator with several results; their names."""
        from onnx import helper

        name = f"{operator} {len(self.nodes)}"
        results = [f"{name}.{part}" for part in range(parts)]
        self.nodes.append(helper.make_node(operator, given, results, name=name, domain=domain, **attributes))
        return results

    def give(self, value: str, name: str) -> None:
        """Gives a value out of the graph under a name."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"give {name}"))


Linear = Callable[[Graph, str, str], str]
"""Multiplies states, whose name comes last, by a named matrix and adds its bias; the name of the result."""


def first(graph: Graph, shape: Shape, linear: Linear) -> None:
    """From `words`, `mask` and `kinds` to `states` and `early`: everything up to the exit."""
    pieces = graph.add("Slice", graph.add("Shape", "words"), *map(graph.constant, ([1], [2], [0])))
    place = graph.add("Slice", graph.weight("position"), graph.constant([0]), pieces, graph.constant([0]))
    states = normalise(graph, graph.add("Add", "words", place), "norm")
    kind = graph.add("Gather", graph.weight("kind"), "kinds")
    states = layers(graph, shape, linear, graph.add("Add", states, kind), range(shape.leave))
    graph.give(states, "states")
    mean, focused = pool(graph, states, "early")
    graph.give(judge(graph, mean, focused, "early.gates", range(shape.families)), "early")


def rest(graph: Graph, shape: Shape, linear: Linear) -> None:
    """From `states` and `mask` to what `guard.models.session.Reading` holds: everything after the exit."""
    states = layers(graph, shape, linear, "states", range(shape.leave, shape.layers))
    mean, focused = pool(graph, states, "late")
    graph.give(judge(graph, mean, focused, "late.gates", range(shape.families)), "gates")
    graph.give(judge(graph, mean, focused, "late.labels", shape.owners), "logits")
    gist = graph.add("Concat", mean, average(graph, "states"), axis=1)
    vectors = graph.add("MatMul", gist, graph.weight("vector.weight"))
    vectors = graph.add("Add", vectors, graph.weight("vector.bias"))
    graph.give(graph.add("LpNormalization", vectors, axis=1), "vectors")
    graph.give(support(graph, states), "support")
    marks = graph.add("MatMul", states, graph.weight("marks.weight"))
    graph.give(graph.add("Add", marks, graph.weight("marks.bias")), "marks")


def support(graph: Graph, states: str) -> str:
    """Logits [texts, 3] of how claims stand to their sources: from first states and focused means."""
    _, focused = pool(graph, states, "support")
    start = graph.add("Gather", states, graph.constant(0), axis=1)
    both = graph.add("Concat", start, graph.add("Squeeze", focused, graph.constant([1])), axis=1)
    found = graph.add("MatMul", both, graph.weight("support.judge"))
    return graph.add("Add", found, graph.weight("support.bias"))


def layers(graph: Graph, shape: Shape, linear: Linear, states: str, numbers: Sequence[int]) -> str:
    """The states after some of the layers."""
    for number in numbers:
        name = f"layers.{number}"
        parts = graph.split("Split", linear(graph, f"{name}.qkv", states), parts=3, axis=2, num_outputs=3)
        mixed = graph.add(
            "MultiHeadAttention", *parts, "", "mask",
            domain=MICROSOFT, num_heads=shape.heads, mask_filter_value=MASKED,
        )  # fmt: skip
        change = linear(graph, f"{name}.out", mixed)
        states = normalise(graph, graph.add("Add", states, change), f"{name}.norm1")
        inner = graph.add("Gelu", linear(graph, f"{name}.up", states))
        change = linear(graph, f"{name}.down", inner)
        states = normalise(graph, graph.add("Add", states, change), f"{name}.norm2")
    return states


def linear(graph: Graph, name: str, states: str) -> str:
    """Multiplies in eight bits, each state by a scale of its own, as `guard.models.matrix` describes.

    A state is scaled by nothing but itself, so that a text's score does not depend on its neighbours.
    """
    if f"{name}.even" in graph.arrays:
        states = graph.add("Mul", states, graph.weight(f"{name}.even"))
    if name.endswith(".down"):
        states, zero = graph.add("Sub", states, graph.number(LOWEST)), 0
        peak = graph.add("ReduceMax", states, graph.constant(LAST))
        scale = graph.add("Mul", peak, graph.number(1 / (REACH + MIDDLE)))
    else:
        zero = MIDDLE
        peak = graph.add("ReduceMax", graph.add("Abs", states), graph.constant(LAST))
        scale = graph.add("Mul", graph.add("Max", peak, graph.number(EPSILON)), graph.number(1 / REACH))
    middle = graph.constant(zero, np.uint8)
    scaled = graph.add("Mul", states, graph.add("Reciprocal", scale))
    whole = graph.add("QuantizeLinear", scaled, graph.number(1), middle)
    product = graph.add(
        "MatMulIntegerToFloat", whole, graph.weight(f"{name}.weight"),
        graph.number(1), graph.weight(f"{name}.scale"), middle, domain=MICROSOFT,
    )  # fmt: skip
    return graph.add("Add", graph.add("Mul", product, scale), graph.weight(f"{name}.bias"))


def normalise(graph: Graph, states: str, name: str) -> str:
    """States normalised to the named scale and shift."""
    scale, shift = graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")
    return graph.add("LayerNormalization", states, scale, shift, axis=-1, epsilon=EPSILON)


def pool(graph: Graph, states: str, name: str) -> tuple[str, str]:
    """The states' mean [texts, hidden], and under each family's attention [texts, families, hidden]."""
    mean, real = average(graph, states), _real(graph)
    scores = graph.add("MatMul", states, graph.weight(f"{name}.focus"))
    hidden = graph.add("Mul", graph.add("Sub", graph.number(1), real), graph.number(MASKED))
    scores = graph.add("Add", graph.add("Transpose", scores, perm=[0, 2, 1]), hidden)
    return mean, graph.add("MatMul", graph.add("Softmax", scores, axis=-1), states)


def average(graph: Graph, states: str) -> str:
    """The mean of the states that are no padding [texts, hidden]."""
    real = _real(graph)
    total = graph.add("ReduceSum", real, graph.constant([2]))
    even = graph.add("Div", real, graph.add("Max", total, graph.number(1)))
    return graph.add("Squeeze", graph.add("MatMul", even, states), graph.constant([1]))


def _real(graph: Graph) -> str:
    """The mask as floats [texts, 1, pieces]."""
    return graph.add("Unsqueeze", graph.add("Cast", "mask", to=1), graph.constant([1]))


def judge(graph: Graph, mean: str, focused: str, name: str, owners: Sequence[int]) -> str:
    """Logits [texts, outputs] from the pooled states; `owners` has the family of each output."""
    own = graph.add("Gather", focused, graph.constant(list(owners)), axis=1)
    own = graph.add("Mul", own, graph.weight(f"{name}.focused"))
    own = graph.add("ReduceSum", own, graph.constant([2]), keepdims=0)
    plain = graph.add("MatMul", mean, graph.weight(f"{name}.mean"))
    return graph.add("Add", graph.add("Add", own, plain), graph.weight(f"{name}.bias"))
