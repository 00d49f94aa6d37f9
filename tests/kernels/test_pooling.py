import numpy as np
import pytest

from tests.naive import pooling as naive
from torchnn import kernels
from torchnn.nn import windows

# size, kernel, stride, padding, dilation, ceil mode: of time, rows and columns or of rows and columns
GEOMETRIES = [
    ((4, 6), (2, 2), (2, 2), (0, 0), (1, 1), False),
    ((5, 7), (3, 2), (1, 1), (0, 0), (1, 1), False),
    ((7, 5), (3, 3), (2, 2), (1, 1), (1, 1), False),
    ((6, 6), (1, 1), (3, 3), (0, 0), (1, 1), True),
    ((6, 7), (2, 3), (3, 4), (1, 0), (2, 1), True),
    ((9, 40), (4, 5), (3, 2), (2, 1), (1, 3), False),
    ((3, 4, 5), (2, 2, 2), (1, 2, 1), (0, 0, 0), (1, 1, 1), False),
    ((5, 3, 5), (3, 3, 2), (1, 2, 1), (1, 1, 0), (2, 2, 1), False),
    ((6, 6, 7), (4, 3, 4), (2, 1, 3), (2, 1, 2), (2, 1, 1), True),
    ((5, 6, 7), (5, 4, 3), (1, 1, 2), (2, 2, 1), (1, 3, 2), False),
]
geometries = pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
precisions = pytest.mark.parametrize("dtype", [np.float32, np.float64])
variants = pytest.mark.parametrize("variant", ["serial", "parallel"])


def output_size(geometry):
    out = windows.pooled(*geometry)
    assert min(out) > 0
    return out


def planes(geometry, dtype):
    """Two planes with equal elements among them."""
    return np.round(np.random.default_rng(0).standard_normal((2, *geometry[0])), 1).astype(dtype)


def run_max(x, plan, variant, nowhere=0):
    y = np.full((len(x), *plan.out_size), np.finfo(x.dtype).min, x.dtype)
    where = np.full(y.shape, nowhere)
    arrays = x.ravel(), y.ravel(), where.ravel()
    run = getattr(kernels.pooling.max_forward, variant)
    run(*arrays, plan.size, plan.out_size, plan.strides, plan.taps, plan.codes)
    return y, where


@variants
@precisions
@geometries
def test_maxima_and_positions(geometry, dtype, variant):
    out = output_size(geometry)
    x = planes(geometry, dtype)
    y, where = run_max(x, windows.positions(geometry[0], out, *geometry[1:5]), variant)
    for p in range(2):
        want, places = naive.maximum(x[p], out, *geometry[1:5])
        np.testing.assert_array_equal(y[p].reshape(out), want)
        np.testing.assert_array_equal(where[p].reshape(out), places)


@pytest.mark.parametrize("geometry", [g for g in GEOMETRIES if len(g[0]) == 3], ids=str)
def test_maxima_and_offsets_of_clipped_windows(geometry):
    out = output_size(geometry)
    x = planes(geometry, np.float64)
    y, packed = run_max(x, windows.offsets(geometry[0], out, *geometry[1:5], (0, 8, 16)), "serial", 0xFFFFFF)
    for p in range(2):
        want, offsets = naive.clipped_maximum(x[p], out, *geometry[1:5])
        np.testing.assert_array_equal(y[p], want)
        np.testing.assert_array_equal(packed[p], offsets)


def test_nothing_exceeds_nan_and_minus_infinity():
    geometry = (1, 3), (1, 1), (1, 1), (0, 0), (1, 1), False
    x = np.array([[[np.nan, -np.inf, 2.0]]])
    y, where = run_max(x, windows.positions(geometry[0], (1, 3), *geometry[1:5]), "serial")
    assert where.ravel().tolist() == [0, 0, 3]
    assert y.ravel().tolist() == [np.finfo(np.float64).min] * 2 + [2.0]


@variants
def test_gradients_go_to_positions_and_those_outside_are_counted(variant):
    gradient, where = np.array([1.0, 2, 4, 8, 16, 32]), np.array([2, 2, 0, 1, 4, -1])
    grad_input = np.zeros(6)
    outside = getattr(kernels.pooling.max_backward, variant)(grad_input, gradient, where, 2)
    assert outside == 2
    assert grad_input.tolist() == [0, 3, 0, 8, 0, 0]


@variants
@pytest.mark.parametrize("include_pad", [True, False])
@geometries
def test_means(geometry, include_pad, variant):
    size, kernel, stride, pad, _, ceil_mode = geometry
    ones = (1,) * len(size)
    out = windows.pooled(size, kernel, stride, pad, ones, ceil_mode)
    plan = windows.positions(size, out, kernel, stride, pad, ones)
    counts = plan.counts if include_pad else plan.inner_counts
    x = planes(geometry, np.float64)
    y = np.empty((2, *out))
    run = getattr(kernels.pooling.average_forward, variant)
    run(x.ravel(), y.ravel(), plan.size, plan.out_size, plan.strides, plan.taps, counts)
    for p in range(2):
        np.testing.assert_allclose(y[p], naive.average(x[p], out, kernel, stride, pad, include_pad), atol=1e-14)


@variants
@geometries
def test_gradients_of_means(geometry, variant):
    """The backward pass is the transpose of the forward pass: <forward(x), g> = <x, backward(g)>."""
    size, kernel, stride, pad, _, _ = geometry
    ones = (1,) * len(size)
    out = windows.pooled(size, kernel, stride, pad, ones, False)
    plan = windows.positions(size, out, kernel, stride, pad, ones)
    x, g = planes(geometry, np.float64), np.random.default_rng(1).standard_normal((2, *out))
    y, back = np.empty_like(g), np.zeros_like(x)
    geometry3 = plan.size, plan.out_size, plan.strides, plan.taps, plan.counts
    getattr(kernels.pooling.average_forward, variant)(x.ravel(), y.ravel(), *geometry3)
    getattr(kernels.pooling.average_backward, variant)(g.ravel(), back.ravel(), 2, *geometry3)
    np.testing.assert_allclose(np.vdot(y, g), np.vdot(x, back), rtol=1e-12)


@pytest.mark.parametrize("size, out", [(7, 3), (5, 5), (3, 7), (1, 2), (64, 9), (10, 1)])
@pytest.mark.parametrize("scale_first", [True, False])
def test_adaptive_windows_cover_the_dimension(size, out, scale_first):
    plan = windows.adaptive(size, out, scale_first)
    assert plan[0, 0] == 0 and plan[-1, 1] == size
    assert (plan[:, 1] > plan[:, 0]).all() and (plan[1:, 0] <= plan[:-1, 1]).all()
