"""Makes texts with marked names to train the name tagger: templates in Chinese and English, filled.

Templates and word lists stand in `name.yaml`; people's names of many cultures come from the `faker`
package, places from the tables of area codes in `phonenumbers`. Nothing describes a real person.
"""

from __future__ import annotations

import functools
import importlib.resources
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import yaml

from guard.errors import GuardError
from guard.models.clue import GIVEN, SURNAMES

PERSON, LOCATION, ADDRESS, ORGANISATION = range(4)
Mark = tuple[int, int, int]
"""Start, end and kind of a name."""

_ENGLISH = 0.55  # share of names that come from the first three locales
_NAMES = 700  # first and last names drawn per locale


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the names in it."""

    text: str
    marks: tuple[Mark, ...]
    source: str = "generated"
    lang: str = ""


def generate(count: int, seed: int) -> Iterator[Marked]:
    """`count` Chinese and `count` English texts, some of several sentences."""
    rng = random.Random(seed)
    makers = (Chinese(rng), English(rng))
    for _ in range(count):
        for maker in makers:
            made = maker.text()
            while rng.random() < 0.25:
                made = join(made, maker.text(), rng.choice(maker.joints))
            yield vary(made, rng) if maker.lang == "en" else made


def join(left: Marked, right: Marked, between: str) -> Marked:
    """Two texts made one."""
    shift = len(left.text) + len(between)
    moved = tuple((start + shift, end + shift, kind) for start, end, kind in right.marks)
    return Marked(left.text + between + right.text, left.marks + moved, left.source, left.lang)


def vary(row: Marked, rng: random.Random) -> Marked:
    """The text now and then in small letters or capitals only, as people write in a hurry."""
    chance = rng.random()
    text = row.text.lower() if chance < 0.06 else row.text.upper() if chance < 0.09 else row.text
    return Marked(text, row.marks, row.source, row.lang) if len(text) == len(row.text) else row


_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


class Maker:
    """Fills the templates of one language. Slots are methods or word lists."""

    lang = ""
    joints: tuple[str, ...] = ()
    entities: ClassVar[Mapping[str, int]] = {}

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.data = _data()[self.lang]
        self.slots: dict[str, Callable[[], str]] = {}

    def text(self) -> Marked:
        """One filled template."""
        group = "negatives" if self.rng.random() < 0.2 else "templates"
        return self.fill(self.rng.choice(self.data[group]))

    def fill(self, template: str) -> Marked:
        """A template with its choices made and its slots filled, names marked."""
        while (found := _CHOICE.search(template)) is not None:
            chosen = self.rng.choice(found.group(1).split("|"))
            template = template[: found.start()] + chosen + template[found.end() :]
        pieces: list[str] = []
        marks: list[Mark] = []
        size = place = 0
        for slot in _SLOT.finditer(template):
            value = self.value(slot.group(1))
            pieces += [template[place : slot.start()], value]
            size += slot.start() - place
            if slot.group(1) in self.entities and value:
                marks.append(self.mark(slot.group(1), size, value))
            size += len(value)
            place = slot.end()
        return Marked("".join([*pieces, template[place:]]), tuple(marks), lang=self.lang)

    def mark(self, slot: str, start: int, value: str) -> Mark:
        """Where in a slot's value the name stands."""
        return start, start + len(value), self.entities[slot]

    def value(self, slot: str) -> str:
        """What a slot is filled with."""
        if slot in self.slots:
            return self.slots[slot]()
        return str(self.rng.choice(self.data[slot]))

    def pick(self, name: str) -> str:
        """A word of a list."""
        return self.rng.choice(words(self.lang, name))

    def number(self, most: int) -> str:
        """A number from 1 on."""
        return str(self.rng.randint(1, most))


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


_SURNAME_ORDER = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳"
    "張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇" + "".join(sorted(SURNAMES))
)


