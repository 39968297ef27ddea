"""What a package built from this project holds."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_wheel_holds_the_package_and_its_policies():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]

    assert wheel["packages"] == ["guard"]
    assert {"policies", "datasets"} <= wheel["force-include"].keys()
    assert not {"files", "only-include", "include"} & wheel.keys()
