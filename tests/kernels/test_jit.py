"""Kernels whose loop is shared out among threads."""

import numba
import numpy as np
import pytest
from numba import prange

from torchnn.kernels import jit, sharing


@jit.threaded
def sums(x: np.ndarray, pair: tuple[int, float], flag: bool, half: np.float32) -> tuple[int, float]:
    """What an argument of each type, and a result of each, becomes."""
    count, total = 0, 0.0
    for i in prange(x.shape[0]):
        for j in range(x.shape[1]):
            total += x[i, j] * pair[1] + (half if flag else 0)
        count += pair[0]
    return count, total


@jit.exact_threaded
def one_of_two(x: np.ndarray, y: np.ndarray) -> None:
    """Two loops, of which one runs."""
    if x.ndim == 1:
        for i in numba.prange(x.size):
            y[i] = 2 * x[i]
    else:
        for i in numba.prange(x.shape[0]):
            y[i] = 3


@jit.threaded
def checked(x: np.ndarray) -> None:
    """An error on a thread."""
    for i in prange(x.size):
        if x[i] < 0:
            raise ValueError("negative")


@pytest.mark.parametrize("rows", [0, 1, 2, 31, 33, 1000])
@pytest.mark.parametrize("step", [1, 2])
def test_shares_make_the_whole(rows, step):
    x = np.random.default_rng(rows).standard_normal((rows, 3 * step))[:, ::step]
    for flag in (True, False):
        arguments = x, (2, 0.5), flag, np.float32(0.25)
        count, total = sums.parallel(*arguments)
        assert count == sums.serial(*arguments)[0] == 2 * rows
        expected = (x * 0.5 + (0.25 if flag else 0)).sum()
        assert abs(total - expected) < 1e-9 and abs(sums.serial(*arguments)[1] - expected) < 1e-9


def test_types_are_told_apart():
    for kind in (np.float32, np.float64, np.int64, np.uint8):
        for x in (np.arange(100).astype(kind), np.arange(200).astype(kind)[::2], np.arange(100).astype(kind)[::-1]):
            y = np.zeros(100, kind)
            one_of_two.parallel(x, y)
            assert (y == 2 * x).all(), kind


@jit.threaded
def set_all(x: np.ndarray, value: int) -> None:
    """Numbers of the array's type."""
    for i in prange(x.size):
        x[i] = value


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int16, np.int32, np.int64, np.uint64, np.float32])
def test_numbers_of_all_types(kind):
    limits = np.finfo(kind) if kind is np.float32 else np.iinfo(kind)
    for value in (kind(min(limits.max, 2**62)), kind(limits.min)):
        x = np.ones(100, kind)
        set_all.parallel(x, value)
        assert (x == value).all()


def test_errors_on_threads_are_errors():
    checked.parallel(np.ones(100))
    with pytest.raises(RuntimeError, match="checked failed"):
        checked.parallel(-np.ones(100))


def test_results_do_not_depend_on_threads(monkeypatch):
    x, once = np.random.default_rng(1).standard_normal((1000, 7)), []
    for count in (1, 2):
        jit.use_threads(count)
        once.append(sums.parallel(x, (1, 0.1), False, np.float32(0)))
    assert once[0] == once[1]


def test_large_work_is_shared(monkeypatch):
    shared = []
    monkeypatch.setattr(sharing.Sharer, "__call__", lambda self, *arguments: shared.append(arguments))
    for size in (jit.SERIAL_BELOW - 1, jit.SERIAL_BELOW):
        one_of_two(np.ones(size), np.ones(size))
    assert len(shared) == 1
