"""Making tensors: the constructor, zeros, ones, fill, eye, range, linspace, logspace."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from torchnn.errors import SizeError, bad_argument, does_not_implement
from torchnn.torch import types
from torchnn.torch.conversion import is_table
from torchnn.torch.core import Core
from torchnn.torch.geometry import become, read_place
from torchnn.torch.overloads import PLAIN, Form, Overloads, dispatch
from torchnn.torch.sizes import of_result

if TYPE_CHECKING:
    from typing_extensions import Self


def zeros(*args: Any) -> Any:
    """`torch.zeros([r,] sizes)`: a tensor of zeros; sizes are numbers or a LongStorage. `r.zeros(sizes)`."""
    element, args = dispatch(args)
    return of_result(args, types.TENSORS[element]).zero()


def ones(*args: Any) -> Any:
    """`torch.ones([r,] sizes)`: a tensor of ones; sizes are numbers or a LongStorage. `r.ones(sizes)`."""
    element, args = dispatch(args)
    return of_result(args, types.TENSORS[element]).fill(1)


def _fill(x: Any, v: float) -> Any:
    """`torch.fill(x, v)`: set all elements to a number (first converted to x's type); returns x. `x.fill(v)`."""
    x.array.fill(x.element.number(v))
    return x


def _zero(x: Any) -> Any:
    """`torch.zero(x)`: set all elements to 0; returns x. `x.zero()`."""
    x.array.fill(0)
    return x


fill = Overloads("fill", PLAIN, Form(_fill, "number"))
zero = Overloads("zero", PLAIN, Form(_zero))


class Construction:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    fill: Any = fill.method
    zero: Any = zero.method
    zeros = zeros
    ones = ones

    def __init__(self, *args: Any) -> None:
        self._storage, self._offset, self._size, self._stride = None, 0, (), ()
        self._array = self._memory = None
        if not args:
            return
        if len(args) == 1 and (is_table(args[0]) or isinstance(args[0], np.ndarray)):
            made = self.from_any(args[0])
            self._place(made._storage, made._offset, made._size, made._stride)
        else:
            become(self, read_place(self, args))

    def new(self, *args: Any) -> Self:
        """A tensor of the same type, made as the constructor makes it."""
        return type(self)(*args)
