"""Where a reader takes numbers and strings from: bytes in the binary or the ascii encoding.

A source never takes more than its data hold, and raises `FormatError` naming the offset where they end or are not
what they should be. On a stream, `data` are the part around the position, and more of it is fetched when needed.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from torchnn.errors import FormatError
from torchnn.t7.values import NUMBER, STRING

_TOKEN = re.compile(rb"\s*(\S+)")
_LONG = np.dtype(np.int64)
_NEWLINE = ord("\n")
LARGE = 2**20

COMPOSITE = object()
_EXACT = 2.0**53
_ASCII_SCALAR = re.compile(rb"1\n([-+.0-9e]{1,30})\n|2\n(\d{1,9})\n")


class Source:
    """Data and how far they were read.

    For a stream, `more(count)` gives the next bytes, at least `count` of them unless it ends, and `origin` is where in
    it the data begin.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.origin = 0
        self.more: Callable[[int], bytes] | None = None

    def left(self, wanted: int) -> int:
        """How many bytes are left, as far as they are wanted."""
        missing = self.position + wanted - len(self.data)
        if missing > 0 and self.more is not None:
            # Large data grow by as much again: appending little by little would copy them as many times.
            self.data += self.more(max(missing, len(self.data)) if len(self.data) >= LARGE else missing)
        return min(wanted, len(self.data) - self.position)

    def grow(self) -> bool:
        """Fetch more data; whether there were any."""
        ahead = len(self.data) - self.position
        return self.left(ahead + 1) > ahead

    def error(self, why: str, offset: int | None = None, short: bool = False) -> FormatError:
        """The error to raise about the data at an offset, by default the current position."""
        at = self.origin + (self.position if offset is None else offset)
        return FormatError(f"read error at byte {at} of {self.origin + len(self.data)}: {why}", at, short)

    def read_int(self) -> int:
        """An int of C, 4 bytes."""
        raise NotImplementedError

    def read_long(self) -> int:
        """A long of C, 8 bytes or, from 32-bit machines, 4."""
        raise NotImplementedError

    def read_longs(self, count: int) -> tuple[int, ...]:
        """Several longs."""
        return tuple(self.read_array(_LONG, count).tolist())

    def read_double(self) -> float:
        """A double."""
        raise NotImplementedError

    def read_bytes(self, count: int) -> bytes:
        """So many bytes as they are."""
        raise NotImplementedError

    def read_string(self) -> bytes:
        """An int and so many bytes."""
        at = self.position
        count = self.read_int()
        if count < 0:
            raise self.error(f"a string of {count} bytes", at)
        return self.read_bytes(count)

    def read_array(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        """So many numbers of a type, in memory of their own; those of type int64 are longs."""
        raise NotImplementedError

    def read_scalar(self) -> Any:
        """A number or string with its tag; `COMPOSITE`, and nothing is read, where it is another object or damaged.

        Large tables hold little else: this is 3 times as fast as one step after the other.
        """
        return COMPOSITE

    def _take(self, count: int, size: int, what: str) -> int:
        """Go past so many items of that size and return where they begin."""
        at = self.position
        if count < 0:
            raise self.error(f"{count} {what}s")
        if count * size > self.left(count * size):
            many = f"{count} {what}s" if count != 1 else f"one {what}"
            raise self.error(f"{many} expected, {_bytes(len(self.data) - at)} left", short=True)
        self.position = at + count * size
        return at


class BinarySource(Source):
    """The binary encoding; nothing in a file says the size of its longs or its byte order."""

    def __init__(self, data: bytes, long_size: int = 8, big_endian: bool = False) -> None:
        super().__init__(data)
        self._order: Literal["<", ">"] = ">" if big_endian else "<"
        self._int = struct.Struct(self._order + "i")
        self._long = struct.Struct(self._order + ("q" if long_size == 8 else "i"))
        self._double = struct.Struct(self._order + "d")
        self._tagged_number = struct.Struct(self._order + "id")
        self._tagged_length = struct.Struct(self._order + "ii")

    def read_int(self) -> int:
        """An int of C, 4 bytes."""
        at = self.position
        try:
            value: int = self._int.unpack_from(self.data, at)[0]
        except struct.error:
            value = self._later(self._int, "int")
        self.position = at + 4
        return value

    def read_long(self) -> int:
        """A long of C, 8 bytes or, from 32-bit machines, 4."""
        at = self.position
        try:
            value: int = self._long.unpack_from(self.data, at)[0]
        except struct.error:
            value = self._later(self._long, "long")
        self.position = at + self._long.size
        return value

    def read_double(self) -> float:
        """A double."""
        at = self.position
        try:
            value: float = self._double.unpack_from(self.data, at)[0]
        except struct.error:
            value = self._later(self._double, "double")
        self.position = at + 8
        return value

    def read_bytes(self, count: int) -> bytes:
        """So many bytes as they are."""
        at = self._take(count, 1, "byte")
        return self.data[at : self.position]

    def read_scalar(self) -> Any:
        """A number or string with its tag; `COMPOSITE`, and nothing is read, where it is another object or damaged."""
        at = self.position
        try:
            tag, number = self._tagged_number.unpack_from(self.data, at)
            if tag == NUMBER:
                self.position = at + 12
                return number_of(number)
            if tag != STRING:
                return COMPOSITE
            count = self._tagged_length.unpack_from(self.data, at)[1]
        except struct.error:
            return COMPOSITE
        end = at + 8 + count
        if not at + 8 <= end <= len(self.data):
            return COMPOSITE
        self.position = end
        return text(self.data[at + 8 : end])

    def is_plain(self, dtype: np.dtype[Any]) -> bool:
        """Whether the file stores numbers of a type exactly as memory holds them here."""
        return (dtype != _LONG or self._long.size == 8) and dtype.newbyteorder(self._order).isnative

    def read_array(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        """So many numbers of a type, in memory of their own; those of type int64 are longs."""
        stored = np.dtype(f"i{self._long.size}") if dtype == _LONG else dtype
        at = self._take(count, stored.itemsize, f"{stored.itemsize}-byte number")
        if not count:
            return np.empty(0, dtype)
        return np.frombuffer(self.data, stored.newbyteorder(self._order), count, at).astype(dtype)

    def _later(self, form: struct.Struct, what: str) -> Any:
        """A value that goes beyond the data so far."""
        left = self.left(form.size)
        if left < form.size:
            raise self.error(f"{what} expected, {_bytes(left)} left", short=True)
        return form.unpack_from(self.data, self.position)[0]


class AsciiSource(Source):
    """The ascii encoding: numbers as text, strings and bytes as they are, each followed by a newline.

    Without `spacing` no newline is taken.
    """

    def __init__(self, data: bytes, spacing: bool = True) -> None:
        super().__init__(data)
        self._spacing = spacing

    def read_int(self) -> int:
        """An int of C."""
        return self._integer("int", 32)

    def read_long(self) -> int:
        """A long of C."""
        return self._integer("long", 64)

    def read_double(self) -> float:
        """A double."""
        word, at = self._word("double")
        try:
            return float(_number(word))
        except ValueError:
            raise self.error(f"double expected, found {_shown(word)}", at) from None

    def read_scalar(self) -> Any:
        """A number or string with its tag; `COMPOSITE`, and nothing is read, where it is not written as Torch7 does."""
        if not self._spacing:
            return COMPOSITE
        found = _ASCII_SCALAR.match(self.data, self.position)
        if found is None:
            return COMPOSITE
        if found[1]:
            try:
                value = float(found[1])
            except ValueError:
                return COMPOSITE
            self.position = found.end()
            return number_of(value)
        end = found.end() + int(found[2])
        if end == found.end() or self.data[end : end + 1] != b"\n":
            return COMPOSITE
        self.position = end + 1
        return text(self.data[found.end() : end])

    def read_bytes(self, count: int) -> bytes:
        """So many bytes as they are."""
        at = self._take(count, 1, "byte")
        value = self.data[at : self.position]
        if count:
            self.end_line()
        return value

    def read_array(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        """So many numbers of a type, in memory of their own; bytes are not text even here."""
        if dtype.itemsize == 1:
            return np.array(np.frombuffer(self.read_bytes(count), dtype))
        start = self.position
        # A number and what separates it from the next are two bytes, but for the last.
        if not 0 <= 2 * count <= self.left(2 * count) + 1:
            raise self.error(f"{count} numbers expected, {_bytes(len(self.data) - start)} left", short=True)
        words = self._line(count)
        if words is None:
            words = [self._word("number")[0] for _ in range(count)]
            self.end_line()
        try:
            # Read as doubles (or longs) first: their words come from numbers of this type, so rounding twice is safe.
            numbers = np.array(words, np.bytes_)
            if b"_" in numbers.tobytes():
                raise ValueError("Python's digits may be grouped, those of others not")
            with np.errstate(over="ignore"):
                wide = numbers.astype(np.float64 if dtype.kind == "f" else np.int64)
                return wide.astype(dtype)
        except (ValueError, OverflowError):
            raise self.error(f"{count} numbers expected, found something else", start) from None

    def _line(self, count: int) -> list[bytes] | None:
        """The words up to the end of the line where they are as many as that: what Torch7 writes."""
        if not count:
            return []
        end = self.data.find(b"\n", self.position)
        while end < 0 and self.grow():
            end = self.data.find(b"\n", self.position)
        words = self.data[self.position : end].split() if end >= 0 else []
        if len(words) != count:
            return None
        self.position = end + 1
        return words

    def _word(self, what: str) -> tuple[bytes, int]:
        found = _TOKEN.match(self.data, self.position)
        while (found is None or found.end() == len(self.data)) and self.grow():
            found = _TOKEN.match(self.data, self.position)
        if found is None:
            raise self.error(f"{what} expected, the data end", short=True)
        self.position = found.end()
        return found.group(1), found.start(1)

    def _integer(self, what: str, bits: int) -> int:
        word, at = self._word(what)
        try:
            value = int(_number(word[:40]))
        except ValueError:
            raise self.error(f"{what} expected, found {_shown(word)}", at) from None
        if value.bit_length() >= bits:
            raise self.error(f"{what} of {bits} bits expected, found {_shown(word)}", at)
        self.end_line()
        return value

    def end_line(self) -> None:
        """Take a newline, where there is one."""
        if self._spacing and self.left(1) and self.data[self.position] == _NEWLINE:
            self.position += 1


def _number(word: bytes) -> bytes:
    """A word read as C reads a number: Python would allow underscores between digits."""
    if b"_" in word:
        raise ValueError
    return word


def number_of(value: float) -> int | float:
    """A Lua number as an int where it is exactly one, else as a float; minus zero stays a float."""
    if not value.is_integer() or not -_EXACT <= value <= _EXACT or (value == 0 and math.copysign(1, value) < 0):
        return value
    return int(value)


def text(raw: bytes) -> str | bytes:
    """A string of Lua: text where it is UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _shown(word: bytes) -> str:
    return repr(word[:20].decode("latin-1"))


def mode_of(data: bytes) -> str:
    """'ascii' or 'binary', by the first tag: no tag is as large as the binary reading of one in ascii."""
    return "ascii" if re.match(rb"\s*[0-8]\s", data) else "binary"


def is_big_endian(data: bytes) -> bool:
    """Whether the first tag of binary data is a valid one if its high byte comes first."""
    return data[:3] == b"\0\0\0" and data[3:4] > b"\0"


def make_source(data: bytes, mode: str = "binary", big_endian: bool = False, spacing: bool = True) -> Source:
    """A source of `mode` 'binary', 'ascii', 'b32' or 'b64' (binary with longs of 4 and 8 bytes)."""
    if mode == "ascii":
        return AsciiSource(data, spacing)
    return BinarySource(data, 4 if mode == "b32" else 8, big_endian)
