"""Other ways of writing a Chinese word that dodge a list: pinyin, initials, split characters, homophones.

Each makes innocent text look guilty now and then (`sb` is also somebody), so a list must ask for it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence, Set

from guard.text.fold import read_data, readings
from guard.text.view import View

NAMES = ("pinyin", "initials", "split", "homophones")
SOUND = frozenset({"sound"})
MOST = 64
"""Most spellings of one word in one way."""

_SPLIT = {
    "傻": ("亻夋", "亻爱"), "逼": ("辶畐",), "操": ("扌喿",), "妈": ("女马",), "奸": ("女干",),
    "强": ("弓虽",), "嫖": ("女票",), "娼": ("女昌",), "妓": ("女支",), "婊": ("女表",), "贱": ("贝戋",),
    "赌": ("贝者",), "毒": ("龶母", "主母"), "枪": ("木仓",), "杀": ("乂朩", "㐅朩"), "弹": ("弓单",),
    "炸": ("火乍",), "药": ("艹约",), "法": ("氵去",), "轮": ("车仑",), "淫": ("氵㸒",), "骗": ("马扁",),
    "钱": ("钅戋", "金戋"), "博": ("十尃",), "好": ("女子",), "奶": ("女乃",), "胸": ("月匈",),
    "裸": ("衤果",), "聊": ("耳卯",), "情": ("忄青",), "性": ("忄生",), "爱": ("爫友",), "狗": ("犭句",),
    "猪": ("犭者",), "驴": ("马户",), "屎": ("尸米",), "尿": ("尸水",), "屁": ("尸比",), "屌": ("尸吊",),
    "鸡": ("又鸟",), "鸭": ("甲鸟",), "蠢": ("春虫虫",), "脑": ("月囟",), "残": ("歹戋",), "滚": ("氵衮",),
    "死": ("歹匕",), "他": ("亻也",), "她": ("女也",), "你": ("亻尔",), "做": ("亻故",), "码": ("石马",),
    "股": ("月殳",), "彩": ("采彡",), "球": ("王求",), "代": ("亻弋",), "微": ("彳𢼸",), "信": ("亻言",),
    "加": ("力口",), "群": ("君羊",), "明": ("日月",), "胖": ("月半",), "孙": ("子小",), "汉": ("氵又",),
    "对": ("又寸",), "朋": ("月月",), "林": ("木木",),
}  # fmt: skip
"""Characters by parts that stand for them when written side by side, beside those of the table."""


@functools.cache
def parts() -> Mapping[str, Sequence[str]]:
    """Characters by what stands for each when its parts are written side by side."""
    found = dict(_SPLIT)
    for line in read_data("parts.txt").splitlines():
        char, *written = line.split(" ")
        found[char] = tuple(dict.fromkeys((*_SPLIT.get(char, ()), *written)))
    return found


def write(word: str, names: Set[str]) -> Iterator[tuple[str, str]]:
    """Name and spelling of each variant of a folded word; nothing for a word that is not Chinese."""
    if not names or not any(char in readings() for char in word):
        return
    if "split" in names:
        known = parts()
        yield from (("split", made) for made in _spellings([(char, *known.get(char, ())) for char in word]))
    if (
        names & {"pinyin", "initials", "homophones"}
        and all(char in readings() for char in word)
        and len(word) > 1
    ):
        sounds = [readings()[char] for char in word]
        if "pinyin" in names:
            yield from (("pinyin", made) for made in _spellings(list(zip(word, sounds, strict=True))))
            yield "pinyin", " ".join(sounds)
        if "initials" in names:
            yield from (("initials", made) for made in _initials(word, sounds, "pinyin" in names))
        if "homophones" in names:
            yield "homophones", View.of(word).fold(SOUND).text


def _initials(word: str, sounds: Sequence[str], with_pinyin: bool) -> Iterator[str]:
    """The first letters alone, and between characters: `sb`, `傻b`; between pinyin too: `shab`."""
    letters = [sound[0] for sound in sounds]
    yield "".join(letters)
    others = zip(word, sounds, strict=True) if with_pinyin else zip(word, strict=True)
    choices = [(*other, letter) for other, letter in zip(others, letters, strict=True)]
    for made in itertools.islice(itertools.product(*choices), 1, MOST):
        if list(made) != letters and any(map(str.__eq__, made, letters)):
            yield "".join(made)


def is_sound(key: str) -> bool:
    """Whether a spelling is made of sounds, to be sought in a view folded by sound."""
    return all("\U000f0000" <= char <= "\U000ffffd" for char in key)


def _spellings(choices: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """All combinations but the first, which is the word itself."""
    made = map("".join, itertools.product(*choices))
    yield from itertools.islice(made, 1, MOST)
