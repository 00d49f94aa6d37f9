"""How workers are told of rows and columns of numbers of which one each is made."""

from __future__ import annotations

import numpy as np

from torchnn.kernels import fused, jit, launch

# Elements of a task, of one row or several; numbers of a longer row are added up part by part.
PART = 1 << 15

JOB = jit.job(
    x=np.intp,
    plane=np.intp,
    row=np.intp,
    y=np.intp,
    sums=np.intp,
    outer=np.intp,
    count=np.intp,
    inner=np.intp,
    high=np.intp,
    wide=np.intp,
    item=np.intp,
    sum_item=np.intp,
)
PACKING = jit.packing(JOB[np.float64])


def run(
    worker: jit.Worker, x: np.ndarray, row: int, tasks: int, y: int, out: np.ndarray, inner: int, high: int, wide: int
) -> None:
    """Run a worker for an array of outer x count x inner elements."""
    outer, count, _ = x.shape
    at, sums, item = launch.address(x), launch.address(out), x.itemsize
    job = PACKING.pack(at, x.strides[0], row, y, sums, outer, count, inner, high, wide, item, out.itemsize)
    launch.run(worker.address(fused.known_type(x.dtype.char)), job, tasks, x.size >= jit.SERIAL_BELOW, True)
