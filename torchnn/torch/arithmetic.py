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
from torchnn.torch.elementwise import NAMES, compute, fill, paired, refuse_zero
from torchnn.torch.overloads import IN_PLACE, INTO, Form, Overloads
from torchnn.torch.replacements import Replacement
from torchnn.torch.tapes import (
    Choice,
    Few,
    FewByOrder,
    Operation,
    Out,
    formulated_for_many,
    looped_for_few,
    played_as,
    played_for_few_as,
    taped,
    taped_for_few,
    variants,
    where,
)

# ---------------------------------------------------------------------- operations of arrays


@taped_for_few
@formulated_for_many
def truncated_quotient(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """Division of integers as in C: toward zero, where numpy's goes down."""
    return np.floor_divide(x if x.dtype.kind == "u" else np.subtract(x, np.fmod(x, y)), y, out)


QUOTIENT = Choice(np.divide, truncated_quotient)


@taped_for_few
@formulated_for_many
def rest_of_integers(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """What is left of x, with its sign."""
    return np.fmod(x, y, out)


REST = Choice(np.fmod, rest_of_integers)


@formulated_for_many
def remainder_of_floats(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """x - y * floor(x / y), which rounds otherwise than numpy's; C multiplies floats by their floor in double."""
    y = np.asarray(y, x.dtype)
    product = np.multiply(np.floor(np.divide(x, y)), y, dtype=np.float64)
    return np.subtract(x, product, np.empty_like(x) if out is None else out, casting="same_kind")


@taped_for_few
@formulated_for_many
def remainder_of_integers(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """What is left of x where division goes down, with the sign of y."""
    return np.remainder(x, y, out)


@taped_for_few
@played_as(remainder_of_floats)
def remainder_of_doubles(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """The same of doubles."""
    return np.subtract(x, np.multiply(np.floor(np.divide(x, y)), y), out)


REMAINDER = Choice(remainder_of_floats, remainder_of_integers, remainder_of_doubles)


@taped
def _larger(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """`x > y and x or y`: a NaN in x gives y, one in y gives NaN."""
    return np.maximum(np.fmax(x, y), y, out=out)


@taped
def _smaller(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """`x < y and x or y`."""
    return np.minimum(np.fmin(x, y), y, out=out)


@taped
def _larger_integer(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    return np.maximum(x, y, out=out)


@taped
def _smaller_integer(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    return np.minimum(x, y, out=out)


LARGER, SMALLER = Choice(_larger, _larger_integer), Choice(_smaller, _smaller_integer)


@taped
def _clamped(x: np.ndarray, low: float, high: float, out: Out = None) -> np.ndarray:
    """`x < low and low or x > high and high or x` where the limits are in order; half the time of np.clip."""
    return np.minimum(np.maximum(x, low), high, out=out)


@looped_for_few
def clamped_between_crossed(x: np.ndarray, low: Any, high: Any, out: Out = None) -> np.ndarray:
    """The same whichever way round the limits are."""
    return where(x < low, low, np.where(x > high, high, x), out)


@taped
def _sum_with_product(x: np.ndarray, y: np.ndarray, z: np.ndarray, out: Out = None) -> np.ndarray:
    return np.add(x, np.multiply(y, z), out)


@taped
def _sum_with_scaled_product(x: np.ndarray, v: Any, y: np.ndarray, z: np.ndarray, out: Out = None) -> np.ndarray:
    return np.add(x, np.multiply(np.multiply(y, v), z), out)


@taped
def _sum_with_quotient(x: np.ndarray, y: np.ndarray, z: np.ndarray, out: Out = None) -> np.ndarray:
    return np.add(x, np.divide(y, z), out)


@taped
def _sum_with_scaled_quotient(x: np.ndarray, v: Any, y: np.ndarray, z: np.ndarray, out: Out = None) -> np.ndarray:
    return np.add(x, np.divide(np.multiply(y, v), z), out)


@formulated_for_many
def sum_with_scaled_truncated_quotient(
    x: np.ndarray, v: Any, y: np.ndarray, z: np.ndarray, out: Out = None
) -> np.ndarray:
    """x + v*y/z; C computes v*y of bytes and shorts in 32 bits, so that it does not wrap before the division."""
    product = np.multiply(y, v, dtype=np.promote_types(x.dtype, np.int32))
    quotient = truncated_quotient(product, z.astype(product.dtype))
    return np.add(x, quotient, np.empty_like(x) if out is None else out, casting="unsafe")


@played_for_few_as(lambda x, y, z, out: np.add(x, truncated_quotient(y, z), out))
@formulated_for_many
def sum_with_truncated_quotient(x: np.ndarray, y: np.ndarray, z: np.ndarray, out: Out = None) -> np.ndarray:
    """x + y/z of integers."""
    return sum_with_scaled_truncated_quotient(x, 1, y, z, out)


# ---------------------------------------------------------------------- forms


def _with_number(operation: Operation, divides: str = "") -> Callable[[Core | None, Core, float], Core]:
    """The operation of x and v as a function (r, x, v); `divides` names one that cannot take the integer 0."""
    of_floats, of_integers = variants(operation)

    def call(r: Core | None, x: Core, v: float) -> Core:
        element = x.element
        number = element.operand(v)
        if divides and not element.floating:
            refuse_zero(number, element, divides)
        return compute(r, x, of_floats if element.floating else of_integers, number)

    return Few(operation, nonzero=bool(divides)).of(call)


def _with_tensor(
    operation: Operation, divides: str = "", names: tuple[str, str, str] = NAMES
) -> Callable[[Core | None, Core, Core], Core]:
    """The operation of x and y as a function (r, x, y); `divides` names one that cannot take the integer 0."""
    of_floats, of_integers = variants(operation)

    def call(r: Core | None, x: Core, y: Core) -> Core:
        if y._size == x._size:
            other = y._array if y._base is None and y._size else y.array
        else:
            other = paired(x, y, names)
        if x.element.floating:
            return compute(r, x, of_floats, other)
        if divides:
            refuse_zero(other, x.element, divides)
        return compute(r, x, of_integers, other)

    return Few(operation, divides=bool(divides)).of(call)


sum_of, difference_of = _with_tensor(np.add), _with_tensor(np.subtract)
sum_with_number, difference_from_number = _with_number(np.add), _with_number(np.subtract)
multiple_of, quotient_by = _with_number(np.multiply), _with_number(QUOTIENT, "div")
remainder_by = _with_number(REMAINDER, "remainder")


def _scaled(operation: np.ufunc, plain: Callable[[Core | None, Core, Core], Core]) -> Form:
    """`f([r,] x, [v=1,] y)`: the operation of x and v*y, where `plain` is that of x and y."""

    @taped
    def scaled(x: np.ndarray, v: Any, y: np.ndarray, out: Out = None) -> np.ndarray:
        return operation(x, np.multiply(y, v), out)

    def call(r: Core | None, x: Core, v: float, y: Core) -> Core:
        if v == 1:
            return plain(r, x, y)
        if y._size == x._size:
            other = y._array if y._base is None and y._size else y.array
        else:
            other = paired(x, y)
        if v == 0 and r is x and x.element.floating and x.isContiguous() and y.isContiguous():
            # BLAS, which does this case in Torch7, does nothing for 0; elsewhere 0 * NaN is NaN.
            return r
        return compute(r, x, scaled, x.element.operand(v), other)

    return Form(Few(scaled, nonzero=True).of(call), "number=1", "T", plain=plain)


def _with_two_tensors(operation: Operation, plain: Operation, divides: str = "") -> Form:
    """`f([r,] x, [v=1,] y, z)`: the operation of x, v, y and z, and `plain` of x, y and z where v is 1."""
    of_floats, of_integers = zip(variants(operation), variants(plain), strict=True)

    def call(r: Core | None, x: Core, v: float, y: Core, z: Core) -> Core:
        if x._size == y._size == z._size:
            first = y._array if y._base is None and y._size else y.array
            second = z._array if z._base is None and z._size else z.array
        elif count(x._size) == count(y._size) == count(z._size):
            first, second = paired(x, y), paired(x, z)
        else:
            raise errors.different_counts([("r_", x._size), ("src1", y._size), ("src2", z._size)])
        element = x.element
        if element.floating:
            scaled, unscaled = of_floats
        else:
            scaled, unscaled = of_integers
            if divides:
                refuse_zero(second, element, divides)
        if v == 1:
            return compute(r, x, unscaled, first, second)
        return compute(r, x, scaled, element.operand(v), first, second)

    def with_one(r: Core | None, x: Core, y: Core, z: Core) -> Core:
        return call(r, x, 1, y, z)

    few = Few(operation, divides=bool(divides)), Few(plain, divides=bool(divides))
    return Form(few[0].of(call), "number=1", "T", "T", plain=few[1].of(with_one))


def _clamp(r: Core | None, x: Core, low: float, high: float) -> Core:
    """`torch.clamp([r,] x, lo, hi)`: lo where x < lo, else hi where x > hi, else x; `x.clamp(lo, hi)` changes x."""
    bottom, top = x.element.operand(low), x.element.operand(high)
    return compute(r, x, _clamped if bottom <= top else clamped_between_crossed, bottom, top)


class FewMatched(Replacement):
    """What compiled calls do in place of finding distances."""


@FewMatched().of
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
    fill(r.array, np.multiply, distances, x.element.number(gain))
    return r


# ---------------------------------------------------------------------- functions

add = Overloads(
    "add",
    IN_PLACE,
    Form(sum_with_number, "number"),
    _scaled(np.add, sum_of),
    doc="""`torch.add([r,] x, v)` is x + v; `torch.add([r,] x, [v=1,] y)` is x + v*y.

    `x.add(v)` and `x.add([v,] y)` change x.
    """,
)
csub = Overloads(
    "csub",
    IN_PLACE,
    Form(difference_from_number, "number"),
    _scaled(np.subtract, difference_of),
    doc="""`torch.csub([r,] x, v)` is x - v; `torch.csub([r,] x, [v=1,] y)` is x - v*y.

    `x.csub(v)` and `x.csub([v,] y)` change x.
    """,
)
mul = Overloads(
    "mul",
    IN_PLACE,
    Form(multiple_of, "number"),
    doc="`torch.mul([r,] x, v)` is x * v; `x.mul(v)` changes x.",
)
div = Overloads(
    "div",
    IN_PLACE,
    Form(quotient_by, "number"),
    doc="""`torch.div([r,] x, v)` is x / v; `x.div(v)` changes x.

    Integers are divided toward zero; their division by 0, or by a fraction below 1, is an error.
    """,
)
cmul = Overloads(
    "cmul",
    IN_PLACE,
    Form(_with_tensor(np.multiply), "T"),
    doc="`torch.cmul([r,] x, y)` multiplies element by element; `x.cmul(y)` changes x.",
)
cdiv = Overloads(
    "cdiv",
    IN_PLACE,
    Form(_with_tensor(QUOTIENT, "cdiv"), "T"),
    doc="""`torch.cdiv([r,] x, y)` divides element by element; `x.cdiv(y)` changes x.

    Integers are divided toward zero; their division by 0 is an error.
    """,
)
fmod = Overloads(
    "fmod",
    IN_PLACE,
    Form(_with_number(REST, "fmod"), "number"),
    doc="""`torch.fmod([r,] x, v)`, also `mod`: the remainder of x / v with the sign of x; `x.fmod(v)` changes x.

    0 gives NaN, and an error for integers.
    """,
)
cfmod = Overloads(
    "cfmod",
    IN_PLACE,
    Form(_with_tensor(REST, "cfmod"), "T"),
    doc="""`torch.cfmod([r,] x, y)`, also `cmod`: `fmod` element by element; `x.cfmod(y)` changes x.""",
)
mod, cmod = fmod, cfmod
remainder = Overloads(
    "remainder",
    IN_PLACE,
    Form(remainder_by, "number"),
    doc="""`torch.remainder([r,] x, v)` is x - v*floor(x/v), with the sign of v; `x.remainder(v)` changes x.

    0 gives NaN, and an error for integers.
    """,
)
cremainder = Overloads(
    "cremainder",
    IN_PLACE,
    Form(_with_tensor(REMAINDER, "cremainder"), "T"),
    doc="`torch.cremainder([r,] x, y)` is `remainder` element by element; `x.cremainder(y)` changes x.",
)
clamp = Overloads("clamp", IN_PLACE, Form(FewByOrder(_clamped, clamped_between_crossed).of(_clamp), "number", "number"))
cmax = Overloads(
    "cmax",
    IN_PLACE,
    Form(_with_tensor(LARGER, names=("r", "t", "src")), "T"),
    Form(_with_number(LARGER), "number"),
    doc="""`torch.cmax([r,] x, y)`, y a tensor or a number: the larger of each pair; `x.cmax(y)` changes x.

    NaN in x gives y; NaN in y gives NaN.
    """,
)
cmin = Overloads(
    "cmin",
    IN_PLACE,
    Form(_with_tensor(SMALLER, names=("r", "t", "src")), "T"),
    Form(_with_number(SMALLER), "number"),
    doc="""`torch.cmin([r,] x, y)`, y a tensor or a number: the smaller of each pair; `x.cmin(y)` changes x.

    NaN in x gives y; NaN in y gives NaN.
    """,
)
addcmul = Overloads(
    "addcmul",
    IN_PLACE,
    _with_two_tensors(_sum_with_scaled_product, _sum_with_product),
    doc="`torch.addcmul([r,] x, [v=1,] y, z)` is x + v*y*z; `x.addcmul([v,] y, z)` changes x.",
)
addcdiv = Overloads(
    "addcdiv",
    IN_PLACE,
    _with_two_tensors(
        Choice(_sum_with_scaled_quotient, sum_with_scaled_truncated_quotient),
        Choice(_sum_with_quotient, sum_with_truncated_quotient),
        "addcdiv",
    ),
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
