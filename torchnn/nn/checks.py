"""What modules check before they change anything."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from torchnn import errors
from torchnn.errors import ArgumentError
from torchnn.nn import utils
from torchnn.torch import types
from torchnn.torch.core import Core, contiguous_strides, count
from torchnn.torch.elementwise import paired
from torchnn.torch.overloads import type_word
from torchnn.torch.tensor import DoubleTensor, FloatTensor

# The tensors that layers compute with.
FLOATING = frozenset((FloatTensor, DoubleTensor))


def same_type(input: Any, **tensors: Any) -> None:
    """Raise unless the input is a Float or Double tensor and the named tensors have its type.

    They are fields, which may be None, and `gradOutput`, which may not.
    """
    element = input.element if isinstance(input, Core) else None
    if element is not types.DOUBLE and element is not types.FLOAT:
        if element is None:
            raise ArgumentError(f"input: torch.*Tensor expected, got {type_word(input)}")
        wanted = "input has to be a FloatTensor or a DoubleTensor"
        raise ArgumentError(f"{element.tensor_name}.THNN backend not imported: {wanted}")
    for name, tensor in tensors.items():
        if type(tensor) is type(input) or (tensor is None and name != "gradOutput"):
            continue
        if not isinstance(tensor, Core) or tensor.element is not element:
            given = tensor.element.tensor_name if isinstance(tensor, Core) else type_word(tensor)
            raise ArgumentError(f"{name} is a {given}, but input is a {element.tensor_name}")


def tensor(*values: Any) -> None:
    """Raise unless the values are tensors."""
    for value in values:
        if not isinstance(value, Core):
            raise ArgumentError(f"torch.*Tensor expected, got {type_word(value)}")


def two(input: Any) -> Any:
    """The first two of a table of tensors, as a list; further elements are ignored."""
    return utils.tensors_of([utils.element(input, i) for i in range(2)])


def copyable(source: Any, size: tuple[int, ...]) -> None:
    """Raise unless the source is a tensor with as many elements as those sizes, which it is to be copied into."""
    tensor(source)
    if count(source._size) != count(size):
        raise errors.different_counts([("tensor", size), ("src", source._size)])


def gradient_like(input: Any, gradOutput: Any) -> np.ndarray:
    """The elements of gradOutput, of the input's type and as many, in the sizes of the input."""
    same_type(input, gradOutput=gradOutput)
    return paired(input, gradOutput)


def size_of(name: str, tensor: Any, wanted: tuple[int, ...]) -> None:
    """Raise unless the tensor has the wanted sizes, in the words of Torch7, which name one dimension."""
    if not isinstance(tensor, Core):
        raise ArgumentError(f"{name}: torch.*Tensor expected, got {type_word(tensor)}")
    if tensor._size == wanted:
        return
    given, axis = tensor._size, 0
    if len(given) == len(wanted):
        axis = next(i for i, (a, b) in enumerate(zip(given, wanted, strict=True)) if a != b)
    raise errors.wrong_size(name, given, axis, wanted)


def gradients(input: Any, gradOutput: Sequence[Any], wanted: tuple[int, ...]) -> None:
    """Raise unless gradOutput, a list of one tensor or of none, has the input's type and the wanted sizes."""
    for gradient in gradOutput:
        if gradient is None:
            raise ArgumentError("gradOutput is nil")
        same_type(input, gradOutput=gradient)
        size_of("gradOutput", gradient, wanted)


def number(name: str, value: Any) -> Any:
    """The number that a value is, or that a tensor of one element holds; raise for anything else."""
    if isinstance(value, Core):
        if value.nElement() != 1:
            raise errors.SizeError(f"{name}: number expected, got a tensor {errors.sizes(value._size)}")
        return value.array.item()
    if not isinstance(value, (Real, np.generic)):
        raise ArgumentError(f"{name}: number expected, got {type_word(value)}")
    return value


def alike(first: Any, *others: Any) -> list[np.ndarray] | None:
    """The elements of Float or Double tensors, all of them contiguous and of one type and size; None for any others.

    That is the usual case, which this finds out at once: what a layer's call does takes five times as long when big
    layers have pushed it out of the caches, and most of all functions do, whatever they do.
    """
    kind = type(first)
    if kind not in FLOATING:
        return None
    size, array = first._size, first.array
    if not array.flags.c_contiguous:
        return None
    arrays = [array]
    for tensor in others:
        if type(tensor) is not kind or tensor._size != size:
            return None
        array = tensor.array
        if not array.flags.c_contiguous:
            return None
        arrays.append(array)
    return arrays


def refilled(buffer: Any, size: tuple[int, ...]) -> np.ndarray:
    """The elements of a buffer, contiguous and of those sizes, to be filled anew; it stays the same tensor."""
    array = buffer.array if buffer._size == size else buffer._resize(size).array
    if not array.flags.c_contiguous:
        buffer._place(buffer._storage, buffer._offset, size, contiguous_strides(size))
        array = buffer.array
    return array
