"""Sums of rows and columns, between guards."""

import numpy as np
import pytest

from tests.kernels import guarded
from tests.kernels.beside import runs_with_shorter_vectors
from torchnn import kernels

FLOATS = (np.float32, np.float64)
# The last but one has rows of several tasks, the last one tasks of several rows.
SIZES = [(1, 1, 1), (3, 5, 1), (2, 3, 5), (1, 7, 33), (5, 64, 1), (2, 41, 130), (3, 40_001, 1), (700, 100, 1)]


def drawn(*size, dtype):
    return np.random.default_rng(0).standard_normal(size).astype(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("last", [True, False])
def test_sums(last, dtype):
    for outer, count, inner in SIZES:
        x, weights = drawn(outer, count, inner, dtype=dtype), drawn(outer, count, dtype=dtype)
        with guarded.Arena(last) as arena:
            found, products = (arena.empty((outer, inner), dtype) for _ in range(2))
            kernels.reductions.sums(arena.copy(x), found)
            kernels.reductions.weighted(arena.copy(x), arena.copy(weights), products)
        terms = x * weights.astype(float)[:, :, None]
        for what, every in ((found, x), (products, terms)):
            error = np.finfo(dtype).eps * (1 + np.sqrt(count)) * np.abs(every).sum(1)
            assert (np.abs(what - every.sum(1, np.float64)) <= error).all(), (outer, count, inner)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("last", [True, False])
def test_products_and_powers(last, dtype):
    for outer, count, inner in [*SIZES, (17, 45, 1)]:
        x = np.exp(drawn(outer, count, inner, dtype=dtype) / 100)
        with guarded.Arena(last) as arena:
            found, rounded = (arena.empty((outer, inner), kind) for kind in (np.float64, dtype))
            powers = {p: arena.empty((outer, inner), np.float64) for p in (1, 2)}
            kernels.reductions.products(arena.copy(x), rounded)
            for p, sums in powers.items():
                kernels.reductions.powers(arena.copy(x - dtype(1)), p, sums)
            if inner == 1:
                kernels.reductions.products(arena.copy(x), found)
        want = np.multiply.accumulate(x, 1, np.float64 if inner == 1 else dtype)[:, -1]
        np.testing.assert_array_equal(rounded, want.astype(dtype), err_msg=str((outer, count, inner)))
        if inner == 1:
            np.testing.assert_array_equal(found, want, err_msg=str((outer, count, inner)))
        for p, sums in powers.items():
            np.testing.assert_allclose(sums, np.power(np.abs(x - dtype(1), dtype=np.float64), p).sum(1), 1e-12)


@pytest.mark.parametrize("dtype", FLOATS)
def test_columns_are_added_up_from_the_first_row_on(dtype):
    x = drawn(1000, 300, dtype=dtype)
    found = np.empty(300, dtype)
    kernels.reductions.sums(x[None], found)
    np.testing.assert_array_equal(found, np.cumsum(x, 0)[-1])


def test_rows_of_floats_are_added_up_in_double():
    for count in (1001, 100_001):
        x = np.full((2, count), 1 / 3, np.float32)
        for dtype in FLOATS:
            found = np.empty(2, dtype)
            kernels.reductions.sums(x[:, :, None], found)
            np.testing.assert_allclose(found, dtype(float(x[0, 0]) * count), rtol=1e-12)


@pytest.mark.parametrize("dtype", FLOATS)
def test_products_of_rows(dtype):
    for rows, others, count in ((1, 1, 1), (6, 2, 37), (4, 4, 40_001), (900, 3, 100)):
        a, b = np.abs(drawn(rows, count, dtype=dtype)), np.abs(drawn(others, count, dtype=dtype))
        with guarded.Arena() as arena:
            found = arena.empty(rows, dtype)
            kernels.reductions.row_products(arena.copy(a), arena.copy(b), found)
        want = np.einsum("ij,ij->i", a.astype(float), np.repeat(b, rows // others, 0))
        np.testing.assert_allclose(found, want, rtol=2e-7 if dtype is np.float32 else 1e-13)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("product", [False, True])
def test_running_sums_and_products_are_made_one_by_one_in_double(product, last, dtype):
    for size in [(1, 1), (3, 5), (8, 8), (9, 17), (40, 7), (2, 131), (70, 1001)]:
        x = np.exp(drawn(*size, dtype=dtype) / 10)
        x[0, size[1] // 2], x[-1, -1] = np.inf, -0.0
        with guarded.Arena(last) as arena:
            found = arena.empty(size, dtype)
            kernels.reductions.running(arena.copy(x), product, found)
        want = (np.multiply if product else np.add).accumulate(x, 1, np.float64).astype(dtype)
        np.testing.assert_array_equal(found, want, str(size))


def test_numbers_that_are_not_finite():
    x = np.ones((3, 50))
    x[0, 49], x[1, 3], x[2, 7] = np.nan, np.inf, -np.inf
    rows, columns = np.empty(3), np.empty(50)
    kernels.reductions.sums(x[:, :, None], rows)
    kernels.reductions.sums(x[None], columns)
    np.testing.assert_array_equal(rows, x.sum(1))
    np.testing.assert_array_equal(columns, x.sum(0))


@runs_with_shorter_vectors("""
from tests.kernels import test_reductions as t
t.test_sums(True, {dtype})
t.test_products_and_powers(True, {dtype})
t.test_products_of_rows({dtype})
t.test_running_sums_and_products_are_made_one_by_one_in_double(False, True, {dtype})
from tests.kernels import test_maps as t
t.test_sums_are_added(True, {dtype})
from tests.kernels import test_memory as t
kind = np.dtype(f"u{{np.dtype({dtype}).itemsize}}").type
t.test_transpose(kind)
t.test_transpose_of_parts_of_rows(kind)
""")
def test_shorter_vectors_of_these_and_of_copies(output):
    assert not output
