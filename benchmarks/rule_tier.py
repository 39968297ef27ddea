"""Measures the rule tier: how fast word lists are searched, and which disguises they see through.

    python benchmarks/rule_tier.py            # throughput in MB/s of UTF-8, linearity, load times
    python benchmarks/rule_tier.py --peers NAME=PYTHON …  # other word filters beside it; see `peer.py`
    python benchmarks/rule_tier.py --out docs/words.md …  # into the page, between its markers
    python benchmarks/rule_tier.py --loading  # load times only
    python benchmarks/rule_tier.py --evasion  # recall per disguise

One thread, processor time, the median of texts of which none is judged twice. Texts and word lists are
generated from the frequent words of Chinese that the package holds and from made-up words, with a fixed seed.
"""

from __future__ import annotations

import argparse
import base64
import functools
import html
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick
from peer import SENTENCES, Judge, languages, rate

from guard.errors import InputError
from guard.evaluate.page import publish
from guard.text import cache
from guard.text.fold import readings
from guard.text.lexicon import Entry, Lexicon, read
from guard.text.search import Search
from guard.text.word import _rarity

HERE = Path(__file__).parent
SIZES = {"1 KB": (1_000, 100), "10 KB": (10_000, 20), "1 MB": (1_000_000, 5)}
"""Bytes of a text, and how many such texts there are at most."""
_FREQUENT = (
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by "
    "word but not what all were we when your can said there use an each which she do how their if will up "
    "other about out many then them these so some her would make like him into time has look two more write "
    "go see number no way could people my than first water been call who oil its now find long down day did "
    "get come made may part"
)
ENGLISH = _FREQUENT.split()


def words(count: int, seed: int = 7) -> list[str]:
    """Half Chinese, half made-up Latin words, none of which is frequent."""
    rng = random.Random(seed)
    chars = sorted(readings())
    found: dict[str, None] = {}
    while len(found) < count:
        if rng.random() < 0.5:
            found["".join(rng.choices(chars, k=rng.randint(2, 5)))] = None
        else:
            found["".join(rng.choices("abcdefghijklmnoprstuvwy", k=rng.randint(5, 9)))] = None
    return list(found)


@functools.cache
def _common(language: str) -> list[str]:
    return [word for word, nats in _rarity().items() if nats <= 10] if language == "zh" else ENGLISH


def text(language: str, size: int, seed: int = 3) -> str:
    """A text of so many bytes of UTF-8, made of frequent words and punctuation."""
    rng = random.Random(seed)
    common = _common(language)
    pieces: list[str] = []
    length = 0
    while length < size:
        piece = rng.choice(common) + ("" if language == "zh" else " ")
        if rng.random() < 0.1:
            piece = piece.strip() + rng.choice("，。" if language == "zh" else [", ", ". "])
        pieces.append(piece)
        length += len(piece.encode())
    return "".join(pieces)


