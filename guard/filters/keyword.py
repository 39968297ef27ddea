"""Words from a list, found through the disguises that people write them in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from guard.errors import InputError, ModelError, OptionError, suggest
from guard.models import encoder
from guard.models.classifier import KINDS, Judge
from guard.models.meaning import MOST_PASSAGES, Meaning
from guard.registry import Example, Filter, option
from guard.text.lexicon import Entry, Lexicon, read
from guard.text.search import DEFAULT, LONGEST_DISGUISED, Hit, Search, is_nothing
from guard.text.segment import closed
from guard.text.variant import NAMES as VARIANTS
from guard.types import Exchange, Finding, Part, Unjudged

_CLAUSE_END = re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff])[，。、；：！？…]|(?<=[^\W_]{2})[,.;:!?](?=\s)")
"""Marks that no disguise strews into a word: where a clause of whole words ends."""

MOST_HITS = 10_000
"""Findings in one text after which the rest is reported as not judged."""

_LONGEST_HELD = 400
"""Characters of an open sentence that a stream holds back at the most where context is needed."""


class Keyword(Filter):
    """Finds the words of a list, however they are disguised, and not inside innocent words.

    Words come from the policy or from a file: text (a word per line, # for comments), CSV or YAML with
    category, severity and more per word; see `docs/words.md`. A finding is labelled
    `keyword.CATEGORY` (`keyword.match` where the list names none) and scored by severity.

    By default a word is found in full-width, accented, mathematical or look-alike letters, in traditional
    characters, with invisible characters, marks or blanks strewn in, with digits for letters, with
    letters repeated, and in base64, hexadecimal or escapes. `fold` narrows that down, or adds what makes
    innocent text look guilty now and then: `pinyin`, `initials`, `split`, `homophones` of Chinese words.

    Whole words only: letters of a spaced script must not go on before or after the word, and a short
    Chinese word must not straddle its neighbours (口交 in 路口交通). A word in `allow` that holds a found one
    clears it (三黄片 and 黄片).

    A word that means harm only now and then can be marked `needs_context`: the model of the `harm` filter
    reads the sentences around each place where it stands, and the highest score that it gives them takes the
    place of the severity. Where that model cannot be loaded, such a word is reported as not judged.
    """

    id = "keyword"
    labels = ("keyword.match",)
    hits = (
        Example("what a ‹jackass›!", {"words": ["jackass"]}),
        Example("JACKASS? ‹ＪａｃｋＡｓｓ›", {"words": ["jackass"]}),
        Example("you ‹j.a.c.k.a.s.s›", {"words": ["jackass"]}),
        Example("you ‹j4ck@ss› ‹jаckаss› ‹jaaaackass›", {"words": ["jackass"]}),
        Example("你这个‹大坏蛋›", {"words": ["大坏蛋"]}),
        Example("你这个‹大\u200b坏 蛋›，‹大*坏*蛋›", {"words": ["大坏蛋"]}),
        Example("你這個‹大壞蛋›", {"words": ["大坏蛋"]}),
        Example("‹5Z2P6JuLIOWdj+ibiyDlnY/om4s=›", {"words": ["坏蛋"]}),
        Example("‹dahuaidan›，‹大坏dan›", {"words": ["大坏蛋"], "fold": ["pinyin"]}),
        Example("看‹黄片›吃三黄片", {"words": ["黄片"], "allow": ["三黄片"]}),
        Example("他只说‹口交›二字", {"words": ["口交"]}),
        Example("I will find you and ‹shoot› you in the head.", {"words": ["shoot"], "needs_context": True}),
        Example("你怎么还不‹去死›，垃圾东西", {"words": ["去死"], "needs_context": True}),
    )
    misses = (
        Example("jackasses are not listed, nor is a hijackassembly", {"words": ["jackass"]}),
        Example("a jack, a saw and a spade", {"words": ["jackass"]}),
        Example("Samsung A55, 1 jack, as s.t.", {"words": ["ass", "jackass"]}),
        Example("路口交通拥堵，港口交货", {"words": ["口交"]}),
        Example("电子弹簧厂的出口交易额", {"words": ["子弹", "口交"]}),
        Example("大，坏。蛋", {"words": ["大坏蛋"]}),
        Example("大坏了的蛋", {"words": ["大坏蛋"]}),
        Example("牛黄上清片、三黄片", {"words": ["黄片"], "allow": ["三黄片"]}),
        Example("сор из избы", {"words": ["cop"]}),
        Example("dahuaidan", {"words": ["大坏蛋"]}),
        Example("JACKASS", {"words": ["jackass"], "ignore_case": False}),
        Example("a quiet day", {"words": ["jackass", "大坏蛋"]}),
        Example(
            "We want to shoot a film in the mountains next summer.",
            {"words": ["shoot"], "needs_context": True},
        ),
        Example("公安机关破获一起毒品案，缴获毒品三公斤。", {"words": ["毒品"], "needs_context": True}),
    )

    words: list[str] = option([], description="Words to find.")
    file: Path | None = option(None, description="A word list: text, CSV or YAML; or shipped/zh, shipped/en.")
    allow: list[str] = option([], description="Innocent words; what lies inside one is not reported.")
    fold: list[str] = option(
        list(DEFAULT),
        description="Disguises to undo; none if empty. Adding only pinyin, initials, split or homophones "
        "keeps the others.",
    )
    ignore_case: bool = option(True, description="Whether capital and small letters are the same.")
    whole_words: bool = option(True, description="Whether a word counts only where it stands by itself.")
    needs_context: bool = option(
        False,
        description="Whether a word counts only as far as the model judges the text around it harmful, "
        "unless its list says otherwise.",
    )

    def __post_init__(self) -> None:
        for index, name in enumerate(self.fold):
            if name not in (*DEFAULT, *VARIANTS):
                raise OptionError("fold", f"no fold {name!r}; {suggest(name, (*DEFAULT, *VARIANTS))}", index)
        self._lexicon = self._read()
        self._labels = tuple(dict.fromkeys(f"keyword.{entry.category}" for entry in self._lexicon.entries))
        self._search: Search | None = None
        self._judge: Judge | None = None
        self._reads_on = any(entry.needs_context for entry in self._lexicon.entries)
        reach = _reach(self._lexicon)
        self.reach = max(reach, _LONGEST_HELD) if self._reads_on else reach  # type: ignore[misc]
        self._holds_stops = any(_CLAUSE_END.search(entry.word + " ") for entry in self._lexicon.entries)

    def _read(self) -> Lexicon:
        listed = Lexicon(())
        if self.file is not None:
            try:
                listed = read(self.file)
            except InputError as error:
                raise OptionError("file", str(error)) from None
        self._check_words(listed)
        own = tuple(Entry(word.strip(), line=number) for number, word in enumerate(self.words, 1))
        return Lexicon(self._mark((*own, *listed.entries)), (*self.allow, *listed.allow))

    def _mark(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """The entries, those that do not say whether they need context marked where the option says so."""
        if not self.needs_context:
            return entries
        return tuple(
            replace(entry, needs_context=True) if entry.needs_context is None else entry for entry in entries
        )

    def _check_words(self, listed: Lexicon) -> None:
        if not self.words and not listed.entries:
            raise OptionError("words", "filter 'keyword' needs words, in option 'words' or 'file'")
        for index, word in enumerate(self.words):
            if not word.strip():
                raise OptionError("words", "a word must not be empty", index)
            if is_nothing(word):
                raise OptionError("words", "nothing is left of the word once its disguises are undone", index)
        for entry in listed.entries:
            if is_nothing(entry.word):
                raise OptionError(
                    "file",
                    f"{self.file}: nothing is left of entry {entry.line} once its disguises are undone",
                )

    def _folds(self) -> frozenset[str]:
        names = frozenset(self.fold)
        if names and names <= frozenset(VARIANTS):
            names |= frozenset(DEFAULT)
        return names if self.ignore_case else names - {"case"}

    def label_names(self) -> tuple[str, ...]:
        return self._labels

    def load(self, judge: Judge | None = None) -> None:
        """Builds the tables and, where a word needs context, reads the model unless a `judge` is given."""
        self._search = Search(self._lexicon, self._folds(), whole_words=self.whole_words)
        if self._reads_on:
            self._judge = judge or _shipped()

    def settled(self, text: str) -> int:
        floor = super().settled(text)
        if self._reads_on:
            # A sentence is read as a whole, so nothing of it is settled before it closes.
            return max(floor, min(closed(text), self._settled_words(text)))
        return self._settled_words(text)

    def _settled_words(self, text: str) -> int:
        floor = super().settled(text)
        if self._holds_stops:
            return floor
        ends = [mark.end() for mark in _CLAUSE_END.finditer(text, floor)]
        return ends[-1] if ends else floor

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if self._search is None:
            self.load()
        assert self._search is not None
        meaning = Meaning(self._judge, part.text, KINDS.get(part.stage, "document")) if self._judge else None
        unread = False
        for count, hit in enumerate(self._search.hits(part.text)):
            if count == MOST_HITS:
                yield self.pass_over(part, f"more than {MOST_HITS} words found")
                break
            score = hit.score if not hit.entry.needs_context else meaning.harm(hit) if meaning else None
            unread |= score is None
            if score is not None:
                label = f"keyword.{hit.entry.category}"
                yield self.find(part, label, hit.start, hit.end, score, _reason(hit))
        yield from self._passed_over(part, meaning, unread)

    def _passed_over(self, part: Part, meaning: Meaning | None, unread: bool) -> Iterator[Unjudged]:
        """What could not be said of words that need context."""
        if unread and meaning is None:
            yield self.pass_over(part, "a word needs its context judged, and the model cannot be loaded")
        elif unread:
            yield self.pass_over(
                part, f"words that need their context stand in more than {MOST_PASSAGES} places"
            )
        for language in sorted(meaning.uncovered if meaning else ()):
            reason = f"language {language!r} is not covered by the model that reads the context"
            yield self.pass_over(part, reason, language=language)


def _shipped() -> Judge | None:
    """The model of the package, or `None` where it cannot be loaded."""
    try:
        return encoder.shipped()
    except ModelError:
        return None


def _reason(hit: Hit) -> str:
    listed = f"entry {hit.entry.line} of the list"
    if hit.entry.needs_context:
        listed += ", judged in its context by the model"
    return f"{listed}, written with {hit.disguise}" if hit.disguise else listed


def _reach(lexicon: Lexicon) -> int:
    """The longest word, with two separators after every character as far as disguises are undone."""
    lengths = [len(entry.word) for entry in lexicon.entries]
    return max(length + 2 * min(length, LONGEST_DISGUISED) for length in lengths)
