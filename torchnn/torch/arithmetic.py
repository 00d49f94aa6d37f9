"""Arithmetic of all types, element by element.

Tensors need the same number of elements, not the same shape; elements pair up in row-major order and the result
takes the shape of the first operand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn.errors import different_counts
from torchnn.torch.core import Core, count
from torchnn.torch.overloads import IN_PLACE, Form, Overloads


def result_like(r: Core | None, x: Core) -> Core:
    """The result tensor resized to x's sizes, or a new one where there is none."""
    if r is None:
        return type(x).empty(x._size)
    return r._resize(x._size) if r is not x else r


def paired(x: Core, y: Core, names: tuple[str, str, str] = ("r_", "t", "src")) -> np.ndarray:
    """y's elements in the shape of x."""
    if y._size == x._size:
        return y.array
    if count(y._size) != count(x._size):
        r, t, src = names
        raise different_counts([(r, x._size), (t, x._size), (src, y._size)])
    return y.array.reshape(x._size)


def _add_number(r: Core | None, x: Core, v: float) -> Core:
    r = result_like(r, x)
    np.add(x.array, x.element.number(v), out=r.array)
    return r


def _add_scaled(r: Core | None, x: Core, v: float, y: Core) -> Core:
    other = paired(x, y)
    r = result_like(r, x)
    if v != 1:
        other = other * x.element.number(v)
    np.add(x.array, other, out=r.array)
    return r


add = Overloads(
    "add",
    IN_PLACE,
    Form(_add_number, "number"),
    Form(_add_scaled, "number=1", "T"),
    doc="""`torch.add([r,] x, v)` is x + v; `torch.add([r,] x, [v=1,] y)` is x + v*y.

    `x.add(v)` and `x.add([v,] y)` change x. A number is first converted to x's type.
    """,
)


class Arithmetic:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    add: Any = add.method
