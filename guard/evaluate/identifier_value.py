"""Made-up identifiers: checks are computed, nothing belongs to anyone."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from guard.identifier import checksum

PROVINCES = ("110105", "310104", "440305", "510107", "320508", "810000", "820000", "830000", "650102")


def digits(rng: random.Random, count: int) -> str:
    """So many digits."""
    return "".join(rng.choices(string.digits, k=count))


def date(rng: random.Random) -> str:
    """Eight digits of a date of birth."""
    return f"{rng.randint(1940, 2012)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"


def resident(rng: random.Random) -> str:
    """An identity number of 18 characters."""
    body = rng.choice(PROVINCES) + date(rng) + digits(rng, 3)
    return body + checksum.resident_check(body)


def spoken_resident(rng: random.Random) -> str:
    """One in Chinese numerals."""
    return numerals(resident(rng))


def lettered(make: Callable[[random.Random], str]) -> Callable[[random.Random], str]:
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


def code(rng: random.Random) -> str:
    """A serial code of digits and letters that look like digits."""
    groups = ["".join(rng.choices("0123456789OIl", k=rng.randint(3, 6))) for _ in range(rng.randint(1, 4))]
    return rng.choice(["", "-", " "]).join(groups)


def uscc(rng: random.Random) -> str:
    """A unified social credit code."""
    body = rng.choice(["91", "92", "12", "51", "N2", "A1"]) + rng.choice(PROVINCES[:5])
    body += "".join(rng.choices(checksum.USCC_ALPHABET, k=9))
    return body + checksum.uscc_check(body)


def luhn(body: str) -> str:
    """Digits with the check digit of cards."""
    return next(body + str(check) for check in range(10) if checksum.is_luhn(body + str(check)))


def card(rng: random.Random) -> str:
    """A number of a bank card."""
    prefix, length = rng.choice(
        [("4", 16), ("52", 16), ("622202", 19), ("621700", 19), ("622588", 16), ("37", 15)]
    )
    return luhn(prefix + digits(rng, length - len(prefix) - 1))


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


def mobile(rng: random.Random) -> str:
    """A mobile number of the mainland."""
    return rng.choice(_MOBILE_STARTS) + digits(rng, 8)


def iban(rng: random.Random) -> str:
    """A German account number."""
    bban = digits(rng, 18)
    body = "".join(str(int(char, 36)) for char in bban + "DE00")
    return f"DE{98 - int(body) % 97:02}{bban}"


def email(rng: random.Random) -> str:
    """An e-mail address."""
    name = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 10)))
    name += rng.choice(["", "", ".li", "_88", "+a", str(rng.randint(1, 999))])
    return f"{name}@{rng.choice(['example.com', 'mail.example.cn', 'qq.com', 'example.co.uk', '163.com'])}"


def ip(rng: random.Random) -> str:
    """An IPv4 address."""
    return ".".join(str(rng.randint(20, 120)) for _ in range(4))


def ssn(rng: random.Random) -> str:
    """A social security number of the United States."""
    return f"{rng.randint(101, 665)}-{rng.randint(10, 99)}-{rng.randint(1001, 9999)}"


def fullwidth(value: str) -> str:
    """A value in full-width characters."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in value)


def numerals(value: str) -> str:
    """A value in Chinese numerals."""
    return value.translate(str.maketrans(string.digits, "零一二三四五六七八九"))


def grouped(*sizes: int) -> Callable[[str, random.Random], str]:
    """Writes a value in groups of these sizes."""

    def group(value: str, rng: random.Random) -> str:
        pieces, rest = [], value
        for size in sizes:
            pieces.append(rest[:size])
            rest = rest[size:]
        return rng.choice("  -").join(piece for piece in [*pieces, rest] if piece)

    return group


def old_resident(rng: random.Random) -> str:
    """An identity number of 15 digits."""
    return rng.choice(PROVINCES[:5]) + date(rng)[2:] + digits(rng, 3)


def permanent_resident(rng: random.Random) -> str:
    """A foreign permanent resident's number in the form of 2023."""
    body = "9" + rng.choice(["11", "31", "44"]) + rng.choice(["156", "840", "276"])
    body += date(rng) + digits(rng, 3)
    return body + checksum.resident_check(body)


def old_permanent_resident(rng: random.Random) -> str:
    """One in the form of 2017."""
    return capitals(rng, 3) + rng.choice(["1101", "3101", "4403"]) + date(rng)[2:] + digits(rng, 2)


def capitals(rng: random.Random, count: int) -> str:
    """Letters but for I and O, which no number of the mainland holds."""
    return "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=count))


def island_permit(rng: random.Random) -> str:
    """A travel permit of Hong Kong or Macau residents."""
    return rng.choice("HM") + digits(rng, rng.choice([8, 10]))


def taiwan_permit(rng: random.Random) -> str:
    """A travel permit of Taiwan residents."""
    return digits(rng, rng.choice([8, 8, 10]))


