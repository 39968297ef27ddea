"""Trains the guard model's network: from the base encoder and the tasks' rows to trained weights.

Several networks are trained from the same start, each without one part of the rows; each says what it thinks
of the part that it has not read. The mean of their weights (Wortsman et al., 2022) is then trained on, with
these second opinions beside the labels (Hinton et al., 2015). Every batch is of one task. Embeddings and the
lowest layers stay as they are: that keeps what the base knows of languages without labelled text.

The plan follows from the seed alone, so a run that was cut goes on where its last checkpoint stands. What it
writes bears a digest of plan, seed, rows and base, and no run takes up what another one wrote.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import math
import pickle
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from guard.errors import GuardError
from guard.models.block import unpack
from guard.train.base import Base
from guard.train.network import Network, Reading
from guard.train.task import FOLDS, Laid, Task, plan, width
from guard.train.text_task import FAMILIES, Texts

log = logging.getLogger(__name__)

# Hyper-parameters -------------------------------------------------------------------------------------
SEED = 20261127
FROZEN = 2  # lowest layers that stay as in the base, with the embeddings
LEAVE = 4  # the exit stands after this layer
DROPOUT = 0.1
WARM_UP = 0.05  # share of a stage's steps; then linear decay to zero
DECAY = 0.01  # weight decay
LAYER_DECAY = 0.9  # a layer's learning rate, of that of the layer above
CLIP = 1.0
VECTOR_WEIGHT = 3.0  # of keeping the base's sentence vectors, asked of texts that stand alone
VECTOR_EVERY = 2  # batches between two on which that is asked
VECTOR_SCALE = 20.0  # similarities are compared at this scale
SAVE_EVERY = 150  # batches between two checkpoints
KEPT = 0.96  # of the loss that is logged, at each batch; the rest is the batch's own


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training.

    `batches` of each task are read, by name, of `pieces` each, padding included. `rate` is the peak learning
    rate of the last layer, `head_rate` that of heads, kinds and the exit. A stage with a `fold` starts from
    the base and reads none of that fold, about which it then gives its opinion. The first without one starts
    from the mean of those, and hears them, as do all after it.
    """

    batches: Mapping[str, int]
    pieces: int
    rate: float
    head_rate: float
    fold: int = -1


def stages(pieces: int, rate: float, *counts: tuple[int, int, int]) -> tuple[Stage, ...]:
    """A stage for each fold, and some after them, by how many batches of texts, pairs and names they read."""
    each, *after = [dict(zip(("texts", "pairs", "names"), count, strict=True)) for count in counts]
    folds = [Stage(each, pieces, rate, 5 * rate, fold) for fold in range(FOLDS)]
    return (*folds, *(Stage(count, pieces, 0.7 * rate, 2 * rate) for count in after))


LARGE = stages(24_576, 2e-4, (391, 196, 63), (782, 392, 126), (476, 254, 154))
"""The plan on a graphics processor: eight minutes on one of 80 GB."""
SMALL = stages(4_096, 1e-4, (700, 300, 120), (1100, 500, 250), (640, 310, 150))
"""The plan without one: some three hours on two cores with bfloat16 arithmetic."""
# ------------------------------------------------------------------------------------------------------

CHECKPOINT, START = "checkpoint.pt", "start.pt"
_DAMAGE = (EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError, pickle.UnpicklingError)
"""What torch raises for a file that is damaged."""


def vector_loss(vectors: Tensor, wanted: Tensor) -> Tensor:
    """How far sentence vectors [texts, hidden] are from the base's, themselves and in their similarities."""
    apart = (1 - (vectors * wanted).sum(1)).mean()
    own, base = vectors @ vectors.T, wanted @ wanted.T
    return apart + functional.mse_loss(VECTOR_SCALE * own, VECTOR_SCALE * base)


