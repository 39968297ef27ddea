"""Topics told by a few examples, with an encoder that knows words only."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.models.topic import (
    CHANCE,
    WEIGHTS,
    Placed,
    Topics,
    everyday,
    features,
    ground,
    nearest,
    nearness,
    probability,
    tightness,
)
from tests.word_encoder import WordEncoder

ENCODER = WordEncoder()
MONEY = ["which shares should investors buy", "buy gold shares or funds", "funds and shares for investors"]
HEALTH = ["which pills cure headache fever", "fever and headache for days", "pills against fever"]


def topics(**options):
    return Topics({"money": MONEY, "health": HEALTH}, encoder=ENCODER, **options)


def test_topics_score_their_own_texts_highest():
    scores = topics().scores(["should investors buy shares", "headache and fever, which pills"])

    assert scores.shape == (2, 2)
    assert scores[0, 0] > 0.5 > scores[0, 1]
    assert scores[1, 1] > 0.5 > scores[1, 0]


def test_topics_leave_other_texts_alone():
    assert (topics().scores(["the bus leaves at seven", "bake bread without yeast"]) < 0.5).all()


def test_topics_take_a_single_example():
    judge = Topics({"money": ["which shares should investors buy"]}, encoder=ENCODER)
    scores = judge.scores(["which shares should investors buy", "the bus leaves at seven"])[:, 0]

    assert scores[0] > 0.5 > scores[1]


def test_topics_give_way_to_counter_examples():
    text = ["investors buy shares of pizza"]
    plain = Topics({"money": MONEY}, encoder=ENCODER)
    careful = Topics({"money": MONEY}, counter_examples=["shares of pizza"], encoder=ENCODER)

    assert careful.scores(text)[0, 0] < plain.scores(text)[0, 0]


def test_topics_find_the_stretch_that_belongs_to_one():
    first = "The bus to the station leaves at a quarter past seven every morning."
    second = "Should investors buy shares of gold mines, or better buy funds?"
    judged = topics().judge(f"{first} {second}")

    assert judged.spans == ((0, len(first)), (len(first) + 1, len(first) + 1 + len(second)))
    assert judged.scores[1, 0] > 0.5 > judged.scores[0].max()


def test_topics_that_are_allowed_do_not_compete():
    text = "fever shares pills funds headache"
    rivals = topics().judge(text)
    friends = topics(allowed=["money", "health"]).judge(text)

    assert (friends.scores >= rivals.scores).all()
    assert friends.welcome == pytest.approx(friends.scores.max(axis=1))


@pytest.mark.parametrize("text", everyday().small_talk)
def test_topics_welcome_small_talk(text):
    assert topics(allowed=["money"]).judge(text).welcome.min() > 0.5


def test_topics_welcome_nothing_where_none_is_allowed():
    assert topics().judge("should investors buy shares").welcome.tolist() == [0.0]


def test_topics_have_nothing_to_say_of_text_without_content():
    judged = topics().judge("\0 \n \0")

    assert judged.spans == ()
    assert judged.scores.shape == (0, 2)


def test_topics_share_the_reading_of_a_text():
    encoder = WordEncoder()
    text = "Should investors buy shares of gold mines?"
    Topics({"money": MONEY}, encoder=encoder).judge(text)
    Topics({"health": HEALTH}, encoder=encoder).judge(text)

    assert encoder.read.count(text) == 1


def test_topics_are_the_same_every_time():
    text = "Should investors buy shares? My headache is worse."

    assert (topics().judge(text).scores == topics().judge(text).scores).all()


def test_everyday_sentences_are_all_different():
    sentences = [sentence for sentences in everyday() for sentence in sentences]

    assert len(set(sentences)) == len(sentences)
    assert len(everyday().chinese) == len(everyday().english) >= 50


def test_place_takes_the_difference_of_languages_away():
    placed = [ground(ENCODER).place(sentences).meaning.mean(axis=0) for sentences in everyday()[:2]]
    plain = [ENCODER.vectors(sentences).mean(axis=0) for sentences in everyday()[:2]]

    assert np.linalg.norm(placed[0] - placed[1]) < 0.2 * np.linalg.norm(plain[0] - plain[1])


def test_place_leaves_what_cannot_be_read_at_zero():
    placed = ground(ENCODER).place(["\0", "shares"])

    for part in placed:
        assert np.linalg.norm(part, axis=1) == pytest.approx([0, 1], abs=1e-6)


@settings(deadline=None)
@given(st.floats(-1, 1), st.floats(0, 1), st.sampled_from([1, 3, 20, 1000]))
def test_probability_rises_with_nearness_and_falls_with_a_rival(near, rival, count):
    here, nearer, alone = probability(
        np.array([near, near + 0.1, near]),
        np.array([rival, rival, 0]),
        np.array([rival, rival, 0]),
        count,
        0.1,
    )

    assert 0 <= here < nearer <= 1
    assert here <= alone


def test_nearness_to_the_only_example_is_the_most_there_is():
    placed = ground(ENCODER).place(["shares"])

    assert nearness(placed, placed) == pytest.approx([2 - CHANCE])
    assert nearest(placed, placed) == pytest.approx([2 - CHANCE])


def test_nearness_takes_nothing_away_where_no_word_is_shared():
    placed = ground(ENCODER).place(["shares and funds", "买股票和基金"])
    apart = Placed(placed.meaning, np.zeros_like(placed.words))

    assert (nearness(placed, placed.pick(slice(1))) >= nearness(apart, apart.pick(slice(1)))).all()
    assert nearness(apart, apart.pick(slice(1)))[1] == nearness(placed, placed.pick(slice(1)))[1]


def test_nearest_of_no_example_is_nothing():
    placed = ground(ENCODER).place(["shares", "funds"])

    assert nearest(placed, ground(ENCODER).place([])).tolist() == [0.0, 0.0]


def test_weights_name_the_features():
    found = features(np.array([1.0]), np.array([4.0]), np.array([5.0]), 1, 3.0)

    assert found.tolist() == [[1.0, 0.0, 3.0, 3.0, 4.0]]
    assert list(WEIGHTS) == ["near", "count", "tight", "rival", "against"]


def test_tightness_is_unknown_of_one_example():
    assert tightness(ground(ENCODER).place(["shares"])) == 0.0


def test_tightness_is_higher_for_examples_that_are_alike():
    alike = ground(ENCODER).place(["shares and gold", "gold and shares", "shares and gold funds"])
    unlike = ground(ENCODER).place(["shares and gold", "fever pills", "bake bread"])

    assert tightness(alike) > tightness(unlike)
