import os
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import errors, kernels, nn, torch


@pytest.fixture
def layer():
    """A layer that is computed by Winograd's algorithm, an input and a gradient."""
    before = nn.algorithm("auto")
    rng = np.random.default_rng(0)
    x, gradient = (torch.from_numpy(rng.standard_normal((2, 64, 30, 30))) for _ in range(2))
    m = nn.SpatialConvolution(64, 64, 3, 3, 1, 1, 1, 1)
    assert kernels.convolution.algorithm("forward", x.shape, x.shape, m.window(), 8) == "winograd"
    yield m, x, gradient
    nn.algorithm(before)


def results(m, x, gradient):
    m.zeroGradParameters()
    y = m.forward(x).array.copy()
    dx = m.backward(x, gradient).array.copy()
    return y, dx, m.gradWeight.array.copy(), m.gradBias.array.copy()


def test_it_is_chosen_by_name_and_the_same_but_for_rounding(layer):
    fast = results(*layer)
    assert nn.algorithm("direct") == "auto" and nn.algorithm() == "direct"
    exact = results(*layer)
    for a, b in zip(fast, exact, strict=True):
        np.testing.assert_allclose(a, b, 1e-11, 1e-11)
    assert not np.array_equal(fast[0], exact[0])
    with pytest.raises(errors.ArgumentError, match="unknown algorithm 'fast'; there are 'auto', "):
        nn.algorithm("fast")
    assert nn.algorithm() == "direct"


def test_fields_are_torchs_where_it_unfolds(layer):
    m, x, gradient = layer
    nn.algorithm("direct")
    results(*layer)
    assert m.finput.shape == m.fgradInput.shape == (2, 64 * 9, 900)


def test_parameters_are_accumulated_from_the_last_forward(layer):
    """As in Torch7, whose `finput` is a copy; here it is one of the input."""
    m, x, gradient = layer
    expected = results(*layer)[2]
    m.zeroGradParameters()
    m.forward(x)
    x.zero()
    m.accGradParameters(x, gradient)
    np.testing.assert_array_equal(m.gradWeight.array, expected)
    assert m.finput.shape == x.shape


@pytest.mark.parametrize("size", [(2, 64, 28, 28), (64, 28, 28)], ids=str)
@pytest.mark.parametrize("kind", ["contiguous", "transposed", "finput"])
def test_filters_of_one_tap_keep_the_input(size, kind):
    """Also an input that is `finput` itself, or in another order."""
    torch.manualSeed(1)
    m, x = nn.SpatialConvolution(64, 32, 1, 1).float(), torch.randn(*size).float()
    if kind == "transposed":
        x = x.transpose(len(size) - 1, len(size))
    elif kind == "finput":
        m.finput = x
    was = x.array.copy()
    expected = np.einsum("oc,...chw->...ohw", m.weight.array[..., 0, 0], was) + m.bias.array.reshape(-1, 1, 1)
    np.testing.assert_allclose(m.forward(x).array, expected, 1e-4, 1e-5)
    assert np.array_equal(m.finput.array, was)
    gradient = torch.randn(*m.output.size()).float()
    m.zeroGradParameters()
    if kind != "finput":
        x.zero()
    m.accGradParameters(x, gradient)
    joined = (a.reshape(-1, *a.shape[-3:]) for a in (gradient.array, was))
    np.testing.assert_allclose(m.gradWeight.array[..., 0, 0], np.einsum("nohw,nchw->oc", *joined), 1e-3, 1e-3)


@pytest.mark.parametrize("size", [(2, 64, 60, 61), (64, 60, 61)], ids=str)
def test_filters_of_one_tap_keep_what_they_see(size):
    torch.manualSeed(1)
    m, x = nn.SpatialConvolution(64, 32, 1, 1, 2, 3), torch.randn(*size)
    seen = x.array[..., ::3, ::2].copy()
    gradient = torch.randn(*m.forward(x).size())
    assert m.finput.shape == seen.shape and np.array_equal(m.finput.array, seen)
    expected = np.einsum("ocij,...chw->...ohw", m.weight.array, seen) + m.bias.array.reshape(-1, 1, 1)
    np.testing.assert_allclose(m.output.array, expected, 1e-10, 1e-12)
    m.zeroGradParameters()
    x.zero()
    m.accGradParameters(x, gradient)
    joined = (a.reshape(-1, *a.shape[-3:]) for a in (gradient.array, seen))
    expected = np.einsum("nohw,nchw->oc", *joined)
    np.testing.assert_allclose(m.gradWeight.array[..., 0, 0], expected, 1e-9, 1e-9)
    m.evaluate()
    assert np.array_equal(m.forward(torch.zeros(*size)).array[..., 0, 0].ravel()[:32], m.bias.array)
    assert m.finput.nElement() == 0


def test_evaluation_copies_nothing(layer):
    m, x, gradient = layer
    m.forward(x)
    m.evaluate()
    m.forward(x)
    assert m.finput.nElement() == 0
    expected = x.clone()
    m.zeroGradParameters()
    m.accGradParameters(expected, gradient)
    m.training()
    np.testing.assert_array_equal(m.gradWeight.array, results(m, x, gradient)[2])


def test_passes_may_go_by_different_algorithms(layer):
    m, x, gradient = layer
    for first, second in (("auto", "direct"), ("direct", "auto")):
        nn.algorithm(first)
        m.zeroGradParameters()
        m.forward(x)
        nn.algorithm(second)
        dx = m.backward(x, gradient).array.copy()
        mixed = m.gradWeight.array.copy()
        _, expected, weight, _ = results(m, x, gradient)
        np.testing.assert_allclose(dx, expected, 1e-11, 1e-11)
        np.testing.assert_allclose(mixed, weight, 1e-10, 1e-10)


@pytest.mark.parametrize("name", ["direct", "auto"])
def test_parameters_may_be_transposed_views(layer, name):
    m, x, gradient = layer
    nn.algorithm(name)
    expected = results(m, x, gradient)
    m.weight, m.gradWeight = (tensor.transpose(1, 2).clone().transpose(1, 2) for tensor in (m.weight, m.gradWeight))
    assert not m.gradWeight.isContiguous()
    for result, value in zip(results(m, x, gradient), expected, strict=True):
        np.testing.assert_array_equal(result, value)


@pytest.mark.parametrize("name, expected", [("direct", "direct\n"), ("fast", None)])
def test_environment(name, expected):
    code = "from torchnn import nn; print(nn.algorithm())"
    environment = {**os.environ, "TORCHNN_ALGORITHM": name}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == (expected or "") and (expected or "TORCHNN_ALGORITHM should be one of auto, " in done.stderr)
