"""What of LAPACK numpy does not offer, on arrays of doubles: triangular solves, LU with its factors, reflectors.

The work is done by matrix products; kernels handle the diagonal blocks.
"""

from __future__ import annotations

import numpy as np

from torchnn import kernels

# Of 32, 64 and 128 the fastest for 20 to 600 rows.
BLOCK = 32


def solve_triangular(t: np.ndarray, b: np.ndarray, lower: bool, unit: bool = False) -> np.ndarray:
    """The X of T X = B, T triangular; only that triangle of t is read. `unit` takes the diagonal as ones."""
    t = np.ascontiguousarray(t)
    x = np.array(b, order="C")
    n = len(t)
    starts = range(0, n, BLOCK)
    for start in starts if lower else reversed(starts):
        stop = min(start + BLOCK, n)
        solved = slice(0, start) if lower else slice(stop, n)
        x[start:stop] -= t[start:stop, solved] @ x[solved]
        kernels.factorise.triangular_solve(t, x, start, stop, lower, unit)
    return x


def lu(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """LU with partial pivoting: L (without its unit diagonal) and U in one matrix, and the rows' order in it.

    The third result is the 1-based position of the first pivot that is zero, 0 if there is none.
    """
    a = np.array(a, order="C")
    n = len(a)
    order = np.arange(n)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        kernels.factorise.lu_panel(a, order, start, stop)
        a[start:stop, stop:] = solve_triangular(a[start:stop, start:stop], a[start:stop, stop:], True, True)
        a[stop:, stop:] -= a[stop:, start:stop] @ a[start:stop, stop:]
    return a, order, first_zero(a)


def solve_lu(factors: np.ndarray, order: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The X of A X = B from the LU factors of A."""
    return solve_triangular(factors, solve_triangular(factors, b[order], True, True), False)


def solve_cholesky(factor: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The X of L L' X = B."""
    return solve_triangular(factor.T, solve_triangular(factor, b, True), False)


def first_zero(a: np.ndarray) -> int:
    """The 1-based position of the first zero on the diagonal, 0 if there is none."""
    zeros = np.flatnonzero(a.diagonal() == 0)
    return int(zeros[0]) + 1 if zeros.size else 0


def cholesky(a: np.ndarray) -> tuple[np.ndarray, int]:
    """L of A = L L', from the lower triangle of A, and 0; or the order of the first minor that is not positive."""
    try:
        return np.linalg.cholesky(a), 0
    except np.linalg.LinAlgError:
        return a, _first_bad_minor(a)


def _first_bad_minor(a: np.ndarray) -> int:
    """By bisection: a minor is positive definite where all smaller ones are, too."""
    good, bad = 0, len(a)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            np.linalg.cholesky(a[:middle, :middle])
        except np.linalg.LinAlgError:
            bad = middle
        else:
            good = middle
    return bad


def qr_factor(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R on and above the diagonal, the reflectors below it, as LAPACK's geqrf leaves them; and their factors tau."""
    packed, tau = np.linalg.qr(a, mode="raw")
    return packed.T, tau


def apply_reflectors(packed: np.ndarray, tau: np.ndarray, c: np.ndarray, transpose: bool) -> np.ndarray:
    """Q C, or Q' C, for the Q that `qr_factor` left.

    Q = I - V T V' with the inverse of T in closed form: triu(V'V, 1) + diag(1/tau) (Joffrain, Low, Quintana-Orti, van
    de Geijn, van Zee: Accumulating Householder transformations, revisited, 2006).
    """
    v = np.tril(packed[:, : tau.size], -1)
    np.fill_diagonal(v, 1)
    # A factor of zero stands for no reflection.
    v, tau = v[:, tau != 0], tau[tau != 0]
    inverse = np.triu(v.T @ v, 1)
    np.fill_diagonal(inverse, 1 / tau)
    return c - v @ solve_triangular(inverse.T if transpose else inverse, v.T @ c, lower=transpose)
