"""Copying rows whose elements lie a stride apart, on one side, to rows without gaps on the other: for microkernels.

`gather_2(zero, (...))` takes every second element, `spread_2` writes every second. Strides 1, 2 and 4 go by shuffles of
vectors; any other element by element, with `copy_item`.
"""

from __future__ import annotations

from typing import Any

from torchnn.kernels.assembler import Assembler, Integer, microkernel, routine


@microkernel
def zeros(asm: Assembler, target: Integer, vectors: Integer) -> None:
    """Vectors of zeros."""

    def step(i: Integer, _: list[Any]) -> list[Any]:
        asm.store(target + i * asm.vector_bytes, asm.constant(0))
        return []

    asm.repeat(vectors, [], step)


@microkernel
def copy_item(asm: Assembler, source: Integer, target: Integer) -> None:
    """One element."""
    asm.store_item(target, asm.load_item(source))


def _gather(
    asm: Assembler,
    stride: int,
    source: Integer,
    source_step: Integer,
    target: Integer,
    target_step: Integer,
    rows: Integer,
    first: Integer,
    last: Integer,
    vectors: Integer,
) -> None:
    """target[r, i] = source[r, i * stride] for first <= i < last, else 0; the stride is a power of 2.

    Rows are written in whole vectors, which reach into the next row before that is written.
    """
    even = [2 * lane for lane in range(asm.lanes)]

    def row(r: Integer, _: list[Any]) -> list[Any]:
        def part(i: Integer, _: list[Any]) -> list[Any]:
            values = []
            for j in range(stride):
                at = (i * stride + j) * asm.lanes
                begin, end = first * stride - at, (last - 1) * stride + 1 - at
                values.append(asm.load_part(source + r * source_step + at * asm.item_bytes, end, begin))
            while len(values) > 1:
                values = [asm.shuffle(a, b, even) for a, b in zip(values[::2], values[1::2], strict=True)]
            asm.store(target + r * target_step + i * asm.vector_bytes, values[0])
            return []

        asm.repeat(vectors, [], part)
        return []

    asm.repeat(rows, [], row)


def _spread(
    asm: Assembler,
    stride: int,
    source: Integer,
    source_step: Integer,
    target: Integer,
    target_step: Integer,
    rows: Integer,
    count: Integer,
    vectors: Integer,
) -> None:
    """target[r, i * stride] = source[r, i] for i < count, and nothing between; the stride is a power of 2."""

    def row(r: Integer, _: list[Any]) -> list[Any]:
        def part(i: Integer, _: list[Any]) -> list[Any]:
            vector = asm.load(source + r * source_step + i * asm.vector_bytes)
            for j in range(stride):
                at = (i * stride + j) * asm.lanes
                places = range(j * asm.lanes, (j + 1) * asm.lanes)
                values = asm.shuffle(vector, vector, [place // stride for place in places])
                chosen = [place % stride == 0 for place in places]
                place = target + r * target_step + at * asm.item_bytes
                asm.store_part(place, values, (count - 1) * stride + 1 - at, chosen)
            return []

        asm.repeat(vectors, [], part)
        return []

    asm.repeat(rows, [], row)


def _gathering(stride: int) -> Any:
    return routine(lambda asm, *arguments: _gather(asm, stride, *arguments))


def _spreading(stride: int) -> Any:
    return routine(lambda asm, *arguments: _spread(asm, stride, *arguments))


# (source, source_step, target, target_step, rows, first, last, vectors)
gather_1, gather_2, gather_4 = (_gathering(stride) for stride in (1, 2, 4))

# (source, source_step, target, target_step, rows, count, vectors)
spread_1, spread_2, spread_4 = (_spreading(stride) for stride in (1, 2, 4))


def within(shift: int, stride: int, size: int, count: int) -> tuple[int, int]:
    """Which i of range(count) have shift + i * stride within range(size): first <= i < last."""
    first = 0 if shift >= 0 else (-shift + stride - 1) // stride
    last = 0 if shift >= size else (size - shift + stride - 1) // stride
    first = min(first, count)
    return first, max(first, min(last, count))
