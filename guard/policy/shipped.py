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


LISTS = "shipped/"
"""What the names of shipped word lists begin with, so that no file is mistaken for one."""


def list_names() -> list[str]:
    """The names of the shipped word lists, such as `shipped/zh`, sorted."""
    return sorted(LISTS + path.stem for path in (shipped_dir() / "lexicons").glob("*.yaml"))


def shipped_list(name: str) -> Path | None:
    """The file of the shipped word list of that name, if there is one."""
    return shipped_dir() / "lexicons" / f"{name.removeprefix(LISTS)}.yaml" if name in list_names() else None


def innocent_texts() -> list[str]:
    """Harmless texts, Chinese and English, sought out for what they look like.

    Those on which the word search itself is known to fail say nothing about a list and are left out.
    """
    rows = [
        json.loads(line)
        for name in ("innocent_words", "must_pass")
        for line in shipped_set(name).read_text(encoding="utf-8").splitlines()
    ]
    return [row["text"] for row in rows if not row.get("known_failure")]
