"""Shipped policies: found from a checkout, and all of them load."""

import json

import pytest

from guard.errors import PolicyError
from guard.pipeline.guard import Guard
from guard.policy.load import load
from guard.policy.shipped import list_names, shipped_dir, shipped_names


def test_shipped_names_are_the_files():
    assert "default" in shipped_names()
    assert all((shipped_dir() / f"{name}.yaml").is_file() for name in shipped_names())


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_policy_loads_under_its_name(name):
    policy = load(name)

    assert policy.id == name
    assert len(policy.sha256) == 64


def test_shipped_lists_are_named_from_any_folder(tmp_path):
    words = {"id": "words", "filter": "keyword", "options": {"file": "shipped/zh"}, "action": "block"}
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps({"id": "mine", "rules": [words]}), encoding="utf-8")

    assert list_names() == ["shipped/en", "shipped/zh"]
    assert [Guard(source).check("你这个王八蛋").action.value for source in (path, {"rules": [words]})] == [
        "block"
    ] * 2


def test_shipped_lists_give_way_to_a_file_and_are_told_to_who_errs(tmp_path):
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "zh").write_text("天\n", encoding="utf-8")
    words = {"id": "words", "filter": "keyword", "options": {"file": "shipped/zh"}, "action": "block"}
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps({"id": "mine", "rules": [words]}), encoding="utf-8")

    assert Guard(path).check("你这个王八蛋").action.value == "allow"
    with pytest.raises(PolicyError, match=r"no such file 'shipped/zn'.*shipped/zh"):
        load({"rules": [words | {"options": {"file": "shipped/zn"}}]})
