"""Products of rows and of everything are what comes out one by one, whatever happens on the way; between guards."""

import numpy as np
import pytest

from tests.kernels import guarded
from tests.kernels.beside import runs_with_shorter_vectors
from torchnn import kernels

FLOATS = (np.float32, np.float64)


def kinds_of_rows(count, dtype):
    """Rows whose products stay, vanish, grow beyond all bounds, or come back."""
    random = np.random.default_rng(count)
    near, wild = np.exp(random.standard_normal((2, count)) * [[0.01], [20]])
    falls, grows = np.where(np.arange(count) < count // 2, [[1e-30], [1e30]], [[1e30], [1e-30]])
    found = [near, wild, falls, grows, random.standard_normal(count), random.uniform(0.1, 0.9, count)]
    found += [random.uniform(1, 10, count), np.ones(count), -near, random.integers(-2, 3, count) + 0.0]
    for value in (0.0, -0.0, np.inf, -np.inf, np.nan):
        for row in (near, grows):
            found.append(row.copy())
            found[-1][count // 3 * 2] = value
    return np.array(found).astype(dtype)


def one_by_one(x):
    with np.errstate(all="ignore"):
        return np.multiply.accumulate(x, -1, np.float64)[..., -1]


def same(found, want):
    np.testing.assert_array_equal(found, want)
    numbers = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(want)[numbers])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("count", [1, 9, 63, 64, 65, 700, 1001, 40_000])
def test_rows(count, last, dtype):
    x = kinds_of_rows(count, dtype)
    with guarded.Arena(last) as arena:
        found = arena.empty(len(x), dtype)
        kernels.factors.of_rows(arena.copy(x)[:, :, None], found)
    with np.errstate(over="ignore"):
        same(found, one_by_one(x).astype(dtype))


def test_rows_of_floats_are_rounded_as_one_by_one():
    x = np.random.default_rng(2).uniform(0.5, 2, (20_000, 64)).astype(np.float32)
    found = np.empty(len(x), np.float32)
    kernels.factors.of_rows(x[:, :, None], found)
    np.testing.assert_array_equal(found, one_by_one(x).astype(np.float32))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("count", [1, 2047, 2049, 70_001])
def test_everything(count, last, dtype):
    for x in kinds_of_rows(count, dtype):
        with guarded.Arena(last) as arena:
            found = kernels.factors.of_all(arena.copy(x))
        want = one_by_one(x)
        if want == 0 or not np.isfinite(want):
            same(np.array([found]), np.array([want]))
        else:
            np.testing.assert_allclose(found, want, rtol=1e-11)


def test_what_becomes_0_or_infinite_stays_so_piece_by_piece():
    piece = kernels.factors.PIECE
    tiny, huge, ones = np.full(2 * piece, 0.1), np.full(2 * piece, 10.0), np.ones(2 * piece)
    cases = {
        "vanishes": (tiny, huge, 0.0),
        "grows": (huge, tiny, np.inf),
        "grows, and meets 0": (huge, [0.0], np.nan),
        "vanishes, and meets infinity": (tiny, [np.inf], np.nan),
        "vanishes below 0": (tiny, [-1.0], -0.0),
        "NaN": ([np.nan], ones, np.nan),
    }
    for name, (first, second, want) in cases.items():
        found = np.array([kernels.factors.of_all(np.concatenate([ones, first, ones, second]))])
        np.testing.assert_array_equal(found, [want], name)
        assert np.isnan(want) or np.signbit(found)[0] == np.signbit(want), name


@runs_with_shorter_vectors("""
from tests.kernels import test_factors as t
for count in (9, 65, 1001):
    t.test_rows(count, True, {dtype})
t.test_everything(2049, True, {dtype})
""")
def test_shorter_vectors(output):
    assert not output
