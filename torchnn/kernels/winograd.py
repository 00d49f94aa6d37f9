"""Winograd convolution of planes with square filters and stride 1.

A tile of 6 x 6 inputs gives 4 x 4 outputs (3 x 3 taps), 3 x 3 (4 x 4) or 2 x 2 (5 x 5) by 36 multiplications for each
pair of planes instead of 144 or 100, one of 8 x 8 gives 5 x 5 (4 x 4) or 4 x 4 (5 x 5) by 64 instead of 400
(`winograd_matrices` says who takes which). Inputs and filters are transformed to 36 planes each, what was a convolution
becomes 36 products of matrices, tiles x channels times channels x outputs, and their transform is the output. Backward
is the same with the filters turned round and channels and outputs exchanged, or where that takes fewer tiles its
transpose, `winograd_transposed`; the gradient of the weight is in `winograd_gradient`.

A larger filter is a sum of pieces of 3 x 3 to 5 x 5 taps, shifted, with zeros beyond its end. Each piece meets inputs
of its own, so the pieces only add to the channels over which a product sums up: 9 x 9 taps take 20 multiplications for
an output instead of 81. Then channels and outputs fill whole vectors. Transposed, each has products of its own.

Layouts, with L lanes of a vector: inputs [tiles / 12][channels / L][36][12][L], filters [outputs / 2L][channels / L]
[36][L][2L], products [outputs / 2L][tiles / 12][36][12][2L]. The 36, or 64, planes of a unit are near one another, so
that a tile's transform meets few pages of memory, and an odd number of cache lines apart, as powers of two would meet
in the same places of the caches.

Work is split in one of two ways. With many tiles, all filters are transformed once; a task is a block of rows of tiles,
which stays in the second-level cache from input to output. With few tiles, all inputs are transformed once; a task is a
block of outputs, whose filters are transformed in chunks that stay in the second-level cache: then the transformed
filters, four times the size of the weight, never reach the memory. No result depends on how the work is split.

A number that is not finite would spread over its tile: where a transformed output is not finite, what it belongs to is
computed by `direct`, whose results are Torch7's.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import (
    direct,
    jit,
    launch,
    recording,
    scratch,
    winograd_matrices,
    winograd_transposed,
)
from torchnn.kernels.convolution import Window
from torchnn.kernels.winograd_filters import transform_filters
from torchnn.kernels.winograd_gradient import grad_weight as grad_weight
from torchnn.kernels.winograd_pixels import (
    INPUT_PLANE,
    PRODUCT_PLANE,
    SHORTENED,
    VECTOR,
    Groups,
    Rows,
    input_unit,
    needed,
    place,
    plane_bytes,
    product_unit,
    shortened,
    tiling,
    transform_rows,
)
from torchnn.kernels.winograd_transforms import (
    PAIR,
    ROWS,
    clear,
    multiply,
    multiply_half,
    multiply_twice,
    scatter,
    transform_output,
)

# Tiles of a task where there are many, which then stay in the second-level cache; more where the filters do not, so
# that they are read less often. Figures are in README.md.
BLOCK_TILES, MORE_TILES = 72, 96
SMALL_WEIGHT = 128 * 128

# Channels at a time. Few tiles: 36 x 64 x 4 vectors of filters are 0.6 MB; more where adding to the products costs
# more. Many: with more channels, inputs are transformed chunk by chunk, as they would not stay in a cache, and the
# products of all outputs are added up; else two blocks of outputs after another are finished.
FEW_CHUNK, CHUNK, CHUNK_TILES = 64, 128, 128

# Products of so many bytes do not stay in a second-level cache beside all else: to ask for their lines before they are
# written takes 0.95 to 0.98 of the time, for fewer 1.01 to 1.05.
FAR = 1 << 20

PREPARE, COMPUTE = range(2)

JOB = jit.job(
    stage=np.intp,
    few=np.intp,
    chunk=np.intp,  # channels at a time
    step=np.intp,  # blocks of outputs at a time
    source=np.intp,  # planes, N x channels x height x width
    channels=np.intp,
    depth=np.intp,  # channels times pieces
    height=np.intp,
    width=np.intp,
    pad_y=np.intp,
    pad_x=np.intp,
    target=np.intp,  # N x outputs x out_height x out_width
    outputs=np.intp,
    output_blocks=np.intp,  # times pieces, if these have products of their own
    multiplied=np.intp,  # outputs of all blocks
    out_height=np.intp,
    out_width=np.intp,
    bias=np.intp,
    weight=np.intp,
    next_output=np.intp,  # bytes from one output's filters to the next
    next_channel=np.intp,
    kernel=np.intp,  # taps along each dimension
    pieces=np.intp,
    output_pieces=np.intp,  # for which there are products of their own
    taps=np.intp,  # of a piece
    shift=np.intp,  # from the pixels of a piece to those of the next
    turned=np.intp,
    transposed=np.intp,  # tiles are of gradOutput, not of the target
    item=np.intp,
    side=np.intp,  # outputs of a tile along each dimension
    tile=np.intp,  # inputs
    tile_rows=np.intp,  # of a sample
    tile_columns=np.intp,
    **SHORTENED,
    rows=np.intp,  # of all samples
    together=np.intp,  # rows that a task cannot do without one another
    blocks=np.intp,
    tile_blocks=np.intp,  # that there is memory for
    plane_groups=np.intp,  # of channels
    groups=np.intp,  # times pieces, that there is memory for
    filters=np.intp,
    filter_bytes=np.intp,  # of a thread
    next_filters=np.intp,  # from one block of outputs to the next
    filter_plane=np.intp,
    filter_unit=np.intp,
    inputs=np.intp,
    input_bytes=np.intp,
    products=np.intp,
    product_bytes=np.intp,
    far=np.intp,  # whether products leave the second-level cache
    pixels=np.intp,
    pixel_bytes=np.intp,  # of a thread
    flags=np.intp,  # a vector for each task
)
PLACES = jit.places(JOB[np.float64])  # and of np.float32: all fields are words


def _transform_inputs(job: Any, some: Rows, rows: Rows, groups: Groups, pixels: int, inputs: int) -> None:
    """Transform some rows of tiles of some groups; zeros fill the last block."""
    if job.transposed:
        winograd_transposed.transform_grad_outputs(job, some, rows, groups, pixels, inputs)
    else:
        transform_rows(job, job.source, some, rows, groups, pixels, inputs)
    tile = (rows[1] - rows[0]) * job.tile_columns
    rest = tile % ROWS
    if rest > 0 and some[1] == rows[1]:
        for group in range(groups[1] - groups[0]):
            unit = inputs + (tile // ROWS * job.groups + group) * input_unit(job.tile)
            for plane in range(job.tile * job.tile):
                clear(unit + plane * INPUT_PLANE + rest * VECTOR, ROWS - rest)


def _multiply(
    job: Any, inputs: int, rows: Rows, first: int, channels: int, filters: int, outputs: int, products: int
) -> None:
    """The products of some channels of the inputs with the filters of some outputs."""
    lanes = VECTOR // job.item
    blocks, halved = (outputs + PAIR * lanes - 1) // (PAIR * lanes), (outputs - 1) // lanes % PAIR == 0
    groups, units = (channels + lanes - 1) // lanes, ((rows[1] - rows[0]) * job.tile_columns + ROWS - 1) // ROWS
    next_unit, next_product = job.groups * input_unit(job.tile), job.tile_blocks * product_unit(job.tile)
    for part in range(job.tile * job.tile * ((blocks + 1) // PAIR)):
        plane, block = part // ((blocks + 1) // PAIR), part % ((blocks + 1) // PAIR) * PAIR
        first_end, begin, end = needed(job, plane, rows)
        b = filters + block * job.next_filters + plane * job.filter_plane
        for i in range(units):
            a = inputs + i * next_unit + plane * INPUT_PLANE
            to = products + block * next_product + i * product_unit(job.tile) + plane * PRODUCT_PLANE
            # Fetch the next tiles meanwhile, and the next plane of the filters, a part with each of the first tiles.
            later_a, later_b = a + next_unit if i + 1 < units else inputs + (plane + 1) * INPUT_PLANE, b
            if i < PAIR * PAIR:
                later_b += job.filter_plane + i % PAIR * lanes * VECTOR + i // PAIR * job.next_filters
            where = a, input_unit(job.tile), later_a, b, job.filter_unit, later_b, job.next_filters, to, next_product
            whole = i < first_end or (begin <= i and i < end)
            if whole and block + 1 < blocks:
                multiply_twice(*where, ROWS, channels, groups, first, job.far)
            elif whole and halved:
                multiply_half(*where, ROWS, channels, groups, first, job.far)
            elif whole:
                multiply(*where, ROWS, channels, groups, first, job.far)
            elif first == 0:
                for half in range(min(PAIR, blocks - block)):
                    clear(to + half * next_product, ROWS * PAIR)


def _transform_outputs(job: Any, rows: Rows, block: int, blocks: int, products: int, pixels: int, flag: int) -> None:
    """Transform the products of rows of tiles and some blocks of outputs, and write the planes of the target."""
    lanes = VECTOR // job.item
    plane = job.out_height * job.out_width * job.item
    across = job.tile_columns * job.side * VECTOR
    for group in range(min(blocks * PAIR, (job.outputs + lanes - 1) // lanes - block * PAIR)):
        output = block * PAIR * lanes + group * lanes
        unit = products + group // PAIR * job.tile_blocks * product_unit(job.tile) + group % PAIR * VECTOR
        for row in range(rows[0], rows[1]):
            for x in range(job.tile_columns):
                tile = place(job, row, x, rows)
                source = unit + tile // ROWS * product_unit(job.tile) + tile % ROWS * PAIR * VECTOR
                to = pixels + x * job.side * VECTOR
                transform_output[job.side, job.taps](source, PRODUCT_PLANE, to, across, flag)
            sample = row // job.tile_rows
            top = (row - sample * job.tile_rows) * job.side
            to = job.target + (sample * job.outputs + output) * plane + top * job.out_width * job.item
            for y in range(min(job.side, job.out_height - top)):
                for x in range(0, job.out_width, lanes):
                    source, bias = pixels + y * across + x * VECTOR, job.bias + output * job.item
                    inside = min(lanes, job.out_width - x)
                    address = to + (y * job.out_width + x) * job.item
                    scatter(source, bias, job.outputs - output, inside, address, plane)


@jit.worker(JOB)
def _work(job: Any, task: int, thread: int) -> None:
    pixels = job.pixels + thread * job.pixel_bytes
    inputs = job.inputs + thread * job.input_bytes
    products = job.products + thread * job.product_bytes
    units = job.rows // job.together
    some = units * task // job.blocks * job.together, units * (task + 1) // job.blocks * job.together
    rows = (0, job.rows) if job.few else some  # those that lie together
    first_block, last_block = task, task + 1
    if job.stage == COMPUTE:
        first_block, last_block = 0, job.output_blocks
        if job.few:
            first_block, last_block = task * job.step, min(last_block, (task + 1) * job.step)
    lanes = VECTOR // job.item
    for block in range(first_block, last_block, job.step):
        blocks = min(job.step, last_block - block)
        for c in range(0, job.depth, job.chunk):
            channels = min(job.chunk, job.depth - c)
            groups = c // lanes, (c + channels + lanes - 1) // lanes
            filters = job.filters + thread * job.filter_bytes
            # What is transformed once is there for all groups, the other for those of the chunk.
            here = inputs
            if job.few:
                here += groups[0] * input_unit(job.tile)
            else:
                filters += block * job.next_filters + groups[0] * job.filter_unit
            if (job.stage == PREPARE) != (job.few != 0):
                for number in range(blocks):
                    transform_filters(job, block + number, c, channels, pixels, filters + number * job.next_filters)
            elif job.few or block == 0:
                _transform_inputs(job, some, rows, groups, pixels, here)
            if job.stage == COMPUTE:
                outputs = min(job.multiplied - block * PAIR * lanes, blocks * PAIR * lanes)
                _multiply(job, here, rows, c, channels, filters, outputs, products)
        where = rows, block, blocks, products, pixels, job.flags + task * VECTOR
        if job.stage == COMPUTE and job.transposed:
            winograd_transposed.add_pixels(job, *where)
        elif job.stage == COMPUTE:
            _transform_outputs(job, *where)


def forward(
    planes: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, output: np.ndarray, window: Window
) -> None:
    """Fill output (N x O x oH x oW) with the convolution of planes (N x C x H x W)."""
    if convolve(planes, weight, bias, output, tuple(window[2]), False):
        recording.complete("convolution")
    else:
        direct.forward(planes, weight, bias, output, window)


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, planes: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x H x W) with the gradient that grad_output (N x O x oH x oW) gives them, plus a bias.

    With a bias they are the output of a full convolution.
    """
    kernel, _, pad, _ = window
    turned_pad = tuple(k - 1 - p for k, p in zip(kernel, pad, strict=True))
    if convolve(grad_output, weight, bias, planes, turned_pad, True):
        recording.complete("convolution")
    else:
        direct.grad_input(grad_output, weight, bias, planes, window)


