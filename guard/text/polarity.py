"""Compares two sentences about the same thing: does one deny, or turn round, what the other says?"""

from __future__ import annotations

import re
from typing import NamedTuple

from guard.text.denial import NEGATION, find_denial
from guard.text.token import stem

_ACTS = (
    ("rise rose risen increase grow grew growth climb gain jump surge up higher improve expand "
     "增长 上升 上涨 增加 提高 提升 攀升 走高 扩大 升至",
     "fall fell fallen decrease decline drop dip shrink down lower reduce worsen slump 下降 下跌 "
     "减少 降低 回落 下滑 走低 缩小 萎缩 降至"),
    ("more above exceed over 高于 多于 超过 大于 以上",
     "less fewer below under 低于 少于 不足 小于 不到 以下"),
    ("before earlier prior 之前 以前 早于",
     "after later 之后 以后 晚于"),
    ("allow permit permitted may legal 允许 可以 准许 合法",
     "forbid forbidden prohibit ban banned illegal 禁止 不得 不可 不准 违法"),
    ("support back favor favour approve 支持 赞成 批准 通过 同意",
     "oppose reject against disapprove veto 反对 否决 拒绝 驳回 不同意"),
    ("succeed success successful win won victory beat 成功 获胜 赢得 胜利 战胜",
     "fail failure failed unsuccessful lose lost defeat 失败 落败 输给 失利 败给"),
    ("largest biggest highest most maximum longest 最大 最高 最多 最长",
     "smallest lowest least minimum shortest 最小 最低 最少 最短"),
    ("open opened begin start started launch 开放 开始 启动 开启 开业",
     "close closed end ended stop finish 关闭 结束 终止 停止 停业"),
    ("free 免费",
     "paid charged 收费 付费"),
    ("required mandatory must compulsory 必须 强制 必填",
     "optional voluntary 可选 自愿 选填 无需"),
    ("first 第一 首次",
     "last final 最后 末次"),
    ("buy bought acquire purchase 买入 购买 收购",
     "sell sold 卖出 出售 抛售"),
    ("positive optimistic 阳性 积极 乐观",
     "negative pessimistic 阴性 消极 悲观"),
    ("true correct 正确 属实",
     "false incorrect wrong 错误 不实"),
    ("safe 安全",
     "dangerous unsafe 危险"),
    ("arrive arrived enter 到达 抵达 进入",
     "leave left depart 离开 出发 退出"),
)  # fmt: skip
"""Pairs of word lists; a sentence with a word of one list turns round a sentence with one of the other."""
_THINGS = (
    ("import 进口",
     "export 出口"),
    ("north northern 北部 北方",
     "south southern 南部 南方"),
    ("east eastern 东部 东方",
     "west western 西部 西方"),
    ("male man men he 男性 男子",
     "female woman women she 女性 女子"),
    ("成年",
     "未成年"),
)  # fmt: skip
"""Pairs that name who, where and what; two sentences that differ in one and in an act are of two things."""
_OPPOSITES = (*_ACTS, *_THINGS)


def _sides() -> dict[str, tuple[int, int]]:
    table: dict[str, tuple[int, int]] = {}
    for axis, sides in enumerate(_OPPOSITES):
        for side, listed in zip((1, -1), sides, strict=True):
            table |= {stem(word) if word.isascii() else word: (axis, side) for word in listed.split()}
    return table


_SIDES = _sides()
_HAN_WORDS = "|".join(sorted((word for word in _SIDES if not word.isascii()), key=len, reverse=True))
_AMOUNT_END = (
    "0-9%％℃°一二两三四五六七八九十百千万亿成倍元块岁年月天日时秒米度里斤克升吨人名位个件台次级层线平准"
)
_WORD = re.compile(
    rf"(?!\bMay\b|\bup\sto\b|\blast\s(?:year|month|week|quarter|season|night)\b|(?<![{_AMOUNT_END}])以[上下])"
    rf"(?:[A-Za-z]+|{_HAN_WORDS})"
)
"""Words that may have a direction: not the month, "up to", "last year", nor 以上 unless after an amount."""


class Flip(NamedTuple):
    """The words that turn a statement round, by their place in the sentence, and in the passage."""

    start: int
    end: int
    source_start: int
    source_end: int


def turn(sentence: str) -> str | None:
    """The sentence with its first word of direction replaced by an opposite; None when it has none.

    >>> turn("Sales rose in May.")
    'Sales fall in May.'
    """
    for match in _WORD.finditer(sentence):
        word = match.group()
        form = stem(word) if word.isascii() else word
        if form in _SIDES:
            axis, side = _SIDES[form]
            others = _OPPOSITES[axis][1 if side == 1 else 0].split()
            alike = [other for other in others if other.isascii() == word.isascii()]
            return sentence[: match.start()] + alike[0] + sentence[match.end() :]
    return None


def find_flip(sentence: str, passage: str) -> Flip | None:
    """Where a sentence denies or turns round a passage that it otherwise repeats; None if nowhere.

    Direction counts only when each text speaks in one direction, and not when the thing
    spoken of turns as well; negation only when one text has none, and
    denies nothing but what the other says.
    """
    return _find_opposite(sentence, passage) or _find_negation(sentence, passage)


def _find_opposite(sentence: str, passage: str) -> Flip | None:
    if bool(NEGATION.search(sentence)) != bool(NEGATION.search(passage)):
        return None
    mine, theirs = _directions(sentence), _directions(passage)
    turned = [
        axis for axis, (_, _, side) in mine.items() if side and axis in theirs and theirs[axis][2] == -side
    ]
    if not turned or min(turned) < len(_ACTS) <= max(turned):
        return None
    return Flip(*mine[turned[0]][:2], *theirs[turned[0]][:2])


def _directions(text: str) -> dict[int, tuple[int, int, int]]:
    """The side taken on each axis and by which word; side 0 where both are."""
    found: dict[int, tuple[int, int, int]] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        form = stem(word) if word.isascii() else word
        if form not in _SIDES:
            continue
        axis, side = _SIDES[form]
        if axis in found and found[axis][2] != side:
            side = 0
        found[axis] = (match.start(), match.end(), side)
    return found


def _find_negation(sentence: str, passage: str) -> Flip | None:
    mine, theirs = NEGATION.search(sentence), NEGATION.search(passage)
    if bool(mine) == bool(theirs):
        return None
    found = find_denial(sentence, passage) if mine else find_denial(passage, sentence)
    if not found:
        return None
    negation, said = found
    return Flip(*negation, *said) if mine else Flip(*said, *negation)
