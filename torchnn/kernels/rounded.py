"""Random floats of distributions, on vectors, to the last bit what the C library makes of them.

Torch7 computes them in double, with functions of the C library that take 5 to 40 ns, and rounds. Here vectors compute
a double to within a bound. Where all numbers so near to it are the same float, that is the one, whatever the last
digits of the double are (Ziv 1991). Blocks in which a number is in doubt, two of a thousand, the caller computes anew.
10^6 normal floats take 4.4 ms, where doubles take 24.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from llvmlite import ir

from torchnn.kernels import formulas, jit, launch, scratch, trigonometry
from torchnn.kernels.assembler import INT32, Assembler, Integer, Vector, microkernel
from torchnn.kernels.vectors import every

# Numbers of a task, all of which are computed anew if one of them is in doubt.
BLOCK = 1024

# How far a double may be off, relative to the numbers that it is the sum of: formulas and C libraries stay below a
# quarter of this.
ERROR = 2.0**-47

# Added to this, it tells zeros of unknown sign: no float is as small.
LEAST = 2.0**-1000

# Integers of C end here.
INTEGERS = 2.0**31

# Behind the record there are the two parameters of a distribution.
JOB = jit.job(units=np.intp, out=np.intp, doubtful=np.intp)
RECORD = struct.Struct("@3n2d")

# What a distribution makes of two vectors of uniform numbers and its parameters: two vectors, each with the sizes that
# their errors are relative to.
Drawing = Callable[[Assembler, Vector, Vector, Vector, Vector], Iterator[tuple[Vector, Vector]]]


def _unchanged(asm: Assembler, x: Vector) -> Vector:
    return x


def _worker(name: str, draw: Drawing, finish: Callable[[Assembler, Vector], Vector] = _unchanged) -> jit.Worker:
    """A worker that fills a block with floats of a distribution, and says by a byte whether one is in doubt."""

    @microkernel
    def block(asm: Assembler, units: Integer, out: Integer, doubtful: Integer, parameters: Integer) -> None:
        both, half = Assembler(asm.builder, 4), Assembler(asm.builder, 4, asm.lanes)
        integers = ir.VectorType(INT32, asm.lanes)
        a, b = (asm.broadcast(parameters + 8 * i) for i in range(2))

        def step(i: Integer, sure: list[Any]) -> list[Any]:
            at = units + i * (2 * asm.vector_bytes)
            left, right = asm.load(at), asm.load(at + asm.vector_bytes)
            first, second = (asm.shuffle(left, right, range(start, 2 * asm.lanes, 2)) for start in range(2))
            found: list[Vector] = []
            for value, size in draw(asm, first, second, a, b):
                error = asm.multiply_add(size, asm.constant(ERROR), asm.constant(LEAST))
                low, high = (half.rounded(finish(asm, end)) for end in (value - error, value + error))
                bits = [asm.builder.bitcast(end.value, integers) for end in (low, high)]
                sure = [sure[0] * every(asm, asm.builder.icmp_unsigned("==", *bits))]
                found.append(low)
            in_turn = [k for lane in range(asm.lanes) for k in (lane, asm.lanes + lane)]
            both.store(out + i * both.vector_bytes, half.shuffle(found[0], found[1], in_turn))
            return sure

        (sure,) = asm.repeat(BLOCK // both.lanes, [asm.integer(1)], step)
        asm.store_item(doubtful, asm.builder.trunc(asm.equal(sure, 0).value, ir.IntType(8)))

    def work(job: Any, task: int, thread: int) -> None:
        block(job.units + task * (BLOCK * 8), job.out + task * (BLOCK * 4), job.doubtful + task, job[1])

    # By its name compiled code is found again.
    work.__qualname__ = work.__name__ = name
    return jit.worker(JOB, exact=True)(work)


def _log(asm: Assembler, unit: Vector) -> Vector:
    return formulas.log(asm, asm.constant(1) - unit)


def _normal(asm: Assembler, u: Vector, v: Vector, mean: Vector, stdv: Vector) -> Iterator[tuple[Vector, Vector]]:
    radius = formulas.sqrt(asm, asm.constant(-2) * _log(asm, v))
    angle = asm.constant(2 * math.pi) * u
    size = asm.multiply_add(radius, stdv, asm.intrinsic("fabs", mean))
    for wave in trigonometry.cosine, trigonometry.sine:
        yield radius * wave(asm, angle) * stdv + mean, size


def _log_normal(asm: Assembler, u: Vector, v: Vector, mean: Vector, stdv: Vector) -> Iterator[tuple[Vector, Vector]]:
    for value, size in _normal(asm, u, v, mean, stdv):
        found = formulas.exp(asm, value)
        yield found, found * (size + asm.constant(1))


def _exponential(asm: Assembler, u: Vector, v: Vector, rate: Vector, _: Vector) -> Iterator[tuple[Vector, Vector]]:
    for unit in u, v:
        value = asm.constant(-1) / rate * _log(asm, unit)
        yield value, asm.intrinsic("fabs", value)


def _cauchy(asm: Assembler, u: Vector, v: Vector, median: Vector, sigma: Vector) -> Iterator[tuple[Vector, Vector]]:
    for unit in u, v:
        angle = asm.constant(math.pi) * (unit - asm.constant(0.5))
        cosine = trigonometry.cosine(asm, angle)
        far = sigma * (trigonometry.sine(asm, angle) / cosine)
        doubt = asm.constant(1) + asm.constant(1) / asm.intrinsic("fabs", cosine)
        yield median + far, asm.intrinsic("fabs", median) + asm.intrinsic("fabs", far) * doubt


def _geometric(asm: Assembler, u: Vector, v: Vector, p: Vector, _: Vector) -> Iterator[tuple[Vector, Vector]]:
    whole = formulas.log(asm, p)
    for unit in u, v:
        trials = _log(asm, unit) / whole
        yield trials, asm.where_larger(trials, asm.constant(INTEGERS - 2), asm.constant(math.inf), trials)


NORMAL = _worker("normal", _normal)
LOG_NORMAL = _worker("log_normal", _log_normal)
EXPONENTIAL = _worker("exponential", _exponential)
CAUCHY = _worker("cauchy", _cauchy)
GEOMETRIC = _worker("geometric", _geometric, lambda asm, trials: asm.intrinsic("floor", trials) + asm.constant(1))


def fill(distribution: jit.Worker, units: np.ndarray, a: float, b: float, out: np.ndarray) -> Iterator[slice]:
    """Fill floats, whole blocks of them, from as many uniform numbers; the parts that are to be computed anew."""
    tasks = out.size // BLOCK
    doubtful = scratch.take("rounded", tasks, np.bool_)
    job = RECORD.pack(*[launch.address(array) for array in (units, out, doubtful)], a, b)
    launch.run(distribution.address(np.float64), job, tasks, out.size >= jit.SERIAL_BELOW, apart=True)
    for block in np.flatnonzero(doubtful).tolist():
        yield slice(block * BLOCK, (block + 1) * BLOCK)
