"""Recognises how data are encoded, and reads them.

The first tag shows whether they are ascii, and the byte order. Nothing shows the size of longs, but reading with the
wrong one soon meets impossible sizes and tags.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from torchnn.errors import FormatError, MissingError
from torchnn.t7.mapped import Mapped, MappedSource
from torchnn.t7.reader import Reader
from torchnn.t7.source import Source, is_big_endian, make_source, mode_of

Data = bytes | Mapped


class Found(NamedTuple):
    """An object that was read, how many bytes it takes, and how these are encoded."""

    value: Any
    length: int
    mode: str
    big_endian: bool


def read(data: Data, mode: str | None = None, referenced: bool = True) -> Any:
    """The first object in the data; without a mode, in any encoding."""
    return read_first(data, mode, referenced).value


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Pause Python's collector, which would search all that was read for cycles, again and again: 10 % of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_without_collector()
def read_first(data: Data, mode: str | None = None, referenced: bool = True) -> Found:
    """The first object that data hold, with its encoding."""
    if mode is not None:
        return _read(data, mode, False, referenced)
    head = _head(data)
    if mode_of(head) == "ascii":
        return _read(data, "ascii", False, referenced)
    big = is_big_endian(head)
    try:
        return _read(data, "b64", big, referenced)
    except FormatError as error:
        return _with_short_longs(data, big, referenced, error)


def _with_short_longs(data: Data, big: bool, referenced: bool, error: FormatError) -> Found:
    """The object read with longs of 4 bytes, if it then takes up all data; otherwise the data are damaged.

    A storage alone proves nothing: one with longs of 8 bytes that was cut short can look the same.
    """
    try:
        found = _read(data, "b32", big, referenced)
    except (FormatError, MissingError):
        raise error from None
    is_storage = hasattr(found.value, "elementSize") and not hasattr(found.value, "dim")
    if is_storage or found.length != _size(data):
        raise error
    return found


def _read(data: Data, mode: str, big: bool, referenced: bool) -> Found:
    source = _source(data, mode, big)
    value = Reader(source, referenced).read_object()
    return Found(value, source.position, mode, big)


def _size(data: Data) -> int:
    return os.fstat(data.file.fileno()).st_size if isinstance(data, Mapped) else len(data)


def _head(data: Data) -> bytes:
    if not isinstance(data, Mapped):
        return data[:16]
    data.file.seek(0)
    return data.file.read(16)


def _source(data: Data, mode: str, big_endian: bool) -> Source:
    if not isinstance(data, Mapped):
        return make_source(data, mode, big_endian)
    if mode == "ascii":
        data.file.seek(0)
        return make_source(data.file.read(), mode)
    return MappedSource(data, 4 if mode == "b32" else 8, big_endian)
