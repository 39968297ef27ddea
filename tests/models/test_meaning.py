"""What the model makes of words where they stand."""

from guard.models.meaning import MOST_PASSAGES, Meaning
from guard.text.lexicon import Entry, Lexicon
from guard.text.search import Search
from tests.word_judge import WordJudge

SEARCH = Search(Lexicon((Entry("shoot"),)))


def test_meaning_is_the_highest_score_of_a_label_of_harm():
    judge = WordJudge()
    text = "We went there in order to shoot a film about mountains. I am going to shoot you all this evening."
    meaning = Meaning(judge, text, "output")

    assert [meaning.harm(hit) for hit in SEARCH.hits(text)] == [0.1, 0.9]
    assert {kind for _, kind in judge.read} == {"output"}
    assert meaning.uncovered == set()


def test_meaning_reads_a_passage_once():
    judge = WordJudge()
    text = "They shoot and shoot and shoot until all of the film has been used up."
    meaning = Meaning(judge, text, "input")

    assert [meaning.harm(hit) for hit in SEARCH.hits(text)] == [0.1] * 3
    assert len(judge.read) == 1


def test_meaning_stops_after_many_passages():
    judge = WordJudge()
    text = " ".join(
        f"We went there in order to shoot a film about mountain number {number}." for number in range(80)
    )
    meaning = Meaning(judge, text, "input")

    scores = [meaning.harm(hit) for hit in SEARCH.hits(text)]

    assert scores == [0.1] * MOST_PASSAGES + [None] * (80 - MOST_PASSAGES)
    assert len(judge.read) == MOST_PASSAGES


def test_meaning_names_languages_that_the_model_does_not_cover():
    text = "Wir wollen heute Abend endlich diesen Film fertig machen, also shoot, was das Zeug hält."
    meaning = Meaning(WordJudge(), text, "input")

    (hit,) = SEARCH.hits(text)
    meaning.harm(hit)

    assert meaning.uncovered == {"de"}


def test_meaning_of_what_cannot_be_read_is_harm():
    class Blind(WordJudge):
        def judge(self, text, kind):
            return []

    (hit,) = SEARCH.hits("shoot")

    assert Meaning(Blind(None), "shoot", "input").harm(hit) == 1.0
