"""Numbers at equal distances, computed where they are written. Operations keep their order, which decides bits."""

import numpy as np
from numba import prange

from torchnn.kernels import jit


@jit.exact_threaded
def steps(out: np.ndarray, start: float, step: float) -> None:
    """out[i] = start + step * i, in double or in integers of 64 bits as `start` and `step` are."""
    for i in prange(out.size):
        out[i] = start + step * i


@jit.exact_threaded
def parts(out: np.ndarray, start: float, length: float, number: float) -> None:
    """out[i] = start + i * length / number, all of the type of the elements."""
    for i in prange(out.size):
        out[i] = out.dtype.type(i) * length / number + start
