"""Products of rows and of all numbers, in double, that are what comes out as they are made one by one.

One by one, a product waits four cycles for each number, and 150 where it is denormal. Made of several products side by
side it may differ, beyond its last digits, only where one on the way leaves the range of doubles. How large any can
become is bounded by the elements above 1, whose exponents are added up beside. One that becomes too small on the way
is 0 as a float in the end, unless others are that large.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.kernels import fused, host, jit, launch
from torchnn.kernels.assembler import INT64, Assembler, Integer, Vector, microkernel
from torchnn.kernels.folding import JOB, PART, run
from torchnn.kernels.vectors import element, every
from torchnn.kernels.whole_numbers import Integers

# Elements that make a product of their own where everything is multiplied, and such products of a task.
PIECE, PIECES = 1024, 16

# Products that are made side by side: a multiplication takes four cycles, two begin in each.
SIDE_BY_SIDE = 8

# Rows of floats that are multiplied so: shorter ones are turned around, of longer ones sums of exponents would wrap.
SHORTEST, LONGEST = 64, 1 << 15

# The bits of 1, how many bits mantissas have, and how many of these are kept behind the point of exponents.
_ONE, _MANTISSA, _KEPT = {4: 0x3F800000, 8: 0x3FF0000000000000}, {4: 23, 8: 52}, 7

# A logarithm is larger by at most 0.0861 than exponent and mantissa read as one number: this many units.
_ABOVE = 12

# Rows that are turned around together.
LANES = host.lanes(8)

# Products stay between these while no order of their factors matters; and with what is not larger than 2^800 nothing
# that was smaller than all normal doubles becomes a float.
_SMALL, _LARGE, _LARGEST = 2.0**-960, 2.0**960, 800

ALL = jit.job(x=np.intp, count=np.intp, found=np.intp, item=np.intp)
ALL_PACKING = jit.packing(ALL[np.float64])


def of_rows(x: np.ndarray, out: np.ndarray) -> None:
    """out[i] = the product of x[i, :, 0], whose elements lie next to each other, as if made one by one, rounded."""
    outer, count, _ = x.shape
    high = max(PART // count, LANES)
    run(rows, x, 0, -(-outer // high), 0, out, 1, high, PART)


def of_all(x: np.ndarray) -> float:
    """The product of contiguous numbers: what becomes 0 or infinite on the way, one by one, stays so."""
    pieces = -(-x.size // PIECE)
    found = np.empty((pieces, 2))
    job = ALL_PACKING.pack(launch.address(x), x.size, launch.address(found), x.itemsize)
    launch.run(_pieces.address(x.dtype.type), job, -(-pieces // PIECES), x.size >= jit.SERIAL_BELOW, True)
    launch.run(_whole.address(x.dtype.type), job, 1, False)
    return float(found.item(0))


def _multiplied(asm: Assembler, x: Integer, count: Integer) -> tuple[Vector, Integer]:
    """The product of some numbers, in every element of a vector, and the exponent of what none on the way exceeds.

    The exponent has bits behind the point.
    """
    builder, wide, item = asm.builder, Assembler(asm.builder, 8), asm.item_bytes
    own, bits = Assembler(builder, item, wide.lanes), Integers(builder, np.dtype(f"i{item}"))
    group, dropped = SIDE_BY_SIDE * wide.lanes, bits.constant(_MANTISSA[item] - _KEPT).value
    vectors, whole = group // bits.lanes, asm.quotient(count, group)
    one, without_sign = bits.constant(_ONE[item]), bits.constant((1 << (8 * item - 1)) - 1).value

    def exponent(numbers: list[Vector]) -> Vector:
        """The bits of the exponent of the largest one, or of 1, in each element of some vectors."""
        largest = one
        for each in numbers:
            size = Vector(bits, builder.and_(each.value, without_sign))
            largest = bits.where(bits.compared(">", size, largest), size, largest)
        return Vector(bits, builder.lshr(largest.value, dropped))

    def combined(so_far: list[Any], factors: list[Vector], numbers: list[Vector]) -> list[Any]:
        *products, exponents = so_far
        multiplied = [a * wide.widened(b) for a, b in zip(products, factors, strict=True)]
        return [*multiplied, exponents + exponent(numbers)]

    def step(i: Integer, so_far: list[Any]) -> list[Any]:
        at = x + i * (group * item)
        for line in range(0, group * item, fused.LINE):
            asm.prefetch(at + (line + fused.AHEAD), near=True)
        factors = [own.load(at + k * own.vector_bytes) for k in range(SIDE_BY_SIDE)]
        return combined(so_far, factors, [bits.load(at + k * bits.vector_bytes) for k in range(vectors)])

    so_far = asm.repeat(whole, [*[wide.constant(1)] * SIDE_BY_SIDE, bits.constant(0)], step)
    at, left = x + whole * (group * item), count - whole * group
    rest = [own.load_part(at + k * own.vector_bytes, left - k * wide.lanes, None, 1) for k in range(SIDE_BY_SIDE)]
    numbers = [bits.load_part(at + k * bits.vector_bytes, left - k * bits.lanes) for k in range(vectors)]
    *products, exponents = combined(so_far, rest, numbers)
    while len(products) > 1:
        products = [a * b for a, b in zip(products[::2], products[1::2], strict=True)]
    total = element(bits.everywhere(Vector.__add__, exponents))
    if item == 4:
        total = builder.sext(total, INT64)
    # That of 1 was added each time. The largest element of several counts for all of them.
    above = Integer(asm, total) - (whole + 1) * (bits.lanes * (_ONE[item] >> (_MANTISSA[item] - _KEPT)))
    return wide.everywhere(Vector.__mul__, products[0]), above * vectors + count * _ABOVE


# ------------------------------------------------------------------ rows


@microkernel
def _products(
    asm: Assembler, x: Integer, row: Integer, found: Integer, item: Integer, rows: Integer, count: Integer
) -> None:
    """The products of up to a vector of rows; of floats side by side, where that gives the same ones."""

    def one_by_one() -> None:
        asm.call(_turned, x, row, found, item, rows, count)

    def side_by_side() -> None:
        wide = Assembler(asm.builder, 8)
        own = Assembler(asm.builder, 4, wide.lanes)

        def multiply(i: Integer, doubts: list[Any]) -> list[Any]:
            product, bound = _multiplied(asm, x + i * row, count)
            asm.store_item(found + i * 4, asm.builder.fptrunc(element(product), asm.item_type))
            # Both ways to multiply lose half a unit of the last place for each element at most.
            near = wide.number(count) * wide.constant(2.0**-51) * product
            ends = [own.rounded(end).value for end in (product - near, product + near)]
            same = every(own, asm.builder.fcmp_unordered("==", *ends))
            return [doubts[0] + 2 - same - asm.reaches(asm.integer(_LARGEST << _KEPT), bound)]

        (doubts,) = asm.repeat(rows, [asm.integer(0)], multiply)
        asm.either(doubts, one_by_one, lambda: None)

    if asm.item_bytes == 8:
        one_by_one()
    else:
        able = asm.equal(item, 4) * asm.reaches(count, SHORTEST) * asm.reaches(asm.integer(LONGEST), count)
        asm.either(able, side_by_side, one_by_one)


def _turned(
    asm: Assembler, x: Integer, row: Integer, found: Integer, item: Integer, rows: Integer, count: Integer
) -> None:
    """The same, made one by one: columns of rows turned around in registers."""
    wide = Assembler(asm.builder, 8)
    own = Assembler(asm.builder, asm.item_bytes, wide.lanes)
    begins = [x + asm.minimum(asm.integer(k), rows - 1) * row for k in range(wide.lanes)]
    whole = asm.quotient(count, wide.lanes)
    left, end = count - whole * wide.lanes, whole * own.vector_bytes

    def multiply(product: Vector, parts: list[Vector]) -> list[Vector]:
        for column in wide.transpose(parts):
            product = product * column
        return [product]

    def by_vector(i: Integer, products: list[Any]) -> list[Vector]:
        at = i * own.vector_bytes
        return multiply(products[0], [wide.widened(own.load(begin + at)) for begin in begins])

    def by_part(_: Integer, products: list[Any]) -> list[Vector]:
        return multiply(products[0], [wide.widened(own.load_part(begin + end, left, None, 1)) for begin in begins])

    products = asm.repeat(whole, [wide.constant(1)], by_vector)
    (product,) = asm.repeat(asm.minimum(left, 1), products, by_part)
    if asm.item_bytes == 8:
        wide.store_part(found, product, rows)
    else:
        asm.either(
            item - 4,
            lambda: wide.store_part(found, product, rows),
            lambda: own.store_part(found, own.rounded(product), rows),
        )


@jit.worker(JOB, exact=True)
def rows(job: Any, task: int, thread: int) -> None:
    """Multiply rows."""
    end = min((task + 1) * job.high, job.outer)
    for first in range(task * job.high, end, LANES):
        place = job.sums + first * job.sum_item
        _products(job.x + first * job.plane, job.plane, place, job.sum_item, min(LANES, end - first), job.count)


# ------------------------------------------------------------------ everything


@microkernel
def _piece(asm: Assembler, x: Integer, found: Integer, count: Integer) -> None:
    """The product of some elements, and behind it a number that none on the way exceeds."""
    product, bound = _multiplied(asm, x, count)
    asm.store_item(found, element(product))
    exponent = asm.minimum(asm.quotient(bound, 1 << _KEPT) + 1, 1024)
    asm.store_item(found + 8, ((exponent + 1023) * (1 << 52)).value)


@jit.worker(ALL, exact=True)
def _pieces(job: Any, task: int, thread: int) -> None:
    for piece in range(task * PIECES, min((task + 1) * PIECES, -(-job.count // PIECE))):
        begin = piece * PIECE
        _piece(job.x + begin * job.item, job.found + piece * 16, min(PIECE, job.count - begin))


@microkernel
def _all(asm: Assembler, x: Integer, found: Integer, pieces: Integer, count: Integer) -> None:
    """The product of pieces in their order, in place of the first; one by one where it leaves the range or returns."""
    builder, one = asm.builder, Assembler(asm.builder, 8, 1)
    own, unit = Assembler(builder, asm.item_bytes, 1), one.constant(1)

    def holds(sign: str, a: Vector, b: Vector) -> Integer:
        return every(one, builder.fcmp_ordered(sign, a.value, b.value))

    def step(i: Integer, so_far: list[Any]) -> list[Any]:
        product, at = so_far[0], found + i * 16
        factor, bound = one.broadcast(at), one.broadcast(at + 8)
        size, part = one.intrinsic("fabs", product), one.intrinsic("fabs", factor)
        small, large, zero, infinity = (one.constant(v) for v in (_SMALL, _LARGE, 0, float("inf")))
        most, least = one.maximum(size, unit) * bound, one.intrinsic("minnum", size, unit) * part
        stays = holds("<", most, large) * holds(">", least, small * bound)
        # 0 times finite numbers, and infinity times all but 0: what follows changes no more than the sign.
        settled = holds("==", size, zero) * holds("<", part, infinity)
        settled += holds("==", size, infinity) * holds(">", part, zero)

        def slowly() -> Vector:
            begin = i * PIECE
            number = asm.minimum(count - begin, PIECE)
            place = x + begin * asm.item_bytes

            def multiply(k: Integer, so_far: list[Any]) -> list[Any]:
                return [so_far[0] * one.widened(own.broadcast(place + k * asm.item_bytes))]

            (found,) = asm.repeat(number, [product], multiply)
            return Vector(one, found.value)

        def otherwise() -> Vector:
            return one.chosen(settled, lambda: product * one.intrinsic("copysign", unit, factor), slowly)

        return [one.chosen(stays, lambda: product * factor, otherwise)]

    (product,) = asm.repeat(pieces, [unit], step)
    asm.store_item(found, element(product))


@jit.worker(ALL, exact=True)
def _whole(job: Any, task: int, thread: int) -> None:
    _all(job.x, job.found, -(-job.count // PIECE), job.count)
