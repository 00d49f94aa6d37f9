from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena, guarded_scratch
from tests.kernels.passes import assert_threads_make_no_difference
from torchnn import kernels

# samples, channels, height, width, outputs, taps, padding: tiles cut off, few and many of them, planes that fill no
# vector, several chunks of channels or tiles, padding beyond the filter or negative, and filters cut into pieces
CASES = [
    (1, 1, 1, 1, 1, 3, 1),
    (2, 3, 9, 11, 5, 3, 1),
    (1, 17, 6, 6, 33, 3, 0),
    (5, 20, 12, 12, 50, 5, 0),
    (2, 130, 7, 7, 33, 3, 1),
    (3, 16, 20, 37, 15, 5, 3),
    (9, 16, 15, 14, 40, 3, 2),
    (2, 2, 9, 8, 3, 3, -1),
    (257, 4, 4, 4, 4, 3, 1),
    (2, 17, 14, 15, 33, 4, 1),
    (2, 16, 15, 17, 32, 9, 4),
    (3, 32, 16, 14, 48, 7, 1),
    (2, 16, 13, 11, 16, 11, 5),
    (5, 16, 11, 11, 16, 6, 0),
    (30, 18, 10, 9, 70, 3, 1),
    (3, 33, 13, 14, 16, 5, 2),
    (2, 17, 19, 20, 18, 4, 2),
    (2, 16, 21, 24, 34, 5, 0),
]
TOLERANCE = {np.float32: 3e-5, np.float64: 1e-13}

# Gradients under more than 3 taps are computed from tiles that lose more digits (see `winograd_matrices`).
LOOSE = {np.float32: 1e-4, np.float64: 1e-13}


def arrays(case, dtype=np.float64, seed=0):
    samples, channels, height, width, outputs, taps, pad = case
    rng = np.random.default_rng(seed)
    positions = [n + 2 * pad - taps + 1 for n in (height, width)]
    sizes = (
        (samples, channels, height, width),
        (outputs, channels, taps, taps),
        (outputs,),
        (samples, outputs, *positions),
    )
    window = (taps, taps), (1, 1), (pad, pad), (1, 1)
    return [rng.standard_normal(size).astype(dtype) for size in sizes], window


def passes(algorithm, x, weight, bias, gradient, window, empty=np.empty_like):
    """Output, gradient of the input plus a number, and twice the gradient of the weight plus 1."""
    y, dx, dw = empty(gradient), empty(x), empty(weight)
    shift = np.full(x.shape[1], 2, x.dtype)
    algorithm.forward(x, weight, bias, y, window)
    algorithm.grad_input(gradient, weight, shift, dx, window)
    dw[...] = 1
    algorithm.grad_weight(x, gradient, dw, 2, window)
    return y, dx, dw


def check(case, dtype, last=True):
    (x, weight, bias, gradient), window = arrays(case)
    expected = passes(kernels.direct, x, weight, bias, gradient, window)
    with Arena(last) as arena, guarded_scratch(arena), mock.patch.object(kernels.winograd, "direct", None):
        given_ = [arena.copy(array.astype(dtype)) for array in (x, weight, bias, gradient)]
        results = passes(kernels.winograd, *given_, window, lambda array: arena.empty(array.shape, dtype))
    for name, result, value in zip(("output", "gradInput", "gradWeight"), results, expected, strict=True):
        error = np.abs(result - value).max() / max(1, value.std())
        allowed = LOOSE if name != "output" and case[5] > 3 else TOLERANCE
        assert error < allowed[dtype], f"{name} of {case} is off by {error} standard deviations"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("last", [True, False])
def test_passes_equal_direct_ones_and_stay_within_their_arrays(case, dtype, last):
    check(case, dtype, last)


@pytest.mark.parametrize("limits", [{}, {"FEW_TILES": 0}, {"FEW_TILES": 0, "OWN_SUMS": 0}], ids=str)
@pytest.mark.parametrize("blocks", [{}, {"FEWEST_TILES": 1, "BLOCK_BYTES": 1, "OWN_TILES": 1}], ids=str)
def test_each_way_of_adding_up_the_gradient(limits, blocks):
    gradient = kernels.winograd_gradient
    gradient._plan.cache_clear()
    with mock.patch.multiple(gradient, **{"FEW_TILES": 100, **limits}, **blocks):
        check((3, 17, 10, 22, 34, 3, 1), np.float32)
    gradient._plan.cache_clear()


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.data())
def test_any_sizes(data):
    taps = data.draw(st.sampled_from([3, 4, 5, 7, 9]))
    pad = data.draw(st.integers(-1, 6))
    side = st.integers(max(1, taps - 2 * pad), 20)
    channels, outputs = (st.integers(1, 40), st.integers(1, 70)) if taps < 6 else [st.sampled_from([16, 32])] * 2
    case = data.draw(st.integers(1, 9)), data.draw(channels), data.draw(side), data.draw(side)
    check((*case, data.draw(outputs), taps, pad), np.float32)


