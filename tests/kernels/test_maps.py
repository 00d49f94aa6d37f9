"""Sums of maps over samples and positions, between guards."""

import numpy as np
import pytest

from tests.kernels import guarded
from tests.kernels.threads import threads
from torchnn import kernels

FLOATS = (np.float32, np.float64)
# The last one goes to all threads.
SIZES = [(1, 1, 1), (3, 5, 7), (2, 3, 64), (1, 7, 301), (64, 2, 1), (16, 20, 576)]


def drawn(*size, dtype):
    return np.random.default_rng(0).standard_normal(size).astype(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("last", [True, False])
def test_sums_are_added(last, dtype):
    for size in SIZES:
        x = drawn(*size, dtype=dtype)
        with guarded.Arena(last) as arena:
            target = arena.empty(size[1], dtype)
            target[...] = 1
            kernels.maps.add_sums(arena.copy(x), target, 0.25)
            want = 1 + 0.25 * x.sum((0, 2), np.float64)
            np.testing.assert_allclose(target, want, 2 * np.finfo(dtype).eps, 1e-13, err_msg=str(size))


def test_infinity_and_nan_stay_in_their_map():
    x = np.ones((2, 3, 50), np.float32)
    x[1, 0, 49], x[0, 2, 3] = np.inf, np.nan
    target = np.zeros(3, np.float32)
    kernels.maps.add_sums(x, target, -1.0)
    np.testing.assert_array_equal(target, [-np.inf, -100, np.nan])


def test_threads_do_not_matter():
    x, found = drawn(64, 20, 576, dtype=np.float32), []
    for count in (1, 2):
        found.append(np.zeros(20, np.float32))
        with threads(count):
            kernels.maps.add_sums(x, found[-1], 1.0)
    np.testing.assert_array_equal(*found)


def test_a_gradient_that_is_not_contiguous():
    x, gradient = drawn(4, 8, 200, dtype=np.float64), np.ones(16)
    kernels.convolution.grad_bias(x, gradient[::2], 2)
    np.testing.assert_allclose(gradient[::2], 1 + 2 * x.sum((0, 2)), 1e-13)
    np.testing.assert_array_equal(gradient[1::2], 1)
