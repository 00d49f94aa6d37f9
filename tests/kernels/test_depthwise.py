from unittest import mock

import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena, guarded_scratch
from tests.kernels.passes import arrays
from tests.kernels.threads import threads
from tests.naive import convolution as naive
from torchnn.kernels import depthwise, grouped_convolution, launch

# samples, planes, outputs of each, plane, (kernel, padding, dilation): rows and planes, shorter and longer than a
# vector, more and fewer than the rows of a tile, one position, padding beyond the kernel, more groups than a task has
CASES = [
    (2, 3, 1, (14, 14), (3, 1, 1)),
    (1, 2, 3, (9, 37), (5, 2, 1)),
    (2, 2, 2, (20, 17), (3, 0, 2)),
    (1, 1, 1, (1, 1), (3, 1, 1)),
    (2, 3, 2, (5, 6), (2, 3, 1)),
    (3, 2, 1, (40,), (4, 1, 1)),
    (3, 7, 1, (3, 3), (3, 1, 1)),
]


def prepared(case, dtype):
    samples, channels, multiplier, plane, numbers = case
    kernel, pad, dilation = ((n,) * len(plane) for n in numbers)
    window = kernel, (1,) * len(plane), pad, dilation
    x, weight, bias, _, gradient = arrays(plane, window, samples, channels, channels * multiplier, dtype)
    weight = np.ascontiguousarray(weight[:, 0]).reshape(channels, multiplier, -1)
    gradient = gradient.reshape(samples, channels, multiplier, *gradient.shape[2:])
    return window, x, weight, bias.reshape(channels, multiplier), gradient


def passes(window, x, weight, bias, gradient, y, dx):
    with mock.patch.object(grouped_convolution, "SMALL", 0):
        grouped_convolution.depthwise_forward(x, weight, bias, y, None, window)
        grouped_convolution.depthwise_grad_input(gradient, weight, dx, None, window)


def check(case, dtype, last=False):
    window, x, weight, bias, gradient = prepared(case, dtype)
    channels, multiplier, _ = weight.shape
    with Arena(last) as arena, guarded_scratch(arena):
        given = [arena.copy(array) for array in (x, weight, bias, gradient)]
        y, dx = (arena.copy(np.full_like(array, np.nan)) for array in (gradient, x))
        passes(window, *given, y, dx)
        for c in range(channels):
            kernel = weight[c].reshape(multiplier, 1, *window[0])
            expected = naive.forward(x[:, c : c + 1], kernel, bias[c], window)
            np.testing.assert_allclose(y[:, c], expected, 0, 100 * np.finfo(dtype).eps, err_msg="forward")
            expected = naive.grad_input(gradient[:, c], kernel, x.shape[2:], window)[:, 0]
            np.testing.assert_allclose(dx[:, c], expected, 0, 100 * np.finfo(dtype).eps, err_msg="grad_input")


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_passes_equal_the_naive_ones_and_touch_nothing_else(case, dtype, last):
    check(case, dtype, last)


def test_results_do_not_depend_on_the_number_of_threads():
    given = prepared((3, 30, 2, (20, 21), (3, 1, 1)), np.float32)
    results = [[np.empty_like(given[4]), np.empty_like(given[1])] for _ in range(2)]
    with mock.patch.object(launch, "SERIAL_WORK", 0):
        passes(*given, *results[0])
    with threads(1):
        passes(*given, *results[1])
    for many, alone in zip(*results, strict=True):
        np.testing.assert_array_equal(many, alone)


def test_it_serves_stride_1_and_planes_that_stay_in_a_cache():
    ones = (1, 1)
    assert depthwise.is_able(1, (112, 112), ((3, 3), ones, ones, ones), 4)
    assert not depthwise.is_able(1, (112, 112), ((3, 3), (2, 2), ones, ones), 4)
    assert not depthwise.is_able(4, (224, 224), ((3, 3), ones, ones, ones), 4)


@runs_with_shorter_vectors("""
from tests.kernels import test_depthwise as t
for case in t.CASES:
    t.check(case, {dtype})
""")
def test_shorter_vectors(output):
    assert not output
