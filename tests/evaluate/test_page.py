"""Figures in a page: between the markers, and told of before anything is measured when they are missing."""

import pytest

from guard.errors import InputError
from guard.evaluate.page import publish, put

PAGE = "a\n<!-- generated: figures -->\nold\n<!-- end: figures -->\nb\n"


@pytest.mark.parametrize(
    "missing", ["nothing", "<!-- generated: figures -->", PAGE.replace("figures", "other")]
)
def test_put_asks_for_both_markers(tmp_path, missing):
    page = tmp_path / "page.md"
    page.write_text(missing, encoding="utf-8")

    with pytest.raises(InputError, match=r"the markers .* are missing"):
        put(page, "figures", "new")
    assert page.read_text(encoding="utf-8") == missing


def test_put_replaces_what_stands_between(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    put(page, "figures", "new")

    assert page.read_text(encoding="utf-8") == PAGE.replace("old", "new")


def test_publish_prints_without_a_page(capsys):
    assert publish("figures", None, lambda: ["one", "two"]) == 0
    assert capsys.readouterr().out == "one\ntwo\n"


def test_publish_measures_nothing_for_a_page_without_markers(tmp_path, capsys):
    def measure():
        raise AssertionError("measured for nothing")

    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")

    assert publish("figures", page, measure) == 2
    assert "are missing" in capsys.readouterr().err
    assert publish("figures", tmp_path / "absent.md", measure) == 2
