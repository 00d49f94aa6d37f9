"""Python's operators with Torch7's meaning: `*` of tensors is the matrix or dot product, `==` is identity."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, SizeError, bad_argument
from torchnn.torch import arithmetic, products
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.text import to_number


def _operand(x: Core, other: Any, operator: str, position: int = 2) -> Any:
    """A number as it is, an array as a tensor of x's type; errors: neither these nor such a tensor."""
    kind = type(other)
    if kind is float or kind is int or isinstance(other, type(x)):
        return other
    if isinstance(other, (np.ndarray, list)):
        return type(x).from_any(other)
    return _number(other, operator, position)


def _number(value: Any, operator: str, position: int = 2) -> Any:
    if isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_)):
        return value
    if isinstance(value, str) and (number := to_number(value)) is not None:
        return number
    raise ArgumentError(bad_argument(position, operator, f"number expected, got {type_word(value)}"))


def _product(x: Core, y: Core) -> Any:
    """The dot product of vectors, the product of a matrix and a vector or a matrix."""
    dimensions = (len(x._size), len(y._size))
    if dimensions == (1, 1):
        return products.dot_product(x, y)
    if dimensions == (2, 1):
        return products.matrix_by_vector(None, x, y)
    if dimensions == (2, 2):
        return products.matrix_by_matrix(None, x, y)
    raise SizeError(f"multiplication between {x.dim()}D and {y.dim()}D tensors not yet supported")


class Operators:
    """Python's operators of tensors; the results are new.

    `x + y`, `x - y` of tensors with as many elements and of numbers in any order; `x * v` with a number, and the dot
    product of vectors, the product of a matrix and a vector or a matrix; `x / v` and `x % v` (`remainder`) with a
    number; `-x`. Arrays of numpy count as tensors of the type of x. `x += y` is x = x + y, which leaves the tensor that
    x was as it is.
    """

    __slots__ = ()

    # numpy leaves the operators of its arrays and numbers with tensors to the methods here.
    __array_priority__ = 1000

    def __add__(self: Core, other: Any) -> Core:
        if type(other) is type(self):
            return arithmetic.sum_of(None, self, other)
        return arithmetic.add(self, _operand(self, other, "+"))

    def __radd__(self: Core, other: Any) -> Core:
        return arithmetic.add(self, _operand(self, other, "+", 1))

    def __sub__(self: Core, other: Any) -> Core:
        if type(other) is type(self):
            return arithmetic.difference_of(None, self, other)
        return arithmetic.csub(self, _operand(self, other, "-"))

    def __rsub__(self: Core, other: Any) -> Core:
        other = _operand(self, other, "-", 1)
        if isinstance(other, Core):
            return arithmetic.csub(other, self)
        return arithmetic.multiple_of(None, self, -1).add(other)

    def __mul__(self: Core, other: Any) -> Any:
        if type(other) is type(self):
            return _product(self, other)
        other = _operand(self, other, "*")
        return _product(self, other) if isinstance(other, Core) else arithmetic.multiple_of(None, self, other)

    def __rmul__(self: Core, other: Any) -> Any:
        other = _operand(self, other, "*", 1)
        return _product(other, self) if isinstance(other, Core) else arithmetic.multiple_of(None, self, other)

    def __truediv__(self: Core, other: Any) -> Core:
        return arithmetic.div(self, _number(other, "/"))

    def __rtruediv__(self: Core, other: Any) -> Core:
        raise ArgumentError(bad_argument(1, "/", f"{self.element.tensor_name} expected, got {type_word(other)}"))

    def __mod__(self: Core, other: Any) -> Core:
        return arithmetic.remainder(self, _number(other, "%"))

    def __neg__(self: Core) -> Core:
        return arithmetic.multiple_of(None, self, -1)

    def __pow__(self: Core, other: Any) -> Core:
        raise ArgumentError(f"{self.element.tensor_name} has no power operator; use torch.pow")
