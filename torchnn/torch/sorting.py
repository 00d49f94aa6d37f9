"""sort, topk, kthvalue, median, mode: values along a dimension and the 1-based indices where they were.

Equal elements keep their order in `sort`; which of them the other functions find is not specified.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import RangeError, SizeError, bad_argument
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.overloads import NEW_WITH_INDICES, Form, Overloads
from torchnn.torch.parallel import SMALLEST, copy, in_parallel
from torchnn.torch.results import stored
from torchnn.torch.selection import positions_along

# Below this many elements numpy's stable sort takes less time than loading the kernels; above, keys are sorted.
SMALL = 4096

# Sizes up to which it is kept where rows begin, and up to which elements of a rank are found by sorting.
FEW = 256

ONE = types.scalar(types.LONG, 1)


@dataclass(frozen=True)
class FewSorted:
    """What compiled calls do in place of an implementation, named by its function.

    `operands` are its letters: r and i the results, x what is sorted, d a dimension, k a number, b whether the order
    descends, o whether it matters.
    """

    way: str
    operands: str


def _of_few(implementation: Callable[..., Any], way: str, operands: str) -> Callable[..., Any]:
    """The implementation, for which compiled calls do `FewSorted(...)`."""
    implementation.few = FewSorted(way, operands)  # type: ignore[attr-defined]
    return implementation


def _axis(x: Core, dimension: int | None, position: int, function: str) -> int:
    """The axis of a 1-based dimension, by default the last."""
    if not x._size:
        raise SizeError(bad_argument(1, function, "tensor must have at least one dimension"))
    return x.dim() - 1 if dimension is None else x.axis(dimension, position)


def _picked(r: Core | None, indices: Core | None, x: Core, order: np.ndarray, axis: int) -> tuple[Core, Core]:
    """The elements of x at positions along an axis that count from 0, and these positions counted from 1."""
    index = np.add(order, ONE, order="C")
    values = stored(r, type(x), _taken(x.array, index, axis))
    return values, stored(indices, types.TENSORS[types.LONG], index)


def _taken(array: np.ndarray, index: np.ndarray, axis: int) -> np.ndarray:
    """The elements at 1-based indices along an axis."""
    if index.size < FEW:
        return array.take(positions_along(array.shape, index, axis), None, None, "clip")
    return np.ascontiguousarray(np.take_along_axis(array, np.subtract(index, ONE), axis))


def _at(array: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The elements at positions along the last axis; 3 times as fast as take_along_axis."""
    n = array.shape[-1]
    if array.size != n:
        starts = _starts_of_few(array.shape) if array.size <= FEW else _starts(array.shape)
        order = np.add(order, starts)
    return array.reshape(-1).take(order, None, None, "clip")


def _starts(size: tuple[int, ...]) -> np.ndarray:
    """Where in an array of these sizes each row begins."""
    return np.arange(0, math.prod(size), size[-1]).reshape(*size[:-1], 1)


@functools.lru_cache(256)
def _starts_of_few(size: tuple[int, ...]) -> np.ndarray:
    """The same for each element, which is added in half of the time."""
    return np.broadcast_to(_starts(size), size).copy()


