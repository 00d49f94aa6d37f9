"""Kernels stay within their arrays: under Numba's bounds checking, and between guards."""

import re

import numpy as np
import pytest

from tests.kernels.beside import ROOT, Program, runs
from torchnn import kernels
from torchnn.nn import geometry, upsampling, windows

GUARD = 12345.0
MARGIN = 64

# In a process of its own, since Numba reads the option at import.
CHECKED = Program("from tests.kernels.bounds import run; print(run())", NUMBA_BOUNDSCHECK="1")


def guarded(size, dtype=np.float64, fill=0):
    """An array in the middle of a larger one, and a function that says whether the rest is as it was."""
    count = int(np.prod(size))
    memory = np.full(count + 2 * MARGIN, GUARD, dtype)
    inner = memory[MARGIN : MARGIN + count]
    inner[...] = fill

    def intact():
        return (memory[:MARGIN] == GUARD).all() and (memory[MARGIN + count :] == GUARD).all()

    return inner.reshape(size), intact


def source(*size):
    return np.random.default_rng(1).standard_normal(size)


# plane, kernel, stride, padding, dilation of time, rows and columns: small, odd, and larger than a job of `fold`
WINDOWS = [
    ((1, 1, 1), (1, 1, 1), (1, 1, 1), (0, 0, 0), (1, 1, 1)),
    ((1, 1, 2), (1, 1, 2), (1, 1, 3), (0, 0, 1), (1, 1, 1)),
    ((1, 5, 7), (1, 3, 2), (1, 2, 3), (0, 1, 1), (1, 2, 1)),
    ((1, 3, 40), (1, 2, 3), (1, 1, 1), (0, 3, 5), (1, 1, 2)),
    ((3, 5, 2), (2, 3, 2), (2, 1, 3), (1, 2, 1), (1, 2, 1)),
    ((1, 2, 11), (1, 2, 5), (1, 1, 2), (0, 0, -2), (1, 1, 1)),
    ((1, 71, 73), (1, 3, 3), (1, 1, 1), (0, 1, 1), (1, 1, 1)),
]
each_window = pytest.mark.parametrize("window", WINDOWS, ids=str)
ways = pytest.mark.parametrize("way", ["serial", "parallel"])
threads = pytest.mark.parametrize("serial_below", [1 << 40, 0], ids=["serial", "parallel"])


@each_window
@threads
def test_unfolding_and_folding(window, serial_below, monkeypatch):
    monkeypatch.setattr(kernels.jit, "SERIAL_BELOW", serial_below)
    plane, kernel, stride, pad, dilation = window
    positions = geometry.convolved_all(plane, kernel, stride, pad, dilation)
    planes, planes_intact = guarded((3, 2, *plane), fill=np.nan)
    columns, columns_intact = guarded((2, *kernel, 3, *positions), fill=np.nan)
    x = source(*planes.shape)
    kernels.unfold.unfold(x, columns, stride, pad, dilation)
    assert columns_intact() and np.isfinite(columns).all()
    kernels.unfold.fold(planes, columns, stride, pad, dilation)
    assert planes_intact() and np.isfinite(planes).all()


@threads
def test_unfolding_and_folding_by_a_table(serial_below, monkeypatch):
    monkeypatch.setattr(kernels.jit, "SERIAL_BELOW", serial_below)
    table = np.array([[-1, 0, 3], [4, -1, 2]])
    planes, planes_intact = guarded((2, 3, 5), fill=np.nan)
    columns, columns_intact = guarded((3, 2, 2, 3), fill=np.nan)
    kernels.unfold.gather(source(2, 3, 5), columns, table)
    kernels.unfold.scatter(planes, columns, table)
    assert columns_intact() and planes_intact() and np.isfinite(columns).all() and np.isfinite(planes).all()


POOLING = [
    ((1, 1, 1), (1, 1, 1), (1, 1, 1), (0, 0, 0), (1, 1, 1)),
    ((1, 5, 7), (1, 2, 2), (1, 2, 2), (0, 0, 0), (1, 1, 1)),
    ((1, 5, 7), (1, 3, 2), (1, 3, 1), (0, 1, 1), (1, 1, 1)),
    ((1, 7, 5), (1, 3, 2), (1, 2, 3), (0, 1, 1), (1, 2, 3)),
    ((5, 3, 7), (2, 3, 3), (3, 2, 1), (1, 1, 0), (1, 1, 2)),
]


