"""Sine and cosine in double precision, on vectors.

The C library's take 9 ns for a number, one at a time. Here the loop runs on vectors: the argument is reduced to
[-pi/4, pi/4] by subtracting a multiple of pi/2 in three pieces, of which the first two are exact products (Cody and
Waite), and the minimax polynomials of Sun's fdlibm give sine and cosine there, to about 1e-16.
"""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]

# Beyond this the pieces of pi/2, of 33 bits each, no longer have exact products with the multiple.
LIMIT = 1e6

# Elements that are looked at together: one beyond the limit has the C library compute all of them.
BLOCK = 4096


@jit.exact
def _near(x: Array) -> bool:
    beyond = 0
    for i in range(x.size):
        beyond += not abs(x[i]) <= LIMIT
    return beyond == 0


@jit.exact
def _sine(x: Array, y: Array, quarters: int) -> None:
    for i in range(x.size):
        n = np.floor(x[i] * 0.6366197723675814 + 0.5)
        r = ((x[i] - n * 1.57079632673412561417) - n * 6.07710050630396597660e-11) - n * 2.02226624879595063154e-21
        z = r * r
        s = -2.50507602534068634195e-08 + z * 1.58969099521155010221e-10
        s = -1.98412698298579493134e-04 + z * (2.75573137070700676789e-06 + z * s)
        s = -1.66666666666666324348e-01 + z * (8.33333333332248946124e-03 + z * s)
        s = r + r * z * s
        c = 2.08757232129817482790e-09 + z * -1.13596475577881948265e-11
        c = 2.48015872894767294178e-05 + z * (-2.75573143513906633035e-07 + z * c)
        c = 4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * c)
        c = 1.0 - 0.5 * z + z * z * c
        quadrant = np.int32(n) + np.int32(quarters)
        value = c if quadrant & 1 else s
        y[i] = -value if quadrant & 2 else value


@jit.exact_threaded
def sine(x: Array, y: Array, quarters: int) -> None:
    """y = sin(x), or with one of `quarters` sin(x + pi / 2), the cosine."""
    for block in prange(-(-x.size // BLOCK)):
        angles, found = x[block * BLOCK : (block + 1) * BLOCK], y[block * BLOCK : (block + 1) * BLOCK]
        if _near(angles):
            _sine(angles, found, quarters)
        elif quarters == 1:
            found[:] = np.cos(angles)
        else:
            found[:] = np.sin(angles)
