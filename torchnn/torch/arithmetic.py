"""Arithmetic of all types, element by element.

Tensors need the same number of elements, not the same shape; elements pair up in row-major order and the result
takes the shape of the first operand. Numbers are converted to the type of the tensor before anything is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import errors, kernels
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import compute, paired, refuse_zero, result_like
from torchnn.torch.overloads import IN_PLACE, INTO, Form, Overloads
from torchnn.torch.tapes import Choice, Operation, Tape

# ---------------------------------------------------------------------- operations of arrays

TRUNCATED_QUOTIENT = Tape("xy", (np.fmod, "xy", "t"), (np.subtract, "xt", "t"), (np.floor_divide, "ty", "r"))


def _truncated_quotient(x: np.ndarray, y: Any, out: np.ndarray) -> None:
    """Division of integers as in C: toward zero, where numpy's goes down."""
    if x.dtype.kind == "u":
        np.floor_divide(x, y, out)
    else:
        TRUNCATED_QUOTIENT(x, y, out)


QUOTIENT = Choice(np.divide, _truncated_quotient)


def _remainder(x: np.ndarray, y: Any, out: np.ndarray) -> None:
    """x - y * floor(x / y), which rounds otherwise than numpy's; C multiplies floats by their floor in double."""
    y = np.asarray(y, x.dtype)
    product = np.multiply(np.floor(np.divide(x, y)), y, dtype=np.float64)
    np.subtract(x, product, out, casting="same_kind")


REMAINDER = Choice(_remainder, np.remainder)

# `x > y and x or y`: a NaN in x gives y, one in y gives NaN.
LARGER = Choice(Tape("xy", (np.fmax, "xy", "t"), (np.maximum, "ty", "r")), Tape("xy", (np.maximum, "xy", "r")))
SMALLER = Choice(Tape("xy", (np.fmin, "xy", "t"), (np.minimum, "ty", "r")), Tape("xy", (np.minimum, "xy", "r")))

# `x < low and low or x > high and high or x` where the limits are in order; half the time of np.clip of few elements.
CLAMPED = Tape("xlh", (np.maximum, "xl", "t"), (np.minimum, "th", "r"))


def _clamped_between_crossed(x: np.ndarray, low: Any, high: Any, out: np.ndarray) -> None:
    """The same whichever way round the limits are."""
    np.copyto(out, np.where(x < low, low, np.where(x > high, high, x)), casting="same_kind")


SUM_WITH_PRODUCT = Tape("xvyz", (np.multiply, "yv", "t"), (np.multiply, "tz", "t"), (np.add, "xt", "r"))


def _truncated_sum_with_quotient(x: np.ndarray, v: Any, y: np.ndarray, z: np.ndarray, out: np.ndarray) -> None:
    """C computes v*y of bytes and shorts in 32 bits, so that it does not wrap before the division."""
    product = np.multiply(y, v, dtype=np.promote_types(x.dtype, np.int32))
    quotient = np.empty_like(product)
    _truncated_quotient(product, z.astype(product.dtype), quotient)
    np.add(x, quotient, out, casting="unsafe")


# x + v*y/z
SUM_WITH_QUOTIENT = Choice(
    Tape("xvyz", (np.multiply, "yv", "t"), (np.divide, "tz", "t"), (np.add, "xt", "r")), _truncated_sum_with_quotient
)


# ---------------------------------------------------------------------- forms


def _with_number(operation: Operation, divides: str = "") -> Form:
    """`f([r,] x, v)`; `divides` names a function that cannot take the integer 0."""

    def call(r: Core | None, x: Core, v: float) -> Core:
        number = x.element.number(v)
        if divides and not x.element.floating:
            refuse_zero(number, x.element, divides)
        return compute(r if r is x else result_like(r, x), operation, x.array, number)

    return Form(call, "number")


def _with_tensor(operation: Operation, divides: str = "", names: tuple[str, str, str] = ("r_", "t", "src")) -> Form:
    """`f([r,] x, y)`; `divides` names a function that cannot take the integer 0."""

    def call(r: Core | None, x: Core, y: Core) -> Core:
        other = y.array if y._size == x._size else paired(x, y, names)
        if divides and not x.element.floating:
            refuse_zero(other, x.element, divides)
        return compute(r if r is x else result_like(r, x), operation, x.array, other)

    return Form(call, "T")


