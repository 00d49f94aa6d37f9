from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena, guarded_scratch
from tests.kernels.threads import threads
from torchnn import kernels
from torchnn.kernels import launch, winograd_matrices, winograd_transposed

# samples, planes, height, width, gradOutput's planes, taps, padding: whole and short tiles of each size, few and many,
# planes that fill no vector, several chunks of gradOutput's planes, padding, filters cut into pieces
CASES = [
    (3, 20, 12, 12, 50, 5, 0),
    (2, 40, 13, 13, 33, 3, 0),
    (1, 7, 6, 8, 40, 3, 0),
    (40, 33, 8, 7, 20, 3, 0),
    (5, 17, 15, 11, 19, 4, 0),
    (2, 64, 16, 12, 150, 4, 1),
    (1, 30, 9, 30, 64, 5, 0),
    (2, 16, 5, 6, 32, 5, 0),
    (9, 3, 11, 12, 5, 5, 1),
    (2, 16, 60, 9, 16, 5, 0),
    (2, 32, 15, 12, 16, 6, 0),
    (3, 16, 16, 11, 48, 7, 1),
    (30, 48, 14, 13, 32, 7, 0),
    (2, 48, 20, 14, 32, 9, 0),
    (3, 32, 14, 17, 16, 11, 2),
    (1, 32, 34, 58, 32, 7, 0),
]

# Gradients, without a bias, under more than 3 taps are computed from tiles that lose more digits.
TOLERANCE = {np.float32: (1e-4, 3e-5), np.float64: (1e-13, 1e-13)}


def arrays(case, dtype):
    samples, planes, height, width, outputs, taps, pad = case
    rng = np.random.default_rng(0)
    positions = (n + 2 * pad - taps + 1 for n in (height, width))
    sizes = (samples, outputs, *positions), (outputs, planes, taps, taps), (planes,)
    return [rng.standard_normal(size).astype(dtype) for size in sizes]


def window(case):
    *_, taps, pad = case
    return (taps, taps), (1, 1), (pad, pad), (1, 1)


def is_transposed(case, precise):
    _, _, *plane, _, taps, pad = case
    cut = winograd_matrices.cut(taps, precise)
    return winograd_transposed.gains([n + 2 * pad - taps + 1 for n in plane], plane, (pad, pad), cut)


def check(case, dtype, last=True):
    gradient, weight, bias = arrays(case, dtype)
    for shift, tolerance in zip((None, bias), TOLERANCE[dtype], strict=True):
        expected = np.empty((len(gradient), weight.shape[1], *case[2:4]))
        wide = None if shift is None else shift.astype(float)
        kernels.direct.grad_input(gradient.astype(float), weight.astype(float), wide, expected, window(case))
        with Arena(last) as arena, guarded_scratch(arena), mock.patch.object(kernels.winograd, "direct", None):
            planes = arena.empty(expected.shape, dtype)
            shift = None if shift is None else arena.copy(shift)
            kernels.winograd.grad_input(arena.copy(gradient), arena.copy(weight), shift, planes, window(case))
            error = np.abs(planes - expected).max() / max(1, expected.std())
        kind = "gradient" if shift is None else "output of a full convolution"
        assert error < tolerance, f"the {kind} of {case} is off by {error} standard deviations"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("last", [True, False])
def test_gradients_equal_direct_ones_and_stay_within_their_arrays(case, dtype, last):
    assert is_transposed(case, precise=False)
    check(case, dtype, last)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.data())
def test_any_sizes(data):
    taps = data.draw(st.sampled_from([3, 4, 5, 7, 9]))
    pad = data.draw(st.integers(-1, taps // 2))
    side = st.integers(max(1, taps - 2 * pad), 24)
    planes, outputs = (st.integers(1, 40), st.integers(1, 70)) if taps < 6 else [st.sampled_from([16, 32])] * 2
    case = data.draw(st.integers(1, 9)), data.draw(planes), data.draw(side), data.draw(side)
    check((*case, data.draw(outputs), taps, pad), np.float32)


@pytest.mark.parametrize("case", [CASES[0], CASES[3], CASES[12]], ids=str)
def test_results_do_not_depend_on_the_number_of_threads(case):
    gradient, weight, _ = arrays(case, np.float32)

    def planes():
        result = np.empty((len(gradient), weight.shape[1], *case[2:4]), np.float32)
        kernels.winograd.grad_input(gradient, weight, None, result, window(case))
        return result

    with mock.patch.object(launch, "SERIAL_WORK", 0):
        many = planes()
    with threads(1):
        np.testing.assert_array_equal(planes(), many)


@pytest.mark.parametrize("case", [CASES[0], CASES[1], CASES[11]], ids=str)
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["gradOutput", "weight"])
def test_what_is_not_finite_shows_where_torch7_has_it(case, number, which):
    gradient, weight, _ = arrays(case, np.float32)
    (gradient if which == "gradOutput" else weight)[1, 2, 1, 1] = number
    results = [np.empty((len(gradient), weight.shape[1], *case[2:4]), np.float32) for _ in range(2)]
    for module, result in zip((kernels.winograd, kernels.direct), results, strict=True):
        module.grad_input(gradient, weight, None, result, window(case))
    np.testing.assert_array_equal(*results)
    assert np.isfinite(results[0]).any() and not np.isfinite(results[0]).all()


def test_padding_that_leaves_no_smaller_gradient_is_not_transposed():
    assert not is_transposed((1, 32, 14, 14, 32, 3, 1), precise=True)
    assert not is_transposed((1, 32, 14, 14, 32, 5, -1), precise=True), "the border of the planes belongs to no tile"
    assert not is_transposed((1, 32, 200, 200, 32, 5, 0), precise=True), "too many tiles for a cache"


@runs_with_shorter_vectors("""
from tests.kernels import test_winograd_transposed as t
for case in (t.CASES[1], t.CASES[6], t.CASES[11]):
    t.check(case, {dtype})
""")
def test_shorter_vectors(output):
    assert not output
