"""Sums, products, extrema and cumulative sums, over everything or along a dimension.

Along a dimension the result keeps that dimension, with size 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.errors import SizeError, bad_argument
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.overloads import NEW, NEW_WITH_INDICES, PLAIN, Form, Overloads
from torchnn.torch.results import reduced, stored
from torchnn.torch.types import ElementType

WIDE_INTEGER = np.dtype(np.int64)
WIDE_FLOAT = np.dtype(np.float64)


def accumulator(element: ElementType) -> np.dtype[Any]:
    """What sums over everything are made in: double, or signed 64 bits that wrap."""
    return WIDE_FLOAT if element.floating else WIDE_INTEGER


@np.errstate(all="ignore")
def _over_everything(ufunc: np.ufunc, x: Core) -> Any:
    return ufunc.reduce(x.array, axis=None, dtype=accumulator(x.element)).item()


@np.errstate(all="ignore")
def _along(ufunc: np.ufunc, r: Core | None, x: Core, dimension: int) -> Core:
    axis = x.axis(dimension)
    # Torch7 adds up in double where the elements lie next to each other, and in their own type elsewhere.
    dtype = WIDE_FLOAT if x.element.floating and x._stride[axis] == 1 else x.element.dtype
    array = x.array
    r = reduced(r, x, axis)
    ufunc.reduce(array, axis, dtype, r.array, True)
    return r


@np.errstate(all="ignore")
def _cumulative(ufunc: np.ufunc, r: Core | None, x: Core, dimension: int) -> Core:
    axis = x.axis(dimension)
    # A copy in double, and not accumulate's own conversion, which is 4 times slower.
    sums = x.array.astype(WIDE_FLOAT if x.element.floating else x.element.dtype, order="C")
    ufunc.accumulate(sums, axis, out=sums)
    return stored(r, type(x), x.element.convert(sums))


# ---------------------------------------------------------------------- sums and products


def _sum(x: Core) -> Any:
    return _over_everything(np.add, x)


def _sum_along(r: Core | None, x: Core, dimension: int) -> Core:
    return _along(np.add, r, x, dimension)


def _prod(x: Core) -> Any:
    return _over_everything(np.multiply, x)


def _prod_along(r: Core | None, x: Core, dimension: int) -> Core:
    return _along(np.multiply, r, x, dimension)


def _cumsum(r: Core | None, x: Core, dimension: int) -> Core:
    return _cumulative(np.add, r, x, dimension)


def _cumprod(r: Core | None, x: Core, dimension: int) -> Core:
    return _cumulative(np.multiply, r, x, dimension)


sum = Overloads(
    "sum",
    PLAIN,
    Form(_sum),
    Form(_sum_along, "index", pattern=NEW),
    doc="""`torch.sum(x)` is the sum of all elements, a number; `torch.sum([r,] x, d)` sums along dimension d (1-based).

    The sum of the empty tensor is 0. Integers are summed in 64 bits, and wrap in their own type along a dimension.
    """,
)
prod = Overloads(
    "prod",
    PLAIN,
    Form(_prod),
    Form(_prod_along, "index", pattern=NEW),
    doc="""`torch.prod(x)` is the product of all elements; `torch.prod([r,] x, d)` along dimension d (1-based).

    The product of the empty tensor is 1.
    """,
)
cumsum = Overloads(
    "cumsum",
    NEW,
    Form(_cumsum, "index=1"),
    doc="`torch.cumsum([r,] x [, d=1])`: the sums of the elements so far along dimension d (1-based).",
)
cumprod = Overloads(
    "cumprod",
    NEW,
    Form(_cumprod, "index=1"),
    doc="`torch.cumprod([r,] x [, d=1])`: the products of the elements so far along dimension d (1-based).",
)

# ---------------------------------------------------------------------- extrema


def _extremum(ufunc: np.ufunc, x: Core) -> Any:
    if not x._size:
        name = "max" if ufunc is np.maximum else "min"
        raise SizeError(bad_argument(1, name, "tensor must have one dimension"))
    return ufunc.reduce(x.array, axis=None).item()


def _extrema(
    ufunc: np.ufunc, find: Any, r: Core | None, indices: Core | None, x: Core, dimension: int
) -> tuple[Core, Core]:
    """`find` is numpy's argmax or argmin, which give the first of equals, and the first nan if there is one."""
    axis = x.axis(dimension)
    array = x.array
    position = find(array, axis=axis, keepdims=True)
    position += 1
    r = reduced(r, x, axis)
    ufunc.reduce(array, axis, None, r.array, True)
    return r, stored(indices, types.TENSORS[types.LONG], position)


def _max(x: Core) -> Any:
    return _extremum(np.maximum, x)


def _max_along(r: Core | None, indices: Core | None, x: Core, dimension: int) -> tuple[Core, Core]:
    return _extrema(np.maximum, np.argmax, r, indices, x, dimension)


def _min(x: Core) -> Any:
    return _extremum(np.minimum, x)


def _min_along(r: Core | None, indices: Core | None, x: Core, dimension: int) -> tuple[Core, Core]:
    return _extrema(np.minimum, np.argmin, r, indices, x, dimension)


max = Overloads(
    "max",
    PLAIN,
    Form(_max),
    Form(_max_along, "index", pattern=NEW_WITH_INDICES),
    doc="""`torch.max(x)` is the largest element, a number; `torch.max([r, [ri,]] x, d)` the largest along dimension d.

    The second form returns values and a LongTensor of indices (all 1-based): the first of equals, or the first nan.
    Errors: the empty tensor.
    """,
)
min = Overloads(
    "min",
    PLAIN,
    Form(_min),
    Form(_min_along, "index", pattern=NEW_WITH_INDICES),
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
