"""Lists of topics: both forms, and every fault with its place."""

import pytest

from guard.errors import InputError
from guard.text.topic import read


@pytest.fixture
def write(tmp_path):
    def writing(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return writing


def test_read_takes_a_yaml_mapping(write):
    path = write("topics.yaml", "money: [Which fund, 买哪只股票]\nhealth:\n  - ' My head aches. '\n")

    assert read(path) == {"money": ["Which fund", "买哪只股票"], "health": ["My head aches."]}


def test_read_takes_a_csv_table(write):
    path = write(
        "topics.csv", '\ufefftopic,text\nmoney,"Which fund, and why?"\n\nhealth,头疼\nmoney,买哪只股票\n'
    )

    assert read(path) == {"money": ["Which fund, and why?", "买哪只股票"], "health": ["头疼"]}


def test_read_takes_characters_that_json_writes_in_halves(write):
    assert read(write("topics.yaml", '{"fun": ["\\ud83c\\udf89 party"]}')) == {"fun": ["🎉 party"]}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "money: [a]\nmoney: [b]\n",
         "2: the key 'money' stands here a second time; first on line 1"),
        ("a.yaml", "money: []\n", "1: topic 'money' has no list of examples"),
        ("a.yaml", "\nmoney: a\n", "2: topic 'money' has no list of examples"),
        ("a.yaml", "money:\n  - a\n  - 7\n",
         "3: an example must be a text; put quotes around numbers and yes, no, on, off"),
        ("a.yaml", "money:\n  - ''\n",
         "2: an example must be a text; put quotes around numbers and yes, no, on, off"),
        ("a.yaml", "Money: [a]\n",
         "1: a topic's name must begin with a small letter and go on with those, digits, _ and ."),
        ("a.yaml", "[a]\n", "1: a list of topics must map each topic's name to a list of examples"),
        ("a.yaml", "", " there is no topic in it"),
        ("a.yaml", "a: [", "1: not YAML: did not find expected node content"),
        ("a.yaml", "a\0: [b]", " not YAML: control characters are not allowed"),
        ("a.csv", "word\na\n", "1: the header of a list of topics in CSV must be 'topic,text'"),
        ("a.csv", "topic,text\nmoney\n",
         "2: an example must be a text; put quotes around numbers and yes, no, on, off"),
        ("a.csv", "topic,text\nmoney,Well, what now?\n",
         "2: 3 cells under 2 names; put a text with a comma in quotes"),
        ("a.yaml", "money:\n  - a\n  - 2023-02-31\n",
         "3: 2023-02-31 is no number, date or truth that can be; put a text in quotes"),
        ("a.csv", "topic,text\n,a\n",
         "2: a topic's name must begin with a small letter and go on with those, digits, _ and ."),
        ("a.csv", "topic,text\n", " there is no topic in it"),
        ("a.yaml", b"a: [\xff]", "1: not UTF-8 from here on; save the file as UTF-8"),
    ],
)  # fmt: skip
def test_read_says_what_is_wrong_and_where(write, name, text, message):
    path = write(name, text)

    with pytest.raises(InputError) as caught:
        read(path)

    assert str(caught.value) == f"{path}:{message}"


def test_read_says_that_there_is_no_file(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*: No such file or directory"):
        read(tmp_path / "none.yaml")
