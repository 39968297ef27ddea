"""Texts written by hand for training, in forty languages: `written/*.yaml` beside this file.

Most files map language to label to texts: requests under the label itself, posts and sayings under
`statement.` and the label, rude posts that are no hate under `toxic`, innocent ones under `safe`. What a
text says of the other heads follows here: a request for one kind of harm denies the kinds that it cannot be
mistaken for and leaves its relatives open. `identity.yaml` and `spam.yaml` hold templates with slots.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from guard.train.generate import Text
from guard.train.mapping import HARM, INJECTION, LABELS

PLACE = Path(__file__).parent / "written"
IDENTITY, SPAM = "identity", "spam"
WRITTEN, SAFE = "written", "written-safe"
"""The kinds of texts written one by one, each followed by a slash and the name of its file."""

RELATED = {
    "harm.hate": (
        "harm.harassment", "harm.toxic", "harm.violence", "harm.violence.extremism", "harm.misinformation",
    ),
    "harm.harassment": (
        "harm.hate", "harm.toxic", "harm.violence", "harm.privacy", "harm.sexual", "harm.self_harm",
    ),
    "harm.sexual": (
        "harm.sexual.minors", "harm.harassment", "harm.toxic", "harm.illicit", "harm.privacy",
    ),
    "harm.sexual.minors": (
        "harm.illicit", "harm.violence", "harm.privacy",
    ),
    "harm.violence": (
        "harm.violence.extremism", "harm.illicit", "harm.harassment", "harm.toxic", "harm.self_harm",
    ),
    "harm.violence.extremism": (
        "harm.illicit", "harm.hate", "harm.toxic", "harm.political_sensitive",
    ),
    "harm.self_harm": (
        "harm.dangerous_advice", "harm.violence", "harm.harassment",
    ),
    "harm.illicit": (
        "harm.violence", "harm.violence.extremism", "harm.privacy", "harm.spam", "harm.dangerous_advice",
        "harm.sexual",
    ),
    "harm.dangerous_advice": (
        "harm.misinformation", "harm.illicit", "harm.self_harm", "harm.spam",
    ),
    "harm.misinformation": (
        "harm.political_sensitive", "harm.dangerous_advice", "harm.hate", "harm.spam", "harm.illicit",
    ),
    "harm.privacy": (
        "harm.illicit", "harm.harassment",
    ),
    "harm.spam": (
        "harm.illicit", "harm.sexual", "harm.dangerous_advice", "harm.misinformation",
    ),
    "harm.political_sensitive": (
        "harm.misinformation", "harm.violence", "harm.violence.extremism", "harm.illicit", "harm.toxic",
        "harm.harassment",
    ),
}  # fmt: skip
"""What may be said of the same text too, and so is left open."""

_RUDE = ("harm.hate", "harm.harassment", "harm.violence")
_OPEN = ("harm.general", "harm.toxic")


def written(seed: int) -> Iterator[Text]:
    """All texts of the files, templates filled in."""
    rng = random.Random(seed)
    for path in sorted(PLACE.glob("*.yaml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.stem == IDENTITY:
            yield from identities(data, rng)
        elif path.stem == SPAM:
            yield from adverts(data, rng)
        else:
            yield from _listed(data, path.stem)


def innocent(languages: Sequence[str] = ("zh", "en")) -> Iterator[str]:
    """The texts of the files that harm nobody, in these languages, without what templates make."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(PLACE.glob("*.yaml")):
        data = yaml.load(path.read_text(encoding="utf-8"), loader)
        for lang in languages:
            yield from map(str, data.get(lang, {}).get("safe", ()))


def _listed(data: Mapping[str, Mapping[str, Sequence[str]]], name: str) -> Iterator[Text]:
    for lang, labels in data.items():
        for label, texts in labels.items():
            targets = says(label)
            for text in texts:
                kind = SAFE if label == "safe" else WRITTEN
                yield Text(str(text), str(lang), targets, f"{kind}/{name}")


def says(label: str) -> dict[str, bool]:
    """What a text filed under a label says, by head. Raises `KeyError` for a label that there is none of."""
    if label == "safe":
        return dict.fromkeys(LABELS, False)
    if label == "toxic":
        quiet = [name for name in LABELS if name not in (*_OPEN, *_RUDE, "harm.sexual")]
        return dict.fromkeys((*quiet, "harm.hate"), False) | {"harm.toxic": True, "harm.harassment": True}
    if label.startswith("injection."):
        return _attack(label)
    name = label.removeprefix("statement.")
    near = (*RELATED[name], *_OPEN)
    targets = {other: False for other in LABELS if other not in near} | {name: True}
    parent = name.rpartition(".")[0]
    if parent in HARM:
        targets[parent] = True
    if name == label:
        targets["harm.general"] = True
    elif name in _RUDE:
        targets["harm.toxic"] = True
    return targets


def _attack(label: str) -> dict[str, bool]:
    if label not in INJECTION:
        raise KeyError(label)
    targets = {label: True}
    if label != "injection.jailbreak":
        targets |= dict.fromkeys(HARM, False)
    if label != "injection.indirect":
        targets["injection.prompt_leak"] = label == "injection.prompt_leak"
    return targets


def identities(data: Mapping[str, Any], rng: random.Random) -> Iterator[Text]:
    """Every template with every group, hateful and innocent ones in the same number for each group."""
    for lang, parts in data.items():
        for group in parts["groups"].values():
            for label, templates in (("statement.harm.hate", parts["hateful"]), ("safe", parts["innocent"])):
                for template in templates:
                    text = template.replace("{group}", group)
                    yield Text(text[:1].upper() + text[1:], lang, says(label), IDENTITY)
        for text in parts["abusive"]:
            yield Text(text, lang, says("toxic"), f"{WRITTEN}/{IDENTITY}")
        for text in parts["civil"]:
            yield Text(text, lang, says("safe"), f"{SAFE}/{IDENTITY}")


def adverts(data: Mapping[str, Any], rng: random.Random, each: int = 12) -> Iterator[Text]:
    """Every lure several times, with other slots and other words in evasive writing."""
    for lang, parts in data.items():
        lures = parts["lures"]
        kinds = lures.items() if isinstance(lures, Mapping) else [("", lures)]
        for _, templates in kinds:
            for template in templates:
                for _ in range(each):
                    text = disguise(fill(template, parts["slots"], rng), parts.get("disguises", {}), rng)
                    yield Text(text, lang, says("statement.harm.spam") | {"harm.general": True}, SPAM)
        for text in parts["innocent"]:
            yield Text(text, lang, says("safe"), f"{SAFE}/{SPAM}")


def fill(template: str, slots: Mapping[str, Sequence[Any]], rng: random.Random) -> str:
    """A template with each `{slot}` replaced by one of its values."""
    for name, values in slots.items():
        while "{" + name + "}" in template:
            template = template.replace("{" + name + "}", str(rng.choice(values)), 1)
    return template


def disguise(text: str, variants: Mapping[str, Sequence[Any]], rng: random.Random) -> str:
    """A text in which about half of the words that have evasive writings are written so."""
    for plain, others in variants.items():
        if rng.random() < 0.5:
            text = text.replace(str(plain), str(rng.choice(others)))
    return text
