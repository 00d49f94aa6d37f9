"""What programs of compiled calls are told of workers for many elements; see `actions/launching.py`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from torchnn.kernels import extremes, factors, folding, fused, gathering, memory, reductions, thin
from torchnn.kernels import products as shapes
from torchnn.kernels.host import VECTOR_BYTES
from torchnn.torch import parallel
from torchnn.torch import reductions as sizes
from torchnn.torch.native.actions import along, launching, products, selection, totals
from torchnn.torch.native.actions import reductions as compiled
from torchnn.torch.native.callables import kept
from torchnn.torch.tapes import Tape
from torchnn.torch.types import ElementType

# What compiled code writes for workers is what these read.
assert tuple(compiled.EXTREMA.fields) == extremes.JOB[np.float32].names
assert tuple(selection.TAKEN.fields) == memory.TAKING[np.float32].names
assert tuple(selection.GATHERED.fields) == gathering.JOB[np.float32].names
assert tuple(products.DOTS.fields) == thin.JOB[np.float32].names
assert tuple(along.FOLDED.fields) == folding.JOB[np.float32].names


# A tape whose results are added up, and the types of its operands and results: x is that of the elements, # a number.
Totalled = tuple[Tape, str]


def totals_of(tapes: Sequence[Totalled], element: ElementType) -> int:
    """Where it is written down how sums are made of tapes of many elements; 0 where they are not made so."""
    if not element.floating or not tapes:
        return 0
    char, adder = element.dtype.char, fused.adder.cell(np.float64).ctypes.data
    most = min(launching.TOO_MANY_ELEMENTS, totals.MOST_BLOCKS * fused.BLOCK)
    words: list[int] = []
    for tape, kinds in tapes:
        cell = tape.cell(kinds.replace("x", char), True).ctypes.data
        words += cell, adder, tape.result, fused.BLOCK, parallel.SMALLEST, most
    return kept(np.array(words, np.int64))


def extreme_of(largest: bool, element: ElementType) -> int:
    """Where it is written down how the largest or smallest of many elements is found."""
    cell, item = extremes.cell(element.dtype.char, largest).ctypes.data, element.dtype.itemsize
    part = extremes.part_of(item)
    most = min(launching.TOO_MANY_ELEMENTS, compiled.MOST_PARTS * part)
    return kept(np.array([cell, part, sizes.least_of_parts(item), most], np.int64))


def fold_of(element: ElementType, product: bool = False) -> int:
    """Where it is written down how sums or products of many elements along a dimension are made; 0 for no way."""
    dtype = element.dtype
    if product and not element.floating:
        return 0
    sums = reductions.row_sums(dtype), reductions.column_sums(dtype)
    workers = (factors.rows, reductions.column_factors) if product else sums
    cells = [worker.cell(fused.known_type(dtype.char)).ctypes.data for worker in workers]
    fewest = 0 if element.floating else sizes.FEWEST_TASKS
    least = parallel.SMALLEST if element.floating else sizes.SMALLEST_INTEGERS
    shares = folding.PART, reductions.columns_of_task(dtype.itemsize), fewest
    return kept(np.array([*cells, *shares, least, launching.TOO_MANY_ELEMENTS], np.int64))


def rows(element: ElementType) -> int:
    """Where it is written down how rows are taken by index."""
    cell, most = memory.take_block.cell(np.float32).ctypes.data, memory.COPY_PAST_CACHES
    alone = parallel.SMALLEST * element.dtype.itemsize  # from where on Python has the worker made
    return kept(np.array([cell, VECTOR_BYTES, memory.BLOCK, most, alone], np.int64))


def gathered(element: ElementType) -> int:
    """Where it is written down how many elements are gathered along the last dimension."""
    cell = gathering.WORKERS[element.dtype.itemsize].cell(np.float32).ctypes.data
    return kept(np.array([cell, gathering.BLOCK, parallel.SMALLEST, launching.TOO_MANY_ELEMENTS], np.int64))


def vectors_of(element: ElementType) -> int:
    """Where it is written down how matrices of many elements are multiplied by a vector; 0 where that is not done."""
    if not element.floating:
        return 0
    dtype = element.dtype
    one = int.from_bytes(np.ones(1, dtype).tobytes(), "little")
    head = thin.dots_of.cell(dtype.type).ctypes.data, one, thin.DOT_TASKS, thin.DOTS, thin.LONGEST
    return kept(np.array([*head, shapes.PARALLEL_FEW, launching.TOO_MANY_ELEMENTS], np.int64))
