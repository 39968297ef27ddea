"""Makes English texts with marked names."""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from typing import ClassVar

from guard.train.name_data import cities, countries, name_pools, words
from guard.train.name_maker import ADDRESS, LOCATION, ORGANISATION, PERSON, SLOT, Maker

_ENGLISH = 0.55  # share of names that come from the first three locales


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
        return SLOT.sub(lambda slot: self._part(slot.group(1)), made)

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
        chance = rng.random()
        if chance < 0.22:
            return street
        if chance < 0.26:
            return rng.choice(["", "", "the corner of ", "corner of "]) + f"{street} and {self.street()}"
        if chance < 0.3:
            return self.military()
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

    def military(self) -> str:
        """An address of the United States' forces abroad."""
        rng = self.rng
        place = rng.choice(
            [
                f"PSC {self.number(9999)}, Box {self.number(9999)}",
                f"Unit {self.number(9999)} Box {self.number(9999)}",
                f"CMR {self.number(999)}, Box {self.number(9999)}",
                f"USS {self.names()[1]}",
            ]
        )
        between = (", ", "\n", " ")
        office = rng.choice(["APO", "FPO", "DPO"])
        code = f"{rng.choice(['AA', 'AE', 'AP'])} {rng.randint(9001, 98999):05}"
        return f"{place}{rng.choice(between)}{office}{rng.choice([' ', ', '])}{code}"

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
