"""What a trained network needs besides its weights: calibration, thresholds, and when to leave early.

All of it is fitted on samples kept back from training (`held`). Per label and group of writing, the logarithm
of the odds is scaled and shifted (Platt, 1999), which keeps the order of scores; it is stored as a table of
knots between which serving interpolates. A group with too few samples is calibrated as all together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from guard.models.calibration import GROUPS, group_of
from guard.train import mapping
from guard.train.encoder import SEED, Trainer, predict
from guard.train.encoder_corpus import UNKNOWN, YES, Sample
from guard.train.text_task import FAMILIES, chances_of, weigh

KNOTS = 33
REACH = 9.0
"""Knots stand where the logarithm of the odds goes in even steps from minus to plus this."""
LEAST = 40
"""Samples of either kind that a group needs for a calibration of its own."""
FEWEST = 12
"""Samples of either kind below which a label is left as it is."""
MOST = 10_000
"""Samples that are read for a calibration, or for a report, at most."""
RATES = {"0.1%": 0.001, "1%": 0.01, "5%": 0.05}
"""False-positive rates whose thresholds are stored."""
LOST = 0.001
"""Share of what the whole network finds that leaving early may cost, per family: half of the 0.2 points that
are aimed at, since what is kept back is nearer to what was learnt than other texts are."""
FOUND = 0.5
"""The uncalibrated probability from which the whole network counts as having found something."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The network's probabilities of samples: of labels [samples, labels], families and at the exit."""

    labels: np.ndarray
    families: np.ndarray
    early: np.ndarray


@dataclass(frozen=True, slots=True)
class Calibration:
    """Tables [groups, labels, knots], thresholds by label and rate, and the exit's cut-off per family."""

    x: np.ndarray
    y: np.ndarray
    thresholds: dict[str, dict[str, float]]
    exit: dict[str, float]

    def apply(self, labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [samples, labels]."""
        out = np.empty_like(labels)
        for group in range(len(GROUPS)):
            rows = groups == group
            for label in range(labels.shape[1]):
                out[rows, label] = np.interp(labels[rows, label], self.x[group, label], self.y[group, label])
        return out


def outputs(trainer: Trainer, places: Sequence[int]) -> Outputs:
    """The network's probabilities of the samples at these places, in their order."""
    at = {place: row for row, place in enumerate(places)}
    labels = np.zeros((len(places), len(mapping.LABELS)))
    families, early = np.zeros((len(places), len(FAMILIES))), np.zeros((len(places), len(FAMILIES)))
    for batch, reading in predict(trainer, trainer.texts, places):
        rows = [at[place] for place in batch]
        labels[rows], families[rows] = (part.cpu().numpy() for part in chances_of(reading))
        early[rows] = torch.sigmoid(reading.early.float()).cpu().numpy()
    return Outputs(labels, families, early)


def groups_of(samples: Sequence[Sample]) -> np.ndarray:
    """The number in `GROUPS` of each sample's kind of writing [samples]."""
    return np.array([GROUPS.index(group_of(sample.text)) for sample in samples])


def fit(trainer: Trainer, part: str = "held") -> Calibration:
    """Calibration, thresholds and cut-offs on the samples of a part."""
    places = some([at for at, sample in enumerate(trainer.samples) if sample.part == part])
    samples = [trainer.samples[at] for at in places]
    found = outputs(trainer, places)
    groups = groups_of(samples)
    targets = np.stack([sample.targets for sample in samples])
    x, y = tables(found.labels, targets, groups, weigh(samples))
    calibration = Calibration(x, y, {}, leave(found, targets))
    scores = calibration.apply(found.labels, groups)
    innocent = (targets == 0).all(axis=1)
    thresholds = {label: cuts(scores[innocent, n]) for n, label in enumerate(mapping.LABELS)}
    return Calibration(x, y, thresholds, calibration.exit)


def some(places: Sequence[int]) -> list[int]:
    """At most `MOST` of these places, always the same, in order."""
    chosen = np.random.default_rng(SEED).permutation(np.array(places, np.int64))[:MOST]
    return sorted(chosen.tolist())


def tables(
    labels: np.ndarray, targets: np.ndarray, groups: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Knots and values of the calibration, both [groups, labels, knots]."""
    knots = 1 / (1 + np.exp(-np.linspace(-REACH, REACH, KNOTS)))
    x = np.broadcast_to(knots, (len(GROUPS), labels.shape[1], KNOTS)).astype(np.float32).copy()
    y = x.copy()
    for label in range(labels.shape[1]):
        known = targets[:, label] != UNKNOWN
        truth = targets[:, label] == YES
        common = scale(labels[known, label], truth[known], weights[known], FEWEST)
        for group in range(len(GROUPS)):
            own = known & (groups == group)
            fitted = scale(labels[own, label], truth[own], weights[own], LEAST) or common
            if fitted:
                y[group, label] = apply(knots, *fitted)
    return x, y


def scale(
    scores: np.ndarray, truth: np.ndarray, weights: np.ndarray, least: int
) -> tuple[float, float] | None:
    """Slope and shift of the log odds; none with fewer than `least` of a kind, or if order would turn."""
    from sklearn.linear_model import LogisticRegression

    if min(truth.sum(), (~truth).sum()) < least:
        return None
    fitted = LogisticRegression().fit(odds(scores)[:, None], truth, sample_weight=weights)
    slope = float(fitted.coef_[0, 0])
    return (slope, float(fitted.intercept_[0])) if slope > 0 else None


def odds(scores: np.ndarray) -> np.ndarray:
    """The logarithm of the odds, bounded."""
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def apply(scores: np.ndarray, slope: float, shift: float) -> np.ndarray:
    """Scaled probabilities."""
    return np.asarray(1 / (1 + np.exp(-(slope * odds(scores) + shift))))


def cuts(scores: np.ndarray) -> dict[str, float]:
    """For each rate, the lowest threshold that at most so many of these scores of innocent texts reach."""
    ordered = np.sort(scores)[::-1]
    places = {name: int(np.floor(rate * len(ordered))) for name, rate in RATES.items()}
    return {name: round(np.floor(ordered[at] * 1e6 + 1) / 1e6, 6) for name, at in places.items()}


def leave(found: Outputs, targets: np.ndarray) -> dict[str, float]:
    """The exit's cut-off per family: below it lies at most `LOST` of what the whole network finds."""
    cut, start = {}, 0
    for number, (family, labels) in enumerate(FAMILIES.items()):
        own = (targets[:, start : start + len(labels)] == YES).any(axis=1)
        start += len(labels)
        caught = np.sort(found.early[own & (found.families[:, number] >= FOUND), number])
        place = int(LOST * len(caught))
        cut[family] = float(np.floor(caught[place] * 1e6) / 1e6) if len(caught) else 0.0
    return cut


def describe(calibration: Calibration) -> dict[str, Any]:
    """The parts of the model's description that come from here."""
    return {"groups": list(GROUPS), "thresholds": calibration.thresholds, "exit": calibration.exit}
