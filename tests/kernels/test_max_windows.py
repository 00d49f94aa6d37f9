import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.guarded import Arena
from tests.naive import pooling as naive
from torchnn import kernels
from torchnn.nn import geometry

# size, kernel, stride, padding and dilation of rows and columns, ceil mode
WINDOWS = [
    ((2, 2), (2, 2), (2, 2), (0, 0), (1, 1), False),
    ((8, 8), (2, 2), (2, 2), (0, 0), (1, 1), False),
    ((31, 13), (3, 3), (2, 2), (0, 0), (1, 2), False),
    ((4, 3), (2, 3), (1, 1), (0, 0), (2, 1), False),
    ((5, 37), (2, 2), (2, 2), (0, 0), (1, 1), True),
    ((1, 1), (3, 3), (2, 2), (1, 1), (1, 1), False),
    ((9, 80), (3, 3), (2, 2), (1, 1), (1, 1), False),
    ((9, 80), (3, 2), (3, 1), (1, 0), (2, 3), False),
    ((7, 33), (4, 5), (1, 1), (2, 2), (1, 1), False),
    ((6, 50), (5, 4), (2, 2), (2, 1), (1, 2), True),
]


def check(x, out, window, last):
    """All maxima and positions are those of the plain loops, and nothing beside the arrays is touched."""
    with Arena(last) as arena:
        guarded = arena.copy(x)
        y, where = arena.empty((len(x), *out), x.dtype), arena.empty((len(x), *out), np.int64, -7)
        kernels.max_windows.maxima(guarded, y, where, x.shape[1:], out, *window)
        for p, plane in enumerate(x):
            want, places = naive.maximum(plane, out, *window)
            np.testing.assert_array_equal(y[p], want, f"maxima of plane {p}")
            np.testing.assert_array_equal(where[p], places, f"positions in plane {p}")


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("windows", WINDOWS, ids=str)
def test_maxima(windows, dtype, last):
    size, *window, ceil = windows
    x = np.round(np.random.default_rng(0).standard_normal((3, *size)), 1).astype(dtype)
    x[1, :, ::3] = np.nan
    x[2] = -np.inf
    check(x, geometry.pooled(size, *window, ceil), window, last)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_windows(data):
    size = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)), "size")
    kernel = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)), "kernel")
    stride = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 2)), "stride")
    pad = tuple(data.draw(st.integers(0, k // 2), "pad") for k in kernel)
    dilation = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)), "dilation")
    out = geometry.pooled(size, kernel, stride, pad, dilation, data.draw(st.booleans(), "ceil"))
    if min(out) > 0:
        x = np.random.default_rng(0).integers(-2, 3, (2, *size)).astype(np.float32)
        check(x, out, (kernel, stride, pad, dilation), data.draw(st.booleans(), "last"))


def test_planes_in_parallel_are_those_in_turn():
    x = np.random.default_rng(0).standard_normal((40, 30, 61)).astype(np.float32)
    check(x, (15, 31), ((3, 3), (2, 2), (1, 1), (1, 1)), True)


def test_what_does_not_fit():
    size, out, kernel, stride, pad, dilation = (9, 9), (3, 3), (3, 3), (3, 2), (0, 0), (1, 1)
    assert kernels.max_windows.fits(size, out, kernel, stride, pad, dilation)
    assert not kernels.max_windows.fits(size, out, kernel, (1, 3), pad, dilation), "three apart"
    assert not kernels.max_windows.fits((9, 1 << 23), out, kernel, stride, pad, dilation), "places are not exact"
