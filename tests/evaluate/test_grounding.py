"""The figures of the grounding filter: rows nothing learnt from, true counts, tables of what was said."""

import numpy as np
import pytest

from guard.errors import InputError
from guard.evaluate import answer, grounding_cost
from guard.evaluate.answer import Group, Labelled, draw, groups, labelled, learnt, passages, unseen
from guard.evaluate.grounding import main
from guard.evaluate.grounding_score import CASCADE, Keeper, Said, Ways, count_tiers, overlap
from guard.evaluate.grounding_table import (
    Measured,
    balanced_accuracy,
    characters,
    pair,
    published,
    samples,
    span_f1,
    tables,
)
from guard.models.encoder import shipped
from guard.text.excerpt import count_tokens
from guard.train import grounding_rule
from guard.train import pair as train_pair
from tests.train.test_corpus import write_sets

WAYS = ("rule", "encoder", "cascade", "overlap", "cosine", "length")
FEE = "The fee is 9 euros."


def row(number, label="supported", **more):
    return {
        "id": str(number),
        "context": "The fee is 8 euros.",
        "answer": f"{number}.",
        "label": label,
        **more,
    }


def said(score, end=4, tier="rule"):
    return Said({way: [(0, end, score, tier)] for way in WAYS}, dict.fromkeys(WAYS, 0.002))


def measured(rows=None, scores=None, name="qags", lang="en"):
    rows = rows or [
        Labelled(("a",), "", FEE, is_wrong, ((0, 4),) if is_wrong else ()) for is_wrong in (True, False) * 12
    ]
    scores = scores or [0.9 if row.is_wrong else 0.1 for row in rows]
    return Measured(Group(name, lang, "qa", "none", rows), [said(score) for score in scores])


def test_sets_learnt_from_are_those_of_the_training():
    assert train_pair.ANSWERS.keys() == answer.LEARNT
    assert set(grounding_rule.TRUE) == answer.FITTED


@pytest.mark.parametrize("name", sorted(answer.LEARNT))
@pytest.mark.parametrize("splits", [("train", "dev", "test"), ("dev", "test"), ("test",), ("all",)])
def test_unseen_leaves_out_what_the_encoder_learns_from(name, splits):
    rows = [row(number, split=splits[number % len(splits)]) for number in range(60)]
    learnt_from = {one["id"] for one in train_pair._divide(rows)[0]}
    kept = {one["id"] for one in unseen(name, "train", rows)}

    assert not kept & learnt_from
    assert bool(kept) == (len(learnt_from) < len(rows))


def test_unseen_keeps_the_fifth_that_the_rule_was_not_fitted_on():
    rows = [row(number) for number in range(100)]
    kept = unseen("halluqa_zh", "train", rows)

    assert kept == [one for one in rows if grounding_rule._is_held_out(one)]
    assert unseen("halluqa_zh", "dev", rows) == rows
    measured = [row(number, split="test") for number in range(20)]
    assert unseen("halluqa_zh", "train", measured) == measured


@pytest.mark.parametrize(
    ("name", "use", "split", "expected"),
    [
        ("faithdial_audit", "train", "all", "rule and encoder"),
        ("begin", "train", "all", "encoder"),
        ("bamboo_hallu", "train", "test", "none"),
        ("halluqa_zh", "train", "all", "rule"),
        ("qags", "dev", "all", "none"),
    ],
)
def test_learnt_says_which_tiers_saw_other_rows(name, use, split, expected):
    assert learnt(name, use, [row(number, split=split) for number in range(20)]) == expected


def test_groups_are_read_by_language_and_task(tmp_path):
    rows = [row(1, lang="zh", task="qa"), row(2, task="qa"), row(3, task="dialogue"), row(4, context=None)]
    write_sets(tmp_path, {("grounding", "qags", "dev"): rows, ("grounding", "halueval", "train"): [row(5)]})

    found = list(groups(tmp_path))
    assert [(one.name, one.lang, one.task, len(one.rows)) for one in found] == [
        ("qags", "en", "dialogue", 1), ("qags", "en", "qa", 1), ("qags", "zh", "qa", 1),
    ]  # fmt: skip
    with pytest.raises(InputError, match="no set qag in grounding"):
        list(groups(tmp_path, ["qag"]))


def test_draw_is_the_same_each_time_and_in_order():
    rows = [row(number) for number in range(50)]
    drawn = draw(rows, 5)

    assert drawn == draw(rows, 5) == sorted(drawn, key=lambda one: int(one["id"]))
    assert len(drawn) == 5


