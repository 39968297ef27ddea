"""Measures which disguises of listed words are seen through, and how much innocent text is hit.

    python benchmarks/evasion.py                                      # this project alone
    python benchmarks/evasion.py --peers llm-guard=PYTHON litellm=PYTHON …   # others beside it
    python benchmarks/evasion.py --benign DIR                         # DIR/NAME.jsonl.gz with `text`, `label`
    python benchmarks/evasion.py --split final                        # the other half of words and carriers
    python benchmarks/evasion.py --foreign                            # by the tables of others: `foreign.py`

Rows are generated with a fixed seed from the words and sentences in `evasion_words.json`, every disguise on
every word of the split, in carriers drawn at random. PYTHON runs the peer; see `peer.py` for the names.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import foreign

from guard.text.fold import _simplified, readings
from guard.text.lexicon import Entry, Lexicon
from guard.text.search import DEFAULT, Search
from guard.text.variant import _SPLIT, NAMES

HERE = Path(__file__).parent
SEEDS = {"dev": 11, "final": 29}
CARRIERS_PER_WORD = 4
Disguise = Callable[[str, random.Random], str]


class Row(NamedTuple):
    fold: str
    language: str
    text: str


def _strewn(marks: list[str]) -> Disguise:
    return lambda word, rng: rng.choice(marks).join(word.replace(" ", ""))


def _mapped(table: dict[str, str]) -> Disguise:
    return lambda word, rng: "".join(table.get(char, char) for char in word)


def _some(table: dict[str, str]) -> Disguise:
    """Replaces one to all of the characters that can be."""

    def disguise(word: str, rng: random.Random) -> str:
        places = [place for place, char in enumerate(word) if char in table]
        chosen = set(rng.sample(places, rng.randint(1, len(places)))) if places else set()
        return "".join(table[char] if place in chosen else char for place, char in enumerate(word))

    return disguise


def _repeated(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word))
    return word[:place] + word[place] * rng.randint(2, 5) + word[place:]


def _capitals(word: str, rng: random.Random) -> str:
    return "".join(char.upper() if rng.random() < 0.6 else char for char in word)


def _homophones(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word))
    same = [char for char, sound in readings().items() if sound == readings()[word[place]]]
    return word[:place] + rng.choice(same) + word[place + 1 :]


LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TRADITIONAL = {simple: char for char, simple in sorted(_simplified().items(), reverse=True)}
_MARKS = ["\u0301", "\u0323", "\u0336", "\u0489", "\u0308"]
_CYRILLIC = dict(zip("aceopxyisj", "асеорхуіѕј", strict=True))
_GREEK = dict(zip("aoivpkutn", "αοινρκυτη", strict=True))
_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}

BOTH: dict[str, Disguise] = {
    "plain": lambda word, rng: word,
    "zero width": _strewn(["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"]),
    "bidi and tags": _strewn(["\u202e", "\u2066", "\u200f", "\U000e0041", "\ufe0f"]),
    "separators": _strewn([".", "*", "-", "_", "|", "~", "·", "/"]),
    "spaces": _strewn([" ", "\u3000", "\u00a0", "\u2009"]),
    "repeated": _repeated,
    "combining marks": lambda word, rng: "".join(char + rng.choice(_MARKS) for char in word),
    "base64": lambda word, rng: base64.b64encode(f"{word} {word}".encode()).decode(),
    "hex": lambda word, rng: f"{word} {word}".encode().hex(),
    "url": lambda word, rng: "".join(f"%{byte:02X}" for byte in word.encode()),
    "html": lambda word, rng: "".join(f"&#{ord(char)};" for char in word),
}
ENGLISH: dict[str, Disguise] = {
    "case": _capitals,
    "full width": _mapped({char: chr(ord(char) + 0xFEE0) for char in LETTERS}),
    "mathematical": lambda word, rng: _mapped(
        {char: chr(rng.choice([0x1D41A, 0x1D5EE, 0x1D68A]) + place) for place, char in enumerate(LETTERS)}
    )(word, rng),
    "cyrillic": _some(_CYRILLIC),
    "greek": _some(_GREEK),
    "leet": _some(_LEET),
}
CHINESE: dict[str, Disguise] = {
    "traditional": _mapped(_TRADITIONAL),
    "pinyin": lambda word, rng: "".join(readings()[char] for char in word),
    "initials": lambda word, rng: "".join(readings()[char][0] for char in word),
    "split": _mapped({char: parts[0] for char, parts in _SPLIT.items()}),
    "homophones": _homophones,
}


def generate(
    split: str, chinese: Mapping[str, Disguise], english: Mapping[str, Disguise]
) -> tuple[list[str], list[Row]]:
    """Words of the split, and its rows; a disguise that leaves a word as it is gives no row."""
    rng = random.Random(SEEDS[split])
    given = json.loads((HERE / "evasion_words.json").read_text(encoding="utf-8"))
    offset = list(SEEDS).index(split)
    listed: list[str] = []
    rows: list[Row] = []
    for language, own in (("zh", chinese), ("en", english)):
        words, carriers = (given[language][key][offset::2] for key in ("words", "carriers"))
        listed += words
        for fold, disguise in own.items():
            for word in words:
                for carrier in rng.sample(carriers, CARRIERS_PER_WORD):
                    shown = disguise(word, rng)
                    if shown != word or fold == "plain":
                        rows.append(Row(fold, language, carrier.replace("{}", shown)))
    return listed, rows


def benign(folder: Path | None) -> Iterator[str]:
    """The innocent sets of this project, and whatever is labelled safe in the folder's named sets."""
    for name in ("innocent_words", "must_pass"):
        for line in (HERE.parent / "datasets" / name / "data.jsonl").read_text("utf-8").splitlines():
            yield json.loads(line)["text"]
    paths = sorted(folder.glob("*.jsonl.gz")) if folder else []
    if folder and not paths:
        raise SystemExit(f"--benign {folder}: no NAME.jsonl.gz there")
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from (row["text"] for row in map(json.loads, file) if row.get("label") == "safe")


