"""Questions about a tensor: sizes, strides, storage, what it has in common with another."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, wrong_type
from torchnn.torch import types
from torchnn.torch.conversion import as_tensor
from torchnn.torch.core import Core, count
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer
from torchnn.torch.storage import LongStorage, Storage


def numel(x: Any) -> int:
    """Number of elements of a tensor."""
    return count(as_tensor(x)._size)


def data(x: Any, asnumber: bool = False) -> Any:
    """Pointer (of ctypes) to the first element of a tensor or storage, or its address; None without storage.

    The pointer counts from 0, and is good until the storage grows.
    """
    if not isinstance(asnumber, bool):
        raise ArgumentError(f"boolean expected, got {type_word(asnumber)}")
    x = x if isinstance(x, Storage) else as_tensor(x)
    array = x.data if isinstance(x, Storage) else x.array
    if array.size == 0:
        return None
    if asnumber:
        return array.ctypes.data
    return array.ctypes.data_as(_pointers(x.element))


@functools.cache
def _pointers(element: types.ElementType) -> Any:
    """The type of pointers to elements; ctypes knows no half precision: its bits."""
    plain = np.dtype(np.uint16) if element is types.HALF else element.dtype
    return ctypes.POINTER(np.ctypeslib.as_ctypes_type(plain))


class Queries:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    data = data

    def size(self, dimension: int | None = None) -> Any:
        """The sizes as a new LongStorage, or that of one dimension (1-based) as a number."""
        if dimension is None:
            return LongStorage.of_sizes(self._size)
        return self._size[self.axis(integer(dimension))]

    def stride(self, dimension: int | None = None) -> Any:
        """The strides (in elements) as a new LongStorage, or that of one dimension (1-based) as a number."""
        if dimension is None:
            return LongStorage.of_sizes(self._stride)
        return self._stride[self.axis(integer(dimension), "stride")]

    def storage(self) -> Storage | None:
        """The storage; None for a tensor that never had one."""
        return self._storage

    def storageOffset(self) -> int:
        """Position in the storage of the first element, 1-based."""
        return self._offset + 1

    @classmethod
    def elementSize(cls) -> int:
        """Bytes of an element; of a class too."""
        return cls.element.dtype.itemsize

    def isSize(self, size: Any) -> bool:
        """Whether the sizes are those of a LongStorage."""
        if not isinstance(size, LongStorage):
            raise wrong_type(2, "isSize", "torch.LongStorage", type_word(size))
        return self._size == tuple(size.data.tolist())

    def isSameSizeAs(self, other: Any) -> bool:
        """Whether a tensor of the same type has the same sizes."""
        return self._size == self._same_type(other, "isSameSizeAs")._size

    def isSetTo(self, other: Any) -> bool:
        """Whether a tensor of the same type has the same storage, offset, sizes and strides; not for empty tensors."""
        y = self._same_type(other, "isSetTo")
        return (
            self._storage is not None
            and self._storage is y._storage
            and (self._offset, self._size, self._stride) == (y._offset, y._size, y._stride)
        )

    def _same_type(self, other: Any, function: str) -> Core:
        if isinstance(other, Core) and other.element is not self.element:
            raise wrong_type(2, function, self.element.tensor_name, other.element.tensor_name)
        return as_tensor(other)

    def retain(self) -> None:
        """Nothing: Python counts references itself."""

    def free(self) -> None:
        """Nothing: Python counts references itself."""
