"""Half precision, from and to its bits, which Numba and older processors have no type for.

A number has 5 bits of exponent and 10 of mantissa. Conversions are made of integers on vectors: those of numpy are of
one number after the other, and take ten times as long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]

# Where the exponents of halves and floats begin: 112 apart, in floats' bits.
_REBASED = 112 << 23

# Bits of floats: the smallest normal half, and the first power of two beyond the halves; of infinity in both.
_SMALLEST_NORMAL, _BEYOND, _INFINITY, _HALF_INFINITY = 113 << 23, 143 << 23, 255 << 23, 31 << 10

# Torch7 knows one NaN of each type, without a sign.
NAN, FLOAT_NAN = 0x7FFF, 0x7FFFFFFF

# The last bits of numbers next to a half are worth what the last ones of the smallest halves are: adding it rounds.
_ROUNDER = np.float32(0.5)
_ROUNDER_BITS = 126 << 23

_SMALLEST = np.float32(2.0**-24)


@jit.exact_threaded
def narrow(source: Array, target: Array) -> None:
    """target = the bits of halves of floating-point numbers, by way of float, each rounded to the nearest even."""
    for i in prange(source.size):
        x = np.float32(source[i])
        bits = np.int32(x.view(np.int32) & 0x7FFFFFFF)
        tiny = np.int32(np.float32(abs(x) + _ROUNDER).view(np.int32) - _ROUNDER_BITS)
        usual = np.int32((bits - _REBASED + 0xFFF + (bits >> 13 & 1)) >> 13)
        found = tiny if bits < _SMALLEST_NORMAL else _HALF_INFINITY if bits >= _BEYOND else usual
        target[i] = np.int32(NAN if bits > _INFINITY else found | (x.view(np.int32) >> 16 & 0x8000))


@jit.exact_threaded
def widen(source: Array, target: Array) -> None:
    """target = the numbers, in float or double, that bits of halves stand for."""
    for i in prange(source.size):
        bits = np.int32(source[i]) & 0x7FFF
        rebased = (bits << 13) + (2 * _REBASED if bits >= _HALF_INFINITY else _REBASED)
        size = np.int32(rebased).view(np.float32) if bits >> 10 else np.float32(bits) * _SMALLEST
        signed = -size if source[i] >> 15 else size
        target[i] = np.int32(FLOAT_NAN).view(np.float32) if bits > _HALF_INFINITY else signed
