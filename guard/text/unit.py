"""The scales, currencies, units and measure words that numbers are written with, as tables."""

from __future__ import annotations

import re

SCALES = {
    "万亿": 1e12, "千亿": 1e11, "百亿": 1e10, "十亿": 1e9, "亿": 1e8,
    "千万": 1e7, "百万": 1e6, "十万": 1e5, "万": 1e4,
    "千": 1e3, "百": 1e2, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "mn": 1e6, "bn": 1e9,
}  # fmt: skip
"""What multiplies the number before it."""

SHORT_SCALES = {"m": 1e6, "b": 1e9, "t": 1e12}
"""The same for what a currency stands before, as in $5M."""

_SPELLINGS = {
    ("percent", "%", 1.0): "% percent per cent pct",
    ("percent", "point", 1.0): "个百分点 百分点 percentage points percentage point",
    ("money", "usd", 1.0): "$ us$ usd 美元 美金 us dollars u.s. dollars dollars dollar",
    ("money", "cny", 1.0): "¥ ￥ rmb cny 元人民币 元 人民币 块钱 yuan",
    ("money", "cny", 0.1): "角",
    ("money", "hkd", 1.0): "hk$ hkd 港元 港币",
    ("money", "aud", 1.0): "a$ 澳元",
    ("money", "cad", 1.0): "c$ 加元",
    ("money", "eur", 1.0): "€ eur 欧元 euros euro",
    ("money", "gbp", 1.0): "£ gbp 英镑 pounds sterling",
    ("money", "jpy", 1.0): "jpy 日元 yen",
    ("money", "inr", 1.0): "₹ 卢比 rupees",
    ("money", "krw", 1.0): "₩ 韩元 won",
    ("measure", "metre", 1000.0): "公里 千米 km kilometres kilometers kilometre kilometer",
    ("measure", "metre", 1.0): "米 metres meters metre meter m",
    ("measure", "metre", 0.01): "厘米 cm centimetres centimeters",
    ("measure", "metre", 0.001): "毫米 mm millimetres millimeters",
    ("measure", "metre", 1609.344): "英里 miles mile",
    ("measure", "metre", 0.3048): "英尺 feet foot ft",
    ("measure", "metre", 0.0254): "英寸 inches inch",
    ("measure", "gram", 1000.0): "公斤 千克 kg kilograms kilogram kilos",
    ("measure", "gram", 1.0): "克 g grams gram",
    ("measure", "gram", 0.001): "毫克 mg milligrams milligram",
    ("measure", "gram", 500.0): "斤",
    ("measure", "gram", 1e6): "吨 tonnes tonne tons ton",
    ("measure", "gram", 453.592): "lbs lb",
    ("measure", "litre", 1.0): "升 l litres liters litre liter",
    ("measure", "litre", 0.001): "毫升 ml millilitres milliliters",
    ("measure", "square metre", 1.0): "平方米 平米 square metres square meters",
    ("measure", "square metre", 1e6): "平方公里 平方千米 square kilometres square kilometers",
    ("measure", "square metre", 1e4): "公顷 hectares hectare",
    ("measure", "square metre", 666.667): "亩",
    ("measure", "second", 1.0): "秒钟 秒 seconds second",
    ("measure", "second", 60.0): "分钟 minutes minute mins",
    ("measure", "second", 3600.0): "个小时 小时 hours hour hrs",
    ("measure", "second", 86400.0): "天 日 days day",
    ("measure", "working day", 1.0): "个工作日 工作日 working days working day business days business day",
    ("measure", "second", 604800.0): "个星期 星期 周 weeks week",
    ("measure", "month", 1.0): "个月 months month",
    ("measure", "month", 12.0): "年 years year",
    ("measure", "century", 1.0): "个世纪 世纪",
    ("measure", "age", 1.0): "周岁 岁 years old years of age year old",
    ("measure", "celsius", 1.0): "摄氏度 ℃ °c degrees celsius",
    ("measure", "fahrenheit", 1.0): "华氏度 °f degrees fahrenheit",
    ("measure", "degree", 1.0): "度 ° degrees degree",
    ("measure", "times", 1.0): "倍 times",
    ("measure", "byte", 1e3): "kb",
    ("measure", "byte", 1e6): "mb",
    ("measure", "byte", 1e9): "gb",
    ("measure", "byte", 1e12): "tb",
    ("measure", "watt", 1.0): "瓦 w watts",
    ("measure", "watt", 1e3): "千瓦 kw kilowatts",
    ("measure", "watt", 1e6): "兆瓦 mw megawatts",
    ("measure", "watt hour", 1e3): "千瓦时 kwh",
    ("measure", "metre per hour", 1000.0): "km/h kph",
    ("measure", "hertz", 1.0): "赫兹 hz",
    ("measure", "hertz", 1e3): "千赫 khz",
    ("measure", "hertz", 1e6): "兆赫 mhz",
    ("measure", "hertz", 1e9): "吉赫 ghz",
    ("measure", "metre", 1e-9): "纳米 nm",
    ("measure", "bit per second", 1e6): "mbps",
    ("measure", "bit per second", 1e9): "gbps",
    ("measure", "volt", 1.0): "伏特 volts",
    ("measure", "pascal", 1e3): "千帕 kpa",
    ("measure", "pascal", 1e6): "兆帕 mpa",
    ("measure", "mmhg", 1.0): "毫米汞柱 mmhg",
    ("measure", "calorie", 1e3): "千卡 大卡 kcal",
    ("measure", "joule", 1e3): "千焦 kj",
    ("measure", "decibel", 1.0): "分贝 db decibels",
    ("measure", "milliampere hour", 1.0): "毫安时 毫安 mah",
    ("count", "person", 1.0): "人次 人 名 位 people persons person",
}
_PHRASES = (
    "per cent", "percentage points", "percentage point", "us dollars", "u.s. dollars", "pounds sterling",
    "square metres", "square meters", "square kilometres", "square kilometers",
    "years old", "years of age", "year old",
    "degrees celsius", "degrees fahrenheit", "working days", "working day", "business days", "business day",
)  # fmt: skip


def _spellings(listed: str) -> list[str]:
    found = []
    for phrase in _PHRASES:
        if phrase in listed:
            found.append(phrase)
            listed = listed.replace(phrase, "")
    return found + listed.split()


UNITS = {spelling: canonical for canonical, listed in _SPELLINGS.items() for spelling in _spellings(listed)}
"""Kind, canonical unit and factor to it, by spelling in lower case."""

MEASURES = {
    word: word
    for word in (
        "个只条件张辆台架艘座栋家所间次遍回层楼级号届期轮场本部首篇页章节"
        "种类项款套批组队支枚颗粒双对户口头匹株棵步门道局盘"
    )
}
"""Chinese measure words; each is the unit of what it counts."""


def unit_pattern() -> str:
    """A pattern for an optional unit (group `unit`) or measure word (group `measure`) after a number."""
    han = [word for word in UNITS if not word.isascii()]
    latin = [word for word in UNITS if word.isascii()]
    longest = sorted(han, key=len, reverse=True)
    worded = "|".join(_spaced(word) for word in sorted(latin, key=len, reverse=True) if word[0].isalpha())
    signs = "|".join(re.escape(word) for word in [*longest, "%"])
    measures = "".join(MEASURES)
    return rf"(?:\s?(?P<unit>{signs}|-?(?:{worded})(?![A-Za-z/]))|\s?(?P<measure>[{measures}]))?"


def _spaced(word: str) -> str:
    return re.escape(word).replace(r"\ ", r"[\s-]")
