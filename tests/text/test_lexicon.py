"""Word lists from files, and what is wrong with them in words."""

import pytest

from guard.errors import InputError
from guard.text.lexicon import Entry, read


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def test_read_text(tmp_path):
    path = write(tmp_path, "list.txt", "\ufeff# a comment\n坏蛋\n\n  two words \r\n")

    assert read(path).entries == (Entry("坏蛋", line=2), Entry("two words", line=4))


def test_read_csv(tmp_path):
    text = (
        "word,category,severity,whole_words,disguises,needs_context\n"
        "坏蛋,insult,low,no,pinyin initials,Yes\n\nx,,0.7,,\n"
    )

    assert read(write(tmp_path, "list.csv", text)).entries == (
        Entry("坏蛋", "insult", 0.5, "", False, frozenset({"pinyin", "initials"}), 2, needs_context=True),
        Entry("x", severity=0.7, line=4),
    )


def test_read_yaml(tmp_path):
    text = """
lists:
  - category: insult
    language: zh
    disguises: [pinyin]
    words: [坏蛋, {word: 草包, severity: medium, disguises: []}]
  - {words: [rascal]}
allow: [坏蛋糕]
"""
    lexicon = read(write(tmp_path, "list.yaml", text))

    assert lexicon.entries == (
        Entry("坏蛋", "insult", 1.0, "zh", None, frozenset({"pinyin"}), 1),
        Entry("草包", "insult", 0.8, "zh", None, frozenset(), 2),
        Entry("rascal", line=1),
    )
    assert lexicon.allow == ("坏蛋糕",)


def test_read_yaml_takes_what_needs_context_from_the_word_or_else_the_list(tmp_path):
    text = "lists: [{needs_context: true, words: [a, {word: b, needs_context: false}]}, {words: [c]}]"

    entries = read(write(tmp_path, "list.yaml", text)).entries

    assert [entry.needs_context for entry in entries] == [True, False, None]


def test_read_yaml_list(tmp_path):
    assert [entry.word for entry in read(write(tmp_path, "l.yml", "- a\n- {word: b}\n")).entries] == [
        "a",
        "b",
    ]


NO_WORD = "a word must be a text; put quotes around numbers and yes, no, on, off"
FAULTS = [
    ("a.txt", b"ok\n\xff\xfe", "{path}: not UTF-8 at byte 3"),
    ("a.csv", "term\nx\n", "{path}:1: the header of a word list in CSV must name a column 'word'"),
    ("a.csv", "word,catgory\nx,y\n", "{path}:1: unknown key 'catgory'; did you mean 'category'?"),
    ("a.csv", "word,severity\nx,huge\n",
     "{path}:2: 'huge' is no severity; use low, medium, high, or a number up to 1"),
    ("a.csv", "word,category\nx,Bad Name\n",
     "{path}:2: 'Bad Name' is no category; use small letters, digits, _ and dots"),
    ("a.csv", "word,category\n,y\n", "{path}:2: " + NO_WORD),
    ("a.csv", "word,disguises\nx,pinyn\n", "{path}:2: no disguise 'pinyn'; did you mean 'pinyin'?"),
    ("a.csv", "word,whole_words\nx,maybe\n", "{path}:2: 'whole_words' must be true or false"),
    ("a.csv", "word,needs_context\nx,maybe\n", "{path}:2: 'needs_context' must be true or false"),
    ("a.yaml", "- {word: x, needs_contxt: true}",
     "{path}: unknown key 'needs_contxt'; did you mean 'needs_context'?"),
    ("a.yaml", "- {word: x, needs_context: 1}",
     "{path}: word 1 of a list: 'needs_context' must be true or false"),
    ("a.yaml", "a: [b\n", "{path}:2: not YAML: did not find expected ',' or ']'"),
    ("a.yaml", "just text", "{path}: a word list must be a list of words, or a mapping with 'lists'"),
    ("a.yaml", "list: []", "{path}: unknown key 'list'; did you mean 'lists'?"),
    ("a.yaml", "lists: {}\nallow: 3", "{path}: 'allow' must be a list of texts"),
    ("a.yaml", "lists: [x]", "{path}: 'lists' must be a list of mappings, each with 'words'"),
    ("a.yaml", "lists: [{category: x}]", "{path}: a list has 'words', which is a list of texts"),
    ("a.yaml", "- ok\n- 64\n", "{path}: word 2 of a list: " + NO_WORD),
    ("a.yaml", "\x00", "{path}: not YAML: control characters are not allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "message"), FAULTS, ids=[message[7:40] for *_, message in FAULTS])
def test_read_says_what_is_wrong(tmp_path, name, text, message):
    path = write(tmp_path, name, text)

    with pytest.raises(InputError) as caught:
        read(path)

    assert str(caught.value) == message.format(path=path)


@pytest.mark.parametrize("name", ["missing.txt", ""])
def test_read_says_when_there_is_no_file(tmp_path, name):
    with pytest.raises(InputError, match="cannot read"):
        read(tmp_path / name)
