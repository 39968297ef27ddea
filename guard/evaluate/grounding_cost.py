"""What a check of an answer costs as its sources grow: tier by tier, in milliseconds."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

from guard.evaluate.answer import SEED, Labelled
from guard.evaluate.grounding_score import scan
from guard.filters import grounding
from guard.registry import Filter, create
from guard.text.excerpt import count_tokens

TOKENS = (1_000, 4_000, 16_000, 64_000, 128_000)
SURE = [0.05, 0.95]
"""Wide enough for every sentence to be read."""
REPEATS = 3
DOCUMENT = 40
"""Sentences of one source."""
PLACES = ("Ardmore", "Kelso", "Tarbert", "Wick", "Oban", "Nairn", "Crieff", "Alloa", "Largs", "Peebles")
THINGS = ("kettles", "ladders", "lamps", "looms", "ploughs", "saddles", "scales", "stoves", "tents", "wagons")
SYLLABLES = ("ba", "dor", "fen", "gil", "ka", "lum", "mo", "nar", "pell", "ri", "sun", "tor", "ve", "wim")
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
    rule, cascade = create("grounding", {"model": False}), create("grounding", {"sure": SURE})
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
        texts = [sources(tokens, SEED + number) for number in range(REPEATS)]
        times = [1000 * seconds(made, [answer(text, far=far) for text in texts]) for _, made, far in ways]
        cells = [f"{ms:.1f}" for ms in times] + [f"{ms / tokens * 1000:.2f}" for ms in times]
        yield f"| {tokens:,} | {' | '.join(cells)} |"


def seconds(made: Filter, rows: Sequence[Labelled]) -> float:
    """The shortest time that a check takes of a few like ones, none of which was seen before."""
    times = []
    for row in rows:
        grounding.index.cache_clear()
        begun = time.perf_counter()
        scan(made, row)
        times.append(time.perf_counter() - begun)
    return min(times)


def sources(tokens: int, seed: int) -> tuple[str, ...]:
    """Made-up reports of about so many tokens, the same for the same seed."""
    draw = random.Random(seed)
    said: list[str] = []
    while tokens > 0:
        made = f"made {draw.randint(100, 99999)} {draw.choice(THINGS)}"
        sold = f"sold {draw.randint(10, 99)} % of them in {draw.choice(PLACES)}."
        owner = "".join(draw.choices(SYLLABLES, k=4)).title()
        said.append(f"In {draw.randint(1900, 2020)} the works of {owner} {made} and {sold}")
        tokens -= count_tokens(said[-1])
    return tuple(" ".join(said[at : at + DOCUMENT]) for at in range(0, len(said), DOCUMENT))


def answer(texts: tuple[str, ...], *, far: bool) -> Labelled:
    """Five sentences: out of the sources, each with another of their places, or of something else."""
    near = texts[len(texts) // 2].split(". ")[:5]
    moved = (f"{head} {_other(place)}." for head, _, place in (said.rpartition(" ") for said in near))
    return Labelled(texts, "", " ".join(FAR if far else moved), is_wrong=False)


def _other(place: str) -> str:
    return PLACES[(PLACES.index(place.removesuffix(".")) + 1) % len(PLACES)]
