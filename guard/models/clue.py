"""What a name tagger sees of each unit of a text: hashed clues from the unit, its form and its neighbours.

A unit is a word of letters and digits, a single character of a script without word spaces (Han, kana,
Hangul, Thai), a punctuation mark or a line break. Clues are numbers below 2**`BITS`: where several share
one (Weinberger et al., 2009, "Feature hashing"), they share a weight.
"""

from __future__ import annotations

import functools
import gzip
import importlib.resources
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from guard.deadline import watched
from guard.identifier.fold import GAP, fold
from guard.text.brief import briefly

BITS = 18

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳"
    "翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳"
    "时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩"
    "王張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂盧鐘譚陸賈韋鄒閻龍陶黎賀顧龔萬錢嚴湯齊龐顏莊聶魯歐關蘭寧紀畢單藍饒衛"
)
"""Characters that Chinese surnames are made of, in the order of how common they are."""

GIVEN = frozenset(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国文志新春梅兰凤洁琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉"
    "叶璧璐娅琦晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓悦昭冰爽"
    "琬茗羽希欣飘育滢馥筠柔竹霭凝晓欢霄枫芸菲寒伊亚宜可姬舒影荔枝丽阳妮宝贝初程梵罡恒鸿桦骅剑娇纪宽苛灵玛媚琪晴容睿烁堂唯威韦"
    "雯苇萱阅彦宇雨忆卓子紫梓涵轩浩然博昊天泽思远俊峰鹏飞龙辉刚健宏斌波宁贵福生元全胜学祥才发武利清彬富顺信克伦翔旭泉永泰轮翰朗"
    "伯承庆良海山仁宗民广义兴安固昌庭诚先敬震振壮会群豪心邦绍功松善厚磐友裕河哲江亮政谦亨奇之翼晨辰士以若鑫炎德行时和维启立诗淑"
    "婧一乐依冉奕诺铭皓煜弘智文烨霖沐尧慧楠桐颜曦彤柏凌川正东林森成光兵冬根喜连宪保培传家金银锋钢铁长卫红星晖耀焕炳权魁培坤"
)
"""Characters that are common in Chinese given names."""

_PLACE = frozenset("省市县区州镇乡村路街巷弄道里号楼栋幢室屯寨旗盟湾岛河湖江山洲国港縣區鎮鄉號樓國灣島")
_FIRM = frozenset("司团厂行院校局部会所社店馆厅处科署台报队团府委團廠會館廳處臺報隊學")

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_UNIT = re.compile(rf"\n|(?:(?![{_SPACELESS}])[^\W_])+|[^\s{GAP}]")
_LONGEST = 48
"""Of longer words only the beginning is read."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9)
_FINISH = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a text: where each begins and ends, and what it is made of.

    `parts` [units, 6] holds hashes: the word, its first three letters, its last two and three, its form,
    and its form with white space before it told apart.
    """

    starts: np.ndarray
    ends: np.ndarray
    parts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)


def cut(text: str) -> Units:
    """The units of a text, in order; white space other than line breaks belongs to none."""
    plain = fold(text) if "\n" not in text else "\n".join(fold(line) for line in text.split("\n"))
    spans = np.array([found.span() for found in watched(_UNIT.finditer(plain))], np.int64).reshape(-1, 2)
    numbers: dict[str, int] = {}
    words = [plain[start : min(end, start + _LONGEST)] for start, end in watched(spans.tolist())]
    order = [numbers.setdefault(word, len(numbers)) for word in words]
    made = np.array([_parts(word) for word in watched(numbers)], np.uint64).reshape(-1, 5)[order]
    spaced = np.ones(len(spans), np.uint64)
    spaced[1:] = spans[1:, 0] > spans[:-1, 1]
    forms = made[:, 4:] + spaced[:, None] * _STIR
    return Units(spans[:, 0], spans[:, 1], np.concatenate([made, forms], axis=1))


_DIGITS = {ord(digit): "0" for digit in "123456789"}


@briefly(1 << 16)
def _parts(unit: str) -> tuple[int, int, int, int, int]:
    if len(unit) == 1 and not unit.isascii():
        word = _of_char(ord(unit.lower()[0]))
        return word, 1, 2, 3, _hash(_form_of_char(unit))
    low = unit.lower().translate(_DIGITS)
    return _hash(low), _hash("^" + low[:3]), _hash("$" + low[-2:]), _hash("$" + low[-3:]), _hash(_form(unit))


def _of_char(code: int) -> int:
    return (code + 1) * int(_MIX) & _MASK


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass")) * int(_STIR) & _MASK


def _form_of_char(char: str) -> str:
    if char in SURNAMES or char in GIVEN or char in _PLACE or char in _FIRM:
        signs = zip("sgpf", (SURNAMES, GIVEN, _PLACE, _FIRM), strict=True)
        return "han " + "".join(sign for sign, known in signs if char in known)
    code = ord(char)
    if 0x3400 <= code <= 0x9FFF or code >= 0x20000:
        return "han"
    if 0x3040 <= code <= 0x30FF:
        return "kana"
    if 0xAC00 <= code <= 0xD7FF:
        return "hangul"
    return _form(char)


