"""The vector code of Winograd convolution: what it does to a vector of planes at a time.

A vector holds one pixel of `lanes` neighbouring planes, so that a transform is the same arithmetic in every lane; on
the way from and to planes, blocks of pixels are transposed. All addresses and distances are in bytes.
"""

from __future__ import annotations

from typing import Any

from torchnn.kernels import host, winograd_matrices
from torchnn.kernels.assembler import routine
from torchnn.kernels.tiles import outer
from torchnn.kernels.winograd_matrices import FORMS, TILES, Matrix, by_columns, by_rows, transposed

# What a register tile of a product is: broadcast rows times two vectors, the most that the registers hold.
ROWS = 12 if host.VECTOR_REGISTERS == 32 else 6
PAIR = 2

# How many vectors before they are written the lines of planes are asked for: as what lies there was last used by other
# tiles, they are not near. 0.94 to 0.99 of the time.
AHEAD = 2


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


def _extend(tile: int, terms: int) -> Any:
    factors = winograd_matrices.extension(tile, 2 * terms + 1)

    def extend(asm: Any, target: Any, step: Any, count: Any) -> None:
        def extended(i: Any, _: Any) -> list[Any]:
            at = target + i * asm.vector_bytes
            pixel = asm.constant(factors[0]) * asm.load(at - step * 2)
            for number, factor in enumerate(factors[1:], 2):
                pixel = asm.multiply_add(asm.constant(factor), asm.load(at - step * (2 * number)), pixel)
            asm.store(at, pixel)
            return []

        asm.repeat(count, [], extended)

    return routine(extend)


