import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.passes import (
    PASSES,
    arrays,
    assert_nothing_outside_is_touched,
    assert_passes,
    assert_scratch_makes_no_difference,
    assert_threads_make_no_difference,
    computed,
    expected,
)
from tests.kernels.test_convolution import CASES
from tests.naive import convolution as naive
from torchnn.kernels import direct, implicit_gemm, implicit_plans

# plane, (kernel, stride, padding, dilation): besides those of all algorithms, tiles that just fill or overflow, strides
# with and without shuffles, kernels smaller than the stride, planes of one element.
MORE_CASES = [
    ((1, 1), ((1, 1), (1, 1), (0, 0), (1, 1))),
    ((1, 1), ((3, 3), (1, 1), (1, 1), (1, 1))),
    ((4, 12), ((1, 1), (1, 1), (0, 0), (1, 1))),
    ((7, 7), ((1, 1), (2, 2), (0, 0), (1, 1))),
    ((3, 48), ((1, 3), (1, 1), (0, 1), (1, 1))),
    ((20, 21), ((5, 5), (4, 4), (2, 2), (1, 1))),
    ((9, 11), ((3, 2), (5, 3), (1, 1), (1, 1))),
    ((9, 9), ((2, 2), (3, 4), (0, 1), (1, 1))),
    ((8, 9), ((3, 3), (2, 2), (2, 3), (2, 3))),
    ((5, 6, 7), ((3, 3, 3), (2, 2, 2), (1, 1, 1), (1, 1, 1))),
]
cases = pytest.mark.parametrize("plane, window", CASES + MORE_CASES, ids=str)
precisions = pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-5)])


@cases
@precisions
@pytest.mark.parametrize("samples, channels, outputs", [(1, 1, 1), (3, 2, 5), (2, 17, 13)])
def test_passes_equal_the_naive_ones(plane, window, samples, channels, outputs, dtype, tolerance):
    assert_passes(arrays(plane, window, samples, channels, outputs, dtype), window, tolerance)


@pytest.mark.parametrize("channels, outputs", [(3, 16), (15, 17), (16, 24), (100, 3), (70, 200)])
def test_many_channels(channels, outputs):
    window = ((3, 3), (1, 1), (1, 1), (1, 1))
    assert_passes(arrays((4, 5), window, 2, channels, outputs, np.float32), window, 1e-5)


@cases
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sums_do_not_depend_on_what_scratch_memory_held(plane, window, dtype):
    given = arrays(plane, window, 2, 3, 5, dtype)
    assert_scratch_makes_no_difference(given, window, implicit_gemm)


def test_large_batch():
    window = ((2, 2), (1, 1), (0, 0), (1, 1))
    assert_passes(arrays((3, 3), window, 257, 3, 4, np.float32), window, 1e-5)


@pytest.fixture
def plans():
    """Nothing is planned before nor remembered after."""
    remembered = implicit_plans.product_plan, implicit_plans.gradient_plan
    for plan in remembered:
        plan.cache_clear()
    yield
    for plan in remembered:
        plan.cache_clear()


