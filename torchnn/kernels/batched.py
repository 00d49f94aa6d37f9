"""Convolution with samples side by side in vectors: the passes and their plans; `batched_tiles` tells the idea."""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import direct, host, launch, scratch
from torchnn.kernels.batched_tiles import (
    CALL,
    HEIGHTS,
    JOB,
    SHAPES,
    START,
    STRIP,
    accumulate,
    multiply,
    prepare,
    prepare_both,
    turn,
)
from torchnn.kernels.convolution import Ints, Window
from torchnn.kernels.implicit_plans import evenly, odd, put, up, words

# Bytes of planes that are laid out at a time, which the second-level cache holds.
PART_BYTES = 3 << 19

# What of the first-level cache the planes of a tile of the gradient of the weight may take.
CHUNK_BYTES = 10 << 10

# What of the second-level cache its sums may take, and how many tasks there should be.
SUMS_BYTES, TASKS = 1 << 18, 32


class Plan(NamedTuple):
    """What does not depend on the values.

    Records; arrays that they point to; what a worker knows; how many tasks there are to prepare and to compute, with
    how many multiplications in all; where parts of the scratch begin, and its bytes.
    """

    records: np.ndarray
    arrays: list[np.ndarray]
    known: dict[str, int]
    parts: int
    tasks: int
    work: int
    places: list[int]
    size: int


def forward(
    planes: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, output: np.ndarray, window: Window
) -> None:
    """Fill output (N x O x ...) with the convolution of planes (N x C x ...)."""
    # Torch7 multiplies the padding too: zeros times infinity are NaN. The sum of squares may overflow as well; then
    # `direct` only takes longer.
    if any(window[2]) and not math.isfinite(np.vdot(weight, weight)):
        direct.forward(planes, weight, bias, output, window)
        return
    for part in _parts(planes):
        _multiply(False, planes[part], weight, bias, output[part], window)


