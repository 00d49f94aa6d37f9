"""sort, topk, kthvalue, median, mode: values along a dimension and the 1-based indices where they were.

Where elements are equal, their order is that in which Torch7's quicksort and quickselect leave them.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import RangeError, SizeError, bad_argument
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.elementwise import fill
from torchnn.torch.overloads import NEW_WITH_INDICES, Form, Overloads
from torchnn.torch.parallel import bits, copy, in_parallel
from torchnn.torch.replacements import NamedReplacement
from torchnn.torch.results import stored
from torchnn.torch.selection import positions_along

# Below this many elements numpy's stable sort takes less time than loading the kernels; above, keys are sorted.
SMALL = 4096

# In longer rows NaN is sorted last: Torch7 takes as many steps as their square where NaN parts them.
LONGEST_WITH_NAN = 4096

# Rows of so many elements Torch7 sorts by insertion, which keeps equals in order.
INSERTED = 11

# Larger parts are cut up for all threads.
PART = 1 << 16

# Integers are counted where they lie so near.
MOST_COUNTED = 1 << 16

# Elements of a row that can be told by half a word, and ranks.
MOST, MOST_RANKS = 1 << 31, 1 << 32

# Numbers that are there so many times each need not be sorted before they are parted.
ALIKE = 64

# Sizes up to which it is kept where rows begin.
FEW = 256

ONE = types.scalar(types.LONG, 1)


class FewSorted(NamedReplacement):
    """What compiled calls do in place of an implementation, named by its function.

    `operands` are its letters: r and i the results, x what is sorted, d a dimension, k a number, b whether the order
    descends, o whether it matters.
    """


def _axis(x: Core, dimension: int | None, position: int, function: str) -> int:
    """The axis of a 1-based dimension, by default the last."""
    if not x._size:
        raise SizeError(bad_argument(1, function, "tensor must have at least one dimension"))
    return x.dim() - 1 if dimension is None else x.axis(dimension, function, position)


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
    """The positions that sort the last axis, and the sorted elements."""
    n = array.shape[-1]
    if n > PART:
        rows = np.ascontiguousarray(array)
        order, values = np.empty(rows.shape, np.int64), np.empty_like(rows)
        for line in zip(*(each.reshape(-1, n) for each in (rows, order, values)), strict=True):
            _sort_long(*line, descending)
        return order, values
    order, values = _sorted_stably(array, descending)
    if n > INSERTED and (array.size >= SMALL or (values[..., 1:] == values[..., :-1]).any()):
        rows, order, values = (np.ascontiguousarray(a).reshape(-1, n) for a in (array, order, values))
        kernels.sorting.sort_rows(values, order, rows)
        order, values = order.reshape(array.shape), values.reshape(array.shape)
    if array.dtype.kind == "f" and n <= LONGEST_WITH_NAN and np.isnan(values[..., 0 if descending else -1]).any():
        return _sorted_with_nan(array, order, values, descending)
    return order, values


def _sorted_with_nan(
    array: np.ndarray, order: np.ndarray, values: np.ndarray, descending: bool
) -> tuple[np.ndarray, np.ndarray]:
    """What is sorted already, with rows that have NaN as Torch7's quicksort leaves them."""
    rows, order, values = (np.ascontiguousarray(a).reshape(-1, array.shape[-1]) for a in (array, order, values))
    strange = np.isnan(rows).any(1)
    found, places = np.empty_like(rows[strange]), np.empty_like(order[strange])
    kernels.sorting.sort_with_nan(rows[strange], descending, found, places)
    values[strange], order[strange] = found, places
    return order.reshape(array.shape), values.reshape(array.shape)