def test_labelled_knows_spans_of_right_answers_only_where_given_of_wrong_ones():
    span = {"start": 0, "end": 1}

    assert labelled("qags", row(1)).spans == ()
    assert labelled("qags", row(1, "hallucinated")).spans is None
    assert labelled("qags", row(1, "hallucinated", spans=[span])).spans == ((0, 1),)
    assert labelled("wice_claims", row(1, context=["(meta data) A.", "B."])).sources == ("A.\nB.",)


def test_passages_find_their_sentences_in_turn(tmp_path):
    sentences = [{"text": "Yes.", "label": "supported"}, {"text": "Yes.", "label": "hallucinated"}]
    one = {"answer": "Yes. Yes.", "sentences": sentences, "samples": ["Yes."]}
    write_sets(tmp_path, {("consistency", answer.WIKI_BIO, "train"): [one]})

    found = passages(tmp_path)
    assert found is not None
    assert found.rows[0].sentences == (((0, 4), False), ((5, 9), True))


def test_overlap_is_the_share_of_the_longest_common_subsequence():
    assert overlap("red green blue", "blue red green") == pytest.approx(2 / 3)
    assert overlap("red", "red") == 1.0
    assert overlap("", "red") == 1.0


def test_said_is_as_bad_as_its_worst_mark():
    both = Said({"rule": [(0, 4, 0.2, "rule"), (6, 9, 0.7, "rule")]}, {})

    assert both.score("rule") == 0.7
    assert both.score_within("rule", (0, 6)) == 0.2
    assert both.score_within("rule", (4, 6)) == 0.0


def test_count_tiers_counts_every_sentence_once():
    marks = [(0, 3, 0.9, "model"), (4, 7, 0.9, "model"), (20, 39, 0.1, "rule")]

    assert count_tiers(f"{FEE} {FEE}", marks) == {"model": 1, "rule": 1}


def test_ways_all_speak_of_the_same_answer():
    found = Ways(shipped()).ask(Labelled(("The fee is 8 euros.",), "", FEE, True))

    assert tuple(found.marks) == tuple(found.seconds) == WAYS
    assert found.score("rule") > 0.5
    assert found.score("length") == len(FEE)
    assert all(0 <= found.score(way) <= 1 for way in WAYS[:-1])
    assert count_tiers(FEE, found.marks[CASCADE]).total() == 1


class Counting(Ways):
    """Says the same of every answer, and counts how often it was asked."""

    def __init__(self):
        self.asked = 0

    def ask(self, row):
        self.asked += 1
        return said(0.5)


def test_keeper_goes_on_where_a_run_was_cut(tmp_path, capsys):
    ways = Counting()
    rows = [Labelled(("a",), "", str(number), False) for number in range(3)]
    first = Keeper(ways, tmp_path).ask(Group("qags", "en", "qa", "none", rows[:2]))
    (kept,) = tmp_path.rglob("*.jsonl")
    kept.write_text(kept.read_text(encoding="utf-8")[:-5], encoding="utf-8")
    again = Keeper(ways, tmp_path).ask(Group("qags", "en", "qa", "none", rows))

    assert ways.asked == 2 + 2
    assert [one.score("rule") for one in first + again] == [0.5] * 5
    assert "qags en qa: 3 of 3" in capsys.readouterr().err


def test_pair_puts_wrong_beside_right_answers_of_like_length():
    lengths = [100, 10, 108, 200, 205, 30, 31, 95]
    truth = np.array([True, True, False, True, False, True, True, False])

    assert pair(lengths, truth) == [(0, 7), (3, 4)]
    assert pair(lengths, ~truth) == [(7, 0), (4, 3)]
    assert pair([], truth) == []


def test_tables_of_pairs_of_like_length_leave_nothing_to_length():
    rows = [
        Labelled(("a",), "", "x" * (100 if is_wrong else 1), is_wrong)
        for is_wrong in [True] * 20 + [False] * 20
    ]
    rows += [Labelled(("a",), "", "x" * 50, is_wrong) for is_wrong in (True, False) * 10]
    text = "\n".join(tables([measured(rows, [float(len(row.text)) for row in rows])]))
    pairs = text.split("of like length")[1].split("###")[0]

    assert "| `qags` | en | qa | 10 | **0.500** [0.500, 0.500] |" in pairs


def test_balanced_accuracy_tells_a_perfect_from_a_turned_score():
    truth, scores = np.array([False, True, True]), np.array([0.9, 0.1, 0.9])

    assert balanced_accuracy(truth, scores) == 0.25
    assert balanced_accuracy(truth, truth.astype(float)) == 1.0


