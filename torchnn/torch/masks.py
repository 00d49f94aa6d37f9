"""Selecting by mask, a ByteTensor of 0 and 1, and what is not 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, different_counts, sizes
from torchnn.torch import types
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import fill
from torchnn.torch.overloads import Form, Overloads
from torchnn.torch.parallel import SMALLEST, contiguous, copy
from torchnn.torch.results import stored
from torchnn.torch.selection import NEW_METHOD, ONE, PLAIN_METHOD, FewSelected

# Below this many elements numpy's brackets take less time than finding the positions of ones in a mask.
FEW = 1024

# And below this many they take less than np.putmask.
FEWER = 64

BOOLEAN = np.dtype(np.bool_)


def _chosen(mask: Core, size: tuple[int, ...]) -> np.ndarray:
    """A mask as booleans in the shape of the tensor it is for."""
    ones = mask._array if mask._base is None and mask._size else mask.array
    # Python strips a few bytes of zeros and ones in a tenth of the time in which numpy finds the largest.
    if ones.max() > 1 if ones.size > FEW else ones.tobytes().strip(b"\0\1"):
        raise SizeError(f"Mask tensor can take 0 and 1 values only, got {ones.max()}")
    if mask._size != size:
        ones = ones.reshape(size)
    return ones.getfield(BOOLEAN)  # `view` takes 1.6 of the time


def _masked_select(r: Core | None, x: Core, mask: Core) -> Core:
    """`x.maskedSelect(mask)`: vector of the elements where the mask is 1, in row-major order.

    `r.maskedSelect(x, mask)` fills r. Errors: another number of elements; values other than 0 and 1.
    """
    if mask._size != x._size and count(mask._size) != count(x._size):
        raise different_counts([("src", x._size), ("mask", mask._size)])
    found = _where(x.array, _chosen(mask, x._size))
    if r is None:
        return x.wrap(found)
    r._resize(found.shape if found.size else ()).array[...] = found
    return r


def _where(array: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The elements where chosen, in row-major order."""
    if array.size < FEW:
        return array[chosen]
    # Four times as fast as brackets where ones and zeros alternate at random.
    return array.reshape(-1).take(np.flatnonzero(chosen), mode="clip")


def _masked_copy(x: Core, mask: Core, y: Core) -> Core:
    """`x.maskedCopy(mask, y)`: the elements where the mask is 1 become the first ones of y, in row-major order.

    Errors: those of `maskedSelect`; fewer elements in y than ones in the mask.
    """
    if count(mask._size) != count(x._size):
        raise SizeError(
            "Number of elements of destination tensor != Number of elements in mask: "
            f"{sizes(x._size)} and {sizes(mask._size)}"
        )
    chosen = _chosen(mask, x._size)
    ones = int(np.count_nonzero(chosen))
    if count(y._size) < ones:
        raise SizeError(f"Number of elements of src < number of ones in mask: {count(y._size)} and {ones}")
    _store(x, chosen, y.array.reshape(-1)[:ones])
    return x


def _masked_fill(x: Core, mask: Core, v: float) -> float:
    """`x.maskedFill(mask, v)`: set the elements where the mask is 1 to v; returns v, as Torch7 does."""
    if mask._size != x._size and count(mask._size) != count(x._size):
        raise different_counts([("tensor", x._size), ("mask", mask._size)])
    _store(x, _chosen(mask, x._size), x.element.number(v))
    return v


def _store(x: Core, chosen: np.ndarray, values: Any) -> None:
    """Store values where chosen; by positions, which is faster, where x is contiguous."""
    array = x._array if x._base is None and x._size else x.array
    if array.size >= FEW and array.flags.c_contiguous:
        array.reshape(-1)[np.flatnonzero(chosen)] = values
    elif array.size >= SMALLEST:
        whole = contiguous(array, "masked")
        whole.reshape(-1)[np.flatnonzero(chosen)] = values
        copy(array, whole)
    elif array.size < FEWER or isinstance(values, np.ndarray):
        array[chosen] = values
    else:
        np.putmask(array, chosen, values)


maskedSelect = Overloads(
    "maskedSelect", NEW_METHOD, Form(FewSelected("maskedSelect", "rxm").of(_masked_select), "ByteTensor")
)
maskedCopy = Overloads(
    "maskedCopy", PLAIN_METHOD, Form(FewSelected("maskedCopy", "xmy").of(_masked_copy), "ByteTensor", "T")
)
maskedFill = Overloads(
    "maskedFill", PLAIN_METHOD, Form(FewSelected("maskedFill", "xmv").of(_masked_fill), "ByteTensor", "number")
)


def _nonzero(r: Core | None, x: Core) -> Core:
    """`torch.nonzero(x)`: LongTensor with a row of 1-based subscripts for each element that is not 0; empty if none."""
    array = x.array
    if array.size < SMALLEST:
        chosen = array != 0
    else:
        chosen = np.empty(x._size, bool)
        fill(chosen, np.not_equal, array, 0)
    return stored(r, types.TENSORS[types.LONG], _subscripts(chosen))


def _subscripts(chosen: np.ndarray) -> np.ndarray:
    """Rows of 1-based subscripts of what is true."""
    if chosen.size < FEW:
        return np.add(np.array(chosen.nonzero(), np.int64).T, ONE, order="C")
    *lead, last = chosen.shape
    lines = chosen.reshape(-1, last)
    counts = np.count_nonzero(lines, axis=1)
    before = np.cumsum(counts) - counts
    found = np.empty((int(counts.sum()), chosen.ndim), np.int64)
    leading = np.array(np.unravel_index(np.arange(len(lines)), lead) if lead else (), np.int64).reshape(-1, len(lines))
    kernels.selection.subscripts(lines, before, np.ascontiguousarray(leading.T) + 1, found)
    return found


nonzero = Overloads("nonzero", ("*LongTensor*? T", "*LongTensor*? T"), Form(FewSelected("nonzero", "rx").of(_nonzero)))


class Masks:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    maskedSelect: Any = maskedSelect.method
    maskedCopy: Any = maskedCopy.method
    maskedFill: Any = maskedFill.method
    nonzero: Any = nonzero.method
