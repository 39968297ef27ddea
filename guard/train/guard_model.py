"""Makes the guard model from raw data: gathers, trains, calibrates, exports, and writes the card.

    guard train guard-model --data DIR --base BASE

A run may be cut at any time: the same command goes on from the last checkpoint in `--work`. What a run with
other data, another base or another plan has left there is refused.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from guard.errors import GuardError
from guard.models import tagger
from guard.models.artefact import DATA
from guard.models.name import CALIBRATION, ENTRY
from guard.models.piece import Cutter
from guard.models.session import WEIGHTS
from guard.train import (
    corpus,
    encoder,
    encoder_card,
    encoder_corpus,
    export,
    name,
    name_calibration,
    name_corpus,
    pair_task,
    task,
    text_task,
)
from guard.train.base import BASE, Base, load_base
from guard.train.calibrate import Calibration, describe, fit, groups_of, outputs, some
from guard.train.encoder import SEED, Stage, Trainer
from guard.train.encoder_corpus import Sample
from guard.train.name_maker import Marked
from guard.train.name_task import Names
from guard.train.pair import pairs
from guard.train.pair_task import Claims
from guard.train.task import Task
from guard.train.text_task import Texts
from guard.train.vector import straighten

log = logging.getLogger(__name__)

LANGUAGES = {
    "harm": ("am", "ar", "bn", "de", "en", "es", "fr", "he", "hi", "id", "it", "ja", "ko", "mr", "pl", "pt",
             "ro", "ru", "tr", "uk", "vi", "zh"),
    "injection": ("en", "zh"),
}  # fmt: skip
"""The languages that the model was measured in on public sets; see `docs/quality.md`."""

NAME_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "zh")
"""The languages that names were measured in on public sets; see `docs/names.md`."""

GENERATED_NAMES = 9000
"""Texts with names that are generated, per language."""

PEAK_SAMPLES = 600
"""Samples on which the sizes of activations are measured, for the eight-bit matrices."""


def make(data: Path, base_path: Path, work: Path, out: Path = DATA, seconds: float = math.inf) -> bool:
    """Trains and writes the shipped files into `out`; returns whether the training is done.

    Where `seconds` end first, a checkpoint lies in `work` and nothing is shipped. Raises `GuardError` when
    the data or the base cannot be read, or `work` cannot be used: it holds another run, or what is damaged.
    """
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GuardError(f"{work}: no folder to work in ({error.strerror})") from None
    base = load_base(base_path)
    trainer = Trainer(tasks(data, base), base, work)
    if trainer.resume():
        log.info("taken up at batch %d of %d", trainer.step, trainer.ends[-1])
    if not trainer.run(seconds):
        return False
    ship(trainer, base, data, out)
    return True


def tasks(data: Path, base: Base) -> list[Task]:
    """What is learnt."""
    cutter = Cutter(base.pieces, base.charsmap)
    samples = encoder_corpus.gather(data, SEED)
    log.info("%d samples from %d sources", len(samples), len({sample.source for sample in samples}))
    claims = [pair for pair in pairs(data, SEED) if pair.part == "train"]
    names = named(data, held=False)
    log.info("%d pairs of claim and source, %d texts with names", len(claims), len(names))
    return [Texts(samples, cutter), Claims(claims, cutter), Names(names, cutter, SEED)]


def named(data: Path, *, held: bool) -> list[Marked]:
    """Texts with marked names, those to learn from or those kept back.

    One may learn from plain texts too, with the names that the shipped tagger leaves no doubt of.
    """
    texts = name.gather(data, GENERATED_NAMES) + list(name_corpus.marked(data, name_corpus.ELSEWHERE))
    if not held:
        known = tagger.shipped()
        texts += name_corpus.mark_by(
            lambda text: list(known.raw(text)), list(name_corpus.unmarked(data)), name.SURE
        )
    return [text for text in texts if name_corpus.is_held(text.text) == held]


def ship(trainer: Trainer, base: Base, data: Path, out: Path, history: str = "") -> None:
    """Calibrates a trained network and writes its files and card, `history` as `encoder_card` puts it."""
    trainer.to("cpu")
    straighten(trainer)
    calibration = fit(trainer)
    log.info("leaves early below %s", calibration.exit)
    about = about_model(trainer, calibration, data)
    export.export(
        trainer.network,
        base,
        out,
        about=about,
        peaks=export.measure(trainer.network, _peak_batches(trainer)),
        extra={
            "calibration.x": calibration.x,
            "calibration.y": calibration.y,
            CALIBRATION: name_calibration.fit(trainer, base, named(data, held=True)),
        },
    )
    others: Counter[str] = sum(
        (one.sources for one in trainer.tasks.values() if one is not trainer.texts), Counter()
    )
    card = encoder_card.write(
        corpus.entries(data), trainer.samples, report(trainer, calibration), about, others, history
    )
    (out / WEIGHTS).with_suffix(".md").write_text(card, encoding="utf-8")


def about_model(trainer: Trainer, calibration: Calibration, data: Path) -> dict[str, Any]:
    """What the model says about itself, beside its shape."""
    return {
        "name": "encoder",
        "base": BASE,
        "seed": SEED,
        "samples": len(trainer.samples),
        "data_sha256": corpus.data_sha256(data),
        ENTRY: {"languages": list(NAME_LANGUAGES)},
        "languages": {family: list(codes) for family, codes in LANGUAGES.items()},
        "settings": settings(trainer.stages),
        **describe(calibration),
    }


def settings(stages: Sequence[Stage]) -> dict[str, Any]:
    """The hyper-parameters of a recipe of these stages, by name."""
    names = ("FROZEN", "LEAVE", "DROPOUT", "WARM_UP", "DECAY", "LAYER_DECAY", "CLIP", "VECTOR_WEIGHT",
             "VECTOR_EVERY")  # fmt: skip
    told = {name.lower(): getattr(encoder, name) for name in names}
    for module, own in (
        (task, ("WINDOW", "MOST_TIMES", "FOLDS", "OPINION")),
        (text_task, ("CELL_POWER", "GATE_WEIGHT", "EARLY_WEIGHT", "FILLED")),
        (pair_task, ("PAIR_POWER", "MARK_WEIGHT")),
    ):
        told |= {name.lower(): getattr(module, name) for name in own}
    return told | {"stages": "; ".join(map(_stage, stages, (None, *stages)))}


def _stage(stage: Stage, before: Stage | None) -> str:
    batches = ", ".join(f"{count} of {name}" for name, count in stage.batches.items())
    part = f"without fold {stage.fold}" if stage.fold >= 0 else "with the opinions of those before"
    part += ", from their mean" if stage.fold < 0 <= (before.fold if before else -1) else ""
    return f"{batches}, of {stage.pieces} pieces; rate {stage.rate}, heads {stage.head_rate}; {part}"


def _peak_batches(trainer: Trainer) -> list[export.Batch]:
    held = [at for at, sample in enumerate(trainer.samples) if sample.part == "held"]
    chosen = np.random.default_rng(SEED).permutation(held)[:PEAK_SAMPLES].tolist()
    batches = []
    for start in range(0, len(chosen), 32):
        batch = trainer.texts.batch(chosen[start : start + 32])
        batches.append((trainer.embed(batch.ids), batch.mask, batch.kinds))
    return batches


def report(trainer: Trainer, calibration: Calibration) -> tuple[list[Sample], np.ndarray]:
    """Public samples kept back from training and calibration, and their scores [samples, labels]."""
    places = some(
        [
            at
            for at, sample in enumerate(trainer.samples)
            if sample.part == "report" and not sample.source.startswith(f"{corpus.GENERATED}/")
        ]
    )
    samples = [trainer.samples[at] for at in places]
    return samples, calibration.apply(outputs(trainer, places).labels, groups_of(samples))
