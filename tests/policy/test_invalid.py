"""The corpus of broken policies: one fault each, the name says which, the whole text asserted."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from guard.errors import PolicyError
from guard.policy.load import load
from guard.policy.schema import schema

FOLDER = Path(__file__).parent.parent / "invalid"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
COUNT = 99


def _error(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    with pytest.raises(PolicyError) as caught:
        load(Path(f"{name}.yaml"))
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_invalid_policy_says_what_is_wrong_and_where(name, monkeypatch):
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")

    assert f"{_error(name, monkeypatch)}\n" == expected


@pytest.mark.parametrize("name", [name for name in NAMES if name != "many-faults"])
def test_invalid_policy_has_one_fault(name, monkeypatch):
    assert len(_error(name, monkeypatch).faults) == 1


def test_invalid_policy_reports_all_faults_in_one_run_in_file_order(monkeypatch):
    faults = _error("many-faults", monkeypatch).faults

    assert len(faults) == 18
    assert [(fault.line, fault.column) for fault in faults] == sorted(
        (fault.line, fault.column) for fault in faults
    )


def test_invalid_corpus_is_complete():
    assert len(NAMES) == COUNT
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == NAMES


def test_invalid_corpus_is_what_the_schema_rejects_too_where_it_can():
    """Faults of shape are seen in the editor already; this many of the corpus are faults of shape."""
    check = jsonschema.Draft202012Validator(schema())
    rejected = []
    for name in NAMES:
        try:
            data = yaml.safe_load((FOLDER / f"{name}.yaml").read_bytes())
        except (yaml.YAMLError, RecursionError, UnicodeDecodeError):
            continue
        if name not in ("alias-bomb", "alias-in-itself") and not check.is_valid(data):
            rejected.append(name)

    assert {"stage-misspelt", "threshold-percent", "rule-unknown-key", "option-misspelt"} <= set(rejected)
    assert not {"expect-rule-unknown", "extends-missing-file", "option-pattern"} & set(rejected)
