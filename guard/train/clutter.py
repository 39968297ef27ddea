"""Writes innocent texts with few words, as tools return and people paste: tables, logs, numbers, code.

A model that has only read sentences takes them for something strange, and something strange for an attack.
Some stand by themselves, some behind a request in Chinese or English.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator

from guard.train.generate import Text
from guard.train.mapping import LABELS

CLUTTER = "clutter"
EACH = 110
"""Texts of each kind."""
MOST = 900
"""Characters of a text."""

_ASKED = {
    "zh": (
        "请把下面的数据从小到大排序：", "帮我把这些内容整理成表格", "这段数据有什么规律？", "求和：",
        "下面这些数字的平均值是多少？", "帮我看看这段日志哪里报错", "把这个转换成CSV格式：", "按日期汇总",
        "解释一下下面的内容", "这是什么编码？帮我解一下", "请检查格式是否正确", "画一张折线图，数据如下：",
        "这些里面有没有重复的？",
    ),
    "en": (
        "Sort these:", "What is the average of these numbers?", "Turn this into a table", "Convert to CSV:",
        "Explain this output", "Which line is wrong?", "What encoding is this? Decode it please", "Why not?",
        "Why does this fail?", "Sum the second column.", "Plot this as a line chart:", "Summarise by date",
        "Are there any duplicates in here?", "Check the format of the following",
    ),
}  # fmt: skip
_WORDS = (
    "alpha", "total", "price", "stock", "user", "date", "id", "name", "state", "value", "count", "temp",
    "rain", "load", "north", "index", "error", "size", "rate", "width", "city", "item", "note", "type",
)  # fmt: skip
_CHINESE = (
    "月份", "销量", "金额", "日期", "姓名", "数量", "单价", "库存", "温度", "湿度", "编号", "城市", "合计",
)  # fmt: skip
_HEX = "0123456789abcdef"


def clutter(seed: int) -> Iterator[Text]:
    """All texts, the same for the same seed."""
    rng = random.Random(seed)
    innocent = dict.fromkeys(LABELS, False)
    for write in KINDS:
        for _ in range(EACH):
            lang = rng.choice(("zh", "en"))
            text = write(rng, lang)[: rng.randint(60, MOST)].rstrip()
            if rng.random() < 0.5:
                parts = [rng.choice(_ASKED[lang]), text]
                text = rng.choice(("\n", "\n\n", " ")).join(parts if rng.random() < 0.8 else parts[::-1])
            yield Text(text, lang, innocent, CLUTTER)


def _many(rng: random.Random) -> int:
    return int(4 * 2 ** rng.uniform(0, 5))


def _number(rng: random.Random) -> str:
    return rng.choice(
        (
            lambda: str(rng.randint(0, 1000)),
            lambda: f"{rng.uniform(0, 100):.2f}",
            lambda: f"{rng.gauss(0, 1):.6f}",
            lambda: f"{rng.randint(1000, 9_999_999):,}",
            lambda: f"{rng.uniform(-9, 9):.1f}%",
        )
    )()


def _numbers(rng: random.Random, lang: str) -> str:
    glue = rng.choice((", ", " ", "\n", "，", "; ", "\t", " | "))
    low, high = rng.choice(((0, 1), (0, 9), (0, 99), (0, 1000), (-500, 500), (10**5, 10**7)))
    if rng.random() < 0.3:
        first, step = rng.randint(0, 9), rng.randint(1, 5)
        return glue.join(str(first + step * place) for place in range(_many(rng)))
    return glue.join(str(rng.randint(low, high)) for _ in range(_many(rng)))


def _vector(rng: random.Random, lang: str) -> str:
    return json.dumps([round(rng.gauss(0, 0.1), rng.randint(2, 8)) for _ in range(_many(rng))])


def _date(rng: random.Random) -> str:
    return f"20{rng.randint(10, 29)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def _clock(rng: random.Random) -> str:
    return f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"


def _heads(rng: random.Random, lang: str, count: int) -> list[str]:
    return rng.sample(_CHINESE if lang == "zh" else _WORDS, count)


def _rows(rng: random.Random, lang: str, count: int) -> Iterator[list[str]]:
    for place in range(_many(rng)):
        yield [
            _date(rng) if rng.random() < 0.5 else str(place + 1),
            *(_number(rng) for _ in range(count - 1)),
        ]


def _table(rng: random.Random, lang: str) -> str:
    count = rng.randint(2, 5)
    lines = [_heads(rng, lang, count), ["---"] * count, *_rows(rng, lang, count)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _csv(rng: random.Random, lang: str) -> str:
    count, glue = rng.randint(2, 6), rng.choice((",", ";", "\t"))
    return "\n".join(glue.join(cells) for cells in [_heads(rng, lang, count), *_rows(rng, lang, count)])


def _json(rng: random.Random, lang: str) -> str:
    heads = _heads(rng, lang, rng.randint(2, 4))
    rows = [{head: _value(rng) for head in heads} for _ in range(_many(rng))]
    return json.dumps(rows, indent=rng.choice((None, 2)), ensure_ascii=rng.random() < 0.5)


def _value(rng: random.Random) -> object:
    return rng.choice((rng.randint(0, 9999), round(rng.uniform(0, 300), 2), _date(rng), None, True))


def _hex(rng: random.Random, lang: str) -> str:
    size = rng.choice((2, 4, 8, 32, 64))
    words = ["".join(rng.choices(_HEX, k=size)) for _ in range(_many(rng))]
    return rng.choice((" ", "", "\n", ":")).join(words)


def _encoded(rng: random.Random, lang: str) -> str:
    data = base64.b64encode(rng.randbytes(8 * _many(rng))).decode()
    return rng.choice(("", "data:image/png;base64,", "token: ", "Content: ")) + data


def _uuids(rng: random.Random, lang: str) -> str:
    sizes = (8, 4, 4, 4, 12)
    return "\n".join(
        "-".join("".join(rng.choices(_HEX, k=size)) for size in sizes) for _ in range(rng.randint(1, 25))
    )


def _log(rng: random.Random, lang: str) -> str:
    def line() -> str:
        level = rng.choice(("INFO", "DEBUG", "WARN", "ERROR"))
        place, name, what = rng.choices(_WORDS, k=3)
        said = f"{place}.{name} {what}={_number(rng)} took {rng.randint(1, 900)}ms"
        return f"{_date(rng)} {_clock(rng)} {level} [{rng.randint(1, 64)}] {said}"

    return "\n".join(line() for _ in range(_many(rng)))


def _machine(rng: random.Random, lang: str) -> str:
    def line() -> str:
        return f"G1 X{rng.uniform(0, 200):.2f} Y{rng.uniform(0, 200):.2f} E{rng.uniform(0, 9):.4f}"

    return "\n".join(line() for _ in range(_many(rng)))


def _chess(rng: random.Random, lang: str) -> str:
    def move() -> str:
        return rng.choice(("", "N", "B", "R", "Q", "K")) + rng.choice("abcdefgh") + rng.choice("12345678")

    return " ".join(f"{number}. {move()} {move()}" for number in range(1, _many(rng)))


def _grid(rng: random.Random, lang: str) -> str:
    signs = rng.choice(("123456789.", "01", "XO-", ".#", "0123456789"))
    width, height = rng.randint(3, 12), rng.randint(3, 12)
    glue = rng.choice((" ", "", ","))
    return "\n".join(glue.join(rng.choices(signs, k=width)) for _ in range(height))


def _path(rng: random.Random, lang: str) -> str:
    points = " L".join(f"{rng.uniform(0, 100):.1f},{rng.uniform(0, 100):.1f}" for _ in range(_many(rng)))
    return f'<svg viewBox="0 0 100 100"><path d="M{points}"/></svg>'


def _binary(rng: random.Random, lang: str) -> str:
    return " ".join(format(rng.getrandbits(8), "08b") for _ in range(_many(rng)))


def _signs(rng: random.Random, lang: str) -> str:
    if rng.random() < 0.5:
        return rng.choice(("*", "-", "=", "# ", "~", "ha", "哈", "。", ".", "啊", "0")) * (3 * _many(rng))
    return "".join(rng.choices("!@#$%^&*()_+-=[]{};:,.<>/?|~ ", k=4 * _many(rng)))


def _code(rng: random.Random, lang: str) -> str:
    names = rng.sample(_WORDS, 4)
    lines = (
        f"{names[0]} = [{', '.join(str(rng.randint(0, 99)) for _ in range(_many(rng)))}]",
        f"for {names[1]} in {names[0]}:",
        f"    {names[2]} += {names[1]} * {rng.randint(2, 9)}",
        f"print({names[2]})",
        f"def {names[3]}({names[0]}): return {names[0]}[{rng.randint(0, 5)}:]",
        f"SELECT {names[0]}, {names[1]} FROM {names[2]} WHERE {names[3]} > {_number(rng)};",
        f'<{names[0]} {names[1]}="{_number(rng)}"></{names[0]}>',
        f"{names[0]}: {_number(rng)}",
    )
    return "\n".join(rng.sample(lines, rng.randint(2, len(lines))))


def _settings(rng: random.Random, lang: str) -> str:
    return "\n".join(
        f"{rng.choice(_WORDS).upper()}_{rng.choice(_WORDS).upper()}={_number(rng)}" for _ in range(_many(rng))
    )


def _trace(rng: random.Random, lang: str) -> str:
    def line() -> str:
        folder, file, name = rng.choices(_WORDS, k=3)
        return f'  File "/srv/{folder}/{file}.py", line {rng.randint(1, 900)}, in {name}'

    lines = [line() for _ in range(rng.randint(1, 12))]
    error = rng.choice(("KeyError", "ValueError", "IndexError", "TimeoutError"))
    return "\n".join(["Traceback (most recent call last):", *lines, f"{error}: '{rng.choice(_WORDS)}'"])


def _links(rng: random.Random, lang: str) -> str:
    def link() -> str:
        query = "&".join(f"{rng.choice(_WORDS)}={rng.randint(0, 9999)}" for _ in range(rng.randint(1, 5)))
        return f"https://{rng.choice(_WORDS)}.example/{rng.choice(_WORDS)}/{rng.randint(1, 999)}?{query}"

    return "\n".join(link() for _ in range(rng.randint(1, 12)))


KINDS: tuple[Callable[[random.Random, str], str], ...] = (
    _numbers, _vector, _table, _csv, _json, _hex, _encoded, _uuids, _log, _machine, _chess, _grid, _path,
    _binary, _signs, _code, _settings, _trace, _links,
)  # fmt: skip
"""What writes a text of each kind."""
