"""Saving and loading, and how tensors and storages are stored in `.t7` files."""

from __future__ import annotations

import contextlib
import io
import math
import os
import stat
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from torchnn import registry, t7
from torchnn.errors import ArgumentError, FormatError
from torchnn.torch import types

# Elements that numpy can address, whatever their type.
LARGEST = 2**59

MODES = ("binary", "ascii", "b32", "b64")


class StorageFormat:
    """Mixin of storages: the number of elements, and the elements."""

    __slots__ = ()

    def write(self, writer: t7.Writer) -> None:
        """Write what follows the class name."""
        writer.write_long(self.data.size)
        writer.write_array(self.data)

    def read(self, reader: t7.Reader, version: int) -> None:
        """Become the storage that follows."""
        self.data = reader.read_array(self.element.dtype, reader.read_long())
        self._part = False


class TensorFormat:
    """Mixin of tensors: dimensions, sizes, strides, 1-based offset, and the whole storage (nil where there is none)."""

    __slots__ = ()

    def write(self, writer: t7.Writer) -> None:
        """Write what follows the class name."""
        x = self if writer.whole or self._storage is None else self._alone()
        writer.write_int(len(x._size))
        writer.write_longs(x._size)
        writer.write_longs(x._stride)
        writer.write_long(x._offset + 1)
        writer.write_object(x._storage)

    def _alone(self) -> Any:
        """The tensor, or a copy with its elements alone where the storage has others too."""
        return self if self.nElement() == self._storage.data.size else self.clone()

    def read(self, reader: t7.Reader, version: int) -> None:
        """Become the tensor that follows; sizes that do not fit the storage are an error."""
        at = reader.source.position
        dims = reader.read_int()
        size = reader.read_longs(dims)
        stride = reader.read_longs(dims)
        offset = reader.read_long() - 1
        storage = reader.read_object()
        kind = types.STORAGES[self.element]
        if storage is not None and not isinstance(storage, kind):
            raise reader.error(f"a {self.element.storage_name} expected as the storage of a tensor", at)
        held = 0 if storage is None else storage.data.size
        fits = offset >= 0 and all(n > 0 for n in size) and all(0 <= s < LARGEST for s in stride)
        fits = fits and math.prod(size) < LARGEST  # which strides of 0 would allow, but numpy does not
        if not fits or (size and offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) >= held):
            raise reader.error(
                f"a tensor of sizes {list(size)}, strides {list(stride)} and offset {offset + 1} "
                f"does not fit its storage of {held} elements",
                at,
            )
        self._base, self._offset, self._size, self._stride = storage, offset, size, stride
        self._array = self._memory = None


def load(
    filename: str | os.PathLike[str] | bytes | IO[bytes],
    mode: str | None = None,
    referenced: bool = True,
    mmap: bool = False,
) -> Any:
    """The object that a `.t7` file holds: a path, the bytes of a file, or a Python file from where it stands.

    Without `mode` the encoding is recognised; else it is 'binary', 'ascii', 'b32' or 'b64' (longs of 4 and 8 bytes;
    'binary' is 'b64'). With `mmap` large storages of a binary file are not read but are the file's memory: fast, and
    larger than memory if need be. What is written to them stays in memory, and the file must stay as it is.
    Data that are no such object raise `FormatError`, naming the byte where that shows.
    """
    if mode is not None:
        _check_mode(mode)
    if isinstance(filename, (bytes, bytearray, memoryview)):
        return deserialize(bytes(filename), mode, referenced)
    if _is_file(filename, "read"):
        return _load_from(filename, mode, referenced)
    with open(_path(filename), "rb") as file:
        try:
            return t7.read(t7.Mapped(file, mmap) if t7.is_large(file) else file.read(), mode, referenced)
        except FormatError as error:
            raise FormatError(f"{os.fspath(filename)}: {error}", error.offset, error.short) from error


def _load_from(file: IO[bytes], mode: str | None, referenced: bool) -> Any:
    """The next object of a Python file, which is left after it where the file can be positioned."""
    begin = file.tell() if file.seekable() else None
    data = file.read()
    if not isinstance(data, bytes):
        raise ArgumentError("a file that is open in binary mode expected")
    found = t7.read_first(data, mode, referenced)
    if begin is not None:
        file.seek(begin + found.length)
    return found.value


