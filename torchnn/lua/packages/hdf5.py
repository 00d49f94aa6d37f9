"""The package `hdf5` for Lua: files of HDF5, by h5py (`pip install torchnn[hdf5]`)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, MissingError, SizeError, TorchError
from torchnn.lua.text import from_bytes_text, to_bytes_text
from torchnn.torch import conversion
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word

MODES = ("r", "r+", "w", "w-", "x", "a")

# Types that tensors do not have, and those that hold their numbers.
WIDER = {"uint16": np.int32, "uint32": np.int64, "uint64": np.int64, "bool": np.uint8}


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that hdf5.lua is given; files, groups and sets of data are numbers there."""
    store = Store()
    return {
        "open": store.open,
        "close": store.close,
        "flush": store.flush,
        "find": store.find,
        "children": store.children,
        "size": store.size,
        "all": store.all,
        "partial": store.partial,
        "write": store.write,
        "append": store.append,
        "attribute": store.attribute,
    }


class Store:
    """What is open, by number."""

    def __init__(self) -> None:
        self._open: dict[int, Any] = {}
        self._last = 0

    def open(self, path: str, mode: str = "a") -> int:
        """Open a file; modes are those of h5py."""
        if mode not in MODES:
            raise ArgumentError(f"hdf5.open: unknown mode {mode!r}, one of {', '.join(MODES)} expected")
        try:
            return self._known(_library().File(from_bytes_text(path), mode))
        except OSError as error:
            raise TorchError(f"hdf5.open: unable to open {from_bytes_text(path)}: {error}") from None

    def _known(self, found: Any) -> int:
        self._last += 1
        self._open[self._last] = found
        return self._last

    def _get(self, number: int) -> Any:
        found = self._open[number]
        if not found:
            raise TorchError("hdf5: the file is closed")
        return found

    def close(self, number: int) -> None:
        """Close a file."""
        if self._open[number]:
            self._open[number].close()

    def flush(self, number: int) -> None:
        """Have what was written to a file stand on the disk."""
        self._get(number).flush()

    def find(self, number: int, path: str) -> tuple[int, bool] | None:
        """What is at a path, and whether it is a group; None where nothing is."""
        path = from_bytes_text(path)
        group = self._get(number)
        if path in ("", "/"):
            return number if path == "" else self._known(group["/"]), True
        if path not in group:
            return None
        found = group[path]
        return self._known(found), isinstance(found, _library().Group)

    def children(self, number: int) -> list[str]:
        """The names in a group."""
        return [to_bytes_text(name) for name in self._get(number)]

    def size(self, number: int) -> list[int]:
        """The sizes of a set of data."""
        return list(self._get(number).shape)

    def all(self, number: int) -> Any:
        """All data, of a group as a table."""
        return _value(self._get(number))

    def partial(self, number: int, *ranges: Sequence[int]) -> Any:
        """The part of a set of data between two positions in each dimension, both counted from 1 and included."""
        data = self._get(number)
        if len(ranges) != len(data.shape):
            raise SizeError(f"hdf5: partial: {len(data.shape)} ranges expected, got {len(ranges)}")
        for (first, last), n in zip(ranges, data.shape, strict=True):
            if not 1 <= first <= last <= n:
                raise SizeError(f"hdf5: partial: the range {first} to {last} is not within 1 to {n}")
        return _tensor(data[tuple(slice(int(first) - 1, int(last)) for first, last in ranges)])

    def write(self, number: int, path: str, value: Any, options: Mapping[str, Any] | None = None) -> None:
        """Write a tensor at a path, a table as a group; what was there is replaced."""
        _write(self._get(number), from_bytes_text(path), value, dict(options or {}))

    def append(self, number: int, path: str, tensor: Any, options: Mapping[str, Any] | None = None) -> None:
        """Add the rows of a tensor to those of the data at a path, or write them there where there are none."""
        group, path = self._get(number), from_bytes_text(path)
        array = _array(tensor, path)
        if path not in group:
            _create(group, path, array, {"chunks": True, **(options or {}), "maxshape": (None, *array.shape[1:])})
            return
        data = group[path]
        if data.shape[1:] != array.shape[1:]:
            raise SizeError(f"hdf5: append: rows of sizes {data.shape[1:]} expected, got {array.shape[1:]}")
        if data.maxshape[0] is not None:
            raise SizeError(f"hdf5: append: {path} was not made to grow: write it with append")
        before = len(data)
        data.resize(before + len(array), 0)
        data[before:] = array

    def attribute(self, number: int, name: str) -> Any:
        """An attribute's value, or None."""
        value = self._get(number).attrs.get(from_bytes_text(name))
        return _tensor(np.asarray(value)) if isinstance(value, (np.ndarray, np.generic)) else value


def _library() -> Any:
    try:
        return importlib.import_module("h5py")
    except ModuleNotFoundError:
        raise MissingError("hdf5: files of HDF5 need h5py: pip install torchnn[hdf5]", "hdf5") from None


def _value(found: Any) -> Any:
    if isinstance(found, _library().Group):
        return {to_bytes_text(name): _value(child) for name, child in found.items()}
    return _tensor(found[()])


def _tensor(value: Any) -> Any:
    """Numbers as a tensor; one number, and text, as they are."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TorchError(f"hdf5: data of type {array.dtype} cannot be a tensor")
    array = array.astype(WIDER.get(array.dtype.name, array.dtype.newbyteorder("=")))
    return array.item() if array.ndim == 0 else conversion.from_numpy(array)


def _array(value: Any, path: str) -> np.ndarray:
    if not isinstance(value, Core):
        raise ArgumentError(f"hdf5: a tensor or a table of tensors expected at {path}, got {type_word(value)}")
    return value.contiguous().array


def _write(group: Any, path: str, value: Any, options: dict[str, Any]) -> None:
    if isinstance(value, (Mapping, list)):
        inner = group.require_group(path)
        for name, entry in value.items() if isinstance(value, Mapping) else enumerate(value, 1):
            _write(inner, from_bytes_text(name) if isinstance(name, str) else str(name), entry, options)
        return
    array = _array(value, path)
    if path in group:
        del group[path]
    _create(group, path, array, options)


def _create(group: Any, path: str, array: np.ndarray, options: dict[str, Any]) -> None:
    if isinstance(options.get("chunks"), list):
        options = {"maxshape": (None, *array.shape[1:]), **options, "chunks": _chunks(options["chunks"], array.shape)}
    try:
        group.create_dataset(path, data=array, **options)
    except (ValueError, TypeError) as error:
        raise SizeError(f"hdf5: {path}: {error}") from None


def _chunks(chunks: list[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of pieces, which are no larger than the data."""
    if len(chunks) != len(shape):
        raise SizeError(
            "hdf5: Chunk size must have same number of dimensions as data! "
            f"Chunk size has {len(chunks)} dimensions; data has {len(shape)}"
        )
    return tuple(min(int(chunk), n) for chunk, n in zip(chunks, shape, strict=True))
