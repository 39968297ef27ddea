"""Writes training texts where public ones are thin: Chinese and English requests, attacks, look-alikes.

Every harmful text is a bare request and every attack a bare order: nothing here instructs anyone. For
each harmful phrase there are innocent ones in the same sentence frames, so that a model has to read the
phrase and not the frame.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from guard.train import phrase
from guard.train.mapping import HARM, INJECTION, LABELS

HARMLESS, EVERYDAY, LOOKALIKE = "harmless", "everyday", "lookalike"
"""The kinds of writing that are innocent as a whole."""


@dataclass(frozen=True, slots=True)
class Text:
    """One written text: its language, what it says, by head, and which kind of writing it is."""

    text: str
    lang: str
    targets: Mapping[str, bool]
    kind: str


def generate(documents: Mapping[str, Sequence[str]], seed: int) -> Iterator[Text]:
    """All written texts; `documents` are innocent passages by language, to plant instructions in."""
    rng = random.Random(seed)
    for lang in ("zh", "en"):
        yield from _requests(lang, rng)
        yield from _harmless(lang, rng)
        yield from _attacks(lang, rng)
        yield from _planted(lang, documents.get(lang, ()), rng)


def _requests(lang: str, rng: random.Random) -> Iterator[Text]:
    settled = dict.fromkeys(INJECTION, False)
    for label, actions in phrase.HARMFUL[lang].items():
        targets = settled | _asked(label)
        for text in _framed(actions, phrase.FRAMES[lang], 7, rng):
            yield Text(text, lang, targets, "request")
    for label, texts in phrase.SAID[lang].items():
        for text in texts:
            yield Text(text, lang, settled | {f"harm.{label}": True}, "statement")


def _asked(label: str) -> dict[str, bool]:
    """A request for harm is `harm.general`, and its own kind where the model has a head for that."""
    return {name: True for name in ("harm.general", f"harm.{label}") if name in HARM}


def _harmless(lang: str, rng: random.Random) -> Iterator[Text]:
    no = dict.fromkeys(LABELS, False)
    for text in _framed(phrase.HARMLESS[lang], phrase.FRAMES[lang], 11, rng):
        yield Text(text, lang, no, HARMLESS)
    for text in _framed(phrase.EVERYDAY[lang], phrase.EVERYDAY_FRAMES[lang], 12, rng):
        yield Text(_dressed(text, lang, rng), lang, no, EVERYDAY)
    for text in phrase.INNOCENT[lang]:
        for _ in range(4):
            yield Text(_dressed(text, lang, rng), lang, no, HARMLESS)
    for label, actions in phrase.HARMFUL[lang].items():
        # a harmful phrase quoted, negated or studied is no request for it; the other kinds stay open
        quiet = dict.fromkeys((*INJECTION, *_asked(label)), False)
        for text in _framed(actions, phrase.QUOTED[lang], 2, rng):
            yield Text(text, lang, quiet, "quote")


def _attacks(lang: str, rng: random.Random) -> Iterator[Text]:
    for label in ("jailbreak", "direct", "prompt_leak"):
        targets = _attack_targets(label)
        for text in _filled(phrase.ATTACKS[lang][label], lang, 700, rng):
            yield Text(_dressed(text, lang, rng), lang, targets, "attack")
    no = dict.fromkeys(LABELS, False)
    for text in _filled(phrase.LOOKALIKES[lang], lang, 1000, rng):
        yield Text(_dressed(text, lang, rng), lang, no, LOOKALIKE)


def _attack_targets(label: str) -> dict[str, bool]:
    """An attack says yes to its own kind, and no to a kind only where the two cannot be confused."""
    targets = {f"injection.{label}": True}
    if label != "jailbreak":
        targets |= dict.fromkeys(HARM, False)
    return targets


def _planted(lang: str, documents: Sequence[str], rng: random.Random) -> Iterator[Text]:
    """Orders to the assistant inside a document, and the same documents without them."""
    orders = list(_filled(phrase.PLANTS[lang], lang, 2 * len(documents), rng))
    hosts = phrase.HOSTS[lang]
    for document, order in zip(documents, orders, strict=False):
        clean = rng.choice(hosts).format(document) if rng.random() < 0.4 else document
        yield Text(clean, lang, dict.fromkeys(LABELS, False), "document")
        targets = {"injection.indirect": True} | dict.fromkeys(HARM, False)
        yield Text(_plant(clean, order, rng), lang, targets, "planted")


def _plant(document: str, order: str, rng: random.Random) -> str:
    places = [0, len(document)] + [n + 1 for n, char in enumerate(document) if char in "。.\n！？!?"]
    place = rng.choice(places)
    glue = rng.choice(["\n", " ", "\n\n", ""]) if "。" in document else rng.choice(["\n", " ", "\n\n"])
    return f"{document[:place]}{glue}{order}{glue}{document[place:]}".strip()


def _framed(phrases: Iterable[str], frames: Sequence[str], times: int, rng: random.Random) -> Iterator[str]:
    """Each phrase in a few of the frames."""
    for words in phrases:
        for frame in rng.sample(frames, min(times, len(frames))):
            yield frame.format(words)


def _filled(templates: Sequence[str], lang: str, count: int, rng: random.Random) -> Iterator[str]:
    """`count` different texts from templates whose slots are filled at random, as far as there are any."""
    seen: set[str] = set()
    for _ in range(count * 3):
        text = _fill(rng.choice(templates), phrase.SLOTS[lang], rng)
        if text not in seen and len(seen) < count:
            seen.add(text)
            yield text


def _fill(template: str, slots: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    while "[" in template:
        head, _, rest = template.partition("[")
        name, _, tail = rest.partition("]")
        template = f"{head}{rng.choice(slots[name])}{tail}"
    return template


def _dressed(text: str, lang: str, rng: random.Random) -> str:
    """The text as people type it: with or without a greeting, a last mark, capitals."""
    if rng.random() < 0.25:
        text = rng.choice(phrase.GREETINGS[lang]) + text
    if rng.random() < 0.3:
        text = text.rstrip("。.!！?？")
    if lang == "en" and rng.random() < 0.15:
        text = text.lower() if rng.random() < 0.7 else text.upper()
    return text