class Trainer:
    """One run: network, optimiser and place in the plan, saved to and taken up from `work`."""

    def __init__(
        self,
        tasks: Sequence[Task],
        base: Base,
        work: Path,
        stages: Sequence[Stage] | None = None,
        device: torch.device | None = None,
    ) -> None:
        """`tasks` hold `Texts`; `stages` are `LARGE` on a graphics processor and `SMALL` without, unless
        given. The first device that torch finds is taken, unless one is given."""
        torch.manual_seed(SEED)
        self.device = device or torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.stages = tuple(stages if stages is not None else (SMALL if self.device.type == "cpu" else LARGE))
        self.tasks = {task.name: task for task in tasks}
        self.texts = next(task for task in tasks if isinstance(task, Texts))
        self.samples, self.work = self.texts.samples, work
        self.digest = _digest(self.stages, tasks, base)
        self.packed = base.word
        hidden = base.arrays["position"].shape[1]
        layers = 1 + max(int(name.split(".")[1]) for name in base.arrays if name.startswith("layers."))
        shape = {"hidden": hidden, "layers": layers, "heads": base.heads, "leave": LEAVE}
        self.network = Network(
            FAMILIES, positions=base.arrays["position"].shape[0], dropout=DROPOUT, **shape
        ).eval()
        self.network.load_base(base.arrays)
        self.base = copy.deepcopy(self.network).requires_grad_(False)
        self._freeze()
        self.to(self.device)
        self.sizes = [sum(stage.batches.values()) for stage in self.stages]
        self.ends = np.cumsum(self.sizes, dtype=int).tolist()
        self.optimiser = torch.optim.AdamW(self._groups(), fused=True)
        self.step = 0

    def to(self, device: torch.device | str) -> None:
        """Takes networks and rows to a device. The table of embeddings is unpacked for all but the CPU."""
        self.device = torch.device(device)
        self.network.to(self.device)
        self.base.to(self.device)
        for task in self.tasks.values():
            task.to(self.device)
        cpu = self.device.type == "cpu"
        self.words = torch.from_numpy(self.packed if cpu else unpack(self.packed)).to(self.device)

    def _plan(self, number: int) -> list[tuple[str, np.ndarray]]:
        """A stage's batches in order: for each the task's name and places of its rows."""
        stage, seed = self.stages[number], SEED + number
        found: list[tuple[str, np.ndarray]] = []
        for name, count in stage.batches.items():
            task = self.tasks[name]
            made: list[np.ndarray] = []
            while len(made) < count:  # padding, and a last batch of each pool, make the number inexact
                drawn = task.draw(math.ceil(stage.pieces * (count - len(made))), seed + len(made), stage.fold)
                if not len(drawn):
                    raise GuardError(f"{name}: no rows are left to learn from without fold {stage.fold}")
                made += plan(drawn.tolist(), task.size, stage.pieces, seed)
            found += [(name, batch) for batch in made[:count]]
        return [found[at] for at in np.random.default_rng(seed).permutation(len(found))]

    def _freeze(self) -> None:
        for part in (self.network.norm, *self.network.layers[:FROZEN]):
            part.requires_grad_(False)
        self.network.position.requires_grad_(False)

    def _groups(self) -> list[dict[str, object]]:
        named = dict(self.network.named_parameters())
        heads = ("early.", "heads.", "kind", "support.", "marks.")
        top = len(self.network.layers) - 1
        groups: list[dict[str, object]] = [
            {
                "params": [p for name, p in named.items() if name.startswith(f"layers.{layer}.")],
                "lr": 0.0, "peak": "rate", "scale": LAYER_DECAY ** (top - layer), "weight_decay": DECAY,
            }
            for layer in range(FROZEN, top + 1)
        ]  # fmt: skip
        for peak, chosen in (
            ("head_rate", [p for name, p in named.items() if name.startswith(heads)]),
            ("rate", list(self.network.vector.parameters())),
        ):
            groups.append({"params": chosen, "lr": 0.0, "peak": peak, "scale": 1.0, "weight_decay": 0.0})
        return groups

    def embed(self, ids: Tensor) -> Tensor:
        """Embedded pieces of numbers [texts, pieces], float32 [texts, pieces, hidden]."""
        if self.device.type != "cpu":
            return self.words[ids]
        unique, places = torch.unique(ids, return_inverse=True)
        rows = torch.from_numpy(unpack(self.words[unique].numpy()))
        return rows[places]

    def run(self, seconds: float = math.inf) -> bool:
        """Trains until the plan is done or the time is up; returns whether it is done."""
        begun = time.monotonic()
        for number, end in enumerate(self.ends):
            if self.step >= end:
                continue
            if self.stages[number].fold < 0:
                self._hear(number)
            if self.step == end - self.sizes[number]:
                self._begin(number)
            if not self._run_stage(number, begun + seconds):
                return False
        return True

    def _run_stage(self, number: int, until: float) -> bool:
        stage, start, begun = self.stages[number], self.ends[number] - self.sizes[number], time.monotonic()
        batches, seen = self._plan(number), 0
        lost: dict[str, Tensor] = {}
        while self.step < self.ends[number]:
            at = self.step - start
            name, places = batches[at]
            self._set_rates(stage, at / len(batches))
            for part, own in self._learn(self.tasks[name], places, stage).items():
                lost[part] = lost.get(part, own) * KEPT + own * (1 - KEPT)
            seen += len(places) * width(max(map(self.tasks[name].size, places)))
            self.step += 1
            if self.step % 50 == 0:
                rate = seen / (time.monotonic() - begun)
                found = ", ".join(f"{name} {float(loss):.4f}" for name, loss in sorted(lost.items()))
                log.info("%d of %d, loss of %s, %.0f pieces/s", self.step, self.ends[-1], found, rate)
            if self.step == self.ends[number]:
                self._finish(number)
            if self.step % SAVE_EVERY == 0 or self.step == self.ends[-1] or time.monotonic() > until:
                self.save()
            if time.monotonic() > until:
                break
        return bool(self.step >= self.ends[number])

    def _begin(self, number: int) -> None:
        """Sets the weights that a stage starts from."""
        if number == 0:
            self._write(START, {"network": self.network.state_dict()})
        if self.stages[number].fold >= 0:
            self.network.load_state_dict(self._read(START)["network"])
        elif self.stages[number - 1].fold >= 0:
            self.network.load_state_dict(mean([end["network"] for end in self._folds(number)]))
        self.optimiser = torch.optim.AdamW(self._groups(), fused=True)

    def _folds(self, number: int) -> list[dict[str, Any]]:
        return [self._read(_end_of(before)) for before in range(number) if self.stages[before].fold >= 0]

    def _hear(self, number: int) -> None:
        """Puts together what the networks of the folds say of what each has not read."""
        ends = self._folds(number)
        for name in ends[0]["said"] if ends else ():
            self.tasks[name].told = torch.stack([end["said"][name] for end in ends]).sum(0)

    def _finish(self, number: int) -> None:
        """Writes a stage's weights, and what its network says of the fold that it has not read."""
        said = {}
        if self.stages[number].fold >= 0:
            for name, task in self.tasks.items():
                if (found := self._opinions(task, self.stages[number].fold)) is not None:
                    said[name] = found
        self._write(_end_of(number), {"network": self.network.state_dict(), "said": said})

    def _opinions(self, task: Task, fold: int) -> Tensor | None:
        """The network's opinion of the fold's rows, zero elsewhere [rows, n], in half precision.

        What every network reads, all judge alike, each for its share.
        """
        found: Tensor | None = None
        for own, share in ((fold, 1.0), (-1, 1 / FOLDS)):
            places = np.flatnonzero((task.folds == own) & (task.weights > 0))
            for batch, reading in predict(self, task, places.tolist()):
                said = task.opinion(reading)
                if said is None:
                    return None
                if found is None:
                    found = torch.zeros(len(task.lengths), said.shape[1], device=self.device).half()
                found[torch.tensor(batch, device=self.device)] = (share * said).half()
        return found

    def _set_rates(self, stage: Stage, progress: float) -> None:
        factor = min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP))
        for group in self.optimiser.param_groups:
            group["lr"] = getattr(stage, group["peak"]) * factor * group["scale"]

    def _learn(self, task: Task, places: np.ndarray, stage: Stage) -> dict[str, Tensor]:
        """One step on a batch of a task; the losses by name."""
        torch.manual_seed(SEED + self.step)
        batch = task.batch(places)
        words = self.embed(batch.ids)
        self.network.train()
        with arithmetic(self.device):
            reading = self.network(words, batch.mask, batch.kinds)
        self.network.eval()
        losses = {task.name: task.loss(reading, batch, taught=stage.fold < 0)}
        if task.name != "pairs" and self.step % VECTOR_EVERY == 0:
            losses["vectors"] = VECTOR_WEIGHT * self._vector_loss(reading, words, batch)
        torch.autograd.backward(list(losses.values()))
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return {name: loss.detach() for name, loss in losses.items()}

    def _vector_loss(self, reading: Reading, words: Tensor, batch: Laid) -> Tensor:
        with torch.no_grad(), arithmetic(self.device):
            wanted = self.base(words, batch.mask, batch.kinds).vectors
        return vector_loss(reading.vectors, wanted)

    def save(self) -> None:
        """Writes a checkpoint; a run cut while writing keeps the one before."""
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        self._write(CHECKPOINT, state)

    def resume(self) -> bool:
        """Takes up the last checkpoint; returns whether there was one.

        Raises `GuardError` for one that is damaged, or of another plan, other data or another base.
        """
        if not (self.work / CHECKPOINT).exists():
            return False
        state = self._read(CHECKPOINT)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        return True

    def _write(self, name: str, state: Mapping[str, Any]) -> None:
        """Writes a file of this run into `work`, whole or not at all."""
        path = self.work / name
        new = path.with_suffix(".new")
        try:
            torch.save({**state, "run": self.digest}, new)
            new.replace(path)
        except (OSError, RuntimeError) as error:
            new.unlink(missing_ok=True)
            why = str(error).partition("\n")[0]
            raise GuardError(f"{path}: cannot be written ({why}); make room or name another --work") from None

    def _read(self, name: str) -> dict[str, Any]:
        """A file of this run."""
        path = self.work / name
        if not path.exists():
            raise GuardError(f"{path}: missing; without it the run cannot go on, so name another --work")
        try:
            state = torch.load(path, weights_only=True, map_location=self.device)
            run = state.get("run")
        except _DAMAGE:
            raise GuardError(f"{path}: damaged; delete its folder or name another --work") from None
        if run != self.digest:
            raise GuardError(
                f"{path}: of a run with another plan, other data or another base; name another --work, or "
                "delete this one to begin anew"
            )
        return dict(state)


