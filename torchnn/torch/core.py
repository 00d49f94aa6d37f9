"""The tensor's heart: a view (storage, offset, sizes, strides), how it becomes a numpy array and how it is resized.

Everything else about tensors lives in the family files and goes through what is here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from torchnn.errors import RangeError, SizeError, bad_argument
from torchnn.torch import parallel, types
from torchnn.torch.storage import Storage
from torchnn.torch.types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Self


@functools.lru_cache(1024)
def contiguous_strides(size: tuple[int, ...]) -> tuple[int, ...]:
    """Row-major strides, in elements."""
    strides = []
    step = 1
    for n in reversed(size):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


@functools.lru_cache(1024)
def in_bytes(stride: tuple[int, ...], item: int) -> tuple[int, ...]:
    """Strides in elements of so many bytes as numpy has them."""
    return tuple([s * item for s in stride])


@functools.lru_cache(1024)
def is_contiguous(size: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether strides are row-major; dimensions of size 1 do not matter."""
    step = 1
    for n, s in zip(reversed(size), reversed(stride), strict=True):
        if n != 1:
            if s != step:
                return False
            step *= n
    return True


def count(size: Sequence[int]) -> int:
    """Number of elements of a tensor of that size; no dimensions, no elements."""
    if not size:
        return 0
    return math.prod(size)


def does_not_fit(x: Core) -> SizeError:
    """A tensor whose storage has become too short."""
    return SizeError(
        f"a tensor of sizes {x._size}, strides {x._stride} and offset {x._offset + 1} "
        f"does not fit its storage of {len(x._storage) if x._storage is not None else 0} elements"
    )


