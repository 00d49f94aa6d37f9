"""Layers of sequences and volumes with random windows, fitting or nearly so: the naive result, or a clear error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive import convolution as naive_convolution
from tests.naive import pooling as naive_pooling
from tests.nn.test_shapes_fuzzed import attempt, check_backward
from tests.torch.layouts import steady
from torchnn import nn

small = st.integers(1, 5)
triples = st.tuples(*[small] * 3)
kernels = st.tuples(*[st.integers(0, 3)] * 3)
strides = st.tuples(*[st.integers(0, 2)] * 3)
pads = st.tuples(*[st.integers(-1, 2)] * 3)
dilations = st.tuples(*[st.integers(0, 2)] * 3)


def spoken(*groups):
    """Numbers of time, rows and columns in the order of Torch7's arguments: time, width, height."""
    return [value for t, h, w in groups for value in (t, w, h)]


@given(triples, kernels, strides, pads, dilations)
@steady
def test_volumetric_convolution(size, taps, step, padding, spread):
    arguments = spoken(taps, step, padding, spread)
    tried = attempt(lambda: nn.VolumetricDilatedConvolution(2, 3, *arguments), (2, *size))
    if tried is None:
        return
    module, x, y = tried
    window = taps, step, padding, spread
    want = naive_convolution.forward(x.array[None], module.weight.array, module.bias.array, window)[0]
    np.testing.assert_allclose(y.array, want, rtol=1e-12, atol=1e-12)
    check_backward(module, x, y)


@given(triples, kernels, strides, pads, st.tuples(*[st.integers(-1, 1)] * 3))
@steady
def test_volumetric_full_convolution(size, taps, step, padding, extra):
    arguments = spoken(taps, step, padding, extra)
    tried = attempt(lambda: nn.VolumetricFullConvolution(2, 3, *arguments), (2, *size))
    if tried is None:
        return
    module, x, y = tried
    window = taps, step, padding, (1, 1, 1)
    want = naive_convolution.grad_input(x.array[None], module.weight.array, y.shape[1:], window)[0]
    np.testing.assert_allclose(y.array, want + module.bias.array[:, None, None, None], rtol=1e-12, atol=1e-12)
    check_backward(module, x, y)


@given(triples, kernels, strides, pads, dilations, st.booleans())
@steady
def test_volumetric_maximum(size, taps, step, padding, spread, ceil):
    def make():
        module = nn.VolumetricDilatedMaxPooling(*spoken(taps, step, padding, spread))
        return module.ceil() if ceil else module

    tried = attempt(make, (2, *size))
    if tried is None:
        return
    module, x, y = tried
    for p in range(2):
        want, _ = naive_pooling.clipped_maximum(x.array[p], y.shape[1:], taps, step, padding, spread)
        np.testing.assert_array_equal(y.array[p], want)
    check_backward(module, x, y)


@given(triples, kernels, strides)
@steady
def test_volumetric_average(size, taps, step):
    tried = attempt(lambda: nn.VolumetricAveragePooling(*spoken(taps, step)), (2, *size))
    if tried is None:
        return
    module, x, y = tried
    for p in range(2):
        want = naive_pooling.average(x.array[p], y.shape[1:], taps, step, (0, 0, 0))
        np.testing.assert_allclose(y.array[p], want, rtol=1e-12, atol=1e-12)
    check_backward(module, x, y)


@given(triples, st.tuples(*[st.integers(-2, 3)] * 6))
@steady
def test_volumetric_padding(size, pads):
    tried = attempt(lambda: nn.VolumetricReplicationPadding(*pads), (2, *size))
    if tried is None:
        return
    left, right, top, bottom, front, back = pads
    if min(pads) >= 0:
        around = (0, 0), (front, back), (top, bottom), (left, right)
        np.testing.assert_array_equal(tried[2].array, np.pad(tried[1].array, around, "edge"))
    check_backward(*tried)


@given(st.integers(1, 9), st.integers(0, 4), st.integers(0, 3))
@steady
def test_temporal_layers(frames, taps, step):
    tried = attempt(lambda: nn.TemporalConvolution(3, 2, taps, step), (frames, 3))
    if tried is not None:
        module, x, y = tried
        starts = range(0, frames - taps + 1, step)
        want = [module.weight.array @ x.array[i : i + taps].ravel() + module.bias.array for i in starts]
        np.testing.assert_allclose(y.array, want, rtol=1e-12, atol=1e-12)
        check_backward(module, x, y)
    tried = attempt(lambda: nn.TemporalMaxPooling(taps, step), (frames, 3))
    if tried is not None:
        module, x, y = tried
        want = [x.array[i : i + taps].max(0) for i in range(0, frames - taps + 1, step)]
        np.testing.assert_array_equal(y.array, want)
        check_backward(module, x, y)


numbers = st.tuples(*[st.integers(-1, 4)] * 6)
OTHERS = {
    "FeatureLPPooling": lambda n: (lambda: nn.FeatureLPPooling(n[0], n[1], 2), (6, 3)),
    "Padding": lambda n: (lambda: nn.Padding(n[0], n[1], n[2], 0, n[3]), (4, 3)),
    "SpatialFractionalMaxPooling": lambda n: (lambda: nn.SpatialFractionalMaxPooling(*n[:4]), (2, 5, 4)),
    "SpatialSubSampling": lambda n: (lambda: nn.SpatialSubSampling(2, *n[:4]), (2, 4, 5)),
    "TemporalDynamicKMaxPooling": lambda n: (lambda: nn.TemporalDynamicKMaxPooling(n[0], n[1] / 4), (4, 3)),
    "TemporalRowConvolution": lambda n: (lambda: nn.TemporalRowConvolution(3, *n[:2]), (5, 3)),
    "TemporalSubSampling": lambda n: (lambda: nn.TemporalSubSampling(3, *n[:2]), (5, 3)),
    "VolumetricFractionalMaxPooling": lambda n: (lambda: nn.VolumetricFractionalMaxPooling(*n), (2, 4, 5, 4)),
}


@pytest.mark.parametrize("name", OTHERS)
@given(given_numbers=numbers)
@steady
def test_other_windows(name, given_numbers):
    tried = attempt(*OTHERS[name](given_numbers))
    if tried is None:
        return
    module, x, y = tried
    gradInput = module.backward(x, y.clone().normal())
    assert gradInput.shape == x.shape and np.isfinite(gradInput.array).all()
