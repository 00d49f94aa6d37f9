"""Convolution with samples side by side in vectors, for small planes and many samples.

Planes are laid out anew: for each pixel, for each channel, the elements of some vectors of samples. Then whatever taps
see, a vector is full, and padding need not be multiplied: of all triples of a position, a tap and the pixel that they
meet at, only those are kept that exist. All passes are sums over these, of tiles whose sums stay in registers:

    output[position, o] = bias[o] + sum over its (tap, pixel) and c of weight[o, c, tap] * planes[pixel, c]
    planes[pixel, c] = sum over its (tap, position) and o of weight[o, c, tap] * gradient[position, o]
    weight[o, c, tap] += sum over its (position, pixel) and samples of gradient[position, o] * planes[pixel, c]

In the first two a tile is some outputs by the vectors of samples, elements of the packed weight are broadcast. In the
third one it is some outputs by some channels, each a vector of sums that are added up at the end. Of 144 pixels that
see 64 positions under 5 x 5 taps each meets 11 of the 25, which is all that is computed.

Any rank, stride, padding and dilation are lists of other pairs. Pairs are two offsets in bytes; a list is said by its
address and how many pairs it has. Behind each pair is another one, whose elements are fetched ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn.kernels import host, jit
from torchnn.kernels.assembler import Assembler, Integer, Vector, microkernel
from torchnn.kernels.memory import transpose_strip
from torchnn.kernels.strided_rows import zeros
from torchnn.kernels.tiles import outer, turn_out

# Outputs of a tile by its vectors of samples, and outputs by channels of a tile of the gradient of the weight, which
# fill 32 registers or 16. Those that leave the fewest sums unused are taken.
HEIGHTS = {4: (6, 5, 4), 2: (12, 10, 8), 1: (24, 16)} if host.VECTOR_REGISTERS == 32 else {2: (6, 5, 4), 1: (12, 8)}
SHAPES = ((6, 4), (5, 5), (5, 4), (4, 5), (4, 4)) if host.VECTOR_REGISTERS == 32 else ((4, 3), (3, 3), (5, 2))

PAIR = 16  # bytes

# Pixels that are laid out at a time: two lines of the cache.
STRIP = 16

# What is known at each call only comes last.
JOB = jit.job(
    **dict.fromkeys(
        (
            "item lanes samples width vectors blocks lists channels room size strips pixel block taps "
            "panel panels high outputs target_size groups buffer_bytes "
            "rows columns down across most chunk together totals_bytes "
            "source grid target buffer totals scale flags weight weight_row weight_step bias packed"
        ).split(),
        np.intp,
    )
)
CALL, START = jit.packing(JOB[np.float32], "source"), jit.offset(JOB[np.float32], "source")


def _product(high: int, vectors: int) -> Callable[..., None]:
    def body(
        asm: Assembler,
        pairs: Integer,
        channels: Integer,
        grid: Integer,
        weight: Integer,
        bias: Integer,
        outputs: Integer,
        place: Integer,
    ) -> None:
        """place[r] = bias[r] + sum over pairs and channels c of weight[c, r] * grid[c], vectors of samples."""
        first, row = asm.load_integer(pairs), vectors * asm.vector_bytes
        at = [v * asm.vector_bytes for v in range(vectors)]
        rows = [bias + asm.minimum(asm.integer(r), outputs - 1) * asm.item_bytes for r in range(high)]

        def pair(i: Integer, sums: list[Any]) -> list[Any]:
            here = first + i * PAIR
            source, later = grid + asm.load_integer(here), grid + asm.load_integer(here + PAIR)
            factors = weight + asm.load_integer(here + PAIR // 2)

            def step(c: Integer, sums: list[Any]) -> list[Vector]:
                for v in at:
                    asm.prefetch(later + c * row + v, near=True)
                columns = [asm.load(source + c * row + v) for v in at]
                return outer(asm, [factors + (c * high + r) * asm.item_bytes for r in range(high)], columns, sums)

            return asm.repeat(channels, sums, step)

        starts = [asm.broadcast(row) for row in rows for _ in at]
        for n, total in enumerate(asm.repeat(asm.load_integer(pairs + PAIR // 2), starts, pair)):
            asm.store(place + n * asm.vector_bytes, total)

    return body


def _dots(rows: int, columns: int) -> Callable[..., None]:
    def body(
        asm: Assembler,
        pairs: Integer,
        first: Integer,
        most: Integer,
        vectors: Integer,
        left: Integer,
        right: Integer,
        place: Integer,
    ) -> None:
        """place[r, c] += sum over some pairs, from the first on, and vectors, of left[r] * right[c]."""
        begin, row = asm.load_integer(pairs) + first * PAIR, vectors * asm.vector_bytes
        places = [place + n * asm.vector_bytes for n in range(rows * columns)]

        def pair(i: Integer, sums: list[Any]) -> list[Any]:
            here = begin + i * PAIR
            a, b = left + asm.load_integer(here), right + asm.load_integer(here + PAIR // 2)
            later = left + asm.load_integer(here + PAIR)

            def step(v: Integer, sums: list[Any]) -> list[Vector]:
                at, result = v * asm.vector_bytes, []
                for r in range(rows):
                    asm.prefetch(later + row * r + at, near=True)
                across = [asm.load(b + row * c + at) for c in range(columns)]
                for r in range(rows):
                    x, parts = asm.load(a + row * r + at), zip(across, sums[r * columns :], strict=False)
                    result += [asm.multiply_add(x, y, total) for y, total in parts]
                return result

            return asm.repeat(vectors, sums, step)

        count = asm.minimum(asm.load_integer(pairs + PAIR // 2) - first, most)
        for at, total in zip(places, asm.repeat(count, [asm.load(at) for at in places], pair), strict=True):
            asm.store(at, total)

    return body


_PRODUCTS = {(high, v): microkernel(_product(high, v)) for v, heights in HEIGHTS.items() for high in heights}
_DOTS = {shape: microkernel(_dots(*shape)) for shape in SHAPES}


@microkernel
def _add_up(asm: Assembler, sums: Integer, vectors: Integer, target: Integer, scale: Integer, flag: Integer) -> None:
    """The totals of vectors times a factor, a vector of totals at a time; the flag becomes NaN with one not finite."""
    factor, zero = asm.broadcast(scale), asm.constant(0)

    def step(i: Integer, found: list[Any]) -> list[Any]:
        at = sums + i * (asm.lanes * asm.vector_bytes)
        total = factor * asm.totals([asm.load(at + n * asm.vector_bytes) for n in range(asm.lanes)])
        asm.store(target + i * asm.vector_bytes, total)
        return [asm.multiply_add(total, zero, found[0])]

    asm.store_item(flag, asm.total(asm.repeat(vectors, [asm.broadcast(flag)], step)[0]))


def _lay(job: Any, task: int) -> None:
    """Some pixels of a block of samples; zeros for channels and samples that do not exist."""
    block, first = task // job.strips, task % job.strips * STRIP
    samples, pixels, row = (
        min(job.width, job.samples - block * job.width),
        min(STRIP, job.size - first),
        job.size * job.item,
    )
    target = job.grid + block * job.block + first * job.pixel
    source = job.source + block * job.width * job.channels * row + first * job.item
    if samples < job.width or job.channels < job.room:
        for i in range(pixels):
            zeros(target + i * job.pixel, job.room * job.vectors)
    for c in range(job.channels):
        place = target + c * job.width * job.item
        transpose_strip(source + c * row, job.channels * row, place, job.pixel, pixels, samples)


def _pack(job: Any, panel: int) -> None:
    """The weight of the outputs of a tile: packed[tap, c, r] = weight[r, c, tap], zeros beyond the last output."""
    first, high = panel * job.high, job.high * job.item
    rows, target = min(job.high, job.outputs - first), job.packed + panel * job.panel
    if rows < job.high:
        zeros(target, job.panel // (job.lanes * job.item))
    for c in range(job.channels):
        source = job.weight + first * job.weight_row + c * job.weight_step
        transpose_strip(source, job.weight_row, target + c * high, job.channels * high, job.taps, rows)


@jit.worker(JOB)
def prepare(job: Any, task: int, thread: int) -> None:
    """A part of the weight, or of the planes."""
    if task < job.panels:
        _pack(job, task)
    else:
        _lay(job, task - job.panels)


@jit.worker(JOB)
def prepare_both(job: Any, task: int, thread: int) -> None:
    """A part of the gradient, or of the planes, of which the next record tells."""
    parts = job.blocks * job.strips
    if task < parts:
        _lay(job, task)
    else:
        _lay(job[1], task - parts)


@jit.worker(JOB)
def multiply(job: Any, task: int, thread: int) -> None:
    """As many pixels as a vector has elements, of the outputs of a tile and a block of samples."""
    group, panel, block = task % job.groups, task // job.groups % job.panels, task // job.groups // job.panels
    first, output, sample = group * job.lanes, panel * job.high, block * job.width
    pixels, outputs = min(job.lanes, job.target_size - first), job.outputs - output
    buffer, size = job.buffer + thread * job.buffer_bytes, job.high * job.width * job.item
    side = job.channels, job.grid + block * job.block, job.packed + panel * job.panel, job.bias + output * job.item
    for i in range(pixels):
        _PRODUCTS[job.high, job.vectors](job.lists + (first + i) * PAIR, *side, outputs, buffer + i * size)
    row = job.target_size * job.item
    place = job.target + (sample * job.outputs + output) * row + first * job.item
    for r in range(min(job.high, outputs)):
        source = buffer + r * job.width * job.item
        transpose_strip(source, size, place + r * row, job.outputs * row, min(job.width, job.samples - sample), pixels)


@jit.worker(JOB)
def accumulate(job: Any, task: int, thread: int) -> None:
    """All outputs by the channels of some tiles, for a tap.

    So many pairs at a time that those of a tile's channels stay in the first-level cache, those of all outputs in the
    second.
    """
    tap, first = task % job.taps, task // job.taps * job.together
    columns, some = min(job.together, job.across - first), job.columns * job.width * job.item
    sums, vector, tile = job.buffer + thread * job.buffer_bytes, job.lanes * job.item, job.rows * job.columns
    zeros(sums, columns * (job.totals_bytes // job.item))
    for block in range(job.blocks):
        left, right = job.grid + block * job.block, job[1].grid + block * job[1].block + first * some
        for pair in range(0, job.most, job.chunk):
            pairs = job.lists + tap * PAIR, pair, job.chunk, job.vectors
            for column in range(columns):
                place = sums + column * job.totals_bytes * job.lanes
                for down in range(job.down):
                    side = left + down * job.rows * job.width * job.item, right + column * some
                    _DOTS[job.rows, job.columns](*pairs, *side, place + down * tile * vector)
    for column in range(columns):
        target = job.totals + ((first + column) * job.taps + tap) * job.totals_bytes
        where = sums + column * job.totals_bytes * job.lanes, job.totals_bytes // vector, target
        _add_up(*where, job.scale, job.flags + task * job.item)


@jit.worker(JOB)
def turn(job: Any, output: int, thread: int) -> None:
    """Add to the gradient of the weight of an output its totals, with those of the taps side by side."""
    row, channels = job.taps * job.item, job[1].channels
    down = output // job.rows * job.rows * job.columns + output % job.rows * job.columns
    for column in range(job.across):
        first = column * job.columns
        source = job.totals + column * job.taps * job.totals_bytes + down * job.item
        place = job.target + (output * channels + first) * row
        turn_out(place, row, source, job.totals_bytes, job.taps, min(job.columns, channels - first), 1)