class Core:
    """Geometry and memory of a tensor. Offsets are 0-based here; what Torch7 names counts from 1."""

    __slots__ = ("__weakref__", "_array", "_base", "_memory", "_offset", "_size", "_stride")
    element: ClassVar[ElementType]

    _base: Storage | None  # the storage, once it is made
    _offset: int
    _size: tuple[int, ...]
    _stride: tuple[int, ...]
    _array: np.ndarray | None  # numpy's view of the elements, made when asked for
    _memory: np.ndarray | None  # the storage's memory that _array looks at; None where there is no storage yet

    # ------------------------------------------------------------------ making

    @classmethod
    def view_of(cls, storage: Storage | None, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Self:
        """A tensor over a storage that is large enough; nothing is checked before the elements are touched."""
        tensor = object.__new__(cls)
        tensor._base = storage
        tensor._offset = offset
        tensor._size = size
        tensor._stride = stride
        tensor._array = tensor._memory = None
        return tensor

    @classmethod
    def empty(cls, size: tuple[int, ...] = (), make: Callable[..., np.ndarray] = np.empty) -> Self:
        """A new tensor of sizes that are all at least 1, uninitialised or as `make` makes it; empty without sizes."""
        return cls._over(types.allocate(cls.element, size, make), size) if size else cls.view_of(None, 0, (), ())

    def _alike(self, array: np.ndarray, kind: type[Core] | None = None) -> Any:
        """A tensor of the same sizes, of the class `kind` if it is another, over an array that numpy has made for it.

        `_over` written out: results are made here, in half of the time that it takes to add ten numbers. What numpy
        makes of a contiguous array, as that of a tensor without a storage is, and of others is contiguous too.
        """
        tensor = object.__new__(kind or type(self))
        tensor._base = tensor._memory = None
        tensor._offset = 0
        tensor._size = self._size
        if self._base is None:
            tensor._stride, tensor._array = self._stride, array
        else:
            tensor._stride = contiguous_strides(self._size)
            tensor._array = array if array.flags.c_contiguous else array.copy()
        return tensor

    @classmethod
    def _over(cls, array: np.ndarray, size: tuple[int, ...]) -> Self:
        """A tensor over a contiguous array of these sizes, without a storage until somebody asks for it.

        So making a result takes half of the time.
        """
        tensor = object.__new__(cls)
        tensor._base = tensor._memory = None
        tensor._offset = 0
        tensor._size = size
        tensor._stride = (1,) if len(size) == 1 else contiguous_strides(size)
        tensor._array = array
        return tensor

    @property
    def _storage(self) -> Storage | None:
        """The storage; None for a tensor that never had one."""
        if self._base is None and self._array is not None:
            self._memory = self._array.reshape(-1)
            self._base = types.STORAGES[self.element].wrap(self._memory)
        return self._base

    def _view(self, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Self:
        """Another view of this tensor's storage, in half of the time of `view_of`."""
        base = self._base
        view = object.__new__(type(self))
        view._base = self._storage if base is None else base
        view._offset = offset
        view._size = size
        view._stride = stride
        view._array = view._memory = None
        return view

    @classmethod
    def wrap(cls, array: np.ndarray) -> Self:
        """A tensor over the memory of a numpy array of the right type with no dimension of size 0.

        Nothing is copied; a number (an array without dimensions) becomes one element.
        """
        if array.ndim == 0:
            array = array.reshape(1)
        if array.size == 0:
            return cls.empty()
        if array.flags.c_contiguous:
            return cls._over(array, array.shape)
        item = array.itemsize
        stride = tuple(s // item for s in array.strides)
        if min(stride) < 0 or any(s % item for s in array.strides):
            raise SizeError("an array with negative or fractional strides cannot be shared; copy it first")
        extent = 1 + sum((n - 1) * s for n, s in zip(array.shape, stride, strict=True))
        data = np.lib.stride_tricks.as_strided(array, (extent,), (item,))
        tensor = cls.view_of(types.STORAGES[cls.element].wrap(data), 0, array.shape, stride)
        tensor._array, tensor._memory = array, data
        return tensor

    # ------------------------------------------------------------------ memory

    @property
    def array(self) -> np.ndarray:
        """The elements as a numpy array that shares the memory: what kernels and ufuncs work on.

        The empty tensor gives an array of shape (0,). After the storage has grown, arrays taken earlier look at
        the old memory: take a new one. Functions of few elements take `_array` itself of a tensor that has no storage
        and is not empty, 0.04 us each of the 0.7 that adding ten numbers takes.
        """
        array = self._array
        if array is None:
            return self._look() if self._base is not None and self._size else np.empty(0, self.element.dtype)
        base = self._base
        return array if base is None or base.data is self._memory else self._look()

    def _look(self) -> np.ndarray:
        """Make `_array`; numpy checks that the view lies within the memory."""
        memory = self._base.data  # type: ignore[union-attr]
        item = memory.itemsize
        if not memory.size:
            # numpy takes an empty buffer for one that is large enough.
            raise does_not_fit(self)
        try:
            array = np.ndarray(self._size, memory.dtype, memory, self._offset * item, in_bytes(self._stride, item))
        except (ValueError, TypeError):
            raise does_not_fit(self) from None
        self._array, self._memory = array, memory
        return array

    def _element(self, position: int) -> Any:
        """The element at a 0-based position in the storage, as a Python number."""
        try:
            return self._storage.data.item(position)  # type: ignore[union-attr]
        except IndexError:
            raise does_not_fit(self) from None

    def _place(self, storage: Storage | None, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
        """Turn this tensor into another view, growing the storage where it is too short.

        One that is this view already, as results in place are, keeps its array: making another takes 2 us.
        """
        if storage is not None and storage is self._base and storage.data is self._memory:
            if (offset, size, stride) == (self._offset, self._size, self._stride):
                return
        if size:
            end = offset + 1
            for n, s in zip(size, stride, strict=True):
                end += (n - 1) * s
            if storage is None:
                storage = types.STORAGES[self.element].wrap(types.allocate(self.element, end))
            elif storage.data.size < end:
                storage.resize(end)
        self._base, self._offset, self._size, self._stride = storage, offset, size, stride
        self._array = self._memory = None

    def _share(self, other: Core) -> None:
        """Turn this tensor into the same view as another one of its type."""
        storage = other._storage
        if storage is None or other._memory is not storage.data:
            self._place(storage, other._offset, other._size, other._stride)
        else:  # it has been looked at, so that it fits
            self._replace(other)

    def _replace(self, other: Core) -> None:
        """Take the place of a tensor of the same type that nobody else has."""
        self._base, self._offset, self._size, self._stride = other._base, other._offset, other._size, other._stride
        self._array, self._memory = other._array, other._memory

    def _resize(self, size: tuple[int, ...]) -> Self:
        """`resize` to sizes that are all at least 1: keeps storage, offset and, where sizes agree, strides."""
        if size != self._size:
            self._place(self._storage, self._offset, size, contiguous_strides(size))
        return self

    # ------------------------------------------------------------------ geometry

    def dim(self) -> int:
        """Number of dimensions; 0 for the empty tensor."""
        return len(self._size)

    def nDimension(self) -> int:
        """Number of dimensions; 0 for the empty tensor."""
        return len(self._size)

    def nElement(self) -> int:
        """Number of elements."""
        return math.prod(self._size) if self._size else 0

    def numel(self) -> int:
        """Number of elements."""
        return count(self._size)

    def isContiguous(self) -> bool:
        """Whether the elements follow one another in row-major order; dimensions of size 1 do not matter."""
        return is_contiguous(self._size, self._stride)

    def contiguous(self) -> Self:
        """The tensor itself where it is contiguous, else a contiguous copy."""
        return self if self._base is None or is_contiguous(self._size, self._stride) else self.clone()

    def clone(self) -> Self:
        """A contiguous copy with a storage of its own."""
        if count(self._size) < parallel.SMALLEST:
            return type(self).wrap(self.array.copy())
        copied = type(self).empty(self._size)
        parallel.copy(copied.array, self.array)
        return copied

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes as numpy gives them."""
        return self._size

    @property
    def ndim(self) -> int:
        """Number of dimensions, as numpy names it."""
        return len(self._size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element type as numpy names it."""
        return self.element.dtype

    def axis(self, dimension: int, function: str = "size", position: int = 2) -> int:
        """A 1-based dimension as numpy's axis; the error names the function, and which of its arguments it is."""
        axis = (dimension if type(dimension) is int else int(dimension)) - 1
        if not 0 <= axis < len(self._size):
            why = f"dimension {int(dimension)} out of range of {len(self._size)}D tensor"
            raise RangeError(bad_argument(position, function, why))
        return axis
