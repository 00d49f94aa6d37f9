"""Selecting by index. Index tensors are LongTensors that count from 1."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import RangeError, SizeError, bad_argument, different_counts, sizes
from torchnn.torch import in_turn, types
from torchnn.torch.core import Core
from torchnn.torch.overloads import NEW, PLAIN, Form, Overloads
from torchnn.torch.parallel import SHORTEST_ROW, SMALLEST, bits, copy, in_any_order
from torchnn.torch.reductions import planes
from torchnn.torch.replacements import NamedReplacement
from torchnn.torch.results import stored


class FewSelected(NamedReplacement):
    """What compiled calls do in place of an implementation, named by a way of selecting.

    `operands` are its letters: r the result, x the tensor, d a dimension, i indices, m a mask, y another tensor, v a
    number.
    """


# Forms of functions that exist as methods only.
NEW_METHOD = (None, NEW[1])
PLAIN_METHOD = (None, PLAIN[1])

# Up to so many elements are found by their positions in row-major order, which are worked out once for some sizes.
FEW = 1024

# Slices of long rows numpy copies as fast as both threads up to so many bytes.
SMALLEST_SLICES = 1 << 21

STRANGE = "Invalid index in scatter"

ONE = types.scalar(types.LONG, 1)


# ---------------------------------------------------------------------- slices by index


def _verified(
    function: str, x: Core, dimension: int, idx: Core, what: str = "index out of range"
) -> tuple[int, np.ndarray]:
    """The axis of a 1-based dimension and 1-based indices that exist along it."""
    if len(idx._size) != 1:
        raise SizeError(bad_argument(3, function, f"Index is supposed to be a vector, has {idx.dim()} dimensions"))
    axis = dimension - 1
    if not 0 <= axis < len(x._size):
        why = f"Indexing dim {dimension} is out of bounds of tensor of {x.dim()} dimensions"
        raise RangeError(bad_argument(2, function, why))
    index = idx._array if idx._base is None else idx.array
    _within(index, x._size[axis], what)
    return axis, index


def _within(index: np.ndarray, n: int, what: str) -> None:
    if index.size >= SMALLEST and not kernels.selection.strangers(in_any_order(index), n):
        return
    if index.size > 64:
        low, high = int(np.minimum.reduce(index, None)), int(np.maximum.reduce(index, None))
    else:
        # Python takes 0.2 us for a few, numpy 2.
        every = (index if index.ndim == 1 else index.ravel()).tolist()
        low, high = min(every), max(every)
    if low < 1 or high > n:
        raise _beyond(low, high, n, what)


def _beyond(low: int, high: int, n: int, what: str) -> RangeError:
    return RangeError(f"{what}: {low if low < 1 else high} of {n}")


def _index(r: Core | None, x: Core, dimension: int, idx: Core) -> Core:
    """`x.index(dimension, idx)`: a copy of the slices that a vector of indices names (all 1-based), repeats allowed.

    `r.index(x, dimension, idx)` fills r; if that is x, slices are read as those before have left them. Errors: an index
    or a dimension that does not exist; idx is no vector.
    """
    axis, index = _verified("index", x, dimension, idx)
    array = x._array if x._base is None else x.array
    size = (*array.shape[:axis], index.size, *array.shape[axis + 1 :])
    elements = math.prod(size)
    if r is not None and r._size == size and in_turn.meet(r.array, array):
        in_turn.take(r.array, array, index, axis, np.take)
        return r
    if elements < SMALLEST:
        # The indices exist: clipping, numpy looks at each only once.
        taken = array.take(np.subtract(index, ONE), axis, None, "clip")
    else:
        taken = np.empty(size, x.dtype)
        _take(planes(taken, axis), planes(array, axis), np.ascontiguousarray(index))
    return type(x)._over(taken, taken.shape) if r is None else stored(r, type(x), taken)


def _take(out: np.ndarray, x: np.ndarray, index: np.ndarray) -> None:
    """out[:, k] = x[:, index[k] - 1]."""
    if out.shape[2] * out.itemsize >= kernels.host.VECTOR_BYTES:
        kernels.memory.take_rows(x, index, out)
    else:
        kernels.selection.take(bits(out), bits(x), index)


def _source(function: str, x: Core, axis: int, index: np.ndarray, y: Core) -> np.ndarray:
    """y, with a slice along the axis for each index, in the shape of x elsewhere."""
    if axis >= y.dim():
        why = f"Indexing dim {axis + 1} is out of bounds of source of {y.dim()} dimensions"
        raise RangeError(bad_argument(4, function, why))
    if index.size != y._size[axis]:
        why = f"Number of indices should be equal to source:size(dim): {index.size} and {y._size[axis]}"
        raise SizeError(bad_argument(4, function, why))
    rest = x._size[:axis] + x._size[axis + 1 :]
    other = y._size[:axis] + y._size[axis + 1 :]
    if rest == other:
        return y.array
    if math.prod(rest) != math.prod(other):
        raise different_counts([("tensor", rest), ("src", other)])
    return np.moveaxis(np.moveaxis(y.array, axis, 0).reshape(index.size, *rest), 0, axis)


def _along(axis: int, index: Any) -> tuple[Any, ...]:
    """numpy's index along an axis, all of the axes before it."""
    return (*(slice(None),) * axis, index)


