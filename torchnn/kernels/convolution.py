"""Convolution of planes, N x C x (T x H x) W: the one place where its algorithm is chosen.

    output[n, o] = bias[o] + sum over c of input[n, c] correlated with weight[o, c]

All ranks come here. `window` is (kernel, stride, padding, dilation), each a tuple over the dimensions of a plane. A
full (transposed) convolution runs these backwards: its forward is `grad_input`, its gradInput `forward`.

An algorithm is a file of kernels with three functions, called with contiguous arrays, the weight as O x C x kernel:

    forward(planes, weight, bias, output, window)               fills output; bias is an array or None
    grad_input(grad_output, weight, bias, planes, window)       fills planes; bias is added to them, or None
    grad_weight(planes, grad_output, gradient, scale, window)   adds scale times the gradient of the weight

`TABLE` says what each of them is able to do and where it is the fastest. `direct` can do everything; it unfolds the
planes into `columns`, as Torch7 does. A caller that keeps these columns gives them, and so asks for `direct`.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from torchnn import kernels
from torchnn.kernels.silence import silently

Ints: TypeAlias = Sequence[int]
Window: TypeAlias = tuple[Ints, Ints, Ints, Ints]

# Elements of a gradient below which numpy sums it up, and no kernel is loaded; at 16,384 that takes 0.35 of the time.
FEW_TO_SUM = 1 << 12

# Rows of positions up to which the implicit product fills its tiles less well than others do theirs.
SHORT_ROW = 8

FLOAT_BYTES = 4

FORWARD, GRAD_INPUT, GRAD_WEIGHT = "forward", "grad_input", "grad_weight"


class Sizes(NamedTuple):
    """What an algorithm is chosen by. Planes are the input's, positions the size of an output plane."""

    samples: int
    channels: int
    outputs: int
    plane: Ints
    positions: Ints
    kernel: Ints
    stride: Ints
    pad: Ints
    dilation: Ints
    item_bytes: int


class Algorithm(NamedTuple):
    """A row of the table: a file of kernels, the sizes it is able to do, and the passes it is the fastest for."""

    name: str
    able: Callable[[Sizes], bool]
    gains: Callable[[Sizes, str], bool]


def _always(*_: Any) -> bool:
    return True


def _squares(sizes: Sizes) -> bool:
    """Square filters whose taps lie side by side, one step apart: of 3 to 5 taps, of 6 to 12 where planes are many."""
    steps, (taps, *others) = {*sizes.stride, *sizes.dilation}, sizes.kernel
    if others != [taps] or steps != {1}:
        return False
    return 3 <= taps <= 5 or (6 <= taps <= 12 and sizes.channels % 16 == sizes.outputs % 16 == 0)


def _winograd_cut(sizes: Sizes, task: str) -> Any:
    """How Winograd cuts a filter; that a full convolution's output is cut otherwise changes nothing here."""
    return kernels.winograd_matrices.cut(sizes.kernel[0], task == FORWARD and sizes.item_bytes == FLOAT_BYTES)


