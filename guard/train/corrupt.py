"""Rewords true sentences by rule, and spoils them in one place, for the corpus of the grounding head.

Chinese and English get every way; other languages get numbers only.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from guard.text.name import names
from guard.train.bound import is_bound


class Spoilt(NamedTuple):
    """A sentence with one thing changed: its text, the changed characters, and in what way."""

    text: str
    spans: tuple[tuple[int, int], ...]
    kind: str


class Swap(NamedTuple):
    """New words for one stretch of a sentence, all of them wrong there."""

    start: int
    end: int
    new: str
    kind: str


_MONTHS_LISTED = (
    "January February March April May June July August September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
)
_MONTHS = _MONTHS_LISTED.split()
_COUNTS_LISTED = "two three four five six seven eight nine ten twelve twenty thirty fifty"
_COUNTS = _COUNTS_LISTED.split()
_HAN_COUNTS = "两三四五六七八九十"
_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,/-])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![A-Za-z\d.,/-])\d{1,9}(?:\.\d{1,3})?(?![\d.]*\d)"
)
_SCALE = re.compile(r"(?<=\d)(?P<han>[万亿])|(?<=\d )(?P<latin>thousand|million|billion)\b")
_WORD_COUNT = re.compile(
    rf"\b(?:{'|'.join(_COUNTS)})\b|(?<![十百千万第])[{_HAN_COUNTS}](?=[名个人家次年位种项座国届岁倍天])"
)
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_LIMITS = {"月": 12, "日": 28, "号": 28, "时": 23, "点": 23}
_SCALES = {"万": "亿", "亿": "万", "thousand": "million", "million": "billion", "billion": "million"}

_OPPOSITES = tuple(
    tuple(side.split() for side in axis.split("|"))
    for axis in (
        "rose increased grew climbed|fell decreased shrank dropped",
        "increase rise growth|decrease fall decline",
        "before|after",
        "more|fewer less",
        "higher larger bigger|lower smaller",
        "above over|below under",
        "first|last second",
        "largest biggest|smallest",
        "highest|lowest",
        "oldest|youngest",
        "best|worst",
        "north northern|south southern",
        "eastern|western",
        "won|lost",
        "win|lose",
        "supported backed|opposed rejected",
        "support|oppose",
        "accepted approved|rejected",
        "began started opened|ended closed",
        "early|late",
        "earlier|later",
        "always often|never rarely",
        "many most|few",
        "all|none",
        "bought|sold",
        "allowed permitted|banned forbade",
        "inside|outside",
        "son|daughter",
        "brother|sister",
        "father|mother",
        "husband|wife",
        "founded|dissolved",
        "success|failure",
        "上升 上涨 增长 增加 提高 扩大|下降 下跌 减少 降低 缩小",
        "升至|降至",
        "首次|再次",
        "高于 多于 超过|低于 少于 不足",
        "以上|以下",
        "支持 赞成 同意|反对 拒绝",
        "之前|之后",
        "最大|最小",
        "最高|最低",
        "最多|最少",
        "开始 启动|结束 停止",
        "进口|出口",
        "成功|失败",
        "允许|禁止",
        "加强 强化|削弱",
        "战胜 击败|负于 不敌",
        "获胜|失利",
        "必须|无须",
        "北部|南部",
        "东部|西部",
        "男子|女子",
        "顺差|逆差",
        "上午|下午",
        "上半年|下半年",
        "改善|恶化",
        "加快|放缓",
        "积极|消极",
        "乐观|悲观",
        "买入|卖出",
        "国内|国外",
        "全部|部分",
    )
)
_OTHER_SIDE = {
    word: axis[1 - side] for axis in _OPPOSITES for side, listed in enumerate(axis) for word in listed
}
_TURNED = re.compile(
    "|".join(
        rf"\b{word}\b" if word.isascii() else word for word in sorted(_OTHER_SIDE, key=len, reverse=True)
    )
)
_AFFIRMED = re.compile(
    r"\b(?:is|was|are|were|had been|has been|will|would|can|could|should)\b(?! (?:not|no|never)\b)(?!n['’]t)"
    r"|(?<![不没未无])(?:将会|能够|可以|已经|愿意|具有|拥有|存在|属于|同意|参加|得到|获得|完成|达成|宣布|发现|造成|导致|实现|通过)"
)
_DENIED = re.compile(
    r"\b(?P<verb>is|was|are|were|will|would|can|could|should|did|does|do) (?:not|never)\b (?P<next>\w+)"
    r"|(?:并未|没有|尚未|不会|不能|不是|并非|未能)(?P<han>[\u4e00-\u9fff]{2})"
)
_AFFIRMATIVE = {
    "不会": "会",
    "不能": "能",
    "不是": "是",
    "并非": "是",
    "未能": "",
    "尚未": "已",
    "并未": "",
    "没有": "",
}
_DIRECTED = re.compile(
    r"\s(?:beat|defeated|acquired|bought|told|asked|sued|accused|killed|attacked|invaded|praised|replaced"
    r"|succeeded|than|from|directed|by|visited|founded|joined|supported|criticized|criticised)\s"
    r"|向|击败|战胜|收购|访问|批评|要求|超过|起诉|邀请|任命|给|派往|抵达|致电|敦促|指责|进攻|投资"
)
_NAMED = re.compile(r"\b(?:named|called)\s\Z")
_HAN_PLACE = re.compile(
    "中国|美国|英国|法国|德国|日本|韩国|俄罗斯|印度|巴西|加拿大|澳大利亚|意大利|西班牙|希腊|土耳其|埃及|伊朗|伊拉克|以色列"
    "|叙利亚|巴勒斯坦|沙特|泰国|越南|马来西亚|新加坡|印度尼西亚|菲律宾|乌克兰|波兰|瑞典|挪威|荷兰|比利时|墨西哥|阿根廷"
    "|南非|尼日利亚|肯尼亚|朝鲜|蒙古国|欧盟|北约|联合国|北京|上海|天津|重庆|广州|深圳|南京|杭州|武汉|成都|西安|沈阳|香港"
    "|澳门|台湾|广东|江苏|浙江|山东|河南|河北|湖北|湖南|四川|福建|江西|安徽|辽宁|吉林|黑龙江|云南|贵州|广西|海南|新疆|西藏"
    "|华盛顿|纽约|伦敦|巴黎|柏林|莫斯科|东京|首尔|布鲁塞尔|日内瓦|开罗|悉尼"
)
_HAN = re.compile("[\u4e00-\u9fff]")
_FIRST_CITY = _HAN_PLACE.pattern.split("|").index("北京")
_PLACES = _HAN_PLACE.pattern.split("|")


_BEFORE_PLACE = re.compile(r"\b(?:in|at|from|near|to)\s\Z")


def entities(sentence: str) -> list[tuple[int, int, str]]:
    """Start, end and kind of the names in a sentence that may be swapped for others of their kind."""
    found = [(*place.span(), _place_kind(place.group())) for place in _HAN_PLACE.finditer(sentence)]
    for name in names(sentence):
        inside = sentence[name.start : name.end]
        opens = name.start == 0 and " " not in inside
        overlaps = any(name.start < end and start < name.end for start, end, _ in found)
        if name.kind in ("name", "work") and not overlaps and not opens and inside not in _MONTHS:
            where = "place" if _BEFORE_PLACE.search(sentence, 0, name.start) else "name"
            found.append((name.start, name.end, f"{where} {_name_kind(inside, name.kind)}"))
    return sorted(found)


def _place_kind(place: str) -> str:
    return "country" if _PLACES.index(place) < _FIRST_CITY else "city"


def _name_kind(name: str, kind: str) -> str:
    """A name's kind and shape: swapped names should read alike."""
    if kind == "work":
        return kind
    if _HAN.match(name[-1]):
        return f"han {name[-1]}" if len(name) > 3 else "han"
    return str(min(name.count(" "), 2))


