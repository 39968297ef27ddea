"""The policies that come with the package."""

from __future__ import annotations

from pathlib import Path


def shipped_dir() -> Path:
    """The folder of shipped policies: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_shipped" / "policies"
    return installed if installed.is_dir() else package.parent / "policies"


def shipped_names() -> list[str]:
    """The names of the shipped policies, sorted."""
    return sorted(path.stem for path in shipped_dir().glob("*.yaml"))
