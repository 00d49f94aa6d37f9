"""Sums of the maps of a batch over samples and positions: the gradient of a convolution's bias.

A map is a task, and all of its rows are added up into the same vectors, in double. As they lie far apart, the lines of
the next sample are asked for while those of one are added up.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import Assembler, Integer, microkernel

# Vectors that a map is added up in, since an addition takes four cycles.
SUMS = 4

# The factor, a double, lies behind the record.
JOB = jit.job(x=np.intp, target=np.intp, samples=np.intp, maps=np.intp, size=np.intp, item=np.intp)
CALL = struct.Struct(jit.packing(JOB[np.float64]).format + "d")


@microkernel
def _add(
    asm: Assembler, x: Integer, step: Integer, samples: Integer, count: Integer, target: Integer, factor: Integer
) -> None:
    """target += factor * the sum of `count` elements at x, x + step, ..., of all samples."""
    wide = Assembler(asm.builder, 8)
    own = Assembler(asm.builder, asm.item_bytes, wide.lanes)
    group = SUMS * wide.lanes
    whole = asm.quotient(count, group)
    left = count - whole * group

    def row(n: Integer, sums: list[Any]) -> list[Any]:
        begin = x + n * step

        def add(i: Integer, sums: list[Any]) -> list[Any]:
            places = [begin + (i * SUMS + k) * own.vector_bytes for k in range(SUMS)]
            for at in places:
                asm.prefetch(at + step, near=True)
            return [total + wide.widened(own.load(at)) for total, at in zip(sums, places, strict=True)]

        sums, end = asm.repeat(whole, sums, add), begin + whole * (SUMS * own.vector_bytes)
        ends = [(end + k * own.vector_bytes, left - k * wide.lanes) for k in range(SUMS)]
        return [total + wide.widened(own.load_part(*end)) for total, end in zip(sums, ends, strict=True)]

    first, *others = asm.repeat(samples, [wide.constant(0)] * SUMS, row)
    total = wide.everywhere(lambda a, b: a + b, sum(others, first))
    before = wide.widened(own.load_part(target, 1))
    own.store_part(target, own.rounded(before + wide.broadcast(factor) * total), 1)


@jit.worker(JOB, exact=True)
def _work(job: Any, task: int, thread: int) -> None:
    size = job.size * job.item
    _add(job.x + task * size, job.maps * size, job.samples, job.size, job.target + task * job.item, job[1])


def add_sums(x: np.ndarray, target: np.ndarray, factor: float) -> None:
    """Add to each of target, C numbers, the sum of its maps of x, N x C x P, times a factor; both are contiguous."""
    samples, maps, size = x.shape
    job = CALL.pack(launch.address(x), launch.address(target), samples, maps, size, x.itemsize, factor)
    launch.run(_work.address(x.dtype.type), job, maps, x.size >= jit.SERIAL_BELOW, True)
