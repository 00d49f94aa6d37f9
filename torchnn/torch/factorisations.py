"""Linear systems, least squares, eigenvalues and factorisations of matrices; of floats and doubles only.

All are functions, without methods; each takes all its results first, or none. Inputs stay as they are, results lie
column by column. Floats are computed in double and rounded at the end: what remains then is the rounding of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, TorchError, bad_argument
from torchnn.torch import lapack
from torchnn.torch.core import Core
from torchnn.torch.overloads import FLOATING, Form, Overloads
from torchnn.torch.replacements import FewFactored
from torchnn.torch.results import stored
from torchnn.torch.types import INT, TENSORS

# ---------------------------------------------------------------------- arguments and results


def _matrix(a: Core, function: str, position: int = 1, square: bool = False) -> np.ndarray:
    """The elements of a matrix in double."""
    if a.dim() != 2:
        raise SizeError(bad_argument(position, function, f"A should be 2 dimensional, but has {a.dim()} dimensions"))
    rows, columns = a._size
    if square and rows != columns:
        raise SizeError(bad_argument(position, function, f"A should be square, but is {rows}x{columns}"))
    return a.array.astype(np.float64)


def _right_hand_side(b: Core, rows: int, function: str) -> np.ndarray:
    """The elements of a matrix, or of a vector as a column, in double."""
    if b.dim() not in (1, 2):
        raise SizeError(bad_argument(1, function, f"B should have 1 or 2 dimensions, but has {b.dim()}"))
    if b._size[0] != rows:
        wrong = f"A,B size incompatible - A has {rows} rows, B has {b._size[0]}"
        raise SizeError(bad_argument(2, function, wrong))
    return b.array.astype(np.float64).reshape(rows, -1)


@np.errstate(over="ignore")
def _columns(r: Core | None, like: Core, array: np.ndarray, spacing: int | None = None) -> Core:
    """A matrix as a tensor whose columns are contiguous and `spacing` elements apart, by default their length.

    A result that is the operand itself and has the right size keeps its strides.
    """
    if r is like and r._size == array.shape:
        r.array[...] = array
        return r
    rows, columns = array.shape
    spacing = rows if spacing is None else spacing
    r = type(like).empty() if r is None else r
    r._place(r._storage, r._offset, (spacing, columns), (1, spacing))
    r._place(r._storage, r._offset, (rows, columns), (1, spacing))
    r.array[...] = array
    return r


@np.errstate(over="ignore")
def _vector(r: Core | None, like: Core, array: np.ndarray) -> Core:
    return stored(r, type(like), array.astype(like.dtype))


@contextmanager
def _convergence(function: str) -> Iterator[None]:
    """What numpy says when an iteration fails, or when it is given nan or infinity, as an error of ours."""
    try:
        yield
    except np.linalg.LinAlgError as error:
        raise TorchError(f"Lapack Error in {function} : {error}") from None


def _function(name: str, implementation: Callable[..., Any], results: str, *words: str, doc: str) -> Overloads:
    """A function of `words` that takes all of `results` first, or none: then each of them is None."""
    count = len(results.split())
    fresh = FewFactored(name, 0, words).of(partial(implementation, *[None] * count))
    FewFactored(name, count, words).of(implementation)
    return Overloads(
        name,
        (results, None),
        Form(implementation, *words),
        Form(fresh, *words, pattern=("", None)),
        of=FLOATING,
        doc=doc,
    )


# ---------------------------------------------------------------------- linear systems


@np.errstate(all="ignore")
def _gesv(x: Core | None, factors: Core | None, b: Core, a: Core) -> tuple[Core, Core]:
    matrix = _matrix(a, "gesv", 2, square=True)
    right = _right_hand_side(b, len(matrix), "gesv")
    packed, order, zero = lapack.lu(matrix)
    if zero:
        raise TorchError(f"Lapack Error in gesv : U({zero},{zero}) is zero, singular U.")
    return _columns(x, b, lapack.solve_lu(packed, order, right)), _columns(factors, a, packed)


@np.errstate(all="ignore")
def _trtrs(
    x: Core | None, copy: Core | None, b: Core, a: Core, triangle: str, transpose: str, diagonal: str
) -> tuple[Core, Core]:
    matrix = _matrix(a, "trtrs", 2, square=True)
    right = _right_hand_side(b, len(matrix), "trtrs")
    unit, lower = diagonal == "U", triangle == "L"
    zero = lapack.first_zero(matrix)
    if zero and not unit:
        raise TorchError(f"Lapack Error in trtrs : A({zero},{zero}) is zero, singular A")
    if transpose == "T":
        solution = lapack.solve_triangular(matrix.T, right, not lower, unit)
    else:
        solution = lapack.solve_triangular(matrix, right, lower, unit)
    return _columns(x, b, solution), _columns(copy, a, matrix)


@np.errstate(all="ignore")
def _gels(x: Core | None, factor: Core | None, b: Core, a: Core) -> tuple[Core, Core]:
    """By QR where there are more rows than columns, by QR of the transpose where there are fewer."""
    matrix = _matrix(a, "gels", 2)
    rows, columns = matrix.shape
    right = _right_hand_side(b, rows, "gels")
    tall = rows >= columns
    packed, tau = lapack.qr_factor(matrix if tall else matrix.T)
    triangle = packed[: min(rows, columns)]
    zero = lapack.first_zero(triangle)
    if zero:
        raise TorchError(f"Lapack Error in gels : The {zero}-th diagonal element of the triangular factor of A is zero")
    if tall:
        solution = lapack.apply_reflectors(packed, tau, right, True)[:columns]
        solution = lapack.solve_triangular(triangle, solution, False)
    else:
        solution = np.zeros((columns, right.shape[1]))
        solution[:rows] = lapack.solve_triangular(triangle.T, right, True)
        solution = lapack.apply_reflectors(packed, tau, solution, False)
    x = _columns(x, b, solution, spacing=max(rows, columns))
    return x, _columns(factor, a, packed if tall else packed.T)


@np.errstate(all="ignore")
def _inverse(r: Core | None, a: Core) -> Core:
    matrix = _matrix(a, "inverse", square=True)
    packed, order, zero = lapack.lu(matrix)
    if zero:
        raise TorchError(f"Lapack Error getrf : U({zero},{zero}) is 0, U is singular")
    return _columns(r, a, lapack.solve_lu(packed, order, np.eye(len(matrix))))


gesv = _function(
    "gesv",
    _gesv,
    "*T* *T*",
    "T",
    "T",
    doc="""`x, lu = torch.gesv([x, lu,] B, A)`: the X of A X = B, and the LU factors of A.

    Input: B (n x k) or (n), A (n x n). Output: X (n x k), LU (n x n). A singular A is an error.
    """,
)
trtrs = _function(
    "trtrs",
    _trtrs,
    "*T* *T*",
    "T",
    "T",
    "(U|L)=U",
    "(N|T)=N",
    "(N|U)=N",
    doc="""`x, a = torch.trtrs([x, a,] B, A [, 'U' or 'L'] [, 'N' or 'T'] [, 'N' or 'U'])`: X of A X = B, A triangular.

    The upper or lower triangle of A is read; 'T' solves A' X = B; the last 'U' takes A's diagonal as ones. The second
    result is a copy of A. Input: B (n x k) or (n), A (n x n).
    """,
)
gels = _function(
    "gels",
    _gels,
    "*T* *T*",
    "T",
    "T",
    doc="""`x, qr = torch.gels([x, qr,] B, A)`: the X with the least |A X - B|, or the least |X| where many solve it.

    Input: B (m x k) or (m), A (m x n) of full rank. Output: X (n x k), and the QR factor of A (LQ where m < n).
    """,
)
inverse = _function(
    "inverse",
    _inverse,
    "*T*",
    "T",
    doc="`torch.inverse([r,] A)`: the inverse of a square matrix; a singular one is an error.",
)

# ---------------------------------------------------------------------- eigenvalues and singular values


def _symeig(values: Core | None, vectors: Core | None, a: Core, job: str, triangle: str) -> tuple[Core, Core]:
    matrix = _matrix(a, "symeig", square=True)
    with _convergence("syev"):
        if job == "N":
            return _vector(values, a, np.linalg.eigvalsh(matrix, triangle)), _columns(vectors, a, matrix)
        found = np.linalg.eigh(matrix, triangle)
    return _vector(values, a, found[0]), _columns(vectors, a, found[1])


def _eig(values: Core | None, vectors: Core | None, a: Core, job: str) -> tuple[Core, Core]:
    matrix = _matrix(a, "eig", square=True)
    with _convergence("geev"):
        found, complex_vectors = np.linalg.eig(matrix)
    both = np.stack([found.real, found.imag], axis=1)
    if job == "N":
        return _vector(values, a, both), type(a).empty() if vectors is None else vectors
    # A pair of conjugates, the one with the positive imaginary part first, shares two columns.
    first = np.flatnonzero(found.imag > 0)
    columns = complex_vectors.real.copy()
    columns[:, first + 1] = complex_vectors[:, first].imag
    return _vector(values, a, both), _columns(vectors, a, columns)


def _svd(left: Core | None, values: Core | None, right: Core | None, a: Core, job: str) -> tuple[Core, Core, Core]:
    matrix = _matrix(a, "svd")
    with _convergence("gesvd"):
        u, s, transposed = np.linalg.svd(matrix, full_matrices=job == "A")
    return _columns(left, a, u), _vector(values, a, s), _vector(right, a, np.ascontiguousarray(transposed.T))


symeig = _function(
    "symeig",
    _symeig,
    "*T* *T*",
    "T",
    "(N|V)=N",
    "(U|L)=U",
    doc="""`e, v = torch.symeig([e, v,] A [, 'N' or 'V'] [, 'U' or 'L'])`: eigenvalues of a symmetric matrix, ascending.

    With 'V', the second result has the eigenvectors in its columns. Only the upper, or lower, triangle of A is read.
    """,
)
eig = _function(
    "eig",
    _eig,
    "*T* *T*",
    "T",
    "(N|V)=N",
    doc="""`e, v = torch.eig([e, v,] A [, 'N' or 'V'])`: eigenvalues of a matrix, real and imaginary parts (n x 2).

    With 'V', the second result has the eigenvectors in its columns: of a conjugate pair, the real part in the first
    column and the imaginary part in the second.
    """,
)
svd = _function(
    "svd",
    _svd,
    "*T* *T* *T*",
    "T",
    "(A|S)=S",
    doc="""`u, s, v = torch.svd([u, s, v,] A [, 'S' or 'A'])`: A = U diag(s) V', the singular values descending.

    Input: A (m x n), k = min(m, n). Output: U (m x k), s (k), V (n x k); with 'A', U (m x m) and V (n x n).
    """,
)

# ---------------------------------------------------------------------- Cholesky


def _lower(matrix: np.ndarray, triangle: str) -> np.ndarray:
    """The matrix whose lower triangle is the one that is asked for."""
    return matrix.T if triangle == "U" else matrix


def _potrf(r: Core | None, a: Core, triangle: str) -> Core:
    factor, bad = lapack.cholesky(_lower(_matrix(a, "potrf", square=True), triangle))
    if bad:
        raise TorchError(f"Lapack Error in potrf : the leading minor of order {bad} is not positive definite")
    return _columns(r, a, _lower(factor, triangle))


@np.errstate(all="ignore")
def _potrs(r: Core | None, b: Core, factor: Core, triangle: str) -> Core:
    lower = _lower(_matrix(factor, "potrs", 2, square=True), triangle)
    return _columns(r, b, lapack.solve_cholesky(lower, _right_hand_side(b, len(lower), "potrs")))


@np.errstate(all="ignore")
def _potri(r: Core | None, factor: Core, triangle: str) -> Core:
    lower = _lower(_matrix(factor, "potri", square=True), triangle)
    zero = lapack.first_zero(lower)
    if zero:
        raise TorchError(f"Lapack Error in potri : A({zero},{zero}) is 0, A cannot be factorized")
    return _columns(r, factor, lapack.solve_cholesky(lower, np.eye(len(lower))))


@np.errstate(all="ignore")
def _pstrf(r: Core | None, pivots: Core | None, a: Core, triangle: str, tolerance: float) -> tuple[Core, Core]:
    matrix = np.tril(_lower(_matrix(a, "pstrf", square=True), triangle))
    n = len(matrix)
    matrix += np.tril(matrix, -1).T
    if tolerance < 0:
        tolerance = n * np.finfo(a.dtype).eps / 2 * matrix.diagonal().max()
    order = np.arange(1, n + 1, dtype=np.int32)
    if kernels.factorise.pivoted_cholesky(matrix, order, float(tolerance)) < n:
        raise TorchError("Lapack Error pstrf : matrix is rank deficient or not positive semidefinite")
    return _columns(r, a, _lower(np.tril(matrix), triangle)), stored(pivots, TENSORS[INT], order)


potrf = _function(
    "potrf",
    _potrf,
    "*T*",
    "T",
    "(U|L)=U",
    doc="""`torch.potrf([r,] A [, 'U' or 'L'])`: the U of A = U' U, or the L of A = L L' (Cholesky).

    Only that triangle of A is read. A matrix that is not positive definite is an error.
    """,
)
potrs = _function(
    "potrs",
    _potrs,
    "*T*",
    "T",
    "T",
    "(U|L)=U",
    doc="""`torch.potrs([r,] B, F [, 'U' or 'L'])`: the X of A X = B, where F is the Cholesky factor of A.

    Input: B (n x k) or (n), F (n x n). Output: X (n x k).
    """,
)
potri = _function(
    "potri",
    _potri,
    "*T*",
    "T",
    "(U|L)=U",
    doc="`torch.potri([r,] F [, 'U' or 'L'])`: the inverse of A, where F is the Cholesky factor of A.",
)
pstrf = _function(
    "pstrf",
    _pstrf,
    "*T* *IntTensor*",
    "T",
    "(U|L)=U",
    "number=-1",
    doc="""`r, p = torch.pstrf([r, p,] A [, 'U' or 'L'] [, tol=-1])`: Cholesky, the largest remaining diagonal first.

    The factor belongs to A with rows and columns in the order p, an IntTensor (1-based). A diagonal element that does
    not exceed tol (by default, n times the rounding error of the largest one) is an error.
    """,
)

# ---------------------------------------------------------------------- QR


def _qr(q: Core | None, r: Core | None, a: Core) -> tuple[Core, Core]:
    found = np.linalg.qr(_matrix(a, "qr"))
    return _columns(q, a, found[0]), _columns(r, a, found[1])


def _geqrf(m: Core | None, tau: Core | None, a: Core) -> tuple[Core, Core]:
    packed, factors = lapack.qr_factor(_matrix(a, "geqrf"))
    return _columns(m, a, packed), _vector(tau, a, factors)


def _reflectors(m: Core, tau: Core, function: str) -> tuple[np.ndarray, np.ndarray]:
    packed = _matrix(m, function)
    if tau.dim() != 1 or tau._size[0] > min(m._size):
        wrong = f"a vector of at most {min(m._size)} elements expected, got {list(tau._size)}"
        raise SizeError(bad_argument(2, function, wrong))
    return packed, tau.array.astype(np.float64)


@np.errstate(all="ignore")
def _orgqr(r: Core | None, m: Core, tau: Core) -> Core:
    packed, factors = _reflectors(m, tau, "orgqr")
    identity = np.eye(len(packed), factors.size)
    # As in LAPACK, columns without a reflector stay as they are.
    result = packed.copy()
    result[:, : factors.size] = lapack.apply_reflectors(packed, factors, identity, False)
    return _columns(r, m, result)


@np.errstate(all="ignore")
def _ormqr(r: Core | None, m: Core, tau: Core, c: Core, side: str, transpose: str) -> Core:
    packed, factors = _reflectors(m, tau, "ormqr")
    other = _matrix(c, "ormqr", 3)
    left = side == "L"
    if other.shape[not left] != len(packed):
        wrong = f"{len(packed)} {'rows' if left else 'columns'} expected, got {other.shape[not left]}"
        raise SizeError(bad_argument(3, "ormqr", wrong))
    if left:
        return _columns(r, c, lapack.apply_reflectors(packed, factors, other, transpose == "T"))
    # C Q is the transpose of Q' C'.
    return _columns(r, c, lapack.apply_reflectors(packed, factors, other.T, transpose == "N").T)


qr = _function(
    "qr",
    _qr,
    "*T* *T*",
    "T",
    doc="""`q, r = torch.qr([q, r,] A)`: A = Q R, Q with orthonormal columns, R upper triangular.

    Input: A (m x n), k = min(m, n). Output: Q (m x k), R (k x n); R's diagonal may be negative.
    """,
)
geqrf = _function(
    "geqrf",
    _geqrf,
    "*T* *T*",
    "T",
    doc="""`m, tau = torch.geqrf([m, tau,] A)`: A = Q R, with R and the reflectors that make up Q in one matrix.

    Q is the product of I - tau[k] v v', v below the diagonal of m's k-th column, with 1 on it.
    """,
)
orgqr = _function(
    "orgqr",
    _orgqr,
    "*T*",
    "T",
    "T",
    doc="`torch.orgqr([r,] m, tau)`: the Q of what `torch.geqrf` gave, of the size of m.",
)
ormqr = _function(
    "ormqr",
    _ormqr,
    "*T*",
    "T",
    "T",
    "T",
    "(L|R)=L",
    "(N|T)=N",
    doc="""`torch.ormqr([r,] m, tau, C [, 'L' or 'R'] [, 'N' or 'T'])`: Q C; with 'R' C Q; with 'T' Q' in place of Q.

    m and tau are what `torch.geqrf` gave.
    """,
)
