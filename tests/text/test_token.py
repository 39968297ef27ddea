import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.token import _kept_stem, forms, is_paired, stem, terms


def test_terms_pairs_characters_and_stems_words():
    assert [term.form for term in terms("The firms' sales 上升了 12%")] == [
        "the",
        "firm",
        "sal",
        "上升",
        "升了",
    ]


def test_terms_weigh_function_words_least():
    weights = {term.form: term.weight for term in terms("the bridge 桥梁 的是 桥的")}

    assert weights["bridg"] == weights["桥梁"] == 1.0
    assert weights["the"] == weights["的是"] == 0.0
    assert 0 < weights["桥的"] < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rises", "rise"),
        ("opened", "opening"),
        ("city", "cities"),
        ("companies", "company"),
        ("stopped", "stop"),
    ],
)
def test_stem_joins_forms_of_a_word(one, other):
    assert stem(one) == stem(other)


def test_stem_keeps_no_long_word_in_memory():
    before = _kept_stem._make.cache_info().currsize
    assert stem("x" * 10_000 + "ing") == stem("x" * 10_000 + "ed") == "x" * 9_999
    assert stem("y" * 41 + "s") != stem("y" * 40 + "s")
    assert _kept_stem._make.cache_info().currsize == before


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_terms_take_any_text(text):
    assert [term.form for term in terms(text)] == forms(text)
    for term in terms(text):
        assert 0 <= term.start < term.end <= len(text)
        assert term.form
        assert is_paired(term.form) in (True, False)
