"""MATLAB's files of version 5 to 7, which the packages `matio` and `mattorch` read and write.

Source: MathWorks, MAT-File Format. A file is a header and elements of a tag (type and number of bytes) and data; a
variable is an element, most often a compressed one, that consists of further elements.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from torchnn.errors import FormatError, SizeError, TorchError

HEADER = 128
VERSION = 0x0100
MATRIX, COMPRESSED = 14, 15

# How elements hold numbers; 16 to 18 are text in UTF-8, UTF-16 and UTF-32.
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
TEXTS = {1: "latin-1", 2: "latin-1", 16: "utf-8", 4: "utf-16", 17: "utf-16", 18: "utf-32"}

# What variables are.
CELL, STRUCT, CHAR = 1, 2, 4
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
NAMES = {1: "CELL", 2: "STRUCT", 3: "OBJECT", 4: "CHAR", 5: "SPARSE", 6: "DOUBLE", 7: "SINGLE", 8: "INT8", 9: "UINT8"}
NAMES |= {10: "INT16", 11: "UINT16", 12: "INT32", 13: "UINT32", 14: "INT64", 15: "UINT64", 16: "FUNCTION", 17: "OPAQUE"}

LONGEST_NAME = 63


@dataclass(frozen=True)
class Variable:
    """What a file has under a name: `kind` is the number of its class.

    `values` is an array of numbers in MATLAB's order (of codes, for text), a list of variables (the elements of a
    cell, column by column), a list of dicts of variables (those of a struct), or None for a class that is not read.
    """

    kind: int
    size: tuple[int, ...]
    values: Any
    is_logical: bool = False


def read(path: Path) -> dict[str, Variable]:
    """The variables of a file by name; errors: `FormatError` for what is no such file, OSError."""
    data = path.read_bytes()
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None:
        raise FormatError(f"{path} is no MATLAB file of version 5 to 7", 0)
    (version,) = struct.unpack(order + "H", data[124:126])
    if version != VERSION:
        raise FormatError(f"{path} is a MATLAB file of version 7.3, which is HDF5: read it with the package hdf5", 124)
    try:
        return dict(_Reader(order).variables(data[HEADER:]))
    except (IndexError, KeyError, UnicodeError, ValueError, struct.error, zlib.error) as error:
        raise FormatError(f"{path} is damaged: {error}", HEADER) from error


class _Reader:
    """Elements whose numbers have a byte order, '<' or '>'."""

    def __init__(self, order: str) -> None:
        self._order = order

    def variables(self, data: bytes) -> Iterator[tuple[str, Variable]]:
        """The variables of a file, behind its header."""
        for kind, content in self._elements(data):
            if kind == COMPRESSED:
                yield from self.variables(zlib.decompress(content))
            elif kind == MATRIX:
                yield self._variable(content)

    def _elements(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Types and contents of elements that follow each other."""
        at = 0
        while at + 8 <= len(data):
            kind, length = struct.unpack_from(self._order + "II", data, at)
            begin = at + 8
            if kind >> 16:  # four bytes or less lie in the tag itself
                kind, length, begin = kind & 0xFFFF, kind >> 16, at + 4
            if begin + length > len(data):
                raise ValueError(f"an element of {length} bytes goes beyond the end")
            yield kind, data[begin : begin + length]
            at = max(begin + length, at + 8)
            if kind != COMPRESSED:
                at += -at % 8

    def _variable(self, content: bytes) -> tuple[str, Variable]:
        if not content:
            return "", Variable(6, (0, 0), np.zeros((0, 0)))
        elements = list(self._elements(content))
        flags = int(self._numbers(elements[0])[0])
        kind, is_logical = flags & 0xFF, bool(flags & 0x200)
        size = tuple(int(n) for n in self._numbers(elements[1]))
        if kind in (16, 17):
            return elements[2][1].decode("latin-1"), Variable(kind, size, None)
        if min(size, default=0) < 0:
            raise ValueError(f"sizes {size}")
        name, rest = elements[2][1].decode("latin-1"), elements[3:]
        return name, Variable(kind, size, self._values(kind, size, rest), is_logical)

    def _values(self, kind: int, size: tuple[int, ...], elements: list[tuple[int, bytes]]) -> Any:
        if kind in CLASSES:
            return self._numbers(elements[0]).astype(CLASSES[kind]).reshape(size, order="F")
        if kind == CHAR:
            return self._codes(elements[0] if elements else (2, b""), size)
        if kind == CELL:
            return [self._variable(content)[1] for _, content in elements]
        if kind == STRUCT:
            return self._records(elements, size)
        return None

    def _records(self, elements: list[tuple[int, bytes]], size: tuple[int, ...]) -> list[dict[str, Variable]]:
        """The elements of a struct, each of all fields."""
        (width,), names = self._numbers(elements[0]), elements[1][1]
        fields = [names[i : i + width].split(b"\0")[0].decode("latin-1") for i in range(0, len(names), int(width))]
        values = [self._variable(content)[1] for _, content in elements[2:]]
        count = int(np.prod(size))
        if len(values) != count * len(fields):
            raise ValueError(f"{len(values)} values for {len(fields)} fields of {count} elements")
        return [dict(zip(fields, values[i * len(fields) :], strict=False)) for i in range(count)]

    def _numbers(self, element: tuple[int, bytes]) -> np.ndarray:
        kind, content = element
        return np.frombuffer(content, np.dtype(NUMBERS[kind]).newbyteorder(self._order))

    def _codes(self, element: tuple[int, bytes], size: tuple[int, ...]) -> np.ndarray:
        """Text as the codes of its characters."""
        kind, content = element
        encoding = TEXTS[kind]
        encoding += "" if encoding in ("latin-1", "utf-8") else "-le" if self._order == "<" else "-be"
        codes = np.array([ord(letter) for letter in content.decode(encoding)], np.uint32)
        return codes.reshape(size, order="F")


