from pathlib import Path
from typing import Any, Literal

import pytest

from guard.errors import OptionError, suggest
from guard.registry import Example, create, filters, fits, options_of, type_name


@pytest.mark.parametrize(
    ("kind", "words", "good", "bad"),
    [
        (str, "a text", "x", 1),
        (int, "a whole number", 1, True),
        (int, "a whole number", 1, 1.5),
        (float, "a number", 1, "1"),
        (float, "a number", 1.5, False),
        (bool, "true or false", True, 1),
        (list[str], "a list of texts", ["a"], ["a", 1]),
        (list[int], "a list of whole numbers", [1], "1"),
        (dict[str, str], "a mapping", {"a": "b"}, {"a": 1}),
        (Literal["a", "b"], "one of: a, b", "a", "c"),
        (str | None, "a text", None, 1),
        (Path | None, "the name of a file", Path("x"), "x"),
        (list[Path], "a list of file names", [Path("x")], ["x"]),
        (Any, "Any", object(), None),
    ],
)
def test_types_are_named_and_checked(kind, words, good, bad):
    assert type_name(kind) == words
    assert fits(good, kind)
    assert kind is Any or not fits(bad, kind)


@pytest.mark.parametrize(
    ("filter_id", "options", "message"),
    [
        ("keywrd", {}, "no filter 'keywrd'; did you mean 'keyword'?"),
        ("length", {"max_char": 3}, "filter 'length' has no option 'max_char'; did you mean 'max_chars'?"),
        ("keyword", {"file": 3}, "option 'file' must be the name of a file"),
        ("keyword", {"file": "gone.txt"}, "cannot read 'gone.txt': No such file or directory"),
        ("length", {"max_chars": "3"}, "option 'max_chars' must be a whole number"),
    ],
)
def test_create_says_what_is_wrong(filter_id, options, message):
    with pytest.raises(OptionError) as caught:
        create(filter_id, options)

    assert str(caught.value) == message


def test_options_are_declared_with_a_description():
    for cls in filters().values():
        assert all(spec.description.endswith(".") for spec in options_of(cls)), cls.id


def test_example_unmark_finds_the_spans():
    assert Example("a‹bc›d‹e›").unmark() == ("abcde", [(1, 3), (4, 5)])


def test_suggest_lists_the_legal_names_when_none_is_near():
    assert suggest("zzz", ["email", "phone"]) == "one of: email, phone"
