"""Quotients and remainders of integers, and limits, for which numpy's loops take long.

Processors divide integers one by one, floating-point numbers in vectors. Where these have as many digits as the
dividend, a quotient is not rounded up to a whole number n that it does not reach: n y is x + 1 at least, so that x / y
lies 1 / y below n, and numbers next to n lie closer. Truncated it is the quotient of the integers. Of 10^6 integers of
32 bits it takes 0.35 of numpy's time, of 64 bits a tenth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]

# What is wanted of a division: the quotient toward zero, what is left of x, or the remainder with the sign of y.
QUOTIENT, REST, REMAINDER = range(3)

# Elements of which quotients are kept in the first cache.
CHUNK = 2048

# Integers of 64 bits below this are doubles.
EXACT = 1 << 53


@jit.exact
def _divide_long(x: Array, y: Array, quotients: Array) -> None:
    """The quotients of integers of 64 bits, by doubles where these hold them."""
    largest = np.uint64(0)
    for i in range(x.size):
        largest |= np.uint64(x[i] ^ (x[i] >> 63))
    if largest < EXACT:
        for i in range(x.size):
            quotients[i] = np.int64(np.float64(x[i]) / np.float64(y[i]))
        return
    for i in range(x.size):
        # -2^63 / -1 would end the process.
        below = -x[i] if y[i] == -1 else x[i] // y[i]
        quotients[i] = below + (below < 0 and below * y[i] != x[i])


def quotients(x: Array, y: Any, out: Array) -> None:
    """out = x / y, toward zero; flat arrays, and y may be a number."""
    _divided(x, y, QUOTIENT, out)


def rests(x: Array, y: Any, out: Array) -> None:
    """out = what the quotient leaves of x, which has the sign of x."""
    _divided(x, y, REST, out)


def remainders(x: Array, y: Any, out: Array) -> None:
    """out = x - y floor(x / y), which has the sign of y."""
    _divided(x, y, REMAINDER, out)


def _divided(x: Array, y: Any, wanted: int, out: Array) -> None:
    step = int(np.ndim(y))
    real = np.empty(0, np.float64 if x.itemsize > 2 else np.float32)
    whole = np.empty(0, np.int64 if x.itemsize == 8 else np.int32)
    _divide(x, y if step else np.full(CHUNK, y, x.dtype), step, wanted, real, whole, out)


@jit.exact_threaded
def _divide(x: Array, y: Array, step: int, wanted: int, real: Array, whole: Array, out: Array) -> None:
    """out = what is wanted of x[i] / y[i * step], where a number is `CHUNK` times in y and step is 0.

    `real` and `whole` are empty arrays of the types to divide in: floating-point numbers that hold all of the type of
    x, but for 64 bits, and their quotients.
    """
    for n in prange((x.size + CHUNK - 1) // CHUNK):
        begin, end = n * CHUNK, min((n + 1) * CHUNK, x.size)
        a, b, c = x[begin:end], y[begin * step : begin * step + end - begin], out[begin:end]
        quotients = np.empty(a.size, whole.dtype)
        if whole.itemsize == 8:
            _divide_long(a, b, quotients)
        else:
            for i in range(a.size):
                quotients[i] = whole.dtype.type(real.dtype.type(a[i]) / real.dtype.type(b[i]))
        if wanted == QUOTIENT:
            for i in range(a.size):
                c[i] = quotients[i]
        elif wanted == REST:
            for i in range(a.size):
                c[i] = a[i] - quotients[i] * b[i]
        else:
            for i in range(a.size):
                rest = a[i] - quotients[i] * b[i]
                c[i] = rest + (b[i] if rest != 0 and (rest < 0) != (b[i] < 0) else 0)


def clamp(x: Array, low: Any, high: Any, out: Array) -> None:
    """out = low where x is less, else high where x is more, else x."""
    _clamp(x, np.array([low, high], x.dtype), out)


@jit.threaded
def _clamp(x: Array, limits: Array, out: Array) -> None:
    low, high = limits[0], limits[1]
    for i in prange(x.size):
        out[i] = low if x[i] < low else high if x[i] > high else x[i]