def _form(unit: str) -> str:
    """The form of a word: `X` for capitals, `x` for small letters, `0` for digits; runs made one."""
    if not unit[0].isalnum():
        return unit
    signs: list[str] = []
    for char in unit:
        sign = "0" if char.isdigit() else "X" if char.isupper() else "x"
        if len(signs) < 6 and (not signs or signs[-1] != sign):
            signs.append(sign)
    if all(sign == "0" for sign in signs):
        return f"0{min(len(unit), 6)}"
    return "".join(signs) + ("1" if len(unit) == 1 else "+" if len(unit) > 3 else "")


TEMPLATES: tuple[tuple[tuple[int, int], ...], ...] = (
    # Each clue joins some parts (0 word, 1 head, 2 and 3 tails, 4 form, 5 form and space, 6 listed words)
    # of the unit at an offset: (offset, part), …
    *(((offset, 0),) for offset in (-2, -1, 0, 1, 2)),
    *(((offset, 0), (offset + 1, 0)) for offset in (-2, -1, 0, 1)),
    ((-1, 0), (1, 0)),
    *(tuple((offset + step, 0) for step in range(3)) for offset in (-3, -2, -1, 0, 1)),
    *(tuple((offset + step, 0) for step in range(4)) for offset in (-3, -2, -1, 0)),
    ((0, 1),),
    ((0, 2),),
    ((0, 3),),
    ((1, 3), (0, 5)),
    ((-1, 3), (0, 5)),
    ((0, 5),),
    ((-1, 5), (0, 5)),
    ((0, 5), (1, 5)),
    ((-1, 5), (0, 5), (1, 5)),
    ((-2, 5), (-1, 5), (0, 5), (1, 5), (2, 5)),
    ((0, 5), (1, 5), (2, 5), (3, 5)),
    ((-1, 0), (0, 5), (1, 5)),
    ((-2, 0), (-1, 0), (0, 4)),
    ((0, 4), (1, 4), (2, 0)),
    ((0, 4), (1, 0)),
    ((0, 4), (1, 0), (2, 0)),
    ((-1, 4), (0, 4), (1, 0)),
    ((0, 6),),
    ((-1, 6), (0, 6), (1, 6)),
    ((-1, 4), (0, 4), (0, 6)),
    ((0, 0), (0, 6)),
    ((0, 0), (1, 5), (-1, 5)),
)
"""What is joined to make the clues of a unit."""
LEXICAL = tuple(number for number, template in enumerate(TEMPLATES) if (0, 0) in template)
"""The clues that know the very word, which training hides now and then so that context counts."""

REACH = 3
"""How many units to either side a clue looks."""


def clues(parts: np.ndarray) -> Iterator[np.ndarray]:
    """Per template the clue of every unit, [units] integers below 2**`BITS`, from `Units.parts`.

    Texts laid one after the other with `REACH` rows of zeros between do not see each other.
    """
    count = len(parts)
    padded = np.zeros((7, count + 2 * REACH), np.uint64)
    padded[:6, REACH : REACH + count] = parts.T
    padded[6, REACH : REACH + count] = _listed(parts[:, 0])
    for number, template in enumerate(TEMPLATES):
        made = np.full(count, (number + 1) * int(_FINISH) & _MASK, np.uint64)
        for offset, part in template:
            place = REACH + offset
            made ^= padded[part, place : place + count]
            made *= _MIX
            made ^= made >> np.uint64(29)
        made *= _FINISH
        yield (made >> np.uint64(64 - BITS)).astype(np.int64)


def _join(parts: np.ndarray) -> np.ndarray:
    """One hash per row of character hashes [rows, length]."""
    made = np.zeros(len(parts), np.uint64)
    for column in parts.T:
        made = (made ^ column) * _STIR
        made ^= made >> np.uint64(31)
    return made


def _listed(words: np.ndarray) -> np.ndarray:
    """Which frequent Chinese words begin, go on or end at each unit, as one number per unit."""
    count = len(words)
    marks = np.zeros(count, np.uint64)
    for size, (hashes, common) in _table().items():
        if count < size:
            continue
        joined = _join(np.stack([words[step : count - size + 1 + step] for step in range(size)], axis=1))
        place = np.minimum(np.searchsorted(hashes, joined), len(hashes) - 1)
        rows = np.flatnonzero(hashes[place] == joined)
        often = common[place[rows]].astype(np.uint64)
        shift = 6 * (size - 2)
        marks[rows] |= (np.uint64(1) + often) << np.uint64(shift)
        marks[rows + size - 1] |= (np.uint64(1) + often) << np.uint64(shift + 2)
        for step in range(1, size - 1):
            marks[rows + step] |= np.uint64(1 << (shift + 4))
    return marks


_COMMON = 11.0
"""Words at most this rare (as -ln of their share) count as common."""


@functools.cache
def _table() -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Sorted hashes of the listed words, and which are common, by length."""
    packed = importlib.resources.files("guard.text.data").joinpath("words.txt.gz").read_bytes()
    words: dict[int, dict[str, float]] = {2: {}, 3: {}, 4: {}}
    for line in gzip.decompress(packed).decode("utf-8").splitlines():
        nats, *group = line.split(" ")
        for word in group:
            if len(word) in words:
                words[len(word)][word] = float(nats)
    return {size: _sorted(known, size) for size, known in words.items()}


def _sorted(words: dict[str, float], size: int) -> tuple[np.ndarray, np.ndarray]:
    codes = np.array([ord(char) for word in words for char in word], np.uint64).reshape(-1, size)
    hashes = _join((codes + np.uint64(1)) * _MIX)
    common = np.array(list(words.values())) <= _COMMON
    order = np.argsort(hashes)
    return hashes[order], common[order]
