"""How a policy does on the small sets written for this project.

    python -m guard.evaluate.sets [--policy default]

Prints per set and language how many texts came out right, with a 95 % Wilson interval: what must be
refused is blocked, what must pass is neither blocked nor changed, and what must be hidden does not go on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from guard.evaluate.metric import wilson
from guard.pipeline.guard import Guard
from guard.policy.shipped import shipped_set
from guard.types import Action, Decision

SETS = ("must_block", "must_pass", "must_redact")


def main() -> int:
    """Prints the table as Markdown."""
    options = argparse.ArgumentParser(description="Run a policy over the project's own sets.")
    options.add_argument("--policy", default="default")
    guard = Guard(options.parse_args().policy)
    sys.stdout.write(
        "| set | language | texts | right | share | 95 % interval |\n| --- | --- | --- | --- | --- | --- |\n"
    )
    for name in SETS:
        right, total = tally(guard, name)
        for language, texts in sorted(total.items()):
            low, high = wilson(right[language], texts)
            hits = right[language]
            cells = (name, language, texts, hits, f"{hits / texts:.2f}", f"{low:.2f} to {high:.2f}")
            sys.stdout.write("| " + " | ".join(map(str, cells)) + " |\n")
    return 0


def tally(guard: Guard, name: str) -> tuple[Counter[str], Counter[str]]:
    """Texts that came out right, and all texts, by language."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in shipped_set(name).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
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
