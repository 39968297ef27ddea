import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.audit.find import Remark
from guard.audit.read import BrokenLine, Record, read, read_file, survey
from guard.audit.shape import UNKNOWN
from guard.audit.table import NO_TEXTS

NEVER = "the quotation mark opened in line {} is never closed; nothing from there on was read"
CLOSED = "text after a closing quotation mark; inside a cell write it twice"
NO_KEY = "not JSON (column 2): Expecting property name enclosed in double quotes"
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

    assert _read(tmp_path / "log.jsonl.gz", GOOD) == [
        (1, "not a gzip file; if it is not compressed, take .gz off its name")
    ]
    assert _read(tmp_path / "log.jsonl.gz", whole[:-6])[-1] == (
        4,
        "the compressed file is damaged from here on",
    )


def test_read_takes_json_lists_by_the_line_on_which_items_begin(tmp_path):
    content = b'[\n {"prompt": "q", "response": "a"},\n {"x": 1}, {"prompt":\n "r"}\n]\n'
    assert _read(tmp_path / "log.json", content) == [
        (2, "q", "a"),
        (3, UNKNOWN),
        (3, "r", None),
    ]
    assert _read(tmp_path / "log.json", b'[{"prompt": "q"}, oops')[-1] == (
        1,
        "not JSON from here on; the rest of the list was not read",
    )
    assert _read(tmp_path / "log.json", GOOD * 2) == [(1, "q", "a"), (2, "q", "a")]


@pytest.mark.parametrize("between", [b"\n", b",\n", b" \r\n"])
def test_read_takes_json_lists_that_follow_each_other(tmp_path, between):
    pages = between.join([b'[{"prompt": "q"}]', b"[]", b'[\n{"prompt": "r"},{"prompt": "s"}]\n'])

    assert _read(tmp_path / "log.json", pages) == [(1, "q", None), (4, "r", None), (4, "s", None)]


@pytest.mark.parametrize("more", [b'{"prompt": "r"}', b"]", b"# 2 of 2"])
def test_read_says_when_more_follows_a_json_list(tmp_path, more):
    assert _read(tmp_path / "log.json", b'[{"prompt": "q"}]\n,' + more) == [
        (1, "q", None),
        (2, "more follows the end of the list; it was not read"),
    ]


@pytest.mark.parametrize(
    "content, items",
    [
        (b'{\n "prompt": "q",\n "response": "a"\n}\n', [(1, "q", "a")]),
        (GOOD + b"{bad\n", [(1, "q", "a"), (2, NO_KEY)]),
        (b"{bad\n" + GOOD, [(1, NO_KEY), (2, "q", "a")]),
        (
            b'{\n "prompt": "q"\n "response": "a"\n}\n',
            [(1, "not JSON (line 3, column 2): Expecting ',' delimiter")],
        ),
    ],
)
def test_read_takes_a_json_object_over_many_lines_as_one_record(tmp_path, content, items):
    assert _read(tmp_path / "log.json", content) == items


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_read_says_where_a_cut_line_ends(tmp_path, ending):
    assert _read(tmp_path / "log.jsonl", b'{"prompt": "a"' + ending) == [
        (1, "not JSON (column 15): Expecting ',' delimiter")
    ]


@pytest.mark.parametrize("name", ["log.jsonl", "log.json", "log.csv"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_read_names_utf_16(tmp_path, name, encoding):
    content = '\ufeff{"prompt": "q"}\n{"prompt": "q"}\n'.encode(encoding)

    assert _read(tmp_path / name, content) == [(1, "saved as UTF-16; save it as UTF-8")]


def test_read_names_unread_fields_once(tmp_path):
    lines = [
        b'{"prompt": "q", "note": "n", "empty": null, "id": 1}\n',
        b'{"prompt": "q", "note": "m", "request": {"messages": [], "hint": "h"}}\n',
    ]

    assert _read(tmp_path / "log.jsonl", b"".join(lines)) == [
        "fields that were not read: 'note'",
        (1, "q", None),
        "fields that were not read: 'request.hint'",
        (2, "q", None),
    ]


@pytest.mark.parametrize(
    "rows, items",
    [
        (
            b'q,a\n"q\n1",a\n"q\n2","a\nq,a\n',
            [(2, "q", "a"), (3, "q\n1", "a"), (5, NEVER.format(6))],
        ),
        (b'q,"an "a"\nq,a\n', [(2, CLOSED), (3, "q", "a")]),
        (b'q,"a\nq,a\nq,"a"\nq,a\n', [(2, f"{CLOSED}; nothing from here to line 4 was read"), (5, "q", "a")]),
    ],
)
def test_read_of_a_table_says_what_an_open_quotation_mark_swallowed(tmp_path, rows, items):
    assert _read(tmp_path / "log.csv", b"prompt,response\n" + rows) == items


def test_read_of_a_table_takes_a_header_over_two_lines(tmp_path):
    assert _read(tmp_path / "log.csv", b'prompt,response,"my\nnote"\nq,a,n\n') == [
        "columns that were not read: 'my\\nnote'",
        (3, "q", "a"),
    ]
    assert _read(tmp_path / "log.csv", b'prompt,"response\nq,a\n') == [(1, NEVER.format(1))]


@pytest.mark.parametrize("encoding, remark", [("utf-8-sig", []), ("gb18030", ["not UTF-8; read as GB18030"])])
def test_read_takes_tables_as_spreadsheets_save_them(tmp_path, encoding, remark):
    content = '编号,用户提问,模型回答\n1,"你好\n吗",好\n\n2,再见,"""嗯"""\n'.encode(encoding)
    assert _read(tmp_path / "log.csv", content) == [*remark, (2, "你好\n吗", "好"), (5, "再见", '"嗯"')]


def test_read_of_a_table_hides_a_key_that_heads_a_column(tmp_path):
    content = b"prompt,AKIAIOSFODNN7EXAMPLE,Note\nq,x,y\n"

    assert _read(tmp_path / "log.csv", content)[0] == "columns that were not read: '…', 'Note'"


def test_read_of_a_table_names_bad_rows_and_unread_columns(tmp_path):
    content = b"User Prompt;Bot Response;prompt_tokens\nq;a;1\nq;a;1;2\n\xff;a;1\n\0;a;1\n"
    assert _read(tmp_path / "log.csv", content) == [
        "column 'User Prompt' was read as 'prompt'",
        "column 'Bot Response' was read as 'response'",
        "columns that were not read: 'prompt_tokens'",
        (2, "q", "a"),
        (3, "4 cells under 3 columns"),
        (4, "not in the encoding of the rest of the table"),
        (5, "holds a NUL byte"),
    ]


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"\n", "the table has no header"),
        (b"a,b\n1,2\n", NO_TEXTS),
    ],
)
def test_read_of_a_table_needs_a_header(tmp_path, content, reason):
    assert _read(tmp_path / "log.csv", content) == [(1, reason)]


@pytest.mark.parametrize("name", ["log.jsonl", "log.json", "log.csv", "log.jsonl.gz"])
def test_read_says_that_a_file_is_empty(tmp_path, name):
    assert _read(tmp_path / name, b"") == ["the file is empty"]


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
