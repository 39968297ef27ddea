"""Published figures: every one can be set beside ours, and names its source."""

import pytest

from guard.evaluate.published import figures, published
from guard.evaluate.quality import MEASURES


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: f"{figure.system}-{figure.measure}")
def test_figures_are_shares_of_known_measures_with_a_source(figure):
    assert figure.measure in MEASURES or figure.measure.startswith("right in ")
    assert 0 <= figure.value <= 1
    assert figure.source.rsplit(", ")[-1] in (
        "first hand",
        "second-hand",
        "third party",
        "third party's own run",
    )
    assert figure.note


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("beavertails_test_en", "Llama Guard 3"),
        ("cold_test", "COLDetector (fine-tuned BERT-base on COLD)"),
        ("openai_moderation", "Perspective API"),
        ("toxicchat", "TinySafe v2 (DeBERTa-v3-small)"),
    ],
)
def test_published_finds_the_figures_of_a_set(name, system):
    assert system in {figure.system for figure in published(name)}


@pytest.mark.parametrize("name", ["beavertails_test_de", "cold_train_dev", "olid", "alpaca_demo_en"])
def test_published_has_none_for_other_sets(name):
    assert list(published(name)) == []
