"""The texts written by hand: every label is one of ours, harmful ones have innocent neighbours."""

import random
from collections import Counter

import pytest
import yaml

from guard.train.mapping import HARM, INJECTION, LABELS
from guard.train.written import PLACE, RELATED, SAFE, WRITTEN, disguise, fill, innocent, says, written

TEXTS = list(written(0))


def test_written_says_something_of_every_label():
    for label in LABELS:
        assert {text.targets.get(label) for text in TEXTS} >= {True, False}, label


def test_written_has_as_many_innocent_texts_as_harmful_ones_in_every_file():
    for path in PLACE.glob("*.yaml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.stem in ("identity", "spam"):
            continue
        for lang, labels in data.items():
            safe = len(labels.get("safe", ()))
            harmful = sum(len(texts) for label, texts in labels.items() if label != "safe")
            assert safe >= 0.8 * harmful, (path.name, lang)


def test_innocent_gives_the_harmless_texts_of_the_files():
    safe = [f"{SAFE}/{name}" for name in ("identity", "spam")]
    texts = [text for text in TEXTS if text.kind.startswith(SAFE) and text.kind not in safe]

    assert set(innocent()) == {text.text for text in texts if text.lang in ("zh", "en")}
    assert set(innocent(["fr"])) == {text.text for text in texts if text.lang == "fr"}


def test_written_repeats_no_text():
    kinds = ((text.text, text.kind.partition("/")[0]) for text in TEXTS)
    counts = Counter((text, kind) for text, kind in kinds if kind in (WRITTEN, SAFE))
    assert [text for text, count in counts.items() if count > 1] == []


def test_written_fills_every_slot():
    assert [text.text for text in TEXTS if text.kind in ("identity", "spam") and "{" in text.text] == []


def test_written_is_the_same_for_the_same_seed():
    assert [text.text for text in written(0)] == [text.text for text in TEXTS]


@pytest.mark.parametrize("label", HARM[2:])
def test_says_leaves_relatives_open_and_denies_the_rest(label):
    targets = says(label)

    assert targets[label] is True
    assert targets["harm.general"] is True
    assert not any(name in targets and targets[name] is False for name in RELATED[label])
    assert all(targets[name] is False for name in INJECTION)


def test_says_of_a_child_says_it_of_the_parent():
    assert says("statement.harm.violence.extremism")["harm.violence"] is True


def test_says_of_a_rude_statement_that_it_is_toxic_and_no_request():
    targets = says("statement.harm.hate")

    assert targets["harm.toxic"] is True
    assert "harm.general" not in targets


def test_says_of_safe_denies_all():
    assert says("safe") == dict.fromkeys(LABELS, False)
    assert any(text.kind.startswith(SAFE) for text in TEXTS)


def test_says_refuses_an_unknown_label():
    with pytest.raises(KeyError):
        says("harm.hat")


def test_fill_and_disguise_replace_slots_and_words():
    rng = random.Random(3)

    assert fill("加{contact}", {"contact": ["V信"]}, rng) == "加V信"
    assert {disguise("微信", {"微信": ["薇信"]}, random.Random(seed)) for seed in range(20)} == {
        "微信",
        "薇信",
    }


def test_baiting_and_despair_leave_each_other_open():
    assert "harm.self_harm" not in says("statement.harm.harassment")
    assert "harm.harassment" not in says("statement.harm.self_harm")
