"""How optimizers reach the elements of parameters, gradients and their own buffers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.errors import ArgumentError, different_counts
from torchnn.nn import checks
from torchnn.optim.options import Table


def tensor(value: Any) -> Any:
    """A tensor as it is; a numpy array as a tensor that shares its memory."""
    if torch.isTensor(value):
        return value
    if not isinstance(value, np.ndarray):
        raise ArgumentError(f"tensor expected, got {torch.type(value)}")
    return torch.from_numpy(value)


def function(**named: Any) -> None:
    """Raise unless the named values can be called."""
    for name, value in named.items():
        if not callable(value):
            raise ArgumentError(f"{name}: function expected, got {torch.type(value)}")


def evaluate(opfunc: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """The value and the gradient at x, whatever else opfunc returns."""
    function(opfunc=opfunc)
    found = opfunc(x)
    if not isinstance(found, (tuple, list)) or len(found) < 2:
        raise ArgumentError(f"opfunc: value and gradient expected, got {torch.type(found)}")
    return found[0], tensor(found[1])


def value_at(opfunc: Callable[[Any], Any], x: Any) -> Any:
    """The value at x, whatever else opfunc returns."""
    function(opfunc=opfunc)
    found = opfunc(x)
    return found[0] if isinstance(found, (tuple, list)) else found


def zeros(state: Table, name: str, like: Any) -> Any:
    """A buffer of the state; zeros of the type and size of a tensor where it is not there yet."""
    buffer = state.get(name)
    if buffer is None:
        buffer = state[name] = like.new().resizeAs(like).zero()
    return buffer


def product(state: Table, name: str, factors: Any, values: Any) -> Any:
    """The product of two vectors by element, in a buffer of the state."""
    return zeros(state, name, values).resizeAs(values).copy(factors).cmul(values)


def floating(name: str, value: Any) -> None:
    """Raise unless a tensor is one that optimizers can compute with."""
    if not value.element.floating or value.dtype == np.float16:
        raise ArgumentError(f"{name}: FloatTensor or DoubleTensor expected, got {torch.typename(value)}")


def run(kernel: Callable[..., None], tensors: dict[str, Any], *numbers: float) -> None:
    """Call a kernel on the elements of named tensors, which it changes in place.

    Tensors that are not contiguous take part as copies that are written back. Errors: types or numbers of elements
    that differ, types without fractions.
    """
    # A whole number would have the kernel compiled once more.
    floats = [number if isinstance(number, bool) else float(number) for number in numbers]
    usual = checks.alike(*tensors.values())
    if usual is not None:
        kernel(*[array.ravel() for array in usual], *floats)
        return
    first_name, first = next(iter(tensors.items()))
    floating(first_name, first)
    count = first.nElement()
    for name, value in tensors.items():
        if type(value) is not type(first):
            raise ArgumentError(f"{name}: {torch.typename(first)} expected, got {torch.typename(value)}")
        if value.nElement() != count:
            raise different_counts([(first_name, first.shape), (name, value.shape)])
    # One array for each tensor: the gradient may be the parameters themselves.
    arrays = {id(value): value.array.reshape(-1) for value in tensors.values()}
    kernel(*(arrays[id(value)] for value in tensors.values()), *floats)
    for value in tensors.values():
        if not value.isContiguous():
            value.array[...] = arrays[id(value)].reshape(value.shape)
