"""Tells the author of a word list which entries fire on harmless text, how often and in which disguise."""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from guard.text.lexicon import Entry, Lexicon
from guard.text.search import Hit, Search

CONTEXT = 10
"""Characters shown on either side of an example."""
MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Fired:
    """An entry that was found in harmless texts: in how many, disguised how, and where for instance.

    `disguises` counts the ways it was written, `''` for plainly. Each example marks the word with ‹…›.
    """

    entry: Entry
    texts: int
    disguises: dict[str, int]
    examples: tuple[str, ...]

    @property
    def why(self) -> str:
        """The likely cause, in words, and what to do about it."""
        if self.entry.needs_context:
            return (
                "counts only where the model judges the text around it harmful, which is not looked at here"
            )
        disguise = max(self.disguises, key=lambda name: self.disguises[name])
        if disguise:
            return f"read as {disguise}: leave that disguise out for this entry, or allow the innocent word"
        if len(self.entry.word) <= 2:
            return (
                "a short word that ordinary text uses: list the phrases that are meant, or set needs_context"
            )
        return (
            "ordinary text uses it: list longer phrases, lower its severity, allow innocent ones, "
            "or set needs_context"
        )


def lint(lexicon: Lexicon, texts: Iterable[str]) -> list[Fired]:
    """The entries that fire on texts known to be harmless, the most frequent first."""
    search = Search(lexicon)
    counts: Counter[Entry] = Counter()
    disguises: dict[Entry, Counter[str]] = defaultdict(Counter)
    examples: dict[Entry, list[str]] = defaultdict(list)
    for text, hits in _searched(search, texts):
        counts.update({hit.entry for hit in hits})
        for hit in hits:
            disguises[hit.entry][hit.disguise] += 1
            if len(examples[hit.entry]) < MOST_EXAMPLES:
                examples[hit.entry].append(_example(text, hit.start, hit.end))
    return [
        Fired(entry, count, dict(disguises[entry]), tuple(examples[entry]))
        for entry, count in counts.most_common()
    ]


_BATCH = 50_000
"""Characters searched at once: many short texts take far longer one by one."""
_SEAM = "\n\uffff\n"
"""Stands between texts that are searched together; no word goes on beyond a noncharacter."""
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-z\u3040-\u30ff\u3400-\u9fff]")
"""A letter of an alphabet in view of which the search judges the rest of its text."""


def _searched(search: Search, texts: Iterable[str]) -> Iterator[tuple[str, list[Hit]]]:
    """Each text with what is found in it, its places counted from its own beginning."""
    for batch in _batches(texts):
        starts = list(itertools.accumulate((len(text) + len(_SEAM) for text in batch[:-1]), initial=0))
        found: dict[int, list[Hit]] = defaultdict(list)
        for hit in search.hits(_SEAM.join(batch)):
            number = bisect.bisect_right(starts, hit.start) - 1
            first = starts[number]
            found[number].append(Hit(hit.entry, hit.start - first, hit.end - first, hit.disguise))
        yield from ((batch[number], hits) for number, hits in sorted(found.items()))


def _batches(texts: Iterable[str]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    length = 0
    for text in texts:
        alone = bool(_OTHER_LETTER.search(text)) or "\uffff" in text
        if batch and (alone or length >= _BATCH):
            yield batch
            batch, length = [], 0
        if alone:
            yield [text]
        else:
            batch.append(text)
            length += len(text) + len(_SEAM)
    if batch:
        yield batch


def _example(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return f"{before}‹{text[start:end]}›{after}".replace("\n", " ")
