"""The second tier of the citation filter: what is read beside what, and what follows from it."""

import pytest

from guard.errors import OptionError
from guard.filters.citation import MISSING_SOURCE, UNSUPPORTED, Citation
from guard.models import reader
from guard.models.encoder import Encoder
from guard.models.reader import Reader
from guard.types import Exchange, Finding, Source, Stage, Unjudged
from tests import tiny_encoder
from tests.knowing_encoder import CONTRADICTED, SUPPORTED, KnowingEncoder

SOURCES = (
    Source("The museum opened on 12 March 1998. Admission costs 8 euros."),
    Source("The hall was bought by Anna Berg from Otto Lind.", title="A history of the harbour hall"),
    Source("全馆共有藏品2.4万件，周一闭馆。"),
    Source(" ", title="Museum"),
)
SAID = "Admission costs 8 euros [1]."
REWORDED = "Visitors are charged to get in [1]."
SWAPPED = "Otto Lind bought the hall from Anna Berg [2]."
KNOWN = {("charged", "Admission"): SUPPORTED, ("bought", "bought"): CONTRADICTED}


@pytest.fixture
def serve(monkeypatch):
    def serve(known, **more):
        made = KnowingEncoder(known, **more)
        monkeypatch.setattr(reader, "shipped", lambda: Reader(made))
        return made

    return serve


def scan(answer, **options):
    exchange = Exchange.of("", sources=SOURCES, response=answer)
    made = Citation(**options)
    return [item for part in exchange.parts(Stage.OUTPUT) for item in made.scan(part, exchange)]


def show(place):
    return getattr(SOURCES[int(place.part[8])], place.part.rpartition(".")[2])[place.start : place.end]


def test_model_reads_what_the_rule_is_not_sure_of_beside_the_cited_source_alone(serve):
    encoder = serve(KNOWN)
    items = scan(f"{SAID} {REWORDED} The hall was bought by Kai Voss [2].", sure=[0.2, 0.95])

    assert [claim.strip(" .") for claim, _ in encoder.asked[0]] == ["Visitors are charged to get in"]
    assert {text for _, text in encoder.asked[0]} == {SOURCES[0].text}
    assert [item.tier for item in items if isinstance(item, Finding)] == ["rule", "model", "model"]


def test_model_is_asked_once_for_all_that_cite_the_same(serve):
    encoder = serve(KNOWN)
    scan(f"{REWORDED} {SWAPPED} Guests are charged a fee [1].")

    assert [len({claim for claim, _ in pairs}) for pairs in encoder.asked] == [2, 1]


def test_model_clears_a_statement_in_other_words(serve):
    serve(KNOWN)
    (by_rule,) = scan(REWORDED, model=False)
    (read,) = scan(REWORDED)

    assert (by_rule.tier, by_rule.score >= 0.5) == ("rule", True)
    assert (read.tier, read.score >= 0.5) == ("model", False)


def test_model_finds_a_statement_made_of_the_sources_words_and_shows_where_it_read(serve):
    serve(KNOWN)
    by_rule = scan(SWAPPED, model=False)
    (read,) = scan(SWAPPED)

    assert max(item.score for item in by_rule) < 0.5
    assert (read.label, read.tier, read.score >= 0.5) == (UNSUPPORTED, "model", True)
    assert read.reason == "sources[1].text says otherwise"
    assert [show(place) for place in read.evidence] == [SOURCES[1].text]


def test_model_leaves_the_clash_that_the_rule_saw_as_the_reason(serve):
    serve({})
    (found,) = scan("Admission costs 9 euros [1].")

    assert (found.tier, [show(place) for place in found.evidence]) == ("model", ["8 euros"])


def test_model_that_misses_a_statement_in_the_cited_source_names_the_one_that_should_be_cited(serve):
    serve({})
    (found,) = scan("Admission costs 8 euros [2].", sure=[0.0, 1.0])

    assert found.tier == "model"
    assert found.reason.endswith("sources[0].text does")
    assert show(found.evidence[-1]) == "Admission costs 8 euros."


@pytest.mark.parametrize(
    ("known", "wrong"),
    [({("collection", "藏品"): SUPPORTED}, False), ({("collection", "藏品"): CONTRADICTED}, True)],
)
def test_model_reads_cited_sources_in_another_script(serve, known, wrong):
    serve(known)
    (found,) = scan("The collection is shown on Tuesdays [3].")

    assert (found.tier, found.score >= 0.5) == ("model", wrong)


def test_model_says_when_something_was_too_long(serve):
    serve(KNOWN, cut=True)
    said = [item.reason for item in scan(f"{REWORDED} {SWAPPED}") if isinstance(item, Unjudged)]

    assert said == ["a statement or a passage is too long to be read to its end"]


def test_model_is_not_asked_about_a_source_without_text(serve):
    encoder = serve(KNOWN)

    assert [type(item) for item in scan("The museum is worth a visit in May [4].")] == [Unjudged]
    assert encoder.asked == []


def test_sources_cited_together_are_held_apart_by_rule(serve):
    serve({("admission", "Admission"): SUPPORTED})
    whole, *apart = scan("The admission costs 8 euros [1][2].")
    (added,) = [item for item in apart if item.score >= 0.5]

    assert (whole.tier, whole.score < 0.5) == ("model", True)
    assert (added.tier, added.reason) == (
        "rule",
        "sources[1] adds nothing to what the other cited sources say",
    )


def test_markers_are_no_matter_for_the_model(serve):
    encoder = serve(KNOWN)
    (found,) = scan("Admission costs 8 euros [9].")

    assert (found.label, found.tier, encoder.asked) == (MISSING_SOURCE, "", [])


@pytest.mark.parametrize("sure", [[0.9, 0.1], [0.5], [-0.1, 0.5]])
def test_sure_out_of_range_is_refused(sure):
    with pytest.raises(OptionError, match="two scores in order"):
        Citation(sure=sure)


def test_model_of_random_weights_goes_all_the_way(monkeypatch, tmp_path):
    made = Reader(Encoder.load(tiny_encoder.make(tmp_path).folder, threads=1))
    monkeypatch.setattr(reader, "shipped", lambda: made)
    items = scan(
        f"{SAID} {REWORDED} {SWAPPED} 全馆共有藏品2.4万件[3]。 It is shown on Tuesdays [3].", sure=[0.0, 1.0]
    )
    found = [item for item in items if isinstance(item, Finding)]

    assert [item.tier for item in found] == ["model"] * 5
    assert all(0 < item.score < 1 for item in found)
