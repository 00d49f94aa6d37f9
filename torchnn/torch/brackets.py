"""Python's brackets and iteration: they count from 0, as everything in Python's own syntax does."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError
from torchnn.torch import types
from torchnn.torch.conversion import as_tensor, is_table
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.storage import Storage

# What Torch7 says that half-precision tensors cannot do.
BY_MASK = "ByteTensor based indexing not yet supported with half type"
FILL = "fill on torch.HalfTensor not yet supported"


class Brackets:
    """Reading, writing and walking with Python's syntax.

    A number, a slice, `...`, None, or several of them give a view (a number where all dimensions are gone), a
    LongStorage of as many positions as dimensions gives one element. A ByteTensor (or array of booleans) selects the
    elements where it is 1; a LongTensor (or array or list of whole numbers) takes slices along the first dimension:
    both copy.
    """

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        if type(key) is int:
            size, stride = self._size, self._stride
            position = self._offset + _position(key, size, 0) * stride[0]
            if len(size) == 1:
                return self._element(position)
            return self._view(position, size[1:], stride[1:])
        position = _place_of_element(self, key)
        if position >= 0:
            return self._element(position)
        kind, key = _kind(self, key)
        if kind == "view":
            offset, size, stride = _basic(self, key)
            if size or not self._size:
                return self._view(offset, size, stride)
            return self._element(offset)
        no_half(self, BY_MASK)
        if kind == "mask":
            return self.maskedSelect(key)
        return self.wrap(np.take(self.array, _checked(self, key), 0))

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) in (int, float):
            position = _place_of_element(self, key)
            if position >= 0:
                self._write(position, value)
                return
        kind, key = _kind(self, key)
        value = _value(self, value)
        if kind == "view":
            self._set_view(key, value)
            return
        no_half(self, BY_MASK)
        if kind == "mask" and isinstance(value, Core):
            self.maskedCopy(key, self.from_any(value))
        elif kind == "mask":
            self.maskedFill(key, value)
        else:
            self._set_slices(_checked(self, key), value)

    def _set_view(self, key: tuple[Any, ...], value: Any) -> None:
        offset, size, stride = _basic(self, key)
        if isinstance(value, Core):
            self._view(offset, size or (1,), stride or (1,)).copy(value)
        elif size:
            no_half(self, FILL)
            self._view(offset, size, stride).fill(value)
        elif self._size:
            self._write(offset, value)

    def _set_slices(self, index: np.ndarray, value: Any) -> None:
        size = index.shape + self._size[1:]
        if isinstance(value, Core):
            self.array[index] = self.empty(size).copy(value).array
        else:
            self.array[index] = self.element.number(value)

    def _write(self, position: int, value: Any) -> None:
        """Store a number at a 0-based position of the storage, within it or an error."""
        memory = self._storage.data
        if position >= memory.size:
            raise SizeError(f"position {position + 1} is beyond the storage of {memory.size} elements")
        memory[position] = self.element.number(value)

    def __len__(self) -> int:
        return self._size[0] if self._size else 0

    def __iter__(self) -> Iterator[Any]:
        if len(self._size) == 1:
            return iter(self.array.tolist())
        return (self[i] for i in range(len(self)))


def _place_of_element(x: Core, key: Any) -> int:
    """Position in the storage of the element that as many ints as dimensions name; -1 for all other keys."""
    size, position = x._size, x._offset
    if type(key) is int:
        key = (key,)
    if type(key) is not tuple or len(key) != len(size) or not size:
        return -1
    for index, n, step in zip(key, size, x._stride, strict=True):
        if type(index) is not int or not -n <= index < n:
            return -1
        position += (index if index >= 0 else index + n) * step
    return position


def _kind(x: Core, key: Any) -> tuple[str, Any]:
    """How a key is to be understood: as a `view` (the key a tuple), a `mask` (a ByteTensor) or `slices` (an array)."""
    if isinstance(key, tuple):
        return "view", key
    if isinstance(key, (int, slice, np.integer, float)) or key is None or key is Ellipsis:
        return "view", (key,)
    if isinstance(key, Storage) and key.element is types.LONG:
        if key.data.size != len(x._size):
            raise SizeError(f"invalid size: {key.data.size} indices for a {len(x._size)}D tensor")
        return "view", tuple(key)
    if isinstance(key, Core):
        if key.element is types.BYTE:
            return "mask", key
        if key.element is types.LONG:
            return "slices", key.array
        raise ArgumentError(f"a {key.element.tensor_name} is no index: torch.ByteTensor or torch.LongTensor expected")
    if is_table(key) or isinstance(key, np.ndarray):
        array = np.asarray(key)
        if array.dtype == np.bool_:
            return "mask", as_tensor(array)
        if array.dtype.kind in "iu":
            return "slices", array
    raise ArgumentError(f"{type_word(key)} is no index")


def _position(index: int, size: tuple[int, ...], axis: int) -> int:
    """A 0-based index, negative from the end, along a dimension."""
    if axis >= len(size):
        raise RangeError("empty tensor" if not size else f"too many indices provided for a {len(size)}D tensor")
    n = size[axis]
    position = index + n if index < 0 else index
    if not 0 <= position < n:
        raise RangeError(f"index out of range: {index} of dimension {axis} of size {n}, counted from 0")
    return position


def _basic(x: Core, key: tuple[Any, ...]) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Offset, sizes and strides of the view that numpy's basic indexing gives."""
    taken = len(key)
    for part in key:
        if part is None or part is Ellipsis:
            taken -= 1
    if taken > len(x._size):
        raise RangeError("empty tensor" if not x._size else f"too many indices provided for a {len(x._size)}D tensor")
    offset, axis = x._offset, 0
    size: list[int] = []
    stride: list[int] = []
    for part in key:
        if part is None:
            size.append(1)
            stride.append(1)
        elif part is Ellipsis:
            end = len(x._size) - taken + axis
            size += x._size[axis:end]
            stride += x._stride[axis:end]
            axis = end
        elif isinstance(part, slice):
            start, n, step = _slice(part, x._size, axis)
            offset += start * x._stride[axis]
            size.append(n)
            stride.append(step * x._stride[axis])
            axis += 1
        else:
            offset += _position(_whole(part), x._size, axis) * x._stride[axis]
            axis += 1
    return offset, (*size, *x._size[axis:]), (*stride, *x._stride[axis:])


