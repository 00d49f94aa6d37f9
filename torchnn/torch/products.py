"""Products of vectors and matrices, and their accumulating forms.

Matrices are multiplied as they lie, transposed ones too; integers are multiplied and added up in their own type, and
wrap. A result that is given is not resized by `mv`, `mm`, `bmm` and `ger`: it must have the right size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.errors import SizeError, bad_argument, different_counts, sizes
from torchnn.kernels.silence import quietly
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import fill, result_like, total
from torchnn.torch.overloads import INTO, NEW, PLAIN, Form, Overloads
from torchnn.torch.parallel import SMALLEST
from torchnn.torch.reductions import FewReduced, planes
from torchnn.torch.replacements import NamedReplacement
from torchnn.torch.results import stored
from torchnn.torch.tapes import Out, Tape, taped

# Makes the product of two arrays.
Product = Callable[[np.ndarray, np.ndarray], np.ndarray]

# Fills the third argument with the product of the first two, times a number, or adds it.
Filling = Callable[..., None]


class FewProducts(NamedReplacement):
    """What compiled calls do in place of an implementation, named by a way of multiplying.

    `operands` are its letters: a and b are multiplied, m is what the product is added to, v and w are the numbers that
    the product and m are multiplied by, and r is the result.
    """


PRODUCT = Tape("xy", (np.multiply, "xy", "r"))


def _new_outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.size * b.size < SMALLEST:
        return quietly(np.multiply, a[:, None], b)
    out = np.empty((a.size, b.size), a.dtype)
    _outer(a, b, out)
    return out


@taped
def _with_outer(x: np.ndarray, column: np.ndarray, row: np.ndarray, out: Out = None) -> np.ndarray:
    return np.add(x, np.multiply(column, row), out)


@taped
def _with_scaled_outer(x: np.ndarray, column: np.ndarray, row: np.ndarray, v: Any, out: Out = None) -> np.ndarray:
    return np.add(x, np.multiply(np.multiply(column, row), v), out)


@taped
def _scaled_outer(column: np.ndarray, row: np.ndarray, v: Any, out: Out = None) -> np.ndarray:
    return np.multiply(np.multiply(column, row), v, out)


def _outer(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float = 1, adding: bool = False) -> None:
    column = a[:, None]
    if adding:
        fill(out, _with_outer, out, column, b) if alpha == 1 else fill(out, _with_scaled_outer, out, column, b, alpha)
    else:
        fill(out, np.multiply, column, b) if alpha == 1 else fill(out, _scaled_outer, column, b, alpha)


def _sum_of_products(a: np.ndarray, b: np.ndarray, out: np.ndarray, alpha: float = 1, adding: bool = False) -> None:
    """The sum over the batch is one matrix product: the batch joins the inner dimension."""
    batch, n, inner = a.shape
    joined = a.transpose(1, 0, 2).reshape(n, batch * inner), b.reshape(batch * inner, -1)
    kernels.products.multiply(*joined, out, alpha, adding)


# ---------------------------------------------------------------------- sizes of results


def _size_mv(a: Core, b: Core) -> tuple[int, ...]:
    if a._size[1] != b._size[0]:
        raise SizeError(f"size mismatch, {sizes(a._size)}, {sizes(b._size)}")
    return a._size[:1]


def _size_mm(a: Core, b: Core) -> tuple[int, ...]:
    if a._size[1] != b._size[0]:
        raise SizeError(f"size mismatch, m1: {sizes(a._size)}, m2: {sizes(b._size)}")
    return a._size[0], b._size[1]


def _size_ger(a: Core, b: Core) -> tuple[int, ...]:
    return a._size + b._size


def _size_bmm(a: Core, b: Core) -> tuple[int, ...]:
    batch, n, inner = a._size
    if b._size[0] != batch:
        raise SizeError(bad_argument(2, "bmm", f"equal number of batches expected, got {batch}, {b._size[0]}"))
    if b._size[1] != inner:
        wrong = f"batch1: {n}x{inner}, batch2: {b._size[1]}x{b._size[2]}"
        raise SizeError(bad_argument(2, "bmm", f"wrong matrix size, {wrong}"))
    return batch, n, b._size[2]


def _size_addbmm(a: Core, b: Core) -> tuple[int, ...]:
    return _size_bmm(a, b)[1:]


def _wrong_size(t: Core, size: tuple[int, ...], names: tuple[str, str], a: Core, b: Core) -> SizeError:
    """A matrix to add, or a result, of another size than the product."""
    if t.dim() != len(size):
        kind = ("vector", "matrix", "3D tensor")[len(size) - 1]
        return SizeError(f"{kind} expected, got {t.dim()}D tensor for t")
    operands = f"{names[0]}: {sizes(a._size)}, {names[1]}: {sizes(b._size)}"
    return SizeError(f"size mismatch, t: {sizes(t._size)}, {operands}")


# ---------------------------------------------------------------------- the two families of functions


def _product(
    size_of: Callable[[Core, Core], tuple[int, ...]],
    product: Product,
    filling: Filling,
    names: tuple[str, str],
    way: str,
) -> Callable[[Core | None, Core, Core], Core]:
    """The product of a and b as a function (r, a, b)."""

    def implementation(r: Core | None, a: Core, b: Core) -> Core:
        size = size_of(a, b)
        # None of these is empty; asking for `array` takes three times as long.
        x, y = a._array if a._base is None else a.array, b._array if b._base is None else b.array
        if r is None:
            return type(a)._over(product(x, y), size)
        if r._size != size:
            raise _wrong_size(r, size, names, a, b)
        filling(x, y, r._array if r._base is None else r.array)
        return r

    return FewProducts(way, "rab").of(implementation)


def _accumulating(
    name: str,
    size_of: Callable[[Core, Core], tuple[int, ...]],
    filling: Filling,
    operands: tuple[str, str, str],
    names: tuple[str, str],
    way: str,
    doc: str,
) -> Overloads:
    """`torch.f([r,] [beta=1,] m, [alpha=1,] a, b)` and the forms of `x.f`."""
    m_word, a_word, b_word = operands

    def implementation(r: Core | None, beta: float, m: Core, alpha: float, x: Core, y: Core) -> Core:
        size = size_of(x, y)
        if m._size != size:
            raise _wrong_size(m, size, names, x, y)
        # None of these is empty; asking for `array` takes three times as long.
        a, b = x._array if x._base is None else x.array, y._array if y._base is None else y.array
        fresh = r is None
        if r is not m:
            r = result_like(r, m)
        out = r._array if r._base is None else r.array
        if alpha != 1 or beta != 1:
            alpha, beta = r.element.number(alpha), r.element.number(beta)
        if beta != 0 and (r is not m or beta != 1):
            if not fresh and (np.may_share_memory(out, a) or np.may_share_memory(out, b)):
                a, b = a.copy(), b.copy()
            if beta != 1:
                quietly(np.multiply, m.array, r.element.operand(beta), out)
            else:
                out[...] = m.array
        # With beta = 0, nan in m does not spread.
        filling(a, b, out, alpha, beta != 0)
        return r

    def beta_one(r: Core, m: Core, alpha: float, a: Core, b: Core) -> Core:
        return implementation(r, 1, m, alpha, a, b)

    def plain(r: Core, m: Core, a: Core, b: Core) -> Core:
        return implementation(r, 1, m, 1, a, b)

    for each, letters in ((implementation, "rwmvab"), (beta_one, "rmvab"), (plain, "rmab")):
        FewProducts(way, letters).of(each)
    function, method = (NEW[0].split()[0], None), (None, f"*{m_word}*")
    return Overloads(
        name,
        function,
        Form(implementation, "number=1", m_word, "number=1", a_word, b_word),
        Form(beta_one, f"{m_word}=self", "number=1", a_word, b_word, pattern=method, plain=plain),
        Form(implementation, "number", f"{m_word}=self", "number", a_word, b_word, pattern=method),
        doc=doc,
    )


_BETA = """

    Input: {1}. Output: the sizes of m. Errors: other sizes.

    With beta = 0, nan in m does not spread. r is resized. `x.{0}([alpha,] a, b)` and `x.{0}(beta, alpha, a, b)` change
    x; `x.{0}([beta,] m, [alpha,] a, b)` writes to x, which needs as many dimensions as the result.
    """


# ---------------------------------------------------------------------- the functions


def dot_product(x: Core, y: Core) -> Any:
    """The sum of the products of the elements, a number."""
    if x._size != y._size and count(x._size) != count(y._size):
        raise different_counts([("tensor", x._size), ("src", y._size)])
    a, b = x.array, y.array
    if x.element.floating and a.size >= SMALLEST:
        found = total(PRODUCT, a, b if a.shape == b.shape else b.reshape(a.shape))
        return quietly(x.dtype.type, found).item()
    return kernels.products.dot(a.ravel(), b.ravel())


@FewReduced("cross", "rxyd").of
def _cross(r: Core | None, x: Core, y: Core, dimension: int) -> Core:
    if x.dim() != y.dim():
        raise SizeError(f"inconsistent tensor dimension {x.dim()}D, {y.dim()}D")
    if x._size != y._size:
        raise SizeError(f"inconsistent tensor sizes {sizes(x._size)}, {sizes(y._size)}")
    if dimension < 1 and 3 not in x._size:
        raise SizeError(f"no dimension of size 3 in a: {sizes(x._size)}")
    axis = x._size.index(3) if dimension < 1 else x.axis(dimension, "cross", 3)
    if x._size[axis] != 3:
        raise SizeError(bad_argument(3, "cross", f"dimension {dimension} does not have size 3"))
    out = np.empty(x._size, x.dtype)
    whole = planes(x.array, axis), planes(y.array, axis), planes(out, axis)
    if whole[0].shape[2] == 1:
        # One long row of vectors takes 0.4 of the time of as many rows of one.
        whole = [each.transpose(2, 1, 0) for each in whole]
    kernels.along.cross(*whole)
    return stored(r, type(x), out)


FewProducts("dot", "ab").of(dot_product)

dot = Overloads(
    "dot",
    PLAIN,
    Form(dot_product, "T"),
    doc="""`torch.dot(x, y)`, a number of their type: the sum of the products of the elements.

    The tensors need the same number of elements, not the same shape.
    """,
)
cross = Overloads(
    "cross",
    NEW,
    Form(_cross, "T", "index=0"),
    doc="""`torch.cross([r,] x, y [, d])`: the cross products along dimension d (1-based), which has size 3.

    Without d (or with 0), the first dimension of size 3.
    """,
)
matrix_by_vector = _product(
    _size_mv, kernels.products.matrix_by_vector, kernels.products.vector, ("mat", "vec"), "vector"
)
matrix_by_matrix = _product(_size_mm, kernels.products.product, kernels.products.multiply, ("m1", "m2"), "matrix")

mv = Overloads(
    "mv",
    INTO,
    Form(matrix_by_vector, "T~2D", "T~1D"),
    doc="`torch.mv([r,] a, b)`, `r.mv(a, b)`: a matrix times a vector, (n x k) (k) to (n).",
)
mm = Overloads(
    "mm",
    INTO,
    Form(matrix_by_matrix, "T~2D", "T~2D"),
    doc="`torch.mm([r,] a, b)`, `r.mm(a, b)`: the product of two matrices, (n x k) (k x m) to (n x m).",
)
bmm = Overloads(
    "bmm",
    INTO,
    Form(
        _product(_size_bmm, kernels.products.product, kernels.products.multiply, ("batch1", "batch2"), "batch"),
        "T~3D",
        "T~3D",
    ),
    doc="`torch.bmm([r,] a, b)`, `r.bmm(a, b)`: products of batches, (b x n x k) (b x k x m) to (b x n x m).",
)
ger = Overloads(
    "ger",
    INTO,
    Form(_product(_size_ger, _new_outer, _outer, ("vec1", "vec2"), "outer"), "T~1D", "T~1D"),
    doc="`torch.ger([r,] a, b)`, `r.ger(a, b)`: the outer product of two vectors, (n) (m) to (n x m).",
)
addmv = _accumulating(
    "addmv",
    _size_mv,
    kernels.products.vector,
    ("T~1D", "T~2D", "T~1D"),
    ("mat", "vec"),
    "vector",
    "`torch.addmv([r,] [beta=1,] m, [alpha=1,] a, b)`: beta*m + alpha * (matrix a times vector b)."
    + _BETA.format("addmv", "m (n), a (n x k), b (k)"),
)
addmm = _accumulating(
    "addmm",
    _size_mm,
    kernels.products.multiply,
    ("T~2D", "T~2D", "T~2D"),
    ("m1", "m2"),
    "matrix",
    "`torch.addmm([r,] [beta=1,] m, [alpha=1,] a, b)`: beta*m + alpha * (matrix a times matrix b)."
    + _BETA.format("addmm", "m (n x l), a (n x k), b (k x l)"),
)
addr = _accumulating(
    "addr",
    _size_ger,
    _outer,
    ("T~2D", "T~1D", "T~1D"),
    ("vec1", "vec2"),
    "outer",
    "`torch.addr([r,] [beta=1,] m, [alpha=1,] a, b)`: beta*m + alpha * (outer product of vectors a and b)."
    + _BETA.format("addr", "m (n x k), a (n), b (k)"),
)
addbmm = _accumulating(
    "addbmm",
    _size_addbmm,
    _sum_of_products,
    ("T~2D", "T~3D", "T~3D"),
    ("batch1", "batch2"),
    "sum of batch",
    "`torch.addbmm([r,] [beta=1,] m, [alpha=1,] a, b)`: beta*m + alpha * (sum over the batch of the products of a, b)."
    + _BETA.format("addbmm", "m (n x l), a (B x n x k), b (B x k x l)"),
)
baddbmm = _accumulating(
    "baddbmm",
    _size_bmm,
    kernels.products.multiply,
    ("T~3D", "T~3D", "T~3D"),
    ("batch1", "batch2"),
    "batch",
    "`torch.baddbmm([r,] [beta=1,] m, [alpha=1,] a, b)`: beta*m + alpha * (products of a and b, batch by batch)."
    + _BETA.format("baddbmm", "m (B x n x l), a (B x n x k), b (B x k x l)"),
)


class Products:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    addbmm: Any = addbmm.method
    addmm: Any = addmm.method
    addmv: Any = addmv.method
    addr: Any = addr.method
    baddbmm: Any = baddbmm.method
    bmm: Any = bmm.method
    cross: Any = cross.method
    dot: Any = dot.method
    ger: Any = ger.method
    mm: Any = mm.method
    mv: Any = mv.method
