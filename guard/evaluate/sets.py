"""How policies and models do on the small sets written for this project.

    python -m guard.evaluate.sets [--policy default] [--markdown PAGE]

Prints per set and language how many texts came out right, with a 95 % Wilson interval: what must be
refused is blocked, what must pass is neither blocked nor changed, and what must be hidden does not go on.
Then, for the kinds of harm of which public sets hold next to nothing, per label and language how many texts
with and without it the policy blocks, and how well the models rank them; `--markdown` puts that table between
the markers of a page.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from guard.evaluate import backend, page
from guard.evaluate.backend import Scorer
from guard.evaluate.metric import average_precision, roc_auc, share, wilson
from guard.pipeline.guard import Guard
from guard.policy.shipped import shipped_set
from guard.types import Action, Decision

SETS = ("must_block", "must_pass", "must_redact")
LABELLED = ("lures", "rare_labels")
"""Sets whose rows say whether a text `holds` what a label stands for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables as Markdown; the exit status."""
    options = argparse.ArgumentParser(description="Run a policy over the project's own sets.")
    options.add_argument("--policy", default="default")
    options.add_argument(
        "--markdown", type=Path, metavar="PAGE", help="page of the docs for the second table"
    )
    backend.add_options(options)
    chosen = options.parse_args(arguments)
    guard = Guard(chosen.policy)
    if not chosen.markdown:
        sys.stdout.write("\n".join(shares(guard)) + "\n\n")
    return page.publish("labelled", chosen.markdown, lambda: labelled(guard, backend.scorers(chosen)))


def shares(guard: Guard) -> Iterator[str]:
    """A row per set and language: how many texts came out right."""
    yield "| set | language | texts | right | share | 95 % interval |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name in SETS:
        right, total = tally(guard, name)
        for language, texts in sorted(total.items()):
            low, high = wilson(right[language], texts)
            hits = right[language]
            cells = (name, language, texts, hits, f"{hits / texts:.2f}", f"{low:.2f} to {high:.2f}")
            yield "| " + " | ".join(map(str, cells)) + " |"


def labelled(guard: Guard, scorers: Sequence[Scorer]) -> Iterator[str]:
    """A row per label and language of the labelled sets: what is blocked, and how well models rank it.

    A model is asked for the label itself or, where it does not know it, for the highest of its family.
    """
    titles = [scorer.backend.title for scorer in scorers]
    heads = ["set", "label", "language", "with it", "without", "blocked: with it", "blocked: without"]
    heads += [f"{measure}: {title}" for title in titles for measure in ("average precision", "ROC-AUC")]
    yield weights(scorers)
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield "| --- | --- | --- |" + " ---: |" * (len(heads) - 3)
    for (name, label, lang), rows in sorted(_by_label().items()):
        texts = [row["text"] for row in rows]
        truth = np.array([row["holds"] for row in rows])
        blocked = np.array([guard.check(text).blocked for text in texts])
        cells = [name, f"`{label}`", lang, str(truth.sum()), str((~truth).sum())]
        cells += [str(share(blocked[truth])), str(share(blocked[~truth]))]
        for scorer in scorers:
            scores = label_scores(scorer, label, texts)
            cells += [f"{average_precision(truth, scores):.3f}", f"{roc_auc(truth, scores):.3f}"]
        yield f"| {' | '.join(cells)} |"


def weights(scorers: Sequence[Scorer]) -> str:
    """A line that says which weights were measured, by the first digits of their files' SHA-256."""
    told = (f"{scorer.backend.title} `{scorer.backend.mark}`" for scorer in scorers)
    return f"Weights: {', '.join(told)}."


def label_scores(scorer: Scorer, label: str, texts: Sequence[str], kind: str = "input") -> np.ndarray:
    """A model's scores of a label [texts], or the highest of its family where it has no such label."""
    kinds = [kind] * len(texts)
    if label in scorer.backend.labels:
        return scorer.all_scores(texts, kinds)[:, scorer.backend.labels.index(label)]
    return scorer.scores(label.partition(".")[0], texts, kinds)


def _by_label() -> dict[tuple[str, str, str], list[Mapping[str, Any]]]:
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for name in LABELLED:
        for row in rows_of(name):
            found[name, row["label"], row["lang"]].append(row)
    return found


def rows_of(name: str) -> list[dict[str, Any]]:
    """The rows of one of the project's sets."""
    return [json.loads(line) for line in shipped_set(name).read_text(encoding="utf-8").splitlines()]


def tally(guard: Guard, name: str) -> tuple[Counter[str], Counter[str]]:
    """Texts that came out right, and all texts, by language."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in rows_of(name):
        total[row["lang"]] += 1
        right[row["lang"]] += is_right(name, row, guard.check(row["text"]))
    return right, total


def is_right(name: str, row: Mapping[str, Any], decision: Decision) -> bool:
    """Whether the decision is what the set asks for."""
    if name == "must_block":
        return decision.blocked
    if name == "must_pass":
        return decision.action in (Action.ALLOW, Action.FLAG)
    hidden = (row["text"][span["start"] : span["end"]] for span in row["spans"])
    return decision.blocked or not any(value in decision.text for value in hidden)


if __name__ == "__main__":
    sys.exit(main())