def _slice(part: slice, size: tuple[int, ...], axis: int) -> tuple[int, int, int]:
    """Start, number and step of a slice; there are no tensors of size 0 and no negative strides."""
    if part.step is not None and _whole(part.step) < 1:
        raise SizeError(f"a slice with step {part.step}: tensors have no negative strides")
    try:
        first, end, step = part.indices(size[axis])
    except TypeError:
        raise ArgumentError(f"whole numbers expected in the slice {part.start}:{part.stop}:{part.step}") from None
    if end <= first:
        raise RangeError(f"empty slice {part.start}:{part.stop} of dimension {axis} of size {size[axis]}")
    return first, (end - first + step - 1) // step, step


def _whole(index: Any) -> int:
    """An index as int; a float has to be whole."""
    if type(index) is int:
        return index
    if isinstance(index, (float, np.floating)) and float(index).is_integer():
        return int(index)
    if isinstance(index, bool):
        raise ArgumentError("a boolean is no index")
    try:
        return operator.index(index)
    except TypeError:
        raise ArgumentError(f"{type_word(index)} is no index") from None


def _checked(x: Core, index: np.ndarray) -> np.ndarray:
    """Indices along the first dimension, verified."""
    if not x._size:
        raise RangeError("empty tensor")
    if index.size and not -x._size[0] <= int(index.min()) <= int(index.max()) < x._size[0]:
        raise RangeError(f"index out of range of a first dimension of size {x._size[0]}, counted from 0")
    return index


def _value(x: Core, value: Any) -> Any:
    """What is to be stored: a number, or a tensor of any type."""
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype == np.bool_:
        return as_tensor(value)
    if isinstance(value, (Core, np.ndarray)):
        return as_tensor(value)
    if is_table(value):
        return x.from_any(value)
    raise ArgumentError(f"torch.*Tensor expected, got {type_word(value)}")


def no_half(x: Core, why: str) -> None:
    """Refuse half-precision tensors in Torch7's words: TorchError."""
    if x.element is types.HALF:
        raise TorchError(why)
