"""A labelled set of identifiers in Chinese and English sentences, generated; and how to score on it.

Every value is made up: checks are computed, nothing belongs to anyone. Half of the rows hold no
identifier but what looks like one: order numbers, timestamps, versions, failed checks.
"""

from __future__ import annotations

import random
import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from guard.identifier import checksum

Span = tuple[int, int, str]
"""Start, end and label."""

_PROVINCES = ("110105", "310104", "440305", "510107", "320508", "810000", "820000", "830000", "650102")


@dataclass(frozen=True, slots=True)
class Row:
    """A text, the spans to be found in it, and what it is: a kind of identifier or of look-alike."""

    text: str
    spans: tuple[Span, ...]
    kind: str


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _date(rng: random.Random) -> str:
    return f"{rng.randint(1940, 2012)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"


def _resident(rng: random.Random) -> str:
    body = rng.choice(_PROVINCES) + _date(rng) + _digits(rng, 3)
    return body + checksum.resident_check(body)


def _spoken_resident(rng: random.Random) -> str:
    return _numerals(_resident(rng))


def _lettered(make: Callable[[random.Random], str]) -> Callable[[random.Random], str]:
    """Values with letters for one to three of their zeros and ones."""

    def value(rng: random.Random) -> str:
        while True:
            plain = make(rng)
            places = [place for place, char in enumerate(plain) if char in "01"]
            chosen = rng.sample(places, min(len(places), rng.randint(1, 3)))
            if chosen:
                return "".join(
                    rng.choice("Oo" if char == "0" else "Il") if place in chosen else char
                    for place, char in enumerate(plain)
                )

    return value


def _code(rng: random.Random) -> str:
    """A serial code of digits and letters that look like digits."""
    groups = ["".join(rng.choices("0123456789OIl", k=rng.randint(3, 6))) for _ in range(rng.randint(1, 4))]
    return rng.choice(["", "-", " "]).join(groups)


def _uscc(rng: random.Random) -> str:
    body = rng.choice(["91", "92", "12", "51", "N2", "A1"]) + rng.choice(_PROVINCES[:5])
    body += "".join(rng.choices(checksum.USCC_ALPHABET, k=9))
    return body + checksum.uscc_check(body)


def _luhn(body: str) -> str:
    return next(body + str(check) for check in range(10) if checksum.is_luhn(body + str(check)))


def _card(rng: random.Random) -> str:
    prefix, length = rng.choice(
        [("4", 16), ("52", 16), ("622202", 19), ("621700", 19), ("622588", 16), ("37", 15)]
    )
    return _luhn(prefix + _digits(rng, length - len(prefix) - 1))


_MOBILE_STARTS = (
    "130",
    "135",
    "138",
    "139",
    "147",
    "150",
    "159",
    "166",
    "173",
    "177",
    "186",
    "189",
    "191",
    "198",
)


def _mobile(rng: random.Random) -> str:
    return rng.choice(_MOBILE_STARTS) + _digits(rng, 8)


def _iban(rng: random.Random) -> str:
    bban = _digits(rng, 18)
    body = "".join(str(int(char, 36)) for char in bban + "DE00")
    return f"DE{98 - int(body) % 97:02}{bban}"


def _email(rng: random.Random) -> str:
    name = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 10)))
    name += rng.choice(["", "", ".li", "_88", "+a", str(rng.randint(1, 999))])
    return f"{name}@{rng.choice(['example.com', 'mail.example.cn', 'qq.com', 'example.co.uk', '163.com'])}"


def _ip(rng: random.Random) -> str:
    return ".".join(str(rng.randint(20, 120)) for _ in range(4))


