"""The guard model as it is trained: the encoder, its exit after a few layers, and the heads, in torch.

Every layer is that of BERT (Devlin et al., 2019). Each family of labels pools the last states with an
attention of its own, beside their mean. A label's probability is that of its family ("anything at all")
times its own within the family, so that no label is surer than the family is:
p(label) = sigmoid(gate) * sigmoid(label). What serves is another implementation; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

INNER = 4
EPSILON = 1e-12
KINDS = ("input", "output", "document", "claim", "evidence")
"""What a piece belongs to: a user's prompt, a model's answer, a document or tool result; or, where two texts
are read together, a claim and the source that it is held against. An input feature."""

SUPPORT = ("supported", "contradicted", "unsupported")
"""How a claim stands to its source."""
NAMES = ("person", "location", "address", "organisation")
"""The kinds of names, each begun and gone on with by a mark of its own."""
MARKS = ("wrong", "none", *(f"{place} {name}" for name in NAMES for place in ("begin", "inside")))
"""What is said of single pieces: that a claim's is wrong, beside that; and of which name it is part."""


class Reading(NamedTuple):
    """What the network says of a batch."""

    logits: Tensor
    """Of each label within its family, after the last layer [texts, labels]."""
    gates: Tensor
    """Of each family, after the last layer [texts, families]."""
    early: Tensor
    """Of each family, at the exit [texts, families]."""
    vectors: Tensor
    """Unit sentence vectors [texts, hidden]."""
    support: Tensor
    """Logits of how a claim stands to its source [texts, 3], by `SUPPORT`."""
    marks: Tensor
    """Logits of single pieces [texts, pieces, marks], by `MARKS`: the first by itself, the others as one."""


