"""Generated texts: the same for the same seed, in both languages, for and against every label they teach."""

import pytest

from guard.train import phrase
from guard.train.generate import generate
from guard.train.mapping import CLASSICAL

DOCUMENTS = {"zh": ["西湖很美。游客很多。"], "en": ["The lake is deep. Boats cross it."]}


@pytest.fixture(scope="module")
def texts():
    return list(generate(DOCUMENTS, 1))


def test_generate_repeats_with_its_seed(texts):
    assert texts == list(generate(DOCUMENTS, 1))
    assert texts != list(generate(DOCUMENTS, 2))


def test_generate_fills_every_slot(texts):
    assert not [text.text for text in texts if any(f"[{slot}]" in text.text for slot in phrase.SLOTS["en"])]
    assert all(text.text.strip() for text in texts)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("label", CLASSICAL)
def test_generate_speaks_for_and_against(texts, lang, label):
    said = {text.targets[label] for text in texts if text.lang == lang and label in text.targets}

    # toxic posts are many in public sets, and every kind of insult is one: here they only teach "no"
    assert said == ({False} if label == "harm.toxic" else {True, False})


def test_generate_has_more_innocent_texts_than_harmful_ones(texts):
    harmful = [text for text in texts if any(text.targets.values())]

    assert len(harmful) < len(texts) / 2


def test_generate_plants_an_order_in_a_document(texts):
    planted = [text for text in texts if text.targets.get("injection.indirect")]

    assert {text.lang for text in planted} == {"zh", "en"}
    assert all("西湖很美" in text.text or "Boats cross" in text.text for text in planted)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_phrases_frames_take_every_phrase(lang):
    for frame in (
        *phrase.FRAMES[lang],
        *phrase.QUOTED[lang],
        *phrase.EVERYDAY_FRAMES[lang],
        *phrase.HOSTS[lang],
    ):
        assert "x" in frame.format("x")
