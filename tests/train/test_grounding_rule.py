import random

import pytest

from guard.text.support import FEATURES
from guard.train import grounding_rule
from guard.train.grounding_rule import Row, fit, main, spoil
from tests.train.test_corpus import write_sets


@pytest.mark.parametrize(
    "answer", ["It costs 8 euros.", "Sales rose.", "He met Anna Berg.", "销售额增长了。"]
)
def test_spoil_changes_one_thing(answer):
    assert spoil(answer, ["Ines Holt"], random.Random(1)) not in (None, answer)


def test_spoil_leaves_what_it_cannot_change():
    assert spoil("a quiet day", [], random.Random(1)) is None


def test_fit_weighs_the_feature_that_tells():
    telling = FEATURES.index("number_clash")
    rows = [
        Row("made", tuple(float(label and place == telling) for place in range(len(FEATURES))), label, False)
        for label in (0, 1)
        for _ in range(20)
    ]

    intercept, weights = fit(rows)

    assert intercept < 0
    assert max(weights) == weights[telling] > 1


def checked(number, label, split="all"):
    text = f"It costs {number} euros to enter the old mill of the town."
    return {
        "id": f"{number}", "split": split, "label": label, "answer": text,
        "context": text if label == "supported" else "The bridge was painted in a dark green.",
    }  # fmt: skip


def sets(folder, splits=("all",)):
    rows = [
        checked(number, label, split)
        for split in splits
        for number in range(30)
        for label in ("supported", "hallucinated")
    ]
    return write_sets(folder, {("grounding", name, "train"): rows for name in grounding_rule.TRUE})


def test_main_fits_on_no_row_for_measuring(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert main(["--data", str(sets(tmp_path / "a"))]) == 0
    plain = capsys.readouterr().out
    assert main(["--data", str(sets(tmp_path / "b", ("all", "test", "dev", "validation")))]) == 0

    assert capsys.readouterr().out == plain
    assert "WEIGHTS" in plain


def test_main_takes_the_folder_of_the_sets_too(tmp_path, capsys):
    sets(tmp_path)
    main(["--data", str(tmp_path)])
    whole = capsys.readouterr().out

    assert main(["--data", str(tmp_path / "grounding")]) == 0
    assert capsys.readouterr().out == whole


def test_main_says_what_is_missing(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 1
    assert "no faithdial_audit.jsonl.gz" in capsys.readouterr().err

    sets(tmp_path)
    (tmp_path / "grounding/q2_wow.jsonl.gz").write_bytes(b"no such thing")
    assert main(["--data", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "q2_wow.jsonl.gz: not a set of labelled rows, or damaged" in line
