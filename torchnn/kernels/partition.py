"""Parting rows as Torch7's quicksort and quickselect do: which elements are exchanged decides about places of equals.

Rows are of words, a number and its place in one (see `sorting.py`), or of numbers, whose places lie beside them. Which
elements are to be exchanged is told by bits, one for each of those that a block compares on vectors: 10^6 words take
0.4 ms, a list of them 1.25. In a row there are BLOCK elements more than count, which count for nothing.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from torchnn.kernels import jit
from torchnn.kernels.assembler import INT32, INT64

# Elements that are compared at a time: there is one bit for each.
BLOCK = 64

PLACE = np.uint64(0xFFFFFFFF)
NONE, ONE = np.uint64(0), np.uint64(1)


@intrinsic  # type: ignore[untyped-decorator]
def zeros_below(typing_context: Any, bits: Any) -> Any:
    """How many zeros there are below the lowest bit that is set."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))

    return types.intp(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def highest(typing_context: Any, bits: Any) -> Any:
    """The number of the highest bit that is set."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        above = builder.ctlz(values[0], ir.Constant(ir.IntType(1), 1))
        return builder.sub(ir.Constant(above.type, 63), above)

    return types.intp(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def turned(typing_context: Any, bits: Any) -> Any:
    """The bits in the opposite order."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitreverse(values[0])

    return types.uint64(types.uint64), generate


def _marks(compared: str) -> Any:
    """A function (row, begin, bound) that tells of BLOCK elements from one on which are so to a bound, or are NaN."""

    def typed(typing_context: Any, row: Any, begin: Any, bound: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array, kind = values[0], signature.args[0]
            data = context.make_array(kind)(context, builder, array).data
            item = context.get_value_type(kind.dtype)
            vector = ir.VectorType(item, BLOCK)
            place = builder.bitcast(builder.gep(data, [values[1]]), vector.as_pointer())
            elements = builder.load(place, align=kind.dtype.bitwidth // 8)
            unknown = ir.Constant(vector, ir.Undefined)
            first = builder.insert_element(unknown, values[2], ir.Constant(INT32, 0))
            bounds = builder.shuffle_vector(first, unknown, ir.Constant(ir.VectorType(INT32, BLOCK), [0] * BLOCK))
            if isinstance(kind.dtype, types.Float):
                found = builder.fcmp_unordered(compared, elements, bounds)
            elif kind.dtype.signed:
                found = builder.icmp_signed(compared, elements, bounds)
            else:
                found = builder.icmp_unsigned(compared, elements, bounds)
            return builder.bitcast(found, INT64)

        return types.uint64(row, types.intp, row.dtype), generate

    return intrinsic(typed)


_not_below, _not_above = _marks(">="), _marks("<=")


def exchange(row: Any, place: Any, i: Any, j: Any) -> Any:
    """Exchange two elements, and their places where these lie beside them."""


@overload(exchange, jit_options={"error_model": "numpy"})  # type: ignore[untyped-decorator]
def _exchanging(row: Any, place: Any, i: Any, j: Any) -> Any:
    def words(row: Any, place: Any, i: Any, j: Any) -> Any:
        row[i], row[j] = row[j], row[i]

    def numbers(row: Any, place: Any, i: Any, j: Any) -> Any:
        row[i], row[j] = row[j], row[i]
        place[i], place[j] = place[j], place[i]

    return words if place == types.none else numbers


def bounds(x: Any, place: Any) -> Any:
    """The smallest and the largest element that equals one: numbers do themselves only."""


@overload(bounds, jit_options={"error_model": "numpy"})  # type: ignore[untyped-decorator]
def _bounding(x: Any, place: Any) -> Any:
    def words(x: Any, place: Any) -> Any:
        return x & ~PLACE, x | PLACE

    def numbers(x: Any, place: Any) -> Any:
        return x, x

    return words if place == types.none else numbers


@jit.exact
def partition(row: Any, place: Any, first: int, last: int) -> Any:
    """Part the elements from `first` to `last` by a median of three.

    Returns where the right part begins, and where the pivot is, which follows the left one. From both sides elements
    that are not where they belong, or equal the pivot, are exchanged in pairs (Hoare). They are looked for in blocks,
    without jumps.
    """
    exchange(row, place, (first + last) >> 1, first + 1)
    for i, j in ((first + 1, last), (first, last), (first + 1, first)):
        if row[i] > bounds(row[j], place)[1]:
            exchange(row, place, i, j)
    low, high = bounds(row[first], place)
    i, j = first + 2, last - 1
    left = right = NONE
    while j - i >= BLOCK:
        wide = np.int64(BLOCK)
        if j - i < 2 * BLOCK - 1:  # blocks that meet: the one on the right ends where the other one does
            if left | right != NONE:
                i += zeros_below(left) if left != NONE else 0
                j -= zeros_below(right) if right != NONE else 0
                left = right = NONE
                continue
            wide = j - i + 1 - BLOCK
        if left == NONE:
            left = _not_below(row, i, low)
        if right == NONE:
            # The first bit is that of the last element, as the lowest one is found and taken away the fastest.
            right = turned(_not_above(row, j + 1 - BLOCK, high)) & ~NONE >> np.uint64(BLOCK - wide)
        while left != NONE and right != NONE:
            exchange(row, place, i + zeros_below(left), j - zeros_below(right))
            left &= left - ONE
            right &= right - ONE
        i += BLOCK if left == NONE else 0
        j -= wide if right == NONE else 0
    # What is left of a block may lie beyond the other side's place.
    if left != NONE:
        i = min(i + zeros_below(left), j + 1)
    if right != NONE:
        j = max(j - zeros_below(right), i - 1)
    # What is on the left of those exchanged last is not above the pivot, and what is on the right not below it.
    begin, end = -1, j - i + 1
    left = right = NONE
    if end > 0:
        every = ~NONE >> np.uint64(BLOCK - end)
        left, right = _not_below(row, i, low) & every, _not_above(row, i, high) & every
    while left != NONE and right != NONE:
        a, b = zeros_below(left), highest(right)
        if b < a:
            break
        exchange(row, place, i + a, i + b)
        left &= left - ONE
        right &= (ONE << np.uint64(b)) - ONE
        begin, end = (a, b) if a < b else (a - 1, b + 1)
    right_begin = i + (min(zeros_below(left), end) if left != NONE else end)
    pivot = i + (max(highest(right), begin) if right != NONE else begin)
    exchange(row, place, first, pivot)
    return right_begin, pivot
