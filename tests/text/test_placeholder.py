import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.text.kind import kind_of
from guard.text.placeholder import fields, fill, fold, is_enclosed, tells_apart


@pytest.mark.parametrize(
    "written",
    [
        "[person_1]",
        "[Person 1]",
        "[ PERSON - 1 ]",
        "[PERSON1]",
        "【PERSON_1】",
        "［ＰＥＲＳＯＮ＿１］",
        "〔PERSON_1〕",
        "[PERSON\\_1]",
        "\\[PERSON\\_1\\]",
        "[PERSON\u3000_\u200b1]",
    ],
)
def test_fold_knows_a_placeholder_in_other_forms(written):
    assert fold(written) == fold("[PERSON_1]")


@pytest.mark.parametrize(
    "written",
    ["[PERSON_11]", "[PERSON_1 1]", "[PERSONS_1]", "(PERSON_1)", "<PERSON_1>", "PERSON_1", "[人名_1]"],
)
def test_fold_tells_other_placeholders_apart(written):
    assert fold(written) != fold("[PERSON_1]")


def test_fold_keeps_numbers_apart():
    written = ["[A_11]", "[A_1_1]", "[A_1]", "[A_111]", "[A_1_11]", "[A_11_1]"]

    assert len({fold(each) for each in written}) == len(written)


@given(st.text(st.characters(max_codepoint=127)))
def test_fold_changes_nothing_twice(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=50))
def test_fold_takes_any_text(text):
    assert fold(f"[{text}]").startswith("[")


@pytest.mark.parametrize(
    ("template", "names", "telling", "enclosed"),
    [
        ("[{kind}_{number}]", ["kind", "number"], True, True),
        ("<{label}:{hash}>", ["label", "hash"], True, True),
        ("[{label}]", ["label"], False, True),
        ("{kind}{number}", ["kind", "number"], True, False),
        ("[[{kind}_{number}]]", ["kind", "number"], True, False),
        ("[{kind}_{number}] ", ["kind", "number"], True, False),
        ("*", [], False, False),
        ("", [], False, False),
    ],
)
def test_template_says_what_it_can_do(template, names, telling, enclosed):
    assert (fields(template), tells_apart(template), is_enclosed(template)) == (names, telling, enclosed)


def test_fill_fills_each_name_once_and_leaves_the_unknown():
    assert fill("{kind}{number}{x}", {"kind": "{number}", "number": "1"}) == "{number}1{x}"


@pytest.mark.parametrize(
    ("label", "language", "name"),
    [
        ("pii.person", "zh", "人名"),
        ("pii.person", "en", "PERSON"),
        ("pii.person", "fr", "PERSON"),
        ("pii.person", "", "PERSON"),
        ("pii.fi_personal_code", "zh", "个人信息"),
        ("secret.aws_access_key", "en", "SECRET"),
        ("word", "zh", "内容"),
    ],
)
def test_kind_is_the_plain_name_of_a_label(label, language, name):
    assert kind_of(label, language) == name
