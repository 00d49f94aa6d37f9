"""Saving and loading, and how tensors and storages are stored in `.t7` files."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from torchnn import t7
from torchnn.errors import ArgumentError, FormatError
from torchnn.torch import types

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
        writer.write_int(len(self._size))
        writer.write_longs(self._size)
        writer.write_longs(self._stride)
        writer.write_long(self._offset + 1)
        writer.write_object(self._storage)

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
        fits = offset >= 0 and all(n > 0 for n in size) and all(s >= 0 for s in stride)
        if not fits or (size and offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) >= held):
            raise reader.error(
                f"a tensor of sizes {list(size)}, strides {list(stride)} and offset {offset + 1} "
                f"does not fit its storage of {held} elements",
                at,
            )
        self._storage, self._offset, self._size, self._stride = storage, offset, size, stride
        self._array = self._memory = None


def load(filename: str | os.PathLike[str], mode: str = "binary", referenced: bool = True) -> Any:
    """The object that a `.t7` file holds; `mode` is 'binary', 'ascii', 'b32' or 'b64'.

    Data that are no such object raise `FormatError`, naming the byte where that shows.
    """
    _check_mode(mode)
    with open(filename, "rb") as file:
        data = file.read()
    try:
        return deserialize(data, mode, referenced)
    except FormatError as error:
        raise FormatError(f"{os.fspath(filename)}: {error}", error.offset) from error


def deserialize(data: str | bytes, mode: str = "binary", referenced: bool = True) -> Any:
    """The object that is stored in a string, as `serialize` makes it."""
    _check_mode(mode)
    raw = data.encode("latin-1") if isinstance(data, str) else data
    return t7.Reader(t7.make_source(raw, mode), referenced).read_object()


def save(filename: str | os.PathLike[str], value: Any, mode: str = "binary", referenced: bool = True) -> None:
    """Write an object to a `.t7` file; `mode` is 'binary', 'ascii', 'b32' or 'b64'.

    The file is complete or, where writing fails, as it was before. Without `referenced` an object that occurs twice
    is written twice. ndarrays are written as tensors. What cannot be written is an error, but as a field of an
    object, where it is left out with a warning.
    """
    _check_mode(mode)
    target = os.path.realpath(filename)
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as device:
            _write(device, value, mode, referenced)
        return
    with _replacing(target) as file:
        _write(file, value, mode, referenced)


def serialize(value: Any, mode: str = "binary", referenced: bool = True) -> bytes:
    """The bytes that `save` writes to a file."""
    _check_mode(mode)
    buffer = io.BytesIO()
    _write(buffer, value, mode, referenced)
    return buffer.getvalue()


def serializeToStorage(value: Any, mode: str = "binary", referenced: bool = True) -> Any:
    """The bytes that `save` writes to a file, as a CharStorage."""
    data = np.frombuffer(serialize(value, mode, referenced), np.int8).copy()
    return types.STORAGES[types.CHAR].wrap(data)


def deserializeFromStorage(storage: Any, mode: str = "binary", referenced: bool = True) -> Any:
    """The object that is stored in a CharStorage, as `serializeToStorage` makes it."""
    if not isinstance(storage, types.STORAGES[types.CHAR]):
        raise ArgumentError("torch.CharStorage expected")
    return deserialize(storage.data.tobytes(), mode, referenced)


@contextlib.contextmanager
def _replacing(target: str) -> Iterator[IO[bytes]]:
    """A new file that takes the place of another once it is complete and on the disk."""
    handle, path = tempfile.mkstemp(prefix=os.path.basename(target) + ".", dir=os.path.dirname(target))
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


def _write(stream: Any, value: Any, mode: str, referenced: bool) -> None:
    t7.Writer(t7.make_sink(stream, mode), referenced, adapt).write_object(value)


def adapt(value: Any) -> Any:
    """What is written in place of a value that is not Torch7's: a tensor for an array."""
    if isinstance(value, np.ndarray) and value.ndim:
        element = types.of_dtype(value.dtype)
        return types.TENSORS[element].wrap(np.array(value, element.dtype, order="C"))
    return None


saveobj = save
loadobj = load


def _check_mode(mode: str) -> None:
    if mode not in MODES:
        raise ArgumentError(f"mode {mode!r}: 'binary', 'ascii', 'b32' or 'b64' expected")
