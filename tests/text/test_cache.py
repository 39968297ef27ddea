"""What is kept on disk: read once, made anew where it is damaged, and never in the way."""

import json
import os
import sys

import pytest

from guard.text import cache, lexicon
from guard.text.lexicon import read


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "kept"
    monkeypatch.setenv(cache.VARIABLE, str(place))
    return place


def made(value, calls):
    return lambda: calls.append(1) or value


def test_kept_makes_once_what_it_was_given(folder):
    calls = []

    assert [cache.kept([b"a", b"b"], made({"x": ["坏"]}, calls)) for _ in range(3)] == [{"x": ["坏"]}] * 3
    assert [cache.kept([b"ab"], made(1, calls)), cache.kept([b"a", b"c"], made(2, calls))] == [1, 2]
    assert len(calls) == 3
    assert sorted(path.suffix for path in folder.iterdir()) == [".json"] * 3


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data[:70] + b"2]", lambda data: b""])
def test_kept_makes_anew_what_was_damaged(folder, change):
    calls = []
    cache.kept([b"a"], made([1], calls))
    (path,) = folder.iterdir()
    path.write_bytes(change(path.read_bytes()))

    assert cache.kept([b"a"], made([1], calls)) == [1]
    assert cache.kept([b"a"], made([1], calls)) == [1]
    assert len(calls) == 2


def test_kept_holds_no_more_than_so_much_and_drops_what_is_oldest(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST_BYTES", 400)
    for number in range(5):
        cache.kept([bytes([number])], lambda: "x" * 100)
        for path in folder.iterdir():
            os.utime(path, (path.stat().st_mtime - 100,) * 2)
    calls = []
    cache.kept([b"long"], lambda: "x" * 500)

    assert len(list(folder.iterdir())) == 2
    assert cache.kept([bytes([4])], made("", calls)) == "x" * 100
    assert not calls


@pytest.mark.parametrize("named", ["", "/dev/null/folder"])
def test_kept_goes_without_a_folder(named, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, named)
    calls = []

    assert [cache.kept([b"a"], made(7, calls)) for _ in range(2)] == [7, 7]
    assert len(calls) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX")
def test_kept_trusts_no_folder_that_others_may_write_to(folder):
    folder.mkdir()
    folder.chmod(0o777)

    assert cache.kept([b"a"], lambda: 7) == 7
    assert not list(folder.iterdir())


def test_kept_uses_the_cache_folder_of_the_user(tmp_path, monkeypatch):
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    cache.kept([b"a"], lambda: 7)

    assert len(list((tmp_path / "ernie-guard").iterdir())) == 1


LISTS = {
    "w.csv": "word,category,severity,whole_words,disguises,needs_context\n"
    "坏蛋,insult,low,no,pinyin initials,yes\nqq,,0.7,,,\nvv,,0.7,,,\n",
    "w.yaml": "lists:\n- category: rude\n  language: zh\n  words: [坏蛋, {word: qq, disguises: [split]}]\n"
    'allow: [坏蛋瓜子, "\\ud83d\\ude00"]\n',
}


@pytest.mark.parametrize("name", LISTS)
def test_read_gives_the_same_from_the_cache_and_only_for_the_same_text(folder, tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.write_text(LISTS[name], encoding="utf-8")
    plain = read(path)
    assert not folder.exists()
    monkeypatch.setattr(lexicon, "LONG", 0)
    first = read(path)
    (kept,) = folder.iterdir()
    words = json.loads(kept.read_bytes().partition(b"\n")[2])["entries"][0]

    assert plain == first == read(path)
    assert words == [entry.word for entry in first.entries]

    path.write_text(LISTS[name].replace("qq", "zz"), encoding="utf-8")
    assert [entry.word for entry in read(path).entries][1] == "zz"
