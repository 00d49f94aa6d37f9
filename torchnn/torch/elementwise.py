"""What all functions that work element by element share: results, pairing of operands, and the silence of C.

Operations have the signature of numpy's ufuncs, `operation(x, ..., out=None)`, and return the result, a new array where
none is given. They write `out` last: it may be one of the operands, or overlap them. Ufuncs and `Tape`s of them run on
all threads where there are many elements.

What overlaps the result in another order than its own `fill` takes as it was. `compute` reads it while it writes, as
`in_turn` says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, different_counts
from torchnn.kernels.silence import Busy, in_silence, quietly, silently
from torchnn.torch import compiled, in_turn, parallel, repeating, tapes
from torchnn.torch.core import Core, count
from torchnn.torch.parallel import SMALLEST, in_parallel, is_short
from torchnn.torch.tapes import Choice, Operation, Tape, play
from torchnn.torch.types import ElementType

# Operands that are repeated otherwise than row by row are left to numpy: 128,000 floats take 60 us then,
# and in 130 with Python's threads; 512,000 take as long either way.
SMALLEST_REPEATED = 4 * SMALLEST

# Functions of which numpy computes vectors also where elements are a byte or two. (The larger of bytes and a number
# takes it 83 us for 262,144 of them, the larger of two tensors' 7.)
SWIFT = {
    np.add,
    np.subtract,
    np.multiply,
    np.negative,
    np.positive,
    np.absolute,
    np.sign,
    np.bitwise_and,
    np.bitwise_or,
    np.bitwise_xor,
    np.equal,
    np.not_equal,
    np.greater,
    np.greater_equal,
    np.less,
    np.less_equal,
}

# 1 where an element is 0.
IS_ZERO = Tape("x", (np.equal, ("x", 0), "r"))

NAMES = ("r_", "t", "src")  # as Torch7's messages call the result and the operands


def result_like(r: Core | None, x: Core) -> Core:
    """The result tensor resized to x's sizes, or a new one where there is none."""
    if r is None:
        return type(x).empty(x._size)
    return r if r is x or r._size == x._size else r._resize(x._size)


def paired(x: Core, y: Core, names: tuple[str, str, str] = NAMES) -> np.ndarray:
    """y's elements in the shape of x; errors: another number of elements."""
    if y._size == x._size:
        return y.array
    if count(y._size) != count(x._size):
        r, t, src = names
        raise different_counts([(r, x._size), (t, x._size), (src, y._size)])
    return y.array.reshape(x._size)


def compute(r: Core | None, x: Core, operation: Operation, a: Any = None, b: Any = None, c: Any = None) -> Core:
    """r, resized to x's sizes, or a new tensor, with `operation(x, a, b, c)` of all elements.

    Other operands than x, if there are any, are arrays of x's sizes, and numbers as they are or as `types.scalar`s.
    """
    array = x._array if x._base is None and x._size else x.array
    if r is None and 0 < array.size < SMALLEST:
        out = None  # numpy makes the result: 0.8 of the time
    else:
        if r is not x:
            r = result_like(r, x)
        out = array if r is x else r._array if r._base is None and r._size else r.array
        owner = out if out.base is None else out.base
        if (
            out.size >= SMALLEST
            or not (r._base is None or out.flags.c_contiguous)
            or (array is not out and _is_across(array, owner))
            or (a is not None and _is_across(a, owner))
            or (b is not None and (_is_across(b, owner) or _is_across(c, owner)))
        ):
            operands = tuple([a for a in (array, a, b, c) if a is not None])
            if in_turn.is_needed(out, operands):
                in_turn.fill(out, operation, _with_numbers(operands))
            else:
                _fill_with_care(out, operation, operands)
            return r
    if not next(compiled.calls, 0):
        compiled.after_many_calls()
    # Written out: a list of operands costs a tenth of the time of adding ten numbers.
    try:
        if a is None:
            result = in_silence(operation, array, out)
        elif b is None:
            result = in_silence(operation, array, a, out)
        elif c is None:
            result = in_silence(operation, array, a, b, out)
        else:
            result = in_silence(operation, array, a, b, c, out)
    except Busy:
        result = silently(operation, *[a for a in (array, a, b, c) if a is not None], out)
    return x._alike(result) if r is None else r