def _sorted(array: np.ndarray, descending: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The positions that sort the last axis, and the sorted elements; equal ones keep their order both ways."""
    if array.dtype.itemsize > 2 and array.size >= SMALL:
        return _sorted_by_keys(np.ascontiguousarray(array), descending)
    if not descending:
        order = array.argsort(kind="stable")
        return order, _at(array, order)
    order, values = _sorted(array[..., ::-1])
    return array.shape[-1] - 1 - order[..., ::-1], values[..., ::-1]


def _sorted_by_keys(array: np.ndarray, descending: bool) -> tuple[np.ndarray, np.ndarray]:
    """`_sorted`, of keys that `kernels.sorting` makes, on all threads."""
    rows = array.reshape(-1, array.shape[-1])
    keys, order, values = np.empty(rows.shape, np.uint64), np.empty(rows.shape, np.int64), np.empty_like(rows)
    bits = rows.view(f"u{rows.itemsize}")
    infinity = int(np.array(np.inf, rows.dtype).view(bits.dtype)) if rows.dtype.kind == "f" else 0
    places = (1 << (rows.shape[1] - 1).bit_length()) - 1
    kernels.sorting.pack(bits, rows.dtype.kind != "u", infinity, descending, places, keys)
    in_parallel(lambda part: keys[part].sort(), *rows.shape)
    done = np.empty(len(rows), np.bool_)
    kernels.sorting.unpack(keys, places, rows, descending, values, order, done)
    for n in np.flatnonzero(~done):
        ranked = rows[n, ::-1] if descending else rows[n]
        found = ranked.argsort(kind="stable")
        order[n] = len(found) - 1 - found[::-1] if descending else found
        values[n] = rows[n, order[n]]
    return order.reshape(array.shape), values.reshape(array.shape)


def _sort(r: Core | None, indices: Core | None, x: Core, dimension: int | None, descending: bool) -> tuple[Core, Core]:
    axis = _axis(x, dimension, 2, "sort")
    last = x.dim() - 1
    array = x.array
    rows = np.ascontiguousarray(array if axis == last else array.swapaxes(axis, last))
    order, values = _sorted(rows, descending)
    np.add(order, ONE, order)
    if axis != last or descending:
        values, order = (np.ascontiguousarray(a.swapaxes(axis, last)) for a in (values, order))
    return stored(r, type(x), values), stored(indices, types.TENSORS[types.LONG], order)


def _ranked(array: np.ndarray, ranks: slice, axis: int, descending: bool = False) -> np.ndarray:
    """Positions along an axis of the elements of some ranks, which count from 0, in order."""
    order, _ = _sorted(np.ascontiguousarray(array.swapaxes(axis, -1)), descending)
    return order[..., ranks].swapaxes(axis, -1)


def _rows(array: np.ndarray, axis: int) -> np.ndarray:
    """The lines along an axis as the rows of a matrix."""
    lines = np.moveaxis(array, axis, -1)
    if not lines.flags.c_contiguous:
        rows = np.empty(lines.shape, array.dtype)
        copy(rows, lines)
        lines = rows
    return lines.reshape(-1, array.shape[axis])


def _of_rank(rows: np.ndarray, rank: int) -> np.ndarray:
    """The element of each row with a rank, which counts from 0."""
    found = np.empty(len(rows), rows.dtype)

    def work(part: slice) -> None:
        found[part] = np.partition(rows[part], rank)[:, rank]

    in_parallel(work, *rows.shape)
    return found


def _topk(
    r: Core | None, indices: Core | None, x: Core, k: int, dimension: int | None, largest: bool, ordered: bool
) -> tuple[Core, Core]:
    axis = _axis(x, dimension, 3, "topk")
    n = x._size[axis]
    if not 1 <= k <= n:
        raise RangeError(bad_argument(2, "topk", f"k not in range for dimension: {k} of {n}"))
    order = _places(x.array, k, axis, largest)
    if ordered:
        found = np.take_along_axis(x.array, order, axis)
        again, _ = _sorted(found.swapaxes(axis, -1), largest)
        order = np.take_along_axis(order, again.swapaxes(axis, -1), axis)
    return _picked(r, indices, x, order, axis)


def _places(array: np.ndarray, k: int, axis: int, largest: bool) -> np.ndarray:
    """Positions along an axis of the k smallest or largest elements, in any order."""
    if array.size <= FEW:
        return _ranked(array, slice(k), axis, largest)
    n = array.shape[axis]
    rank = n - k if largest else k - 1
    if array.size < SMALLEST:
        return np.argpartition(array, rank, axis).take(range(rank, n) if largest else range(k), axis)
    rows = _rows(array, axis)
    places = np.empty((len(rows), k), np.int64)
    kernels.sorting.places_up_to(rows, _of_rank(rows, rank), largest, places)
    return np.moveaxis(places.reshape(*array.shape[:axis], *array.shape[axis + 1 :], k), -1, axis)


def _kth(r: Core | None, indices: Core | None, x: Core, rank: int, axis: int) -> tuple[Core, Core]:
    """The element of a rank that counts from 0."""
    array = x.array
    if array.size <= FEW:
        return _picked(r, indices, x, _ranked(array, slice(rank, rank + 1), axis), axis)
    if array.size < SMALLEST:
        return _picked(r, indices, x, np.argpartition(array, rank, axis).take([rank], axis), axis)
    rows = _rows(array, axis)
    places = np.empty(len(rows), np.int64)
    kernels.sorting.places_of(rows, _of_rank(rows, rank), places)
    size = [1 if i == axis else n for i, n in enumerate(array.shape)]
    return _picked(r, indices, x, places.reshape(size), axis)


def _kthvalue(r: Core | None, indices: Core | None, x: Core, k: int, dimension: int | None) -> tuple[Core, Core]:
    axis = _axis(x, dimension, 3, "kthvalue")
    if not 1 <= k <= x._size[axis]:
        raise RangeError(bad_argument(2, "kthvalue", f"selected index out of range: {k} of {x._size[axis]}"))
    return _kth(r, indices, x, k - 1, axis)


def _median(r: Core | None, indices: Core | None, x: Core, dimension: int | None) -> tuple[Core, Core]:
    axis = _axis(x, dimension, 3, "median")
    return _kth(r, indices, x, (x._size[axis] - 1) // 2, axis)


def _mode(r: Core | None, indices: Core | None, x: Core, dimension: int | None) -> tuple[Core, Core]:
    """Among the sorted elements, the first that is as far from the start of its run of equals as any is."""
    axis = _axis(x, dimension, 3, "mode")
    order, values = _sorted(np.moveaxis(x.array, axis, -1))
    position = np.arange(values.shape[-1])
    starts = np.zeros(values.shape, np.intp)
    starts[..., 1:] = np.where(values[..., 1:] != values[..., :-1], position[1:], 0)
    np.maximum.accumulate(starts, axis=-1, out=starts)
    last = np.argmax(position - starts, axis=-1, keepdims=True)
    return _picked(r, indices, x, np.moveaxis(np.take_along_axis(order, last, -1), -1, axis), axis)


sort = Overloads(
    "sort",
    NEW_WITH_INDICES,
    Form(_of_few(_sort, "sort", "rixdb"), "index=last", "boolean=false"),
    doc="""`torch.sort([r, [ri,]] x [, d] [, descending=false])`: x sorted along dimension d, and the indices.

    Dimensions and indices are 1-based; d is the last dimension by default. Equals keep their order; where nan goes is
    not specified.
    """,
)
topk = Overloads(
    "topk",
    NEW_WITH_INDICES,
    Form(_of_few(_topk, "topk", "rixkdbo"), "index=1", "index=last", "boolean=false", "boolean=false"),
    doc="""`torch.topk([r, [ri,]] x [, k=1] [, d] [, largest=false] [, sorted=false])`: k elements and their indices.

    The k smallest by default, in any order, along dimension d, by default the last. Dimensions and indices are 1-based.
    Errors: a k below 1 or larger than the dimension.
    """,
)
kthvalue = Overloads(
    "kthvalue",
    NEW_WITH_INDICES,
    Form(_of_few(_kthvalue, "kthvalue", "rixkd"), "index", "index=last"),
    doc="""`torch.kthvalue([r, [ri,]] x, k [, d])`: the k-th smallest element along dimension d, and its index.

    All 1-based; d is the last dimension by default, and is kept with size 1. Errors: a k below 1 or
    larger than the dimension.
    """,
)
median = Overloads(
    "median",
    NEW_WITH_INDICES,
    Form(_of_few(_median, "median", "rixd"), "index=last"),
    doc="""`torch.median([r, [ri,]] x [, d])`: the median along dimension d, the lower of two, and its index.

    All 1-based; d is the last dimension by default, and is kept with size 1.
    """,
)
mode = Overloads(
    "mode",
    NEW_WITH_INDICES,
    Form(_of_few(_mode, "mode", "rixd"), "index=last"),
    doc="""`torch.mode([r, [ri,]] x [, d])`: the most frequent element along dimension d, the smallest of several.

    The second result is the 1-based index of one such element. d (1-based) is the last dimension by default, and is
    kept with size 1.
    """,
)


class Sorting:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    kthvalue: Any = kthvalue.method
    median: Any = median.method
    mode: Any = mode.method
    sort: Any = sort.method
    topk: Any = topk.method
