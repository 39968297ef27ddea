"""What JSON says, and escapes outside of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.notation import Form, deeper, torn, undo
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


def test_undo_reads_codes_alone_behind_json():
    assert undo(View.of(r"\u4f60\new"), 0).text == r"你\new"
    assert undo(View.of(r"\n\n\u4f60"), 2).text == "\n\\n你"


def test_deeper_reads_escapes_of_escapes():
    assert [view.text for view in deeper(View.of(r"\\u4f60"))] == [r"\\u4f60", r"\u4f60", "你"]


@given(TEXTS.map(json.dumps), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_torn_tells_where_a_growing_text_can_be_cut(text, place):
    whole = View.of(text[1:-1])
    place = torn(whole.text[:place])

    assert undo(whole).place(undo(whole).index(place)) == place


@given(DOCUMENTS, st.booleans(), st.integers(1, 9), st.sampled_from(["", "```json\n", "\n```\n"]))
@settings(max_examples=200, deadline=None)
def test_form_knows_every_document_however_it_comes(document, ascii_only, size, fence):
    text = fence + json.dumps(document, ensure_ascii=ascii_only)
    form = Form()

    for at in range(0, len(text), size):
        form.feed(text[at : at + size])
        assert form.until == len(text[: at + size])
        assert form.sure <= form.until


@given(
    DOCUMENTS.map(json.dumps), st.text('[1]{,:}"ab \n`', max_size=9), st.integers(0, 60), st.integers(1, 9)
)
@settings(max_examples=200, deadline=None)
def test_form_is_sure_of_what_holds_however_a_text_goes_on(json_text, end, cut, size):
    text = json_text[:cut] + end
    whole, form = Form(text), Form()

    for at in range(0, len(text), size):
        form.feed(text[at : at + size])
        assert min(form.until, form.sure) == min(whole.until, form.sure)
        for place in range(form.sure):
            assert form.inside(place)[0] == whole.inside(place)[0]
            assert form.widen(place, place + 1)[0] == whole.widen(place, place + 1)[0]
    assert form.until == whole.until


@pytest.mark.parametrize(
    ("text", "json_part"),
    [
        ('{"a": 1}\n{"b": 2}', '{"a": 1}\n{"b": 2}'),
        (' [1, "x', ' [1, "x'),
        ("[]", "[]"),
        ('{"a": [NaN, -1.5e3, null]}', '{"a": [NaN, -1.5e3, null]}'),
        ('{"a": 1} That is it.', '{"a": 1}'),
        ('```json\n{"a": 1}\n```', '```json\n{"a": 1}'),
        ('["x", y]', '["x"'),
        ("1", ""),
        ("[1] see", ""),
        ("{1}", ""),
        ('"Well," he said', ""),
        ("[张三] said", ""),
        ("```python\n[1, 2, 3]\n```", ""),
    ],
)
def test_form_tells_where_json_ends(text, json_part):
    assert text[: Form(text).until] == json_part


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ('{"a": 13.0}', "13", "13.0"),
        ('{"a": -13}', "13", "-13"),
        ('{"13": 1}', "3", "3"),
        ('{"a\\"13": 1}', "3", "3"),
        ('["x", 137, 2]', "3", "137"),
        ('["x", true]', "tr", "true"),
        ('["x", 137', "3", "137"),
    ],
)
def test_form_widens_to_whole_numbers_outside_strings(text, found, whole):
    start = text.index(found)
    first, last = Form(text).widen(start, start + len(found))

    assert text[first:last] == whole


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("123", '"a\\"b"'),
        ("q", 'a\\"b'),
        ('q"', 'a\\"b"'),
        ('123, "q', '"a\\"b", "a\\"b'),
        ("3, ", '"a\\"b", '),
        (": ", ": "),
    ],
)
def test_form_writes_a_mask_as_json_does_and_keeps_its_signs(written, instead):
    text = '{"a": 123, "q": 1}'

    assert Form(text).write(text.index(written), written, 'a"b') == instead
    assert Form("x" + text).write(1 + text.index(written), written, 'a"b') == 'a"b'
