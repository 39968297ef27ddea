"""What a check of an answer costs, beside what it may cost, and as its sources grow; in milliseconds."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence

from guard.evaluate.answer import SEED, Labelled
from guard.evaluate.grounding_score import scan
from guard.filters import grounding
from guard.registry import Filter, create
from guard.text.excerpt import count_tokens

TOKENS = (2_000, 4_000, 16_000, 64_000, 128_000)
SAID = 150
"""About how many tokens the answer has."""
AIMS = {"rule": 3, "cascade, words shared": 250, "cascade, no word shared": 250}
"""Milliseconds that the check of such an answer may take beside sources of so many tokens as the first."""
SURE = [0.05, 0.95]
"""Wide enough for every sentence to be read."""
REPEATS = 3
DOCUMENT = 40
"""Sentences of one source."""
PLACES = ("Ardmore", "Kelso", "Tarbert", "Wick", "Oban", "Nairn", "Crieff", "Alloa", "Largs", "Peebles")
THINGS = ("kettles", "ladders", "lamps", "looms", "ploughs", "saddles", "scales", "stoves", "tents", "wagons")
SYLLABLES = ("ba", "dor", "fen", "gil", "ka", "lum", "mo", "nar", "pell", "ri", "sun", "tor", "ve", "wim")
FAR = (
    "Whales sing to one another across whole oceans, and each year their song is a little different.",
    "A good loaf needs flour, water, salt and patience, and an oven hotter than most kitchens have.",
    "Chess players often rest between rounds by walking, for the body thinks along with the head.",
    "Moss grows wherever shade and moisture allow it, and asks for neither soil nor gardener.",
    "The violin was tuned before the curtain went up, yet its strings slackened in the warm hall.",
    "Desert foxes sleep through the heat of the day and hunt when stars come out.",
    "A map drawn from memory shows what mattered to the traveller, not how the coast runs.",
    "Glass is neither liquid nor crystal, whatever guides like to tell about old church windows.",
)
"""An answer that shares no telling word with the sources: their vectors are asked for."""


def tables() -> Iterator[str]:
    """The least row beside its aims, and milliseconds per answer by the tokens of its sources."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    times = {tokens: measure(tokens) for tokens in TOKENS}
    if load > cores / 2:
        yield f"Measured on a busy machine: {load:.1f} processes wanted its {cores} cores."
        yield ""
    yield from _aims(times[TOKENS[0]])
    yield ""
    yield from _growth(times)


def _aims(times: Mapping[str, float]) -> Iterator[str]:
    yield f"| {SAID} tokens beside {TOKENS[0]:,} | ms | aim | met |"
    yield "| --- | ---: | ---: | --- |"
    for name, aim in AIMS.items():
        yield f"| {name} | {times[name]:.1f} | {aim} | {'yes' if times[name] < aim else 'no'} |"


def _growth(times: Mapping[int, Mapping[str, float]]) -> Iterator[str]:
    heads = ["tokens of the sources", *AIMS, *(f"{name}: per 1,000" for name in AIMS)]
    yield f"| {' | '.join(heads)} |"
    yield "|" + " ---: |" * len(heads)
    for tokens, found in times.items():
        cells = [f"{found[name]:.1f}" for name in AIMS]
        cells += [f"{found[name] / tokens * 1000:.2f}" for name in AIMS]
        yield f"| {tokens:,} | {' | '.join(cells)} |"


def measure(tokens: int) -> dict[str, float]:
    """Milliseconds of each way to check an answer beside sources of so many tokens."""
    rule, cascade = create("grounding", {"model": False}), create("grounding", {"sure": SURE})
    cascade.load()
    ways = zip(AIMS, (rule, cascade, cascade), (False, False, True), strict=True)
    texts = [sources(tokens, SEED + number) for number in range(REPEATS)]
    return {name: 1000 * seconds(made, [answer(text, far=far) for text in texts]) for name, made, far in ways}


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
    """Sentences out of the sources, each with another of their places, or of something else."""
    near = texts[len(texts) // 2].split(". ")
    moved = (f"{head} {_other(place)}." for head, _, place in (said.rpartition(" ") for said in near))
    said: list[str] = []
    for sentence in FAR if far else moved:
        if count_tokens(" ".join([*said, sentence])) > SAID:
            break
        said.append(sentence)
    return Labelled(texts, "", " ".join(said), is_wrong=False)


def _other(place: str) -> str:
    return PLACES[(PLACES.index(place.removesuffix(".")) + 1) % len(PLACES)]
