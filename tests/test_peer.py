"""The timing of other word filters: what finds nothing is an error, and what is too slow ends."""

import sys
from pathlib import Path

import pytest

from guard.errors import InputError

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

SLOW = f"""#!{sys.executable}
import json, signal, sys

if len(json.loads(sys.stdin.readline())) > 100:
    signal.raise_signal(signal.SIGALRM)
print(json.dumps({{"version": "1.0", "loaded": 0.5, "found": ["en"]}}), flush=True)
for line in sys.stdin:
    if len(json.loads(line)[0]) > 10:
        signal.raise_signal(signal.SIGALRM)
    print(2.0, flush=True)
"""


@pytest.fixture
def rule_tier(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import rule_tier

    return rule_tier


@pytest.fixture
def peer(rule_tier):
    import peer

    return peer


@pytest.fixture
def slow(tmp_path):
    """An interpreter in which every peer is slow."""
    python = tmp_path / "python"
    python.write_text(SLOW, encoding="utf-8")
    python.chmod(0o755)
    return str(python)


def test_languages_are_those_in_which_a_listed_word_is_found(peer):
    words = ["坏蛋", "rascal"]

    assert peer.languages(lambda text: "rascal" in text or "坏蛋" in text, words) == ["zh", "en"]
    assert peer.languages(lambda text: "rascal" in text.split(), words) == ["en"]


@pytest.mark.parametrize("answer", [False, True])
def test_languages_takes_no_peer_that_always_says_the_same(peer, answer):
    with pytest.raises(AssertionError):
        peer.languages(lambda text: answer, ["坏蛋", "rascal"])


def test_a_peer_loads_finds_and_is_timed(rule_tier):
    listed = rule_tier.words(200)
    loaded = rule_tier.load("automaton", sys.executable, listed, 60)
    cells = loaded.cells({"zh": [["路口交通"]], "en": [["a text"]]}, 60)

    assert loaded.whole and loaded.answer["found"] == ["zh", "en"]
    assert len(cells) == 4 and all(float(cell) > 0 for cell in cells[2:])


def test_a_slow_peer_gets_a_part_of_the_list_and_ends_at_a_long_text(rule_tier, slow):
    loaded = rule_tier.load("sloth", slow, rule_tier.words(2_000), 3)
    cells = loaded.cells({"zh": [["短"]], "en": [["short"], ["much longer"], ["longer than that"]]}, 3)

    assert cells == [
        "sloth 1.0",
        "list not loaded in 3 s; 100 in 0.5 s",
        "finds none",
        "2",
        "> 3 s",
        "> 3 s",
    ]


def test_a_peer_that_cannot_run_is_named(rule_tier):
    with pytest.raises(InputError, match="nobody: KeyError: 'nobody'"):
        rule_tier.load("nobody", sys.executable, rule_tier.words(20), 3)


def test_a_list_that_is_too_slow_to_load_gives_no_answer(rule_tier):
    assert rule_tier.work("automaton", sys.executable, 0.0001, rule_tier.words(5_000)) == []


def test_no_listed_word_stands_in_a_text(rule_tier):
    sample = "".join(rule_tier.words(5))
    listed = rule_tier.absent(100, [sample])

    assert len(set(listed)) == 100 and not any(word in sample for word in listed)
