"""Bits of integers, element by element; shifts of Double and Float multiply and divide by powers of two."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.errors import ArgumentError
from torchnn.torch.core import Core
from torchnn.torch.elementwise import compute, paired
from torchnn.torch.overloads import IN_PLACE, Form, Overloads
from torchnn.torch.tapes import Choice, Few, Operation, Out, formulated_for_many, looped_for_few, played_for_few_as

# ---------------------------------------------------------------------- operations of arrays


@played_for_few_as(lambda x, y, out: np.multiply(x, np.exp2(y), out))
def _doubled(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    return np.multiply(x, np.exp2(y, dtype=x.dtype), out)


@played_for_few_as(lambda x, y, out: np.divide(x, np.exp2(y), out))
def _halved(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    return np.divide(x, np.exp2(y, dtype=x.dtype), out)


@looped_for_few
@formulated_for_many
def shifted_as_unsigned(x: np.ndarray, y: Any, out: Out = None) -> np.ndarray:
    """Zeros come in at the left, whatever the sign: numpy does so for unsigned numbers only."""
    unsigned = np.dtype(f"u{x.itemsize}")
    result = np.empty_like(x) if out is None else out
    np.right_shift(x.view(unsigned), np.asarray(y, x.dtype).view(unsigned), result.view(unsigned))
    return result


_shifted_left, _shifted_right = Choice(_doubled, np.left_shift), Choice(_halved, shifted_as_unsigned)

# ---------------------------------------------------------------------- forms


def _function(name: str, operation: Operation, meaning: str, of_floats: bool = False) -> Overloads:
    """`f([r,] x, v)` with a number."""

    def call(r: Core | None, x: Core, v: float) -> Core:
        if not of_floats:
            _refuse_floats(x, name)
        return compute(r, x, operation, x.element.operand(v))

    few = Few(operation if of_floats else Choice(None, operation))
    doc = f"`torch.{name}([r,] x, v)` is {meaning} v, a number; `x.{name}(v)` changes x."
    return Overloads(name, IN_PLACE, Form(few.of(call), "number"), doc=doc)


def _function_of_two(name: str, operation: Operation, meaning: str, of_floats: bool = False) -> Overloads:
    """`f([r,] x, y)` with a tensor."""

    def call(r: Core | None, x: Core, y: Core) -> Core:
        if not of_floats:
            _refuse_floats(x, name)
        other = paired(x, y)
        return compute(r, x, operation, other)

    few = Few(operation if of_floats else Choice(None, operation))
    doc = f"`torch.{name}([r,] x, y)` is {meaning} y, a tensor of as many elements; `x.{name}(y)` changes x."
    return Overloads(name, IN_PLACE, Form(few.of(call), "T"), doc=doc)


def _refuse_floats(x: Core, name: str) -> None:
    if x.element.floating:
        raise ArgumentError(f"{name} is only supported for integer type tensors")


# ---------------------------------------------------------------------- functions

bitand = _function("bitand", np.bitwise_and, "the bits set in both x and")
bitor = _function("bitor", np.bitwise_or, "the bits set in x or")
bitxor = _function("bitxor", np.bitwise_xor, "the bits set in just one of x and")
lshift = _function("lshift", _shifted_left, "x * 2^v: the bits of x shifted left by", of_floats=True)
rshift = _function("rshift", _shifted_right, "x / 2^v: the bits of x, as unsigned, shifted right by", of_floats=True)
cbitand = _function_of_two("cbitand", np.bitwise_and, "the bits set in both x and")
cbitor = _function_of_two("cbitor", np.bitwise_or, "the bits set in x or")
cbitxor = _function_of_two("cbitxor", np.bitwise_xor, "the bits set in just one of x and")
clshift = _function_of_two("clshift", _shifted_left, "x * 2^y: the bits of x shifted left by", of_floats=True)
crshift = _function_of_two(
    "crshift", _shifted_right, "x / 2^y: the bits of x, as unsigned, shifted right by", of_floats=True
)


class Bits:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    bitand: Any = bitand.method
    bitor: Any = bitor.method
    bitxor: Any = bitxor.method
    cbitand: Any = cbitand.method
    cbitor: Any = cbitor.method
    cbitxor: Any = cbitxor.method
    clshift: Any = clshift.method
    crshift: Any = crshift.method
    lshift: Any = lshift.method
    rshift: Any = rshift.method
