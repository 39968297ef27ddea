"""Measures the rule tier: how fast word lists are searched, and which disguises they see through.

    python benchmarks/rule_tier.py            # throughput in MB/s of UTF-8, ratios, linearity, load times
    python benchmarks/rule_tier.py --peers NAME=PYTHON …  # other word filters beside it; see `peer.py`
    python benchmarks/rule_tier.py --evasion  # recall per disguise

One process, one thread, processor time, the best of several runs. Texts and word lists are generated from
the frequent words of Chinese that the package holds and from made-up words, with a fixed seed.
"""

from __future__ import annotations

import argparse
import base64
import html
import json
import random
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import ahocorasick
import re2

from guard.text import view
from guard.text.fold import readings
from guard.text.lexicon import Entry, Lexicon
from guard.text.search import Search
from guard.text.word import _rarity

RUNS = 5
WORDS = 50_000
HERE = Path(__file__).parent
PEER_SIZE = 10_000
SIZES = {"1 KB": 1_000, "10 KB": 10_000, "1 MB": 1_000_000}
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


def text(language: str, size: int, seed: int = 3) -> str:
    """A text of so many bytes of UTF-8, made of frequent words and punctuation."""
    rng = random.Random(seed)
    common = [word for word, nats in _rarity().items() if nats <= 10] if language == "zh" else ENGLISH
    pieces: list[str] = []
    length = 0
    while length < size:
        piece = rng.choice(common) + ("" if language == "zh" else " ")
        if rng.random() < 0.1:
            piece = piece.strip() + rng.choice("，。" if language == "zh" else [", ", ". "])
        pieces.append(piece)
        length += len(piece.encode())
    return "".join(pieces)


def seconds(run: Callable[[], object], size: int) -> float:
    """Processor time of one call, the best of several rounds."""
    rounds = max(1, 200_000 // size)
    best = float("inf")
    for _ in range(RUNS):
        started = time.process_time()
        for _ in range(rounds):
            run()
        best = min(best, (time.process_time() - started) / rounds)
    return best


def bare(listed: list[str]) -> ahocorasick.Automaton:
    machine = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for number, word in enumerate(listed):
        machine.add_word(word, number)
    machine.make_automaton()
    return machine


def throughput(peers: Mapping[str, str]) -> None:
    listed = words(WORDS)
    machine = bare(listed)
    made = Search(Lexicon(tuple(Entry(word) for word in listed)))
    options = re2.Options()
    options.max_mem = 1 << 30
    pattern = re2.compile("|".join(listed[:2_000]), options)
    print("throughput in MB/s; RE2 with 2,000 of the 50,000 words\n")
    print(f"{'text':12}{'keyword':>10}{'automaton':>12}{'RE2':>8}{'keyword/automaton':>20}")
    per_byte: dict[tuple[str, str], float] = {}
    for language in ("zh", "en"):
        for name, size in SIZES.items():
            sample = text(language, size)
            length = len(sample.encode())
            ours = seconds(lambda sample=sample: _fresh(made, sample), size)
            theirs = seconds(lambda sample=sample: list(machine.iter(sample)), size)
            regex = seconds(lambda sample=sample: list(pattern.finditer(sample)), size)
            per_byte[language, name] = ours / length
            rates = [length / taken / 1e6 for taken in (ours, theirs, regex)]
            columns = f"{rates[0]:10.2f}{rates[1]:12.2f}{rates[2]:8.2f}{rates[0] / rates[1]:20.2f}"
            print(f"{language} {name:9}{columns}")
    for language in ("zh", "en"):
        ratio = per_byte[language, "1 MB"] / per_byte[language, "10 KB"]
        print(f"\nlinearity {language}: time per byte at 1 MB is {ratio:.2f} of that at 10 KB", end="")
    print()
    if peers:
        beside(peers, listed, per_byte)


def beside(peers: Mapping[str, str], listed: list[str], own: Mapping[tuple[str, str], float]) -> None:
    """Peers on the texts up to `PEER_SIZE` bytes, which the slower ones take seconds for."""
    print(f"\nothers with the same {WORDS:,} words: MB/s, and how many times as fast keyword is\n")
    samples = {
        (language, name): text(language, size)
        for language in ("zh", "en")
        for name, size in SIZES.items()
        if size <= PEER_SIZE
    }
    for peer, python in peers.items():
        lines = [json.dumps(sent) for sent in (listed, *samples.values())]
        done = subprocess.run(
            [python, str(HERE / "peer.py"), peer, "--time"], input="\n".join(lines), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        for (key, sample), taken in zip(samples.items(), json.loads(done.stdout), strict=True):
            each = taken / len(sample.encode())
            print(f"{peer:22}{' '.join(key):9}{1e-6 / each:12.4f}{each / own[key]:10.0f} times")


def _fresh(made: Search, sample: str) -> int:
    """A search without the views kept from the round before."""
    view._small.cache_clear()
    view._large.cache_clear()
    return len(made.hits(sample))


def loading() -> None:
    print("\nloading a word list, folds and automaton included")
    for count in (1_000, 50_000, 200_000):
        entries = tuple(Entry(word) for word in words(count))
        started = time.process_time()
        Search(Lexicon(entries))
        print(f"{count:>9,} words {time.process_time() - started:6.2f} s")


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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--evasion", action="store_true", help="recall per disguise instead of speed")
    parser.add_argument("--peers", nargs="*", default=[], metavar="NAME=PYTHON", help="other filters to time")
    options = parser.parse_args()
    if options.evasion:
        evasion()
    else:
        throughput(dict(pair.split("=", 1) for pair in options.peers))
        loading()