def _is_across(a: Any, owner: Any) -> bool:
    """Whether an operand is in the memory of the result, and may have to be read while that is written."""
    if type(a) is not np.ndarray or not (a.base is owner or a is owner):
        return False
    return not (a.flags.c_contiguous and in_turn.is_vector(a))


def fill(out: np.ndarray, operation: Operation, *operands: Any) -> None:
    """Fill an array with `operation(*operands)`; the operands may be such that numpy broadcasts them to its sizes."""
    if out.size >= SMALLEST or not out.flags.c_contiguous:
        _fill_with_care(out, operation, operands)
    else:
        quietly(operation, *operands, out)


def applied(operation: Operation) -> Operation:
    """The operation as a function (x, ..., out) of arrays that `fill`s the last one."""

    def call(*arrays: Any) -> None:
        fill(arrays[-1], operation, *arrays[:-1])

    return call


def total(tape: Tape, *operands: Any) -> float:
    """The sum of what the tape gives for all elements.

    Operands are numbers and arrays, the first of which has as many elements as there are; others are repeated.
    """
    size = operands[0].shape
    if math.prod(size) < SMALLEST:
        return float(np.add.reduce(silently(tape, *operands), axis=None))
    if all([not isinstance(a, np.ndarray) or (a.flags.c_contiguous and a.shape == size) for a in operands]):
        return tapes.total(tape, operands)
    order, found = parallel.in_order(operands[0]), list(operands)
    for i, a in enumerate(operands):
        if isinstance(a, np.ndarray):
            found[i] = parallel.contiguous(np.broadcast_to(a, size).transpose(order), f"operand {i}")
    return tapes.total(tape, found)


def _fill_with_care(out: np.ndarray, operation: Operation, operands: tuple[Any, ...]) -> None:
    """`fill` of many elements, of memory that is not contiguous, or while numpy is silenced elsewhere."""
    if out.size >= SMALLEST and _side_by_side(out, operands):
        first = operands[0]
        if operation in SWIFT and isinstance(first, np.ndarray) and is_short(first) and first.dtype.kind != "f":
            quietly(operation, *operands, out)
        else:
            _fill_side_by_side(out, operation, operands)
        return
    operands = _with_numbers(operands)
    if in_turn.may_overlap(out):
        in_turn.fill(out, operation, operands)
    elif out.size < SMALLEST:
        silently(operation, *operands, out)
    elif not (out.flags.c_contiguous and repeating.play(operation, operands, out)):
        _fill_many(*_in_common_order(out, operands), operation)


def _side_by_side(out: np.ndarray, operands: Sequence[Any]) -> bool:
    """Whether all arrays are contiguous and of one size, and each operand is the result or lies apart from it."""
    flags, size = out.flags, out.shape
    if not flags.c_contiguous:
        return False
    own = flags.owndata
    for a in operands:
        if a is not out and isinstance(a, np.ndarray) and a.ndim:
            flags = a.flags
            if not flags.c_contiguous or a.shape != size:
                return False
            # What own their memory lie apart; to ask numpy takes 1 us, and several beside many numbers.
            if not (own and flags.owndata) and not _may_be_read(a, out):
                return False
    return True


def _fill_side_by_side(out: np.ndarray, operation: Operation, operands: Sequence[Any]) -> None:
    if isinstance(operation, Choice):
        operation = operation.of(next(a.dtype for a in operands if isinstance(a, np.ndarray) and a.ndim))
    if not play(operation, operands, out):
        in_blocks(operation, *_with_numbers(operands), out)


def _with_numbers(operands: Sequence[Any]) -> tuple[Any, ...]:
    """Operands with numbers in place of arrays without dimensions, whose type would count."""
    return tuple([a.item() if isinstance(a, np.ndarray) and not a.ndim else a for a in operands])


def _may_be_read(a: np.ndarray, out: np.ndarray) -> bool:
    """Whether elements of a contiguous array can be read block by block while the result is written."""
    return not np.may_share_memory(a, out) or (a.ctypes.data == out.ctypes.data and a.dtype == out.dtype)


