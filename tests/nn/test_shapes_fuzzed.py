"""Layers with windows and indices on random shapes, fitting or nearly so: the naive result, or a clear error."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.naive import convolution as naive_convolution
from tests.naive import pooling as naive_pooling
from tests.torch.layouts import steady
from torchnn import nn, torch
from torchnn.errors import TorchError

small = st.integers(1, 7)
kernel = st.integers(0, 4)
stride = st.integers(0, 3)
pad = st.integers(-2, 3)
dilation = st.integers(0, 3)
pairs = st.tuples


def attempt(make, size):
    """A module and its output for a normal sample, or None where one of our errors refuses either."""
    torch.manualSeed(1)
    x = torch.randn(*size)
    try:
        module = make()
        y = module.forward(x)
    except TorchError as error:
        assert str(error)
        return None
    assert min(y.shape) > 0
    return module, x, y


def check_backward(module, x, y):
    """The gradient has the input's sizes, and a batch of one gives what its sample gives."""
    y = y.clone()
    gradient = torch.randn(y.size())
    single = module.backward(x, gradient).clone()
    assert single.shape == x.shape
    batch, batch_gradient = (tensor.view(1, *tensor.shape) for tensor in (x, gradient))
    np.testing.assert_allclose(module.forward(batch).array[0], y.array, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(module.backward(batch, batch_gradient).array[0], single.array, rtol=1e-12, atol=1e-12)


@given(pairs(small, small), pairs(kernel, kernel), pairs(stride, stride), pairs(pad, pad), pairs(dilation, dilation))
@steady
def test_convolution(plane, taps, step, padding, spread):
    arguments = [value for pair in (taps, step, padding, spread) for value in pair[::-1]]
    tried = attempt(lambda: nn.SpatialDilatedConvolution(2, 3, *arguments), (2, *plane))
    if tried is None:
        return
    module, x, y = tried
    window = taps, step, padding, spread
    want = naive_convolution.forward(x.array[None], module.weight.array, module.bias.array, window)[0]
    np.testing.assert_allclose(y.array, want, rtol=1e-12, atol=1e-12)
    gradient = torch.randn(y.size())
    got = module.backward(x, gradient)
    want = naive_convolution.grad_input(gradient.array[None], module.weight.array, plane, window)[0]
    np.testing.assert_allclose(got.array, want, rtol=1e-12, atol=1e-12)
    check_backward(module, x, y)


@given(pairs(small, small), pairs(kernel, kernel), pairs(stride, stride), pairs(pad, pad), pairs(pad, pad))
@steady
def test_full_convolution(plane, taps, step, padding, extra):
    arguments = [value for pair in (taps, step, padding, extra) for value in pair[::-1]]
    tried = attempt(lambda: nn.SpatialFullConvolution(2, 3, *arguments), (2, *plane))
    if tried is None:
        return
    module, x, y = tried
    window = taps, step, padding, (1, 1)
    want = naive_convolution.grad_input(x.array[None], module.weight.array, y.shape[1:], window)[0]
    np.testing.assert_allclose(y.array, want + module.bias.array[:, None, None], rtol=1e-12, atol=1e-12)
    check_backward(module, x, y)


@given(
    pairs(small, small),
    pairs(kernel, kernel),
    pairs(stride, stride),
    pairs(pad, pad),
    pairs(dilation, dilation),
    st.booleans(),
)
@steady
def test_maximum_pooling(plane, taps, step, padding, spread, ceil):
    arguments = [value for pair in (taps, step, padding, spread) for value in pair[::-1]]

    def make():
        module = nn.SpatialDilatedMaxPooling(*arguments)
        return module.ceil() if ceil else module

    tried = attempt(make, (2, *plane))
    if tried is None:
        return
    module, x, y = tried
    for p in range(2):
        want, where = naive_pooling.maximum(x.array[p], y.shape[1:], taps, step, padding, spread)
        np.testing.assert_array_equal(y.array[p], want)
        np.testing.assert_array_equal(module.indices.array[p], where)
    check_backward(module, x, y)


@given(
    pairs(small, small),
    pairs(kernel, kernel),
    pairs(stride, stride),
    pairs(pad, pad),
    st.booleans(),
    st.booleans(),
)
@steady
def test_average_pooling(plane, taps, step, padding, ceil, include):
    arguments = [value for pair in (taps, step, padding) for value in pair[::-1]]

    def make():
        module = nn.SpatialAveragePooling(*arguments)
        module.ceil_mode = ceil
        return module if include else module.setCountExcludePad()

    tried = attempt(make, (2, *plane))
    if tried is None:
        return
    module, x, y = tried
    if min(padding) >= 0:
        for p in range(2):
            with np.errstate(all="ignore"):
                want = naive_pooling.average(x.array[p], y.shape[1:], taps, step, padding, include)
            np.testing.assert_allclose(y.array[p], want, rtol=1e-12, atol=1e-12)
    check_backward(module, x, y)


@given(st.sampled_from(["Max", "Average"]), pairs(small, small), pairs(st.integers(-1, 9), st.integers(-1, 9)))
@steady
def test_adaptive_pooling(kind, plane, out):
    tried = attempt(lambda: getattr(nn, f"SpatialAdaptive{kind}Pooling")(*out), (2, *plane))
    if tried is not None:
        assert tried[2].shape == (2, *out[::-1])
        check_backward(*tried)


PADDING = {"constant": "Zero", "reflect": "Reflection", "edge": "Replication"}


@given(st.sampled_from(sorted(PADDING)), pairs(small, small), st.tuples(*[st.integers(-3, 5)] * 4))
@steady
def test_padding(mode, plane, pads):
    tried = attempt(lambda: getattr(nn, f"Spatial{PADDING[mode]}Padding")(*pads), (2, *plane))
    if tried is None:
        return
    left, right, top, bottom = pads
    x = tried[1].array
    if min(pads) >= 0:
        np.testing.assert_array_equal(tried[2].array, np.pad(x, ((0, 0), (top, bottom), (left, right)), mode))
    check_backward(*tried)


@given(st.sampled_from(["Nearest", "Bilinear"]), pairs(small, small), st.integers(-1, 5))
@steady
def test_upsampling(kind, plane, scale):
    tried = attempt(lambda: getattr(nn, f"SpatialUpSampling{kind}")(scale), (2, *plane))
    if tried is None:
        return
    if kind == "Nearest":
        np.testing.assert_array_equal(tried[2].array, np.repeat(np.repeat(tried[1].array, scale, 1), scale, 2))
    check_backward(*tried)


@given(st.integers(-1, 6), st.integers(1, 6), pairs(small, small))
@steady
def test_normalization_across_maps(size, planes, plane):
    tried = attempt(lambda: nn.SpatialCrossMapLRN(size), (planes, *plane))
    if tried is None:
        return
    module, x, y = tried
    half = (size - 1) // 2
    squares = x.array**2
    sums = np.stack([squares[max(c - half, 0) : c + half + 1].sum(0) for c in range(planes)])
    want = x.array * (module.k + module.alpha / size * sums) ** -module.beta
    np.testing.assert_allclose(y.array, want, rtol=1e-12)
    if size > 1:
        check_backward(module, x, y)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(2, 7))