def _scaled(operation: np.ufunc) -> Callable[[Core | None, Core, float, Core], Core]:
    """The operation of x and v*y, as a function (r, x, v, y)."""
    scaled = Tape("xvy", (np.multiply, "yv", "t"), (operation, "xt", "r"))

    def call(r: Core | None, x: Core, v: float, y: Core) -> Core:
        other = paired(x, y)
        r = result_like(r, x)
        if v == 1:
            return compute(r, operation, x.array, other)
        if v == 0 and r is x and x.element.floating and x.isContiguous() and y.isContiguous():
            # BLAS, which does this case in Torch7, does nothing for 0; elsewhere 0 * NaN is NaN.
            return r
        return compute(r, scaled, x.array, x.element.number(v), other)

    return call


sum_of, difference_of = _scaled(np.add), _scaled(np.subtract)


def _with_two_tensors(operation: Operation, divides: str = "") -> Form:
    """`f([r,] x, [v=1,] y, z)`."""

    def call(r: Core | None, x: Core, v: float, y: Core, z: Core) -> Core:
        if not x._size == y._size == z._size and not count(x._size) == count(y._size) == count(z._size):
            raise errors.different_counts([("r_", x._size), ("src1", y._size), ("src2", z._size)])
        first, second = paired(x, y), paired(x, z)
        if divides and not x.element.floating:
            refuse_zero(second, x.element, divides)
        return compute(result_like(r, x), operation, x.array, x.element.number(v), first, second)

    return Form(call, "number=1", "T", "T")


def _clamp(r: Core | None, x: Core, low: float, high: float) -> Core:
    """`torch.clamp([r,] x, lo, hi)`: lo where x < lo, else hi where x > hi, else x; `x.clamp(lo, hi)` changes x."""
    low, high = x.element.number(low), x.element.number(high)
    operation = CLAMPED if low <= high else _clamped_between_crossed
    return compute(result_like(r, x), operation, x.array, low, high)


def _match(r: Core | None, x: Core, y: Core, gain: float) -> Core:
    """`torch.match([r,] x, y [, gain=1])`: squared distances of rows, r[i, j] = gain * |x[i] - y[j]|^2.

    Also `r.match(x, y [, gain])`. What follows the first dimension of x and y is one row.

    Input: (N, D) and (M, D). Output: (N, M).
    """
    if x.dim() == 0 or y.dim() == 0:
        raise errors.SizeError("match: tensors with rows expected, got an empty tensor")
    n, m = x._size[0], y._size[0]
    if count(x._size) // n != count(y._size) // m:
        why = f"m1 and m2 must have the same inner vector dim: {errors.sizes(x._size)} and {errors.sizes(y._size)}"
        raise errors.SizeError(errors.bad_argument(3, "match", why))
    rows, others = x.contiguous().array.reshape(n, -1), y.contiguous().array.reshape(m, -1)
    distances = np.empty((n, m), x.dtype)
    kernels.distances.squared(rows, others, distances)
    r = type(x).empty((n, m)) if r is None else r._resize((n, m))
    return compute(r, np.multiply, distances, x.element.number(gain))


# ---------------------------------------------------------------------- functions