def absent(count: int, texts: Iterable[str]) -> list[str]:
    """So many words of which none stands in the texts, so that no filter ends early."""
    candidates = words(count + count // 10)
    machine = ahocorasick.Automaton()
    for word in candidates:
        machine.add_word(word, word)
    machine.make_automaton()
    standing = {word for sample in texts for _, word in machine.iter(sample)}
    return [word for word in candidates if word not in standing][:count]


class Loaded(NamedTuple):
    """A peer with as much of the list as it loads in time."""

    name: str
    python: str
    words: list[str]
    answer: Mapping[str, Any]
    whole: bool

    def cells(self, texts: Mapping[str, list[list[str]]], patience: float) -> list[str]:
        """Name, list, and MB/s for each kind of text, the kinds of a language from short to long."""
        count = f"{len(self.words):,} in {self.answer['loaded']:.1f} s"
        cells = [
            f"{self.name} {self.answer['version']}",
            count if self.whole else f"list not loaded in {patience:g} s; {count}",
        ]
        for language, kinds in texts.items():
            if language not in self.answer["found"]:
                cells += ["finds none"] * len(kinds)
                continue
            rates = work(self.name, self.python, patience, self.words, *kinds)[1:]
            cells += [f"{each:.3g}" for each in rates] + [f"> {patience:g} s"] * (len(kinds) - len(rates))
        return cells


def work(name: str, python: str, patience: float, *sent: object) -> list[Any]:
    """What `peer.py` answers to the words and texts sent, up to the one that took too long.

    Raises `InputError` when the peer cannot run or finds no listed word.
    """
    done = subprocess.run(
        [python, str(HERE / "peer.py"), name, "--time", str(patience)],
        input="\n".join(map(json.dumps, sent)), text=True, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, -signal.SIGALRM):
        raise InputError(f"{name}: {(done.stderr.strip() or 'no answer').splitlines()[-1]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def load(name: str, python: str, listed: list[str], patience: float) -> Loaded:
    """Loads the list or, where that takes too long, the largest power of ten of its words that is in time.

    Raises `InputError` when not even ten words are, and as `work` does.
    """
    powers = (10**power for power in range(len(str(len(listed) - 1)) - 1, 0, -1))
    for count in (len(listed), *powers):
        answers = work(name, python, patience, listed[:count])
        if answers:
            return Loaded(name, python, listed[:count], answers[0], count == len(listed))
    raise InputError(f"{name}: ten words are not loaded in {patience:g} s")


def ready(listed: list[str]) -> tuple[Judge, float]:
    """This project with the list loaded, and the seconds that took, a first look included."""
    started = time.process_time()
    made = Search(Lexicon(tuple(Entry(word) for word in listed)))

    def judge(sample: str) -> bool:
        return bool(made.hits(sample))

    assert languages(judge, listed) == list(SENTENCES)
    return judge, time.process_time() - started


def throughput(peers: Mapping[str, str], count: int, patience: float) -> Iterator[str]:
    """A table in Markdown of this project and its peers, then how its time grows with the text."""
    texts = {
        language: [[text(language, size, seed) for seed in range(many)] for size, many in SIZES.values()]
        for language in SENTENCES
    }
    listed = absent(count, (sample for kinds in texts.values() for kind in kinds for sample in kind))
    loaded = [load(name, python, listed, patience) for name, python in peers.items()]
    judge, took = ready(listed)
    rates = {language: [rate(judge, kind) for kind in kinds] for language, kinds in texts.items()}
    yield row(["MB/s", "list", *(f"{language} {size}" for language in texts for size in SIZES)])
    yield row(["---", "---", *["---:"] * len(texts) * len(SIZES)])
    own = [f"{each:.3g}" for language in texts for each in rates[language]]
    yield row(["this project", f"{count:,} in {took:.1f} s", *own])
    for peer in loaded:
        cells = peer.cells(texts, patience)
        print(*cells, sep=" | ", file=sys.stderr, flush=True)
        yield row(cells)
    grown = (f"{rates[language][1] / rates[language][2]:.2f} ({language})" for language in texts)
    yield f"\nTime per byte of this project at 1 MB, in parts of that at 10 KB: {', '.join(grown)}.\n"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def loading() -> Iterator[str]:
    """A table of how long a list takes to load from each kind of file, the cache empty and filled."""
    yield row(["words", "in memory", *FILES, *(f"{name}, from the cache" for name in list(FILES)[1:])])
    yield row(["---:"] * (2 * len(FILES) + 1))
    for count in (1_000, 50_000, 200_000):
        with tempfile.TemporaryDirectory() as folder:
            os.environ[cache.VARIABLE] = folder
            listed = words(count)
            first = [_loaded(Path(folder, name), write(listed)) for name, write in FILES.items()]
            again = [_loaded(Path(folder, name)) for name in list(FILES)[1:]]
            seconds = [ready(listed)[1], *first, *again]
            yield row([f"{count:,}", *(f"{each:.2f} s" for each in seconds)])


FILES: dict[str, Callable[[list[str]], str]] = {
    "list.txt": "\n".join,
    "list.csv": lambda listed: "word,severity\n" + "".join(f"{word},high\n" for word in listed),
    "list.yaml": lambda listed: "".join(f"- {{word: '{word}', severity: high}}\n" for word in listed),
}


def _loaded(path: Path, text: str | None = None) -> float:
    """Seconds until the list in a file, written first if a text is given, is ready to be searched with."""
    if text is not None:
        path.write_text(text, encoding="utf-8")
    started = time.process_time()
    Search(read(path))
    return time.process_time() - started


LATIN, CHINESE = ["rascal", "scoundrel", "blockhead"], ["大坏蛋", "糊涂虫", "窝囊废"]
CARRIERS = ["{}", "you are a {} , really", "他说：{}！", "这个 {} 真是的", "He wrote “{}” twice."]
TRADITIONAL = str.maketrans("坏虫窝囊废", "壞蟲窩囊廢")
_LEET = str.maketrans("aeosl", "43051")


def _between(mark: str) -> Callable[[str], str]:
    return lambda word: mark.join(word)


DISGUISES: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "plain": (str, LATIN + CHINESE),
    "upper case": (str.upper, LATIN),
    "full width": (lambda word: "".join(chr(ord(char) + 0xFEE0) for char in word), LATIN),
    "mathematical": (lambda word: "".join(chr(0x1D400 + ord(char) - 71) for char in word), LATIN),
    "zero width": (_between("\u200b"), LATIN + CHINESE),
    "soft hyphen": (_between("\u00ad"), LATIN + CHINESE),
    "accents": (_between("\u0301"), LATIN),
    "look-alikes": (lambda word: word.translate(str.maketrans("aceo", "асео")), LATIN),
    "dots": (_between("."), LATIN + CHINESE),
    "blanks": (_between(" "), LATIN + CHINESE),
    "stars": (_between("*"), LATIN + CHINESE),
    "emoji": (_between("🐶"), LATIN + CHINESE),
    "one mark": (lambda word: word[:1] + "-" + word[1:], LATIN + CHINESE),
    "leet": (lambda word: word.translate(_LEET), LATIN),
    "repeated": (lambda word: word[:-1] + word[-2:-1] * 4 + word[-1:], LATIN + CHINESE),
    "traditional": (lambda word: word.translate(TRADITIONAL), CHINESE),
    "base64": (lambda word: base64.b64encode(f"say {word} now".encode()).decode(), LATIN + CHINESE),
    "hexadecimal": (lambda word: word.encode().hex(), LATIN + CHINESE),
    "percent": (lambda word: "".join(f"%{byte:02X}" for byte in word.encode()), LATIN + CHINESE),
    "entities": (lambda word: "".join(f"&#{ord(char)};" for char in word), LATIN + CHINESE),
    "named entities": (lambda word: html.escape(f"<b>{word}</b>"), LATIN + CHINESE),
    "leet and dots": (lambda word: ".".join(word.translate(_LEET)), LATIN),
    "full width and dots": (lambda word: "．".join(chr(ord(char) + 0xFEE0) for char in word), LATIN),
    "traditional and blanks": (lambda word: " ".join(word.translate(TRADITIONAL)), CHINESE),
}


def evasion() -> None:
    made = Search(Lexicon(tuple(Entry(word) for word in LATIN + CHINESE)))
    for name, (disguise, listed) in DISGUISES.items():
        texts = [carrier.format(disguise(word)) for word in listed for carrier in CARRIERS]
        missed = [sample for sample in texts if not made.hits(sample)]
        found = len(texts) - len(missed)
        print(f"{name:24}{found:4} of {len(texts):3}  {found / len(texts):.3f}  {missed[:1] or ''}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--evasion", action="store_true", help="recall per disguise instead of speed")
    parser.add_argument("--loading", action="store_true", help="load times only")
    parser.add_argument("--peers", nargs="*", default=[], metavar="NAME=PYTHON", help="other filters to time")
    parser.add_argument("--patience", type=float, default=60, metavar="SECONDS", help="for a list or a text")
    parser.add_argument("--words", type=int, default=50_000, metavar="COUNT", help="words of the list")
    parser.add_argument("--out", type=Path, metavar="PAGE", help="put the tables between the page's markers")
    options = parser.parse_args()
    if options.evasion:
        evasion()
        return 0
    peers = {"automaton": sys.executable, "re2": sys.executable}
    peers |= dict(pair.split("=", 1) for pair in options.peers)
    if options.loading:
        return publish("loading", options.out, loading)
    failed = publish("throughput", options.out, lambda: throughput(peers, options.words, options.patience))
    return failed or publish("loading", options.out, loading)


if __name__ == "__main__":
    sys.exit(main())
