"""Storages: typed memory that tensors share and that can grow in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, TorchError
from torchnn.torch import printing, types
from torchnn.torch.serialization import StorageFormat
from torchnn.torch.types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Self


class Storage(StorageFormat):
    """One run of memory: `torch.Storage()`, `(size)`, `(list)`, `(storage [, offset [, size]])`.

    `torch.Storage` makes storages of the default type; `torch.DoubleStorage`, `torch.LongStorage` and so on those
    of one type. Brackets count from 0. `data` is the memory, a numpy vector; growing replaces it.
    """

    __slots__ = ("__weakref__", "_part", "data")
    element: ClassVar[ElementType]

    data: np.ndarray
    _part: bool  # a view of part of another storage, which cannot be resized

    def __new__(cls, *args: Any) -> Storage:
        if cls is Storage:
            cls = types.STORAGES[types.default()]
        return object.__new__(cls)

    def __init__(self, *args: Any) -> None:
        self._part = False
        first = args[0] if args else 0
        if isinstance(first, Storage):
            self._look_at(*args)
        elif isinstance(first, (list, tuple, np.ndarray)):
            self.data = self._converted(first)
        elif isinstance(first, (int, float)) and not isinstance(first, bool):
            if not 0 <= first < 2**62:
                raise ArgumentError(f"bad argument #1 to '{self._name}' (invalid size {first})")
            self.data = types.allocate(self.element, int(first))
        else:
            raise ArgumentError(f"bad argument #1 to '{self._name}' (number expected)")

    @classmethod
    def wrap(cls, data: np.ndarray) -> Self:
        """A storage whose memory is a numpy vector of the right type; nothing is copied."""
        storage = object.__new__(cls)
        storage.data = data
        storage._part = False
        return storage

    def _look_at(self, whole: Storage, offset: int = 1, size: int | None = None) -> None:
        """Become a view of part of another storage; `offset` counts from 1."""
        if type(whole) is not type(self):
            raise ArgumentError(f"{self._name} expected, got {whole._name}")
        length = whole.data.size - offset + 1 if size is None else size
        if offset < 1 or (offset > whole.data.size and length):
            raise RangeError("offset out of bounds")
        if length < 0 or offset - 1 + length > whole.data.size:
            raise RangeError("size out of bounds")
        self.data = whole.data[offset - 1 : offset - 1 + length]
        self._part = True

    @property
    def _name(self) -> str:
        return self.element.storage_name

    def _converted(self, values: Any) -> np.ndarray:
        if isinstance(values, np.ndarray):
            return self.element.convert(values.reshape(-1)).copy()
        for value in values:
            if not isinstance(value, (int, float, np.number)) or isinstance(value, bool):
                raise ArgumentError(f"number expected, got {type(value).__name__}")
        return np.array([self.element.number(value) for value in values], self.element.dtype)

    # ------------------------------------------------------------------ Torch7's methods

    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    def __len__(self) -> int:
        return self.data.size

    def elementSize(self) -> int:
        """Bytes of an element."""
        return self.data.itemsize

    def fill(self, value: float) -> Self:
        """Set all elements; returns the storage."""
        self.data.fill(self.element.number(value))
        return self

    def copy(self, other: Storage) -> Self:
        """Take over the elements of another storage, of any type and the same size; returns the storage."""
        if not isinstance(other, Storage):
            raise ArgumentError("torch.*Storage expected")
        if other.data.size != self.data.size:
            raise TorchError("size does not match")
        self.data[...] = self.element.convert(other.data)
        return self

    def resize(self, size: int) -> Self:
        """Change the number of elements, keeping the first ones; tensors on this storage see the change."""
        if self._part:
            raise TorchError("Trying to resize storage that is not resizable")
        if size < 0:
            raise TorchError("Trying to resize storage to a negative size")
        kept = min(size, self.data.size)
        data = types.allocate(self.element, size)
        data[:kept] = self.data[:kept]
        self.data = data
        return self

    def totable(self) -> list[Any]:
        """The elements as a list of numbers."""
        return self.data.tolist()

    def string(self, text: str | bytes | None = None) -> str | Self:
        """The elements as text (Latin-1); with an argument, become that text. Byte and Char only."""
        if self.data.itemsize != 1:
            raise TorchError(f"string is not available on {self._name}")
        if text is None:
            return self.data.tobytes().decode("latin-1")
        raw = text.encode("latin-1") if isinstance(text, str) else text
        self.resize(len(raw))
        self.data[...] = np.frombuffer(raw, self.data.dtype)
        return self

    # ------------------------------------------------------------------ Python's syntax

    def __getitem__(self, index: int) -> Any:
        return self.data[self._position(index)].item()

    def __setitem__(self, index: int, value: float) -> None:
        if not isinstance(value, (int, float, np.number)) or isinstance(value, bool):
            raise ArgumentError("number expected")
        self.data[self._position(index)] = self.element.number(value)

    def _position(self, index: int) -> int:
        position = int(index)
        if not -self.data.size <= position < self.data.size:
            raise RangeError(f"index {position} out of range of a storage of {self.data.size} elements")
        return position

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.data, dtype, copy=copy)

    def __repr__(self) -> str:
        return printing.storage(self.data, self._name)

    __str__ = __repr__


@registry.register("torch.ByteStorage")
class ByteStorage(Storage):
    """Unsigned bytes."""

    __slots__ = ()
    element = types.BYTE


@registry.register("torch.CharStorage")
class CharStorage(Storage):
    """Signed bytes."""

    __slots__ = ()
    element = types.CHAR


@registry.register("torch.ShortStorage")
class ShortStorage(Storage):
    """16-bit integers."""

    __slots__ = ()
    element = types.SHORT


@registry.register("torch.IntStorage")
class IntStorage(Storage):
    """32-bit integers."""

    __slots__ = ()
    element = types.INT


@registry.register("torch.LongStorage")
class LongStorage(Storage):
    """64-bit integers; also how sizes and strides are given and returned."""

    __slots__ = ()
    element = types.LONG


@registry.register("torch.FloatStorage")
class FloatStorage(Storage):
    """Single precision."""

    __slots__ = ()
    element = types.FLOAT


@registry.register("torch.DoubleStorage")
class DoubleStorage(Storage):
    """Double precision."""

    __slots__ = ()
    element = types.DOUBLE


@registry.register("torch.HalfStorage")
class HalfStorage(Storage):
    """Half precision."""

    __slots__ = ()
    element = types.HALF


for _class in (
    ByteStorage,
    CharStorage,
    ShortStorage,
    IntStorage,
    LongStorage,
    FloatStorage,
    DoubleStorage,
    HalfStorage,
):
    types.STORAGES[_class.element] = _class
