import json

import pytest

from guard.evaluate.grounding import balanced_accuracy, bootstrap, main, measure, overlap

ROWS = [
    {
        "id": "1",
        "context": "The fee is 8 euros.",
        "answer": "The fee is 8 euros.",
        "label": "supported",
        "lang": "en",
    },
    {
        "id": "2",
        "context": ["The fee is 8 euros."],
        "answer": "The fee is 9 euros.",
        "label": "hallucinated",
        "spans": [{"start": 11, "end": 18}],
        "lang": "en",
    },
]


def test_overlap_is_the_share_of_the_longest_common_subsequence():
    assert overlap("red green blue", "blue red green") == pytest.approx(2 / 3)
    assert overlap("red", "red") == 1.0
    assert overlap("", "red") == 1.0


def test_measure_counts_characters_rightly_marked():
    scores = measure(ROWS)["en"]

    assert scores.labels == [0, 1]
    assert scores.rule[1] > 0.5 > scores.rule[0]
    assert scores.spans == [(7, 7, 7, 19)]


def test_metrics_tell_a_perfect_from_a_turned_score():
    assert balanced_accuracy([0, 1, 1], [0.9, 0.1, 0.9], 0.5) == 0.25
    low, high = bootstrap([0, 1] * 20, [0.2, 0.8] * 20, rounds=40)
    assert low == high == 1.0


def test_main_prints_a_row_per_set_and_language(tmp_path, capsys):
    (tmp_path / "tiny.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")

    assert main(["--data", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| tiny | en | 2 | 1 | 1.00 |")


def test_main_refuses_what_is_no_folder(tmp_path):
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path / "missing")])
