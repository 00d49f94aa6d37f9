"""Rows in order, and the places of their numbers: of keys that were sorted (see `sorting.py`), and of counts."""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]

# Exchanges for each element of a row up to which neighbours are put in order one by one.
EXCHANGES = 8

# Keys of long rows that a thread takes at a time.
PIECE = 1 << 16


@jit.exact
def _mend(value: Array, place: Array, descending: bool) -> Any:
    """Put neighbours in order; whether these were few enough."""
    left = EXCHANGES * value.size
    for j in range(1, value.size):
        k, v, p = j, value[j], place[j]
        while k > 0 and left > 0 and (value[k - 1] < v if descending else value[k - 1] > v):
            value[k], place[k] = value[k - 1], place[k - 1]
            k -= 1
            left -= 1
        value[k], place[k] = v, p
    return left > 0


@jit.exact_threaded
def unpack(
    keys: Array, places: int, rows: Array, whole: bool, descending: bool, values: Array, order: Array, done: Array
) -> None:
    """The numbers in the order of their sorted keys, and their places; `done` tells of each row whether it is in order.

    It is where keys are `whole`, have all digits of the numbers, and where not too many agree in those that they have.
    Of a row of several pieces nothing is known.
    """
    size = rows.shape[1]
    pieces = (size + PIECE - 1) // PIECE
    for piece in prange(rows.shape[0] * pieces):
        n, begin = piece // pieces, piece % pieces * PIECE
        for j in range(begin, min(begin + PIECE, size)):
            i = np.int64(keys[n, j] & np.uint64(places))
            values[n, j] = rows[n, i]
            order[n, j] = i
        done[n] = whole or (pieces == 1 and _mend(values[n], order[n], descending))


@jit.exact
def mend(value: Array, place: Array, descending: bool) -> Any:
    """The same of a row that `unpack` knows nothing of: put neighbours in order; whether these were few enough."""
    return _mend(value, place, descending)


@jit.exact_threaded
def count(rows: Array, low: int, span: int, descending: bool, values: Array, order: Array) -> None:
    """Sort integers from `low` on, `span` different ones at most, by how many there are of each."""
    for n in prange(rows.shape[0]):
        begins = np.zeros(span + 1, np.int64)
        for i in range(rows.shape[1]):
            x = np.int64(rows[n, i]) - low
            begins[np.uint64(span - x if descending else x + 1)] += 1
        for x in range(span):
            begins[x + 1] += begins[x]
        for i in range(rows.shape[1]):
            x = np.int64(rows[n, i]) - low
            kind = np.uint64(span - 1 - x if descending else x)
            at = np.uint64(begins[kind])
            begins[kind] += 1
            values[n, at], order[n, at] = rows[n, i], i


@jit.exact_threaded
def most_frequent(values: Array, found: Array) -> None:
    """Where in rows in order the longest run of equals ends, the first of several."""
    for n in prange(values.shape[0]):
        run = longest = 0
        for j in range(values.shape[1]):
            run = run + 1 if j and values[n, j] == values[n, j - 1] else 1
            if run > longest:
                longest, found[n] = run, j