def _in_common_order(out: np.ndarray, operands: tuple[Any, ...]) -> tuple[np.ndarray, tuple[Any, ...]]:
    """All arrays with their axes in the order in which the operands lie in memory, or the result if these differ."""
    given = [a for a in operands if isinstance(a, np.ndarray)]
    like = out
    if given and all([a.shape == out.shape and a.strides == given[0].strides for a in given]):
        order = parallel.in_order(given[0])
        like = given[0] if given[0].transpose(order).flags.c_contiguous else out
    if like.flags.c_contiguous:
        return out, operands
    order = parallel.in_order(like)

    def turned(a: Any) -> Any:
        return a.reshape((1,) * (out.ndim - a.ndim) + a.shape).transpose(order) if isinstance(a, np.ndarray) else a

    return turned(out), tuple([turned(a) for a in operands])


def _fill_many(out: np.ndarray, operands: tuple[Any, ...], operation: Operation) -> None:
    if _side_by_side(out, operands):
        _fill_side_by_side(out, operation, operands)
    elif not repeating.play(operation, operands, out):
        if all([a.shape == out.shape for a in operands if isinstance(a, np.ndarray)]):
            _fill_from_copies(out, operation, operands)
        elif out.size < SMALLEST_REPEATED:
            silently(operation, *operands, out)
        else:
            _fill_repeated(out, operation, operands)


def _fill_from_copies(out: np.ndarray, operation: Operation, operands: tuple[Any, ...]) -> None:
    """`fill` with contiguous copies of what is not contiguous.

    Operands that overlap the result otherwise than element by element count as they were, so copies of them do.
    """
    whole = out
    if not out.flags.c_contiguous:
        whole = kernels.scratch.take("result", out.size, out.dtype).reshape(out.shape)
    arrays = [_contiguous(a, whole, i) if isinstance(a, np.ndarray) else a for i, a in enumerate(operands)]
    _fill_side_by_side(whole, operation, arrays)
    if whole is not out:
        parallel.copy(out, whole)


def _fill_repeated(out: np.ndarray, operation: Operation, operands: tuple[Any, ...]) -> None:
    """`fill` with operands that are repeated: the first dimension is split over threads."""
    axis = next(axis for axis, n in enumerate(out.shape) if n > 1)
    whole = [np.broadcast_to(a, out.shape) if isinstance(a, np.ndarray) else a for a in operands]

    def work(block: slice) -> None:
        here = (slice(None),) * axis + (block,)
        silently(operation, *(a[here] if isinstance(a, np.ndarray) else a for a in whole), out[here])

    in_parallel(work, out.shape[axis], out.size // out.shape[axis])


def _contiguous(array: np.ndarray, out: np.ndarray, position: int) -> np.ndarray:
    """An operand as it is where it can be read block by block while the result is written; else a contiguous copy.

    A copy is in memory that is kept: fresh memory takes as long as the operation.
    """
    if array is out or (array.flags.c_contiguous and _may_be_read(array, out)):
        return array
    copied = kernels.scratch.take(f"operand {position}", array.size, array.dtype).reshape(array.shape)
    parallel.copy(copied, array)
    return copied


def in_blocks(operation: Operation, *arrays: Any) -> None:
    """The operation on blocks of its contiguous operands and its output, on several threads where they are large."""
    flat = [a.reshape(-1) if isinstance(a, np.ndarray) else a for a in arrays]

    def work(block: slice) -> None:
        silently(operation, *(a[block] if isinstance(a, np.ndarray) else a for a in flat))

    in_parallel(work, flat[-1].size)


def refuse_zero(divisor: Any, element: ElementType, function: str) -> None:
    """Refuse to divide integers by zero, a number or elements of an array, which would end Torch7's process."""
    if isinstance(divisor, np.ndarray) and divisor.size >= SMALLEST:
        found = total(IS_ZERO, divisor) > 0
    else:
        found = not np.all(divisor)
    if found:
        raise SizeError(f"{function}: division of a {element.tensor_name} by zero")