def spoil(
    sentence: str, lang: str, window: Sequence[str], pool: dict[str, list[str]], draw: random.Random
) -> Spoilt | None:
    """The sentence with one thing changed so that the window contradicts it; None where nothing can be.

    `pool` holds names by kind, to be put for those that have no other of their kind in the window.
    """
    ways: list[Callable[[], list[Swap]]] = [lambda: list(_numbers(sentence, draw))]
    if lang in ("zh", "en"):
        ways += [
            lambda: list(_dates(sentence, draw)),
            lambda: list(_entities(sentence, window, pool, draw)),
            lambda: list(_entities(sentence, window, pool, draw)),
            lambda: list(_negations(sentence)),
            lambda: list(_relations(sentence, draw)),
            lambda: list(_relations(sentence, draw)),
        ]
        roles = _swap_roles(sentence)
        if roles and draw.random() < 0.5:
            return roles
    draw.shuffle(ways)
    for way in ways:
        swaps = [swap for swap in way() if _is_wrong(sentence, swap)]
        if swaps:
            return _apply(sentence, draw.choice(swaps))
    return None


def _is_wrong(sentence: str, swap: Swap) -> bool:
    """Whether a swap changes something, and what it makes cannot be as true."""
    if swap.kind in ("number", "date") and is_bound(sentence, swap.start, swap.end):
        return False
    return sentence[swap.start : swap.end] != swap.new


