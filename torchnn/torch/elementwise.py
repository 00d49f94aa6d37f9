"""What all functions that work element by element share: results, pairing of operands, and the silence of C.

Operations have the signature of numpy's ufuncs, `operation(x, ..., out)`, and write `out` last: it may be one of the
operands, or overlap them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn.errors import SizeError, different_counts
from torchnn.torch.core import Core, count
from torchnn.torch.parallel import BLOCK, SMALLEST, in_parallel
from torchnn.torch.silence import FLOAT_ERRORS, IGNORED, silently

Operation = Callable[..., Any]

NAMES = ("r_", "t", "src")  # as Torch7's messages call the result and the operands


def result_like(r: Core | None, x: Core) -> Core:
    """The result tensor resized to x's sizes, or a new one where there is none."""
    if r is None:
        return type(x).empty(x._size)
    return r if r is x else r._resize(x._size)


def paired(x: Core, y: Core, names: tuple[str, str, str] = NAMES) -> np.ndarray:
    """y's elements in the shape of x; errors: another number of elements."""
    if y._size == x._size:
        return y.array
    if count(y._size) != count(x._size):
        r, t, src = names
        raise different_counts([(r, x._size), (t, x._size), (src, y._size)])
    return y.array.reshape(x._size)


def compute(r: Core, operation: Operation, *operands: Any) -> Core:
    """Fill r with `operation(*operands)`, element by element; returns r. The operands have r's sizes or are numbers."""
    out = r.array
    if not out.flags.c_contiguous:
        if _may_overlap(out):
            return _compute_in_order(r, operation, operands)
    elif out.size > BLOCK and _can_split(operation, operands, out):
        operands = operation, *operands
        operation = in_blocks
    token = FLOAT_ERRORS.set(IGNORED)
    try:
        operation(*operands, out)
    finally:
        FLOAT_ERRORS.reset(token)
    return r


def _can_split(operation: Operation, operands: Sequence[Any], out: np.ndarray) -> bool:
    """Whether computing block by block gains, and gives the same: on threads, or for the sake of temporary arrays."""
    return (out.size >= SMALLEST or not isinstance(operation, np.ufunc)) and all(
        a.flags.c_contiguous
        and (not np.may_share_memory(a, out) or (a.ctypes.data == out.ctypes.data and a.dtype == out.dtype))
        for a in operands
        if isinstance(a, np.ndarray)
    )


def in_blocks(operation: Operation, *arrays: Any) -> None:
    """The operation on blocks of its contiguous operands and its output, on several threads where they are large."""
    flat = [a.reshape(-1) if isinstance(a, np.ndarray) else a for a in arrays]

    def work(block: slice) -> None:
        silently(operation, *(a[block] if isinstance(a, np.ndarray) else a for a in flat))

    in_parallel(work, flat[-1].size)


def _may_overlap(array: np.ndarray) -> bool:
    """Whether elements may share memory, as those of an expanded tensor do."""
    end = 0
    for stride, n in sorted(zip(array.strides, array.shape, strict=True)):
        if n > 1:
            if stride <= end:
                return True
            end += (n - 1) * stride
    return False


def _compute_in_order(r: Core, operation: Operation, operands: Sequence[Any]) -> Core:
    """`compute` one element after the other: where several are one number in memory, each sees the one before."""
    out = r.array
    for index in np.ndindex(out.shape):
        here = tuple(slice(i, i + 1) for i in index)
        silently(operation, *(a[here] if isinstance(a, np.ndarray) else a for a in operands), out[here])
    return r


def refuse_zero(x: Core, divisor: Any, function: str) -> None:
    """Refuse to divide integers by zero, a number or elements of an array, which would end Torch7's process."""
    if not x.element.floating and not np.all(divisor):
        raise SizeError(f"{function}: division of a {x.element.tensor_name} by zero")