def _put(x: Core, axis: int, index: np.ndarray, values: Any) -> None:
    """Store a number, or a slice for each index; of repeated ones the last one stays."""
    array = x.array
    size = (*array.shape[:axis], index.size, *array.shape[axis + 1 :])
    elements, row = math.prod(size), math.prod(size[axis + 1 :])
    if isinstance(values, np.ndarray) and in_turn.meet(array, values):
        in_turn.put(array, values, index, axis, np.take)
        return
    as_fast = row * array.itemsize >= SHORTEST_ROW and elements * array.itemsize < SMALLEST_SLICES
    if elements < SMALLEST or as_fast:
        array[_along(axis, np.subtract(index, ONE))] = values
        return
    whole, places = planes(array, axis), np.ascontiguousarray(index)
    if isinstance(values, np.ndarray):
        kernels.selection.put(bits(whole), places, bits(planes(values, axis)), False)
    else:
        kernels.selection.fill(bits(whole), places, bits(np.array([values], x.dtype)))
    if not array.flags.c_contiguous:
        copy(array, whole.reshape(array.shape))


def _rows(array: np.ndarray, outer: int) -> np.ndarray:
    """An array as a contiguous one of that many rows."""
    return planes(array, 0).reshape(outer, -1)


def _index_copy(x: Core, dimension: int, idx: Core, y: Core) -> Core:
    """`x.indexCopy(dimension, idx, y)`: slice idx[k] of x becomes slice k of y (all 1-based).

    Of repeated indices the last one wins. Returns y, as Torch7 does. Errors: an index that does not exist; another
    number of slices than of indices.
    """
    axis, index = _verified("indexCopy", x, dimension, idx)
    _put(x, axis, index, _source("indexCopy", x, axis, index, y))
    return y


def _index_add(x: Core, dimension: int, idx: Core, y: Core) -> Core:
    """`x.indexAdd(dimension, idx, y)`: add slice k of y to slice idx[k] of x (all 1-based), one after another.

    Returns y, as Torch7 does. Errors: those of `indexCopy`.
    """
    axis, index = _verified("indexAdd", x, dimension, idx)
    whole = x.contiguous()
    source = planes(_source("indexAdd", x, axis, index, y), axis)
    kernels.selection.put(planes(whole.array, axis), np.ascontiguousarray(index), source, True)
    if whole is not x:
        x.copy(whole)
    return y


def _index_fill(x: Core, dimension: int, idx: Core, v: float) -> float:
    """`x.indexFill(dimension, idx, v)`: set the slices that idx names (1-based) to v; returns v, as Torch7 does."""
    axis, index = _verified("indexFill", x, dimension, idx, "out of range")
    _put(x, axis, index, x.element.number(v))
    return v


