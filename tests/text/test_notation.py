"""What JSON says, and escapes outside of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.notation import CODE, Form, Numbers, ends_inside, is_json, torn, undo
from guard.text.view import View

TEXTS = st.text(st.sampled_from('a1"\\/\n\té你😀\ud800'), max_size=20)
SCALARS = TEXTS | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
DOCUMENTS = st.lists(VALUES, max_size=3) | st.dictionaries(TEXTS, VALUES, max_size=3)


@given(TEXTS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_undo_reads_what_json_writes(text, ascii_only):
    written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    view = undo(View.of(written))

    assert view.text == (text.replace("\ud800", "\ufffd") if ascii_only else text)
    assert "".join(written[slice(*view.span(at, at + 1))] for at in range(len(view))) == written
    assert [view.index(view.place(at)) for at in range(len(view) + 1)] == [*range(len(view) + 1)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r"a\n1", "a\n1"),
        (r"C:\\new", r"C:\new"),
        (r"\u8bc1110", "证110"),
        (r"\ud83d\ude00", "😀"),
        (r"\d\q", r"\d\q"),
        ("plain", "plain"),
    ],
)
def test_undo_leaves_what_is_no_escape(written, said):
    assert undo(View.of(written)).text == said


def test_undo_reads_codes_alone_where_asked():
    assert undo(View.of(r"\u4f60\new"), CODE).text == r"你\new"


@given(TEXTS.map(json.dumps), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_torn_tells_where_a_growing_text_can_be_cut(text, place):
    whole = View.of(text[1:-1])
    place = torn(whole.text[:place])

    assert undo(whole).place(undo(whole).index(place)) == place


@given(DOCUMENTS, st.booleans(), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_is_json_knows_every_document_and_what_it_begins_with(document, ascii_only, size):
    text = json.dumps(document, ensure_ascii=ascii_only)
    form = Form()

    for at in range(0, len(text), size):
        form.feed(text[at : at + size])
        assert form.holds and form.is_begun
        assert is_json(text[: at + size])


@pytest.mark.parametrize(
    "text", ['{"a": 1}\n{"b": 2}', ' [1, "x', '"a\\n1"', "[]", '{"a": [NaN, -1.5e3, null]}']
)
def test_is_json_reads_several_and_what_broke_off(text):
    assert is_json(text)


@pytest.mark.parametrize(
    "text", ["", "1", "[1] see", "{1}", "[1,]", '{"a" 1}', "{]", '"Well," he said', "[x]", '{"a": 1} ok']
)
def test_is_json_takes_no_other_text(text):
    assert not is_json(text)


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ('{"a": 13.0}', "13", "13.0"),
        ('{"a": -13}', "13", "-13"),
        ('{"13": 1}', "3", "3"),
        ('{"a\\"13": 1}', "3", "3"),
        ('["x", 137, 2]', "3", "137"),
    ],
)
def test_numbers_are_widened_to_the_whole_outside_strings(text, found, whole):
    start = text.index(found)
    first, last = Numbers(text).widen(start, start + len(found))

    assert text[first:last] == whole


def test_pieces_of_json_remember_whether_they_begin_inside_a_string():
    text = '13", 17'

    assert ends_inside('{"a": "x\\"')
    assert not ends_inside(text, inside=True)
    assert Numbers(text, inside=True).widen(0, 1) == (0, 1)
    assert Numbers(text, inside=True).widen(5, 6) == (5, 7)
