import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.filters.citation import MALFORMED, MISSING, MISSING_SOURCE, UNSUPPORTED, Citation
from guard.pipeline.guard import Guard
from guard.types import Action, Exchange, Finding, Source, Stage, Unjudged

SOURCES = (
    Source("The museum opened on 12 March 1998. Admission costs 8 euros."),
    Source("全馆共有藏品2.4万件，周一闭馆。", title="云湖博物馆简介", url="https://museum.example/about"),
    Source("The theatre next door has 900 seats.", id="theatre-3"),
)


def scan(answer, *, sources=SOURCES, question="", **options):
    exchange = Exchange.of(question, sources=sources, response=answer)
    made = Citation(**{"model": False, **options})
    return [item for part in exchange.parts(Stage.OUTPUT) for item in made.scan(part, exchange)]


def words(answer, label, **more):
    found = [item for item in scan(answer, **more) if isinstance(item, Finding)]
    return [answer[item.start : item.end] for item in found if item.label == label and item.score >= 0.5]


def test_citation_shows_the_place_in_the_cited_source_that_says_otherwise():
    (finding,) = scan("Admission costs 9 euros [1].")
    (place,) = finding.evidence

    assert (finding.label, place.part) == (UNSUPPORTED, "sources[0].text")
    assert SOURCES[0].text[place.start : place.end] == "8 euros"
    assert "9" not in finding.reason


def test_citation_shows_the_source_that_should_have_been_cited():
    (finding,) = scan("Admission costs 8 euros [theatre-3].")
    place = finding.evidence[-1]

    assert finding.score >= 0.5
    assert place.part == "sources[0].text"
    assert SOURCES[0].text[place.start : place.end] == "Admission costs 8 euros."
    assert "sources[0].text does" in finding.reason


def test_citation_counts_what_the_title_says():
    answer = "云湖博物馆周一闭馆[2]。"

    assert words(answer, UNSUPPORTED) == []
    assert words(answer, UNSUPPORTED, sources=(*SOURCES[:1], Source(SOURCES[1].text))) == [answer]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("Admission costs 8 euros [1]. The theatre has 900 seats [1].", ["The theatre has 900 seats [1]."]),
        ("全馆藏品24000件^[2]^，周一闭馆^[2]^。", []),
        ("全馆藏品34000件^[2]^，周一闭馆^[2]^。", ["全馆藏品34000件^[2]^"]),
        ("周一闭馆（[简介](https://museum.example/about)）。", []),
        ("Admission costs 8 euros and the theatre has 900 seats [1][theatre-3].", []),
        ("Admission costs 8 euros [1][theatre-3].", ["[theatre-3]"]),
        ("The theatre has 900 seats. Admission costs 8 euros. [1][theatre-3]", []),
        ("| price | seats |\n|---|---|\n| 9 euros [1] | 900 |", ["| 9 euros [1] | 900 |"]),
        ("您好！很高兴为您服务[1]。", []),
        ("Who built it [1]?", []),
        ("见[1]。", []),
    ],
)
def test_citation_judges_each_statement_by_its_own_sources(answer, wrong):
    assert words(answer, UNSUPPORTED) == wrong


def test_citation_takes_what_the_question_says():
    answer, question = "Admission for Tamsin Drake costs 8 euros [1].", "What does Tamsin Drake pay?"

    exchange = Exchange.of(question, sources=SOURCES, response=answer)
    (part,) = exchange.parts(Stage.OUTPUT)
    (strict,) = Citation(question=False, model=False).scan(part, exchange)

    assert words(answer, UNSUPPORTED, question=question) == []
    assert strict.score >= 0.5


@pytest.mark.parametrize(
    ("answer", "bare"),
    [
        ("Admission costs 8 euros [1]. It opened in 1998.", ["It opened in 1998."]),
        ("全馆共有藏品2.4万件。周一闭馆[2]。", ["全馆共有藏品2.4万件。"]),
        ("您好！\n\n## 概况\n\n以下是主要信息：\n- 周一闭馆[2]", []),
        (
            "The museum in short [1]:\n- opened in 1998\n- costs 8 euros\n\nIt has 3 floors.",
            ["It has 3 floors."],
        ),
        ("Admission costs 8 euros [1].\n\nReferences:\n1. Museum guide, 2020.", []),
        ("Admission costs 8 euros [1].\n\n[1]: https://museum.example/guide-2020", []),
        ("| price | 8 euros |\n|---|---|\n| seats | 900 in all |", []),
        ("```\nprice = 8\n```", []),
        ("资料中没有提到建筑师。", []),
        ("Yes.", []),
    ],
)
def test_citation_demands_one_on_every_statement(answer, bare):
    assert words(answer, MISSING, required=True) == bare
    assert words(answer, MISSING) == []


def test_citation_finds_what_is_wrong_with_the_marker_itself():
    answer = "Admission costs 8 euros [1][7]. It opened in 1998 ^[1]."

    assert words(answer, MISSING_SOURCE) == ["[7]"]
    assert words(answer, MALFORMED) == ["^[1]"]


def test_citation_says_when_a_cited_source_holds_no_text():
    found = scan(
        "The museum opened in 1998 [1].", sources=(Source("", title="Museum", url="https://a.example"),)
    )

    assert [type(item) for item in found] == [Unjudged]


def test_citation_says_when_the_cited_source_is_in_another_script():
    found = scan("The collection is shown on Tuesdays and Fridays [2].")
    wrong = scan("The collection holds 31,000 pieces in all [2].")

    assert [type(item) for item in found] == [Unjudged]
    assert {type(item) for item in wrong} == {Finding, Unjudged}


def test_citation_ignores_reasoning():
    assert scan({"content": "", "reasoning_content": "It cost 99 euros [9]."}) == []


def test_citation_stops_a_stream_at_the_sentence():
    rule = {"id": "cited", "filter": "citation", "action": "block"}
    text = "全馆共有藏品2.4万件。^[2]^周一闭馆^[9]^。其余信息请见官网。"
    ask = Guard({"id": "p", "rules": [{**rule, "options": {"required": True, "model": False}}]}).wrap(
        lambda messages: iter(text)
    )
    stream = ask([{"role": "user", "content": "介绍一下"}], sources=[source.text for source in SOURCES])
    said = "".join(stream)

    assert said.startswith("全馆共有藏品2.4万件。^[2]^")
    assert "周一" not in said
    assert stream.decision.action is Action.BLOCK
    assert MISSING not in {found.label for found in stream.decision.findings}


@given(st.text(alphabet="[]【】^,-123 a中。.\n`¹8€", max_size=60), st.text(max_size=60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_citation_takes_any_texts(answer, source, required):
    for item in scan(answer, sources=(source, "8 a"), required=required):
        if isinstance(item, Finding):
            assert 0 <= item.start < item.end <= len(answer)
            assert 0 <= item.score <= 1
            lengths = {"sources[0].text": len(source), "sources[1].text": 3}
            assert all(0 <= place.start <= place.end <= lengths[place.part] for place in item.evidence)
