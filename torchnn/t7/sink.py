"""Where a writer puts numbers and strings: a binary stream, in the binary or the ascii encoding."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from torchnn.errors import SizeError
from torchnn.t7.values import NUMBER, STRING

_LONG = np.dtype(np.int64)


class Stream(Protocol):
    """What takes bytes: a file or `io.BytesIO`."""

    def write(self, data: Any, /) -> Any:
        """Append bytes."""


class Sink:
    """Writes to a stream."""

    def __init__(self, stream: Stream) -> None:
        self._put: Callable[[Any], Any] = stream.write

    def write_int(self, value: int) -> None:
        """An int of C, 4 bytes."""
        raise NotImplementedError

    def write_long(self, value: int) -> None:
        """A long of C, 8 bytes or, for 32-bit machines, 4."""
        raise NotImplementedError

    def write_longs(self, values: Sequence[int]) -> None:
        """Several longs."""
        self.write_array(np.array(values, _LONG))

    def write_double(self, value: float) -> None:
        """A double."""
        raise NotImplementedError

    def write_bytes(self, data: bytes) -> None:
        """Bytes as they are."""
        raise NotImplementedError

    def write_string(self, data: bytes) -> None:
        """The number of bytes, an int, and the bytes."""
        self.write_int(len(data))
        self.write_bytes(data)

    def write_array(self, array: NDArray[Any]) -> None:
        """The numbers of a vector; those of type int64 are longs."""
        raise NotImplementedError

    def write_number(self, value: float) -> None:
        """A number with its tag."""
        self.write_int(NUMBER)
        self.write_double(value)

    def write_text(self, data: bytes) -> None:
        """A string with its tag."""
        self.write_int(STRING)
        self.write_string(data)


class BinarySink(Sink):
    """The binary encoding."""

    def __init__(self, stream: Stream, long_size: int = 8, big_endian: bool = False) -> None:
        super().__init__(stream)
        self._order: Literal["<", ">"] = ">" if big_endian else "<"
        self._int = struct.Struct(self._order + "i")
        self._long = struct.Struct(self._order + ("q" if long_size == 8 else "i"))
        self._double = struct.Struct(self._order + "d")
        self._tagged_number = struct.Struct(self._order + "id")
        self._tagged_length = struct.Struct(self._order + "ii")

    def write_int(self, value: int) -> None:
        """An int of C, 4 bytes."""
        self._pack(self._int, value)

    def write_long(self, value: int) -> None:
        """A long of C, 8 bytes or, for 32-bit machines, 4."""
        self._pack(self._long, value)

    def write_double(self, value: float) -> None:
        """A double."""
        self._put(self._double.pack(value))

    def write_bytes(self, data: bytes) -> None:
        """Bytes as they are."""
        self._put(data)

    def write_number(self, value: float) -> None:
        """A number with its tag."""
        self._put(self._tagged_number.pack(NUMBER, value))

    def write_text(self, data: bytes) -> None:
        """A string with its tag."""
        try:
            self._put(self._tagged_length.pack(STRING, len(data)) + data)
        except struct.error:
            raise SizeError(f"a string of {len(data)} bytes does not fit") from None

    def write_array(self, array: NDArray[Any]) -> None:
        """The numbers of a vector; those of type int64 are longs."""
        if array.dtype == _LONG and self._long.size == 4:
            if array.size and not (-(2**31) <= array.min() and array.max() < 2**31):
                raise SizeError("a number does not fit a long of 4 bytes")
            array = array.astype(np.int32)
        self._put(np.ascontiguousarray(array, array.dtype.newbyteorder(self._order)).data)

    def _pack(self, form: struct.Struct, value: int) -> None:
        try:
            self._put(form.pack(value))
        except struct.error:
            raise SizeError(f"{value} does not fit {form.size} bytes") from None


class AsciiSink(Sink):
    """The ascii encoding: numbers as text, strings and bytes as they are, each followed by a newline.

    Without `spacing` nothing stands between numbers or after them.
    """

    def __init__(self, stream: Stream, spacing: bool = True) -> None:
        super().__init__(stream)
        self._space, self._end = (" ", b"\n") if spacing else ("", b"")

    def write_int(self, value: int) -> None:
        """An int of C."""
        self._put(b"%d" % value + self._end)

    def write_long(self, value: int) -> None:
        """A long of C."""
        self._put(b"%d" % value + self._end)

    def write_double(self, value: float) -> None:
        """A double."""
        self._put(_decimal("%.17g", value).encode() + self._end)

    def write_number(self, value: float) -> None:
        """A number with its tag."""
        self._put(b"%d%b%b%b" % (NUMBER, self._end, _decimal("%.17g", value).encode(), self._end))

    def write_text(self, data: bytes) -> None:
        """A string with its tag."""
        end = self._end if data else b""
        self._put(b"%d%b%d%b%b%b" % (STRING, self._end, len(data), self._end, data, end))

    def write_bytes(self, data: bytes) -> None:
        """Bytes as they are, and a newline where there are any."""
        if data:
            self._put(data)
            self._put(self._end)

    def write_array(self, array: NDArray[Any]) -> None:
        """The numbers of a vector, separated by spaces; bytes are not text even here."""
        if array.dtype.itemsize == 1:
            self.write_bytes(array.tobytes())
        elif array.size:
            if array.dtype.kind == "f":
                form = "%.17g" if array.dtype.itemsize == 8 else "%.9g"
                words = [_decimal(form, value) for value in array.tolist()]
            else:
                words = [str(value) for value in array.tolist()]
            self._put(self._space.join(words).encode() + self._end)


def _decimal(form: str, value: float) -> str:
    """A number as C prints it, which shows the sign of a nan."""
    return "-nan" if value != value and math.copysign(1.0, value) < 0 else form % value


def make_sink(stream: Stream, mode: str = "binary", big_endian: bool = False, spacing: bool = True) -> Sink:
    """A sink of `mode` 'binary', 'ascii', 'b32' or 'b64' (binary with longs of 4 and 8 bytes)."""
    if mode == "ascii":
        return AsciiSink(stream, spacing)
    return BinarySink(stream, 4 if mode == "b32" else 8, big_endian)
