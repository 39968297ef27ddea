"""Makes Chinese texts with marked names."""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from typing import ClassVar

from guard.models.clue import GIVEN, SURNAMES
from guard.train.name_data import chinese_cities, chinese_places, data, words
from guard.train.name_english import english
from guard.train.name_maker import ADDRESS, LOCATION, ORGANISATION, PERSON, Maker, Mark

_SURNAME_ORDER = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳"
    "張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇" + "".join(sorted(SURNAMES))
)


class Chinese(Maker):
    """Chinese texts."""

    lang = "zh"
    joints = ("", "", "\n", " ")
    entities: ClassVar[Mapping[str, int]] = {
        "P": PERSON,
        "G": PERSON,
        "S": PERSON,
        "F": PERSON,
        "L": LOCATION,
        "A": ADDRESS,
        "O": ORGANISATION,
    }

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.slots = {
            "P": self.person,
            "F": self.foreign,
            "G": self.nickname,
            "S": self.titled,
            "L": self.place,
            "A": self.address,
            "O": self.organisation,
            "date": self.date,
            "num": lambda: rng.choice(
                [self.number(99), self.number(2024), rng.choice("一二三四五六七八九十")]
            ),
            "phone": lambda: rng.choice(["1", "", "0"]) + str(rng.randint(10**7, 10**10)),
        }
        order = "".join(dict.fromkeys(_SURNAME_ORDER))
        self._surnames = order
        self._weights = [1 / (rank + 6) for rank in range(len(order))]
        self._given = sorted(GIVEN)
        self._any = _frequent_characters()

    def surname(self) -> str:
        """A surname, common ones more often."""
        if self.rng.random() < 0.03:
            return self.pick("compounds")
        return self.rng.choices(self._surnames, self._weights)[0]

    def given(self) -> str:
        """A given name of one or two characters."""
        size = 1 if self.rng.random() < 0.25 else 2
        chars = [self.rng.choice(self._given if self.rng.random() < 0.72 else self._any) for _ in range(size)]
        if size == 2 and self.rng.random() < 0.06:
            chars[1] = chars[0]
        return "".join(chars)

    def person(self) -> str:
        """A full name, mostly Chinese."""
        chance = self.rng.random()
        if chance < 0.1:
            return self.foreign()
        if chance < 0.13:
            return english(self.rng).person()
        if chance < 0.16:
            return self.rng.choice(words("zh", "japanese")) + self.given()
        return self.surname() + self.given()

    def foreign(self) -> str:
        """A transliterated name."""
        syllables = words("zh", "transliterated")[0]
        parts = [
            "".join(self.rng.choices(syllables, k=self.rng.choice([2, 2, 3, 3, 4, 5]))) for _ in range(2)
        ]
        chance = self.rng.random()
        if chance < 0.45:
            return parts[0]
        return (
            self.rng.choice("··••").join(parts)
            if chance < 0.97
            else f"{self.rng.choice('ABCDJKMRST')}·{parts[0]}"
        )

    def nickname(self) -> str:
        """How friends call each other."""
        chance = self.rng.random()
        if chance < 0.3:
            return self.rng.choice(["小", "老", "阿", "大"]) + (
                self.surname() if self.rng.random() < 0.6 else self.rng.choice(self._given)
            )
        return self.given() + self.rng.choice(["", "", "儿"]) if chance < 0.5 else self.person()

    def titled(self) -> str:
        """A surname or name with a title; the title is no part of the name."""
        name = self.surname() if self.rng.random() < 0.7 else self.person()
        return name + str(self.rng.choice(self.data["respect"]))

    def mark(self, slot: str, start: int, value: str) -> Mark:
        end = start + len(value)
        if slot == "S":
            title = max((t for t in self.data["respect"] if value.endswith(t)), key=len)
            end -= len(title)
        return start, end, self.entities[slot]

    def place(self) -> str:
        """A city, country, region or district."""
        chance = self.rng.random()
        if chance < 0.3:
            return self.pick("countries")
        if chance < 0.6:
            return self.pick("cities") + (self.rng.choice(["市", ""]) if self.rng.random() < 0.2 else "")
        if chance < 0.8:
            return self.rng.choice(chinese_places())
        if chance < 0.9:
            return self.pick("districts") + self.rng.choice("区区县")
        name = "".join(self.rng.choices(self._any, k=self.rng.choice([1, 2, 2])))
        return name + self.rng.choice(
            ["镇", "村", "乡", "县", "市", "岛", "山", "河", "湖", "州", "省", "港", "湾", "江"]
        )

    def road(self) -> str:
        """A road's name."""
        name = self.pick("roads") if self.rng.random() < 0.5 else "".join(self.rng.choices(self._any, k=2))
        return (
            name
            + self.rng.choice(["", "", "", "东", "西", "南", "北", "中"])
            + self.rng.choice("路路路街道")
            + ("大道" if self.rng.random() < 0.05 else "")
        )

    def address(self) -> str:
        """A postal address, from the province or from the road on."""
        rng = self.rng
        city = rng.choice(chinese_cities())
        head = rng.choice([city, city, city.split("省")[-1], self.pick("cities") + "市", ""])
        district = self.pick("districts") + rng.choice("区区区县市") if rng.random() < 0.7 else ""
        town = (
            "".join(rng.choices(self._any, k=2)) + rng.choice(["镇", "街道", "乡"])
            if rng.random() < 0.2
            else ""
        )
        road = (
            self.road() + (self.number(999) + "号" if rng.random() < 0.85 else "")
            if rng.random() < 0.9
            else ""
        )
        estate = self.estate() if rng.random() < 0.55 or not road else ""
        parts = [part for part in (head, district, town, road, estate) if part]
        return ("" if rng.random() < 0.93 else " ").join(parts)

    def estate(self) -> str:
        """A building and what is in it."""
        rng = self.rng
        name = self.pick("estates") + rng.choice(
            ["花园", "小区", "大厦", "公寓", "广场", "苑", "城", "家园", "国际", "新村", "中心"]
        )
        name = rng.choice([name, name, ""])
        house = (
            self.number(40) + rng.choice(["栋", "幢", "号楼", "座", "#"])
            if rng.random() < 0.8
            else rng.choice("ABC") + "座"
        )
        unit = self.number(6) + "单元" if rng.random() < 0.4 else ""
        room = str(rng.randint(101, 3305)) + rng.choice(["室", "号", "", "房"]) if rng.random() < 0.75 else ""
        return name + house + unit + room

    def organisation(self) -> str:
        """A company, authority, school, hospital, club or paper."""
        rng = self.rng
        chance = rng.random()
        if chance < 0.22:
            return self.pick("known_firms")
        city = self.pick("cities") + rng.choice(["", "市"]) if rng.random() < 0.75 else self.place()
        brand = "".join(rng.choices(words("zh", "brands"), k=2)) if rng.random() < 0.6 else self.given()
        if chance < 0.4:
            return rng.choice([city, "", "中国"]) + brand + self.pick("trades") + self.pick("firms")
        if chance < 0.5:
            return brand + self.pick("trades")
        if chance < 0.56:
            return brand + rng.choice(["集团", "公司", "银行", "证券", "队", "科技", "股份", "药业"])
        if chance < 0.6:
            return english(rng).organisation()
        if chance < 0.64:
            return self.pick("countries") + rng.choice(words("zh", "state_bodies"))
        return city + self.pick("bodies")

    def date(self) -> str:
        """A day."""
        rng = self.rng
        month = f"{self.number(12)}月{self.number(28)}日"
        return rng.choice(
            [
                month,
                f"{rng.randint(1950, 2024)}年{month}",
                "昨天",
                "上周五",
                f"{rng.randint(1950, 2024)}年",
                "今年三月",
                "日前",
            ]
        )


@functools.cache
def _frequent_characters() -> str:
    """Characters of the words that Chinese names of places and people are made of, and others."""
    rng = random.Random(0)
    chars = sorted({char for word in data()["zh"]["clause"] for char in word if "一" <= char <= "龥"})
    common = words("zh", "place_characters")[0]
    return "".join(rng.sample(chars, len(chars) // 3)) + common * 3 + "".join(sorted(GIVEN))
