"""Functions of one element, powers, and their relatives, of Double and Float (abs, sign and cpow of more)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn.errors import SizeError, bad_argument, sizes
from torchnn.kernels.silence import silently
from torchnn.torch import types
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import compute, paired
from torchnn.torch.overloads import ALL, FLOATING, IN_PLACE, NUMBERS, Form, Overloads
from torchnn.torch.tapes import (
    Choice,
    Few,
    FewByNumber,
    FewOfNumbers,
    Operation,
    Out,
    formulated,
    looped_for_few,
    play,
    played_as,
    played_for_few_as,
    taped,
)
from torchnn.torch.types import ElementType

# ---------------------------------------------------------------------- operations of arrays

# Below this numpy's sines of doubles, one at a time, take less than loading the kernel's.
FEW_ANGLES = 4096

# Which numpy need not convert.
ONE = {kind: np.array(1, kind) for kind in "fd"}


def _of_angles(ufunc: np.ufunc) -> Operation:
    """Sine or cosine."""

    @played_as(ufunc)
    def operation(x: np.ndarray, out: Out = None) -> np.ndarray:
        if x.size < FEW_ANGLES or x.dtype != np.float64:
            return ufunc(x, out)
        if out is not None and (not out.flags.c_contiguous or (out is not x and np.may_share_memory(out, x))):
            return ufunc(x, out)
        out = np.empty(x.shape) if out is None else out
        play(ufunc, [np.ascontiguousarray(x)], out)
        return out

    return operation


def _of_each_type(make: Callable[[np.dtype[Any]], Operation], integers: Operation | None = None) -> Choice:
    """The operation that is made for floats, that for doubles, and that of integers."""
    return Choice(make(types.FLOAT.dtype), integers, make(types.DOUBLE.dtype))


def _rounding(kind: np.dtype[Any]) -> Operation:
    """Halves go away from zero, as in C; numpy's go to the even neighbour.

    The number before 1/2 is added, which carries halves to the next whole number and nothing that is below them.
    """
    nearly_half = np.nextafter(np.array(0.5, kind), np.array(0, kind))

    @taped
    def rounded(x: np.ndarray, out: Out = None) -> np.ndarray:
        return np.trunc(np.add(x, np.copysign(nearly_half, x)), out)

    return rounded


@taped
def _fraction(x: np.ndarray, out: Out = None) -> np.ndarray:
    return np.subtract(x, np.trunc(x), out)


@formulated
def sigmoid_of(x: np.ndarray, out: Out = None) -> np.ndarray:
    """1 / (1 + exp(-x))."""
    t = np.negative(x)
    np.exp(t, t)
    np.add(t, ONE[t.dtype.char], t)
    return np.reciprocal(t, out)


@taped
def _inverse_root(x: np.ndarray, out: Out = None) -> np.ndarray:
    return np.reciprocal(np.sqrt(x), out)


@taped
def _cube(x: np.ndarray, out: Out = None) -> np.ndarray:
    return np.multiply(np.multiply(x, x), x, out)


@taped
def _inverse_square(x: np.ndarray, out: Out = None) -> np.ndarray:
    return np.reciprocal(np.multiply(x, x), out)


@taped
def _interpolated(x: np.ndarray, y: np.ndarray, w: Any, out: Out = None) -> np.ndarray:
    return np.add(x, np.multiply(np.subtract(y, x), w), out)


def _sign(kind: np.dtype[Any]) -> Operation:
    """-1, 0 or 1; 0 for NaN, which numpy's sign keeps."""
    zero = np.array(0, kind)

    def of_few(x: np.ndarray, out: Out = None) -> np.ndarray:
        return np.sign(np.add(np.fmax(x, zero), np.fmin(x, zero)), out)

    @taped
    def of_many(x: np.ndarray, out: Out = None) -> np.ndarray:
        return np.subtract(np.add(np.greater(x, zero), zero), np.less(x, zero), out)

    @played_for_few_as(of_few)
    @played_as(of_many)
    def sign(x: np.ndarray, out: Out = None) -> np.ndarray:
        signs = np.sign(x, out)
        # Bytes that NaN has, and -1, 0 and 1 have not, are looked for in half of the time of another ufunc.
        found = signs.tobytes()
        if 0x7F in found or 0xFF in found:
            signs[np.isnan(signs)] = 0
        return signs

    return sign


