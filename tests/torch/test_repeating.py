"""Operands that are repeated to the sizes of the result, row by row on vectors: what numpy gives."""

import numpy as np
import pytest

from torchnn.torch import repeating
from torchnn.torch.tapes import ITSELF, Tape

SIZE = (3, 5, 6, 17)
SCALED = Tape("xyv", (np.multiply, "xv", "t"), (np.add, "ty", "r"))


def numbers(size, dtype=np.float64):
    return (np.random.default_rng(len(size)).standard_normal(size) * 20).astype(dtype)


@pytest.mark.parametrize(
    "size",
    [(17,), (5, 1, 1), (6, 17), (3, 1, 1, 1), (1, 5, 1, 1), (1, 5, 6, 1), (3, 5, 6, 1), (3, 1, 6, 17), (3, 1, 1, 17)],
)
def test_an_operand_of_fewer_dimensions(size):
    x, y = numbers(SIZE), numbers(size)
    memory = np.full(x.size + 40, 7.0)
    out = memory[20:-20].reshape(SIZE)
    assert repeating.play(np.multiply, (x, y), out)
    np.testing.assert_array_equal(out, x * y)
    assert (memory[:20] == 7).all() and (memory[-20:] == 7).all(), "outside the result"


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_integers(dtype):
    planes, column = (numbers(size, np.int8).astype(dtype) for size in ((7, 4, 33), (7, 1)))
    out = np.empty((7, 33), dtype)
    assert repeating.play(SCALED, (planes[:, 2], column, 3), out)
    np.testing.assert_array_equal(out, planes[:, 2] * dtype(3) + column)
    assert repeating.play(np.left_shift, (planes[:, 2], np.arange(33).astype(dtype)), out)
    np.testing.assert_array_equal(out, np.left_shift(planes[:, 2], np.arange(33).astype(dtype)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [16, 33, 100])
def test_tapes_and_operands_that_are_not_contiguous(columns, dtype):
    planes, column, out = numbers((7, 4, columns), dtype), numbers((7, 1), dtype), np.empty((7, columns), dtype)
    planes[0, 2, 3] = np.nan
    assert repeating.play(SCALED, (planes[:, 2], column, 2.5), out)
    np.testing.assert_array_equal(out, planes[:, 2] * dtype(2.5) + column)
    assert repeating.play(SCALED, (out, column, 2.5), out), "in place"


def test_what_is_left_to_others():
    x, out = numbers((20, 30)), np.empty((20, 30))
    assert not repeating.play(np.multiply, (x.astype(np.float32), x), out), "types that differ"
    assert not repeating.play(np.multiply, (x, x[:, ::-1]), out), "rows from the right to the left"
    assert not repeating.play(np.multiply, (x, x[:, :1]), x), "the result holds the numbers of the rows"
    assert not repeating.play(np.multiply, (x[:, :8], x[:1, :8]), np.empty((20, 8))), "short rows"
    assert not repeating.play(np.multiply, (numbers(SIZE), numbers((3, 1, 6, 1))), np.empty(SIZE)), "two gaps"
    assert not repeating.play(np.arctan2, (x, x[:1]), out), "no formula"


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("size", [(33, 16), (300, 333), (70, 2040), (3, 5, 6, 17), (1000, 40)])
def test_matrices_the_other_way_round(size, dtype):
    rows = size[0] if len(size) == 2 else 15
    x, y = numbers((rows, np.prod(size) // rows), dtype), numbers(size, dtype)
    turned = x.T.copy().T.reshape(size)
    assert len(size) > 2 or not turned.flags.c_contiguous
    memory = np.full(x.size + 40, 7, dtype)
    out = memory[20:-20].reshape(size)
    assert repeating.play(SCALED, (turned, y, 3), out)
    np.testing.assert_array_equal(out, turned * dtype(3) + y)
    assert repeating.play(SCALED, (y, turned, 2), y) and repeating.play(np.multiply, (turned, turned), out)
    np.testing.assert_array_equal(out, turned * turned)
    assert (memory[:20] == 7).all() and (memory[-20:] == 7).all(), "outside the result"


def test_matrices_the_other_way_round_that_are_left_to_others():
    x = numbers((70, 5000))
    assert not repeating.play(np.multiply, (x.T.copy().T, x), np.empty_like(x)), "rows that are too long"
    assert not repeating.play(np.multiply, (x, x), np.empty((5000, 70)).T), "the result"


TYPES = (np.uint8, np.int8, np.int16, np.int32, np.int64, np.float32, np.float64)


@pytest.mark.parametrize("written", TYPES)
@pytest.mark.parametrize("dtype", TYPES)
def test_conversions_row_by_row(dtype, written):
    x, memory = np.abs(numbers((50, 150), np.float64)).astype(dtype), np.full((50, 150), 7, written)
    square = x[:40, :40]
    for source, place in (
        (x[:, 3:120], np.s_[:, 20:137]),
        (x[:, 3:120], np.s_[:, :117]),
        (square.T, np.s_[5:45, 5:45]),
        (np.broadcast_to(x[:, :1], x.shape), np.s_[:]),
        (np.broadcast_to(x[:1, :99], (50, 99)), np.s_[:, 1:100]),
    ):
        assert repeating.play(ITSELF, [source], memory[place])
        want = np.full(memory.shape, 7, written)
        want[place] = source.astype(written)
        np.testing.assert_array_equal(memory, want)
        memory[...] = 7


@pytest.mark.parametrize("dtype", TYPES)
def test_comparisons_row_by_row(dtype):
    x, y = numbers((40, 150), np.int8).astype(dtype), numbers((60, 40), np.int8).astype(dtype)
    memory = np.full((40, 60), 7, np.uint8)
    out = memory[:, 1:51].view(np.bool_)
    for a, b in ((x[:, 5:55], y.T[:, :50]), (y[:50].T, x[:, :50]), (x[:, 9:59], 3)):
        assert repeating.play(np.less, (a, b), out)
        np.testing.assert_array_equal(out, a < b)
        np.testing.assert_array_equal(memory[:, [0, *range(51, 60)]], 7, "outside the result")
    assert not repeating.play(np.add, (x[:, 5:55], x[:, :50]), np.empty((40, 50))) or dtype is np.float64, (
        "another type"
    )
