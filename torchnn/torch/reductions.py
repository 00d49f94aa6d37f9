"""Sums, products, extrema and cumulative sums, over everything or along a dimension.

Along a dimension the result keeps that dimension, with size 1.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, bad_argument
from torchnn.kernels.silence import Busy, in_silence, quietly, silently
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.overloads import NEW, NEW_WITH_INDICES, PLAIN, Form, Overloads
from torchnn.torch.parallel import BLOCK, SMALLEST, contiguous, copy, in_any_order, in_order, step
from torchnn.torch.replacements import NamedReplacement
from torchnn.torch.results import reduced, stored
from torchnn.torch.tapes import ITSELF, total
from torchnn.torch.types import ElementType

WIDE_INTEGER = np.dtype(np.int64)
WIDE_FLOAT = np.dtype(np.float64)
ONE = types.scalar(types.LONG, 1)

# Rows of fewer bytes are copied before the largest of all is looked for.
LONG_ROW = 256

# Numbers of so many bytes have their extrema found in parts, on all threads: by compiled calls in 0.8 of numpy's time,
# twice as many in 0.6. And integers along a dimension are added up or multiplied in so many parts.
MANY_BYTES, PARTS = 1 << 19, 16

# Tasks of sums of columns of integers that threads are given: of fewer columns, some of the rows each.
FEWEST_TASKS = 4

# Sums of fewer integers along a dimension take numpy 0.6 of the time.
SMALLEST_INTEGERS = 2 * SMALLEST

# Parts of integers whose products are made apart.
PARTS = 16


class FewReduced(NamedReplacement):
    """What compiled calls do in place of an implementation, named by a way of reducing.

    `operands` are its letters: x and y are reduced, d is a dimension, p a power, b a truth value, r the result, and i
    another one.
    """


def accumulator(element: ElementType) -> np.dtype[Any]:
    """What sums over everything are made in: double, or signed 64 bits that wrap."""
    return WIDE_FLOAT if element.floating else WIDE_INTEGER


def over_everything(ufunc: np.ufunc, x: Core) -> Any:
    """The sum or product of all elements, a number."""
    array = x.array
    if not x.element.floating:
        if ufunc is np.add and array.size >= SMALLEST:
            return int(kernels.along.total(in_any_order(array)))
        if array.size >= SMALLEST:
            factors = np.empty(PARTS, WIDE_INTEGER)
            kernels.along.products(in_any_order(array), factors)
            array = factors
        return int(ufunc.reduce(array, None, WIDE_INTEGER))
    if array.size >= SMALLEST:
        return _total(array) if ufunc is np.add else kernels.factors.of_all(contiguous(array, "factors").ravel())
    return float(quietly(ufunc.reduce, array, None, WIDE_FLOAT))


def _total(array: np.ndarray) -> float:
    if not array.flags.c_contiguous:
        array = array.transpose(in_order(array))
    if array.flags.c_contiguous:
        return total(ITSELF, [array])
    rows, _ = in_planes(array, array.ndim - 1)
    sums = np.empty((len(rows), rows.shape[2]))
    kernels.reductions.sums(rows, sums)
    return float(np.add.reduce(sums, None))


def _along(ufunc: np.ufunc, r: Core | None, x: Core, dimension: int) -> Core:
    axis = x.axis(dimension, "sum" if ufunc is np.add else "prod")
    # Torch7 adds up in double where the elements lie next to each other, and in their own type elsewhere.
    dtype = WIDE_FLOAT if x.element.floating and x._stride[axis] == 1 else x.element.dtype
    array = x._array if x._base is None else x.array
    if r is None and array.size < SMALLEST:
        # numpy makes the result: 0.8 of the time, and 0.6 where it is converted.
        try:
            made = in_silence(ufunc.reduce, array, axis, dtype, None, True)
        except Busy:
            made = silently(ufunc.reduce, array, axis, dtype, None, True)
        if dtype is not array.dtype or not made.flags.c_contiguous:
            made = np.ascontiguousarray(_converted(made, array.dtype))
        return type(x)._over(made, made.shape)
    if r is None:
        out = types.allocate(x.element, _without(array.shape, axis))
        fold_along(ufunc, array, axis, out)
        return type(x)._over(out, out.shape)
    many = array.size >= SMALLEST
    r = reduced(r, x, axis)
    out = r.array
    if many and not np.may_share_memory(array, out):
        fold_along(ufunc, array, axis, out)
    else:
        quietly(ufunc.reduce, array, axis, dtype, out, True)
    return r


def fold_along(ufunc: np.ufunc, array: np.ndarray, axis: int, out: np.ndarray) -> None:
    """out = the sums or products of many numbers along an axis, which it keeps with size 1."""
    if array.flags.c_contiguous and out.flags.c_contiguous:
        folded(ufunc, planes(array, axis), out)
        return
    x, order = in_planes(array, axis)
    turned = out.transpose([*order, axis])
    if turned.flags.c_contiguous:
        folded(ufunc, x, turned)
    else:
        found = np.empty(turned.shape, out.dtype)
        folded(ufunc, x, found)
        np.copyto(turned, found)


def _converted(array: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """An array that numpy has made, in another type if need be."""
    return array if array.dtype == dtype else quietly(array.astype, dtype)


def folded(ufunc: np.ufunc, x: np.ndarray, out: np.ndarray) -> None:
    """out[i, j] = the sum or product over k of x[i, k, j], as `kernels.reductions` has them, on all threads if many."""
    inner = x.shape[2]
    smallest = SMALLEST_INTEGERS if ufunc is np.add and x.dtype.kind != "f" else SMALLEST
    if x.size < smallest:
        silently(ufunc.reduce, x, 1, out.dtype, out.reshape(-1, inner))
    elif x.dtype.kind != "f" and (ufunc is np.multiply or _are_few_columns(x)):
        _fold_integers(ufunc, x, out.reshape(-1, inner))
    elif ufunc is np.add:
        kernels.reductions.sums(x, out)
    else:
        kernels.reductions.products(x, out)


def _are_few_columns(x: np.ndarray) -> bool:
    """Whether sums of columns are too few for all threads, so that these take some of the rows each."""
    return x.shape[2] > 1 and kernels.reductions.column_tasks(x) < FEWEST_TASKS


def _fold_integers(ufunc: np.ufunc, x: np.ndarray, out: np.ndarray) -> None:
    """The same of integers, in parts for all threads."""
    outer, n, inner = x.shape
    parts = -(-PARTS // outer)
    parts = n if n < parts else parts
    whole = parts == 1 and out.flags.c_contiguous
    found = out.reshape(outer, 1, inner) if whole else np.empty((outer, parts, inner), x.dtype)
    kernels.along.fold(*_in_memory(x), ufunc is np.multiply, found)
    if not whole:
        ufunc.reduce(found, 1, x.dtype, out)


def _in_memory(x: np.ndarray) -> tuple[np.ndarray, int, int, int]:
    """The memory of planes of rows, how many rows a plane has, and how many elements planes and rows are apart there.

    It is that of a copy where the elements of rows, or rows of one element each, do not lie next to each other.
    """
    (outer, n, inner), (plane, row, beside), item = x.shape, x.strides, x.itemsize
    if x.flags.c_contiguous:
        return x.reshape(-1), n, n * inner, inner
    if (row if inner == 1 else beside) != item or (n > 1 and row < item) or (outer > 1 and plane < item):
        x = contiguous(x, "planes")
        plane, row, _ = x.strides
    plane, row = plane // item if outer > 1 else 0, row // item
    extent = (outer - 1) * plane + (n - 1) * row + inner
    return np.lib.stride_tricks.as_strided(x, (extent,), (item,)), n, plane, row


def in_planes(array: np.ndarray, axis: int) -> tuple[np.ndarray, list[int]]:
    """An array as outer x count x inner elements, `count` along an axis, and the order of the other axes there.

    The inner ones lie next to each other, or, if there is but one, those along the axis. It is copied if need be.
    """
    size, steps = array.shape, array.strides
    others = [other for other in in_order(array) if other != axis]
    outer = [other for other in others if steps[other] > steps[axis]]
    inner = others[len(outer) :]
    apart, beside = step(array, outer), step(array, inner)
    count = math.prod([size[other] for other in inner])
    if apart is None or array.itemsize != (steps[axis] if count == 1 else beside):
        copied = np.empty(size, array.dtype)
        copy(copied, array)
        others = [other for other in range(len(size)) if other != axis]
        return copied.reshape(math.prod(size[:axis]), size[axis], -1), others
    planes = array.size // (size[axis] * count), size[axis], count
    return np.lib.stride_tricks.as_strided(array, planes, (apart, steps[axis], array.itemsize)), others


def planes(array: np.ndarray, axis: int) -> np.ndarray:
    """An array as a contiguous one of what is before the axis, the axis and what is after it."""
    size, whole = array.shape, array
    if not array.flags.c_contiguous:
        whole = np.empty(size, array.dtype)
        copy(whole, array)
    return whole.reshape(math.prod(size[:axis]), size[axis], math.prod(size[axis + 1 :]))


def _cumulative(ufunc: np.ufunc, r: Core | None, x: Core, dimension: int) -> Core:
    axis = x.axis(dimension, "cumsum" if ufunc is np.add else "cumprod")
    array, kind = x._array if x._base is None else x.array, WIDE_FLOAT if x.element.floating else x.element.dtype
    if array.size < BLOCK:
        # A copy in double, and not accumulate's own conversion, which is 4 times slower.
        if array.dtype is kind:
            sums = quietly(ufunc.accumulate, array, axis, kind)
        else:
            sums = _converted(quietly(ufunc.accumulate, _converted(array, kind), axis, kind), array.dtype)
        return x._alike(sums) if r is None else stored(r, type(x), sums)
    # numpy writes each sum and reads it back: along rows of 10^6 doubles 3.5 ms, along columns 8.5, against 0.8 and 2.
    whole, out = planes(array, axis), np.empty(array.shape, array.dtype)
    outer, n, inner = whole.shape
    if x.element.floating and inner == 1 and outer >= kernels.host.lanes(8):
        kernels.reductions.running(whole.reshape(outer, n), ufunc is np.multiply, out.reshape(outer, n))
        return stored(r, type(x), out)
    totals = np.full((outer, inner), ufunc.identity, kind)
    kernels.along.cumulative(whole, ufunc is np.multiply, totals, out.reshape(whole.shape))
    return stored(r, type(x), out)


# ---------------------------------------------------------------------- sums and products


def _sum(x: Core) -> Any:
    return over_everything(np.add, x)


def _prod(x: Core) -> Any:
    return over_everything(np.multiply, x)


def _cumsum(r: Core | None, x: Core, dimension: int) -> Core:
    return _cumulative(np.add, r, x, dimension)


def _cumprod(r: Core | None, x: Core, dimension: int) -> Core:
    return _cumulative(np.multiply, r, x, dimension)


sum = Overloads(
    "sum",
    PLAIN,
    Form(FewReduced("sum").of(_sum)),
    Form(FewReduced("sum along", "rxd").of(functools.partial(_along, np.add)), "index", pattern=NEW),
    doc="""`torch.sum(x)` is the sum of all elements, a number; `torch.sum([r,] x, d)` sums along dimension d (1-based).

    The sum of the empty tensor is 0. Integers are summed in 64 bits, and wrap in their own type along a dimension.
    """,
)
prod = Overloads(
    "prod",
    PLAIN,
    Form(FewReduced("prod").of(_prod)),
    Form(FewReduced("prod along", "rxd").of(functools.partial(_along, np.multiply)), "index", pattern=NEW),
    doc="""`torch.prod(x)` is the product of all elements; `torch.prod([r,] x, d)` along dimension d (1-based).

    The product of the empty tensor is 1.
    """,
)
cumsum = Overloads(
    "cumsum",
    NEW,
    Form(FewReduced("cumsum", "rxd").of(_cumsum), "index=1"),
    doc="`torch.cumsum([r,] x [, d=1])`: the sums of the elements so far along dimension d (1-based).",
)
cumprod = Overloads(
    "cumprod",
    NEW,
    Form(FewReduced("cumprod", "rxd").of(_cumprod), "index=1"),
    doc="`torch.cumprod([r,] x [, d=1])`: the products of the elements so far along dimension d (1-based).",
)

# ---------------------------------------------------------------------- extrema


def _extremum(ufunc: np.ufunc, x: Core) -> Any:
    if not x._size:
        name = "max" if ufunc is np.maximum else "min"
        raise SizeError(bad_argument(1, name, "tensor must have one dimension"))
    array = x.array
    if array.size >= least_of_parts(array.itemsize):
        return kernels.extremes.of_all(_in_rows(array), ufunc is np.maximum)
    return ufunc.reduce(array, None).item()


def least_of_parts(item: int) -> int:
    """From how many elements of so many bytes on extrema are found in parts."""
    return MANY_BYTES // item


def _in_rows(array: np.ndarray) -> np.ndarray:
    """All elements, in whatever order, as a matrix of contiguous rows, which are copied where they are short."""
    if not array.flags.c_contiguous:
        array = array.transpose(in_order(array))
    if array.flags.c_contiguous or array.shape[-1] * array.itemsize < LONG_ROW:
        return in_any_order(array)[None]
    return _lines(array)


def _extrema(largest: bool, r: Core | None, indices: Core | None, x: Core, dimension: int) -> tuple[Core, Core]:
    """The first of equals along a dimension, or the first nan if there is one, as numpy's argmax and argmin find it."""
    axis = x.axis(dimension, "max" if largest else "min")
    array = x._array if x._base is None else x.array
    if array.size < BLOCK:
        position = (array.argmax if largest else array.argmin)(axis, keepdims=True)
        np.add(position, ONE, position)
        values = (np.maximum if largest else np.minimum).reduce(array, axis, None, None, True)
    else:
        size, inner = _without(array.shape, axis), math.prod(array.shape[axis + 1 :])
        values, position = np.empty(size, array.dtype), np.empty(size, np.int64)
        lines = array if axis == array.ndim - 1 else np.moveaxis(array, axis, -1)
        if inner == 1 or lines.flags.c_contiguous:
            kernels.extremes.of_rows(_lines(lines), largest, values.reshape(-1), position.reshape(-1))
        else:
            # One pass: 10^6 doubles in 0.7 ms, against 1.8 of numpy's argmax.
            whole = planes(array, axis)
            flat = whole.shape[0], inner
            kernels.along.extrema(whole, largest, values.reshape(flat), position.reshape(flat))
    return stored(r, type(x), values), stored(indices, types.TENSORS[types.LONG], position)


