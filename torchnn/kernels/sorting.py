"""Sorting numbers together with their places, and finding numbers by rank.

A number and its place become one unsigned key of 64 bits, which numpy sorts on vectors: 10^6 floats in 9 ms, where
argsort takes 26. The high bits are the number's, in an order that integers have too, counted from the smallest in the
row and shifted as far as they go; the low bits are the place, so that equal numbers keep their order. Of doubles some
digits may be left out: numbers that agree in all others are put in order afterwards. Integers that are few are counted.

Where numbers are equal, Torch7's quicksort and quickselect decide about their places: the same ones are exchanged here.
A number and its place are one *word* then, whose upper half grows with the number, and whose lower one is the place.
Numbers of 64 bits have no room in a word where they are looked for only: their places lie beside them (`place`, which
is None for words). Rows are sorted first, in order but for equals, and words have ranks, that begin
with 1 and are one for equals: parts that have none are not looked at.
"""

from typing import Any, cast

import numpy as np
from numba import prange

from torchnn.kernels import jit
from torchnn.kernels.partition import BLOCK, NONE, ONE, PLACE, bounds, exchange, partition

Array = np.ndarray[Any, Any]

# Parts of fewer elements are left to insertion.
INSERTED = 11

# So many equals and fewer are put in their places at once.
ALIKE = 64

HALF = np.uint64(32)


@jit.exact
def rank_of(bits: Any, sign: Any, infinity: Any) -> Any:
    """The bits of a number as an unsigned integer that is larger for larger numbers; both zeros are one, NaN is last.

    `sign` is the bit of the sign, 0 where there is none, and `infinity` the bits of infinity, 0 for integers.
    """
    number = np.uint64(bits)
    if infinity == 0:
        return number ^ sign
    size = number & (sign - np.uint64(1))
    if size > infinity:
        return sign + infinity + np.uint64(1)
    return sign - size if number & sign else sign + size


@jit.exact
def sign_of(rows: Array, signed: bool) -> Any:
    """The bit of the sign of numbers whose bits are in `rows`."""
    return ONE << np.uint64(rows.itemsize * 8 - 1) if signed else NONE


@jit.exact_threaded
def pack(rows: Array, signed: bool, infinity: int, descending: bool, places: int, keys: Array) -> None:
    """Keys of the numbers whose bits are in `rows`; `places` has all bits set that places need."""
    sign = sign_of(rows, signed)
    for n in prange(rows.shape[0]):
        row, key = rows[n], keys[n]
        low, high = ~np.uint64(0), np.uint64(0)
        for i in range(row.size):
            rank = rank_of(row[i], sign, np.uint64(infinity))
            rank = ~rank if descending else rank
            key[i] = rank
            low, high = min(low, rank), max(high, rank)
        shift, span = np.uint64(0), high - low
        while shift < np.uint64(63) and span >> (np.uint64(63) - shift) == np.uint64(0):
            shift += np.uint64(1)
        for i in range(row.size):
            key[i] = (((key[i] - low) << shift) & ~np.uint64(places)) | np.uint64(i)


@jit.exact
def _insert(words: Array, first: int, last: int) -> None:
    """Sort by insertion, from the end."""
    for i in range(last - 1, first - 1, -1):
        word, j = words[i], i + 1
        low = word & ~PLACE
        while j <= last and words[j] < low:
            words[j - 1] = words[j]
            j += 1
        words[j - 1] = word


# For each number of equals up to ALIKE, which one of them quicksort leaves at each place, and where it puts the first.
EQUALS = np.zeros((ALIKE + 1, ALIKE), np.uint8)
FIRST = np.zeros(ALIKE + 1, np.uint8)


