"""Element by element, one after the other, where elements are read that were written before: as Torch7's loops do.

Such are results whose elements are one in memory, as those of an expanded tensor, and operands that lie on the result
in another order: `x.add(x.t())` adds to what stands below the diagonal what was stored above it just before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn.kernels.silence import silently

# From so many bytes of contiguous floats on, Torch7 reads several before it writes them, as the processor does.
VECTOR = 64

# Memory, and where elements are in it.
Elements = tuple[np.ndarray, np.ndarray]

# How long numpy may look for an element that two arrays have in common: columns and blocks of a matrix take less.
EFFORT = 1000

# In how many elements the end of those that can be computed together is looked for first.
WINDOW = 64


def is_needed(out: np.ndarray, operands: Sequence[Any]) -> bool:
    """Whether results depend on which of the elements of `out` is written first."""
    if may_overlap(out):
        return True
    return any([isinstance(a, np.ndarray) and a is not out and lies_across(a, out) for a in operands])


def may_overlap(array: np.ndarray) -> bool:
    """Whether elements may share memory, as those of an expanded tensor do."""
    if array.flags.c_contiguous:
        return False
    end = 0
    for stride, n in sorted(zip(array.strides, array.shape, strict=True)):
        if n > 1:
            if stride <= end:
                return True
            end += (n - 1) * stride
    return False


def is_vector(array: np.ndarray) -> bool:
    """Whether contiguous elements are of a type, and as many, that Torch7 takes several at once."""
    return array.dtype.kind == "f" and array.nbytes >= VECTOR


def lies_across(a: np.ndarray, out: np.ndarray) -> bool:
    """Whether an operand has elements in common with the result that are at other places there.

    Contiguous vectors of floats (see VECTOR) count as they were, and so does what is read before it is written.
    """
    if a.flags.c_contiguous and out.flags.c_contiguous:
        if is_vector(out) or a.ctypes.data > out.ctypes.data:
            return False
    if not np.may_share_memory(a, out) or a.itemsize != out.itemsize:
        return False
    if a.ctypes.data == out.ctypes.data and a.shape == out.shape and a.strides == out.strides:
        return False
    return meet(a, out)


def meet(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether arrays have elements in common, or numpy does not find out."""
    return np.may_share_memory(a, b, EFFORT)


def fill(out: np.ndarray, operation: Callable[..., Any], operands: Sequence[Any]) -> None:
    """Fill an array with `operation(*operands, out)`, each element from what the ones before have left.

    Operands are numbers, and arrays that numpy broadcasts to the sizes of the result.
    """
    read = [_memory_of(np.broadcast_to(a, out.shape)) if isinstance(a, np.ndarray) else a for a in operands]
    _compute(_memory_of(out), operation, read)


def copy(into: np.ndarray, source: np.ndarray) -> None:
    """Copy elements one after the other."""
    fill(into, _copied, [source])


def take(into: np.ndarray, source: np.ndarray, index: np.ndarray, axis: int, by: Callable[..., np.ndarray]) -> None:
    """Copy what 1-based indices along an axis name, one after the other.

    By `np.take` slices are named, by `np.take_along_axis` elements.
    """
    _move(into, _positions(into), source, by(_positions(source), index - 1, axis), axis, by)


def put(into: np.ndarray, source: np.ndarray, index: np.ndarray, axis: int, by: Callable[..., np.ndarray]) -> None:
    """Copy to what is named."""
    _move(into, by(_positions(into), index - 1, axis), source, _positions(source), axis, by)


def _move(
    into: np.ndarray, places: np.ndarray, source: np.ndarray, of: np.ndarray, axis: int, by: Callable[..., np.ndarray]
) -> None:
    """Copy the elements at some positions to others: a slice after the other, or a line along an axis."""
    elements = []
    for array, chosen in ((into, places), (source, of)):
        memory, spots = _memory_of(array)
        elements.append((memory, spots[np.moveaxis(chosen, axis, 0 if by is np.take else -1).reshape(-1)]))
    _compute(elements[0], _copied, elements[1:])


def _positions(array: np.ndarray) -> np.ndarray:
    """The position of each element in row-major order, from 0."""
    return np.arange(array.size).reshape(array.shape)


def _copied(a: np.ndarray, out: np.ndarray) -> None:
    np.copyto(out, a)


def _compute(written: Elements, operation: Callable[..., Any], operands: Sequence[Any]) -> None:
    """Write elements by an operation of numbers and of elements.

    What reads nothing that is written meanwhile is computed together: of `x.add(x.t())` a row at a time.
    """
    into, places = written
    start, size = 0, places.size
    before = _writers(_addresses(written), [_addresses(a) for a in operands if isinstance(a, tuple)])
    while start < size:
        end = _first_waiting(before, start)
        given = [a[0][a[1][start:end]] if isinstance(a, tuple) else a for a in operands]
        found = np.empty(end - start, into.dtype)
        silently(operation, *given, found)
        into[places[start:end]] = found
        start = end


def _memory_of(array: np.ndarray) -> Elements:
    """The elements of an array, in row-major order."""
    places = np.zeros(array.shape, np.intp)
    for axis, (n, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
        places += (np.arange(n) * (stride // array.itemsize)).reshape(-1, *(1,) * (array.ndim - axis - 1))
    length = int(places[(-1,) * array.ndim]) + 1
    return np.lib.stride_tricks.as_strided(array, (length,), (array.itemsize,)), places.reshape(-1)


def _addresses(elements: Elements) -> np.ndarray:
    memory, places = elements
    return memory.ctypes.data + places * memory.itemsize


def _writers(written: np.ndarray, reads: Sequence[np.ndarray]) -> np.ndarray:
    """For each element the last one before it that writes what it reads; -1 where none does."""
    order = np.arange(written.size)
    before = np.full(written.size, -1)
    addresses, rank = np.unique(written, return_inverse=True)
    # Sorted by address and, of equal ones, in the order of writing.
    keys = np.sort(rank.reshape(-1) * written.size + order)
    for read in reads:
        rank = np.minimum(np.searchsorted(addresses, read), addresses.size - 1)
        last = keys[np.searchsorted(keys, rank * written.size + order) - 1]
        found = (addresses[rank] == read) & (last // written.size == rank) & (last % written.size < order)
        before = np.maximum(before, np.where(found, last % written.size, -1))
    return before


def _first_waiting(before: np.ndarray, start: int) -> int:
    """The first element from one on that reads what it or another after it writes."""
    window = WINDOW
    while start < before.size:
        waiting = before[start : start + window] >= start
        if waiting.any():
            return start + int(waiting.argmax())
        if start + window >= before.size:
            return before.size
        window *= 2
    return before.size