index = Overloads("index", NEW_METHOD, Form(FewSelected("index", "rxdi").of(_index), "index", "LongTensor"))
indexCopy = Overloads(
    "indexCopy", PLAIN_METHOD, Form(FewSelected("indexCopy", "xdiy").of(_index_copy), "index", "LongTensor", "T")
)
indexAdd = Overloads(
    "indexAdd", PLAIN_METHOD, Form(FewSelected("indexAdd", "xdiy").of(_index_add), "index", "LongTensor", "T")
)
indexFill = Overloads(
    "indexFill", PLAIN_METHOD, Form(FewSelected("indexFill", "xdiv").of(_index_fill), "index", "LongTensor", "number")
)


# ---------------------------------------------------------------------- elements by index


@functools.lru_cache(1024)
def _agree(axis: int, first: tuple[int, ...], *others: tuple[int, ...]) -> bool:
    """Whether tensors of these sizes have an axis, and differ nowhere else."""
    elsewhere = first[:axis], first[axis + 1 :]
    return 0 <= axis < len(first) and all(
        len(size) == len(first) and (size[:axis], size[axis + 1 :]) == elsewhere for size in others
    )


def _differing(axis: int, named: Sequence[tuple[str, Core]], function: str) -> Exception:
    first = named[0][1]._size
    shapes = [f"{name} {sizes(x._size)}" for name, x in named]
    if any([len(x._size) != len(first) for _, x in named]):
        why = f"Input tensor must have same dimensions as output tensor: {', '.join(shapes)}"
        return SizeError(bad_argument(2, function, why))
    if not 0 <= axis < len(first):
        return RangeError(bad_argument(3, function, f"Index dimension is out of bounds: {axis + 1} of {len(first)}"))
    k = next(k for k in range(len(first)) if k != axis and any(x._size[k] != first[k] for _, x in named))
    expected = f"{', '.join(shapes[:-1])} and {shapes[-1]}"
    return SizeError(f"Expected {expected} to have the same size in dimension {k + 1}")


def _gather(r: Core | None, x: Core, dimension: int, idx: Core) -> Core:
    """`torch.gather([r,] x, dimension, idx)`: the elements at positions idx along a dimension (all 1-based).

    For dimension 1: r[i][j] = x[idx[i][j]][j]. The sizes of idx are those of x except along the dimension; the result
    has the sizes of idx. A result that is given is not resized: it must have them.
    """
    axis = dimension - 1
    given = idx if r is None else r
    if not _agree(axis, given._size, x._size, idx._size):
        raise _differing(axis, [("tensor", given), ("src", x), ("index", idx)], "gather")
    if r is not None and r._size != idx._size:
        raise SizeError(f"Expected tensor {sizes(r._size)} and index {sizes(idx._size)} to have the same size")
    size, array = x._size, x._array if x._base is None else x.array
    index = idx._array if idx._base is None else idx.array
    if r is not None and in_turn.meet(r.array, array):
        _within(index, size[axis], "Invalid index in gather")
        in_turn.take(r.array, array, index, axis, np.take_along_axis)
        return r
    if index.size <= FEW:
        _within(index, size[axis], "Invalid index in gather")
        gathered = array.take(positions_along(size, index, axis), None, None, "clip")
        return type(x)._over(gathered, gathered.shape) if r is None else stored(r, type(x), gathered)
    found = type(x).empty(idx._size)
    outer, inner = math.prod(size[:axis]), math.prod(size[axis + 1 :])
    rows, places, into = _rows(array, outer), _rows(index, outer), found.array.reshape(outer, -1)
    if inner == 1:
        exist = kernels.gathering.gather(rows, places, into)
    else:
        exist = not kernels.selection.gather(bits(rows), places, bits(into), inner)
    if not exist:
        raise _beyond(int(index.min()), int(index.max()), size[axis], "Invalid index in gather")
    return found if r is None else r.copy(found)


def positions_along(size: tuple[int, ...], index: np.ndarray, axis: int) -> np.ndarray:
    """Positions, in row-major order, of the elements of a tensor that a few 1-based indices along an axis name."""
    step, starts = _places(size, index.shape, axis)
    return np.add(index if step is None else np.multiply(index, step), starts)


