"""The words that generated training texts are made of; they stand in `phrase.yaml` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Phrases = Mapping[str, list[str]]
"""Phrases by language."""

Kinds = Mapping[str, Mapping[str, list[str]]]
"""Phrases by language and kind."""

_DATA: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))

FRAMES: Phrases = _DATA["frames"]
QUOTED: Phrases = _DATA["quoted"]
HARMFUL: Kinds = _DATA["harmful"]
SAID: Kinds = _DATA["said"]
HARMLESS: Phrases = _DATA["harmless"]
INNOCENT: Phrases = _DATA["innocent"]
GREETINGS: Phrases = _DATA["greetings"]
SLOTS: Kinds = _DATA["slots"]
ATTACKS: Kinds = _DATA["attacks"]
LOOKALIKES: Phrases = _DATA["lookalikes"]
PLANTS: Phrases = _DATA["plants"]
HOSTS: Phrases = _DATA["hosts"]
EVERYDAY_FRAMES: Phrases = _DATA["everyday_frames"]
EVERYDAY: Phrases = _DATA["everyday"]
