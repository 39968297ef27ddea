"""Hand-written texts with marked names are read as their marks say."""

from pathlib import Path

import pytest

from guard.errors import GuardError
from guard.train.name import cases_of
from guard.train.name_corpus import unbracket, written
from guard.train.name_maker import LOCATION, PERSON


def test_marks_lie_on_the_text_without_brackets():
    row = unbracket("昨天[王小明|p]去了[成都|l]。", "chinese")
    assert row.text == "昨天王小明去了成都。" and row.lang == "zh"
    assert row.marks == ((2, 5, PERSON), (7, 9, LOCATION))


@pytest.mark.parametrize("text", ["[Ann|x] left.", "[Ann left.", "Ann|p left."])
def test_a_mark_that_is_not_well_formed_is_an_error(text):
    with pytest.raises(GuardError, match=r"english\.yaml"):
        unbracket(text, "english")


def test_an_unreadable_list_is_an_error(tmp_path: Path):
    (tmp_path / "english.yaml").write_text("- '[Ann|q]'\n", encoding="utf-8")
    with pytest.raises(GuardError):
        list(written(tmp_path))


def test_the_shipped_lists_are_read_and_no_text_stands_twice():
    texts = [row.text for row in written()]
    assert len(texts) > 1000 and len(texts) == len(set(texts))


def test_a_name_found_in_part_is_a_case_of_its_own_kind():
    row = unbracket("Ask [Ann Lee|p] in [Oslo|l].", "english")
    found = [(4, 7, PERSON, 0.9), (4, 11, PERSON, 0.8), (15, 19, PERSON, 0.7)]

    assert [case[2] for case in cases_of(row, found)] == [False, True, False]
    assert [case[2] for case in cases_of(row, found, part=True)] == [True, True, False]