def _sorted_stably(array: np.ndarray, descending: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """`_sorted`, but that equals keep their order."""
    if array.size >= SMALL:
        array = np.ascontiguousarray(array)
        return _counted(array, descending) or _sorted_by_keys(array, descending)
    if not descending:
        order = array.argsort(kind="stable")
        return order, _at(array, order)
    order, values = _sorted_stably(array[..., ::-1])
    return array.shape[-1] - 1 - order[..., ::-1], values[..., ::-1]


def _counted(array: np.ndarray, descending: bool) -> tuple[np.ndarray, np.ndarray] | None:
    """`_sorted_stably` of integers of which there are not many different ones in a row; None of others."""
    if array.dtype.kind == "f":
        return None
    low = int(array.min())
    span = int(array.max()) - low + 1
    if span > min(array.shape[-1], MOST_COUNTED):
        return None
    values, order = np.empty_like(array), np.empty(array.shape, np.int64)
    rows, *results = (a.reshape(-1, array.shape[-1]) for a in (array, values, order))
    kernels.orders.count(rows, low, span, descending, *results)
    return order, values


def _sort_long(row: np.ndarray, order: np.ndarray, values: np.ndarray, descending: bool) -> None:
    """Sort a long row, in which NaN is the largest; equals are where Torch7's quicksort leaves them."""
    if row.size > MOST:
        raise SizeError(bad_argument(1, "sort", f"more than {MOST} elements along the dimension, got {row.size}"))
    low, span = _range(row)
    known = *_bits(row), low, descending
    words = kernels.scratch.take("words", row.size + kernels.sorting.BLOCK, np.uint64)
    if span > MOST_RANKS or kernels.long_rows.write_short_words(*known, words):
        _sorted_by_keys(row, descending, (order[None], values[None]))
        _sort_equals(values, order, row)
        return
    begins, ends = _cut(words, row.size, order)
    if span <= row.size // ALIKE:
        kernels.long_rows.sort_parts(words, begins, ends, np.empty(0, np.uint32), order)
        ordered = words[: row.size]
    else:
        ordered = kernels.scratch.take("keys", row.size, np.uint64)
        copy(ordered, words[: row.size])
        pieces = [ordered[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        in_parallel(lambda part: [each.sort() for each in pieces[part]], len(pieces), PART)
        fill(order, np.bitwise_and, ordered.view(np.int64), np.int64(kernels.sorting.PLACE))
        kernels.long_rows.sort_parts_alone(words, begins, ends, ordered, order)
    kernels.long_rows.read_words(ordered, *known[1:], bits(values))
    if row.dtype.kind == "f":
        kernels.sorting.sign_zeros(values, order, row)


def _range(row: np.ndarray) -> tuple[int, int]:
    """The smallest rank of numbers in a row, in signed bits, and how many there may be: of floats and bytes any."""
    if row.dtype.kind == "f" or row.itemsize == 1:
        return 0, 1 << row.itemsize * 8
    low, high = (int(kernels.extremes.of_all(row[None], largest)) for largest in (False, True))
    rank = np.uint64(low - int(np.iinfo(row.dtype).min))
    return int(rank.astype(np.int64)), high - low + 1


def _sort_equals(values: np.ndarray, order: np.ndarray, row: np.ndarray) -> None:
    """Put equals of a long row that is in order where Torch7's quicksort leaves them, on all threads."""
    if np.isnan(values[0]) or np.isnan(values[-1]):
        return
    ranks = kernels.scratch.take("ranks", row.size + 2, np.uint32)
    if kernels.sorting.rank(values, ranks) == row.size:
        return
    words = kernels.scratch.take("words", row.size + kernels.sorting.BLOCK, np.uint64)
    kernels.long_rows.write_words(order, ranks, words)
    kernels.long_rows.sort_parts(words, *_cut(words, row.size, order), ranks, order)
    kernels.sorting.sign_zeros(values, order, row)


def _cut(words: np.ndarray, size: int, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Part words as quicksort does, until there is work for all threads: where the parts begin and end.

    Between them are pivots, whose places are written down.
    """
    begins, ends = np.zeros(1, np.int64), np.full(1, size)
    small: list[tuple[np.ndarray, np.ndarray]] = []
    while begins.size:
        rights, pivots = np.empty_like(begins), np.empty_like(ends)
        kernels.long_rows.halves(words, begins, ends, rights, pivots, order)
        begins, ends = np.concatenate((begins, rights)), np.concatenate((pivots, ends))
        large = ends - begins > PART
        small.append((begins[~large], ends[~large]))
        begins, ends = begins[large], ends[large]
    found = [np.concatenate(each) for each in zip(*small, strict=True)]
    return found[0], found[1]


def _sort_keys(keys: np.ndarray) -> None:
    """Sort rows of keys on all threads, a long one in halves: 10^6 in 3.6 ms in place of 5.9."""
    n = keys.shape[1]
    if n <= PART:
        in_parallel(lambda part: keys[part].sort(), *keys.shape)
        return
    for row in keys:
        row.partition(n // 2)
        parts = row[: n // 2], row[n // 2 :]
        in_parallel(lambda part, parts=parts: [each.sort() for each in parts[part]], len(parts), n // 2)


def _bits(rows: np.ndarray) -> tuple[np.ndarray, bool, int]:
    """The bits of numbers as unsigned integers, whether these have signs, and the bits of infinity, 0 for integers."""
    found, kind = bits(rows), rows.dtype.kind
    return found, kind != "u", int(np.array(np.inf, rows.dtype).view(found.dtype)) if kind == "f" else 0


def _sorted_by_keys(
    array: np.ndarray, descending: bool, into: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """`_sorted_stably`, of keys that `kernels.sorting` makes, on all threads."""
    rows = array.reshape(-1, array.shape[-1])
    order, values = into or (np.empty(rows.shape, np.int64), np.empty_like(rows))
    keys = kernels.scratch.take("keys", rows.size, np.uint64).reshape(rows.shape)
    digits = (rows.shape[1] - 1).bit_length()
    places, whole = (1 << digits) - 1, rows.itemsize * 8 + digits <= 64
    kernels.sorting.pack(*_bits(rows), descending, places, keys)
    _sort_keys(keys)
    done = np.empty(len(rows), np.bool_)
    kernels.orders.unpack(keys, places, rows, whole, descending, values, order, done)
    for n in np.flatnonzero(~done):
        if rows.shape[1] > kernels.orders.PIECE and kernels.orders.mend(values[n], order[n], descending):
            continue
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
    fill(order, np.add, order, ONE)
    if axis != last or descending:
        values, order = (np.ascontiguousarray(a.swapaxes(axis, last)) for a in (values, order))
    return stored(r, type(x), values), stored(indices, types.TENSORS[types.LONG], order)


def _rows(array: np.ndarray, axis: int) -> np.ndarray:
    """The lines along an axis as the rows of a matrix."""
    lines = array if axis == array.ndim - 1 else np.moveaxis(array, axis, -1)
    if not lines.flags.c_contiguous:
        rows = np.empty(lines.shape, array.dtype)
        copy(rows, lines)
        lines = rows
    return lines.reshape(-1, array.shape[axis])


def _topk(
    r: Core | None, indices: Core | None, x: Core, k: int, dimension: int | None, largest: bool, ordered: bool
) -> tuple[Core, Core]:
    axis = _axis(x, dimension, 3, "topk")
    n = x._size[axis]
    if not 1 <= k <= n:
        raise RangeError(bad_argument(2, "topk", f"k not in range for dimension: {k} of {n}"))
    order = _selected(_rows(x.array, axis), k, largest, ordered)
    order = order.reshape(*x._size[:axis], *x._size[axis + 1 :], k)
    return _picked(r, indices, x, order if axis == x.dim() - 1 else np.moveaxis(order, -1, axis), axis)


def _selected(rows: np.ndarray, k: int, largest: bool, ordered: bool) -> np.ndarray:
    """Positions of the k smallest or largest elements of rows, as Torch7's quickselect leaves them, or sorted."""
    begin = rows.shape[1] - k if largest else 0
    if largest and not begin:
        found = np.arange(k).reshape(1, -1).repeat(len(rows), 0)
    else:
        found = _around(rows, (begin or k) - 1, begin, k)
    # The last of the smallest is the largest of them, and stays where it is.
    part = found if largest else found[:, :-1]
    if ordered and part.size:
        order, _ = _sorted(np.take_along_axis(rows, part, 1), largest)
        part[...] = np.take_along_axis(part, order, 1)
    return found


def _around(rows: np.ndarray, rank: int, begin: int, k: int) -> np.ndarray:
    """What k places from one on hold after Torch7's quickselect brought the number of a rank to its place."""
    found = np.empty((len(rows), k), np.int64)
    if rows.itemsize > 4 or rows.shape[1] > MOST or kernels.sorting.select_short(*_bits(rows), rank, begin, found):
        kernels.sorting.select(rows, rank, begin, found)
    return found


def _kth(r: Core | None, indices: Core | None, x: Core, rank: int, axis: int) -> tuple[Core, Core]:
    """The element of a rank that counts from 0."""
    found = _around(_rows(x.array, axis), rank, rank, 1)
    return _picked(r, indices, x, found.reshape([1 if i == axis else n for i, n in enumerate(x._size)]), axis)


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
    order, values = _sorted(_rows(x.array, axis))
    last = np.empty(len(order), np.int64)
    kernels.orders.most_frequent(np.ascontiguousarray(values), last)
    found = order[np.arange(len(order)), last]
    return _picked(r, indices, x, found.reshape([1 if i == axis else n for i, n in enumerate(x._size)]), axis)


sort = Overloads(
    "sort",
    NEW_WITH_INDICES,
    Form(FewSorted("sort", "rixdb").of(_sort), "index=last", "boolean=false"),
    doc="""`torch.sort([r, [ri,]] x [, d] [, descending=false])`: x sorted along dimension d, and the indices.

    Dimensions and indices are 1-based; d is the last dimension by default. Equals are where Torch7's quicksort leaves
    them: up to 11 in the order in which they were. So is nan, which is neither smaller nor larger than any; but where
    there are more than 4096 elements along d, it counts as the largest.
    """,
)
topk = Overloads(
    "topk",
    NEW_WITH_INDICES,
    Form(FewSorted("topk", "rixkdbo").of(_topk), "index=1", "index=last", "boolean=false", "boolean=false"),
    doc="""`torch.topk([r, [ri,]] x [, k=1] [, d] [, largest=false] [, sorted=false])`: k elements and their indices.

    The k smallest by default, as Torch7's quickselect leaves them, along dimension d, by default the last. Dimensions
    and indices are 1-based.
    Errors: a k below 1 or larger than the dimension.
    """,
)
kthvalue = Overloads(
    "kthvalue",
    NEW_WITH_INDICES,
    Form(FewSorted("kthvalue", "rixkd").of(_kthvalue), "index", "index=last"),
    doc="""`torch.kthvalue([r, [ri,]] x, k [, d])`: the k-th smallest element along dimension d, and its index.

    All 1-based; d is the last dimension by default, and is kept with size 1. Errors: a k below 1 or
    larger than the dimension.
    """,
)
median = Overloads(
    "median",
    NEW_WITH_INDICES,
    Form(FewSorted("median", "rixd").of(_median), "index=last"),
    doc="""`torch.median([r, [ri,]] x [, d])`: the median along dimension d, the lower of two, and its index.

    All 1-based; d is the last dimension by default, and is kept with size 1.
    """,
)
mode = Overloads(
    "mode",
    NEW_WITH_INDICES,
    Form(FewSorted("mode", "rixd").of(_mode), "index=last"),
    doc="""`torch.mode([r, [ri,]] x [, d])`: the most frequent element along dimension d, the smallest of several.

    The second result is the 1-based index of the last one in the order of `torch.sort`. d (1-based) is the last
    dimension by default, and is kept with size 1.
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