class _Plan(NamedTuple):
    """What depends on the sizes only: a job without addresses, as words; both stages' tasks; bytes of memory."""

    job: np.ndarray
    known: dict[str, int]
    tasks: tuple[int, int]
    memory: dict[str, int]
    biases: int


@functools.lru_cache(256)
def _plan(
    source: tuple[int, ...],
    target: tuple[int, ...],
    kernel: int,
    pad: tuple[int, int],
    turned: bool,
    precise: bool,
    element: str,
    threads: int,
) -> _Plan:
    samples, channels, height, width = source
    _, outputs, out_height, out_width = target
    item = np.dtype(element).itemsize
    cut = winograd_matrices.cut(kernel, precise)
    (pieces, taps, side), tile = cut, cut.tile
    cropped = kernel - 1 - pad[0], kernel - 1 - pad[1]
    transposed = turned and winograd_transposed.gains(source[2:], target[2:], cropped, cut)
    tiled = source[2:] if transposed else target[2:]
    output_pieces = pieces * pieces if transposed else 1
    lanes, depth = VECTOR // item, pieces * pieces // output_pieces * channels
    (tile_rows, reach_y), (tile_columns, reach_x) = (tiling(n, side, tile) for n in tiled)
    if output_pieces > 1:
        reach_y = reach_x = tile  # what is beyond a short tile would have to be told from the next piece's pixels
    rows, groups = samples * tile_rows, -(-depth // lanes)
    output_blocks = output_pieces * -(-outputs // (PAIR * lanes))
    few = rows * tile_columns <= outputs  # then the transformed filters are more than the inputs
    at_once = BLOCK_TILES if depth * outputs <= SMALL_WEIGHT else MORE_TILES
    blocks = -(-rows * tile_columns // at_once)
    together = tile_rows if transposed else 1
    blocks = min(rows // together, -(-blocks // threads) * threads)  # equally many for each thread
    tile_blocks = -(-(rows if few else -(-rows // together // blocks) * together) * tile_columns // ROWS)
    filter_plane = plane_bytes(PAIR * lanes)
    unit = tile * tile * filter_plane
    many_sums = rows * tile_columns > CHUNK_TILES
    parts = -(-depth // (FEW_CHUNK * (1 + many_sums) if few else CHUNK))
    chunk = -(-groups // parts) * lanes
    step = PAIR if parts == 1 or few else output_blocks
    if few and -(-output_blocks // PAIR) % threads > 0:
        step = 1  # then no thread has less to do than others
    step = -(-step // output_pieces) * output_pieces
    input_groups = groups if few else chunk // lanes
    next_filters = unit * (chunk // lanes if few else groups)
    filter_bytes = next_filters * (step if few else output_blocks)
    input_bytes = input_unit(tile) * input_groups * tile_blocks
    product_bytes = product_unit(tile) * tile_blocks * step
    overlap = pieces * taps - 1
    pixel_bytes = (2 * (side + overlap) * (tile_columns * side + overlap + 1) + 2 * lanes) * VECTOR
    if transposed:
        pad, turned = cropped, False
    before = kernel - taps if turned else 0  # the filter's last piece meets the first pixels, and may begin before them
    fields = {
        "few": few,
        "chunk": chunk,
        "step": step,
        "channels": channels,
        "depth": depth,
        "height": height,
        "width": width,
        "pad_y": pad[0] - before,
        "pad_x": pad[1] - before,
        "outputs": outputs,
        "output_blocks": output_blocks,
        "multiplied": outputs if output_pieces == 1 else output_blocks * PAIR * lanes,
        "out_height": out_height,
        "out_width": out_width,
        "kernel": kernel,
        "pieces": pieces,
        "output_pieces": output_pieces,
        "taps": taps,
        "item": item,
        "shift": -taps if turned else taps,
        "turned": turned,
        "transposed": transposed,
        "side": side,
        "tile": tile,
        "plane_groups": -(-channels // lanes),
        "groups": input_groups,
        "tile_rows": tile_rows,
        "tile_columns": tile_columns,
        "tile_blocks": tile_blocks,
        "rows": rows,
        "together": together,
        "blocks": blocks,
        "filter_bytes": filter_bytes if few else 0,
        "next_filters": next_filters,
        "filter_plane": filter_plane,
        "filter_unit": unit,
        "input_bytes": 0 if few else input_bytes,
        "product_bytes": product_bytes,
        "far": product_bytes > FAR,
        "pixel_bytes": pixel_bytes,
        **shortened(tile, reach_y, reach_x),
    }
    memory = {
        "filters": filter_bytes * (threads if few else 1),
        "inputs": input_bytes * (1 if few else threads),
        "products": product_bytes * threads,
        "pixels": pixel_bytes * threads,
    }
    job = jit.words(PLACES, fields)
    known = {"taps": taps, "side": side, "tile": tile, "transposed": int(transposed)}
    tasks = (blocks, -(-output_blocks // step)) if few else (output_blocks, blocks)
    return _Plan(job, known, tasks, memory, output_blocks // output_pieces * PAIR * lanes)


def convolve(
    source: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    target: np.ndarray,
    pad: tuple[int, ...],
    turned: bool,
) -> bool:
    """Fill target with the convolution of source, and tell whether all of it is finite.

    A gradient, that is with filters turned round and without a bias, may lose more digits than an output does (see
    `winograd_matrices`).
    """
    element, kernel = source.dtype.type, weight.shape[-1]
    threads = launch.threads_for(target.size * source.shape[1] * kernel**2)
    precise = element == np.float32 and not (turned and bias is None)
    plan = _plan(source.shape, target.shape, kernel, pad, turned, precise, source.dtype.char, threads)
    flags = recording.zeros((max(plan.tasks), VECTOR // source.itemsize), element)
    biases = recording.kept(np.zeros(plan.biases, element))
    if bias is not None:
        recording.fill(biases[: len(bias)], bias)
    fields = {"next_output": weight.strides[turned], "next_channel": weight.strides[not turned]}
    for name, array in (("source", source), ("weight", weight), ("target", target), ("bias", biases), ("flags", flags)):
        fields[name] = launch.address(array)
    for name, size in plan.memory.items():
        fields[name] = scratch.reserve(f"winograd.{name}", size)[1]
    job, code = jit.words(PLACES, fields, plan.job), _work.address(element, **plan.known)
    for stage, tasks in enumerate(plan.tasks):
        job[PLACES["stage"]] = stage
        launch.run(code, job, tasks, threads > 1, apart=True)
    return recording.finite(flags)