def _lines(array: np.ndarray) -> np.ndarray:
    """An array as a matrix of rows along its last dimension, copied where they do not lie evenly apart."""
    apart = None if array.flags.c_contiguous else step(array, range(array.ndim - 1))
    if apart is None or array.strides[-1] != array.itemsize:
        return contiguous(array, "rows").reshape(-1, array.shape[-1])
    size = array.size // array.shape[-1], array.shape[-1]
    return np.lib.stride_tricks.as_strided(array, size, (apart, array.itemsize))


def _without(size: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*size[:axis], 1, *size[axis + 1 :])


def _max(x: Core) -> Any:
    return _extremum(np.maximum, x)


def _max_along(r: Core | None, indices: Core | None, x: Core, dimension: int) -> tuple[Core, Core]:
    return _extrema(True, r, indices, x, dimension)


def _min(x: Core) -> Any:
    return _extremum(np.minimum, x)


def _min_along(r: Core | None, indices: Core | None, x: Core, dimension: int) -> tuple[Core, Core]:
    return _extrema(False, r, indices, x, dimension)


max = Overloads(
    "max",
    PLAIN,
    Form(FewReduced("max").of(_max)),
    Form(FewReduced("max along", "rixd").of(_max_along), "index", pattern=NEW_WITH_INDICES),
    doc="""`torch.max(x)` is the largest element, a number; `torch.max([r, [ri,]] x, d)` the largest along dimension d.

    The second form returns values and a LongTensor of indices (all 1-based): the first of equals, or the first nan.
    Errors: the empty tensor.
    """,
)
min = Overloads(
    "min",
    PLAIN,
    Form(FewReduced("min").of(_min)),
    Form(FewReduced("min along", "rixd").of(_min_along), "index", pattern=NEW_WITH_INDICES),
    doc="""`torch.min(x)` is the smallest element; `torch.min([r, [ri,]] x, d)` the smallest along dimension d.

    The second form returns values and a LongTensor of indices (all 1-based): the first of equals, or the first nan.
    Errors: the empty tensor.
    """,
)


class Reductions:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    cumprod: Any = cumprod.method
    cumsum: Any = cumsum.method
    max: Any = max.method
    min: Any = min.method
    prod: Any = prod.method
    sum: Any = sum.method
