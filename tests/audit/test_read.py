import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.audit.read import BrokenLine, Record, Remark, find, read, read_file, survey
from guard.errors import InputError

GOOD = b'{"prompt": "q", "response": "a"}\n'


def _brief(item):
    if isinstance(item, Record):
        answer = item.exchange.response and item.exchange.response.content
        return item.line, item.exchange.messages[0].text, answer
    return (item.line, item.reason) if isinstance(item, BrokenLine) else item.text


def _read(path, content):
    path.write_bytes(content)
    return [_brief(item) for item in read(path)]


def test_read_goes_on_after_broken_lines(tmp_path):
    lines = [
        b"\xef\xbb\xbf" + GOOD,
        b"{bad\n",
        b"\n",
        b'{"prompt": "\xff"}\n',
        b'{"prompt": "\0"}\n',
        b"5\n",
        b"[" * 100_000 + b"\n",
        b'{"prompt": ' + b"9" * 5000 + b"}\n",
        GOOD.rstrip(),
    ]

    assert _read(tmp_path / "log.jsonl", b"".join(lines)) == [
        (1, "q", "a"),
        (2, "not JSON (column 2): Expecting property name enclosed in double quotes"),
        (4, "not UTF-8 (byte 13)"),
        (5, "holds a NUL byte"),
        (6, "not a record but a number"),
        (7, "not JSON that can be read: a number or a nesting beyond all bounds"),
        (8, "not JSON that can be read: a number or a nesting beyond all bounds"),
        (9, "q", "a"),
    ]


def test_read_takes_huge_lines_and_lone_surrogates(tmp_path):
    line = json.dumps({"prompt": "q" * 1_000_000 + "\ud800"}) + "\n"
    (item,) = _read(tmp_path / "log.jsonl", line.encode())

    assert item == (1, "q" * 1_000_000 + "\ud800", None)


def test_read_opens_gzip_and_names_a_damaged_end(tmp_path):
    whole = gzip.compress(GOOD * 3)
    assert _read(tmp_path / "log.jsonl.gz", whole) == [(1, "q", "a"), (2, "q", "a"), (3, "q", "a")]

    assert _read(tmp_path / "log.jsonl.gz", b"plain")[-1] == (
        1,
        "the compressed file is damaged from here on",
    )
    assert _read(tmp_path / "log.jsonl.gz", whole[:-6])[-1] == (
        4,
        "the compressed file is damaged from here on",
    )


def test_read_takes_json_lists_by_the_line_on_which_items_begin(tmp_path):
    content = b'[\n {"prompt": "q", "response": "a"},\n {"x": 1}, {"prompt":\n "r"}\n]\n'
    assert _read(tmp_path / "log.json", content) == [
        (2, "q", "a"),
        (3, "no messages, no prompt and no response"),
        (3, "r", None),
    ]
    assert _read(tmp_path / "log.json", b'[{"prompt": "q"}, oops')[-1] == (
        1,
        "not JSON from here on; the rest of the list was not read",
    )
    assert _read(tmp_path / "log.json", GOOD * 2) == [(1, "q", "a"), (2, "q", "a")]


@pytest.mark.parametrize("encoding, remark", [("utf-8-sig", []), ("gb18030", ["not UTF-8; read as GB18030"])])
def test_read_takes_tables_as_spreadsheets_save_them(tmp_path, encoding, remark):
    content = '编号,用户提问,模型回答\n1,"你好\n吗",好\n\n2,再见,"""嗯"""\n'.encode(encoding)
    assert _read(tmp_path / "log.csv", content) == [*remark, (2, "你好\n吗", "好"), (5, "再见", '"嗯"')]


def test_read_of_a_table_names_bad_rows_and_unread_columns(tmp_path):
    content = b"User Prompt;Bot Response;prompt_tokens\nq;a;1\nq;a;1;2\n\xff;a;1\n\0;a;1\n"
    assert _read(tmp_path / "log.csv", content) == [
        "column 'user_prompt' was read as 'prompt'",
        "column 'bot_response' was read as 'response'",
        "columns that were not read: 'prompt_tokens'",
        (2, "q", "a"),
        (3, "4 cells under 3 columns"),
        (4, "not in the encoding of the rest of the table"),
        (5, "holds a NUL byte"),
    ]


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "the table has no header"),
        (b"a,b\n1,2\n", "the header names no column for prompts, responses or messages, so no row was read"),
    ],
)
def test_read_of_a_table_needs_a_header(tmp_path, content, reason):
    assert _read(tmp_path / "log.csv", content) == [(1, reason)]


def test_find_walks_folders_once_and_says_what_it_passes_over(tmp_path):
    for name in ("b.jsonl", "a/c.csv", "a/note.txt", ".hidden/d.jsonl", "out/summary.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    paths, remarks = find([tmp_path, tmp_path / "b.jsonl"], besides=tmp_path / "out")

    assert paths == [tmp_path / "b.jsonl", tmp_path / "a" / "c.csv"]
    assert remarks == [Remark(str(tmp_path), "1 file(s) of other kinds were passed over")]


@pytest.mark.parametrize(
    "name, message",
    [
        ("none.jsonl", "no such file or directory"),
        ("note.txt", "not a transcript (.jsonl, .ndjson, .json, .csv, .tsv, also .gz)"),
        ("empty", "no transcripts in this folder (.jsonl, .json, .csv, also .gz)"),
    ],
)
def test_find_refuses_what_cannot_be_read(tmp_path, name, message):
    (tmp_path / "note.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        find([tmp_path / name])

    assert str(caught.value) == f"{tmp_path / name}: {message}"


def test_survey_hashes_and_counts(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(GOOD * 2)
    file = survey(path)

    assert (file.lines, file.bytes, file.encoding) == (2, 2 * len(GOOD), "utf-8")
    assert len(file.sha256) == 64


def test_read_file_says_when_a_file_is_gone(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(GOOD)
    file = survey(path)
    path.unlink()

    assert [_brief(item) for item in read_file(file)] == [
        (1, "no such file or directory; nothing was read from here on")
    ]


@given(st.binary(max_size=200), st.sampled_from(["x.jsonl", "x.json", "x.csv", "x.tsv", "x.jsonl.gz"]))
@settings(max_examples=100, deadline=None)
def test_read_of_any_bytes_never_fails(tmp_path_factory, content, name):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)

    assert all(isinstance(item, Record | BrokenLine | Remark) for item in read(path))
