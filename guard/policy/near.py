"""What was likely meant by an unknown name: the same word, another word for it, or one spelt alike."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 12
"""Longer lists of legal values help nobody; the message then says where to find them."""

_TABLE = """
harm          toxicity toxic profanity hate abuse moderation safety 有害内容 有害 毒性 辱骂 仇恨
harm.toxic    toxicity profanity
injection     jailbreak prompt_injection 提示词注入 提示注入 注入 越狱
injection.direct  prompt_injection
grounding     hallucination hallucinations factuality 幻觉
keyword       word words blocklist blacklist 关键词 关键字 敏感词 违禁词
regex         pattern 正则 正则表达式
pii.person    name names pii.name 姓名 人名 名字
pii.phone     mobile pii.mobile 手机 电话
pii.email     mail pii.mail 邮箱
pii           privacy personal_data 个人信息 个人数据 隐私
secret        credential credentials password 密钥 口令
topic         subject 主题 话题
language      语言 语种
length        长度
citation      引用
self_consistency  consistency 自洽 一致性
allow         pass permit 放行 通过 允许
flag          warn warning 标记 警告 告警
redact        mask delete anonymize anonymise hide 脱敏 遮盖 打码 隐去
retry         regenerate 重试 重答
block         reject deny refuse 拦截 阻断 拒绝 拒答 屏蔽
input         prompt user question 输入 提问 用户
output        answer response assistant 输出 回答 回复
sources       source context documents 资料 来源
version       版本
id            name 编号 名称
description   描述 说明
languages     语言
extends       inherits parent 继承
replies       回复 答复
rules         规则
tests         测试
filter        过滤器
stages        阶段
labels        标签
threshold     score confidence 阈值
action        动作
options       选项
expect        期望 预期
words         词 词语
label         标签
kind          类别 类型 种类
number        编号 序号 号码
hash          哈希 散列
"""


def _read() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _TABLE.split("\n"):
        meant, *others = line.split() or [""]
        for other in others:
            found.setdefault(other, []).append(meant)
    return found


_OTHER_WORDS = _read()
"""What people write instead of our names; which of several is meant, the legal values tell."""


def near(name: str, known: Iterable[str], where: str = "") -> str:
    """The end of an error sentence: the near name, else the legal ones or `where` they are listed.

    >>> near("email", ["pii.email", "pii.phone"])
    "did you mean 'pii.email'?"
    >>> near("deny", ["redact", "block"])
    "did you mean 'block'?"
    """
    names = list(dict.fromkeys(known))
    meant = closest(name, names)
    if meant:
        return f"did you mean {meant!r}?"
    if not names:
        return "there are none"
    if len(names) > MOST_LISTED and where:
        return f"{where!r} lists them"
    return "one of: " + ", ".join(names)


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that was likely meant, empty if none is near."""
    return _meant(name.strip(" \xa0\u3000“”‘’「」\"'").lower(), list(known))


def misspelt(given: Iterable[str], known: Iterable[str]) -> set[str]:
    """The known names that the unknown ones among those given likely stand for."""
    names = list(known)
    return {closest(name, names) for name in given if name not in names} - {""}


def _meant(name: str, names: list[str]) -> str:
    same = [one for one in names if name in (one.lower(), one.lower().rpartition(".")[2])]
    other = [one for one in _OTHER_WORDS.get(name, ()) if one in names]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return next(iter([*same, *other, *close]), "")
