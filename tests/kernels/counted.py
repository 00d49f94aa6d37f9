"""A worker that notes who does which task, for tests of threads, also in processes of their own."""

import numpy as np

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import INT32, microkernel

JOB = jit.job(times=np.intp, threads=np.intp, microseconds=np.intp)


@microkernel
def _add(asm, place, number):
    asm.store_item(place, (asm.load_integer(place) + number).value)


@microkernel
def _sleep(asm, microseconds):
    function = asm.function("usleep", INT32, [INT32])
    asm.builder.call(function, [asm.builder.trunc(microseconds.value, INT32)])


@jit.worker(JOB)
def _note(job, task, thread):
    _add(job.times + 8 * task, 1)
    _add(job.threads + 8 * task, thread)
    if job.microseconds > 0:
        _sleep(job.microseconds)


def by(kernel, *first):
    """What `launched` runs to launch with one of the kernels of `launch`, whose first arguments are known."""
    return lambda worker, job, tasks, apart: kernel(*first, worker, launch.address(job), tasks, apart)


def launched(tasks, apart=False, microseconds=0, run=launch.run):
    """Launch tasks, each of which sleeps for a while; which thread did each. All must be done once."""
    times, threads = np.zeros(tasks, np.int64), np.zeros(tasks, np.int64)
    job = np.array([launch.address(times), launch.address(threads), microseconds])
    run(_note.address(np.float32), job, tasks, apart=apart)
    assert (times == 1).all(), times
    return threads
