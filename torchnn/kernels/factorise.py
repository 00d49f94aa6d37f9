"""The parts of matrix factorisations that numpy lacks, on blocks small enough to stay in cache.

All matrices are C-contiguous doubles.
"""

import math
from typing import Any

from torchnn.kernels import jit

Array = Any


@jit.kernel
def lu_panel(a: Array, order: Array, start: int, stop: int) -> None:
    """Eliminate columns start to stop, with partial pivoting; whole rows, and with them `order`, change places."""
    n = a.shape[0]
    for k in range(start, stop):
        pivot = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[pivot, k]):
                pivot = i
        if pivot != k:
            order[k], order[pivot] = order[pivot], order[k]
            for j in range(n):
                a[k, j], a[pivot, j] = a[pivot, j], a[k, j]
        if a[k, k] == 0:
            continue
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k] = factor
            for j in range(k + 1, stop):
                a[i, j] -= factor * a[k, j]


@jit.kernel
def triangular_solve(t: Array, x: Array, start: int, stop: int, lower: bool, unit: bool) -> None:
    """Solve with the diagonal block start to stop of a triangular matrix; x holds the right hand sides, then X."""
    for step in range(stop - start):
        k = start + step if lower else stop - 1 - step
        for i in range(start if lower else k + 1, k if lower else stop):
            for j in range(x.shape[1]):
                x[k, j] -= t[k, i] * x[i, j]
        if not unit:
            for j in range(x.shape[1]):
                x[k, j] /= t[k, k]


@jit.kernel
def pivoted_cholesky(a: Array, order: Array, tolerance: float) -> int:
    """Factor a symmetric matrix, the largest diagonal element first; the factor is left in the lower triangle.

    Returns the rank: the number of steps until no diagonal element exceeds the tolerance.
    """
    n: int = a.shape[0]
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if a[i, i] > a[pivot, pivot]:
                pivot = i
        if not a[pivot, pivot] > tolerance:
            return k
        order[k], order[pivot] = order[pivot], order[k]
        for j in range(n):
            a[k, j], a[pivot, j] = a[pivot, j], a[k, j]
        for i in range(n):
            a[i, k], a[i, pivot] = a[i, pivot], a[i, k]
        a[k, k] = math.sqrt(a[k, k])
        for j in range(k + 1, n):
            a[k, j] /= a[k, k]
            a[j, k] = a[k, j]
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    return n