def _end_of(stage: int) -> str:
    return f"stage{stage}.pt"


def _digest(stages: Sequence[Stage], tasks: Sequence[Task], base: Base) -> str:
    """What tells this run from others: its plan, seed, rows and base."""
    whole = hashlib.sha256(repr((SEED, stages, base.pieces, base.heads)).encode())
    arrays = [base.word, *(base.arrays[name] for name in sorted(base.arrays))]
    for array in (*arrays, *(array for task in tasks for array in task.learnt())):
        whole.update(np.ascontiguousarray(array).data)
    return whole.hexdigest()


def mean(ends: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of networks' weights; what all have alike stays exactly as it is."""
    first = ends[0]
    return {
        name: weights + sum(end[name] - weights for end in ends) / len(ends)
        for name, weights in first.items()
    }


def arithmetic(device: torch.device | None = None) -> torch.autocast:
    """In bfloat16 where the processor multiplies such numbers, which is several times as fast."""
    kind = device.type if device else "cpu"
    fast = kind != "cpu" or torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=fast)


def predict(
    trainer: Trainer, task: Task, places: Sequence[int], pieces: int = 16384
) -> Iterator[tuple[list[int], Reading]]:
    """What the network says of a task's rows, in batches of like length: their places and the reading."""
    pool = sorted(places, key=task.size)
    batch: list[int] = []
    for place in [*pool, -1]:
        if batch and (place < 0 or width(task.size(place)) * (len(batch) + 1) > pieces):
            found = task.batch(batch)
            with torch.no_grad(), arithmetic(trainer.device):
                yield batch, trainer.network(trainer.embed(found.ids), found.mask, found.kinds)
            batch = []
        batch.append(place)
