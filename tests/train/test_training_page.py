"""The page on training names every setting of the card, and shows rows that the readers take."""

import csv
import gzip
import json
import re
from pathlib import Path

from guard.train import corpus, name_corpus
from guard.train.encoder import LARGE, SMALL
from guard.train.guard_model import settings
from guard.train.pair import pairs

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_training_page_explains_every_setting_of_the_card():
    table = PAGE.partition("## What the settings in the card mean")[2].partition("##")[0]
    explained = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)))

    assert sorted(explained) == sorted(settings(SMALL))


def test_training_page_says_how_much_is_read():
    for name, stages in (("LARGE", LARGE), ("SMALL", SMALL)):
        batches = sum(sum(stage.batches.values()) for stage in stages)
        assert f"`{name}`: {batches:,} batches of up to {stages[0].pieces:,} pieces" in PAGE


def test_training_page_shows_rows_that_are_read(tmp_path):
    shown = [json.loads(line) for line in re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()]
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        listed = csv.DictWriter(
            file,
            re.findall(
                r"`(\w+)`",
                " ".join(re.findall(r"^\| (`area`|`name`|`use`|`licence`, `source`) \|", PAGE, re.MULTILINE)),
            ),
        )
        listed.writeheader()
        for one in shown:
            listed.writerow(
                {"area": one["area"], "name": one["name"], "use": "train", "licence": "", "source": ""}
            )
    for one in shown:
        (tmp_path / one["area"]).mkdir(exist_ok=True)
        with gzip.open(tmp_path / one["area"] / f"{one['name']}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write(json.dumps(one["row"], ensure_ascii=False) + "\n")
    found = {pair.name.partition("/")[0] for pair in pairs(tmp_path, 1)}

    assert [row.source for row in corpus.public(tmp_path)] == ["cold_train_dev"]
    assert {"halueval", "snli_counterfactual"} <= found
    assert [len(text.marks) for text in name_corpus.marked(tmp_path)] == [2]
