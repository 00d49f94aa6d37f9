"""Parts of matrices: tril, triu, diag, trace."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, bad_argument
from torchnn.kernels.silence import quietly
from torchnn.torch.core import Core
from torchnn.torch.overloads import ALL, NEW, PLAIN, Form, Overloads
from torchnn.torch.parallel import SMALLEST, bits, contiguous, zeros
from torchnn.torch.reductions import FewReduced, accumulator
from torchnn.torch.replacements import NamedReplacement
from torchnn.torch.results import stored
from torchnn.torch.types import allocate

# Up to so many elements, which are below a diagonal is kept from call to call.
FEW = 1024

# Arrays without dimensions, which numpy need not convert: half of the time of a few elements.
ZEROS = {element: np.zeros((), element.dtype) for element in ALL}


def _require_matrix(x: Core, function: str) -> None:
    if x.dim() != 2:
        raise SizeError(bad_argument(1, function, f"expected a matrix, got {x.dim()}D tensor"))


@functools.lru_cache(256)
def _below(rows: int, columns: int, k: int) -> np.ndarray:
    """Whether the elements of a matrix are on or below its k-th diagonal, which takes ten times as long to find out."""
    return np.tri(rows, columns, k, dtype=bool)


def _part(r: Core | None, x: Core, k: int, lower: bool) -> Core:
    """The elements on and below the k-th diagonal, or those above it, and zeros."""
    rows, columns = x._size
    k = max(-rows, min(k, columns))
    array, zero = x.array, ZEROS[x.element]
    if array.size < SMALLEST:
        below = _below(rows, columns, k) if array.size <= FEW else np.tri(rows, columns, k, dtype=bool)
        return stored(r, type(x), np.where(below, array, zero) if lower else np.where(below, zero, array))
    out = np.empty(x._size, x.dtype)
    kernels.memory.triangle(bits(contiguous(array, "source")), k + 1, lower, bits(out))
    return stored(r, type(x), out)


class FewOfMatrix(NamedReplacement):
    """What compiled calls do in place of an implementation (r, x, k): a "lower" or "upper" part, or the "diagonal"."""


@FewOfMatrix("lower").of
def _tril(r: Core | None, x: Core, k: int) -> Core:
    _require_matrix(x, "tril")
    return _part(r, x, k, True)


@FewOfMatrix("upper").of
def _triu(r: Core | None, x: Core, k: int) -> Core:
    _require_matrix(x, "triu")
    return _part(r, x, k - 1, False)


@FewOfMatrix("diagonal").of
def _diag(r: Core | None, x: Core, k: int) -> Core:
    if x.dim() == 2:
        rows, columns = x._size
        k = max(-rows, min(k, columns))
        return stored(r, type(x), x.array.diagonal(k).copy())
    if x.dim() != 1:
        raise SizeError(bad_argument(1, "diag", f"matrix or a vector expected, got {x.dim()}D tensor"))
    n = x._size[0] + abs(k)
    matrix = allocate(x.element, (n, n), zeros)
    first = k if k > 0 else -k * n
    matrix.reshape(-1)[first : first + x._size[0] * (n + 1) : n + 1] = x.array
    return stored(r, type(x), matrix)


@FewReduced("trace").of
def _trace(x: Core) -> Any:
    _require_matrix(x, "trace")
    return quietly(np.add.reduce, x.array.diagonal(), None, accumulator(x.element)).item()


tril = Overloads(
    "tril",
    NEW,
    Form(_tril, "index=0"),
    doc="""`torch.tril([r,] x [, k=0])`: the elements of a matrix on and below its k-th diagonal, zero elsewhere.

    Diagonal 0 is the main one, positive ones lie above it. `torch.tril(x, x)` works in place.
    """,
)
triu = Overloads(
    "triu",
    NEW,
    Form(_triu, "index=0"),
    doc="""`torch.triu([r,] x [, k=0])`: the elements of a matrix on and above its k-th diagonal, zero elsewhere.

    Diagonal 0 is the main one, positive ones lie above it. `torch.triu(x, x)` works in place.
    """,
)
diag = Overloads(
    "diag",
    NEW,
    Form(_diag, "index=0"),
    doc="""`torch.diag([r,] x [, k=0])`: a matrix's k-th diagonal, or the matrix that has a vector as k-th diagonal.

    Diagonal 0 is the main one, positive ones lie above it. A diagonal that does not exist is an empty tensor.
    """,
)
trace = Overloads(
    "trace",
    PLAIN,
    Form(_trace),
    doc="`torch.trace(x)` is the sum of a matrix's main diagonal, a number; the matrix need not be square.",
)


class MatrixParts:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    diag: Any = diag.method
    trace: Any = trace.method
    tril: Any = tril.method
    triu: Any = triu.method