@jit.exact
def _sort_equals(words: Array, first: int, last: int, known: int, order: Array) -> None:
    """Write down the places of elements that are all equal as quicksort leaves them.

    `partition` turns them around, whatever they are, but for a few. So all but the first of a part are where `base` and
    `step` say, turned as often as they may be, and no part is moved until it has no more than `known` elements: 10^6
    words in a tenth of the time that takes.
    """
    firsts, lasts = np.empty(64, np.int64), np.empty(64, np.int64)
    bases, steps, heads = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.uint64)
    firsts[0], lasts[0], bases[0], steps[0], heads[0], waiting = first, last, 0, 1, words[first], 1
    while waiting:
        waiting -= 1
        begin, end, base, step = firsts[waiting], lasts[waiting], bases[waiting], steps[waiting]
        head, size = heads[waiting], end - begin + 1
        if size <= known:
            for k in range(size):
                order[begin + k] = words[base + step * (begin + max(EQUALS[size, k], 1))] & PLACE
            order[begin + FIRST[size]] = head & PLACE
            continue
        middle, second, final = base + step * ((begin + end) >> 1), base + step * (begin + 1), base + step * end
        words[middle], words[second] = words[second], words[middle]
        words[second], words[final] = words[final], words[second]
        base, step = base + step * (begin + end + 1), -step
        half = (size - 3) >> 1
        pivot, right = end - 1 - half, begin + 2 + half
        if pivot == right:
            pivot, right = pivot - 1, right + 1
            order[pivot + 1] = words[base + step * (pivot + 1)] & PLACE
        order[pivot] = head & PLACE
        firsts[waiting], lasts[waiting], heads[waiting] = begin, pivot - 1, words[base + step * pivot]
        bases[waiting], steps[waiting] = base, step
        waiting += 1
        firsts[waiting], lasts[waiting], heads[waiting] = right, end, words[base + step * right]
        bases[waiting], steps[waiting] = base, step
        waiting += 1


def _fill_equals() -> None:
    place = np.arange(ALIKE)
    for size in range(1, ALIKE + 1):
        if size >= INSERTED:
            cast(Any, _sort_equals).py_func(np.arange(size, dtype=np.uint64), 0, size - 1, size - 1, place)
        EQUALS[size, :size] = place[:size]
        FIRST[size] = place[:size].argmin()


_fill_equals()


@jit.exact
def _are_equal(words: Array, first: int, last: int) -> Any:
    """Whether the numbers of some words are one."""
    for begin in range(first, last + 1, BLOCK):
        differing = NONE
        for k in range(begin, min(begin + BLOCK, last + 1)):
            differing |= words[k] ^ words[first]
        if differing > PLACE:
            return False
    return True


@jit.exact
def sort_part(begin: int, end: int, words: Array, ranks: Array, order: Array) -> None:
    """Write down the places of equals as quicksort leaves them from `begin` to `end`, one after the last.

    Without ranks, the places of all: words are sorted then, but for places of equals.
    """
    firsts, lasts = np.empty(64, np.int64), np.empty(64, np.int64)
    firsts[0], lasts[0], waiting = begin, end - 1, 1
    while waiting:
        waiting -= 1
        first, last = firsts[waiting], lasts[waiting]
        size = last - first + 1
        if size <= 0:
            continue
        if ranks.size:
            # Without equals, in the part or next to it, places are in order already.
            if np.int64(ranks[last + 2]) - np.int64(ranks[first]) == size + 1:
                continue
            are_equal = ranks[first + 1] == ranks[last + 1]
        else:
            are_equal = _are_equal(words, first, last)
        if are_equal and size <= ALIKE:
            for k in range(size):
                order[first + k] = words[first + EQUALS[size, k]] & PLACE
            continue
        if are_equal:
            _sort_equals(words, first, last, ALIKE, order)
            continue
        if size < INSERTED:
            _insert(words, first, last)
            for k in range(first, last + 1):
                order[k] = words[k] & PLACE
            continue
        i, j = partition(words, None, first, last)
        for k in range(j, i):
            order[k] = words[k] & PLACE
        right = waiting + (j - first > last - i + 1)  # the smaller part is the next
        left = 2 * waiting + 1 - right
        firsts[right], lasts[right], firsts[left], lasts[left] = i, last, first, j - 1
        waiting += 2


# In the next ones, `ranks` has one number more than there are in a row at each end, which differ from those within.


@jit.exact
def rank(values: Array, ranks: Array) -> Any:
    """The ranks of numbers in order, from 1; returns how many there are."""
    found = np.int64(0)
    ranks[0] = 0
    for k in range(values.size):
        found += k == 0 or values[k] != values[k - 1]
        ranks[k + 1] = found
    ranks[values.size + 1] = found + 1
    return found


@jit.exact
def sign_zeros(value: Array, place: Array, row: Array) -> None:
    """Give the zeros of a row in order the signs that they have at their places.

    That is done last: a question for each number that is moved took twice as long as all else.
    """
    k = 0
    while k < value.size and value[k] != 0:
        k += 1
    while k < value.size and value[k] == 0:
        value[k] = row[place[k]]
        k += 1


