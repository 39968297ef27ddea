"""Innocent texts with personal data: filled in, of every language, denying every label."""

import pytest

pytest.importorskip("faker")

from guard.train.mapping import LABELS
from guard.train.personal import EACH, LOCALES, TEMPLATES, personal

TEXTS = list(personal(1))


def test_personal_fills_every_template():
    assert len(TEXTS) == EACH * sum(map(len, TEMPLATES.values()))
    assert [text.text for text in TEXTS if "{" in text.text or "\n" in text.text] == []
    assert {text.lang for text in TEXTS} == set(LOCALES) == set(TEMPLATES)


def test_personal_denies_every_label():
    assert all(text.targets == dict.fromkeys(LABELS, False) for text in TEXTS)


def test_personal_is_the_same_for_the_same_seed():
    assert [text.text for text in personal(1)] == [text.text for text in TEXTS]
    assert [text.text for text in personal(2)] != [text.text for text in TEXTS]
