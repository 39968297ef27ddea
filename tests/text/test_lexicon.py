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
        Entry("坏蛋", "insult", 1.0, "zh", None, frozenset({"pinyin"}), 6),
        Entry("草包", "insult", 0.8, "zh", None, frozenset(), 6),
        Entry("rascal", line=7),
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


def test_read_keeps_what_other_files_write_of_a_word(tmp_path):
    json_text = '["no \\ud83d\\ude00", "it\'s \\u574f\\u86cb"]'
    merged = "lists:\n- &one {category: a, words: [x]}\n- {<<: *one, category: b}\n"
    table = 'word,category\n"bad, egg",insult,,\nC#,,,\n'

    assert [one.word for one in read(write(tmp_path, "l.yaml", json_text)).entries] == ["no 😀", "it's 坏蛋"]
    assert [one.category for one in read(write(tmp_path, "m.yaml", merged)).entries] == ["a", "b"]
    assert [one.word for one in read(write(tmp_path, "l.csv", table)).entries] == ["bad, egg", "C#"]
    assert [one.word for one in read(write(tmp_path, "l.txt", "C#\n#5 \n")).entries] == ["C#"]


NO_WORD = "a word must be a text; put quotes around numbers and yes, no, on, off"
FAULTS = [
    ("a.txt", b"ok\n\xff\xfe", "{path}:2: not UTF-8 from here on; save the file as UTF-8"),
    ("a.txt", "ok\n坏蛋\tinsult\n", "{path}:2: a tab cannot stand in a word; put a table into a CSV list"),
    ("a.txt", b"\xff\xfeo\0", "{path}: saved as UTF-16; save it as UTF-8"),
    ("a.json", '{{"words": ["x"]}}',
     "{path}: a word list is not read from .json; save it as .txt, .csv or .yaml"),
    ("a.TSV", "word\nx\n", "{path}: a word list is not read from .tsv; save it as .txt, .csv or .yaml"),
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
     "{path}:1: unknown key 'needs_contxt'; did you mean 'needs_context'?"),
    ("a.yaml", "- {word: x, needs_context: 1}",
     "{path}:1: 'needs_context' must be true or false"),
    ("a.yaml", "a: [b\n", "{path}:2: not YAML: did not find expected ',' or ']'"),
    ("a.yaml", "just text", "{path}: a word list must be a list of words, or a mapping with 'lists'"),
    ("a.yaml", "list: []", "{path}:1: unknown key 'list'; did you mean 'lists'?"),
    ("a.yaml", "lists: {}\nallow: 3", "{path}:2: 'allow' must be a list of texts"),
    ("a.yaml", "lists: [x]", "{path}:1: 'lists' must be a list of mappings, each with 'words'"),
    ("a.yaml", "lists: [{category: x}]", "{path}:1: a list has 'words', which is a list of texts"),
    ("a.yaml", "- ok\n- 64\n", "{path}:2: " + NO_WORD),
    ("a.yaml", "- ok\n- {word: x,\n   disguises: [pinyn]}\n",
     "{path}:2: no disguise 'pinyn'; did you mean 'pinyin'?"),
    ("a.yaml", "lists:\n- words: [a]\n  words: [b]\n",
     "{path}:3: the key 'words' stands here a second time; first on line 2"),
    ("a.yaml", "allow: [a]\nlists: []\nallow: [b]\n",
     "{path}:3: the key 'allow' stands here a second time; first on line 1"),
    ("a.yaml", "- {word: x, severity: [high]}",
     "{path}:1: ['high'] is no severity; use low, medium, high, or a number up to 1"),
    ("a.yaml", "- {word: x, severity: {low: 1}}",
     "{path}:1: {{'low': 1}} is no severity; use low, medium, high, or a number up to 1"),
    ("a.yaml", "- ok\n- 2023-11-31\n",
     "{path}:2: 2023-11-31 is no number, date or truth that can be; put a text in quotes"),
    ("a.yaml", "- ok\n- " + "7" * 5000,
     "{path}:2: " + "7" * 60 + " is no number, date or truth that can be; put a text in quotes"),
    ("a.yaml", "- {word: x, needs_context: !!bool maybe}",
     "{path}:1: maybe is no number, date or truth that can be; put a text in quotes"),
    ("a.yaml", "- {[a]: b}", "{path}:1: a key must be a text"),
    ("a.yaml", "&a [*a]", "{path}: nested too deep"),
    ("a.yaml", '- ok\n- "x \\ud83d"\n',
     "{path}:2: this holds half a character, written as \\ud83d or the like; write the whole character"),
    ("a.csv", "word,category\nx\nbad egg, rotten,insult\n",
     "{path}:3: 3 cells under 2 names; put a text with a comma in quotes"),
    ("a.csv", "word,word\nx,y\n", "{path}:1: the header names the column 'word' twice"),
    ("a.csv", 'word\nx\n"bad\negg\n', "{path}:3: a quotation mark that is opened here is never closed"),
    ("a.csv", 'word\n"bad" egg\n',
     "{path}:2: text after a closing quotation mark; inside a cell write the mark twice"),
    ("a.txt", "ok\nrascal\t# a mild one\n",
     "{path}:2: put the comment on a line of its own; a word that holds ' #' goes into a CSV or YAML list"),
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
