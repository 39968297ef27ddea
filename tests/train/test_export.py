"""What is served is what was trained: one weight file, graphs that point into it, scores that agree."""

import dataclasses

import numpy as np
import onnx
import pytest
import torch

from guard.errors import GuardError
from guard.models.accelerator import Accelerator
from guard.models.artefact import load
from guard.models.matrix import TOP, Bytes, restore
from guard.models.session import GRAPHS, WEIGHTS, Sessions
from guard.train import export
from guard.train.graph import Shape
from tests import tiny_encoder
from tests.tiny_encoder import FAMILIES, LABELS, TEXTS

FIELDS = ("logits", "gates", "vectors", "support", "marks")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_encoder.make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def given(tiny):
    (batch,) = tiny_encoder.tensors(tiny.base, TEXTS)
    return batch


@pytest.fixture(scope="module")
def trained(tiny, given):
    with torch.no_grad():
        reading = tiny.network(*given)
    return {name: getattr(reading, name).numpy() for name in (*FIELDS, "early")}


@pytest.fixture(scope="module")
def artefact(tiny):
    return load(tiny.folder / WEIGHTS)


def read(runner, given):
    """What a runner says of a batch, as `trained` has it."""
    words, mask, kinds = (part.numpy() for part in given)
    mask = mask.astype(np.int32)
    states, early = runner.first(words, mask, kinds)
    return {**runner.rest(states, mask, np.arange(len(mask)))._asdict(), "early": early}


def test_served_agrees_with_trained(tiny, given, trained, artefact):
    served = read(Sessions(tiny.folder, artefact.about["graphs"], 1), given)

    assert (served["vectors"] * trained["vectors"]).sum(axis=1).min() > 0.995
    for name in ("early", "logits", "gates", "support", "marks"):
        spread = trained[name].std()
        assert np.abs(served[name] - trained[name]).max() < 0.25 * spread, name


def test_served_in_torch_agrees_with_trained(given, trained, artefact):
    served = read(Accelerator(artefact, "cpu"), given)

    assert (served["vectors"] * trained["vectors"]).sum(axis=1).min() > 0.995
    for name in ("early", "logits", "gates", "support", "marks"):
        assert np.abs(served[name] - trained[name]).max() < 0.25 * trained[name].std(), name


def test_unquantised_network_is_the_same_in_torch(tiny, given, trained, artefact):
    """Without eight bits in between nothing is lost, so the layers and heads are those of training."""
    exact = dataclasses.replace(artefact, arrays=export.plain(tiny.network))
    served = read(Accelerator(exact, "cpu"), given)

    for name, wanted in trained.items():
        np.testing.assert_allclose(served[name], wanted, atol=2e-4, err_msg=name)


def test_matrices_cannot_overflow_sixteen_bits(artefact):
    matrices = {name: array for name, array in artefact.arrays.items() if array.dtype == np.int8}

    assert len(matrices) == 4 * tiny_encoder.LAYERS
    assert all(np.abs(array.astype(int)).max() <= TOP for array in matrices.values())
    assert np.iinfo(np.int16).max >= 2 * 255 * TOP


def test_graphs_point_at_the_tensors_of_the_weight_file(tiny, artefact):
    data = (tiny.folder / WEIGHTS).read_bytes()
    pointed = set()
    for name in GRAPHS:
        for tensor in onnx.load(tiny.folder / name, load_external_data=False).graph.initializer:
            place = {entry.key: entry.value for entry in tensor.external_data}
            if place:
                start, size = int(place["offset"]), int(place["length"])
                assert place["location"] == WEIGHTS
                assert data[start : start + size] == artefact.arrays[tensor.name].tobytes()
                pointed.add(tensor.name)

    assert set(artefact.arrays) - pointed == {"word", "pieces.text", "pieces.score", "pieces.charsmap"}


def test_graphs_are_valid(tiny):
    for name in GRAPHS:
        onnx.checker.check_model(str(tiny.folder / name))


def test_same_network_gives_same_bytes(tiny, tmp_path):
    again = tiny_encoder.make(tmp_path)

    for name in (WEIGHTS, *GRAPHS):
        assert (again.folder / name).read_bytes() == (tiny.folder / name).read_bytes()


def test_description_says_what_serving_needs(artefact):
    about = artefact.about

    assert about["families"] == [[name, list(labels)] for name, labels in FAMILIES.items()]
    assert about["kinds"] == ["input", "output", "document", "claim", "evidence"]
    assert about["support"] == ["supported", "contradicted", "unsupported"]
    assert len(about["marks"]) == 10
    assert (about["hidden"], about["layers"], about["heads"], about["leave"]) == (64, 3, 4, 1)


def test_measure_leaves_padding_out(tiny):
    (together,) = tiny_encoder.tensors(tiny.base, TEXTS)
    alone = [batch for text in TEXTS for batch in tiny_encoder.tensors(tiny.base, (text,))]

    padded, bare = export.measure(tiny.network, [together]), export.measure(tiny.network, alone)

    assert padded.keys() == {f"layers.{layer}.{name}" for layer in range(3) for name in ("qkv", "up")}
    for name, peaks in padded.items():
        np.testing.assert_allclose(peaks, bare[name], rtol=1e-3)


def test_evened_inputs_lose_less(tiny):
    """Channels of very different size share the bytes of a state; evened out, the small ones keep theirs."""
    peaks = export.measure(tiny.network, tiny_encoder.tensors(tiny.base, TEXTS))

    def error(arrays):
        name = "layers.1.qkv"
        own = restore(Bytes(arrays[f"{name}.weight"], arrays[f"{name}.scale"]))
        even = arrays.get(f"{name}.even", np.ones(len(own), np.float32))
        rng = np.random.default_rng(3)
        states = rng.normal(size=(64, len(own))).astype(np.float32) * peaks[name] / 3
        scaled = states * even
        step = np.abs(scaled).max(axis=1, keepdims=True) / 127
        return np.abs(np.rint(scaled / step) * step @ own - states @ exact[f"{name}.weight"]).mean()

    exact = export.plain(tiny.network)

    assert error(export.served(tiny.network, peaks)) < error(export.served(tiny.network, {}))


def test_graphs_can_be_written_anew(tiny, tmp_path):
    for name in (WEIGHTS, *GRAPHS):
        (tmp_path / name).write_bytes((tiny.folder / name).read_bytes())
    (tmp_path / GRAPHS[0]).unlink()
    export.write(tmp_path, load(tmp_path / WEIGHTS))

    for name in (WEIGHTS, *GRAPHS):
        assert (tmp_path / name).read_bytes() == (tiny.folder / name).read_bytes()


def test_piece_with_a_line_end_is_refused(tiny, tmp_path):
    base = dataclasses.replace(tiny.base, pieces=(*tiny.base.pieces[:-1], ("a\nb", -1.0)))

    with pytest.raises(GuardError, match="end of a line"):
        export.export(tiny.network, base, tmp_path, about={}, peaks={})


def test_shape_numbers_the_family_of_each_label(tiny):
    shape = export.shape_of(export.description(tiny.network))

    assert shape == Shape(64, 3, 4, 1, 2, [0, 0, 0, 1, 1])
    assert len(shape.owners) == len(LABELS)
