"""Copies, in order and the other way round, between guards."""

import numpy as np
import pytest

from tests.kernels import guarded
from torchnn import kernels
from torchnn.torch import tapes

SIZES = [(1, 1, 1), (1, 3, 50), (1, 50, 3), (2, 16, 16), (1, 37, 41), (3, 32, 33), (1, 5, 4099), (1, 4099, 5)]


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_copy_rows(kind):
    item = np.dtype(kind).itemsize
    block, large = kernels.memory.BLOCK // item, kernels.memory.COPY_PAST_CACHES // item
    for rows, size in (
        (1, 64),
        (1, block + 1),
        (1, 3 * block + 77),
        (1, large + 5),
        (7, 65),
        (300, 200),
        (3, block + 9),
    ):
        source = np.random.default_rng(0).integers(0, 200, (rows, size + 3)).astype(kind)[:, 3:]
        for last in (True, False):
            with guarded.Arena(last) as arena:
                target = arena.empty((rows, size), kind, 0)
                kernels.memory.copy_rows(source, source.strides[0], target, size * item, rows, size * item)
                np.testing.assert_array_equal(target, source, err_msg=str((rows, size, last)))


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_take_rows(kind):
    item = np.dtype(kind).itemsize
    block = kernels.memory.BLOCK // item
    for matrices, size, count, row in ((1, 5, 9, 64), (3, 300, 2000, 67), (2, 4, 3, block), (1, 3, 5, 2 * block + 5)):
        generator = np.random.default_rng(0)
        source = generator.integers(0, 200, (matrices, size, row)).astype(kind)
        index = generator.integers(1, size + 1, count)
        for last in (True, False):
            with guarded.Arena(last) as arena:
                target = arena.empty((matrices, count, row), kind, 0)
                kernels.memory.take_rows(source, index, target)
                np.testing.assert_array_equal(target, source[:, index - 1], err_msg=str((matrices, size, count, row)))


@pytest.mark.parametrize("past_caches", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float64])
def test_fill_rows(kind, past_caches, monkeypatch):
    if past_caches:
        monkeypatch.setattr(kernels.memory, "FILL_PAST_CACHES", 0)
    item = np.dtype(kind).itemsize
    for rows, size in ((1, 64), (1, kernels.memory.BLOCK // item + 1), (7, 65), (300, 201)):
        for last in (True, False):
            with guarded.Arena(last) as arena:
                target = arena.empty((rows, size), kind, 0)
                kernels.memory.fill_rows(77, target, size * item, rows, size * item)
                assert (target == 77).all(), (rows, size, last)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_spread(kind):
    item = np.dtype(kind).itemsize
    for rows, size in ((1, 64), (1, 3 * kernels.memory.BLOCK // item + 1), (7, 65), (300, 201)):
        source = np.random.default_rng(0).integers(0, 100, (rows, 3)).astype(kind)[:, 1]
        for last in (True, False):
            with guarded.Arena(last) as arena:
                target = arena.empty((rows, size), kind, 0)
                kernels.memory.spread(source, source.strides[0], target, size * item, rows, size * item)
                assert (target == source[:, None]).all(), (rows, size, last)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_transpose(kind):
    for size in SIZES:
        source = np.random.default_rng(0).integers(0, np.iinfo(kind).max, size, kind)
        for last in (True, False):
            with guarded.Arena(last) as arena:
                target = arena.empty((size[0], size[2], size[1]), kind, 0)
                kernels.memory.transpose(arena.copy(source), target)
                np.testing.assert_array_equal(target, source.swapaxes(1, 2), err_msg=str(size))


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_transpose_of_parts_of_rows(kind):
    source = np.random.default_rng(0).integers(0, 1 << 30, (2, 70, 90)).astype(kind)
    target = np.zeros((2, 60, 80), kind)
    kernels.memory.transpose(source[:, ::2, 7:40], target[:, 3:36, 5:40])
    want = np.zeros_like(target)
    want[:, 3:36, 5:40] = source[:, ::2, 7:40].swapaxes(1, 2)
    np.testing.assert_array_equal(target, want)


@pytest.mark.parametrize(
    "pair", ["fB", "dh", "fi", "dl", "fl", "iB", "Bl", "bi", "hf", "Bd", "lf", "li", "bB", "df", "fd"]
)
def test_conversions_are_those_of_c(pair):
    of, to = map(np.dtype, pair)
    edges = [0, -0.5, 1.9, -1.9, 255, 256, -129, 65_536, 2**31 - 1, 2**31, -(2**31), 3e9, 2**62, 2.0**63, 1e30]
    if of.kind == "f":
        x = np.resize(np.array([*edges, np.inf, -np.inf, np.nan], of), 1003)
    else:
        x = np.frombuffer(np.random.default_rng(0).bytes(1003 * of.itemsize), of)
    with np.errstate(invalid="ignore", over="ignore"):
        want = x.astype(to)
    for size in (1, 70, 1003):
        with guarded.Arena(size > 1) as arena:
            found = arena.empty(size, to, 1)
            assert tapes.play(tapes.ITSELF, [arena.copy(x[:size])], found)
            np.testing.assert_array_equal(found, want[:size])