@taped
def _exponential(x: np.ndarray, base: float, out: Out = None) -> np.ndarray:
    return np.power(base, x, out)


@looped_for_few
def powers_of_integers(x: np.ndarray, y: np.ndarray, out: Out = None) -> np.ndarray:
    """C has a power of doubles only; its result is truncated."""
    return np.positive(types.of_dtype(x.dtype).convert(np.power(x, y, dtype=np.float64)), out)


# Exponents that are no case for a general power, nearly all of those in use.
SPECIAL_POWERS: dict[float, Operation] = {
    1: np.positive,
    2: np.square,
    3: _cube,
    0.5: np.sqrt,
    -0.5: _inverse_root,
    -1: np.reciprocal,
    -2: _inverse_square,
}

# ---------------------------------------------------------------------- forms


def _of_tensor(operation: Operation) -> Form:
    """`f([r,] x)`."""
    if not isinstance(operation, Choice):
        return Form(Few(operation).of(lambda r, x: compute(r, x, operation)))
    chosen = {element: operation.of(element.dtype) for element in ALL}
    return Form(Few(operation).of(lambda r, x: compute(r, x, chosen[x.element])))


def _of_numbers(operation: Operation, arguments: int = 1) -> Form:
    """`f(a, ...)`, in the precision of the default type."""

    @FewOfNumbers(operation).of
    def call(*values: float) -> Any:
        element = types.default()
        result = np.empty(1, element.dtype)
        silently(operation, *[np.array([element.number(v)], element.dtype) for v in values], result)
        return result.item()

    return Form(call, *["number"] * arguments, pattern=NUMBERS)


def _function(name: str, operation: Operation, meaning: str, of: Sequence[ElementType] = FLOATING) -> Overloads:
    """A function of tensors and of numbers."""
    doc = f"`torch.{name}([r,] x)` is {meaning}; `x.{name}()` changes x; `torch.{name}(v)` of a number is a number."
    return Overloads(name, IN_PLACE, _of_tensor(operation), _of_numbers(operation), of=of, doc=doc)


def _function_of_tensors(
    name: str, operation: Operation, meaning: str, of: Sequence[ElementType] = FLOATING
) -> Overloads:
    doc = f"`torch.{name}([r,] x)` is {meaning}; `x.{name}()` changes x."
    return Overloads(name, IN_PLACE, _of_tensor(operation), of=of, doc=doc)


@FewByNumber(np.power, SPECIAL_POWERS).of
def _power(r: Core | None, x: Core, exponent: float) -> Core:
    special = SPECIAL_POWERS.get(exponent)
    if special is not None:
        return compute(r, x, special)
    return compute(r, x, np.power, x.element.operand(exponent))


@Few(np.power).of
def _power_of_number(r: Core | None, base: float, x: Core) -> Core:
    return compute(r, x, _exponential, x.element.operand(base))


@Few(Choice(np.power, powers_of_integers)).of
def _cpow(r: Core | None, x: Core, y: Core) -> Core:
    """`torch.cpow([r,] x, y)` is x to the power y, element by element; `x.cpow(y)` changes x.

    Of integers too: the power of doubles, truncated.
    """
    other = paired(x, y)
    operation = np.power if x.element.floating else powers_of_integers
    return compute(r, x, operation, other)


@Few(np.arctan2).of
def _atan2(r: Core | None, x: Core, y: Core) -> Core:
    other = paired(x, y, ("r_", "tx", "ty"))
    return compute(r, x, np.arctan2, other)


def _lerp(r: Core | None, x: Core, y: Core, weight: float) -> Core:
    if x._size != y._size and count(x._size) != count(y._size):
        raise SizeError(bad_argument(2, "lerp", f"sizes do not match: {sizes(x._size)} and {sizes(y._size)}"))
    return compute(r, x, _interpolated, paired(x, y), x.element.operand(weight))


# ---------------------------------------------------------------------- functions

