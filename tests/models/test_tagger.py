"""The name tagger as it is served: well-formed on any text, and right on plain sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import ModelError
from guard.models import artefact, chain
from guard.models.clue import BITS, TEMPLATES, clues, cut
from guard.models.tagger import LABELS, SHIPPED, TAGS, WINDOW, Tagger, shipped

PIECES = st.sampled_from(
    [
        "张伟",
        "John Smith",
        "\n",
        " ",
        "北京市朝阳区",
        "O'Neil",
        "\ud800",
        "\x00",
        "\u200b",
        "😀",
        "．",
        "ＡＢＣ",
        "1",
        "é",
        "ไทย",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=30).map("".join))


def plain(count: int = 5) -> dict[str, np.ndarray]:
    """Arrays of a tagger that knows nothing."""
    return {
        "weights": np.zeros((1 << BITS, TAGS), np.float16),
        "transitions": np.zeros((TAGS, TAGS), np.float32),
        "calibration": np.tile(np.linspace(0, 1, count, dtype=np.float32), (len(LABELS), 2, 1)),
    }


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_spans_lie_in_the_text_apart_from_each_other(text: str) -> None:
    reached = 0
    for span in shipped().spans(text):
        assert reached <= span.start < span.end <= len(text)
        assert span.label in LABELS
        assert 0.0 <= span.score <= 1.0
        reached = span.end


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_units_hold_every_character_that_can_be_seen(text: str) -> None:
    units = cut(text)
    inside = {
        place for start, end in zip(units.starts, units.ends, strict=True) for place in range(start, end)
    }
    assert all(place in inside for place, char in enumerate(text) if char.isalnum())
    assert all(((found >= 0) & (found < 1 << BITS)).all() for found in clues(units.parts))


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("您好，我叫王小明，想咨询一下。", "pii.person", "王小明"),
        ("收货人：欧阳雪，电话稍后发您。", "pii.person", "欧阳雪"),
        ("联系人李娜\n手机号码稍后给您", "pii.person", "李娜"),
        ("我下周要去上海出差。", "pii.location", "上海"),
        ("他在北京大学读书。", "pii.organisation", "北京大学"),
        ("My name is Maria Gonzalez and I need help.", "pii.person", "Maria Gonzalez"),
        ("We moved to Chicago last year.", "pii.location", "Chicago"),
        (
            "Please send it to 221 Oak Street, Springfield, IL 62704",
            "pii.address",
            "221 Oak Street, Springfield, IL 62704",
        ),
        ("She works for Microsoft Corporation as an engineer.", "pii.organisation", "Microsoft Corporation"),
    ],
)
def test_shipped_tagger_finds_names_in_plain_sentences(text: str, label: str, value: str) -> None:
    found = {(span.label, text[span.start : span.end]) for span in shipped().spans(text) if span.score >= 0.5}
    assert (label, value) in found


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "我今天很高兴，毛衣也洗好了。",
        "The meeting has been moved to noon.",
        "路口交通很拥堵",
        "def run(self): return 1",
    ],
)
def test_shipped_tagger_leaves_innocent_text_alone(text: str) -> None:
    assert [span for span in shipped().spans(text) if span.score >= 0.5] == []


def test_spans_of_a_long_text_are_those_of_its_sentences() -> None:
    sentence = "您好，我叫王小明，想咨询一下。\n"
    one = [(span.start, span.end) for span in shipped().spans(sentence * 2)][:1]
    count = 4 * WINDOW // len(sentence)
    found = [(span.start, span.end) for span in shipped().spans(sentence * count)]
    shift = len(sentence)
    assert found == [
        (start + shift * turn, end + shift * turn) for turn in range(count) for start, end in one
    ]


SENTENCES = st.sampled_from(
    [
        "您好，我叫王小明，想咨询一下。",
        "收货人：欧阳雪，电话稍后发您。",
        "今天天气很好，我们去散步吧。",
        "他在北京大学读书，下周要去上海出差。",
        "My name is Maria Gonzalez and I need help.",
        "Please send it to 221 Oak Street, Springfield, IL 62704",
        "The meeting has been moved to noon.",
    ]
)


@given(st.lists(SENTENCES, min_size=40, max_size=80), st.integers(0, WINDOW // 4))
@settings(max_examples=25, deadline=None)
def test_spans_do_not_depend_on_where_windows_begin(sentences: list[str], shift: int) -> None:
    before, text = "你好。\n" * shift, "\n".join(["你好。", *sentences])
    found = shipped().spans(text)
    moved = shipped().spans(before + text)
    assert [span[:3] for span in found] == [
        (start - len(before), end - len(before), label) for start, end, label, _ in moved
    ]
    assert [span.score for span in moved] == pytest.approx([span.score for span in found], abs=0.0021)


def test_cut_keeps_offsets_of_the_original() -> None:
    text = "Ａnna\u200b 住 O'Hare"
    units = cut(text)
    assert [text[start:end] for start, end in zip(units.starts, units.ends, strict=True)] == [
        "Ａnna", "住", "O", "'", "Hare",
    ]  # fmt: skip


def test_best_path_is_the_best_of_all_paths() -> None:
    rng = np.random.default_rng(0)
    emissions, transitions = rng.normal(size=(3, 4, 3)), rng.normal(size=(3, 3))
    paths = np.indices((3,) * 4).reshape(4, -1).T
    for row, tags in zip(emissions, chain.best(emissions, transitions), strict=True):
        scores = [score(row, transitions, path) for path in paths]
        assert tags.tolist() == paths[int(np.argmax(scores))].tolist()


def test_marginals_hold_where_ways_lie_far_apart() -> None:
    emissions = np.array([[[0.0, -400.0], [-500.0, 0.0], [0.0, -400.0]]] * 2)
    transitions = np.array([[0.0, chain.FORBIDDEN], [0.0, 0.0]])
    found = chain.marginals(emissions.astype(np.float32), transitions.astype(np.float32))
    assert np.allclose(found, [[[1, 0], [1, 0], [1, 0]]] * 2)


def test_marginals_and_expectations_count_all_paths() -> None:
    rng = np.random.default_rng(1)
    emissions, transitions = rng.normal(size=(1, 4, 3)), rng.normal(size=(3, 3))
    paths = np.indices((3,) * 4).reshape(4, -1).T
    weights = np.exp([score(emissions[0], transitions, path) for path in paths])
    single, pairs, total = chain.expectations(emissions, transitions)
    expected = np.array([[weights[paths[:, step] == tag].sum() for tag in range(3)] for step in range(4)])
    assert np.allclose(single[0], expected / weights.sum())
    assert np.allclose(single, chain.marginals(emissions, transitions))
    assert np.isclose(total, np.log(weights.sum()))
    assert np.isclose(pairs.sum(), 5)


def score(emissions: np.ndarray, transitions: np.ndarray, path: np.ndarray) -> float:
    edges = transitions[0, path[0]] + transitions[path[-1], 0] + transitions[path[:-1], path[1:]].sum()
    return float(emissions[np.arange(len(path)), path].sum() + edges)


def test_tagger_refuses_arrays_of_another_shape() -> None:
    arrays = plain() | {"transitions": np.zeros((3, 3), np.float32)}
    with pytest.raises(ModelError, match="make no name tagger"):
        Tagger(arrays["weights"], arrays["transitions"], arrays["calibration"], {"templates": len(TEMPLATES)})


def test_load_refuses_another_model(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    artefact.save(path, artefact.Artefact({"weights": np.zeros(3, np.float32)}, {}))
    with pytest.raises(ModelError, match="no name tagger"):
        Tagger.load(path)


def test_shipped_tagger_is_small_and_says_what_it_is() -> None:
    assert SHIPPED.stat().st_size < 6_000_000
    assert tuple(shipped().about["labels"]) == LABELS