class English(Maker):
    """English texts, with names from all over the world."""

    lang = "en"
    joints = (" ", " ", "\n", "\n\n")
    entities: ClassVar[Mapping[str, int]] = {
        "P": PERSON,
        "G": PERSON,
        "S": PERSON,
        "L": LOCATION,
        "A": ADDRESS,
        "O": ORGANISATION,
    }

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.slots = {
            "P": self.person,
            "G": self.first,
            "S": self.last,
            "T": lambda: rng.choice(
                ["Mr. ", "Mrs. ", "Ms. ", "Dr. ", "Mr ", "Mrs ", "Dr ", "Prof. ", "Miss ", "Sir ", "", ""]
            ),
            "L": self.place,
            "A": self.address,
            "O": self.organisation,
            "low": lambda: self.brand().lower(),
            "date": self.date,
            "num": lambda: rng.choice([self.number(99), self.number(9999), str(rng.randint(10**6, 10**10))]),
            "money": lambda: rng.choice("$€£") + self.number(9999),
            "phone": lambda: (
                rng.choice(["", "+1 ", "("])
                + f"{rng.randint(200, 999)}-{rng.randint(200, 999)}-{rng.randint(1000, 9999)}"
            ),
        }

    def names(self) -> tuple[str, str]:
        """First and last name from one culture."""
        pools = name_pools()
        index = self.rng.randrange(3) if self.rng.random() < _ENGLISH else self.rng.randrange(len(pools))
        firsts, lasts = pools[index]
        first, last = self.rng.choice(firsts), self.rng.choice(lasts)
        if self.rng.random() < 0.1:
            first, last = self.invented(), self.invented()
        return first, last

    def invented(self) -> str:
        """A name that nobody has."""
        return "".join(
            self.rng.choices(words("en", "syllables"), k=self.rng.choice([2, 3, 3, 4]))
        ).capitalize()

    def person(self) -> str:
        """A name in one of its forms."""
        first, last = self.names()
        middle = self.rng.choice("ABCDEFGHJKLMNPRSTW")
        chance = self.rng.random()
        if chance < 0.5:
            return f"{first} {last}"
        if chance < 0.68:
            return first
        if chance < 0.76:
            return last
        forms = (
            f"{first} {middle}. {last}",
            f"{first} {middle} {last}",
            f"{middle}. {last}",
            f"{last}, {first}",
            f"{first} {self.names()[0]} {last}",
            f"{first} {last}-{self.names()[1]}",
            f"{first} {self.rng.choice(self.data['particles'])} {last}".replace("’ ", "’").replace(
                "Mc ", "Mc"
            ),
            f"{first} {last} {self.rng.choice(['Jr.', 'III', 'Jr', 'Sr.'])}",
            f"{first}-{self.names()[0]} {last}",
        )
        return self.rng.choice(forms)

    def place(self) -> str:
        """A city, country or region."""
        rng = self.rng
        chance = rng.random()
        if chance < 0.3:
            return self.pick("cities")
        if chance < 0.45:
            return str(rng.choice(self.data["others"]))
        if chance < 0.65:
            return rng.choice(countries())
        if chance < 0.9:
            return rng.choice(cities())
        return (
            rng.choice(
                ["North ", "South ", "East ", "West ", "Port ", "Lake ", "San ", "New ", "Fort ", "", ""]
            )
            + self.invented()
            + rng.choice(["", "", "ville", "ton", "burg", "field"])
        )

    def brand(self) -> str:
        """An invented brand."""
        rng = self.rng
        chance = rng.random()
        if chance < 0.3:
            return self.pick("words")
        if chance < 0.4:
            return "".join(rng.choices("ABCDEFGHIKLMNOPRSTUVW", k=rng.choice([2, 3, 3, 4])))
        made = "".join(rng.choices(words("en", "syllables"), k=rng.choice([1, 2, 2])))
        made += self.pick("endings")
        return rng.choice([made.capitalize(), made.capitalize(), (self.pick("words") + made.capitalize())])

    def organisation(self) -> str:
        """A company, authority, school, club or paper."""
        rng = self.rng
        chance = rng.random()
        if chance < 0.2:
            return str(rng.choice(self.data["known_firms"]))
        if chance < 0.4:
            return self.brand()
        if chance < 0.65:
            parts = [self.brand() for _ in range(rng.choice([1, 1, 2]))]
            return f"{' '.join(parts)}{rng.choice([' ', ' ', ' ', ', '])}{rng.choice(self.data['firm_ends'])}"
        if chance < 0.75:
            return f"{self.brand()} {self.brand()}"
        made: str = rng.choice(self.data["bodies"])
        return _SLOT.sub(lambda slot: self._part(slot.group(1)), made)

    def _part(self, slot: str) -> str:
        return {"L": self.place, "brand": self.brand, "S": self.last, "G": self.first}[slot]()

    def first(self) -> str:
        """A first name."""
        return self.names()[0]

    def last(self) -> str:
        """A last name."""
        return self.names()[1]

    def date(self) -> str:
        """A day."""
        rng = self.rng
        month = rng.choice(words("en", "months"))
        day, year = rng.randint(1, 28), rng.randint(1950, 2025)
        return rng.choice(
            [
                f"{month} {day}",
                f"{month} {day}, {year}",
                f"{day} {month} {year}",
                f"{rng.randint(1, 12)}/{day}/{year}",
                "Monday",
                "yesterday",
                str(year),
            ]
        )

    def address(self) -> str:
        """A postal address on one line or several, in one of the layouts of the world."""
        rng = self.rng
        street, city = self.street(), self.town()
        if rng.random() < 0.22:
            return street
        unit = rng.choice(
            [
                f"Apt {self.number(99)}",
                f"Suite {self.number(999)}",
                f"Apt. {self.number(30)}{rng.choice('ABCD')}",
                f"Unit {self.number(40)}",
                f"#{self.number(99)}",
                f"Flat {self.number(30)}",
                f"{self.number(9)}th Floor",
            ]
        )
        unit = unit if rng.random() < 0.3 else ""
        state = rng.choice(words("en", "states"))
        code = f"{rng.randint(501, 99950):05}"
        ending = rng.choice(
            [
                f"{city}, {state} {code}",
                f"{city}, {state}",
                f"{city} {state} {code}",
                city,
                f"{code} {city}",
                f"{city} {code}",
                f"{city}, {self.british()}",
                f"{city} {self.british()}",
                f"{city}, {rng.choice(['QC', 'ON', 'BC', 'NSW', 'VIC'])} {rng.randint(1000, 9999)}",
            ]
        )
        country = rng.choice(countries()) if rng.random() < 0.35 else ""
        if country and rng.random() < 0.15:
            country = f"{country} {code}"
        joint = rng.choice([", ", ", ", "\n", "\n", "\n ", " ", ",\n"])
        return joint.join(part for part in (street, unit, ending, country) if part)

    def british(self) -> str:
        """A form of postcode as in Britain."""
        rng, letters = self.rng, "ABDEFGHJLNPQRSTUWXYZ"
        area, last = "".join(rng.choices(letters, k=rng.choice([1, 2]))), "".join(rng.choices(letters, k=2))
        return f"{area}{self.number(29)} {rng.randint(1, 9)}{last}"

    def town(self) -> str:
        """A town, now and then in capitals as on envelopes."""
        town = self.rng.choice(cities()) if self.rng.random() < 0.6 else self.place()
        return town.upper() if self.rng.random() < 0.2 else town

    def street(self) -> str:
        """A street with a number, in the order of some country."""
        rng = self.rng
        name = rng.choice(
            [
                self.names()[1],
                self.names()[0],
                self.invented(),
                self.pick("words"),
                rng.choice(words("en", "plain_streets")),
            ]
        )
        if rng.random() < 0.12:
            name += " " + rng.choice([self.invented(), self.pick("words")])
        number = self.number(rng.choice([99, 999, 9999])) + (
            rng.choice("ABbc") if rng.random() < 0.06 else ""
        )
        chance = rng.random()
        if chance < 0.62:
            way = rng.choice(["", "", "", "", "N ", "South ", "W. ", "East ", "Old "])
            return f"{number} {way}{name} {self.pick('streets')}" + rng.choice(
                ["", "", "", "", " SW", " North", " E"]
            )
        european = (
            f"{name}{rng.choice(words('en', 'street_ends'))} {number}",
            f"{rng.choice(words('en', 'street_heads'))} {name} {number}",
            f"{number}{rng.choice([' ', ', '])}{rng.choice(self.data['french_streets'])} {name}",
            f"{number} {name} {rng.choice(['katu', 'utca', 'ulica', 'sokak'])}",
            f"P.O. Box {number}",
            f"PO Box {number}",
            f"{number} {rng.choice(['Av.', 'Rte', 'Quai', 'Cours'])} {name}",
        )
        return rng.choice(european)