def grad_input(
    grad_output: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, planes: np.ndarray, window: Window
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x O x ...) gives them, plus a bias if given."""
    for part in _parts(grad_output):
        _multiply(True, grad_output[part], weight, bias, planes[part], window)


def grad_weight(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> None:
    """Add scale times the gradient of the weight; as `direct` does where it is not finite."""
    for part in _parts(planes, grad_output):
        if not _accumulate(planes[part], grad_output[part], gradient, scale, window):
            direct.grad_weight(planes[part], grad_output[part], gradient, scale, window)


def _parts(*arrays: np.ndarray) -> list[slice]:
    """Samples whose grids stay in the second-level cache, or those of the longest tile."""
    return _slices(len(arrays[0]), sum(array.nbytes for array in arrays), arrays[0].itemsize)


@functools.lru_cache(256)
def _slices(samples: int, size: int, item: int) -> list[slice]:
    unit = max(HEIGHTS) * host.lanes(item)
    most = max(1, PART_BYTES * samples // (size * unit)) * unit
    return [slice(first, first + most) for first in range(0, samples, most)]


def _multiply(
    back: bool, source: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, target: np.ndarray, window: Window
) -> None:
    """Fill target with the products of source and weight: the convolution, or backwards."""
    element: Any = source.dtype.type
    plan = _product_plan(source.shape, target.shape, window, element, back, launch.threads())
    memory, job = scratch.reserve("batched", plan.size)[1], plan.records.copy()
    grid, packed, buffer = (memory + place for place in plan.places)
    rows = weight.strides[1::-1] if back else weight.strides[:2]
    added = launch.address(plan.arrays[0] if bias is None else bias)
    what = launch.address(target), buffer, 0, 0, 0, launch.address(weight), *rows, added, packed
    CALL.pack_into(job, START, launch.address(source), grid, *what)
    parallel = plan.work > launch.SERIAL_WORK
    launch.run(prepare.address(element), job, plan.parts, parallel)
    launch.run(multiply.address(element, **plan.known), job, plan.tasks, parallel, apart=True)


def _accumulate(
    planes: np.ndarray, grad_output: np.ndarray, gradient: np.ndarray, scale: float, window: Window
) -> bool:
    """Add scale times the gradient of the weight where it is finite, and say whether it is."""
    element: Any = planes.dtype.type
    plan = _gradient_plan(planes.shape, grad_output.shape, window, element, launch.threads())
    memory, jobs = scratch.reserve("batched", plan.size)[1], plan.records.copy()
    left, right, totals, sums = (memory + place for place in plan.places)
    factor, flags = np.array([scale], element), np.zeros(plan.tasks, element)
    what = launch.address(gradient), sums, totals, launch.address(factor), launch.address(flags), *(0,) * 5
    for job, source, grid in zip(jobs, (grad_output, planes), (left, right), strict=True):
        CALL.pack_into(job, START, launch.address(source), grid, *what)
    parallel = plan.work > launch.SERIAL_WORK
    launch.run(prepare_both.address(element), jobs, plan.parts, parallel)
    launch.run(accumulate.address(element, **plan.known), jobs, plan.tasks, parallel)
    finite = not np.isnan(flags.sum())
    if finite:
        launch.run(turn.address(element), jobs, len(gradient), parallel)
    return finite


def filling(samples: int, outputs: int, item: int) -> float:
    """How much of its tiles a convolution of so many samples and outputs fills."""
    high, vectors = _tile(samples, outputs, item)
    return samples * outputs / (up(samples, vectors * host.lanes(item)) * up(outputs, high))


def filling_of_vectors(samples: int, item: int) -> float:
    """How much of its vectors the gradient of the weight fills."""
    return samples / up(samples, _vectors(samples, item) * host.lanes(item))


def _tile(samples: int, outputs: int, item: int) -> tuple[int, int]:
    """The outputs and vectors of the tiles that take the least time."""

    def cycles(tile: tuple[int, int]) -> int:
        high, vectors = tile
        return -(-outputs // high) * -(-samples // (vectors * host.lanes(item))) * (high * vectors + 4)

    return min(((high, vectors) for vectors, heights in HEIGHTS.items() for high in heights), key=cycles)


def _vectors(samples: int, item: int) -> int:
    """The vectors of samples of the gradient of the weight; a pair of more vectors takes less time for each."""
    return min(HEIGHTS, key=lambda vectors: -(-samples // (vectors * host.lanes(item))) * (vectors + 0.3))


def meetings(plane: Ints, positions: Ints, window: Window) -> int:
    """How many positions and taps meet a pixel."""
    axes = zip(plane, positions, *window, strict=True)
    return math.prod(int(np.count_nonzero(_along(*axis)[1])) for axis in axes)


def _along(size: int, count: int, kernel: int, stride: int, pad: int, dilation: int) -> tuple[np.ndarray, np.ndarray]:
    """Along a dimension, where each tap is at each position, and whether a pixel is there."""
    pixel = np.arange(count)[:, None] * stride + np.arange(kernel) * dilation - pad
    return pixel, (pixel >= 0) & (pixel < size)


@functools.lru_cache(64)
def _met(plane: Ints, positions: Ints, window: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All positions, taps and pixels that meet, counted from 0, in the order of positions and then of taps."""
    pixel, exists = np.zeros((1, 1), np.intp), np.ones((1, 1), bool)
    for size, count, *axis in zip(plane, positions, *window, strict=True):
        (along, inside), shape = _along(size, count, *axis), (len(pixel) * count, -1)
        pixel = (pixel[:, None, :, None] * size + along[:, None]).reshape(shape)
        exists = (exists[:, None, :, None] & inside[:, None]).reshape(shape)
    position, tap = np.nonzero(exists)
    return position, tap, pixel[position, tap]


def _lists(owners: np.ndarray, count: int, *offsets: np.ndarray) -> list[np.ndarray]:
    """For each of `count` owners where its pairs of offsets are, and how many; and the pairs, with one more behind."""
    order = np.argsort(owners, kind="stable")
    pairs = np.pad(np.stack(offsets, 1)[order], ((0, 1), (0, 0)), "edge")
    counts = np.bincount(owners, minlength=count)
    begins = pairs.ctypes.data + (np.cumsum(counts) - counts) * pairs.strides[0]
    return [np.stack([begins, counts], 1), pairs]


