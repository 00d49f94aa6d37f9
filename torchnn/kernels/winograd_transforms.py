"""The vector code of Winograd convolution: what it does to a vector of planes at a time.

A vector holds one pixel of `lanes` neighbouring planes, so that a transform is the same arithmetic in every lane; on
the way from and to planes, blocks of pixels are transposed. All addresses and distances are in bytes.
"""

from __future__ import annotations

from typing import Any

from torchnn.kernels import host, winograd_matrices
from torchnn.kernels.assembler import routine
from torchnn.kernels.tiles import outer
from torchnn.kernels.winograd_matrices import TILE, Matrix, by_columns, by_rows, transposed

# What a register tile of a product is: broadcast rows times two vectors, the most that the registers hold.
ROWS = 12 if host.VECTOR_REGISTERS == 32 else 6
PAIR = 2

# The most sums of a register tile of the gradient's products, which are all channels of a vector by two vectors or
# four: as 6 x 4, 5 x 4 and 5 x 4, 64 sums load 28 times for each tile, as 8 x 2 they loaded 40 times.
GRADIENT_SUMS = 24 if host.VECTOR_REGISTERS == 32 else 8


@routine
def clear(asm: Any, target: Any, count: Any) -> None:
    """Set `count` vectors, one at least, to zero."""

    def step(i: Any, _: Any) -> list[Any]:
        asm.store(target + i * asm.vector_bytes, asm.constant(0))
        return []

    asm.repeat(count, [], step)


@routine
def clear_planes(asm: Any, target: Any, plane: Any, count: Any) -> None:
    """Set a vector of each of `count` planes to zero."""

    def step(i: Any, _: Any) -> list[Any]:
        asm.store(target + i * plane, asm.constant(0))
        return []

    asm.repeat(count, [], step)


def _extend(reach: int) -> Any:
    near, far = winograd_matrices.extension(reach)

    def extend(asm: Any, target: Any, step: Any, count: Any) -> None:
        def extended(i: Any, _: Any) -> list[Any]:
            at = target + i * asm.vector_bytes
            pixel = asm.constant(near) * asm.load(at - step * 2)
            if far != 0:
                pixel = asm.multiply_add(asm.constant(far), asm.load(at - step * 4), pixel)
            asm.store(at, pixel)
            return []

        asm.repeat(count, [], extended)

    return routine(extend)


# Write `count` pixels that follow from those 2 and 4 steps before (see `winograd_matrices.extension`), where the first
# 3 pixels of a tile count, or more.
extend_3, extend_more = _extend(3), _extend(4)


@routine
def move(asm: Any, target: Any, source: Any, count: Any) -> None:
    """Copy `count` vectors, one at least, to addresses before them."""

    def step(i: Any, _: Any) -> list[Any]:
        asm.store(target + i * asm.vector_bytes, asm.load(source + i * asm.vector_bytes))
        return []

    asm.repeat(count, [], step)


@routine
def add(asm: Any, target: Any, source: Any, count: Any) -> None:
    """Add `count` vectors, one at least, to others."""

    def step(i: Any, _: Any) -> list[Any]:
        to = target + i * asm.vector_bytes
        asm.store(to, asm.load(to) + asm.load(source + i * asm.vector_bytes))
        return []

    asm.repeat(count, [], step)


@routine
def gather(asm: Any, source: Any, plane: Any, planes: Any, count: Any, target: Any, ahead: Any) -> None:
    """Write a vector for each of `lanes` pixels of neighbouring planes: `count` of them are there, zeros follow.

    Lanes beyond the last plane repeat it.
    """
    addresses = [source + asm.minimum(planes - 1, i) * plane for i in range(asm.lanes)]
    for address in addresses:
        asm.prefetch(address + ahead)
    rows = [asm.load_part(address, count) for address in addresses]
    for i, pixel in enumerate(asm.transpose(rows)):
        asm.store(target + i * asm.vector_bytes, pixel)


@routine
def scatter(asm: Any, source: Any, bias: Any, planes: Any, count: Any, target: Any, plane: Any) -> None:
    """The reverse of `gather`: write the first `count` of `lanes` pixels, plus a vector of biases, to the planes."""
    shift = asm.load(bias)
    pixels = [asm.load(source + i * asm.vector_bytes) + shift for i in range(asm.lanes)]
    for i, row in enumerate(asm.transpose(pixels)):
        asm.store_part(target + i * plane, row, asm.minimum(count, (planes - i) * asm.lanes))


@routine
def scatter_sum(asm: Any, source: Any, scale: Any, planes: Any, count: Any, target: Any, plane: Any, flag: Any) -> None:
    """As `scatter`, but add the pixels times the number at `scale` to the planes; do nothing where the flag is up."""
    factor = asm.broadcast(scale)
    asm.store(flag, asm.everywhere(lambda a, b: a + b, asm.load(flag)))
    fine = asm.equal(asm.load_integer(flag), 0)
    pixels = [asm.load(source + i * asm.vector_bytes) for i in range(asm.lanes)]
    for i, row in enumerate(asm.transpose(pixels)):
        address, inside = target + i * plane, asm.minimum(count * fine, (planes - i) * asm.lanes)
        asm.store_part(address, asm.multiply_add(factor, row, asm.load_part(address, inside)), inside)


