"""Kernels that add by index give the same on all threads as on one, to the last bit."""

import numpy as np
import pytest

from torchnn import kernels

ENTRIES, ROWS, COLUMNS, OUTPUTS = 50, 6, 9, 130


@pytest.fixture
def entries():
    random = np.random.default_rng(0)
    samples, keys = random.integers(0, ROWS, ENTRIES), random.integers(0, COLUMNS, ENTRIES)
    return np.sort(samples), keys, random.standard_normal(ENTRIES), random.standard_normal((COLUMNS, OUTPUTS))


def both(kernel, size, *arguments):
    """What the serial and the parallel kernel make of zeros."""
    found = []
    for variant in (kernel.serial, kernel.parallel):
        out = np.zeros(size)
        variant(*arguments, out)
        found.append(out)
    return found


def dense(samples, keys, values):
    """The entries as a matrix."""
    matrix = np.zeros((ROWS, COLUMNS))
    np.add.at(matrix, (samples, keys), values)
    return matrix


def test_columns_of_a_weight(entries):
    samples, keys, values, weight = entries
    serial, parallel = both(kernels.sparse.add_columns, (ROWS, OUTPUTS), weight.T.copy(), samples, keys, values)
    np.testing.assert_array_equal(serial, parallel)
    np.testing.assert_allclose(serial, dense(samples, keys, values) @ weight, rtol=1e-12, atol=1e-14)


def test_rows_of_a_weight(entries):
    samples, keys, values, weight = entries
    ends = np.cumsum(np.bincount(samples, minlength=ROWS))
    serial, parallel = both(kernels.sparse.add_rows, (ROWS, OUTPUTS), values, keys, ends, weight, 0)
    np.testing.assert_array_equal(serial, parallel)
    np.testing.assert_allclose(serial, dense(samples, keys, values) @ weight, rtol=1e-12, atol=1e-14)


def test_rows_of_a_table(entries):
    samples, keys, values, weight = entries
    serial, parallel = both(kernels.lookup.add_rows, (ROWS, OUTPUTS), weight[keys], samples, values, 2)
    np.testing.assert_array_equal(serial, parallel)
    expected = dense(samples, keys, values) @ weight
    expected[2] = 0
    np.testing.assert_allclose(serial, expected, rtol=1e-12, atol=1e-14)