def _plate(rng: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    head = rng.choice("京沪粤川苏浙鲁") + rng.choice(letters)
    tail = rng.choice(["D", "F"]) + _digits(rng, 5) if rng.random() < 0.3 else "A" + _digits(rng, 4)
    return head + tail


def _ssn(rng: random.Random) -> str:
    return f"{rng.randint(101, 665)}-{rng.randint(10, 99)}-{rng.randint(1001, 9999)}"


def _fullwidth(value: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in value)


def _numerals(value: str) -> str:
    return value.translate(str.maketrans(string.digits, "零一二三四五六七八九"))


def _grouped(*sizes: int) -> Callable[[str, random.Random], str]:
    def group(value: str, rng: random.Random) -> str:
        pieces, rest = [], value
        for size in sizes:
            pieces.append(rest[:size])
            rest = rest[size:]
        return rng.choice("  -").join(piece for piece in [*pieces, rest] if piece)

    return group


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of identifier: how a value is made, how else it is written, what announces it."""

    name: str
    label: str
    make: Callable[[random.Random], str]
    zh: tuple[str, ...]
    en: tuple[str, ...]
    forms: tuple[Callable[[str, random.Random], str], ...] = ()
    checked: bool = False
    bare: bool = True
    """Whether the value is to be found without a word that announces it."""


def _as_fullwidth(value: str, _: random.Random) -> str:
    return _fullwidth(value)


def _as_numerals(value: str, _: random.Random) -> str:
    return _numerals(value)


def _as_spelled(value: str, rng: random.Random) -> str:
    return rng.choice(" -.").join(value)


def _as_hidden(value: str, rng: random.Random) -> str:
    place = rng.randint(1, len(value) - 1)
    return value[:place] + "\u200b" + value[place:]


_EVASIVE = (_as_fullwidth, _as_numerals, _as_spelled, _as_hidden)

KINDS = (
    Kind(
        "resident id",
        "pii.cn_resident_id",
        _resident,
        ("身份证号", "证件号码是"),
        ("ID number", "resident ID"),
        (_grouped(6, 8), _grouped(6, 4, 4), *_EVASIVE[:1], *_EVASIVE[3:]),
        checked=True,
    ),
    Kind(
        "resident id, spoken",
        "pii.cn_resident_id",
        _spoken_resident,
        ("身份证",),
        ("ID",),
        checked=True,
    ),
    Kind(
        "credit code",
        "pii.cn_uscc",
        _uscc,
        ("统一社会信用代码", "税号"),
        ("USCC", "credit code"),
        (_as_fullwidth,),
        checked=True,
    ),
    Kind(
        "bank card",
        "pii.bank_card",
        _card,
        ("卡号", "银行卡"),
        ("card", "card number"),
        (_grouped(4, 4, 4, 4), _as_fullwidth),
        checked=True,
    ),
    Kind(
        "iban",
        "pii.iban_code",
        _iban,
        ("账户", "汇到"),
        ("IBAN", "account"),
        (_grouped(4, 4, 4, 4, 4),),
        checked=True,
    ),
    Kind(
        "mobile",
        "pii.phone",
        _mobile,
        ("手机", "电话是", "联系我"),
        ("mobile", "call me at"),
        (_grouped(3, 4), *_EVASIVE),
    ),
    Kind(
        "resident id, letters",
        "pii.cn_resident_id",
        _lettered(_resident),
        ("身份证号", "证件号码是"),
        ("ID number", "resident ID"),
        checked=True,
    ),
    Kind(
        "bank card, letters",
        "pii.bank_card",
        _lettered(_card),
        ("卡号", "银行卡"),
        ("card", "card number"),
        (_grouped(4, 4, 4, 4),),
        checked=True,
        bare=False,
    ),
    Kind(
        "mobile, letters",
        "pii.phone",
        _lettered(_mobile),
        ("手机", "电话是", "联系我"),
        ("mobile", "call me at"),
        (_grouped(3, 4),),
        bare=False,
    ),
    Kind("e-mail", "pii.email", _email, ("邮箱", "发到"), ("mail", "write to"), (_as_fullwidth,)),
    Kind("ip", "pii.ip", _ip, ("IP", "服务器地址"), ("IP", "host"), (_as_fullwidth,)),
    Kind("plate", "pii.cn_plate", _plate, ("车牌", "车号"), ("plate", "car")),
    Kind("us ssn", "pii.us_ssn", _ssn, ("社会安全号", "SSN"), ("SSN", "social security number"), bare=False),
)
"""What the set holds."""


def _wrong(value: str, is_valid: Callable[[str], bool], rng: random.Random) -> str:
    place = len(value) - 1
    wrong = value
    while is_valid(wrong) or wrong == value:
        wrong = value[:place] + rng.choice(string.digits)
    return wrong


LOOKALIKES: tuple[tuple[str, Callable[[random.Random], str], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "order number",
        lambda r: (
            f"20{_digits(r, 2)}{r.randint(1, 12):02}{r.randint(1, 28):02}{_digits(r, r.randint(6, 12))}"
        ),
        ("订单号", "流水号"),
        ("order", "invoice"),
    ),
    ("order number, 11 digits", _mobile, ("订单号", "运单号", "单号"), ("order number", "tracking number")),
    ("timestamp", lambda r: str(r.randint(1_500_000_000, 1_800_000_000)), ("时间戳",), ("timestamp",)),
    (
        "timestamp, ms",
        lambda r: str(r.randint(1_500_000_000_000, 1_800_000_000_000)),
        ("时间", ""),
        ("at", "ts"),
    ),
    ("date and time", lambda r: f"{_date(r)}{r.randint(10, 23)}{_digits(r, 4)}", ("时间", ""), ("at", "log")),
    (
        "version",
        lambda r: ".".join(str(r.randint(0, 19)) for _ in range(4)),
        ("版本", "升级到"),
        ("version", "release"),
    ),
    ("price", lambda r: f"{_mobile(r)}元", ("价格", "一共"), ("price", "total")),
    (
        "decimal",
        lambda r: f"{r.randint(0, 9)}.{_digits(r, r.randint(11, 18))}",
        ("结果是", "约"),
        ("about", "is"),
    ),
    (
        "resident id, failed",
        lambda r: _wrong(_resident(r), checksum.is_resident_id, r),
        ("身份证号",),
        ("ID number",),
    ),
    ("credit code, failed", lambda r: _wrong(_uscc(r), checksum.is_uscc, r), ("税号",), ("USCC",)),
    ("bank card, failed", lambda r: _wrong(_card(r), checksum.is_luhn, r), ("卡号",), ("card",)),
    (
        "resident id with letters, failed",
        lambda r: _lettered(lambda rng: _wrong(_resident(rng), checksum.is_resident_id, rng))(r),
        ("身份证号",),
        ("ID number",),
    ),
    (
        "bank card with letters, failed",
        lambda r: _lettered(lambda rng: _wrong(_card(rng), checksum.is_luhn, rng))(r),
        ("卡号",),
        ("card",),
    ),
    ("code with letters", _code, ("序列号", "型号", ""), ("serial", "part number", "code")),
    ("long digits", lambda r: _digits(r, r.randint(20, 40)), ("编号", "数字"), ("digits", "number")),
    (
        "isbn",
        lambda r: f"978-7-{_digits(r, 3)}-{_digits(r, 5)}-{_digits(r, 1)}",
        ("书号", "ISBN"),
        ("ISBN", "book"),
    ),
    ("bar code", lambda r: "69" + _digits(r, 11), ("条形码", "商品"), ("bar code", "EAN")),
    ("hash", lambda r: "".join(r.choices("0123456789abcdef", k=40)), ("提交", "哈希"), ("commit", "hash")),
    (
        "small numbers",
        lambda r: " ".join(_digits(r, r.randint(1, 3)) for _ in range(6)),
        ("数据", ""),
        ("data", "rows"),
    ),
    (
        "scientific",
        lambda r: f"{r.randint(1, 9)}.{_digits(r, 8)}e{r.randint(5, 30)}",
        ("数值", ""),
        ("value", "x ="),
    ),
    (
        "date",
        lambda r: f"{r.randint(1990, 2030)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}",
        ("日期", ""),
        ("on", "date"),
    ),
)
"""Name, maker and announcing words of what must not be found."""

_ZH = (
    "{0}{1}，请查收。",
    "您好，{0}：{1}谢谢",
    "{0}{1}的资料已经收到了",
    "我刚才说的{0} {1} 对吗？",
    "【{0}】{1}",
)
_EN = (
    "My {0} is {1}, thanks.",
    "Please note the {0} {1} for later",
    "{0}: {1}",
    "We got {0} {1}. Is that right?",
)


def generate(count: int, seed: int = 0) -> Iterator[Row]:
    """About `count` rows per kind and per look-alike, half Chinese and half English."""
    rng = random.Random(seed)
    for number in range(count):
        for kind in KINDS:
            yield _row(rng, kind.name, _write(rng, kind), kind.label, _announce(rng, kind), bool(number % 2))
        for name, make, zh, en in LOOKALIKES:
            yield _row(rng, name, make(rng), "", (rng.choice(zh), rng.choice(en)), bool(number % 2))


def _announce(rng: random.Random, kind: Kind) -> tuple[str, str]:
    if kind.bare and rng.random() < 0.25:
        return "", ""
    return rng.choice(kind.zh), rng.choice(kind.en)


def _write(rng: random.Random, kind: Kind) -> str:
    value = kind.make(rng)
    return rng.choice(kind.forms)(value, rng) if kind.forms and rng.random() < 0.5 else value


def _row(
    rng: random.Random, name: str, value: str, label: str, words: tuple[str, str], is_chinese: bool
) -> Row:
    template = rng.choice(_ZH if is_chinese else _EN)
    text = template.format(words[0] if is_chinese else words[1], value)
    start = text.index(value)
    return Row(text, ((start, start + len(value), label),) if label else (), name)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often spans were found (`hits`), not found (`missed`), and found where there are none (`false`)."""

    hits: int
    missed: int
    false: int

    @property
    def recall(self) -> float:
        """Share of the spans that were found."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.hits / (self.hits + self.false) if self.hits + self.false else 1.0

    def f(self, beta: float = 2.0) -> float:
        """The F measure that weighs recall `beta` times as much as precision."""
        weight = beta * beta
        below = (1 + weight) * self.hits + weight * self.missed + self.false
        return (1 + weight) * self.hits / below if below else 1.0


def tally(pairs: Iterable[tuple[Sequence[Span], Sequence[Span]]]) -> dict[str, Tally]:
    """Per label, from pairs of true and found spans; a span counts only when exact."""
    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for gold, found in pairs:
        truth, answer = set(gold), set(found)
        hits.update(label for *_, label in truth & answer)
        missed.update(label for *_, label in truth - answer)
        false.update(label for *_, label in answer - truth)
    return {
        label: Tally(hits[label], missed[label], false[label]) for label in sorted({*hits, *missed, *false})
    }


def total(tallies: Iterable[Tally]) -> Tally:
    """All labels taken together."""
    each = list(tallies)
    return Tally(sum(t.hits for t in each), sum(t.missed for t in each), sum(t.false for t in each))
