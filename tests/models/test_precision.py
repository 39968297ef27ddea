"""Linear layers in eight and four bits: what is kept, what is refused."""

import pytest

from guard.errors import ModelError
from guard.models.precision import _floats, _pack, _quantise, narrow


@pytest.fixture
def torch():
    import torch

    torch.manual_seed(0)
    return torch


@pytest.mark.parametrize(("bits", "steps"), [(8, 128), (4, 8)])
@pytest.mark.parametrize("columns", [32, 48, 100])
def test_packed_weight_is_within_a_step_of_its_own(torch, bits, steps, columns):
    linear = torch.nn.Linear(columns, 24)
    body = torch.nn.Sequential(linear)
    _pack(body, bits)
    exact, found = linear.weight.detach(), body[0].weight

    assert found.shape == exact.shape
    for block in range(0, columns, 32):
        part = slice(block, block + 32)
        step = exact[:, part].abs().amax(1, keepdim=True) / steps
        assert ((found - exact)[:, part].abs() <= step * 1.01).all()


@pytest.mark.parametrize("bits", [8, 4])
def test_packed_layer_computes_with_the_weight_it_shows(torch, bits):
    body = torch.nn.Sequential(torch.nn.Linear(40, 8))
    states = torch.randn(3, 5, 40)
    bias = body[0].bias
    _pack(body, bits)

    assert torch.allclose(body(states), states @ body[0].weight.T + bias, atol=1e-6)


@pytest.mark.parametrize(("bits", "least"), [(8, 1.0), (4, 0.5)])
def test_packed_weight_takes_so_many_bytes(torch, bits, least):
    values, scale = _quantise(torch.randn(16, 64), bits)

    assert values.nbytes == 16 * 64 * least
    assert scale.nbytes == 16 * 2 * 2


@pytest.mark.parametrize("bits", [8, 4])
def test_packed_zeros_stay_zero(torch, bits):
    assert not _floats(*_quantise(torch.zeros(4, 32), bits), bits, torch.float32).any()


@pytest.mark.parametrize(("precision", "kind"), [("int8", "DynamicQuantizedLinear"), ("int4", "Packed")])
def test_narrow_changes_linear_layers_however_deep(torch, precision, kind):
    body = torch.nn.Sequential(torch.nn.Embedding(4, 32), torch.nn.Sequential(torch.nn.Linear(32, 32)))
    exact = body(torch.arange(4))
    narrow(body, precision, "cpu")

    assert body[1][0]._get_name() == kind
    assert type(body[0]) is torch.nn.Embedding
    assert torch.allclose(body(torch.arange(4)), exact, atol=0.2)


def test_narrow_leaves_the_network_alone_unless_asked(torch):
    body = torch.nn.Sequential(torch.nn.Linear(8, 8))
    narrow(body, "none", "cpu")

    assert type(body[0]) is torch.nn.Linear


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_narrow_says_where_there_is_nothing_to_quantise(torch, precision):
    with pytest.raises(
        ModelError, match="has no linear layers that could be quantised; leave out 'quantise'"
    ):
        narrow(torch.nn.Sequential(torch.nn.Embedding(4, 8)), precision, "cpu")