@pytest.mark.parametrize(
    "plane, window",
    [
        ((6, 7), ((3, 3), (2, 2), (1, 1), (1, 1))),
        ((5, 9), ((2, 3), (1, 1), (0, 1), (1, 2))),
        ((3, 4, 5), ((2, 3, 3), (1, 2, 1), (1, 1, 1), (1, 1, 1))),
    ],
    ids=str,
)
def test_every_way_to_divide_the_work(plane, window, plans, monkeypatch):
    """Rows unfolded or not, samples together or not, blocks of outputs: all give the same."""
    given = arrays(plane, window, 3, 9, 17, np.float64)
    bands = implicit_plans._bands
    sizes = (3, 9, 17, plane, naive.positions_of(plane, window), window, np.float64)
    monkeypatch.setattr(implicit_plans, "DEPTH", 20)
    monkeypatch.setattr(implicit_plans, "SEGMENT", 2)
    for make in (implicit_plans.ahead, implicit_plans.back):
        for number in range(len(list(bands(implicit_plans.Problem(make, *sizes), [8, 24])))):

            def chosen(problem, outputs, number=number):
                ways = list(bands(problem, outputs))
                yield ways[number % len(ways)]

            monkeypatch.setattr(implicit_plans, "_bands", chosen)
            implicit_plans.product_plan.cache_clear()
            implicit_plans.gradient_plan.cache_clear()
            assert_passes(given, window, 1e-12, f"way {number}")


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("plane, window", [CASES[0], CASES[6], CASES[9], *MORE_CASES[2:7]], ids=str)
def test_nothing_outside_the_arrays_is_touched(plane, window, last):
    assert_nothing_outside_is_touched(arrays(plane, window, 2, 3, 5, np.float32), window, last, implicit_gemm)


def test_infinity_stays_where_it_belongs():
    """The gradient of the weight is that of Torch7, where zeros of the padding meet NaN."""
    window = ((3, 3), (1, 1), (1, 1), (1, 1))
    given = arrays((5, 6), window, 2, 3, 4, np.float64)
    given[0][0, 1, 2, 5] = np.inf
    given[4][1, 2, 0, 0] = np.nan
    with np.errstate(invalid="ignore"):
        ours, theirs = computed(implicit_gemm, window, *given), list(expected(window, *given))
        theirs[2] = computed(direct, window, *given)[2]
    for name, a, b in zip(PASSES, ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, 1e-10, 1e-10, err_msg=name)


def test_sums_do_not_depend_on_the_number_of_threads(plans):
    window = ((3, 3), (2, 2), (1, 1), (1, 1))
    given = arrays((20, 21), window, 5, 20, 30, np.float32)
    assert_threads_make_no_difference(given, window, implicit_gemm)


@cases
@precisions
@pytest.mark.parametrize("multiplier", [1, 2, 5])
def test_depthwise_passes_equal_convolutions_of_single_planes(plane, window, multiplier, dtype, tolerance):
    samples, channels = 2, 3
    x, weight, bias, _, gradient = arrays(plane, window, samples, channels, channels * multiplier, dtype)
    weight = np.ascontiguousarray(weight[:, 0]).reshape(channels, multiplier, -1)
    gradient = gradient.reshape(samples, channels, multiplier, *gradient.shape[2:])
    y, dx, dw = np.full_like(gradient, np.nan), np.full_like(x, np.nan), np.ones_like(weight)
    bias = bias.reshape(channels, multiplier)
    implicit_gemm.depthwise_forward(x, weight, bias, y, window)
    implicit_gemm.depthwise_grad_input(gradient, weight, dx, window)
    assert implicit_gemm.depthwise_grad_weight(x, gradient, dw, window)
    for c in range(channels):
        one, kernel, grad = x[:, c : c + 1], weight[c].reshape(multiplier, 1, *window[0]), gradient[:, c]
        np.testing.assert_allclose(y[:, c], naive.forward(one, kernel, bias[c], window), 0, 100 * tolerance)
        np.testing.assert_allclose(dx[:, c], naive.grad_input(grad, kernel, plane, window)[:, 0], 0, 100 * tolerance)
        found = naive.grad_weight(one, grad, window).reshape(multiplier, -1)
        np.testing.assert_allclose(dw[c], 1 + found, 0, 1000 * tolerance)


@runs_with_shorter_vectors("""
from tests.kernels import test_implicit_gemm as t
for plane, window in (t.CASES[6], *t.MORE_CASES[4:8]):
    t.assert_passes(t.arrays(plane, window, 2, 5, 13, {dtype}), window, 1e-5 if {dtype} is np.float32 else 1e-12)
""")
def test_shorter_vectors(output):
    assert not output