@steady
def test_batch_normalization(features, given_features, samples):
    tried = attempt(lambda: nn.BatchNormalization(features), (samples, given_features))
    if tried is None:
        assert features != given_features
        return
    module, x, y = tried
    deviation = np.sqrt(x.array.var(0) + module.eps)
    normal = (x.array - x.array.mean(0)) / deviation
    np.testing.assert_allclose(y.array, normal * module.weight.array + module.bias.array, rtol=1e-9, atol=1e-9)


@given(st.integers(1, 5), st.integers(1, 4), st.lists(st.integers(-1, 6), max_size=6))
@steady
def test_lookup(rows, width, indices):
    module = nn.LookupTable(rows, width)
    x = torch.LongTensor(indices)
    try:
        y = module.forward(x)
    except TorchError:
        assert not indices or min(indices) < 1 or max(indices) > rows
        return
    np.testing.assert_array_equal(y.array, module.weight.array[np.array(indices) - 1])
    module.zeroGradParameters()
    module.backward(x, y.clone().fill(1))
    np.testing.assert_array_equal(module.gradWeight.array[:, 0], np.bincount(np.array(indices) - 1, minlength=rows))


@given(st.integers(1, 5), st.lists(st.lists(st.integers(-1, 6), min_size=1, max_size=4), min_size=1, max_size=3))
@steady
def test_sparse_inputs(columns, samples):
    module = nn.SparseLinear(columns, 2)
    weight, bias = module.weight.array, module.bias.array
    x = [torch.Tensor([[index, 0.5] for index in sample]) for sample in samples]
    try:
        y = module.forward(x)
    except TorchError:
        assert any(not 1 <= index <= columns for sample in samples for index in sample)
        return
    want = [bias + sum(0.5 * weight[:, index - 1] for index in sample if index) for sample in samples]
    np.testing.assert_allclose(y.array, want, rtol=1e-12, atol=1e-12)
    module.backward(x, y.clone())