def exit_permit(rng: random.Random) -> str:
    """A mainlander's permit for Hong Kong, Macau or Taiwan."""
    return rng.choice(["C", "W", "L", "T"]) + rng.choice([digits(rng, 8), capitals(rng, 1) + digits(rng, 7)])


def passport(rng: random.Random) -> str:
    """A passport of China, Hong Kong or Macau."""
    eight = ("E", "G", "S", "K", "H")
    seven = ("E" + capitals(rng, 1), "14", "15", "PE", "SE", "DE", "S", "P", "D", "MA")
    head, count = rng.choice([*((head, 8) for head in eight), *((head, 7) for head in seven)])
    return head + digits(rng, count)


def hong_kong_id(rng: random.Random) -> str:
    """A Hong Kong identity card."""
    body = capitals(rng, rng.choice([1, 1, 2])) + digits(rng, 6)
    return next(f"{body}({check})" for check in "0123456789A" if checksum.is_hong_kong_id(body + check))


def taiwan_id(rng: random.Random) -> str:
    """A Taiwan national identity number."""
    body = rng.choice(string.ascii_uppercase) + rng.choice("12") + digits(rng, 7)
    return next(body + check for check in string.digits if checksum.is_taiwan_id(body + check))


def data_mobile(rng: random.Random) -> str:
    """A number of a data card."""
    return rng.choice(["144", "146", "148", "149"]) + digits(rng, 8)


def landline(rng: random.Random) -> str:
    """An area code and a local number."""
    area, count = rng.choice([("010", 7), ("021", 7), ("0755", 7), ("0571", 7), ("0431", 7), ("0951", 6)])
    return area + rng.choice("- ") + rng.choice("2345678") + digits(rng, count)


def service(rng: random.Random) -> str:
    """A service number."""
    return rng.choice("48") + "00-" + rng.choice("123456789") + digits(rng, 2) + "-" + digits(rng, 4)


_PLATE_HEADS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


def plate(rng: random.Random) -> str:
    """A licence plate."""
    head = rng.choice(_PLATE_HEADS) + capitals(rng, 1) + rng.choice(["", "", "·"])
    body = rng.choice([digits(rng, 4), capitals(rng, 1) + digits(rng, 3), digits(rng, 3) + capitals(rng, 1)])
    return head + body + rng.choice([digits(rng, 1), digits(rng, 1), rng.choice("挂学警港澳领")])


def green_plate(rng: random.Random) -> str:
    """A plate of a new-energy vehicle, small or large."""
    small = rng.choice("ABCDEFGHJKM") + rng.choice(string.digits + capitals(rng, 1)) + digits(rng, 4)
    large = digits(rng, 5) + rng.choice("DF")
    head = rng.choice(_PLATE_HEADS) + capitals(rng, 1) + rng.choice(["", "", "·"])
    return head + rng.choice([small, small, large])


def wechat(rng: random.Random) -> str:
    """A WeChat account."""
    letters = "".join(rng.choices(string.ascii_letters, k=rng.randint(5, 10)))
    return letters + rng.choice(["_", "-", ""]) + digits(rng, rng.randint(1, 4))


def qq(rng: random.Random) -> str:
    """A QQ account."""
    return rng.choice("123456789") + digits(rng, rng.randint(4, 9))


def insurance(rng: random.Random) -> str:
    """A number of social or medical insurance."""
    return rng.choice(["", "", "A"]) + digits(rng, rng.choice([8, 9, 10, 12]))


def postal_code(rng: random.Random) -> str:
    """A postal code."""
    return rng.choice("12345678") + digits(rng, 5)


def birth_date(rng: random.Random) -> str:
    """A date of birth as it is written."""
    year, month, day = rng.randint(1940, 2012), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice([f"{year}年{month}月{day}日", f"{year}-{month:02}-{day:02}", f"{year}/{month}/{day}"])


def address(rng: random.Random) -> str:
    """A postal address."""
    area = rng.choice(["北京市朝阳区", "广东省深圳市南山区", "浙江省杭州市西湖区", "四川省成都市武侯区"])
    street = rng.choice(["建国路", "科技园路", "文三路", "人民南路", "幸福大街", "长虹西路"])
    inside = rng.choice(["", f"{rng.randint(1, 9)}栋{rng.randint(101, 2505)}室"])
    return f"{area}{street}{rng.randint(1, 300)}号{inside}"


def as_fullwidth(value: str, _: random.Random) -> str:
    """Full-width digits."""
    return fullwidth(value)


def as_numerals(value: str, _: random.Random) -> str:
    """Chinese numerals."""
    return numerals(value)


def as_spelled(value: str, rng: random.Random) -> str:
    """Digit by digit."""
    return rng.choice(" -.").join(value)


def as_hidden(value: str, rng: random.Random) -> str:
    """With an invisible character inside."""
    place = rng.randint(1, len(value) - 1)
    return value[:place] + "\u200b" + value[place:]


EVASIVE = (as_fullwidth, as_numerals, as_spelled, as_hidden)
