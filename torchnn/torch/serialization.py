"""Saving and loading, and how tensors and storages are stored in `.t7` files."""

from __future__ import annotations

import os
from typing import Any

from torchnn import t7
from torchnn.errors import ArgumentError, FormatError, TorchError
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
    with open(filename, "rb") as file:
        data = file.read()
    try:
        return deserialize(data, mode, referenced)
    except FormatError as error:
        raise FormatError(f"{os.fspath(filename)}: {error}", error.offset) from None


def deserialize(data: str | bytes, mode: str = "binary", referenced: bool = True) -> Any:
    """The object that is stored in a string, as `serialize` makes it."""
    _check_mode(mode)
    raw = data.encode("latin-1") if isinstance(data, str) else data
    return t7.Reader(t7.make_source(raw, mode), referenced).read_object()


def _check_mode(mode: str) -> None:
    if mode not in MODES:
        raise ArgumentError(f"mode {mode!r}: 'binary', 'ascii', 'b32' or 'b64' expected")