class Layer(nn.Module):
    """One layer: attention and feed-forward, each added to its input and normalised."""

    def __init__(self, hidden: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.norm1 = nn.LayerNorm(hidden, EPSILON)
        self.up = nn.Linear(hidden, INNER * hidden)
        self.down = nn.Linear(INNER * hidden, hidden)
        self.norm2 = nn.LayerNorm(hidden, EPSILON)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """States [texts, pieces, hidden] after the layer; `bias` [texts, 1, 1, pieces] hides padding."""
        texts, pieces, hidden = states.shape
        size = hidden // self.heads
        query, key, value = self.qkv(states).view(texts, pieces, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        mixed = mixed.transpose(1, 2).reshape(texts, pieces, hidden)
        states = self.norm1(states + self._drop(self.out(mixed)))
        found: Tensor = self.norm2(states + self._drop(self.down(functional.gelu(self.up(states)))))
        return found

    def _drop(self, states: Tensor) -> Tensor:
        return functional.dropout(states, self.dropout, self.training)


class Head(nn.Module):
    """A family's pooling, gate and labels."""

    def __init__(self, hidden: int, labels: int) -> None:
        super().__init__()
        self.focus = nn.Linear(hidden, 1)
        self.gate = nn.Linear(2 * hidden, 1)
        self.labels = nn.Linear(2 * hidden, labels) if labels else nn.Identity()

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """The states' mean beside their mean under attention [texts, 2 hidden]."""
        scores = self.focus(states).squeeze(-1).masked_fill(~mask, -1e4)
        focus = torch.softmax(scores, dim=1)
        return torch.cat([average(states, mask), torch.einsum("tp,tph->th", focus, states)], dim=1)


class Support(nn.Module):
    """How a claim stands to its source: from the first state, and the mean under an attention of its own."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.focus = nn.Linear(hidden, 1)
        self.judge = nn.Linear(2 * hidden, len(SUPPORT))

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Logits [texts, 3] from states [texts, pieces, hidden]."""
        scores = self.focus(states).squeeze(-1).masked_fill(~mask, -1e4)
        focused = torch.einsum("tp,tph->th", torch.softmax(scores, dim=1), states)
        found: Tensor = self.judge(torch.cat([states[:, 0], focused], dim=1))
        return found


class Network(nn.Module):
    """The whole model, from embedded pieces to scores."""

    def __init__(
        self,
        families: Mapping[str, Sequence[str]],
        *,
        hidden: int,
        layers: int,
        heads: int,
        positions: int,
        leave: int,
        dropout: float = 0.0,
    ) -> None:
        """`families` maps each family to its labels; the exit stands after layer `leave`.

        `dropout` is the share of what each half of a layer adds that is left out in training.
        """
        super().__init__()
        self.families = {name: tuple(labels) for name, labels in families.items()}
        self.leave = leave
        self.position = nn.Parameter(torch.zeros(positions, hidden))
        self.kind = nn.Parameter(torch.zeros(len(KINDS), hidden))
        self.norm = nn.LayerNorm(hidden, EPSILON)
        self.layers = nn.ModuleList(Layer(hidden, heads, dropout) for _ in range(layers))
        self.early = nn.ModuleDict({name: Head(hidden, 0) for name in self.families})
        self.heads = nn.ModuleDict(
            {name: Head(hidden, len(labels)) for name, labels in self.families.items()}
        )
        self.support = Support(hidden)
        self.marks = nn.Linear(hidden, len(MARKS))
        self.vector = nn.Linear(2 * hidden, hidden)
        nn.init.eye_(self.vector.weight)
        nn.init.zeros_(self.vector.bias)

    def load_base(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Takes the base encoder's arrays; heads keep their initial values."""
        state = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
        missing, unknown = self.load_state_dict(state, strict=False)
        own = ("kind", "early.", "heads.", "support.", "marks.", "vector.")
        wrong = [name for name in missing if not name.startswith(own)] + list(unknown)
        if wrong:
            raise ValueError(f"not the parameters of this network: {', '.join(wrong[:5])}")

    def start(self, words: Tensor) -> Tensor:
        """States before the first layer, from embedded pieces [texts, pieces, hidden]."""
        found: Tensor = self.norm(words + self.position[: words.shape[1]])
        return found

    @staticmethod
    def gist(states: Tensor, early: Tensor, mask: Tensor) -> Tensor:
        """What a sentence vector is made of: the means of the last states and of those at the exit, which are
        nearer to the base's [texts, 2 hidden]."""
        return torch.cat([average(states, mask), average(early, mask)], dim=1)

    def forward(self, words: Tensor, mask: Tensor, kinds: Tensor) -> Reading:
        """Reads embedded pieces [texts, pieces, hidden]; their mask and kinds are [texts, pieces]."""
        bias = torch.zeros_like(mask, dtype=words.dtype).masked_fill(~mask, -1e4)[:, None, None, :]
        states = self.start(words) + self.kind[kinds]
        early = states
        for number, layer in enumerate(self.layers, 1):
            states = layer(states, bias)
            if number == self.leave:
                early = states
        early, states = early.float(), states.float()
        with torch.autocast(words.device.type, enabled=False):
            first, last = ([cast(Head, one) for one in part.values()] for part in (self.early, self.heads))
            left = [head.gate(head.pool(early, mask)) for head in first]
            pools = [head.pool(states, mask) for head in last]
            gates = [head.gate(pool) for head, pool in zip(last, pools, strict=True)]
            labels = [head.labels(pool) for head, pool in zip(last, pools, strict=True)]
            vectors = functional.normalize(self.vector(self.gist(states, early, mask)), dim=1)
            support, marks = self.support(states, mask), self.marks(states)
        return Reading(torch.cat(labels, 1), torch.cat(gates, 1), torch.cat(left, 1), vectors, support, marks)


def average(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of the states that are no padding [texts, hidden]."""
    weights = mask.to(states.dtype)
    return torch.einsum("tp,tph->th", weights, states) / weights.sum(1, keepdim=True).clamp(min=1)