@functools.cache
def english(rng: random.Random) -> English:
    """The English maker that works with a random source."""
    return English(rng)


@functools.cache
def _data() -> dict[str, Any]:
    text = importlib.resources.files("guard.train").joinpath("name.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@functools.cache
def words(lang: str, name: str) -> list[str]:
    """A list of words that stands in `name.yaml` as one text."""
    return str(_data()[lang][name]).split()


@functools.cache
def _frequent_characters() -> str:
    """Characters of the words that Chinese names of places and people are made of, and others."""
    rng = random.Random(0)
    chars = sorted({char for word in _data()["zh"]["clause"] for char in word if "一" <= char <= "龥"})
    common = words("zh", "place_characters")[0]
    return "".join(rng.sample(chars, len(chars) // 3)) + common * 3 + "".join(sorted(GIVEN))


@functools.cache
def name_pools() -> list[tuple[list[str], list[str]]]:
    """First and last names per locale, Latin letters only. Raises `GuardError` without `faker`."""
    try:
        from faker import Faker
    except ImportError:
        raise GuardError("faker is not installed; pip install 'ernie-guard[train]'") from None
    pools = []
    for locale in words("en", "locales"):
        fake = Faker(locale)
        fake.seed_instance(20)
        firsts = sorted({fake.first_name() for _ in range(_NAMES)})
        lasts = sorted({fake.last_name() for _ in range(_NAMES)})
        pools.append((firsts, lasts))
    pools.append((words("en", "east_asian_first"), words("en", "east_asian_last")))
    return pools


@functools.cache
def chinese_cities() -> list[str]:
    """Chinese provinces with their cities, such as 河北省石家庄市, from the table of area codes."""
    from phonenumbers.geodata import GEOCODE_DATA

    found = {names["zh"] for code, names in GEOCODE_DATA.items() if code.startswith("86") and "zh" in names}
    return sorted(name for name in found if re.fullmatch(r"[一-龥]{2,12}", name))


@functools.cache
def chinese_places() -> list[str]:
    """Chinese cities alone, with and without what kind of place they are."""
    found: set[str] = set()
    for name in chinese_cities():
        city = re.split("省|自治区", name)[-1]
        found.update({city, city.removesuffix("市"), name})
    return sorted(place for place in found if len(place) > 1)


@functools.cache
def cities() -> list[str]:
    """Towns of many countries in Latin letters, from the tables of area codes."""
    from phonenumbers.geodata import GEOCODE_DATA

    found = set()
    for names in GEOCODE_DATA.values():
        place = re.split(r"[,/(]", names.get("en", ""))[0].strip()
        if re.fullmatch(r"[A-Z][a-zà-ÿ]+(?:[ -][A-Z][a-zà-ÿ]+){0,2}", place):
            found.add(place)
    return sorted(found)


@functools.cache
def countries() -> list[str]:
    """Countries in English."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    found = {
        names["en"] if not names["en"].startswith("*") else names.get("aa", "")
        for names in LOCALE_DATA.values()
        if "en" in names
    }
    return sorted(name for name in found if name and not name.startswith("*"))
