"""The policies and the small labelled sets that come with the package."""

from __future__ import annotations

import json
from pathlib import Path


def shipped_dir() -> Path:
    """The folder of shipped policies: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_shipped" / "policies"
    return installed if installed.is_dir() else package.parent / "policies"


def shipped_names() -> list[str]:
    """The names of the shipped policies, sorted."""
    return sorted(path.stem for path in shipped_dir().glob("*.yaml"))


def shipped_set(name: str) -> Path:
    """The file of one of the small labelled sets, such as `must_pass`."""
    return shipped_dir().parent / "datasets" / name / "data.jsonl"


def innocent_texts() -> list[str]:
    """Harmless texts, Chinese and English, many of which look harmful at a glance.

    Those on which the word search itself is known to fail say nothing about a list and are left out.
    """
    rows = [
        json.loads(line)
        for name in ("innocent_words", "must_pass")
        for line in shipped_set(name).read_text(encoding="utf-8").splitlines()
    ]
    return [row["text"] for row in rows if not row.get("known_failure")]
