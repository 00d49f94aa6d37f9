"""Sorting a long row as Torch7's quicksort does, in pieces that threads share.

Quicksort parts the row, piece after piece, as far as there is work for all threads. Pieces of numbers that have room in
a word (see `sorting.py`) are sorted then, by numpy, and what equals are among them is parted on. Few kinds of numbers
are parted until all in a part are equal. All others are sorted before, and words have ranks in place of numbers.
"""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit
from torchnn.kernels.partition import PLACE, partition
from torchnn.kernels.sorting import HALF, rank, rank_of, sign_of, sort_part

Array = np.ndarray[Any, Any]


@jit.exact_threaded
def write_words(order: Array, ranks: Array, words: Array) -> None:
    """The words of a row whose places are in order."""
    for k in prange(order.size):
        place = np.uint64(order[k])
        words[place] = np.uint64(ranks[k + 1]) << HALF | place


@jit.exact_threaded
def write_short_words(row: Array, signed: bool, infinity: int, low: int, descending: bool, words: Array) -> int:
    """The words of numbers whose ranks, counted from `low`, have 32 bits; see `pack`. Gives how many are NaN."""
    sign, strange = sign_of(row, signed), 0
    for k in prange(row.size):
        rank = rank_of(row[k], sign, np.uint64(infinity)) - np.uint64(low)
        strange += infinity != 0 and rank > sign + np.uint64(infinity)
        words[k] = (PLACE - rank if descending else rank) << HALF | np.uint64(k)
    return strange


@jit.exact_threaded
def read_words(words: Array, signed: bool, infinity: int, low: int, descending: bool, bits: Array) -> None:
    """The bits of the numbers of words; zeros have no sign."""
    sign = sign_of(bits, signed)
    for k in prange(bits.size):
        rank = words[k] >> HALF
        rank = (PLACE - rank if descending else rank) + np.uint64(low)
        if infinity == 0:
            bits[k] = rank ^ sign
        else:
            bits[k] = rank - sign if rank >= sign else sign | (sign - rank)


@jit.exact_threaded
def halves(words: Array, begins: Array, ends: Array, rights: Array, pivots: Array, order: Array) -> None:
    """Part words as quicksort does, some pieces of a row; writes where right parts begin, and where pivots are."""
    for n in prange(begins.size):
        i, j = partition(words, None, begins[n], ends[n] - 1)
        for k in range(j, i):
            order[k] = words[k] & PLACE
        rights[n], pivots[n] = i, j


@jit.exact_threaded
def sort_parts(words: Array, begins: Array, ends: Array, ranks: Array, order: Array) -> None:
    """Write down the places of equals as quicksort leaves them in some pieces of a row."""
    for n in prange(begins.size):
        sort_part(begins[n], ends[n], words, ranks, order)


@jit.exact_threaded
def sort_parts_alone(words: Array, begins: Array, ends: Array, ordered: Array, order: Array) -> None:
    """The same where each piece is there in order too, in `ordered`, and nothing is known about ranks."""
    for n in prange(begins.size):
        begin, end = begins[n], ends[n]
        ranks = np.empty(end - begin + 2, np.uint32)
        if rank(ordered[begin:end] >> HALF, ranks) < end - begin:
            sort_part(0, end - begin, words[begin:], ranks, order[begin:])
