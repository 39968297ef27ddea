"""Tests that addresses found in parts become whole."""

import pytest

from guard.models.postal import ADDRESS, PLACE, forces, whole
from guard.models.tagger import Span


def spans(text: str, *parts: str, score: float = 0.9) -> list[Span]:
    """Spans of parts of a text, in order; a part in brackets is a place."""
    found, at = [], 0
    for part in parts:
        label, name = (PLACE, part[1:-1]) if part.startswith("(") else (ADDRESS, part)
        at = text.index(name, at)
        found.append(Span(at, at + len(name), label, score))
        at += len(name)
    return found


@pytest.mark.parametrize(
    ("text", "parts", "expected"),
    [
        ("Send it to 12 Elm Road, please", ["Elm Road"], ["12 Elm Road"]),
        ("Flat 4, 12 Elm Road", ["12 Elm Road"], ["Flat 4, 12 Elm Road"]),
        (
            "at the corner of Elm Road and Oak Lane",
            ["Elm Road and Oak Lane"],
            ["the corner of Elm Road and Oak Lane"],
        ),
        ("at the corner of Elm Road", ["corner of Elm Road"], ["the corner of Elm Road"]),
        ("Elm Road 12\nTurku\n41600 or so", ["Elm Road 12\nTurku"], ["Elm Road 12\nTurku\n41600"]),
        ("Elm Road 12, Salem, MA 02139.", ["Elm Road 12, Salem"], ["Elm Road 12, Salem, MA 02139"]),
        (
            "> Elm Road 12\n> Apt. 3\n> Turku",
            ["Elm Road 12", "Apt. 3", "(Turku)"],
            ["Elm Road 12\n> Apt. 3\n> Turku"],
        ),
        (
            "Elm Road 12\nSmall Hills\nTurku 41600",
            ["Elm Road 12", "Turku 41600"],
            ["Elm Road 12\nSmall Hills\nTurku 41600"],
        ),
        ("Elm Road 12 Apt. 3", ["Elm Road 12", "Apt. 3"], ["Elm Road 12 Apt. 3"]),
    ],
)
def test_whole_lets_an_address_grow(text, parts, expected):
    assert [text[span.start : span.end] for span in whole(spans(text, *parts), text)] == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We paid $300 Elm Road", ["Elm Road"]),
        ("on 01.02.2019 12 Elm Road", ["12 Elm Road"]),
        ("call 0171 555 0199 Elm Road", ["Elm Road"]),
        ("Elm Road 12, 14 Oak Lane", ["Elm Road 12", "14 Oak Lane"]),
        ("Elm Road 12\n\nDear all,\nTurku", ["Elm Road 12", "(Turku)"]),
        ("Elm Road 12\n030 901820", ["Elm Road 12"]),
    ],
)
def test_whole_leaves_what_is_no_part_of_an_address(text, parts):
    found = spans(text, *parts)

    assert whole(found, text) == found


def test_whole_joins_no_unlikely_part_and_takes_the_lower_score():
    text = "Elm Road 12\nTurku 41600"
    (first, second) = spans(text, "Elm Road 12", "Turku 41600")

    assert len(whole([first, second._replace(score=0.1)], text)) == 2
    assert [span.score for span in whole([first, second._replace(score=0.5)], text)] == [0.5]


def test_whole_stops_at_the_names_beside_an_address():
    text = "12 Elm Road 41600"
    number = Span(0, 2, "pii.person", 0.9)
    code = Span(12, 17, "pii.person", 0.9)
    (road,) = spans(text, "Elm Road")

    assert whole([number, road, code], text) == [number, road, code]


@pytest.mark.parametrize(
    "text",
    ["PSC 0413, Box 8144\nAPO AA 42323", "USNS Miller\nFPO AP 93757", "Unit 5022 Box 1225\nDPO AE 44085"],
)
def test_forces_finds_military_addresses(text):
    assert [(span.start, span.end) for span in forces(f"to {text}.")] == [(3, 3 + len(text))]


@pytest.mark.parametrize("text", ["PSC 0413, Box 8144", "the USS Miller sailed", "APO AA 42323"])
def test_forces_leaves_parts_of_them(text):
    assert list(forces(text)) == []