abs = _function("abs", np.absolute, "the absolute value", (*FLOATING, types.INT, types.LONG))
acos = _function("acos", np.arccos, "the arc cosine")
asin = _function("asin", np.arcsin, "the arc sine")
atan = _function("atan", np.arctan, "the arc tangent")
ceil = _function("ceil", np.ceil, "the smallest whole number not below x")
cinv = _function_of_tensors("cinv", np.reciprocal, "1 / x")
cos = _function("cos", _of_angles(np.cos), "the cosine")
cosh = _function("cosh", np.cosh, "the hyperbolic cosine")
exp = _function("exp", np.exp, "the exponential")
floor = _function("floor", np.floor, "the largest whole number not above x")
frac = _function("frac", _fraction, "x - trunc(x), which has the sign of x")
log = _function("log", np.log, "the natural logarithm")
log1p = _function("log1p", np.log1p, "the natural logarithm of 1 + x")
neg = _function_of_tensors("neg", np.negative, "-x")
round = _function("round", _of_each_type(_rounding), "the nearest whole number, halves away from zero")
rsqrt = _function("rsqrt", _inverse_root, "1 / sqrt(x)")
sigmoid = _function("sigmoid", sigmoid_of, "1 / (1 + exp(-x))")
sign = _function_of_tensors(
    "sign", _of_each_type(_sign, np.sign), "-1, 0 or 1 as x is negative, zero (or NaN) or positive", ALL
)
sin = _function("sin", _of_angles(np.sin), "the sine")
sinh = _function("sinh", np.sinh, "the hyperbolic sine")
sqrt = _function("sqrt", np.sqrt, "the square root")
tan = _function("tan", np.tan, "the tangent")
tanh = _function("tanh", np.tanh, "the hyperbolic tangent")
trunc = _function("trunc", np.trunc, "x without its fraction")

atan2 = Overloads(
    "atan2",
    IN_PLACE,
    Form(_atan2, "T"),
    _of_numbers(np.arctan2, 2),
    of=FLOATING,
    doc="""`torch.atan2([r,] x, y)` is the angle of the point (y, x), between -pi and pi; `x.atan2(y)` changes x.

    `torch.atan2(a, b)` of numbers is a number.
    """,
)
cpow = Overloads("cpow", IN_PLACE, Form(_cpow, "T"))
lerp = Overloads(
    "lerp",
    IN_PLACE,
    Form(Few(_interpolated).of(_lerp), "T", "number"),
    _of_numbers(_interpolated, 3),
    of=FLOATING,
    doc="""`torch.lerp([r,] x, y, w)` is x + w*(y-x); `x.lerp(y, w)` changes x.

    `torch.lerp(a, b, w)` of numbers is a number.
    """,
)
pow = Overloads(
    "pow",
    IN_PLACE,
    Form(_power, "number"),
    Form(_power_of_number, pattern=("*T*? number T", "*T* number T")),
    _of_numbers(np.power, 2),
    of=FLOATING,
    doc="""`torch.pow([r,] x, v)` is x to the power v, `torch.pow([r,] v, x)` v to the power x.

    `x.pow(v)` changes x, `r.pow(v, x)` fills r; `torch.pow(a, b)` of numbers is a number.
    """,
)


class Pointwise:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    abs: Any = abs.method
    acos: Any = acos.method
    asin: Any = asin.method
    atan: Any = atan.method
    atan2: Any = atan2.method
    ceil: Any = ceil.method
    cinv: Any = cinv.method
    cos: Any = cos.method
    cosh: Any = cosh.method
    cpow: Any = cpow.method
    exp: Any = exp.method
    floor: Any = floor.method
    frac: Any = frac.method
    lerp: Any = lerp.method
    log: Any = log.method
    log1p: Any = log1p.method
    neg: Any = neg.method
    pow: Any = pow.method
    round: Any = round.method
    rsqrt: Any = rsqrt.method
    sigmoid: Any = sigmoid.method
    sign: Any = sign.method
    sin: Any = sin.method
    sinh: Any = sinh.method
    sqrt: Any = sqrt.method
    tan: Any = tan.method
    tanh: Any = tanh.method
    trunc: Any = trunc.method
