"""Weights come back as they were saved, and damage is noticed."""

import numpy as np
import pytest

from guard.errors import ModelError
from guard.models import artefact
from guard.models.artefact import Artefact

WEIGHTS = {"a": np.arange(6, dtype=np.float16).reshape(2, 3), "b": np.array([1.5])}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.safetensors"
    artefact.save(path, Artefact(WEIGHTS, {"labels": ["harm.hate"], "note": "注"}))
    return path


def test_artefact_round_trip(path):
    read = artefact.load(path)

    assert read.about == {"labels": ["harm.hate"], "note": "注"}
    assert {name: array.tolist() for name, array in read.arrays.items()} == {
        name: array.tolist() for name, array in WEIGHTS.items()
    }


def test_artefact_same_content_gives_same_bytes(path, tmp_path):
    again = tmp_path / "again.safetensors"
    artefact.save(again, Artefact(dict(reversed(WEIGHTS.items())), {"note": "注", "labels": ["harm.hate"]}))

    assert again.read_bytes() == path.read_bytes()


def test_artefact_damaged_weights_are_refused(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(ModelError, match="do not match their checksum"):
        artefact.load(path)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x80\x04\x95pickle", b"\xff" * 64])
def test_artefact_other_files_are_refused(tmp_path, content):
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)

    with pytest.raises(ModelError, match="cannot be read as a model"):
        artefact.load(path)


def test_artefact_mapped_is_the_same_and_outlives_a_new_file(path):
    mapped = artefact.load(path, mapped=True)
    artefact.save(path, Artefact({"a": np.zeros(1000)}, {}))

    assert not any(array.flags.writeable for array in mapped.arrays.values())
    assert {name: (array.dtype, array.tolist()) for name, array in mapped.arrays.items()} == {
        name: (array.dtype, array.tolist()) for name, array in WEIGHTS.items()
    }
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_artefact_places_are_where_the_bytes_lie(path):
    data = path.read_bytes()

    for name, (start, size) in artefact.places(path).items():
        assert data[start : start + size] == WEIGHTS[name].tobytes()


@pytest.mark.parametrize("mapped", [False, True])
def test_artefact_cut_short_is_refused(path, mapped):
    path.write_bytes(path.read_bytes()[:-4])

    with pytest.raises(ModelError, match="cannot be read as a model"):
        artefact.load(path, mapped=mapped)


def test_artefact_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"none\.safetensors"):
        artefact.load(tmp_path / "none.safetensors")


def test_artefact_of_another_program_is_refused(tmp_path):
    from safetensors.numpy import save_file

    path = tmp_path / "foreign.safetensors"
    save_file(WEIGHTS, path, {"format": "pt"})

    with pytest.raises(ModelError, match="no model of this package"):
        artefact.load(path)


def test_artefact_of_a_later_format_is_refused(path, monkeypatch):
    monkeypatch.setattr(artefact, "FORMAT", 0)

    with pytest.raises(ModelError, match="format 1, but this version reads format 0"):
        artefact.load(path)