add = Overloads(
    "add",
    IN_PLACE,
    _with_number(np.add),
    Form(sum_of, "number=1", "T"),
    doc="""`torch.add([r,] x, v)` is x + v; `torch.add([r,] x, [v=1,] y)` is x + v*y.

    `x.add(v)` and `x.add([v,] y)` change x.
    """,
)
csub = Overloads(
    "csub",
    IN_PLACE,
    _with_number(np.subtract),
    Form(difference_of, "number=1", "T"),
    doc="""`torch.csub([r,] x, v)` is x - v; `torch.csub([r,] x, [v=1,] y)` is x - v*y.

    `x.csub(v)` and `x.csub([v,] y)` change x.
    """,
)
mul = Overloads(
    "mul",
    IN_PLACE,
    _with_number(np.multiply),
    doc="`torch.mul([r,] x, v)` is x * v; `x.mul(v)` changes x.",
)
div = Overloads(
    "div",
    IN_PLACE,
    _with_number(QUOTIENT, "div"),
    doc="""`torch.div([r,] x, v)` is x / v; `x.div(v)` changes x.

    Integers are divided toward zero; their division by 0, or by a fraction below 1, is an error.
    """,
)
cmul = Overloads(
    "cmul",
    IN_PLACE,
    _with_tensor(np.multiply),
    doc="`torch.cmul([r,] x, y)` multiplies element by element; `x.cmul(y)` changes x.",
)
cdiv = Overloads(
    "cdiv",
    IN_PLACE,
    _with_tensor(QUOTIENT, "cdiv"),
    doc="""`torch.cdiv([r,] x, y)` divides element by element; `x.cdiv(y)` changes x.

    Integers are divided toward zero; their division by 0 is an error.
    """,
)
fmod = Overloads(
    "fmod",
    IN_PLACE,
    _with_number(np.fmod, "fmod"),
    doc="""`torch.fmod([r,] x, v)`, also `mod`: the remainder of x / v with the sign of x; `x.fmod(v)` changes x.

    0 gives NaN, and an error for integers.
    """,
)
cfmod = Overloads(
    "cfmod",
    IN_PLACE,
    _with_tensor(np.fmod, "cfmod"),
    doc="""`torch.cfmod([r,] x, y)`, also `cmod`: `fmod` element by element; `x.cfmod(y)` changes x.""",
)
mod, cmod = fmod, cfmod
remainder = Overloads(
    "remainder",
    IN_PLACE,
    _with_number(REMAINDER, "remainder"),
    doc="""`torch.remainder([r,] x, v)` is x - v*floor(x/v), with the sign of v; `x.remainder(v)` changes x.

    0 gives NaN, and an error for integers.
    """,
)
cremainder = Overloads(
    "cremainder",
    IN_PLACE,
    _with_tensor(REMAINDER, "cremainder"),
    doc="`torch.cremainder([r,] x, y)` is `remainder` element by element; `x.cremainder(y)` changes x.",
)
clamp = Overloads("clamp", IN_PLACE, Form(_clamp, "number", "number"))
cmax = Overloads(
    "cmax",
    IN_PLACE,
    _with_tensor(LARGER, names=("r", "t", "src")),
    _with_number(LARGER),
    doc="""`torch.cmax([r,] x, y)`, y a tensor or a number: the larger of each pair; `x.cmax(y)` changes x.

    NaN in x gives y; NaN in y gives NaN.
    """,
)
cmin = Overloads(
    "cmin",
    IN_PLACE,
    _with_tensor(SMALLER, names=("r", "t", "src")),
    _with_number(SMALLER),
    doc="""`torch.cmin([r,] x, y)`, y a tensor or a number: the smaller of each pair; `x.cmin(y)` changes x.

    NaN in x gives y; NaN in y gives NaN.
    """,
)
addcmul = Overloads(
    "addcmul",
    IN_PLACE,
    _with_two_tensors(SUM_WITH_PRODUCT),
    doc="`torch.addcmul([r,] x, [v=1,] y, z)` is x + v*y*z; `x.addcmul([v,] y, z)` changes x.",
)
addcdiv = Overloads(
    "addcdiv",
    IN_PLACE,
    _with_two_tensors(SUM_WITH_QUOTIENT, "addcdiv"),
    doc="`torch.addcdiv([r,] x, [v=1,] y, z)` is x + v*y/z; `x.addcdiv([v,] y, z)` changes x.",
)
match = Overloads("match", INTO, Form(_match, "T", "T", "number=1"))


class Arithmetic:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    add: Any = add.method
    addcdiv: Any = addcdiv.method
    addcmul: Any = addcmul.method
    cdiv: Any = cdiv.method
    cfmod: Any = cfmod.method
    clamp: Any = clamp.method
    cmax: Any = cmax.method
    cmin: Any = cmin.method
    cmod: Any = cmod.method
    cmul: Any = cmul.method
    cremainder: Any = cremainder.method
    csub: Any = csub.method
    div: Any = div.method
    fmod: Any = fmod.method
    match: Any = match.method
    mod: Any = mod.method
    mul: Any = mul.method
    remainder: Any = remainder.method