def test_characters_count_what_is_rightly_marked():
    one = measured([Labelled(("a",), "", FEE, True, ((2, 8),))], [0.9])

    assert characters(one, 0, "rule") == (2, 4, 6)
    assert characters(one, 0, "") == (6, len(FEE), 6)
    assert characters(measured(one.group.rows, [0.4]), 0, "rule") == (0, 0, 6)
    assert span_f1(np.array([True]), np.array([[2, 4, 6]])) == 0.4


def test_tables_show_every_measure_with_the_best_in_bold():
    text = "\n".join(tables([measured(), measured(name="rgb", lang="zh"), measured(name="rgb")]))

    assert text.count("### ") == 8
    assert "| `qags` | en | qa | none | 24 | 12 | 12 |" in text
    assert "| `qags` | en | qa | **1.000** [1.000, 1.000] |" in text
    assert "| `qags` | en | qa | 12 | **1.000** [1.000, 1.000] |" in text
    assert "| `qags` | en | qa | 24 | 100% | 0% | 2.0 | 2.0 | 2.0 |" in text
    assert "| sets in both languages | zh | ROC-AUC | 1 |" in text


def test_tables_leave_out_figures_of_too_few_answers():
    text = "\n".join(tables([measured([Labelled(("a",), "", FEE, True, ((0, 4),))] * 3)]))

    assert "| `qags` | en | qa | none | 3 | 3 | 3 |" in text
    assert "| `qags` | en | qa | 3 | **" in text
    assert text.split("### ROC-AUC")[1].split("###")[0].count("qags") == 0


def test_samples_rank_sentences():
    sentences = (((0, 4), True), ((5, 9), False))
    rows = [Labelled(("a",), "", "Yes. No.", True, None, sentences)] * 2
    text = "\n".join(samples(measured(rows, [0.9, 0.9], name=answer.WIKI_BIO)))

    assert f"| `{answer.WIKI_BIO}` | 4 | 2 | 0.500 | **1.000** [1.000, 1.000] |" in text


def test_published_figures_are_shares_with_a_source():
    lines = [line.strip("| ").split(" | ") for line in published() if line.startswith("| ")][2:]

    assert len({tuple(cells[:4]) for cells in lines}) == len(lines) > 20
    for cells in lines:
        assert 0 < float(cells[4]) < 1
        assert cells[5].rsplit(", ")[-1] in ("first hand", "second-hand", "third party")


def test_cost_grows_sources_to_the_tokens_asked_for():
    texts = grounding_cost.sources(2000, 1)

    assert texts == grounding_cost.sources(2000, 1)
    assert 1900 < sum(map(count_tokens, texts)) < 2100
    for far in (False, True):
        assert 125 < count_tokens(grounding_cost.answer(texts, far=far).text) <= 150


@pytest.mark.parametrize(("load", "is_busy"), [(0.4, False), (9.0, True)])
def test_cost_says_whether_the_aims_are_met_and_the_machine_was_busy(monkeypatch, load, is_busy):
    monkeypatch.setattr(grounding_cost.os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(grounding_cost.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(grounding_cost, "measure", lambda tokens: dict.fromkeys(grounding_cost.AIMS, 8.0))
    lines = list(grounding_cost.tables())

    assert lines[0].startswith("Measured on a busy machine") == is_busy
    assert "| rule | 8.0 | 3 | no |" in lines
    assert "| cascade, words shared | 8.0 | 250 | yes |" in lines
    assert "| 2,000 | 8.0 | 8.0 | 8.0 | 4.00 | 4.00 | 4.00 |" in lines


def test_main_says_what_is_missing(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 2
    assert "manifest.csv" in capsys.readouterr().err
    assert main(["--tokens", "--out", str(tmp_path / "page.md")]) == 2
    with pytest.raises(SystemExit):
        main([])


def test_main_leaves_a_page_alone_when_there_is_nothing_to_measure(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- generated: figures -->\nold\n<!-- end: figures -->", encoding="utf-8")
    (tmp_path / "manifest.csv").write_text("area,name,use\ngrounding,qags,dev\n", encoding="utf-8")

    assert main(["--data", str(tmp_path), "--out", str(page)]) == 2
    assert main(["--data", str(tmp_path), "--out", str(page), "--sets", "qags"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path}: no labelled answers to measure on",
        f"{tmp_path / 'grounding' / 'qags.jsonl.gz'}: no such file",
    ]
    assert "old" in page.read_text(encoding="utf-8")