@pytest.mark.parametrize(
    "case", [(4, 16, 30, 30, 32, 3, 1), (1, 40, 9, 9, 40, 3, 1), (40, 64, 9, 9, 256, 3, 1)], ids=str
)
def test_results_do_not_depend_on_the_number_of_threads(case):
    (x, weight, bias, gradient), window = arrays(case, np.float32)
    shift = np.zeros(x.shape[1], x.dtype)
    assert_threads_make_no_difference((x, weight, bias, shift, gradient), window, kernels.winograd)


@pytest.mark.parametrize("taps, number", [(3, np.nan), (3, np.inf), (3, -np.inf), (7, np.nan)])
def test_what_is_not_finite_does_not_spread_over_a_tile(taps, number):
    (x, weight, bias, gradient), window = arrays((2, 16, 12, 12, 32, taps, taps // 2), np.float32)
    for array in (x, gradient):
        array[1, 2, 3, 4] = number
    weight[5, 6, 1, 1] = np.inf
    results = passes(kernels.winograd, x, weight, bias, gradient, window)
    for result, expected in zip(results, passes(kernels.direct, x, weight, bias, gradient, window), strict=True):
        np.testing.assert_array_equal(result, expected)
        assert np.isfinite(result).any() and not np.isfinite(result).all()


def transforms(side, taps):
    matrices, tile = kernels.winograd_matrices, side + taps - 1
    return map(np.array, (matrices.inputs(tile), matrices.filters(tile, taps), matrices.outputs(tile, side)))


@pytest.mark.parametrize("side, taps", kernels.winograd_matrices.FORMS)
def test_matrices_multiply_polynomials(side, taps):
    rng = np.random.default_rng(0)
    inputs, filters, outputs = transforms(side, taps)
    x, weight = rng.standard_normal(side + taps - 1), rng.standard_normal(taps)
    np.testing.assert_allclose(outputs.T @ ((filters @ weight) * (inputs @ x)), np.correlate(x, weight, "valid"), 1e-12)


SHORT = [(*form, reach) for form in kernels.winograd_matrices.FORMS for reach in range(form[1], sum(form) - 1)]


@pytest.mark.parametrize("side, taps, reach", SHORT)
def test_short_tiles_need_as_many_points_as_pixels(side, taps, reach):
    matrices, rng, tile = kernels.winograd_matrices, np.random.default_rng(0), side + taps - 1
    inputs, filters, outputs = transforms(side, taps)
    x, weight = rng.standard_normal(tile), rng.standard_normal(taps)
    factors = matrices.extension(tile, reach)
    for i in range(reach, tile):
        x[i] = sum(factor * x[i - 2 * n] for n, factor in enumerate(factors, 1))
    first, last = matrices.points(tile, reach)
    assert last - first == reach
    transformed = inputs @ x
    np.testing.assert_allclose(np.delete(transformed, range(first, last)), 0, 0, 1e-14)
    result = (outputs.T @ ((filters @ weight) * transformed))[: reach - taps + 1]
    np.testing.assert_allclose(result, np.correlate(x[:reach], weight, "valid"), 1e-12)


@runs_with_shorter_vectors("""
from tests.kernels.test_winograd import CASES, check
for case in CASES:
    check(case, {dtype})
""")
def test_shorter_vectors(output):
    assert not output


@pytest.mark.parametrize(
    "kernel, precise, gradient", [(3, (1, 6), (1, 6)), (4, (1, 6), (1, 8)), (5, (1, 6), (1, 8)), (7, (2, 6), (2, 8))]
)
def test_outputs_keep_more_digits_than_gradients(kernel, precise, gradient):
    cuts = [kernels.winograd_matrices.cut(kernel, each) for each in (True, False)]
    assert [(cut.pieces, cut.tile) for cut in cuts] == [precise, gradient]
