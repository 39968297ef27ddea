"""Names as the encoder finds them: whole words, apart from each other, well-formed on any text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import ModelError
from guard.models import artefact
from guard.models import name as names
from guard.models.artefact import Artefact
from guard.models.encoder import Encoder, Marks
from guard.models.name import CALIBRATION, ENTRY, LONGEST, Joint, NameReader, decode, finder, unite
from guard.models.session import WEIGHTS
from guard.models.tagger import LABELS, Span
from tests import tiny_encoder
from tests.tiny_encoder import TEXTS

PERSON, LOCATION, ADDRESS, ORGANISATION = range(4)
SURE = 0.99


def marks_of(*pieces: tuple[str, str], sure: float = SURE) -> tuple[Marks, str]:
    """Pieces with their tags: `-` for no name, `B` and `I` with the first letter of the kind."""
    tags = ["-", *(f"{place}{kind}" for kind in "PLAO" for place in "BI")]
    spans, chances, text = [], [], ""
    for piece, tag in pieces:
        spans.append((len(text), len(text) + len(piece)))
        text += piece
        row = np.full(len(tags), (1 - sure) / (len(tags) - 1))
        row[tags.index(tag)] = sure
        chances.append(np.log(row))
    laid = np.array(chances, np.float32).reshape(-1, len(tags)), np.array(spans, int).reshape(-1, 2)
    return Marks(*laid), text


def found(*pieces: tuple[str, str], sure: float = SURE) -> list[tuple[str, int]]:
    """Text and kind of the names that are decoded."""
    marks, text = marks_of(*pieces, sure=sure)
    return [(text[start:end], kind) for start, end, kind, _ in decode(marks, text)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([("我叫", "-"), ("王", "BP"), ("小明", "IP"), ("。", "-")], [("王小明", PERSON)]),
        ([("张伟", "BP"), ("李娜", "BP")], [("张伟", PERSON), ("李娜", PERSON)]),
        ([("Ann", "BP"), (" Lee", "IP"), (", ", "IP"), ("Rome", "BL")], [("Ann Lee", 0), ("Rome", 1)]),
        ([("to", "-"), (" Gon", "BP"), ("za", "IP"), ("lez", "-"), (".", "-")], [("Gonzalez", PERSON)]),
        ([(" Mac", "-"), ("Don", "BP"), ("ald", "IP")], [("MacDonald", PERSON)]),
        ([(" Mac", "BP"), ("Don", "BP"), ("ald", "-")], [("MacDonald", PERSON)]),
        ([("at ", "-"), ("12", "BA"), ("3", "-"), (" Oak", "-")], [("123", ADDRESS)]),
        ([("“", "BO"), ("中国银行（", "IO"), ("香港", "IO"), ("）”", "IO")], [("中国银行（香港）", 3)]),
        ([("（", "-"), ("北京", "BL"), ("）", "IL")], [("北京", LOCATION)]),
        ([("在", "-"), ("北京", "BL"), ("大学", "-")], [("北京", LOCATION)]),
        ([("김철수", "BP"), ("는", "-"), (" 서울", "BL"), ("에", "-")], [("김철수", 0), ("서울", 1)]),
        ([("สมชาย", "BP"), ("อยู่", "-")], [("สมชาย", PERSON)]),
        ([(" Zo", "BP"), ("e\u0308", "-"), (" x", "-")], [("Zoe\u0308", PERSON)]),
        ([("...", "BP"), (" \n", "IP"), ("😀\ufe0f", "IO")], []),
        ([], []),
    ],
)  # fmt: skip
def test_decode_gives_whole_names(pieces, expected):
    assert found(*pieces) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [("BO", [("Ann", PERSON), ("Lee", ORGANISATION)]), ("IP", [("Ann Lee", PERSON)])],
)
def test_decode_never_goes_on_with_a_name_of_another_kind(second, expected):
    marks, text = marks_of(("Ann", "BP"), (" Lee", "IO"))
    best, other = marks_of(("Ann", "BP"), (" Lee", second))[0].chances[1].argmax(), marks.chances[1].argmax()
    marks.chances[1] = np.log(0.01)
    marks.chances[1, [other, best]] = np.log([0.6, 0.3])

    assert [(text[start:end], kind) for start, end, kind, _ in decode(marks, text)] == expected


def test_decode_is_as_sure_of_a_name_as_of_its_least_sure_piece():
    marks, text = marks_of(("Ann", "BP"), (" Lee", "IP"), (" ran", "-"))
    ((*_, sure),) = decode(marks, text)
    marks.chances[1] = np.log(np.full(9, 1 / 9))
    unsure = [chance for *_, chance in decode(marks, text)]

    assert sure == pytest.approx(SURE, abs=0.03)
    assert max(unsure) < sure - 0.1


def test_decode_finds_the_names_of_a_text_of_any_length():
    pieces = [("我叫", "-"), ("王", "BP"), ("小明", "IP"), ("。", "-")]
    assert found(*pieces * LONGEST) == [("王小明", PERSON)] * LONGEST
    doubtful = found(*pieces * LONGEST, sure=0.9)
    assert abs(len(doubtful) - LONGEST) < 5, "all pieces may be names, so that chains are cut"


# Readers


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_encoder.make(tmp_path_factory.mktemp("named"), {ENTRY: {"languages": ["en", "zh"]}})


@pytest.fixture(scope="module")
def reader(tiny):
    return NameReader(Encoder.load(tiny.folder, threads=1))


ODD = st.sampled_from(["the ", "Kill", "西湖", "\n", "\ud800", "\x00", "😀", "ﷺ", "ไทย", "é", "12", "."])


@given(st.lists(ODD, max_size=40).map("".join))
@settings(max_examples=20, deadline=None)
def test_spans_lie_in_the_text_apart_from_each_other(reader, text):
    reached = 0
    for span in reader.spans(text):
        assert reached <= span.start < span.end <= len(text)
        assert span.label in LABELS and 0 <= span.score <= 1
        reached = span.end


def test_reader_says_its_languages(reader):
    assert reader.languages == ("en", "zh")


def test_scores_are_calibrated_by_label(tmp_path):
    table = np.tile(np.linspace(0, 1, 3, dtype=np.float32), (4, 2, 1))
    table[:, 1] = np.array([0.1, 0.2, 0.3, 0.4])[:, None]
    tiny = tiny_encoder.make(tmp_path, **{CALIBRATION: table})
    spans = [span for text in TEXTS for span in NameReader(Encoder.load(tiny.folder, threads=1)).spans(text)]

    assert spans and all(span.score == round(0.1 * (LABELS.index(span.label) + 1), 3) for span in spans)


@pytest.mark.parametrize(
    ("about", "arrays", "message"),
    [
        ({"marks": ["wrong", "none", "begin ship"]}, {}, "the tags none, begin ship, which are no names"),
        ({}, {CALIBRATION: np.zeros((2, 2, 5))}, r"calibration of names of shape \(2, 2, 5\)"),
    ],
)
def test_reader_refuses_what_is_not_of_this_version(tiny, about, arrays, message):
    read = artefact.load(tiny.folder / WEIGHTS)
    made = Encoder(
        Artefact({**read.arrays, **arrays}, {**read.about, **about}), Encoder.load(tiny.folder)._runner
    )
    with pytest.raises(ModelError, match=message):
        NameReader(made)


def test_finder_is_the_encoder_only_where_it_has_learnt_names(tiny, monkeypatch):
    learnt = Encoder.load(tiny.folder)
    monkeypatch.setattr(names.encoder, "shipped", lambda: learnt)
    names._reader.cache_clear()
    names._joint.cache_clear()
    assert isinstance(finder(), Joint)
    assert not isinstance(finder("classical"), Joint)
    assert finder("classical").languages == ("zh", "en")

    learnt.about = {name: value for name, value in learnt.about.items() if name != ENTRY}
    assert not isinstance(finder(), Joint)
    names._reader.cache_clear()
    names._joint.cache_clear()


def span(start, end, score, label="pii.location"):
    return Span(start, end, label, score)


@pytest.mark.parametrize(
    ("found", "more", "kept"),
    [
        ([span(0, 4, 0.9)], [span(5, 8, 0.6)], [(0, 4), (5, 8)]),
        ([span(0, 4, 0.9)], [span(3, 8, 0.6)], [(0, 4)]),
        ([span(0, 4, 0.5)], [span(3, 8, 0.6)], [(3, 8)]),
        ([span(0, 4, 0.5), span(6, 9, 0.8)], [span(3, 8, 0.6)], [(0, 4), (6, 9)]),
        ([span(0, 4, 0.5), span(6, 9, 0.2)], [span(3, 8, 0.6)], [(3, 8)]),
        ([], [span(3, 8, 0.6)], [(3, 8)]),
        ([span(3, 8, 0.6)], [], [(3, 8)]),
    ],
)
def test_unite_keeps_the_surer_of_two_that_meet(found, more, kept):
    assert [(one.start, one.end) for one in unite(found, more)] == kept


def test_joint_takes_only_places_from_the_chain():
    class Fixed:
        languages = ("zh",)

        def __init__(self, *spans):
            self.own = list(spans)

        def spans(self, text, kind="input"):
            return self.own

    chain = Fixed(span(0, 2, 0.8, "pii.person"), span(4, 6, 0.7))
    joint = Joint(Fixed(span(8, 9, 0.9, "pii.person")), chain)

    assert [(one.start, one.label) for one in joint.spans("…")] == [(4, "pii.location"), (8, "pii.person")]
