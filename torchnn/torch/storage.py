"""Storages: typed memory that tensors share and that can grow in place."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import weakref
from collections.abc import Iterator, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError, bad_argument, wrong_type
from torchnn.torch import printing, types
from torchnn.torch.serialization import StorageFormat
from torchnn.torch.types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Self


# No storage has as many elements.
LARGEST = 2**62

# Types of elements that numpy makes of numbers of some types as C does, by way of another type, in less time.
USUAL: dict[ElementType, tuple[set[type], Any]] = {
    types.LONG: ({int}, np.int64),
    types.FLOAT: ({int, float}, np.float64),
    types.DOUBLE: ({int, float}, np.float64),
}


class Storage(StorageFormat):
    """One run of memory.

    `torch.Storage()` is empty; `(size)` uninitialised; `(list)` holds these numbers; `(storage [, offset=1 [, size]])`
    is a view of part of another one of the same type; `(filename [, shared=False [, size [, sharedMem]]])` is a file
    seen as memory; `(size, pointer)` somebody else's memory. A file is private (what is written stays here) unless
    shared, and then grows to the size; with `sharedMem` it names shared memory, until the storage is freed. Views,
    files and foreign memory cannot be resized.

    `torch.Storage` makes storages of the default type; `torch.DoubleStorage`, `torch.LongStorage` and so on those
    of one type. Brackets count from 0. `data` is the memory, a numpy vector; growing replaces it.
    """

    __slots__ = ("__weakref__", "_part", "data")
    element: ClassVar[ElementType]

    data: np.ndarray
    _part: bool  # memory that is not this storage's own, and cannot be resized

    def __new__(cls, *args: Any) -> Storage:
        """Make a storage of the default type where none is named."""
        if cls is Storage:
            cls = types.STORAGES[types.default()]
        return object.__new__(cls)

    def __init__(self, *args: Any) -> None:
        self._part = False
        first = args[0] if args else 0
        # Most come first: to ask abstract classes takes longer than the rest.
        if type(first) is int and 0 <= first < LARGEST and len(args) < 2:
            self.data = types.allocate(self.element, first)
        elif type(first) is list:
            self.data = self._converted(first)
        elif isinstance(first, Storage):
            self._look_at(*args)
        elif isinstance(first, (str, os.PathLike)):
            self._map(os.fspath(first), *args[1:])
        elif isinstance(first, (Sequence, np.ndarray)):
            self.data = self._converted(first)
        elif isinstance(first, Real) and not isinstance(first, bool):
            if not 0 <= first < LARGEST:
                raise ArgumentError(f"bad argument #1 to '{self._name}' (invalid size {first})")
            if len(args) > 1:
                self._borrow(int(first), args[1])
            else:
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

    @classmethod
    def new(cls, *args: Any) -> Self:
        """A storage of the same type, made as the constructor makes it."""
        return cls(*args)

    def _look_at(self, whole: Storage, offset: int = 1, size: int | None = None) -> None:
        """Become a view of part of another storage; `offset` counts from 1."""
        if type(whole) is not type(self):
            raise wrong_type(1, self._name, self._name, whole._name)
        offset = _whole(offset)
        length = whole.data.size - offset + 1 if size is None else _whole(size)
        if offset < 1 or offset > max(whole.data.size, 1):
            raise RangeError(f"offset out of bounds: {offset} of {whole.data.size} elements")
        if length < 0 or offset - 1 + length > whole.data.size:
            raise RangeError(f"size out of bounds: {length} from {offset} on, of {whole.data.size} elements")
        self.data = whole.data[offset - 1 : offset - 1 + length]
        self._part = True

    def _map(self, filename: str, shared: bool = False, size: int = 0, sharedMem: bool = False) -> None:
        """Become the memory of a file, all of it where no size is given."""
        for flag in (shared, sharedMem):
            if hasattr(flag, "__array__"):
                raise ArgumentError(f"boolean expected, got {_kind(flag)}")
        path = os.path.join("/dev/shm", filename.lstrip("/")) if sharedMem else filename
        item, size = self.element.dtype.itemsize, _whole(size)
        try:
            with open(path, _mode(path, shared, size)) as file:
                have = file.seek(0, os.SEEK_END)
                if shared and have < size * item:
                    file.truncate(size * item)
                elif have < size * item:
                    raise SizeError(f"file <{path}> size is smaller than the required mapping size <{size * item}>")
                length = size if size > 0 else have // item
                if length == 0:
                    raise SizeError(f"file <{path}> is too short for one element of {self._name}")
                mapped = np.memmap(file, self.element.dtype, "r+" if shared else "c", 0, (length,))
        except OSError as error:
            mode = "read-write" if shared else "read-only"
            raise TorchError(f"unable to open file <{path}> in {mode} mode: {error.strerror}") from None
        self.data = mapped.view(np.ndarray)
        self._part = True
        if sharedMem:
            weakref.finalize(self, _remove, path)

    def _borrow(self, size: int, pointer: Any) -> None:
        """Become memory at an address (a number or a pointer of ctypes) that must stay valid."""
        try:
            address = pointer if isinstance(pointer, int) else ctypes.cast(pointer, ctypes.c_void_p).value
        except (ctypes.ArgumentError, TypeError):
            raise ArgumentError(f"bad argument #2 to '{self._name}' (pointer expected, got {_kind(pointer)})") from None
        if not address or not size:
            raise ArgumentError(f"bad argument #2 to '{self._name}' (null pointer, or nothing to point at)")
        if not 0 < address < 2 ** (8 * ctypes.sizeof(ctypes.c_void_p)):
            raise ArgumentError(f"bad argument #2 to '{self._name}' ({address} is not an address)")
        raw = (ctypes.c_char * (size * self.element.dtype.itemsize)).from_address(address)
        self.data = np.frombuffer(raw, self.element.dtype)
        self._part = True

    @property
    def _name(self) -> str:
        return self.element.storage_name

    def _converted(self, values: Any) -> np.ndarray:
        if isinstance(values, np.ndarray):
            if values.dtype.kind not in "biuf":
                raise ArgumentError(f"numbers expected, got an array of {values.dtype}")
            return self.element.convert(values.reshape(-1)).copy()
        usual = USUAL.get(self.element)
        if type(values) not in (list, tuple) or usual is None or not usual[0].issuperset(map(type, values)):
            return self._one_by_one(values)
        try:
            return self.element.convert(np.array(values, usual[1]))
        except OverflowError:  # of a number of more bits than there are
            return self._one_by_one(values)

    def _one_by_one(self, values: Any) -> np.ndarray:
        numbers = []
        for position, value in enumerate(values, 1):
            if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
                raise ArgumentError(f"element at index {position} is not a number")
            numbers.append(self.element.number(value))
        return np.array(numbers, self.element.dtype)

    # ------------------------------------------------------------------ Torch7's methods

    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    def __len__(self) -> int:
        return self.data.size

    @classmethod
    def elementSize(cls) -> int:
        """Bytes of an element; of a class too."""
        return cls.element.dtype.itemsize

    def fill(self, value: float) -> Self:
        """Set all elements; returns the storage."""
        self.data.fill(self.element.number(_number(value)))
        return self

    def copy(self, other: Storage) -> Self:
        """Take over the elements of another storage, of any type and the same size; returns the storage."""
        if not isinstance(other, Storage):
            raise ArgumentError("torch.*Storage expected")
        if other.data.size != self.data.size:
            why = f"size mismatch: {other.data.size} and {self.data.size} elements"
            raise SizeError(bad_argument(2, "copy", why))
        self.data[...] = self.element.convert(other.data)
        return self

    def resize(self, size: int) -> Self:
        """Change the number of elements, keeping the first ones; tensors on this storage see the change."""
        if self._part:
            raise TorchError(f"Trying to resize storage that is not resizable, to {size} elements")
        size = _whole(size)
        if not 0 <= size < LARGEST:
            raise SizeError(f"Trying to resize storage to an invalid size: {size}")
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
        if not isinstance(text, (str, bytes)):
            raise ArgumentError(f"string expected, got {_kind(text)}")
        raw = text.encode("latin-1") if isinstance(text, str) else text
        self.resize(len(raw))
        self.data[...] = np.frombuffer(raw, self.data.dtype)
        return self

    def retain(self) -> None:
        """Nothing: Python counts references itself."""

    def free(self) -> None:
        """Nothing: Python counts references itself."""

    # ------------------------------------------------------------------ Python's syntax

    def __getitem__(self, index: int) -> Any:
        return self.data[self._position(index)].item()

    def __setitem__(self, index: int, value: float) -> None:
        self.data[self._position(index)] = self.element.number(_number(value))

    def _position(self, index: int) -> int:
        position = index if type(index) is int else _whole(index)
        if not -self.data.size <= position < self.data.size:
            raise RangeError(f"out of bounds: index {position} (from 0) of a storage of {self.data.size} elements")
        return position

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.data, dtype, copy=copy)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Self:
        return self.wrap(np.array(self.data))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).wrap, (np.array(self.data),)

    def __repr__(self) -> str:
        return printing.storage(self.data, self._name)

    __str__ = __repr__


def _remove(path: str) -> None:
    """Give up a name of shared memory; whoever has mapped it keeps the memory."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _kind(value: Any) -> str:
    """What kind of value this is, for messages."""
    return registry.typename(value) or type(value).__name__


def _number(value: Any) -> Any:
    """A number as it is; errors: anything else."""
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        return value
    raise ArgumentError(f"number expected, got {_kind(value)}")


def _whole(value: Any) -> int:
    """A number truncated."""
    if not math.isfinite(_number(value)):
        raise SizeError(f"a whole number expected, got {value}")
    return int(value)


def _mode(path: str, shared: bool, size: int) -> str:
    """How to open a file to be mapped; a shared one that is to have a size is made where there is none."""
    if not shared:
        return "rb"
    return "r+b" if os.path.exists(path) or size <= 0 else "w+b"


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

    __slots__ = ("_sizes",)
    element = types.LONG

    _sizes: tuple[int, ...]  # what `data` is made of when it is first asked for

    @classmethod
    def of_sizes(cls, sizes: tuple[int, ...]) -> Self:
        """A storage of sizes or strides, in a third of the time that it takes with their memory."""
        storage = object.__new__(cls)
        storage._sizes = sizes
        storage._part = False
        return storage

    def __getattr__(self, name: str) -> Any:
        if name != "data":
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        self.data = np.array(self._sizes, np.int64)
        return self.data


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