def ours(listed: list[str], texts: list[str], folds: tuple[str, ...]) -> list[bool]:
    search = Search(Lexicon(tuple(Entry(word) for word in listed)), folds)
    return [bool(search.hits(text)) for text in texts]


def ask(name: str, python: str, listed: list[str], texts: list[str]) -> list[bool]:
    """What a peer says of each text; raises `CalledProcessError` when it cannot run."""
    sent = "".join(json.dumps(item) + "\n" for item in (listed, *texts))
    command = [python, str(HERE / "peer.py"), name]
    done = subprocess.run(command, input=sent, text=True, check=True, stdout=subprocess.PIPE)
    answers: list[bool] = json.loads(done.stdout)
    return answers


def report(rows: list[Row], verdicts: dict[str, list[bool]]) -> None:
    """Recall per disguise and language, then the share of innocent texts hit, as a Markdown table."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[row.fold, row.language].append(number)
    print("| disguise | | rows |", *(f"{name} |" for name in verdicts))
    print("| --- | --- | ---: |", *("---: |" for _ in verdicts))
    for (fold, language), numbers in groups.items():
        shares = (sum(hits[number] for number in numbers) / len(numbers) for hits in verdicts.values())
        print(f"| {fold} | {language} | {len(numbers)} |", *(f"{share:.3f} |" for share in shares))
    innocent = {name: hits[len(rows) :] for name, hits in verdicts.items()}
    shares = (f"{sum(hits) / len(hits):.3%} |" for hits in innocent.values())
    print(f"| innocent texts hit | | {len(next(iter(innocent.values())))} |", *shares)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", nargs="*", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--benign", type=Path, metavar="DIR")
    parser.add_argument("--split", choices=list(SEEDS), default="dev")
    parser.add_argument("--foreign", action="store_true", help="disguises by the tables of other projects")
    parser.add_argument("--misses", action="store_true", help="show what this project misses or hits wrongly")
    options = parser.parse_args()
    given = (foreign.CHINESE, foreign.ENGLISH) if options.foreign else (BOTH | CHINESE, BOTH | ENGLISH)
    listed, rows = generate(options.split, *given)
    texts = [row.text for row in rows] + list(benign(options.benign))
    verdicts = {
        "default": ours(listed, texts, DEFAULT),
        "all folds": ours(listed, texts, (*DEFAULT, *NAMES)),
    }
    for name, python in (pair.split("=", 1) for pair in options.peers):
        verdicts[name] = ask(name, python, listed, texts)
    report(rows, verdicts)
    if options.misses:
        for row, hit in zip(rows, verdicts["default"], strict=False):
            if not hit and row.fold not in NAMES:
                print(row, file=sys.stderr)


if __name__ == "__main__":
    main()
