"""Names and places to fill templates with: people's names of many cultures, towns and countries.

Templates and word lists stand in `name.yaml`; people's names come from the `faker` package, places from
the tables of area codes in `phonenumbers`. Nothing describes a real person.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from typing import Any

import yaml

from guard.errors import GuardError

_NAMES = 700  # first and last names drawn per locale


@functools.cache
def data() -> dict[str, Any]:
    """Templates and word lists by language, from `name.yaml`."""
    text = importlib.resources.files("guard.train").joinpath("name.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@functools.cache
def words(lang: str, name: str) -> list[str]:
    """A list of words that stands in `name.yaml` as one text."""
    return str(data()[lang][name]).split()


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
