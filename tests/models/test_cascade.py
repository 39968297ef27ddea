import pytest

from guard.models import cascade
from guard.models.cascade import SHOWN, Claim, log_odds, probability, together
from guard.models.reader import Held
from guard.text.passage import Passages
from guard.text.support import FEATURES, Question, Support, weigh_support


def claim(text, source="Admission costs 8 euros."):
    return Claim(text=text, support=weigh_support(text, Passages([source]), Question("")))


def held(supported, contradicted=0.0):
    return Held(supported, contradicted, 1 - supported - contradicted, (0,), (), False)


def test_claim_starts_with_the_score_of_the_rule():
    made = claim("Admission costs 9 euros.")

    assert (made.score, made.tier, made.is_denied) == (probability(made.support.features), "rule", False)


@pytest.mark.parametrize(
    ("text", "sure", "is_open"),
    [
        ("Admission costs 8 euros.", [0.05, 0.95], False),
        ("Admission now costs 8 euros.", [0.05, 0.95], True),
        ("Admission now costs 8 euros.", [0.5, 0.95], False),
        ("Admission costs 9 euros.", [0.05, 0.6], False),
        ("这座博物馆每天开放。", [0.98, 0.99], True),
    ],
)
def test_claim_is_open_within_the_band_and_where_words_tell_nothing(text, sure, is_open):
    assert claim(text).is_open(sure) is is_open


def test_what_stands_in_the_sources_as_a_sentence_is_borne_out():
    made = claim(
        "admission costs 8 euros", source="Open daily. Admission costs 8 euros. Children pay 9 euros."
    )

    assert (made.score, made.support.slips) == (cascade.COPIED, ())
    assert claim("Admission costs 9 euros.").score > 0.5


def test_claim_in_another_script_is_open_no_more_once_it_was_read():
    made = claim("这座博物馆每天开放。")
    untold = made.is_untold
    made.tier = cascade.MODEL

    assert (untold, made.is_untold) == (True, False)
    assert not made.is_open([0.98, 0.99])


@pytest.mark.parametrize(("contradicted", "is_denied"), [(0.7, True), (0.1, False)])
def test_claim_is_denied_where_contradicted_is_likelier_than_unsaid(contradicted, is_denied):
    made = claim("Admission costs 9 euros.")
    made.held = held(0.1, contradicted)

    assert made.is_denied is is_denied


@pytest.mark.parametrize("name", SHOWN)
def test_together_does_not_argue_away_what_the_rule_shows(name):
    support = Support(tuple(float(other == name) for other in FEATURES), (), (), False)

    assert together(support, held(0.999)) == probability(support.features)


@pytest.mark.parametrize("foreign", [False, True])
def test_together_falls_with_what_the_model_read(foreign):
    support = Support(tuple(0.0 if name in SHOWN else 0.5 for name in FEATURES), (), (), foreign)
    scores = [together(support, held(supported)) for supported in (0.001, 0.5, 0.999)]

    assert 1 > scores[0] > scores[1] > scores[2] > 0


def test_together_takes_no_word_of_the_rule_for_another_script():
    for foreign in (True, False):
        low, high = (Support((share,) * len(FEATURES), (), (), foreign) for share in (0.0, 1.0))
        assert (together(low, held(0.3)) == together(high, held(0.3))) is foreign
        assert together(low, held(0.3)) <= together(high, held(0.3))


def test_log_odds_are_bounded():
    assert -10 < log_odds(0.0) < 0 < log_odds(1.0) < 10


def test_probability_grows_with_every_feature():
    none = probability([0.0] * len(FEATURES))
    alone = [probability([float(own == name) for own in FEATURES]) for name in FEATURES]

    assert all(none < score < 1 for score in alone)
