import numpy as np
import pytest

from tests.naive import convolution as naive
from torchnn import kernels

# plane, (kernel, stride, padding, dilation): rows wide and narrow, so that both ways of unfolding are tried
CASES = [
    ((7,), ((3,), (2,), (1,), (1,))),
    ((40,), ((3,), (1,), (2,), (3,))),
    ((5, 6), ((3, 2), (1, 1), (0, 0), (1, 1))),
    ((5, 6), ((1, 1), (1, 1), (0, 0), (1, 1))),
    ((6, 7), ((2, 3), (2, 3), (1, 2), (1, 1))),
    ((6, 5), ((1, 5), (2, 1), (0, 0), (1, 1))),
    ((4, 30), ((3, 3), (1, 1), (1, 1), (1, 1))),
    ((6, 50), ((2, 3), (2, 2), (1, 4), (2, 3))),
    ((3, 20), ((2, 2), (1, 1), (3, 3), (1, 1))),
    ((6, 60), ((2, 5), (3, 3), (0, -2), (1, 1))),
    ((3, 4, 5), ((2, 2, 3), (1, 2, 1), (1, 0, 1), (1, 1, 1))),
    ((4, 3, 36), ((2, 1, 3), (2, 1, 2), (1, 0, 1), (2, 1, 1))),
]
cases = pytest.mark.parametrize("plane, window", CASES, ids=str)
batches = pytest.mark.parametrize("samples", [1, 3])
precisions = pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-5)])


def arrays(plane, window, samples, dtype, channels=2, outputs=3):
    rng = np.random.default_rng(0)
    positions = naive.positions_of(plane, window)
    sizes = (
        (samples, channels, *plane),
        (outputs, channels, *window[0]),
        (outputs,),
        (samples, outputs, *positions),
    )
    columns = np.full((channels * np.prod(window[0]), samples, np.prod(positions)), np.nan, dtype)
    return [rng.standard_normal(size).astype(dtype) for size in sizes], columns


@cases
@batches
@precisions
def test_passes_equal_the_naive_ones(plane, window, samples, dtype, tolerance):
    (x, weight, bias, gradient), columns = arrays(plane, window, samples, dtype)
    y, dx, dw, db = np.empty_like(gradient), np.empty_like(x), np.ones_like(weight), np.ones_like(bias)
    kernels.convolution.forward(x, weight, bias, y, window, columns)
    np.testing.assert_allclose(y, naive.forward(x, weight, bias, window), tolerance, 10 * tolerance)
    kernels.convolution.grad_weight(x, gradient, dw, 0.5, window, columns)
    expected = 1 + 0.5 * naive.grad_weight(x, gradient, window)
    np.testing.assert_allclose(dw, expected, tolerance, 100 * tolerance)
    kernels.convolution.grad_weight(x, gradient, dw, -0.5, window)
    np.testing.assert_allclose(dw, 1, tolerance, 100 * tolerance)
    kernels.convolution.grad_bias(gradient, db, 2)
    np.testing.assert_allclose(db, 1 + 2 * gradient.sum((0, *range(2, gradient.ndim))), tolerance, 100 * tolerance)
    columns.fill(np.nan)
    kernels.convolution.grad_input(gradient, weight, None, dx, window, columns)
    expected = naive.grad_input(gradient, weight, plane, window)
    np.testing.assert_allclose(dx, expected, tolerance, 10 * tolerance)
    shift = np.arange(dx.shape[1], dtype=dtype)
    kernels.convolution.grad_input(gradient, weight, shift, dx, window)
    expected += shift.reshape(-1, *(1,) * len(plane))
    np.testing.assert_allclose(dx, expected, tolerance, 10 * tolerance)


@pytest.mark.parametrize("serial_below", [1 << 40, 0], ids=["serial", "parallel"])
@cases
def test_both_ways_of_unfolding_agree_and_fold_reverses_them(plane, window, serial_below, monkeypatch):
    monkeypatch.setattr(kernels.jit, "SERIAL_BELOW", serial_below)
    (x, *_, gradient), columns = arrays(plane, window, 3, np.float64)
    positions = gradient.shape[2:]
    module = kernels.direct
    rows = module._by_rows(x, positions, columns.copy(), window)
    table = module._by_table(x, positions, columns.copy(), window)
    kernels.unfold.unfold(*rows)
    kernels.unfold.gather(*table)
    assert np.array_equal(rows[1].ravel(), table[1].ravel()), "unfold and gather differ"
    ones = naive.grad_input(np.ones_like(gradient), np.ones((3, 2, *window[0])) / 3, plane, window)
    for fold, arguments in (("fold", rows), ("scatter", table)):
        folded = np.full_like(arguments[0], np.nan)
        getattr(kernels.unfold, fold)(folded, np.ones_like(arguments[1]), *arguments[2:])
        np.testing.assert_allclose(folded.reshape(x.shape), ones, 1e-12, err_msg=fold)


def test_algorithms_are_chosen_by_sizes(monkeypatch):
    module = kernels.convolution
    squares, dilated = (((3, 3), (1, 1), (1, 1), (1, 1)), ((3, 3), (1, 1), (2, 2), (2, 2)))
    monkeypatch.setattr(module, "wanted", "auto")
    for task in (module.FORWARD, module.GRAD_INPUT, module.GRAD_WEIGHT):
        assert module.algorithm(task, (8, 64, 56, 56), (8, 64, 56, 56), squares, 4) == "winograd"
        assert module.algorithm(task, (8, 64, 56, 56), (8, 64, 56, 56), dilated, 4) != "winograd"
        assert module.algorithm(task, (1, 2, 7, 7), (1, 3, 7, 7), squares, 8) == "direct"
    monkeypatch.setattr(module, "wanted", "winograd")
    assert module.algorithm(module.FORWARD, (1, 2, 7, 7), (1, 3, 7, 7), squares, 8) == "winograd"
    assert module.algorithm(module.FORWARD, (1, 2, 7, 7), (1, 3, 7, 7), dilated, 8) == "direct"
    monkeypatch.setattr(module, "wanted", "direct")
    assert module.algorithm(module.FORWARD, (8, 64, 56, 56), (8, 64, 56, 56), squares, 4) == "direct"
