"""docs/audit.md says which names are read and what is written."""

import json
import re
from pathlib import Path

import pytest

from guard.audit import day, shape
from guard.audit.find import LINES, RESULTS, TABLES
from guard.audit.store import DECISIONS, FINDINGS, RECORD
from guard.audit.unread import unread

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")
NAMES = {
    "prompt": shape.PROMPTS,
    "messages": shape.MESSAGES,
    "earlier turns": shape.HISTORY,
    "system text": shape.SYSTEM,
    "answer": shape.RESPONSES,
    "reasoning": shape.REASONING,
    "tool calls": shape.CALLS,
    "sources": shape.SOURCES,
    "other answers": shape.SAMPLES,
    "body of the request": shape.REQUESTS,
    "body of the response": shape.RESULTS,
    "name of the record": shape.IDS,
    "time": day.NAMES,
    "notes, passed over": shape.NOTES,
    "who and where": shape.METADATA,
}


def _table(head):
    """The rows of the table that begins with a head, as pairs of cells."""
    rows = PAGE.partition(f"{head}\n| --- | --- |\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| (.*?) \| (.*) \|$", rows, re.MULTILINE))


def test_page_names_every_field_that_is_read():
    told = {
        holds: tuple(re.findall("`(.+?)`", names)) for holds, names in _table("| holds | names |").items()
    }

    assert told == NAMES
    assert {*sum(NAMES.values(), ()), "choices"} >= shape.TEXTS


def test_page_shows_records_that_are_read_whole():
    lines = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()

    for raw in map(json.loads, lines):
        (exchange,) = shape.exchanges(raw)
        assert exchange.messages and exchange.response
        assert unread(raw, [exchange]) == []


@pytest.mark.parametrize(
    "before, columns",
    [
        ("begin with these columns:", RECORD),
        ("`decisions.parquet` goes on with:", DECISIONS[len(RECORD) :]),
        ("`findings.parquet` goes on with:", FINDINGS[len(RECORD) :]),
    ],
)
def test_page_names_every_column_that_is_written(before, columns):
    told = _table(f"{before}\n\n| column | what it holds |")

    assert told == {f"`{name}`": about for name, _, about in columns}


def test_page_names_every_file_that_is_read_and_written():
    assert {f"`{name}`" for name in RESULTS} == set(_table("| file | what it holds |"))
    read = re.findall("`(.+?)`", " ".join(_table("| file | how it is read |")))
    assert sorted(read) == sorted(LINES + TABLES)
