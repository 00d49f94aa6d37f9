"""The largest and smallest of rows and of everything, between guards."""

import numpy as np
import pytest

from tests.kernels import guarded
from tests.kernels.beside import runs_with_shorter_vectors
from torchnn import kernels

FLOATS = (np.float32, np.float64)
PART = kernels.extremes.PART
SIZES = [(1, 1), (3, 2), (40, 7), (2, 17), (3, 64), (5, 131), (1, PART), (2, PART + 1), (3, 2 * PART + 77)]
SIZES += [(2, 4 * PART), (1, 9 * PART + 5)]


def drawn(size, dtype, what):
    """Numbers in random order, some or all of which are special."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal(size).astype(dtype)
    few = generator.random(size) < 2 / size[1]
    if what == "equals":
        return np.round(x)
    if what == "zeros":
        return np.where(x > 0, dtype(0), -dtype(0))
    return np.where(few, dtype(what), x)


SPECIAL = ["equals", "zeros", np.nan, np.inf, -np.inf]


def assert_same(found, want, message):
    np.testing.assert_array_equal(found, want, message)
    if want.dtype.kind == "f":
        with_sign = ~np.isnan(want)
        np.testing.assert_array_equal(np.signbit(found)[with_sign], np.signbit(want)[with_sign], message)


def assert_extremes(x, last, case):
    """The extremes of rows with their places, and of all, are numpy's."""
    for largest, place_of in ((True, np.argmax), (False, np.argmin)):
        with guarded.Arena(last) as arena:
            here, values = arena.copy(x), arena.copy(np.zeros(len(x), x.dtype))
            places = arena.copy(np.zeros(len(x), np.int64))
            kernels.extremes.of_rows(here, largest, values, places)
            found = kernels.extremes.of_all(here, largest)
        message = f"{case}, {'largest' if largest else 'smallest'}"
        want = place_of(x, 1)
        np.testing.assert_array_equal(places, want + 1, message)
        assert_same(values, x[np.arange(len(x)), want], message)
        assert_same(np.array(found), x.flat[place_of(x)], message)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("what", SPECIAL, ids=str)
def test_the_first_of_equals_or_nan(what, last, dtype):
    for size in SIZES:
        x = drawn(size, dtype, what)
        assert_extremes(x, last, f"{size}")


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int32, np.int64])
def test_the_first_of_equal_integers(dtype, last):
    limits = np.iinfo(dtype)
    for low, high in ((limits.min, limits.max), (0, 1), (limits.max - 2, limits.max), (limits.min, limits.min + 2)):
        for size in SIZES:
            x = np.random.default_rng(0).integers(low, high, size, dtype, True)
            assert_extremes(x, last, f"{size}, {low} to {high}")


@pytest.mark.parametrize("place", [0, 5, 2 * PART - 1, 2 * PART])
def test_nan_anywhere(place):
    x = np.arange(2.0 * PART + 1)
    x[place] = np.nan
    values, places = np.empty(1), np.empty(1, np.int64)
    kernels.extremes.of_rows(x[None], True, values, places)
    assert np.isnan(values[0]) and places[0] == place + 1
    assert np.isnan(kernels.extremes.of_all(x[None], False))


def test_more_parts_than_a_part_has_elements():
    x = np.ones(PART * PART + 1, np.float32)
    x[-1] = 2
    x[PART * 7 + 3] = -0.0
    assert kernels.extremes.of_all(x[None], True) == 2
    assert np.signbit(kernels.extremes.of_all(x[None], False))


@runs_with_shorter_vectors("""
from tests.kernels import test_extremes as t
for what in t.SPECIAL:
    t.test_the_first_of_equals_or_nan(what, True, {dtype})
""")
def test_shorter_vectors(output):
    assert not output
