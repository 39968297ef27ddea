import pytest

from guard.errors import OptionError
from guard.registry import create
from guard.types import Exchange, Part, Stage


def scan(text, **options):
    return list(create("length", options).scan(Part(Stage.INPUT, "p", text), Exchange.of(text)))


@pytest.mark.parametrize(
    ("text", "options", "spans"),
    [
        ("a" * 10, {"max_chars": 9}, [("length.too_long", 9, 10)]),
        ("a" * 9, {"max_chars": 9}, []),
        ("a" * 9, {"max_chars": 0}, []),
        ("", {"min_chars": 1}, [("length.too_short", 0, 0)]),
        ("\ud800\ud800", {"max_chars": 1}, [("length.too_long", 1, 2)]),
        ("x" * 1_000_000, {}, [("length.too_long", 100_000, 1_000_000)]),
    ],
)
def test_length_covers_the_excess(text, options, spans):
    assert [(item.label, item.start, item.end) for item in scan(text, **options)] == spans


def test_length_may_be_short_for_a_name():
    part = Part(Stage.INPUT, "messages[0].name", "ann")
    made = create("length", {"min_chars": 4, "max_chars": 8}), create("length", {"max_chars": 2})
    assert [[item.label for item in each.scan(part, Exchange())] for each in made] == [
        [],
        ["length.too_long"],
    ]


@pytest.mark.parametrize(
    ("options", "option", "message"),
    [
        ({"max_chars": -1}, "max_chars", "option 'max_chars' must be 0 or more"),
        ({"max_chars": 3, "min_chars": 4}, "min_chars", "option 'min_chars' must not exceed 'max_chars'"),
    ],
)
def test_length_refuses_impossible_limits(options, option, message):
    with pytest.raises(OptionError) as caught:
        create("length", options)

    assert (caught.value.option, str(caught.value)) == (option, message)