@functools.lru_cache(256)
def _places(size: tuple[int, ...], shape: tuple[int, ...], axis: int) -> tuple[np.ndarray | None, np.ndarray]:
    """What a 1-based index along an axis is multiplied by, None for 1, and what is added for each of a shape."""
    step = math.prod(size[axis + 1 :])
    outer, inner = np.arange(math.prod(size[:axis])), np.arange(step)
    starts = (outer[:, None, None] * size[axis] - 1) * step + inner
    # Contiguous, which is added in half of the time.
    every = np.ascontiguousarray(np.broadcast_to(starts, (len(outer), shape[axis], step))).reshape(shape)
    return None if step == 1 else np.array(step), every


def _scatter(x: Core, dimension: int, idx: Core, y: Core) -> Core:
    """`torch.scatter(x, dimension, idx, y)`: store y's elements at positions idx along a dimension (all 1-based).

    For dimension 1: x[idx[i][j]][j] = y[i][j]; a number y is stored at all of them; the last of repeats wins. The
    sizes of idx are those of x except along the dimension, and y is at least as large. Also
    `x.scatter(dimension, idx, y)`. Returns x.
    """
    axis = dimension - 1
    if not _agree(axis, x._size, idx._size, y._size):
        raise _differing(axis, [("tensor", x), ("index", idx), ("src", y)], "scatter")
    n = idx._size[axis]
    if y._size[axis] < n:
        raise SizeError(f"src {sizes(y._size)} is smaller than index {sizes(idx._size)}")
    source = y.array[_along(axis, slice(n))]
    if not in_turn.meet(x.array, source):
        return _scatter_array(x, axis, idx, source)
    _within(idx.array, x._size[axis], STRANGE)
    in_turn.put(x.array, source, idx.array, axis, np.take_along_axis)
    return x


def _scatter_number(x: Core, dimension: int, idx: Core, v: float) -> Core:
    axis = dimension - 1
    if not _agree(axis, x._size, idx._size):
        raise _differing(axis, [("tensor", x), ("index", idx)], "scatter")
    return _scatter_array(x, axis, idx, np.full(idx._size, x.element.number(v), x.dtype))


def _scatter_array(x: Core, axis: int, idx: Core, source: np.ndarray) -> Core:
    array, index = x.array, idx.array
    if index.size <= FEW and array.flags.c_contiguous:
        # numpy stores one after the other.
        _within(index, x._size[axis], STRANGE)
        array.reshape(-1)[positions_along(x._size, index, axis)] = source
        return x
    whole = x.contiguous()
    outer, inner = math.prod(x._size[:axis]), math.prod(x._size[axis + 1 :])
    rows, places = bits(_rows(whole.array, outer)), _rows(idx.array, outer)
    if outer == inner == 1:  # a vector is one thread's: others look at indices
        _within(index, x._size[axis], STRANGE)
    before = kernels.scratch.take("before", 0 if outer == inner == 1 else rows.size, rows.dtype).reshape(outer, -1)
    if kernels.selection.scatter(rows, places, bits(_rows(source, outer)), inner, before):
        rows[...] = before
        raise _beyond(int(index.min()), int(index.max()), x._size[axis], STRANGE)
    return x if whole is x else x.copy(whole)


gather = Overloads("gather", NEW, Form(FewSelected("gather", "rxdi").of(_gather), "index", "LongTensor"))
scatter = Overloads(
    "scatter",
    PLAIN,
    Form(FewSelected("scatter", "xdiy").of(_scatter), "index", "LongTensor", "T"),
    Form(FewSelected("scatter a number", "xdiv").of(_scatter_number), "index", "LongTensor", "number"),
)


class Selection:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    index: Any = index.method
    indexCopy: Any = indexCopy.method
    indexAdd: Any = indexAdd.method
    indexFill: Any = indexFill.method
    gather: Any = gather.method
    scatter: Any = scatter.method
