import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.filters.grounding import CONTRADICTED, UNSUPPORTED, Grounding
from guard.types import Exchange, Finding, Stage, Unjudged

SOURCE = "The museum opened on 12 March 1998. Admission costs 8 euros. 全馆共有藏品2.4万件。"


def scan(answer, *sources, question="", model=False):
    exchange = Exchange.of(question, sources=sources or (SOURCE,), response=answer)
    made = Grounding(model=model)
    return [item for part in exchange.parts(Stage.OUTPUT) for item in made.scan(part, exchange)]


def words(answer, *sources, label, **more):
    found = [item for item in scan(answer, *sources, **more) if isinstance(item, Finding)]
    return [answer[item.start : item.end] for item in found if item.label == label and item.score >= 0.5]


def test_grounding_shows_the_place_that_contradicts():
    finding = next(item for item in scan("Admission costs 9 euros.") if item.label == CONTRADICTED)
    place = finding.evidence[0]

    assert place.part == "sources[0].text"
    assert SOURCE[place.start : place.end] == "8 euros"
    assert "9" not in finding.reason


@pytest.mark.parametrize(
    "answer",
    [
        "The museum opened in March 1998.",
        "It opened on 1998-03-12.",
        "全馆共有藏品两万四千件。",
        "全馆藏品24,000件。",
        "What would you like to know?",
        "您好，希望对您有帮助！",
        "```py\nprice = 99\n```",
    ],
)
def test_grounding_leaves_what_is_said_and_what_claims_nothing(answer):
    assert words(answer, label=CONTRADICTED) + words(answer, label=UNSUPPORTED) == []


def test_grounding_takes_what_the_question_says():
    answer, question = "Admission for Tamsin Drake costs 8 euros.", "What does Tamsin Drake pay?"

    assert words(answer, label=UNSUPPORTED, question=question) == []
    assert "Tamsin" in words(answer, label=UNSUPPORTED)


def test_grounding_takes_what_a_title_says():
    answer = "The Halden Bridge opened in 1931."
    text = "It opened in 1931."

    assert words(answer, {"title": "Halden Bridge", "text": text}, label=UNSUPPORTED) == []
    assert words(answer, text, label=UNSUPPORTED) == [answer]


def test_grounding_points_at_the_title_that_contradicts():
    source = {"title": "Admission costs 8 euros", "text": "Pay at the desk."}
    finding = next(item for item in scan("Admission costs 9 euros.", source) if item.label == CONTRADICTED)

    assert finding.evidence[0].part == "sources[0].title"


@pytest.mark.parametrize("model", [False, True])
def test_grounding_shows_the_words_of_a_source_of_which_only_the_title_is_shared(model):
    source = {"title": "城市图书馆", "text": "周一闭馆。借书须凭读者证。"}
    (finding,) = scan("城市图书馆内设有咖啡厅。", source, model=model)

    assert [place.part for place in finding.evidence] == ["sources[0].text"]
    assert source["text"][finding.evidence[0].start :].startswith("周一闭馆。")


def test_grounding_scores_every_claim_however_low():
    found = scan("Admission costs 8 euros. The museum opened on 12 March 1998.")

    assert [item.label for item in found] == [UNSUPPORTED, UNSUPPORTED]
    assert all(item.score < 0.5 for item in found)


def test_grounding_judges_one_sentence_as_it_judges_it_in_the_whole_answer():
    first, second = "The museum opened on 13 March 1998.", "Admission costs 8 euros."
    apart = [item.score for sentence in (first, second) for item in scan(sentence)]

    assert apart == [item.score for item in scan(f"{first} {second}")]


def test_grounding_ignores_reasoning():
    exchange = Exchange.of(
        "", sources=[SOURCE], response={"content": "", "reasoning_content": "It cost 99 euros."}
    )

    assert [list(Grounding().scan(part, exchange)) for part in exchange.parts(Stage.OUTPUT)] == [[]]


def test_grounding_says_when_the_sources_are_in_another_script():
    found = scan(
        "门票价格为九欧元，这座博物馆非常值得参观。", "Admission costs 8 euros. It is open daily to visitors."
    )

    assert [item for item in found if isinstance(item, Unjudged)]
    assert not [item for item in found if isinstance(item, Finding) and item.start == 0]


def test_grounding_says_when_the_sources_are_empty():
    assert [type(item) for item in scan("It costs 9 euros.", " ")] == [Unjudged]


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=60)
def test_grounding_takes_any_texts(answer, source):
    for item in scan(answer, source):
        if isinstance(item, Finding):
            assert 0 <= item.start < item.end <= len(answer)
            assert all(0 <= place.start <= place.end <= len(source) for place in item.evidence)