def _apply(sentence: str, swap: Swap) -> Spoilt:
    text = sentence[: swap.start] + swap.new + sentence[swap.end :]
    return Spoilt(text, ((swap.start, swap.start + len(swap.new)),), swap.kind)


def _numbers(sentence: str, draw: random.Random) -> Iterator[Swap]:
    for found in _NUMBER.finditer(sentence):
        yield Swap(
            *found.span(),
            _other_number(found.group(), sentence[found.end() : found.end() + 1], draw),
            "number",
        )
    for found in _SCALE.finditer(sentence):
        yield Swap(*found.span(), _SCALES[found.group()], "number")
    for found in _WORD_COUNT.finditer(sentence):
        listed: Sequence[str] = _COUNTS if found.group().isascii() else _HAN_COUNTS
        yield Swap(*found.span(), draw.choice([word for word in listed if word != found.group()]), "number")


def _other_number(written: str, unit: str, draw: random.Random) -> str:
    """A near value, or another scale, written alike."""
    plain = written.replace(",", "")
    if "." in plain:
        places = len(plain.partition(".")[2])
        return f"{float(plain) * draw.choice((0.6, 0.8, 1.1, 1.3, 1.7)) + 10**-places:.{places}f}"
    value = int(plain)
    if unit in _LIMITS:
        return str(draw.choice([other for other in range(1, _LIMITS[unit] + 1) if other != value]))
    if 1000 <= value <= 2100 and "," not in written:
        return str(value + draw.choice((-20, -10, -3, -2, -1, 1, 2, 3, 10)))
    step = max(1, value // draw.choice((2, 3, 5, 10)))
    other = draw.choice((value + step, value + step, value - step if value > step else value + 1, value * 10))
    return f"{other:,}" if "," in written else str(other)


def _dates(sentence: str, draw: random.Random) -> Iterator[Swap]:
    for found in _MONTH.finditer(sentence):
        listed = _MONTHS[:12] if found.group() in _MONTHS[:12] else _MONTHS[12:]
        if found.group() != "May" or sentence[found.end() : found.end() + 2].strip().isdigit():
            yield Swap(*found.span(), draw.choice([name for name in listed if name != found.group()]), "date")
    for found in re.finditer(r"\d+(?=[年月日])|\b(?:1[5-9]|20)\d\d\b", sentence):
        yield Swap(
            *found.span(), _other_number(found.group(), sentence[found.end() : found.end() + 1], draw), "date"
        )


def _entities(
    sentence: str, window: Sequence[str], pool: dict[str, list[str]], draw: random.Random
) -> Iterator[Swap]:
    near: dict[str, list[str]] = {}
    for other in window:
        for start, end, kind in entities(other):
            near.setdefault(kind, []).append(other[start:end])
    for start, end, kind in entities(sentence):
        here = [name for name in near.get(kind, ()) if name not in sentence]
        others = here if here and draw.random() < 0.6 else pool.get(kind, [])
        if others:
            name = draw.choice(others)
            if name not in sentence and sentence[start:end] not in name:
                yield Swap(start, end, name, "entity")


def _negations(sentence: str) -> Iterator[Swap]:
    for found in _AFFIRMED.finditer(sentence):
        word = found.group()
        new = (
            f"{word} not"
            if word.isascii()
            else ("不" if word[0] in "能可愿属具拥存同" else "没有") + word.removeprefix("已经")
        )
        if " been" in word:
            new = word.replace(" been", " not been")
        if word == "将会":
            new = "不会"
        yield Swap(*found.span(), new, "negation")
    for found in _DENIED.finditer(sentence):
        verb, word = found["verb"], found.group()
        if verb and verb not in ("did", "does", "do"):
            yield Swap(*found.span(), f"{verb} {found['next']}", "negation")
        elif not verb:
            yield Swap(*found.span(), _AFFIRMATIVE[word[:2]] + word[2:], "negation")


def _relations(sentence: str, draw: random.Random) -> Iterator[Swap]:
    for found in _TURNED.finditer(sentence):
        yield Swap(*found.span(), draw.choice(_OTHER_SIDE[found.group()]), "relation")


def _swap_roles(sentence: str) -> Spoilt | None:
    """Two names on either side of a word that has a direction, each in the other's place."""
    found = entities(sentence)
    for (start, middle, kind), (later, end, other) in itertools.pairwise(found):
        between = sentence[middle:later]
        left, right = sentence[start:middle], sentence[later:end]
        is_named = _NAMED.search(sentence, 0, start)
        short = len(between) <= 12 and not is_named
        if kind == other and left != right and short and _DIRECTED.search(between):
            cut = start + len(right)
            spans = ((start, cut), (cut + len(between), end))
            return Spoilt(sentence[:start] + right + between + left + sentence[end:], spans, "roles")
    return None


_PARENTHESIS = re.compile(r"\s*[（(][^（）()]{2,80}[）)]")
_LAST_CLAUSE = re.compile(r", (?:which|who|where|while|including|such as|as well as)\b[^,;]+(?=[.!?]$)")
_PREFACE = re.compile(
    r"^(?:据[^，。]{2,16}(?:报道|介绍|了解|消息)|此外|同时|另外|不过|但是|因此|其中"
    r"|However|Moreover|Also|In addition)[，,]\s*"
)
_HAN_TIME = re.compile(r"^((?:\d{4}年)?(?:\d{1,2}月)?(?:\d{1,2}日)?(?:上午|下午|晚间|凌晨|晚)?)，")
_TIME = re.compile(
    r"^((?:In|On|By|During|Since) (?:[A-Z][a-z]+ )?(?:\d{1,2}, )?(?:1[0-9]|20)\d\d), "
    r"(?P<rest>(?P<word>[A-Za-z]+)[^,;:\"]+)(?P<stop>\.)$"
)
_COMMAS = re.compile(r"\b\d{1,3}(?:,\d{3})+\b")
_HAN_ROUND = re.compile(r"(?<![\d.])([1-9]\d{2,6}00)(?=[^\d.%年])")
_SYNONYMS_LISTED = (
    "表示=称;宣布=公布;目前=现在;非常=十分;举行=召开;帮助=协助;因为=由于;但是=但;并且=而且;立即=马上;指出=说;已经=已;需要=需;购买=买;民众=百姓;"
    "首次=第一次;为了=为;approximately=about;began=started;located=situated;large=big;"
    "purchased=bought;although=though;near=close to;several=a number of;"
    "received=got;movie=film;film=movie;children=kids;United States=US;"
    "frequently=often;famous=well-known;attempted=tried;discovered=found;"
    "helped=assisted;huge=enormous;quickly=rapidly;entire=whole;occurred=happened;"
    "obtained=got;revealed=disclosed;permitted=allowed;nearly=almost;typically=usually;"
    "primarily=mainly;stated=said;announced=declared;important=significant;created=made;"
    "required=needed"
)
_SYNONYMS = dict(pair.split("=") for pair in _SYNONYMS_LISTED.split(";"))
_HAN_LAST = re.compile(r"^(?P<kept>[^。，]{6,}，[^。，]{6,}(?:，[^。，]{4,})*)，[^。，；]{4,40}(?P<stop>。)$")
_BOUND = re.compile("如果|若|但|虽|因|由于|除|不是|不仅|尽管|为了|即使|只有|而|随着|当|“|”|说|称|表示|认为")
_SYNONYM = re.compile("|".join(rf"\b{word}\b" if word.isascii() else word for word in _SYNONYMS))


def reword(sentence: str, draw: random.Random) -> str:
    """The sentence said a little differently, and no less truly; itself where no rule applies."""
    ways: list[Callable[[str], str]] = [
        lambda text: _PARENTHESIS.sub("", text),
        lambda text: _LAST_CLAUSE.sub("", text),
        lambda text: _sentence_case(_PREFACE.sub("", text)),
        lambda text: _HAN_TIME.sub(r"\1", text),
        _move_time,
        _drop_last,
        _rewrite_number,
        lambda text: _SYNONYM.sub(lambda found: _SYNONYMS[found.group()], text, count=2),
    ]
    draw.shuffle(ways)
    said = sentence
    for way in ways[:6]:
        said = way(said)
    return said.strip() if 2 * len(said.strip()) > len(sentence) else sentence


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _drop_last(text: str) -> str:
    """A Chinese sentence of several clauses without its last, unless the others hang on it."""
    return text if _BOUND.search(text) else _HAN_LAST.sub(r"\g<kept>\g<stop>", text)


def _move_time(text: str) -> str:
    found = _TIME.match(text)
    if not found:
        return text
    rest = found["rest"]
    if found["word"] in ("The", "A", "An", "He", "She", "It", "They", "His", "Her", "Its", "This"):
        rest = rest[0].lower() + rest[1:]
    when = found[1][0].lower() + found[1][1:]
    return f"{_sentence_case(rest)} {when}."


def _rewrite_number(text: str) -> str:
    """12,000 as 12 thousand, other thousands without commas, 12000 as 1.2万."""
    text = _COMMAS.sub(lambda found: _in_words(found.group()), text)
    return _HAN_ROUND.sub(lambda found: f"{int(found[1]) / 10000:g}万", text) if not text.isascii() else text


def _in_words(written: str) -> str:
    plain = written.replace(",", "")
    for zeros, name in ((9, "billion"), (6, "million"), (3, "thousand")):
        if plain.endswith("0" * zeros):
            return f"{plain[:-zeros]} {name}"
    return plain