@pytest.mark.parametrize("window", POOLING, ids=str)
@pytest.mark.parametrize("ceil", [False, True])
@ways
def test_pooling(window, ceil, way):
    size, *rest = window
    out = geometry.pooled(size, *rest, ceil)
    plan = windows.positions(size, out, *rest)
    x = source(2, *size)
    lowest = np.finfo(x.dtype).min
    y, y_intact = guarded((2, *out), fill=lowest)
    where, where_intact = guarded((2, *out), np.int64)
    arrays = x.ravel(), y.ravel(), where.ravel()
    getattr(kernels.pooling.max_forward, way)(*arrays, size, out, plan.strides, plan.taps, plan.codes)
    assert y_intact() and where_intact() and where.min() >= 0 and where.max() <= np.prod(size)
    grad, grad_intact = guarded(x.shape)
    assert getattr(kernels.pooling.max_backward, way)(grad.ravel(), source(2, *out).ravel(), where.ravel(), 2) == 0
    assert grad_intact()
    if rest[3] == (1, 1, 1):
        shared = size, out, plan.strides, plan.taps, plan.counts
        getattr(kernels.pooling.average_forward, way)(x.ravel(), y.ravel(), *shared)
        getattr(kernels.pooling.average_backward, way)(source(2, *out).ravel(), grad.ravel(), 2, *shared)
        assert y_intact() and grad_intact()


@ways
def test_gradients_of_positions_outside_are_not_written(way):
    grad, intact = guarded((2, 4))
    where = np.array([[1, 4, 0], [5, -1, 2**40]])
    outside = getattr(kernels.pooling.max_backward, way)(grad.ravel(), np.ones(6), where.ravel(), 2)
    assert outside == 3 and intact() and grad.sum() == 2


@pytest.mark.parametrize("size, out", [((1, 1), (1, 1)), ((2, 3), (5, 7)), ((7, 5), (3, 2)), ((5, 1), (1, 6))], ids=str)
@pytest.mark.parametrize("scale_first", [False, True])
@ways
def test_adaptive_pooling(size, out, scale_first, way):
    rows, columns = (windows.adaptive(n, m, scale_first) for n, m in zip(size, out, strict=True))
    x = source(2, *size)
    (y, y_intact), (grad, grad_intact) = guarded((2, *out)), guarded(x.shape)
    (in_row, row_intact), (in_column, column_intact) = guarded(y.shape, np.int64), guarded(y.shape, np.int64)
    lowest = np.finfo(x.dtype).min
    getattr(kernels.pooling.adaptive_max_forward, way)(x, y, in_row, in_column, rows, columns, lowest)
    getattr(kernels.pooling.adaptive_average_forward, way)(x, y, rows, columns)
    getattr(kernels.pooling.adaptive_average_backward, way)(source(2, *out), grad, rows, columns)
    assert y_intact() and grad_intact() and row_intact() and column_intact()


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("out", [(1, 1, 1), (1, 2, 3), (1, 7, 5), (3, 1, 11)], ids=str)
@ways
def test_padding_and_upsampling(linear, out, way):
    size = (1, 2, 3)
    sources, weights = upsampling._plan(size, out, linear)
    (y, y_intact), (grad, grad_intact) = guarded((2, *out)), guarded((2, *size))
    forward, backward = ("blend", "blend_backward") if linear else ("gather", "scatter")
    plan = (sources, weights) if linear else (sources,)
    getattr(getattr(kernels.resampling, forward), way)(source(2, *size), y, *plan)
    getattr(getattr(kernels.resampling, backward), way)(source(2, *out), grad, *plan)
    assert y_intact() and grad_intact()


def test_rows_and_elements_by_index():
    rows = np.array([0, 4, 4, 2])
    table, table_intact = guarded((5, 3))
    kernels.lookup.add_rows(source(4, 3), rows, np.ones(4), 2, table)
    assert table_intact() and not table[2].any()
    added, added_intact = guarded((2, 5, 3))
    kernels.selection.put(added, rows + 1, source(2, 4, 3), True)
    assert added_intact()
    index = np.array([[1, 5, 3, 2, 5, 1], [5, 1, 2, 4, 1, 5]])
    (out, out_intact), (target, target_intact) = guarded((2, 6)), guarded((2, 15))
    kernels.selection.gather(source(2, 15), index, out, 3)
    (before, before_intact), was = guarded((2, 15)), target.copy()
    assert kernels.selection.scatter(target, index, source(2, 6), 3, before) == 0
    assert out_intact() and target_intact() and before_intact() and (before == was).all()
    index[1, 3] = 6
    assert kernels.selection.scatter(target, index, source(2, 6), 3, before) == 1
    assert target_intact()


@runs(CHECKED)
def test_kernels_under_bounds_checking(output):
    # Workers and microkernels get addresses, which have no bounds: `guarded.py` is for them.
    texts = {path.stem: path.read_text() for path in (ROOT / "torchnn" / "kernels").glob("*.py")}
    own = {name for name, text in texts.items() if re.search(r"@jit\.(kernel|exact|threaded)", text)}
    own -= {name for name, text in texts.items() if "@jit.worker" in text}
    own -= {"launch", "strided_rows", "winograd_pixels"}
    missed = sorted(own - set(output.split()))
    assert not missed, f"kernel files that bounds checking does not reach: {missed}"
