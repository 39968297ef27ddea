import json
import math
from collections import Counter

import pytest

from guard.evaluate.consistency import main, unigram, weigh
from guard.text.support import FEATURES as SUPPORT

TRUE = "The fee of the club is 8 euros."
FALSE = "The fee of the club is 9 euros and a free lunch in Vienna."


def row(number, text, label):
    return {
        "id": str(number),
        "question": "What is the fee?",
        "answer": text,
        "samples": [TRUE, TRUE, TRUE],
        "sentences": [{"text": text, "label": label}, {"text": "So they say.", "label": "unknown"}],
    }


ROWS = [row(number, *((TRUE, "supported"), (FALSE, "hallucinated"))[number % 2]) for number in range(40)]


@pytest.fixture
def folder(tmp_path):
    for name in ("tiny", "sac3"):
        lines = "".join(json.dumps(each) + "\n" for each in ROWS)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_unigram_is_the_least_probable_word():
    assert unigram("red blue", Counter({"red": 3, "blue": 1})) == pytest.approx(math.log(4))
    assert unigram("", Counter()) == 0.0


def test_weigh_gives_a_row_per_labelled_sentence():
    (true,) = weigh("tiny", ROWS[0], 2, meaning=False)
    (false,) = weigh("tiny", ROWS[1], 2, meaning=False)

    assert (true.label, false.label) == (0, 1)
    assert len(true.features) == len(SUPPORT)
    assert false.unigram > true.unigram


def test_main_writes_a_table_into_a_page(folder, tmp_path):
    page = tmp_path / "page.md"
    marks = "<!-- generated: consistency -->\n<!-- end: consistency -->\n"
    page.write_text(f"# Page\n\n{marks}", encoding="utf-8")

    status = main(["--data", str(folder), "--sets", "tiny", "--samples", "2", "--markdown", str(page)])

    assert status == 0
    assert "| tiny | 40 | 20 | 2 | ROC-AUC | 1.000 [1.000, 1.000] |" in page.read_text(encoding="utf-8")


def test_main_prints_how_many_samples_there_were(tmp_path, capsys):
    few = [{**each, "samples": each["samples"][: 1 + number % 2]} for number, each in enumerate(ROWS)]
    for name, rows in (("few", few), ("one", [{**each, "samples": [TRUE]} for each in ROWS])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")

    assert main(["--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "| few | 40 | 20 | 1 to 2 | ROC-AUC |" in out
    assert "| one | 40 | 20 | 1 | ROC-AUC |" in out


def test_main_tells_of_a_page_without_markers(folder, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("# Page\n", encoding="utf-8")

    assert main(["--data", str(folder), "--sets", "tiny", "--markdown", str(page)]) == 2
    assert "markers" in capsys.readouterr().err


def test_main_fits_only_what_may_be_trained_on(folder, capsys):
    assert main(["--data", str(folder), "--fit", "--meaning", "--samples", "2"]) == 0
    out = capsys.readouterr().out

    assert "WITH_MEANING = (" in out
    assert '"distance"' in out


def test_main_refuses_what_is_no_folder(tmp_path):
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path / "missing")])


def test_main_reads_the_folder_named_after_what_is_measured(folder, capsys):
    (folder / "consistency").mkdir()
    (folder / "tiny.jsonl").rename(folder / "consistency" / "tiny.jsonl")

    assert main(["--data", str(folder), "--sets", "tiny"]) == 0
    assert "| tiny |" in capsys.readouterr().out


@pytest.mark.parametrize(("sets", "message"), [([], "no sets"), (["tinny"], "no set 'tinny'")])
def test_main_leaves_a_page_alone_when_there_is_nothing_to_measure(sets, message, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- generated: consistency -->\nold\n<!-- end: consistency -->", encoding="utf-8")

    assert main(["--data", str(tmp_path), "--sets", *sets, "--markdown", str(page)]) == 2
    assert message in capsys.readouterr().err
    assert "old" in page.read_text(encoding="utf-8")
