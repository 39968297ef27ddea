"""What a check of an answer costs as its sources grow: tier by tier, in milliseconds."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from guard.evaluate.answer import SEED, Labelled
from guard.evaluate.grounding_score import scan
from guard.filters import grounding
from guard.registry import Filter, create
from guard.text.excerpt import count_tokens

TOKENS = (1_000, 4_000, 16_000, 64_000, 128_000)
REPEATS = 3
DOCUMENT = 40
"""Sentences of one source."""
PLACES = ("Ardmore", "Kelso", "Tarbert", "Wick", "Oban", "Nairn", "Crieff", "Alloa", "Largs", "Peebles")
THINGS = ("kettles", "ladders", "lamps", "looms", "ploughs", "saddles", "scales", "stoves", "tents", "wagons")
FAR = (
    "Whales sing to one another across whole oceans.",
    "A good loaf needs flour, water, salt and patience.",
    "Chess players often rest between rounds by walking.",
    "Moss grows wherever shade and moisture allow it.",
    "The violin was tuned before the curtain went up.",
)
"""An answer that shares no telling word with the sources: their vectors are asked for."""


def table() -> Iterator[str]:
    """Milliseconds per answer of five sentences, by the tokens of its sources."""
    rule, cascade = create("grounding", {"model": False}), create("grounding")
    cascade.load()
    ways = (
        ("rule", rule, False),
        ("cascade, words shared", cascade, False),
        ("cascade, no word shared", cascade, True),
    )
    names = [name for name, *_ in ways]
    heads = ["tokens of the sources", *names, *(f"{name}: per 1,000" for name in names)]
    yield f"| {' | '.join(heads)} |"
    yield "|" + " ---: |" * (1 + 2 * len(ways))
    for tokens in TOKENS:
        text = sources(tokens)
        times = [1000 * seconds(made, answer(text, far=far)) for _, made, far in ways]
        cells = [f"{ms:.1f}" for ms in times] + [f"{ms / tokens * 1000:.2f}" for ms in times]
        yield f"| {tokens:,} | {' | '.join(cells)} |"


def seconds(made: Filter, row: Labelled) -> float:
    """The shortest time of a few that a check takes, its index built anew each time."""
    times = []
    for _ in range(REPEATS):
        grounding.index.cache_clear()
        begun = time.perf_counter()
        scan(made, row)
        times.append(time.perf_counter() - begun)
    return min(times)


def sources(tokens: int) -> tuple[str, ...]:
    """Made-up reports of about so many tokens, the same each time."""
    draw = random.Random(SEED)
    said: list[str] = []
    while tokens > 0:
        made = f"made {draw.randint(100, 99999)} {draw.choice(THINGS)}"
        sold = f"sold {draw.randint(10, 99)} % of them in {draw.choice(PLACES)}."
        said.append(f"In {draw.randint(1900, 2020)} the works at {draw.choice(PLACES)} {made} and {sold}")
        tokens -= count_tokens(said[-1])
    return tuple(" ".join(said[at : at + DOCUMENT]) for at in range(0, len(said), DOCUMENT))


def answer(texts: tuple[str, ...], *, far: bool) -> Labelled:
    """Five sentences: out of the sources, each with its last word changed, or of something else."""
    near = [sentence.rsplit(" ", 1)[0] + " Paris." for sentence in texts[len(texts) // 2].split(". ")[:5]]
    return Labelled(texts, "", " ".join(FAR if far else near), is_wrong=False)
