import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import OptionError
from guard.filters.regex import MOST_MATCHES
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage, Unjudged


def scan(text, **options):
    return list(create("regex", options).scan(Part(Stage.INPUT, "p", text), Exchange.of(text)))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_characters="7"), max_size=20), st.text(st.characters(), max_size=20))
def test_regex_offsets_count_characters(before, after):
    found = scan(before + "ab7" + after, patterns=["ab7"])[0]

    assert (found.start, found.end) == (len(before), len(before) + 3)


@pytest.mark.parametrize(
    "value", ["6Zuq5p2+6K6h5YiS6Zuq5p2+6K6h5YiS", "%E9%9B%AA松计%E5%88%92", "雪&#26494;计划", "雪松计划"]
)
def test_regex_reads_what_is_encoded_once(value):
    text = f"100% 的 {value} &amp; 更多"

    assert [text[item.start : item.end] for item in scan(text, patterns=["雪松计划"])] == [value]


def test_regex_holds_a_run_of_code_whole():
    made = create("regex", {"patterns": ["雪松计划"], "longest": 4})

    assert made.settled("见 " + "6Zuq5p2+6K6h5YiS" * 8) == 2


def test_regex_yields_no_empty_matches():
    found = scan("aXbX", patterns=[r"\b|X"])

    assert [(item.start, item.end) for item in found] == [(1, 2), (3, 4)]


def test_regex_stops_with_notice_after_many_matches():
    found = scan("1" * (MOST_MATCHES + 5), patterns=[r"\d", "2"])

    assert sum(isinstance(item, Finding) for item in found) == MOST_MATCHES
    assert [item.reason for item in found if isinstance(item, Unjudged)] == [
        f"pattern 1 matches more than {MOST_MATCHES} times"
    ]


def test_regex_names_its_labels():
    made = create("regex", {"patterns": {"ticket": r"JIRA-\d+", "code.name": "雪松"}})

    assert made.label_names() == ("regex.ticket", "regex.code.name")


@pytest.mark.parametrize(("longest", "reach"), [(0, None), (12, 12)])
def test_regex_reach_is_what_the_author_says(longest, reach):
    assert create("regex", {"patterns": ["a"], "longest": longest}).reach == reach


REFUSED = [
    (r"(?<=a)b", "the pattern cannot be matched in linear time: lookahead and lookbehind are not supported; "
     "match the surroundings too, or drop them"),
    (r"a(?!b)", "the pattern cannot be matched in linear time: lookahead and lookbehind are not supported; "
     "match the surroundings too, or drop them"),
    (r"(a)\1", "the pattern cannot be matched in linear time: backreferences are not supported; "
     "write the repeated part out"),
    (r"a++", "the pattern cannot be matched in linear time: atomic groups and possessive quantifiers are "
     "not supported nor needed"),
    ("(a", "not a regular expression: missing ): (a"),
    ("a{1001}", "not a regular expression: invalid repetition size: {1001}"),
    ("a*", "the pattern matches the empty text, so it would match anywhere"),
    ("", "the pattern matches the empty text, so it would match anywhere"),
    ("\ud800", "the pattern holds half of a surrogate pair, which is no character"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "message"), REFUSED, ids=[repr(item[0]) for item in REFUSED])
def test_regex_refuses_with_an_explanation(pattern, message, capfd):
    with pytest.raises(OptionError, match=re.escape(message)) as caught:
        create("regex", {"patterns": ["fine", pattern]})

    assert (caught.value.option, caught.value.index) == ("patterns", 1)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("patterns", [[], {}, {"Bad Name": "a"}])
def test_regex_refuses_empty_lists_and_bad_names(patterns):
    with pytest.raises(OptionError):
        create("regex", {"patterns": patterns})


def test_regex_takes_a_text_that_stalls_backtracking():
    assert scan("a" * 50_000, patterns=["(a+)+b", "(a|aa)+$"])[0].end == 50_000