def _winograd_multiplies(sizes: Sizes, task: str) -> tuple[int, int]:
    """How many tiles a sample has, and how many multiplications two planes of it take."""
    cut, outputs = _winograd_cut(sizes, task), sizes.positions
    if task == GRAD_INPUT and not kernels.winograd_transposed.gains(outputs, sizes.plane, sizes.pad, cut):
        outputs = sizes.plane
    return math.prod(-(-n // cut.side) for n in outputs), cut.multiplications(outputs)


# How many multiplications take as long as to transform an element of the inputs or outputs, and of the filters.
TRANSFORM, TRANSFORM_FILTER = 26, 85


def _winograd_work(sizes: Sizes, task: str) -> float:
    """About what a sample takes with all transforms, as a number of multiplications."""
    into, out = (sizes.outputs, sizes.channels) if task == GRAD_INPUT else (sizes.channels, sizes.outputs)
    vector = kernels.host.lanes(sizes.item_bytes)
    wide = -(-out // (2 * vector)) * 2 * vector
    _, left = _winograd_multiplies(sizes, task)
    cut = _winograd_cut(sizes, task)
    filters = TRANSFORM_FILTER * into * out * (cut.pieces * cut.tile) ** 2 / sizes.samples
    return float(left * (into * wide + TRANSFORM * (-(-into // vector) * vector + wide)) + filters)


def _winograd_gains(sizes: Sizes, task: str) -> bool:
    """Enough planes, tiles and multiplications to make up for the transforms.

    Of the time of the fastest other algorithm it takes 1.3 with 16 to 16 planes of 32 x 32, 0.8 to 1.0 with 16 to 32,
    0.7 to 0.9 with 32 to 32 (of 4 x 4, 32 samples), 0.4 with 512 to 512. Filters are transformed for few tiles: 2 of
    256 planes take 1.4, 4 as long (those of the gradient, 2: 0.7, 1: 0.7 to 1.1).

    Filters cut into pieces gain nothing with 16 tiles, nor with few where they save less than a third of the
    multiplications.
    """
    multiplications = sizes.channels * sizes.outputs * sizes.samples * math.prod(sizes.positions)
    of_sample, left = _winograd_multiplies(sizes, task)
    tiles = sizes.samples * of_sample
    if _winograd_cut(sizes, task).pieces > 1:
        if tiles < 24 or math.prod((*sizes.positions, *sizes.kernel)) < left * (1.5 if tiles < 256 else 1):
            return False
    planes_enough = min(sizes.channels, sizes.outputs) >= 16 and sizes.channels * sizes.outputs >= 16 * 32
    tiles_enough = tiles >= (2 if task == GRAD_WEIGHT else 4)
    return planes_enough and tiles_enough and multiplications * sizes.item_bytes >= 1 << 21


def _phased(sizes: Sizes) -> bool:
    """Square filters, equal steps: those whose phases see 3 to 5 taps along each dimension."""
    (taps, *others), (stride, *strides) = sizes.kernel, sizes.stride
    if others != [taps] or strides != [stride] or {*sizes.dilation} != {1} or min(sizes.pad) < 0:
        return False
    return stride > 1 and 3 <= math.ceil(taps / stride) <= 5


def _phases_gain(sizes: Sizes, task: str) -> bool:
    """Enough phases, outputs and tiles to make up for copies and transforms.

    They take 0.4 to 0.7 of the time of others (11 x 11 taps, stride 4, 3 planes: 0.6 forward, 0.4 and 0.9 backward;
    5 x 5, stride 2, 64 planes of 56 x 56: 0.7), but 1.1 to 1.3 with 12 phases, or 128 tiles. Where a phase sees 4 taps
    or 5, they gain with 12 phases already (7 x 7, stride 2, 3 planes of 224 x 224: 0.84 forward, 0.74 and 0.72
    backward), and their gradients with 200 tiles (0.6 to 0.9).
    """
    phases, seen = sizes.channels * math.prod(sizes.stride), math.ceil(sizes.kernel[0] / sizes.stride[0])
    side, many = kernels.winograd_matrices.TILES[0] + 1 - seen, seen > 3
    tiles = sizes.samples * math.prod(-(-n // side) for n in sizes.positions)
    least = {FORWARD: 256, GRAD_INPUT: 192 if many else 256, GRAD_WEIGHT: 192 if many else 512}[task]
    return phases >= (12 if many else 32) and sizes.outputs >= 32 and tiles >= least


def _volumes(sizes: Sizes) -> bool:
    """Filters over frames, which are squares of 3 to 5 taps, side by side and one step apart."""
    if len(sizes.kernel) != 3 or {*sizes.stride, *sizes.dilation} != {1}:
        return False
    return sizes.kernel[1] == sizes.kernel[2] and 3 <= sizes.kernel[1] <= 5


def _volumes_gain(sizes: Sizes, task: str) -> bool:
    """Planes enough to make up for copies of frames, and frames that are planes enough for Winograd.

    They take 0.6 of the time of others with 32 to 64 planes of 8 x 28 x 28, 0.85 with 16 to 32, 1.15 with 32 to 16.
    """
    into, out = (sizes.outputs, sizes.channels) if task == GRAD_INPUT else (sizes.channels, sizes.outputs)
    frames = sizes._replace(
        samples=sizes.samples * sizes.positions[0],
        channels=sizes.channels * sizes.kernel[0],
        plane=sizes.plane[1:],
        positions=sizes.positions[1:],
        pad=sizes.pad[1:],
        kernel=sizes.kernel[1:],
    )
    return into >= 16 and out >= 32 and _winograd_gains(frames, task)


def _implicit_gains(sizes: Sizes, task: str) -> bool:
    """Planes of some size: on 7 x 7 positions unfolding takes 0.8 of the time, on 14 x 14 1.1, on 28 x 28 1.4.

    Of small planes also few (16 to 32 planes of 4 x 4: 1.25). From 0.3 million multiplications on (1 to 20 planes of
    28 x 28, a sample: 1.2 to 1.8), but not to give a gradient to one plane (0.6). Not the gradients of many large
    kernels: 7 x 7 taps take 0.7, and that of the input too, where it is much larger than the output (9 x 9 of 32 x 32:
    0.65).
    """
    positions, taps = math.prod(sizes.positions), math.prod(sizes.kernel)
    pairs = sizes.channels * sizes.outputs
    if taps >= 49 and pairs >= 64 * 64:
        around = math.prod(sizes.plane) / (positions * math.prod(sizes.stride))
        if task == GRAD_WEIGHT or (task == GRAD_INPUT and around >= 1.4):
            return False
    least = 1 << (20 if task == GRAD_INPUT and sizes.channels < 4 else 18)
    return (positions >= 100 or pairs <= 1024) and pairs * sizes.samples * positions * taps >= least


def _broadcast_gains(sizes: Sizes, task: str) -> bool:
    """Outputs that fill vectors, and positions that fill tiles.

    It takes 0.7 to 1.0 of the time of the implicit product then (11 x 11 taps, stride 4: 0.85; 1 x 1: 0.8 to 0.95;
    3 x 3, stride 2: 0.8 to 1.0; 7 x 7 of 16 x 16: 0.7). The gradient of the input has to mirror the weight first. That
    of the weight needs rows of taps that tiles can be made of, and not too many, as each task has sums of its own: 0.65
    (3 x 3 of 224 x 224, or of 4 x 4) to 0.9.
    """
    if not _implicit_gains(sizes, task):
        return False
    taps, outputs, positions, item = math.prod(sizes.kernel), sizes.outputs, sizes.positions, sizes.item_bytes
    if task == GRAD_WEIGHT:
        few = taps * sizes.channels * outputs <= 1 << 18
        return few and bool(kernels.broadcast.filling_of_taps(outputs, sizes.kernel[-1], item) >= 0.7)
    least = 0.65 if positions[-1] > SHORT_ROW else 0.4
    if task == GRAD_INPUT:
        if max(sizes.stride) > 1 or (taps > 1 and sizes.samples * math.prod(positions) < 1 << 12):
            return False
        outputs, positions, least = sizes.channels, sizes.plane, 0.8
    window: Window = sizes.kernel, sizes.stride, sizes.pad, sizes.dilation
    return bool(kernels.broadcast.filling(sizes.samples, outputs, positions, item, window) >= least)


def _folds(sizes: Sizes) -> bool:
    """Rows and planes whose windows are one step apart."""
    return len(sizes.kernel) <= 2 and {*sizes.stride} == {1} and min(sizes.pad) >= 0


def _folded_gains(sizes: Sizes, task: str) -> bool:
    """The gradient of few small planes, which are larger than the output, under large windows.

    Of the time of the fastest other algorithm it takes 0.6 under 5 x 5 taps with 1 to 20 planes of 28 x 28, 0.7 with
    6 to 16 of 14 x 14, 0.9 with 3 to 16 of 32 x 32; beside Winograd 1.9 with 20 to 50 of 12 x 12. Under 3 x 3 taps it
    takes 0.95 to 1.6. A sample is a task: there must be some.
    """
    taps, plane = math.prod(sizes.kernel), math.prod(sizes.plane)
    if task != GRAD_INPUT or sizes.samples < 8 or sizes.channels >= 32 or taps < 16:
        return False
    if _squares(sizes) and _winograd_gains(sizes, task):
        return False
    small = max(taps, sizes.outputs) * plane * sizes.item_bytes <= 1 << 19
    return small and plane >= 1.25 * math.prod(sizes.positions) and _implicit_gains(sizes, task)


def _meets(sizes: Sizes) -> bool:
    """Windows that see some element of the planes at each position."""
    axes = zip(sizes.plane, sizes.kernel, sizes.pad, sizes.dilation, strict=True)
    return all(pad <= (kernel - 1) * apart and apart <= size for size, kernel, pad, apart in axes)


def _batched_gains(sizes: Sizes, task: str) -> bool:
    """Small planes, or those that are larger than the output, and samples that fill vectors.

    Of the time of the fastest other algorithm it takes 0.75 for the gradient under 5 x 5 taps of 24 to 48 planes of 9 x
    9, 0.5 under 7 x 7 of 64 of 8 x 8, 0.5 to 0.8 with a stride of 2 and 7 x 7 positions or less, which are 1.25 in
    double, 1.2 with 8 x 8, but for one tap up to 2.1. Beside Winograd 0.3 to 1.0 where `_winograd_work` is more than
    what it multiplies itself, 1.0 to 2.1 where less.

    The gradient of the weight reads all planes for each tap, which takes up to three times as long.
    """
    taps, pairs, positions = math.prod(sizes.kernel), sizes.channels * sizes.outputs, math.prod(sizes.positions)
    if taps == 1 or max(positions, math.prod(sizes.plane)) > 256 or min(sizes.channels, sizes.outputs) < 4:
        return False
    if task == GRAD_WEIGHT:
        small = positions <= 64 and min(sizes.channels, sizes.outputs) >= 16 and pairs <= 1 << 10
        filled, least = kernels.batched.filling_of_vectors(sizes.samples, sizes.item_bytes), 0.9
    else:
        outputs = sizes.channels if task == GRAD_INPUT else sizes.outputs
        small = positions * sizes.item_bytes <= 200
        small |= task == GRAD_INPUT and math.prod(sizes.plane) >= 1.9 * positions
        filled, least = kernels.batched.filling(sizes.samples, outputs, sizes.item_bytes), 0.6
    if not small or filled < least or pairs * sizes.samples * positions * taps < 1 << 18:
        return False
    if not (_squares(sizes) and _winograd_gains(sizes, task)):
        return True
    window: Window = sizes.kernel, sizes.stride, sizes.pad, sizes.dilation
    met = kernels.batched.meetings(sizes.plane, sizes.positions, window)
    slower = 3 if task == GRAD_WEIGHT else 1
    return bool(slower * met * pairs / filled <= _winograd_work(sizes, task))


# The first row that is able and gains is taken.
TABLE = (
    Algorithm("batched", _meets, _batched_gains),
    Algorithm("folded", _folds, _folded_gains),
    Algorithm("winograd", _squares, _winograd_gains),
    Algorithm("phases", _phased, _phases_gain),
    Algorithm("volumes", _volumes, _volumes_gain),
    Algorithm("broadcast", _always, _broadcast_gains),
    Algorithm("implicit_gemm", _always, _implicit_gains),
    Algorithm("direct", _always, _always),
)

NAMES = ("auto", *(row.name for row in TABLE))

# "auto" goes by the table; the name of an algorithm means it wherever it is able, and the table elsewhere.
wanted = os.environ.get("TORCHNN_ALGORITHM", "auto")
if wanted not in NAMES:
    raise ValueError(f"TORCHNN_ALGORITHM should be one of {', '.join(NAMES)}, but is {wanted}")


def algorithm(task: str, planes: Ints, output: Ints, window: Window, item_bytes: int) -> str:
    """The name of the algorithm of a pass ("forward", "grad_input", "grad_weight") by the shapes of its arrays."""
    return _chosen(wanted, task, tuple(planes), tuple(output), window, item_bytes)


@functools.lru_cache(1024)
def _chosen(name: str, task: str, planes: Ints, output: Ints, window: Window, item_bytes: int) -> str:
    sizes = Sizes(planes[0], planes[1], output[1], planes[2:], output[2:], *window, item_bytes)
    able = [row for row in TABLE if row.able(sizes)]
    forced = [row.name for row in able if row.name == name]
    return (forced or [row.name for row in able if row.gains(sizes, task)])[0]


def _file(task: str, planes: np.ndarray, output: np.ndarray, window: Window) -> Any:
    return getattr(kernels, _chosen(wanted, task, planes.shape, output.shape, window, planes.itemsize))


def copies(planes: np.ndarray, output: np.ndarray, window: Window) -> bool:
    """Whether `forward` copies planes as it reads them, in less time than it takes to copy them before."""
    return _copies(wanted, planes.shape, output.shape, window, planes.itemsize)


@functools.lru_cache(1024)
def _copies(name: str, planes: Ints, output: Ints, window: Window, item_bytes: int) -> bool:
    chosen = _chosen(name, FORWARD, planes, output, window, item_bytes)
    return chosen == "broadcast" and bool(kernels.broadcast.copies(planes, window, item_bytes))


def sees_apart(window: Window) -> bool:
    """Whether each position sees one element of each plane, or row, and these lie apart."""
    kernel, stride, pad, _ = window
    return len(kernel) <= 2 and max(kernel) == 1 and max(stride) > 1 and not any(pad)


def at_once(window: Window) -> Window:
    """The window of filters of one tap that see all elements."""
    ones = (1,) * len(window[0])
    return ones, ones, (0,) * len(ones), ones


def forward(
    planes: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    output: np.ndarray,
    window: Window,
    columns: np.ndarray | None = None,
    copied: np.ndarray | None = None,
) -> None:
    """Fill output (N x O x ...) with the convolution of planes (N x C x ...), and columns with the unfolded planes.

    Where it `copies` planes, `copied` may be what is filled with them.
    """
    weight = np.ascontiguousarray(weight).reshape(output.shape[1], planes.shape[1], *window[0])
    if copied is not None:
        kernels.broadcast.forward(planes, weight, bias, output, window, copied)
    elif columns is None:
        _file(FORWARD, planes, output, window).forward(planes, weight, bias, output, window)
    else:
        kernels.direct.forward(planes, weight, bias, output, window, columns)


def grad_input(
    grad_output: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    planes: np.ndarray,
    window: Window,
    columns: np.ndarray | None = None,
) -> None:
    """Fill planes (N x C x ...) with the gradient that grad_output (N x O x ...) gives them, plus a bias if given.

    Columns are scratch.
    """
    weight = np.ascontiguousarray(weight).reshape(grad_output.shape[1], planes.shape[1], *window[0])
    if columns is None:
        _file(GRAD_INPUT, planes, grad_output, window).grad_input(grad_output, weight, bias, planes, window)
    else:
        kernels.direct.grad_input(grad_output, weight, bias, planes, window, columns)


def grad_weight(
    planes: np.ndarray,
    grad_output: np.ndarray,
    gradient: np.ndarray,
    scale: float,
    window: Window,
    columns: np.ndarray | None = None,
) -> None:
    """Add scale times the gradient of the weight; columns hold the unfolded planes, which then are not read."""
    filters = np.ascontiguousarray(gradient).reshape(grad_output.shape[1], planes.shape[1], *window[0])
    if columns is None:
        _file(GRAD_WEIGHT, planes, grad_output, window).grad_weight(planes, grad_output, filters, scale, window)
    else:
        kernels.direct.grad_weight(planes, grad_output, filters, scale, window, columns)
    if not gradient.flags.c_contiguous:
        gradient[...] = filters.reshape(gradient.shape)


def grad_bias(grad_output: np.ndarray, gradient: np.ndarray, scale: float) -> None:
    """Add scale times the gradient of the bias: grad_output (N x O x ...) summed over samples and positions."""
    maps = grad_output.reshape(*grad_output.shape[:2], -1)
    if maps.size < FEW_TO_SUM or not gradient.flags.c_contiguous:
        silently(_add_sums, maps, gradient, scale)
    else:
        kernels.maps.add_sums(np.ascontiguousarray(maps), gradient, scale)


def _add_sums(maps: np.ndarray, gradient: np.ndarray, scale: float) -> None:
    gradient += scale * maps.sum((0, 2), np.float64)
