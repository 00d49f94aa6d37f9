"""Operations element by element on rows that lie apart, or are repeated to the sizes of the result, on all threads."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.torch.tapes import ITSELF, Choice, Operation, Tape, tape_of

# Rows of fewer elements than this are left to numpy: there are other things to do for each row than to compute.
SHORTEST_ROW = 16

# The type of an array, its sizes and its strides.
Layout = tuple[str, tuple[int, ...], tuple[int, ...]]

# How an operand goes with rows: its kind, and what `kernels.repeated` says of its place in a row.
Pattern = tuple[str, int, int, int]


def play(operation: Operation, operands: Sequence[Any], out: np.ndarray) -> bool:
    """Compute a ufunc or a tape of arrays that numpy broadcasts to `out`, and of numbers; whether that was possible.

    It is where all operands have one type, the result has that too, or holds truth values or what is converted, and all
    go with rows of the result that are long enough, each with their elements, or those of a matrix the other way round,
    or with one number. No two elements of the result may be one in memory.
    """
    tape = tape_of(operation.of(out.dtype) if isinstance(operation, Choice) else operation)
    if tape is None:
        return False
    if any([isinstance(a, np.ndarray) and _overlaps(a, out) for a in operands]):
        return False
    registers = [*operands, out]
    layouts = [(a.dtype.char, a.shape, a.strides) if isinstance(a, np.ndarray) else None for a in registers]
    loop = _loop(tape, tuple(layouts))
    if loop is not None:
        loop.run([*registers, *[0 if value is None else value for value in tape.constants]])
    return loop is not None


def _overlaps(a: np.ndarray, out: np.ndarray) -> bool:
    """Whether writing the result may change an operand elsewhere than where it is read."""
    if a is out or not np.may_share_memory(a, out):
        return False
    return a.shape != out.shape or a.strides != out.strides or a.ctypes.data != out.ctypes.data


@functools.lru_cache(1024)
def _loop(tape: Tape, layouts: tuple[Layout | None, ...]) -> Any:
    """The loop of `kernels.repeated` for the tape's operands and its result, whose rows are the longest possible."""
    arrays = [layout for layout in layouts if layout is not None]
    (kind, _, _), (written, size, _) = arrays[0], arrays[-1]
    can_be_written = written in (kind, kernels.fused.TRUTH) or (tape is ITSELF and written in kernels.fused.KINDS)
    if tape.wide or kind not in kernels.fused.KINDS or not can_be_written:
        return None
    if any(layout[0] != kind for layout in arrays[:-1]):
        return None
    for split in range(len(size)):
        width = math.prod(size[split:])
        if width < SHORTEST_ROW:
            break
        found = [("#", 0, 1, 1) if layout is None else _pattern(size, split, layout) for layout in layouts]
        *_, last = found
        if all(found) and last is not None and last[0] == "v":
            found += [("t" if value is None else "#", 0, 1, 1) for value in tape.constants]
            kinds = "".join(pattern[0] for pattern in found)
            steps = tuple((ufunc, tuple(inputs), output) for ufunc, inputs, output in tape.steps)
            worker = kernels.repeated.worker(steps, kinds, kind, written)
            if worker is None:
                return None
            places = [pattern[1:] for pattern in found]
            loop = kernels.repeated.Loop(worker, kind, kinds, places, math.prod(size[:split]), width)
            if written == kind:
                tape.cell_by_rows(kinds[: len(layouts)], kind)[0] = loop.address
            return loop
    return None


def _pattern(size: tuple[int, ...], split: int, layout: Layout) -> Pattern | None:
    """How an array goes with rows of the dimensions from `split` on: elements, side by side or not, or a number."""
    kind, shape, strides = layout
    item = np.dtype(kind).itemsize
    missing = len(size) - len(shape)
    steps = [0] * missing + [0 if n == 1 else step for n, step in zip(shape, strides, strict=True)]
    inner = [(n, step) for n, step in zip(size[split:], steps[split:], strict=True) if n > 1]
    outer = [(n, step) for n, step in zip(size[:split], steps[:split], strict=True) if n > 1]
    if all(step == 0 for _, step in inner):
        kind = "n"
    elif inner[-1][1] == item and merge(inner):
        kind = "v"
    elif _is_turned(inner, outer, item):
        return "x", inner[-1][1], 1, 1
    else:
        return None
    after = 1
    while outer and outer[-1][1] == 0:
        after *= outer.pop()[0]
    while outer and outer[0][1] == 0:
        outer.pop(0)
    if not outer:
        return kind, 0, 1, 1
    return (kind, outer[-1][1], after, math.prod(n for n, _ in outer)) if merge(outer) else None


def _is_turned(inner: Sequence[tuple[int, int]], outer: Sequence[tuple[int, int]], item: int) -> bool:
    """Whether dimensions are those of a matrix whose columns are contiguous, and rows not too long to be turned."""
    width = math.prod(n for n, _ in inner)
    able = width * item <= kernels.repeated.WIDEST and inner[-1][1] > 0
    return able and bool(outer) and outer[-1][1] == item and merge(outer) and merge(inner)


def merge(dimensions: Sequence[tuple[int, int]]) -> bool:
    """Whether dimensions (sizes and strides) are one, with the stride of the last."""
    pairs = zip(dimensions, dimensions[1:], strict=False)
    return all(step == n * inside for (_, step), (n, inside) in pairs)