def _transformed(asm: Any, times: Any, matrix: Matrix, load: Any, store: Any) -> None:
    """Multiply the columns, then the rows, of a square of vectors by a matrix."""
    size = range(len(matrix[0]))
    columns = [times(asm, matrix, [load(i, j) for i in size]) for j in size]
    for i in range(len(matrix)):
        for j, vector in enumerate(times(asm, matrix, [column[i] for column in columns])):
            store(i, j, vector)


def _pixels(asm: Any, source: Any, row: Any) -> Any:
    return lambda i, j: asm.load(source + row * i + j * asm.vector_bytes)


def _to_planes(asm: Any, target: Any, plane: Any) -> Any:
    """Stores a tile's products-to-be, one in each of 36 planes."""
    return lambda i, j, vector: asm.store(target + plane * (TILE * i + j), vector)


def _from_planes(asm: Any, source: Any, plane: Any) -> Any:
    return lambda i, j: asm.load(source + plane * (TILE * i + j))


@routine
def transform_columns(asm: Any, source: Any, row: Any, target: Any, columns: Any) -> None:
    """B^T inputs: columns of 6 pixels, in 6 rows, to as many."""

    def step(i: Any, _: Any) -> list[Any]:
        at = i * asm.vector_bytes
        pixels = [asm.load(source + at + row * k) for k in range(TILE)]
        for k, vector in enumerate(by_rows(asm, winograd_matrices.inputs(), pixels)):
            asm.store(target + at + row * k, vector)
        return []

    asm.repeat(columns, [], step)


@routine
def transform_input(asm: Any, source: Any, row: Any, target: Any, plane: Any) -> None:
    """(B^T inputs) B: the rows of a square of what `transform_columns` gives to the 36 planes."""

    def step(i: Any, _: Any) -> list[Any]:
        pixels = [asm.load(source + row * i + k * asm.vector_bytes) for k in range(TILE)]
        for k, vector in enumerate(by_rows(asm, winograd_matrices.inputs(), pixels)):
            asm.store(target + plane * (i * TILE + k), vector)
        return []

    asm.repeat(TILE, [], step)


def _filter(taps: int) -> Any:
    def transform(asm: Any, source: Any, step: Any, target: Any, plane: Any) -> None:
        def tap(i: int, j: int) -> Any:
            return asm.load(source + step * (taps * i + j))

        _transformed(asm, by_rows, winograd_matrices.filters(taps), tap, _to_planes(asm, target, plane))

    return routine(transform)


def _output(count: int) -> Any:
    def transform(asm: Any, source: Any, plane: Any, target: Any, row: Any, flag: Any) -> None:
        outputs = []

        def store(i: int, j: int, vector: Any) -> None:
            outputs.append(vector)
            asm.store(target + row * i + j * asm.vector_bytes, vector)

        matrix = transposed(winograd_matrices.outputs(count))
        _transformed(asm, by_columns, matrix, _from_planes(asm, source, plane), store)
        _flag_infinite(asm, flag, outputs)

    return routine(transform)