def _set_grid(record: np.ndarray, planes: Ints, width: int, unit: int) -> int:
    """Write what a record says of the grid of planes, with channels in such units; gives the bytes of all."""
    item, size, room = int(record["item"]), math.prod(planes[2:]), up(planes[1], unit)
    pixel, blocks = odd(room * width, item) * item, -(-planes[0] // width)
    put(record, samples=planes[0], width=width, vectors=width // host.lanes(item), blocks=blocks)
    put(record, channels=planes[1], room=room, size=size, strips=-(-size // STRIP), pixel=pixel, block=size * pixel)
    return blocks * size * pixel


def _plan(job: np.ndarray, sizes: list[int], **fields: Any) -> Plan:
    """A plan, for whose scratch there are parts of such sizes."""
    starts = list(itertools.accumulate((up(size, scratch.ALIGNMENT) for size in sizes), initial=0))
    return Plan(words(job)[0], places=starts[:-1], size=starts[-1], **fields)


@functools.lru_cache(256)
def _product_plan(source: Ints, target: Ints, window: Window, element: Any, back: bool, threads: int) -> Plan:
    """The plan of `forward`, or of `grad_input`; scratch is for the grid, the packed weight, and buffers."""
    job, item = np.zeros(1, JOB[element]), np.dtype(element).itemsize
    (samples, channels), outputs, pixels, lanes = source[:2], target[1], math.prod(target[2:]), host.lanes(item)
    put(job, item=item, lanes=lanes)
    high, vectors = _tile(samples, outputs, item)
    grid = _set_grid(job[0], source, vectors * lanes, 1)
    blocks, panels, groups = int(job["blocks"][0]), -(-outputs // high), -(-pixels // lanes)
    small, large = (source, target) if back else (target, source)
    position, tap, pixel = _met(large[2:], small[2:], window)
    owners, others = (pixel, position) if back else (position, pixel)
    lists, pairs = _lists(owners, pixels, others * job["pixel"], tap * (channels * high * item))
    taps, buffer = math.prod(window[0]), lanes * high * vectors * lanes * item
    panel = up(taps * channels * high, lanes) * item
    put(job, lists=lists.ctypes.data, taps=taps, panel=panel, panels=panels, high=high, outputs=outputs)
    put(job, target_size=pixels, groups=groups, buffer_bytes=buffer)
    return _plan(
        job,
        [grid, panels * panel, threads * buffer],
        arrays=[np.zeros(outputs, element), lists, pairs],
        known={"high": high, "vectors": vectors},
        parts=panels + blocks * int(job["strips"][0]),
        tasks=blocks * panels * groups,
        work=len(tap) * channels * outputs * samples,
    )


@functools.lru_cache(256)
def _gradient_plan(planes: Ints, output: Ints, window: Window, element: Any, threads: int) -> Plan:
    """The plan of `grad_weight`: a record of the gradient and its grid, one of the planes; then totals, and sums."""
    job, item = np.zeros(2, JOB[element]), np.dtype(element).itemsize
    (samples, channels), outputs, taps, lanes = planes[:2], output[1], math.prod(window[0]), host.lanes(item)
    put(job, item=item, lanes=lanes)

    def cost(shape: tuple[int, int]) -> int:
        return -(-outputs // shape[0]) * -(-channels // shape[1]) * (math.prod(shape) + 3)

    rows, columns = min(SHAPES, key=cost)
    down, across = -(-outputs // rows), -(-channels // columns)
    vectors = _vectors(samples, item)
    sides = zip(job, (output, planes), (rows, columns), strict=True)
    grids = [_set_grid(record, sizes, vectors * lanes, unit) for record, sizes, unit in sides]
    position, tap, pixel = _met(planes[2:], output[2:], window)
    lists, pairs = _lists(tap, taps, position * job["pixel"][0], pixel * job["pixel"][1])
    most, totals = int(lists[:, 1].max()), up(down * rows * columns, lanes) * item
    chunk = evenly(most, max(1, CHUNK_BYTES // (columns * vectors * lanes * item)))
    put(job, lists=lists.ctypes.data, taps=taps, rows=rows, columns=columns, down=down, across=across, most=most)
    together = evenly(across, max(1, min(SUMS_BYTES // (totals * lanes), across * taps // TASKS)))
    put(job, chunk=chunk, together=together, buffer_bytes=together * totals * lanes, totals_bytes=totals)
    return _plan(
        job,
        [*grids, across * taps * totals + host.VECTOR_BYTES, threads * together * totals * lanes],
        arrays=[lists, pairs],
        known={"rows": rows, "columns": columns, "vectors": vectors},
        parts=int(job["blocks"][0] * job["strips"].sum()),
        tasks=-(-across // together) * taps,
        work=len(tap) * channels * outputs * samples,
    )
