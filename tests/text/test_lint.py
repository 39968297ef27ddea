"""The starter lists, and what is said about entries that fire on harmless text."""

import json
from pathlib import Path

import pytest

from guard.policy.shipped import innocent_texts
from guard.text import lint as linting
from guard.text.lexicon import Entry, Lexicon, read
from guard.text.lint import lint
from guard.text.search import Search

ROOT = Path(__file__).parents[2]
LISTS = sorted((ROOT / "policies" / "lexicons").glob("*.yaml"))
SENTENCES = [
    json.loads(line)
    for line in (ROOT / "datasets" / "innocent_words" / "data.jsonl").read_text("utf-8").splitlines()
]
INNOCENT = [row for row in SENTENCES if not row["known_failure"]]
FAILURES = [row for row in SENTENCES if row["known_failure"]]


def test_lint_says_what_fired_how_often_and_why():
    lexicon = Lexicon((Entry("天", line=1), Entry("rascal", line=2), Entry("never", line=3)))

    first, second = lint(lexicon, ["天 很蓝", "一天 天", "r.a.s.c.a.l here"])

    assert (first.entry.word, first.texts, first.disguises) == ("天", 2, {"": 2})
    assert first.examples == ("‹天› 很蓝", "一天 ‹天›")
    assert (
        first.why
        == "a short word that ordinary text uses: list the phrases that are meant, or set needs_context"
    )
    assert (second.entry.word, second.texts, second.disguises) == ("rascal", 1, {"separators": 1})
    assert second.why.startswith("read as separators:")


def test_lint_says_that_the_context_of_an_entry_is_judged():
    (fired,) = lint(Lexicon((Entry("天", line=1, needs_context=True),)), ["天 很蓝"])

    assert (
        fired.why
        == "counts only where the model judges the text around it harmful, which is not looked at here"
    )


def test_lint_finds_in_many_texts_what_it_finds_in_each(monkeypatch):
    words = Lexicon(tuple(map(Entry, ["天", "ab", "xy", "rascal", "地天"])))
    texts = [
        "天地",
        "天",
        "a",
        "b a",
        "b ra",
        "scal",
        "r.a",
        "s.c.a.l",
        "ху",
        "из",
        "rascal",
        "\uffff天",
        "",
    ] * 3
    together = lint(words, texts)
    monkeypatch.setattr(linting, "_BATCH", 1)

    assert lint(words, texts) == together
    assert {one.entry.word: one.texts for one in together} == {"天": 6, "xy": 3, "rascal": 3}


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_starter_lists_leave_innocent_sentences_alone(path):
    fired = lint(read(path), [row["text"] for row in INNOCENT])

    assert [(item.entry.word, item.examples) for item in fired] == []


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_starter_lists_name_no_word_twice_and_find_every_one(path):
    lexicon = read(path)
    words = [entry.word for entry in lexicon.entries]
    search = Search(lexicon)

    assert sorted(set(words)) == sorted(words)
    assert [word for word in words if not search.hits(word)] == []


def test_innocent_sentences_are_innocent_for_the_very_words_they_come_near():
    near = Lexicon(
        tuple({row["near"]: Entry(row["near"]) for row in INNOCENT}.values()), ("三黄片", "牛黄片")
    )
    fired = lint(near, [row["text"] for row in INNOCENT])

    assert [(item.entry.word, item.examples) for item in fired] == []


@pytest.mark.parametrize("row", FAILURES, ids=lambda row: row["id"])
def test_known_failures_still_fail_and_an_allowed_word_clears_them(row):
    near = Entry(row["near"])

    assert Search(Lexicon((near,))).hits(row["text"])
    assert not Search(Lexicon((near,), allow=(row["text"],))).hits(row["text"])


def test_lint_corpus_leaves_known_failures_out():
    texts = innocent_texts()

    assert {row["text"] for row in INNOCENT} <= set(texts)
    assert not {row["text"] for row in FAILURES} & set(texts)
