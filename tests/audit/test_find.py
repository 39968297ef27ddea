import os

import pytest

from guard.audit.find import Remark, Unreadable, find
from guard.errors import InputError


def _fill(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")


def test_find_walks_folders_once_and_says_what_it_passes_over(tmp_path):
    _fill(tmp_path, "b.jsonl", "a/c.csv", "a/note.txt", ".hidden/d.jsonl", ".e.jsonl", "out/summary.json")
    _fill(tmp_path, "old/summary.json", "old/report.html", "old/f.jsonl", "old/note.json")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    paths, remarks = find([tmp_path, tmp_path / "b.jsonl"], besides=tmp_path / "out")

    assert [str(path.relative_to(tmp_path)) for path in paths] == [
        "b.jsonl", "a/c.csv", "old/f.jsonl", "old/note.json",
    ]  # fmt: skip
    assert sorted(remarks, key=lambda remark: remark.file) == [
        Remark(str(tmp_path), "2 file(s) or folder(s) whose names begin with a dot were passed over"),
        Remark(str(tmp_path), "1 file(s) of other kinds were passed over"),
        Remark(str(tmp_path / "link"), "a link to a folder, which was not followed; name the folder itself"),
        Remark(str(tmp_path / "old"), "the results of an earlier audit were left out"),
    ]


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """A folder that cannot be listed, whoever runs the tests."""
    folder, scan = tmp_path / "locked", os.scandir
    _fill(tmp_path, "a.jsonl", "locked/b.jsonl")

    def refuse(path):
        if str(path) == str(folder):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    return folder


def test_find_says_which_folder_cannot_be_read(locked):
    paths, remarks = find([locked.parent])

    assert [path.name for path in paths] == ["a.jsonl"]
    assert [remark.text for remark in remarks] == [
        "this folder cannot be read, and nothing in it was: permission denied"
    ]
    with pytest.raises(InputError) as caught:
        find([locked])
    assert str(caught.value) == f"{locked}: this folder cannot be read: permission denied"


def test_find_says_which_file_leads_nowhere(tmp_path):
    _fill(tmp_path, "a.jsonl")
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "gone")
    paths, remarks = find([tmp_path])

    assert [path.name for path in paths] == ["a.jsonl"]
    assert remarks == [Unreadable(str(tmp_path / "b.jsonl"), "no such file or directory")]


def test_find_says_what_it_passed_over_when_nothing_is_left(tmp_path):
    _fill(tmp_path, ".a.jsonl")
    with pytest.raises(InputError, match=r"no transcripts in this folder .*; .*: 1 file.* begin with a dot"):
        find([tmp_path])


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
