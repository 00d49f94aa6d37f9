"""Rows of a table added up by index: the gradient of `nn.LookupTable`."""

import numpy as np

from torchnn.kernels import jit


@jit.kernel
def add_rows(table: np.ndarray, rows: np.ndarray, values: np.ndarray, factors: np.ndarray, skipped: int) -> None:
    """Add factors[i] * values[i] to row rows[i] (from 0) of the table, for all i whose row is not `skipped`."""
    for i in range(rows.size):
        row = rows[i]
        if row != skipped:
            for k in range(values.shape[1]):
                table[row, k] += factors[i] * values[i, k]