@jit.exact_threaded
def sort_rows(values: Array, order: Array, rows: Array) -> None:
    """Put equals in rows that are in order, and their places, as quicksort leaves them; rows with NaN stay."""
    size = values.shape[1]
    for n in prange(values.shape[0]):
        value, place = values[n], order[n]
        equals = 0
        for k in range(1, size):
            equals += value[k] == value[k - 1]
        if equals and value[0] == value[0] and value[size - 1] == value[size - 1]:
            ranks, words = np.empty(size + 2, np.uint32), np.empty(size + BLOCK, np.uint64)
            rank(value, ranks)
            for k in range(size):
                words[place[k]] = np.uint64(ranks[k + 1]) << HALF | np.uint64(place[k])
            sort_part(0, size, words, ranks, place)
            sign_zeros(value, place, rows[n])


@jit.exact
def _quicksort(row: Array, place: Array, size: int) -> None:
    """Sort numbers as Torch7 does, also where NaN is among them, which is neither smaller nor larger than any."""
    firsts, lasts = np.empty(64, np.int64), np.empty(64, np.int64)
    firsts[0], lasts[0], waiting = 0, size - 1, 1 if size > INSERTED else 0
    while waiting:
        waiting -= 1
        first, last = firsts[waiting], lasts[waiting]
        if last - first + 1 >= INSERTED:
            i, j = partition(row, place, first, last)
            right = waiting + (j - first > last - i + 1)  # the smaller part is the next
            left = 2 * waiting + 1 - right
            firsts[right], lasts[right], firsts[left], lasts[left] = i, last, first, j - 1
            waiting += 2
    for i in range(size - 2, -1, -1):
        number, origin, j = row[i], place[i], i + 1
        if number > row[j]:
            while j < size and row[j] < number:
                row[j - 1], place[j - 1] = row[j], place[j]
                j += 1
            row[j - 1], place[j - 1] = number, origin


@jit.exact_threaded
def sort_with_nan(rows: Array, descending: bool, values: Array, order: Array) -> None:
    """Sort rows of numbers among which is NaN, and write where they were."""
    size = rows.shape[1]
    for n in prange(rows.shape[0]):
        row, place = np.empty(size + BLOCK, rows.dtype), np.empty(size, np.int64)
        for k in range(size):
            row[k], place[k] = -rows[n, k] if descending else rows[n, k], k
        _quicksort(row, place, size)
        for k in range(size):
            values[n, k], order[n, k] = rows[n, place[k]], place[k]


@jit.exact
def _select(row: Array, place: Any, last: int, wanted: int) -> None:
    """Bring the number of a rank, from 0, to its place, none larger before it and none smaller behind."""
    first = 0
    while last > first + 1:
        i, j = partition(row, place, first, last)
        if j <= wanted:
            first = i
        if j >= wanted:
            last = j - 1
    if last == first + 1 and row[first] > bounds(row[last], place)[1]:
        exchange(row, place, first, last)


@jit.exact_threaded
def select(rows: Array, wanted: int, begin: int, found: Array) -> None:
    """The places from `begin` on after quickselect has brought the number of a rank, from 0, to its place."""
    size = rows.shape[1]
    for n in prange(rows.shape[0]):
        row, place = np.empty(size + BLOCK, rows.dtype), np.empty(size, np.int64)
        for k in range(size):
            row[k], place[k] = rows[n, k], k
        _select(row, place, size - 1, wanted)
        for k in range(found.shape[1]):
            found[n, k] = place[begin + k]


@jit.exact_threaded
def select_short(rows: Array, signed: bool, infinity: int, wanted: int, begin: int, found: Array) -> int:
    """The same of numbers of no more than 32 bits, given by these; see `pack`. Gives how many of them are NaN.

    10^6 floats take 0.4 of the time.
    """
    size, strange = rows.shape[1], 0
    sign = sign_of(rows, signed)
    for n in prange(rows.shape[0]):
        words = np.empty(size + BLOCK, np.uint64)
        for k in range(size):
            rank = rank_of(rows[n, k], sign, np.uint64(infinity))
            strange += infinity != 0 and rank > sign + np.uint64(infinity)
            words[k] = rank << HALF | np.uint64(k)
        _select(words, None, size - 1, wanted)
        for k in range(found.shape[1]):
            found[n, k] = np.int64(words[begin + k] & PLACE)
    return strange
