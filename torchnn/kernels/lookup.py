"""Rows of a table added up by index: the gradient of `nn.LookupTable`."""

import numpy as np
from numba import prange

from torchnn.kernels import jit

# Columns that one thread adds up at a time, in the order of the rows: other threads may have the same rows.
COLUMNS = 128


@jit.threaded
def add_rows(values: np.ndarray, rows: np.ndarray, factors: np.ndarray, skipped: int, table: np.ndarray) -> None:
    """Add factors[i] * values[i] to row rows[i] (from 0) of the table, for all i whose row is not `skipped`."""
    for strip in prange(-(-values.shape[1] // COLUMNS)):
        begin, end = strip * COLUMNS, min((strip + 1) * COLUMNS, values.shape[1])
        for i in range(rows.size):
            if rows[i] != skipped:
                source, target, factor = values[i, begin:end], table[rows[i], begin:end], factors[i]
                for k in range(source.size):
                    target[k] += factor * source[k]
