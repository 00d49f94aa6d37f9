"""How files read and write numbers, one by one and as storages."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from torchnn import t7
from torchnn.errors import ArgumentError, FormatError, SizeError
from torchnn.torch import types
from torchnn.torch.sizes import integer
from torchnn.torch.storage import Storage
from torchnn.torch.text import to_number
from torchnn.torch.types import ElementType

# What scanf takes for a number, and what might become one when more is read.
_WHOLE = re.compile(rb"\s*([+-]?\d+)")
_REAL = re.compile(
    rb"\s*([+-]?(?:0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?"
    rb"|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan))",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(rb"\s*[-+.\w]*\Z")

# From here on it is tried first whether the numbers stand between white space: that is several times as fast.
MANY = 16


class Numbers:
    """Mixin of files: numbers of all types but half precision."""

    def readByte(self, into: int | str | Storage | None = None) -> Any:
        """An unsigned byte; with a count, a storage of so many; with a storage, the count of those read into it."""
        return self._read(types.BYTE, into)

    def readChar(self, into: int | str | Storage | None = None) -> Any:
        """A signed byte; with a count, a storage of so many; with a storage, the count of those read into it."""
        return self._read(types.CHAR, into)

    def readShort(self, into: int | str | Storage | None = None) -> Any:
        """A 16-bit integer; with a count, a storage of so many; with a storage, the count of those read into it."""
        return self._read(types.SHORT, into)

    def readInt(self, into: int | str | Storage | None = None) -> Any:
        """A 32-bit integer; with a count, a storage of so many; with a storage, the count of those read into it."""
        return self._read(types.INT, into)

    def readLong(self, into: int | str | Storage | None = None) -> Any:
        """A 64-bit integer; with a count, a storage of so many; with a storage, the count of those read into it."""
        return self._read(types.LONG, into)

    def readFloat(self, into: int | str | Storage | None = None) -> Any:
        """A float; with a count, a storage of so many; with a storage, the count of those read into it."""
        return self._read(types.FLOAT, into)

    def readDouble(self, into: int | str | Storage | None = None) -> Any:
        """A double; with a count, a storage of so many; with a storage, the count of those read into it."""
        return self._read(types.DOUBLE, into)

    def writeByte(self, value: float | str | Storage) -> int | None:
        """Write an unsigned byte, or those of a storage; returns how many those are."""
        return self._write(types.BYTE, value)

    def writeChar(self, value: float | str | Storage) -> int | None:
        """Write a signed byte, or those of a storage; returns how many those are."""
        return self._write(types.CHAR, value)

    def writeShort(self, value: float | str | Storage) -> int | None:
        """Write a 16-bit integer, or those of a storage; returns how many those are."""
        return self._write(types.SHORT, value)

    def writeInt(self, value: float | str | Storage) -> int | None:
        """Write a 32-bit integer, or those of a storage; returns how many those are."""
        return self._write(types.INT, value)

    def writeLong(self, value: float | str | Storage) -> int | None:
        """Write a 64-bit integer, or those of a storage; returns how many those are."""
        return self._write(types.LONG, value)

    def writeFloat(self, value: float | str | Storage) -> int | None:
        """Write a float, or those of a storage; returns how many those are."""
        return self._write(types.FLOAT, value)

    def writeDouble(self, value: float | str | Storage) -> int | None:
        """Write a double, or those of a storage; returns how many those are."""
        return self._write(types.DOUBLE, value)

    def readBool(self) -> bool:
        """A boolean: an int, of which only 1 is true."""
        return bool(self.readInt() == 1)

    def writeBool(self, value: Any) -> None:
        """Write 0 for False and None, 1 for anything else, as an int."""
        self.writeInt(0 if value is None or value is False else 1)

    def _read(self, element: ElementType, into: Any) -> Any:
        if into is None:
            found = self._read_numbers(element, 1)
            return found[0].item() if found.size else element.number(0)
        kind = types.STORAGES[element]
        if isinstance(into, kind):
            found = self._read_numbers(element, into.data.size, into.data)
            return found.size
        count = to_number(into)
        if count is None:
            raise ArgumentError(f"nothing, number, or {element.name}Storage expected")
        count = integer(count)
        if count < 0:
            raise SizeError(f"{count} numbers to read")
        return kind.wrap(self._read_numbers(element, count))

    def _read_numbers(self, element: ElementType, count: int, into: np.ndarray | None = None) -> np.ndarray:
        """The next numbers, fewer and an error where the file ends or holds no such numbers."""
        source = self._reading()
        if self._binary or element.dtype.itemsize == 1:
            size = self._long_size if element is types.LONG else element.dtype.itemsize
            left = source.left(count * size)
            found = source.read_array(element.dtype, left // size)
            source.position += left % size if self._reads_fractions else 0
        else:
            found = _text_numbers(source, element, count)
        if into is not None:
            into[: found.size] = found
        self._cut()
        if found.size < count:
            self._fail(f"read error: read {found.size} blocks instead of {count}")
        return found

    def _write(self, element: ElementType, value: Any) -> int | None:
        number = to_number(value)
        if number is not None:
            self._put_numbers(np.array([element.number(number)], element.dtype))
            return None
        if not isinstance(value, types.STORAGES[element]):
            raise ArgumentError(f"number, or {element.name}Storage expected")
        self._put_numbers(value.data)
        return value.data.size

    def _put_numbers(self, array: np.ndarray) -> None:
        self._writing()
        self._put(lambda: self._sink.write_array(array))


def _text_numbers(source: t7.Source, element: ElementType, count: int) -> np.ndarray:
    """Numbers as C's scanf reads them, up to the first thing that is none."""
    start = source.position
    if count >= MANY:
        try:
            return source.read_array(element.dtype, count)
        except FormatError:
            source.position = start
    return _scan(source, element, count)


def _scan(source: t7.Source, element: ElementType, count: int) -> np.ndarray:
    """The same one by one."""
    pattern = _REAL if element.floating else _WHOLE
    words: list[bytes] = []
    while len(words) < count:
        found = pattern.match(source.data, source.position)
        while found is None or found.end() == len(source.data):
            if not _UNFINISHED.match(source.data, source.position) or not source.grow():
                break
            found = pattern.match(source.data, source.position)
        if found is None:
            break
        words.append(found.group(1))
        source.position = found.end()
    if count:
        source.end_line()
    if element.floating:
        return element.convert(np.array([_real(word) for word in words], np.float64))
    return np.array([element.number(_whole(word)) for word in words], element.dtype)


def _real(word: bytes) -> float:
    text = word.decode("ascii")
    if "x" not in text.lower():
        return float(text)
    try:
        return float.fromhex(text)
    except OverflowError:
        return -math.inf if text[0] == "-" else math.inf


def _whole(word: bytes) -> int:
    """A whole number as C reads it into a long: one of the extremes where it is beyond them."""
    value = int(word) if len(word.lstrip(b"+-0")) < 20 else -(2**63) if word[:1] == b"-" else 2**63
    return min(value, 2**63 - 1)
