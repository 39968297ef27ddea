"""Views: folded copies that know where every character came from."""

import itertools
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.disguise import DISGUISES, undisguise
from guard.text.encoded import decode
from guard.text.fold import FOLDS, LONGEST
from guard.text.view import PLAIN, View, fold

ANY = st.text(st.characters(), max_size=60)
TRICKY = st.text(
    st.sampled_from("aAаß ﬁ傻逼這\u200b\u0301\ud800\x00*._ \n1$@!%|é㎏ﷺ가ｶﾞ\U0001f3fb"), max_size=40
)
TEXTS = ANY | TRICKY


def check_map(view, text):
    """The map is monotone, in range, and no span is empty."""
    spans = [view.span(place, place + 1) for place in range(len(view))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(spans))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_fold_maps_back_and_stays_small(text):
    view = fold(text)

    check_map(view, text)
    assert len(view) <= LONGEST * len(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_fold_twice_changes_nothing_more(text):
    once = fold(text).text

    assert fold(once).text == once


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.data())
def test_fold_of_the_original_slice_holds_what_was_seen(text, data):
    view = fold(text)
    if not len(view):
        return
    start = data.draw(st.integers(0, len(view) - 1))
    end = data.draw(st.integers(start + 1, len(view)))
    first, last = view.span(start, end)

    assert view.text[start:end] in fold(text[first:last]).text


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(1, 30))
def test_undisguise_maps_back(text, reach):
    view = fold(text)

    for _, reading in undisguise(view, frozenset(DISGUISES), reach):
        check_map(reading, text)
        assert len(reading) <= len(view)


@settings(max_examples=100, deadline=None)
@given(TEXTS | st.text(st.sampled_from("%41&#x;lt\\u5b0AaZz=+/ "), max_size=60))
def test_decode_maps_back_and_never_grows(text):
    for view in decode(text):
        check_map(view, text)
        assert len(view) <= len(text)


@pytest.mark.parametrize("name", FOLDS)
def test_fold_names_work_alone(name):
    check_map(fold("Ａb\u0301這ß\u200b傻", frozenset({name})), "Ａb\u0301這ß\u200b傻")


FOLDED = [
    ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
    ("ℌ𝔢𝕝𝗅𝙤 ⓌⓄⓇⓁⒹ", "hello world"),
    ("🅗🅔🆈", "hey"),
    ("рауреl", "paypel"),
    ("Ćrème brûlée", "creme brulee"),
    ("Z̷̧a̴l̵g̶o̸", "zalgo"),
    ("soft\u00adhyphen zero\u200bwidth \u202ebidi\u202c", "softhyphen zerowidth bidi"),
    ("這個問題", "这个问题"),
    ("a \n\t b", "a b"),
    ("٣٫१", "3٫1"),
    ("ﬁne ㎏", "fine kg"),
    ("한국어 가", "한국어 가"),
    ("がガ", "がガ"),
    ("นี้ हिन्दी", "นี้ हिन्दी"),
    ("", ""),
    ("\ud83d\x00x", "\ud83dx"),
]


@pytest.mark.parametrize(("text", "folded"), FOLDED, ids=[repr(text) for text, _ in FOLDED])
def test_fold_undoes_disguises_and_leaves_scripts_readable(text, folded):
    assert unicodedata.normalize("NFC", fold(text).text) == unicodedata.normalize("NFC", folded)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("f.u.d.g.e", "fudge"),
        ("f u d g e now", "fudge now"),
        ("fu_dge", "fudge"),
        ("蠢 货", "蠢货"),
        ("蠢*~*货", "蠢货"),
        ("蠢🐶货", "蠢货"),
        ("fudg3s", "fudges"),
        ("fudg€", "fudge"),
        ("p1ot", "plot"),
        ("s.h.1.p", "ship"),
        ("fuuuudge", "fudge"),
        ("boooook", "book"),
        ("f u u u u d g e", "fudge"),
        ("蠢蠢蠢货", "蠢货"),
    ],
)
def test_undisguise_reads(text, reading):
    readings = [view.text for _, view in undisguise(fold(text), frozenset(DISGUISES), 20)]

    assert reading in readings


@pytest.mark.parametrize(
    "text",
    [
        "An ordinary sentence, with a comma. And a stop.",
        "一句普通的话，有逗号。",
        "version 8.9.6.4",
        "Galaxy A55",
        "2024-05-01",
    ],
)
def test_undisguise_leaves_ordinary_text_alone(text):
    assert undisguise(fold(text), frozenset(DISGUISES), 20) == []


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("see aGVsbG8gd29ybGQ= now", "hello world"),
        ("68 65 6c 6c 6f 20 77", "hello w"),
        ("a%E8%A0%A2b", "a蠢b"),
        ("&#34850;&#x8d27; &lt;", "蠢货 <"),
        ("\\u8822\\u8d27", "蠢货"),
        ("\\x68\\x69", "hi"),
        ("".join(chr(0xE0000 + ord(char)) for char in "hidden"), "hidden"),
        ("YUdWc2JHOGdkMjl5YkdRPQ==", "hello world"),
    ],
)
def test_decode_reads(text, inside):
    assert inside in [view.text for view in decode(text)]


@pytest.mark.parametrize(
    "text", ["internationalization", "100% &co; \\users", "deadbeefdeadbeef", "%ff%fe", "&&&", "\\ud800"]
)
def test_decode_takes_what_is_no_code(text):
    assert all(isinstance(view, View) for view in decode(text))


def test_decode_places_findings_on_the_code():
    text = "say aGVsbG8gd29ybGQ= twice"
    (view,) = decode(text)

    assert view.span(0, 5) == (4, 20)


def test_fold_shares_its_work():
    assert fold("the same text") is fold("the same text")


def test_view_span_must_hold_something():
    with pytest.raises(ValueError, match="at least one"):
        View.of("abc").span(1, 1)


def test_view_codes_of_long_texts_are_arrays():
    view = View.of("好" * 1_000_000).fold(PLAIN)

    assert view.codes.dtype == np.uint32
    assert view.span(999_999, 1_000_000) == (999_999, 1_000_000)
