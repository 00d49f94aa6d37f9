"""The package `npy4th` for Lua: numpy's files of arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from torchnn.errors import ArgumentError, SizeError, TorchError
from torchnn.lua.packages.matio import SIGNED
from torchnn.lua.text import from_bytes_text, to_bytes_text
from torchnn.torch import conversion
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word

TYPES = frozenset(("f4", "f8", "u1", "i2", "i4", "i8"))


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the package."""
    return {"loadnpy": loadnpy, "loadnpz": loadnpz, "savenpy": savenpy}


def loadnpy(path: str) -> Any:
    """The tensor in a file `.npy`. Numbers without a sign become those with one, but bytes, which have none."""
    return _tensor(_read(path))


def loadnpz(path: str) -> dict[str, Any]:
    """The tensors in a file `.npz`, by name."""
    with _read(path) as arrays:
        return {to_bytes_text(name): _tensor(arrays[name]) for name in arrays.files}


def _read(path: str) -> Any:
    name = from_bytes_text(path)
    try:
        return np.load(name, allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise TorchError(f"npy4th: cannot read {name}: {error}") from None


def _tensor(array: np.ndarray) -> Any:
    code = array.dtype.str[1:]
    signed = {**SIGNED, "i1": "u1"}.get(code, code)
    if signed not in TYPES:
        raise TorchError(f"npy4th: unsupported data type {array.dtype}")
    return conversion.from_numpy(np.atleast_1d(array.astype(code)).view(signed))


def savenpy(path: str, tensor: Any, mode: str = "w") -> bool:
    """Write a tensor into a file `.npy`; with mode 'a', behind the rows that the file has."""
    if not isinstance(tensor, Core):
        raise ArgumentError(f"npy4th: a tensor expected, got {type_word(tensor)}")
    if tensor.array.dtype.str[1:] not in TYPES:
        raise TorchError(f"npy4th: unsupported tensor type {tensor.element.tensor_name}")
    if mode not in ("w", "a"):
        raise ArgumentError(f"npy4th: unknown mode {mode!r}, 'w' or 'a' expected")
    array = np.ascontiguousarray(tensor.array)
    if mode == "a":
        array = _behind(_read(path), array)
    try:
        with open(from_bytes_text(path), "wb") as file:
            _write(file, array)
    except OSError as error:
        raise TorchError(f"error saving file. are you sure the path is ok? {error}") from None
    return True


def _write(file: BinaryIO, array: np.ndarray) -> None:
    np.lib.format.write_array(file, array, allow_pickle=False)


def _behind(rows: np.ndarray, more: np.ndarray) -> np.ndarray:
    if rows.dtype != more.dtype or rows.shape[1:] != more.shape[1:] or rows.ndim != more.ndim:
        raise SizeError(
            f"npy4th: rows of {rows.dtype} and sizes {rows.shape[1:]} expected, got {more.dtype} and {more.shape[1:]}"
        )
    return np.concatenate((rows, more))