def deserialize(data: str | bytes, mode: str | None = None, referenced: bool = True) -> Any:
    """The object that is stored in a string, as `serialize` makes it; without `mode` the encoding is recognised."""
    if mode is not None:
        _check_mode(mode)
    if not isinstance(data, (str, bytes, bytearray)):
        raise ArgumentError(f"a string or bytes expected, got {type(data).__name__}")
    return t7.read(data.encode("latin-1") if isinstance(data, str) else data, mode, referenced)


def save(
    filename: str | os.PathLike[str] | IO[bytes],
    value: Any,
    mode: str = "binary",
    referenced: bool = True,
    whole: bool = True,
) -> None:
    """Write an object to a `.t7` file (a path, or a Python file); `mode` is 'binary', 'ascii', 'b32' or 'b64'.

    The file is complete or, where writing fails, as it was before. Without `referenced` an object that occurs twice
    is written twice. Tensors are written with their whole storage, which they share when they are read again; without
    `whole` a tensor that is a part of its storage is written with its own elements alone and shares nothing.
    ndarrays are written as tensors. What cannot be written is an error, but as a field of an object, where it is left
    out with a warning.
    """
    _check_mode(mode)
    if _is_file(filename, "write"):
        _write(filename, value, mode, referenced, whole)
        return
    target = os.path.realpath(_path(filename))
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as device:
            _write(device, value, mode, referenced, whole)
        return
    with _replacing(target) as file:
        _write(file, value, mode, referenced, whole)


def serialize(value: Any, mode: str = "binary", referenced: bool = True, whole: bool = True) -> bytes:
    """The bytes that `save` writes to a file."""
    _check_mode(mode)
    buffer = io.BytesIO()
    _write(buffer, value, mode, referenced, whole)
    return buffer.getvalue()


def serializeToStorage(value: Any, mode: str = "binary", referenced: bool = True) -> Any:
    """The bytes that `save` writes to a file, as a CharStorage."""
    data = np.frombuffer(serialize(value, mode, referenced), np.int8).copy()
    return types.STORAGES[types.CHAR].wrap(data)


def deserializeFromStorage(storage: Any, mode: str | None = None, referenced: bool = True) -> Any:
    """The object that is stored in a CharStorage, as `serializeToStorage` makes it, or in a CharTensor's elements."""
    if isinstance(storage, types.TENSORS[types.CHAR]):
        return deserialize(storage.array.tobytes(), mode, referenced)
    if not isinstance(storage, types.STORAGES[types.CHAR]):
        raise ArgumentError("torch.CharStorage expected")
    return deserialize(storage.data.tobytes(), mode, referenced)


def _is_file(value: Any, method: str) -> bool:
    """Whether a value is a Python file that can be read or written; objects of Torch7 have such methods too."""
    return callable(getattr(value, method, None)) and registry.typename(value) is None


def _path(filename: Any) -> str:
    try:
        return os.fsdecode(filename)
    except TypeError:
        raise ArgumentError(f"the path of a file, or a file, expected, got {type(filename).__name__}") from None


@contextlib.contextmanager
def _replacing(target: str) -> Iterator[IO[bytes]]:
    """A new file that takes the place of another once it is complete and on the disk."""
    try:
        handle, path = tempfile.mkstemp(prefix=os.path.basename(target) + ".", dir=os.path.dirname(target))
    except OSError as error:
        error.filename = target
        raise
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(path, _permissions(target))
        os.replace(path, target)
    except BaseException:
        os.unlink(path)
        raise


def _permissions(target: str) -> int:
    """Those of the file that is replaced, or what a new file gets."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _write(stream: Any, value: Any, mode: str, referenced: bool, whole: bool) -> None:
    t7.Writer(t7.make_sink(stream, mode), referenced, adapt, whole).write_object(value)


def adapt(value: Any) -> Any:
    """What is written in place of a value that is not Torch7's: a tensor for an array."""
    if isinstance(value, np.ndarray) and value.ndim:
        element = types.of_dtype(value.dtype)
        return types.TENSORS[element].wrap(np.array(value, element.dtype, order="C"))
    return None


saveobj = save
loadobj = load


def _check_mode(mode: str) -> None:
    if not isinstance(mode, str) or mode not in MODES:
        raise ArgumentError(f"mode {mode!r}: 'binary', 'ascii', 'b32' or 'b64' expected")
