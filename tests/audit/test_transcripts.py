import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from guard.audit.read import Record, read
from guard.audit.run import audit
from guard.pipeline.guard import Guard

FOLDER = Path(__file__).parents[2] / "datasets" / "transcripts"
DATA = FOLDER / "data.jsonl"
ROWS = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]


def test_card_tells_the_truth_about_the_file():
    card = (FOLDER / "README.md").read_text("utf-8")
    content = DATA.read_bytes()
    told = dict(re.findall(r"^\| (\w+) \| (.+) \|$", card, re.MULTILINE))
    languages = Counter(row["lang"] for row in ROWS)

    assert told["rows"] == str(len(ROWS))
    assert told["size"] == f"{len(content)} bytes"
    assert told["sha256"] == f"`{hashlib.sha256(content).hexdigest()}`"
    assert told["languages"] == f"zh {languages['zh']}, en {languages['en']}"
    assert {row["tags"] for row in ROWS} <= set(re.findall(r"`(\w+)`", card))


def test_every_row_can_be_read_and_dated():
    items = list(read(DATA))

    assert len(items) == len(ROWS) >= 24
    assert all(isinstance(item, Record) and item.day and item.exchange.response for item in items)


@pytest.fixture(scope="module")
def actions(tmp_path_factory):
    import pyarrow.parquet

    summary = audit([DATA], Guard("default"), tmp_path_factory.mktemp("out"), lang="zh")
    rows = pyarrow.parquet.read_table(summary.out / "decisions.parquet").to_pylist()
    return {row["id"]: {each["action"] for each in rows if each["record"] == row["id"]} for row in ROWS}


@pytest.mark.parametrize(
    "shows, action",
    [
        ("clean", "allow"),
        ("pii", "redact"),
        ("output_pii", "redact"),
        ("reasoning_pii", "redact"),
        ("tool_call_pii", "redact"),
        ("secret", "redact"),
        ("jailbreak", "block"),
        ("planted", "block"),
        ("self_harm", "block"),
        ("contradicted", "flag"),
    ],
)
def test_default_policy_acts_on_what_a_row_shows(actions, shows, action):
    for row in ROWS:
        if row["tags"] == shows:
            assert action in actions[row["id"]], row["id"]
            assert action != "allow" or actions[row["id"]] == {"allow"}, row["id"]