# By inputs of a tile and half the number of its pixels that count, rounded down: write `count` pixels that follow from
# those 2, 4, ... steps before (see `winograd_matrices.extension`).
extend = {(tile, terms): _extend(tile, terms) for tile in TILES for terms in range(1, tile // 2)}


def _fold(tile: int, terms: int) -> Any:
    factors = winograd_matrices.extension(tile, 2 * terms + 1)

    def fold(asm: Any, source: Any, step: Any, count: Any) -> None:
        def folded(i: Any, _: Any) -> list[Any]:
            at = source + i * asm.vector_bytes
            pixel = asm.load(at)
            for number, factor in enumerate(factors, 1):
                before = at - step * (2 * number)
                asm.store(before, asm.multiply_add(asm.constant(factor), pixel, asm.load(before)))
            return []

        asm.repeat(count, [], folded)

    return routine(fold)


# The reverse: add `count` pixels, times factors, to those 2, 4, ... steps before.
fold = {(tile, terms): _fold(tile, terms) for tile in TILES for terms in range(1, tile // 2)}


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


def _store_to_plane(asm: Any, address: Any, vector: Any) -> None:
    """Store what will be multiplied, and ask for the line two vectors on, where a tile that follows will be."""
    asm.prefetch(address + AHEAD * asm.vector_bytes, writing=True)
    asm.store(address, vector)


def _to_planes(asm: Any, target: Any, plane: Any, tile: int) -> Any:
    """Stores a tile's products-to-be, one in each plane."""
    return lambda i, j, vector: _store_to_plane(asm, target + plane * (tile * i + j), vector)


def _from_planes(asm: Any, source: Any, plane: Any, tile: int) -> Any:
    return lambda i, j: asm.load(source + plane * (tile * i + j))


def _columns(tile: int) -> Any:
    def transform(asm: Any, source: Any, row: Any, target: Any, columns: Any) -> None:
        def step(i: Any, _: Any) -> list[Any]:
            at = i * asm.vector_bytes
            pixels = [asm.load(source + at + row * k) for k in range(tile)]
            for k, vector in enumerate(by_rows(asm, winograd_matrices.inputs(tile), pixels)):
                asm.store(target + at + row * k, vector)
            return []

        asm.repeat(columns, [], step)

    return routine(transform)


def _input(tile: int) -> Any:
    def transform(asm: Any, source: Any, row: Any, target: Any, plane: Any) -> None:
        def step(i: Any, _: Any) -> list[Any]:
            pixels = [asm.load(source + row * i + k * asm.vector_bytes) for k in range(tile)]
            for k, vector in enumerate(by_rows(asm, winograd_matrices.inputs(tile), pixels)):
                _store_to_plane(asm, target + plane * (i * tile + k), vector)
            return []

        asm.repeat(tile, [], step)

    return routine(transform)


def _filter(side: int, taps: int) -> Any:
    tile = side + taps - 1

    def transform(asm: Any, source: Any, step: Any, target: Any, plane: Any) -> None:
        def tap(i: int, j: int) -> Any:
            return asm.load(source + step * (taps * i + j))

        _transformed(asm, by_rows, winograd_matrices.filters(tile, taps), tap, _to_planes(asm, target, plane, tile))

    return routine(transform)


def _output(side: int, taps: int) -> Any:
    tile = side + taps - 1

    def transform(asm: Any, source: Any, plane: Any, target: Any, row: Any, flag: Any) -> None:
        outputs = []

        def store(i: int, j: int, vector: Any) -> None:
            outputs.append(vector)
            asm.store(target + row * i + j * asm.vector_bytes, vector)

        matrix = transposed(winograd_matrices.outputs(tile, side))
        _transformed(asm, by_columns, matrix, _from_planes(asm, source, plane, tile), store)
        _flag_infinite(asm, flag, outputs)

    return routine(transform)


def _flag_infinite(asm: Any, flag: Any, vectors: list[Any]) -> None:
    """Make the vector at `flag` NaN where one of the vectors, or their sum, is not finite. Adds by pairs, for speed."""
    while len(vectors) > 1:
        pairs = zip(vectors[::2], vectors[1::2], strict=False)
        vectors = [a + b for a, b in pairs] + vectors[len(vectors) // 2 * 2 :]
    asm.store(flag, asm.multiply_add(vectors[0], asm.constant(0), asm.load(flag)))


def _grad_output(side: int, taps: int) -> Any:
    tile = side + taps - 1

    def transform(asm: Any, source: Any, row: Any, target: Any, plane: Any) -> None:
        matrix = winograd_matrices.outputs(tile, side)
        _transformed(asm, by_rows, matrix, _pixels(asm, source, row), _to_planes(asm, target, plane, tile))

    return routine(transform)


def _grad_input(tile: int) -> Any:
    matrix = transposed(winograd_matrices.inputs(tile))

    def transform(asm: Any, source: Any, plane: Any, halves: Any, target: Any, row: Any, flag: Any) -> None:
        line = tile * asm.vector_bytes

        def column(j: Any, _: Any) -> list[Any]:
            products = [asm.load(source + plane * (j + tile * i)) for i in range(tile)]
            for i, vector in enumerate(by_columns(asm, matrix, products)):
                asm.store(halves + j * asm.vector_bytes + line * i, vector)
            return []

        def row_of_pixels(i: Any, _: Any) -> list[Any]:
            half = [asm.load(halves + line * i + j * asm.vector_bytes) for j in range(tile)]
            pixels = [target + row * i + j * asm.vector_bytes for j in range(tile)]
            sums = [asm.load(at) + pixel for at, pixel in zip(pixels, by_columns(asm, matrix, half), strict=True)]
            for at, total in zip(pixels, sums, strict=True):
                asm.store(at, total)
            _flag_infinite(asm, flag, sums)
            return []

        asm.repeat(tile, [], column)
        asm.repeat(tile, [], row_of_pixels)

    return routine(transform)


def _grad_filter(side: int, taps: int) -> Any:
    tile = side + taps - 1

    def transform(asm: Any, source: Any, plane: Any, target: Any, flag: Any) -> None:
        results = []

        def store(i: int, j: int, vector: Any) -> None:
            results.append(vector)
            asm.store(target + (taps * i + j) * asm.vector_bytes, vector)

        matrix = transposed(winograd_matrices.filters(tile, taps))
        _transformed(asm, by_columns, matrix, _from_planes(asm, source, plane, tile), store)
        _flag_infinite(asm, flag, results)

    return routine(transform)


# By inputs of a tile. B^T inputs: columns of pixels, in as many rows, to as many.
transform_columns = {tile: _columns(tile) for tile in TILES}

# (B^T inputs) B: the rows of a square of what `transform_columns` gives to the planes of the products.
transform_input = {tile: _input(tile) for tile in TILES}

# By outputs and taps of a tile. G filter G^T: taps, `step` apart (it may be negative), to the planes.
transform_filter = {form: _filter(*form) for form in FORMS}

# A^T products A: the planes to pixels. The vector at `flag` becomes NaN where one is not finite.
transform_output = {form: _output(*form) for form in FORMS}

# A gradients A^T: pixels of a gradOutput to the planes.
transform_grad_output = {form: _grad_output(*form) for form in FORMS}

# By inputs of a tile. B products B^T: the planes, by way of a square of vectors, are added to pixels. The vector at
# `flag` becomes NaN where one is not finite.
transform_grad_input = {tile: _grad_input(tile) for tile in TILES}

# G^T products G: the planes to taps, one vector after another.
transform_grad_filter = {form: _grad_filter(*form) for form in FORMS}


def _register_tiles(rows: int, vectors: int) -> list[tuple[range, range]]:
    """Rows and vectors of the tiles, alike and as large as registers allow, that rows times vectors are cut into.

    12 x 4 are twice 6 x 4, which load 10 times for 24 multiplications; 12 x 2 load 14 times.
    """
    wide = vectors if host.VECTOR_REGISTERS == 32 else min(vectors, PAIR)
    count = -(-rows // ((host.VECTOR_REGISTERS - 1 - wide) // wide))
    bounds = [rows * i // count for i in range(count + 1)]
    heights = [range(first, last) for first, last in zip(bounds, bounds[1:], strict=False)]
    return [(height, range(j, j + wide)) for j in range(0, vectors, wide) for height in heights]


def _multiply(vectors: int, of_tiles: bool) -> Any:
    def multiply(
        asm: Any,
        a: Any,
        next_a: Any,
        later_a: Any,
        b: Any,
        next_b: Any,
        later_b: Any,
        next_pair: Any,
        target: Any,
        next_target: Any,
        wanted: Any,
        depth: Any,
        blocks: Any,
        more: Any,
        far: Any,
    ) -> None:
        item, size = asm.item_bytes, asm.vector_bytes
        (rows, row), (steps, step_a) = (ROWS, size), (asm.lanes, item)
        if of_tiles:
            (rows, row), (steps, step_a) = (steps, step_a), (rows, row)

        def place(base: Any, next_one: Any, j: int) -> Any:
            return base + next_one * (j // PAIR) + j % PAIR * size

        def multiply_tile(high: range, wide: range, fetch_a: bool, fetch_b: bool) -> None:
            targets = [place(target + r * PAIR * size, next_target, j) for r in high for j in wide]

            def fetch_targets() -> None:
                for address in targets:
                    asm.prefetch(address, writing=True)

            asm.either(far, fetch_targets, lambda: None)

            def step_block(number: Any, sums: list[Any]) -> list[Any]:
                here_a, here_b = number * next_a, number * next_b

                def step(i: Any, sums: list[Any]) -> list[Any]:
                    if fetch_a:
                        asm.prefetch(later_a + here_a + i * size)
                    if fetch_b:
                        asm.prefetch(later_b + here_b + i * size)
                    vectors = [asm.load(place(b + here_b + i * (PAIR * size), next_pair, j)) for j in wide]
                    return outer(asm, [a + here_a + i * step_a + r * row for r in high], vectors, sums)

                return list(asm.repeat(asm.minimum(depth - number * steps, steps), sums, step))

            count = asm.select(asm.reaches(wanted, high.start + 1), blocks, asm.integer(0))
            _store_sums(asm, targets, asm.repeat(count, [asm.constant(0)] * len(targets), step_block), more)

        tiles = _register_tiles(rows, vectors)
        for number, tile in enumerate(tiles):
            multiply_tile(*tile, number == 0, number == len(tiles) - 1)

    return routine(multiply)


# target[r] = the sum over k of a[r, k] b[k], for rows r of two vectors, of the first of two, or of twice two,
# `next_pair` and `next_target` apart; added to it where `more` is not 0. Rows beyond the first `wanted` may be left
# out. There are `depth` k, in blocks, the next of which is `next_a` and `next_b` further on. What is at `later_a`,
# `later_b` is multiplied later. Where the target is `far` its lines are asked for before.

# Rows are ROWS tiles. A block of k, `lanes` channels, is a vector for each row of a, and two for each channel of b.
multiply_half, multiply, multiply_twice = (_multiply(vectors, False) for vectors in (1, PAIR, 2 * PAIR))

# Rows are `lanes` channels. A block of k, ROWS tiles, is a vector for each tile of a, and two for each of b.
multiply_tiles, multiply_tiles_twice = (_multiply(vectors, True) for vectors in (PAIR, 2 * PAIR))


def _store_sums(asm: Any, addresses: list[Any], sums: list[Any], more: Any) -> None:
    def set_sums() -> None:
        for address, total in zip(addresses, sums, strict=True):
            asm.store(address, total)

    def add_sums() -> None:
        for address, total in zip(addresses, sums, strict=True):
            asm.store(address, asm.load(address) + total)

    asm.either(more, add_sums, set_sums)