def write(path: Path, arrays: Mapping[str, np.ndarray], compress: bool) -> None:
    """Write arrays of numbers under names; those of int8 become text, as `matio` has it.

    Errors: `SizeError` for a name that MATLAB could not have.
    """
    for name in arrays:
        if not (name.isascii() and name.isidentifier() and len(name) <= LONGEST_NAME and name[0] != "_"):
            raise SizeError(f"{name!r} is no name of a variable in MATLAB")
    elements = [_matrix(name, array) for name, array in arrays.items()]
    if compress:
        packed = [zlib.compress(element) for element in elements]
        elements = [struct.pack("<II", COMPRESSED, len(content)) + content for content in packed]
    text = b"MATLAB 5.0 MAT-file, written by torchnn".ljust(116) + bytes(8)
    try:
        path.write_bytes(text + struct.pack("<H2s", VERSION, b"IM") + b"".join(elements))
    except OSError as error:
        raise TorchError(f"cannot write {path}: {error.strerror}") from None


def _matrix(name: str, array: np.ndarray) -> bytes:
    kinds, types = ({value: key for key, value in table.items()} for table in (CLASSES, NUMBERS))
    code = array.dtype.str[1:]
    size = array.shape if array.ndim > 1 else (array.size, 1)
    kind = CHAR if code == "i1" else kinds[code]
    stored = array.view(np.uint8).astype(np.uint16) if kind == CHAR else array
    flags = _element(6, np.array([kind, 0], np.uint32).tobytes())
    dimensions = _element(5, np.array(size, np.int32).tobytes())
    data = _element(types[stored.dtype.str[1:]], stored.tobytes(order="F"))
    return _element(MATRIX, flags + dimensions + _element(1, name.encode()) + data)


def _element(kind: int, content: bytes) -> bytes:
    if len(content) >= 2**32:
        raise SizeError("variables of 4 GB and more do not fit a MATLAB file of version 7")
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)