def _flag_infinite(asm: Any, flag: Any, vectors: list[Any]) -> None:
    """Make the vector at `flag` NaN where one of the vectors, or their sum, is not finite. Adds by pairs, for speed."""
    while len(vectors) > 1:
        pairs = zip(vectors[::2], vectors[1::2], strict=False)
        vectors = [a + b for a, b in pairs] + vectors[len(vectors) // 2 * 2 :]
    asm.store(flag, asm.multiply_add(vectors[0], asm.constant(0), asm.load(flag)))


def _grad_output(count: int) -> Any:
    def transform(asm: Any, source: Any, row: Any, target: Any, plane: Any) -> None:
        matrix = winograd_matrices.outputs(count)
        _transformed(asm, by_rows, matrix, _pixels(asm, source, row), _to_planes(asm, target, plane))

    return routine(transform)


def _grad_filter(taps: int) -> Any:
    def transform(asm: Any, source: Any, plane: Any, target: Any, flag: Any) -> None:
        results = []

        def store(i: int, j: int, vector: Any) -> None:
            results.append(vector)
            asm.store(target + (taps * i + j) * asm.vector_bytes, vector)

        matrix = transposed(winograd_matrices.filters(taps))
        _transformed(asm, by_columns, matrix, _from_planes(asm, source, plane), store)
        _flag_infinite(asm, flag, results)

    return routine(transform)


# G filter G^T: taps, `step` apart (it may be negative), to the 36 planes.
transform_filter_3, transform_filter_4, transform_filter_5 = map(_filter, (3, 4, 5))

# A^T products A: 36 planes to 4 x 4 (or 3 x 3, 2 x 2) pixels. The vector at `flag` becomes NaN where one is not finite.
transform_output_4, transform_output_3, transform_output_2 = map(_output, (4, 3, 2))

# A gradients A^T: 4 x 4 (or 3 x 3, 2 x 2) pixels of a gradOutput to the 36 planes.
transform_grad_output_4, transform_grad_output_3, transform_grad_output_2 = map(_grad_output, (4, 3, 2))

# G^T products G: 36 planes to taps, one vector after another.
transform_grad_filter_3, transform_grad_filter_4, transform_grad_filter_5 = map(_grad_filter, (3, 4, 5))


@routine
def multiply(
    asm: Any, a: Any, next_a: Any, b: Any, next_b: Any, target: Any, depth: Any, groups: Any, more: Any
) -> None:
    """target[r] = the sum over c of a[r, c] b[c], for ROWS rows of two vectors; added to it where `more` is not 0.

    A group of `lanes` of c is a vector for each row of a, and two vectors for each c of b; the next groups are `next_a`
    and `next_b` further on, too far for the processor to foresee them.
    """
    pair = PAIR * asm.vector_bytes

    def step_group(number: Any, sums: list[Any]) -> list[Any]:
        first_a, first_b = a + number * next_a, b + number * next_b

        def step(i: Any, sums: list[Any]) -> list[Any]:
            element, row = first_a + i * asm.item_bytes, first_b + i * pair
            asm.prefetch(first_a + next_a + i * asm.vector_bytes)
            for j in range(PAIR):
                asm.prefetch(row + next_b + j * asm.vector_bytes)
            vectors = [asm.load(row + j * asm.vector_bytes) for j in range(PAIR)]
            return outer(asm, [element + r * asm.vector_bytes for r in range(ROWS)], vectors, sums)

        return list(asm.repeat(asm.minimum(depth - number * asm.lanes, asm.lanes), sums, step))

    sums = asm.repeat(groups, [asm.constant(0)] * (ROWS * PAIR), step_group)
    _store_sums(asm, [target + i * asm.vector_bytes for i in range(len(sums))], sums, more)


def _split(rows: int, most: int) -> list[tuple[int, int]]:
    """Where parts of so many rows begin, and their sizes: up to `most`, about equal."""
    parts = -(-rows // most)
    bounds = [rows * i // parts for i in range(parts + 1)]
    return [(first, last - first) for first, last in zip(bounds, bounds[1:], strict=False)]


def _multiply_tiles(pairs: int) -> Any:
    def multiply(
        asm: Any,
        a: Any,
        next_a: Any,
        fetch_a: Any,
        b: Any,
        next_b: Any,
        fetch_b: Any,
        next_pair: Any,
        target: Any,
        next_target: Any,
        channels: Any,
        tiles: Any,
        blocks: Any,
        more: Any,
    ) -> None:
        size, numbers = asm.vector_bytes, range(PAIR * pairs)

        def place(base: Any, step: Any, j: int) -> Any:
            return base + step * (j // PAIR) + j % PAIR * size

        parts = _split(asm.lanes, GRADIENT_SUMS // len(numbers))
        for part, (first, rows) in enumerate(parts):

            def step_block(number: Any, sums: list[Any], part: int = part, first: int = first, rows: int = rows) -> Any:
                first_a, first_b = a + number * next_a + first * asm.item_bytes, b + number * next_b

                def step(t: Any, sums: list[Any]) -> list[Any]:
                    if part == 0:
                        asm.prefetch(fetch_a + number * next_a + t * size)
                    if part == len(parts) - 1:
                        asm.prefetch(fetch_b + number * next_b + t * size)
                    row = first_b + t * (PAIR * size)
                    vectors = [asm.load(place(row, next_pair, j)) for j in numbers]
                    return outer(asm, [first_a + t * size + r * asm.item_bytes for r in range(rows)], vectors, sums)

                return list(asm.repeat(asm.minimum(tiles - number * ROWS, ROWS), sums, step))

            wanted = asm.select(asm.reaches(channels, first + 1), blocks, asm.integer(0))
            sums = asm.repeat(wanted, [asm.constant(0)] * (rows * len(numbers)), step_block)
            lines = [target + (first + r) * PAIR * size for r in range(rows)]
            _store_sums(asm, [place(line, next_target, j) for line in lines for j in numbers], sums, more)

    return routine(multiply)


# target[r] = the sum over t of a[t, r] b[t], for a vector of rows r, with two vectors of b or twice two, `next_pair`
# apart; added where `more` is not 0. A block of ROWS tiles is a vector for each tile of a, and two for each of b; the
# next blocks are `next_a` and `next_b` further on. What is at `fetch_a` and `fetch_b` is multiplied later.
multiply_tiles, multiply_tiles_twice = map(_multiply_tiles, (1, 2))


def _store_sums(asm: Any, addresses: list[Any], sums: list[Any], more: Any) -> None:
    def set_sums() -> None:
        for address, total in zip(addresses, sums, strict=True):
            asm.store(address, total)

    def add_sums() -> None:
        for address, total in zip(addresses, sums, strict=True):
            asm.store(address, asm.load(address) + total)

    asm.either(more, add_sums, set_sums)
