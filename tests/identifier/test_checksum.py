from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.identifier import checksum


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("11010519491231002X", True),
        ("440524188001010014", True),
        ("810000199408230021", True),  # a Hong Kong resident with a residence permit
        ("110105194912310021", False),  # wrong check
        ("110105194902300023", False),  # no such day
        ("990105194912310024", False),  # no such division
    ],
)
def test_resident_id_is_checked(number: str, valid: bool) -> None:
    assert checksum.is_resident_id(number) is valid


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("91350100M000100Y43", True),
        ("91350100M000100Y44", False),
        ("91350100M000100I43", False),  # no letter I in the alphabet
        ("91350100M000100Y4", False),
    ],
)
def test_uscc_is_checked(code: str, valid: bool) -> None:
    assert checksum.is_uscc(code) is valid


def test_uscc_may_begin_with_a_letter() -> None:
    body = "N2110000MF1234567"

    assert checksum.is_uscc(body + checksum.uscc_check(body))


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_luhn_notices_every_wrong_digit(body: str, place: int, change: int) -> None:
    number = next(body + str(check) for check in range(10) if checksum.is_luhn(body + str(check)))
    place %= len(number)
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]

    assert not checksum.is_luhn(wrong)


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_resident_check_notices_every_wrong_digit(body: str, place: int, change: int) -> None:
    wrong = body[:place] + str((int(body[place]) + change) % 10) + body[place + 1 :]

    assert checksum.resident_check(wrong) != checksum.resident_check(body)
