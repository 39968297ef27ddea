"""Makes texts with marked names to train the name tagger, in Chinese and English."""

from __future__ import annotations

import random
from collections.abc import Iterator

from guard.train.name_chinese import Chinese
from guard.train.name_english import English
from guard.train.name_maker import Marked


def generate(count: int, seed: int) -> Iterator[Marked]:
    """`count` Chinese and `count` English texts, some of several sentences."""
    rng = random.Random(seed)
    makers = (Chinese(rng), English(rng))
    for _ in range(count):
        for maker in makers:
            made = maker.text()
            while rng.random() < 0.25:
                made = join(made, maker.text(), rng.choice(maker.joints))
            yield vary(made, rng) if maker.lang == "en" else made


def join(left: Marked, right: Marked, between: str) -> Marked:
    """Two texts made one."""
    shift = len(left.text) + len(between)
    moved = tuple((start + shift, end + shift, kind) for start, end, kind in right.marks)
    return Marked(left.text + between + right.text, left.marks + moved, left.source, left.lang)


def vary(row: Marked, rng: random.Random) -> Marked:
    """The text now and then in small letters or capitals only, as people write in a hurry."""
    chance = rng.random()
    text = row.text.lower() if chance < 0.06 else row.text.upper() if chance < 0.09 else row.text
    return Marked(text, row.marks, row.source, row.lang) if len(text) == len(row.text) else row
