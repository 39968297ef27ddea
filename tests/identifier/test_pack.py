"""Identifiers of a text in one reading: those that stand in numerals, and those with letters for digits."""

import random

import pytest

from guard.identifier.fold import fold
from guard.identifier.pack import find_all, find_lettered


def spans(text):
    return {(match.label, text[match.start : match.end]) for match in find_all(text) if match.score >= 0.5}


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("电话138O0I38OOO，找我", "pii.phone", "138O0I38OOO"),
        ("加我l38oo138000", "pii.phone", "l38oo138000"),
        ("Call me: 138 OO13 8ooo today", "pii.phone", "138 OO13 8ooo"),
        ("Call me: 1-3-8-O-0-l-3-8-0-0-0 today", "pii.phone", "1-3-8-O-0-l-3-8-0-0-0"),
        ("电话一三八OO一三八零零零", "pii.phone", "一三八OO一三八零零零"),
        ("身份证号1lO1O519491231002X。", "pii.cn_resident_id", "1lO1O519491231002X"),
        ("卡号4111 1lll 1111 1111请查收", "pii.bank_card", "4111 1lll 1111 1111"),
        ("手机１３８Ｏ０１３８０００", "pii.phone", "１３８Ｏ０１３８０００"),
    ],
)
def test_find_all_reads_letters_that_look_like_digits(text, label, value):
    assert (label, value) in spans(text)


@pytest.mark.parametrize(
    "text",
    [
        "身份证号1lO1O519491231002A",
        "身份证号1lO1O5194912310021",
        "卡号4111 1lll 1111 1112",
        "价格138O0I38OOO元",
        "Model 138O0I38OOOB is out",
        "llOOllOOllO",
        "Henry II 138 0013 800",
        "as I said, 1 300 1380 00 of them",
        "lOl 2023 11 05 lol",
        "Oil 0013800 Oil",
        "I 380013 8000 O",
        "SHA 13800l38000abc",
        "138O0I38OOO",
        "序列号138O0I38OOO",
        "4111 1lll 1111 1111",
    ],
)
def test_find_all_leaves_letters_alone_where_no_number_results(text):
    assert spans(text) == set()


def test_find_lettered_covers_a_letter_each_time():
    text = "I 13800138000 and l 4111111111111111 O"

    assert list(find_lettered(fold(text))) == []
    assert spans(text) == {("pii.phone", "13800138000"), ("pii.bank_card", "4111111111111111")}


def test_find_all_finds_next_to_nothing_in_random_codes_of_digits_and_letters():
    rng = random.Random(7)
    codes = ["".join(rng.choices("0123456789OIl", k=rng.randint(8, 20))) for _ in range(2000)]

    assert sum(bool(list(find_lettered(code))) for code in codes) <= 4
