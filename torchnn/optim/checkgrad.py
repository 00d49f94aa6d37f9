"""A gradient against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import torch
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.optim.scalars import divide
from torchnn.optim.vectors import evaluate, tensor, value_at
from torchnn.torch.sizes import is_number


def checkgrad(opfunc: Callable[[Any], Any], x: Any, eps: float = 1e-7) -> tuple[float, Any, Any]:
    """Compare the gradient dC that a function gives with central differences E.

    opfunc: a function of x that returns the value and the gradient.
    x: a vector; its elements are changed one by one by eps, and put back.

    Returns ``|dC - E| / |dC + E|``, dC and E. dC is the tensor that opfunc returned: where opfunc returns the same
    tensor every time, it ends up as the gradient at the last point tried. Raises SizeError for x of other dimensions.
    """
    x = tensor(x)
    if not is_number(eps):
        raise ArgumentError(f"eps: number expected, got {torch.type(eps)}")
    if x.dim() != 1:
        raise SizeError(f"x: vector expected, got {sizes(x.shape)}")
    exact = evaluate(opfunc, x)[1].resizeAs(x)
    estimate = x.clone()
    for i, kept in enumerate(x.totable()):
        x[i] = kept + eps
        above = value_at(opfunc, x)
        x[i] = x[i] - 2 * eps
        below = value_at(opfunc, x)
        x[i] = kept
        estimate[i] = divide(above - below, 2 * eps)
    difference = divide(torch.add(exact, -1, estimate).norm(), torch.add(exact, 1, estimate).norm())
    return difference, exact, estimate
