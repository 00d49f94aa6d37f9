"""What Lua's `writeObject` and `readObject` (core/serialization.lua) leave to Python: tags, numbers, text and tensors.

Lua walks over the objects, since its tables, classes and their `write` and `read` methods are there; one call of Python
writes or reads what stands between two objects.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import registry, t7
from torchnn.errors import ArgumentError, FormatError, MissingError, bad_argument
from torchnn.lua.objects import IN_LUA
from torchnn.lua.text import to_bytes_text
from torchnn.lua.values import plain
from torchnn.t7 import values
from torchnn.torch.files import File
from torchnn.torch.memory_file import MemoryFile
from torchnn.torch.storage import CharStorage

LOADED = (values.TABLE, values.OBJECT, values.OLDER_FUNCTION, values.FUNCTION)


class Held:
    """A stream that keeps what is written until it is released, many small writes in one."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.buffer = io.BytesIO()
        self.write = self.buffer.write

    def release(self) -> None:
        """Write what was kept."""
        if self.buffer.tell():
            self.stream.write(self.buffer.getbuffer()[: self.buffer.tell()])
            self.buffer = io.BytesIO()
            self.write = self.buffer.write

    def tell(self) -> int:
        """Where the next byte will be."""
        return int(self.stream.tell()) + self.buffer.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> None:
        """Go elsewhere, with everything written."""
        self.release()
        self.stream.seek(offset, whence)

    def read(self, count: int) -> Any:
        """Read on from here, with everything written."""
        self.release()
        return self.stream.read(count)

    def seekable(self) -> bool:
        """Whether the stream can go elsewhere."""
        return bool(self.stream.seekable())

    def flush(self) -> None:
        """Let everything leave the program."""
        self.release()
        self.stream.flush()


@plain
def hold(file: File) -> None:
    """Keep what is written to a file from now on."""
    stream = file._writing()
    file._stream = Held(stream)
    file._sink = file._make_sink(file._stream)


@plain
def let_go(file: File, complete: bool) -> None:
    """Write what was kept, or forget it where something went wrong."""
    held = file._stream
    if isinstance(held, Held):
        file._stream = held.stream
        file._sink = file._make_sink(held.stream)
        if complete:
            file._put(held.release)


# ---------------------------------------------------------------------- writing


@plain
def write_number(file: File, value: float, negative_zero: bool) -> None:
    """A number with its tag."""
    file._sink.write_number(-0.0 if negative_zero else value)


@plain
def write_text(file: File, text: str) -> None:
    """A string with its tag."""
    file._sink.write_text(text.encode("latin-1"))


@plain
def write_boolean(file: File, value: bool) -> None:
    """A boolean with its tag."""
    file._sink.write_int(values.BOOLEAN)
    file._sink.write_int(int(value))


@plain
def write_ints(file: File, *ints: int) -> None:
    """Tags, indices and counts."""
    for value in ints:
        file._sink.write_int(value)


@plain
def write_string(file: File, text: str) -> None:
    """A string without tag."""
    file._sink.write_string(text.encode("latin-1"))


def write_object(file: File, value: Any, write_part: Callable[[Any], None]) -> None:
    """What a Python object writes of itself; the objects in it are left to Lua."""
    writer = t7.Writer(file._sink)
    writer.write_object = writer.writeObject = write_part  # type: ignore[assignment, method-assign]
    type(value).write(value, writer)


@plain
def write_line(file: File, text: Any = None, *_: Any) -> int:
    """Lua's `writeString`: bytes as they are; returns how many those are."""
    if not isinstance(text, str):
        raise ArgumentError(bad_argument(2, "writeString", "string expected"))
    return file.writeString(text.encode("latin-1"))


# ---------------------------------------------------------------------- reading


@plain
def read_line(file: File, form: Any = None, *_: Any) -> str:
    """Lua's `readString`: the rest of the file, for '*a', or of the line, for '*l'."""
    found = file.readString(form)
    return found.decode("latin-1") if isinstance(found, bytes) else to_bytes_text(found)


@plain
def file_of(data: Any) -> MemoryFile:
    """A file in memory with the bytes of a string or of a CharStorage."""
    raw = np.frombuffer(data.encode("latin-1"), np.int8) if isinstance(data, str) else data.data
    return MemoryFile(CharStorage.wrap(np.append(raw, np.int8(0))))


@plain
def read_head(file: File) -> tuple[int, Any]:
    """The tag of the next object, with its value or, for an object of parts, its index.

    Errors: no such tag, the end of the file. In quiet mode such an object is nil.
    """
    source = file._reading()
    try:
        return _head(source)
    except FormatError:
        file._error = True
        if not file._quiet:
            raise
        return values.NIL, None
    finally:
        file._cut()


def _head(source: t7.Source) -> tuple[int, Any]:
    at = source.position
    tag = source.read_int()
    if tag == values.NUMBER:
        return tag, source.read_double()
    if tag == values.STRING:
        return tag, source.read_string().decode("latin-1")
    if tag == values.NIL:
        return tag, None
    if tag == values.BOOLEAN:
        return tag, source.read_int() == 1
    if tag == values.OLDEST_FUNCTION:
        return tag, None
    if tag not in LOADED:
        raise source.error(f"unknown object: a tag from 0 to 8 expected, found {tag}", at)
    return tag, source.read_int()


@plain
def read_count(file: File) -> int:
    """The number of entries of a table."""
    return int(file._reading().read_int())


@plain
def read_string(file: File) -> str:
    """A string without tag."""
    return str(file._reading().read_string().decode("latin-1"))


def read_object(file: File, value: Any, version: int, read_part: Callable[[], Any]) -> None:
    """Let a Python object read what it wrote of itself; the objects in it are left to Lua."""
    reader = t7.Reader(file._reading())
    reader.read_object = reader.readObject = read_part  # type: ignore[method-assign]
    type(value).read(value, reader, version)


@plain
def has_hook(name: str, hook: str) -> bool:
    """Whether a class that Lua has of Python has a hook of the format, `_store` or `_upgrade`."""
    return name not in IN_LUA and hasattr(registry.find(name), hook)


def store(value: Any) -> None:
    """Bring an object's buffers into the form that Torch7 expects, before it is written."""
    value._store()


def upgrade(value: Any, version: int) -> None:
    """Repair what an object lacks that an old file holds."""
    value._upgrade(version)


@plain
def substitute(name: str) -> str:
    """The name of the class that stands for a foreign one; errors: there is none."""
    other = registry.find_stand_in(name)
    if other is None:
        raise MissingError(f"unknown Torch class <{name}>", name)
    return other.name


def translate(value: Any, name: str, version: int) -> None:
    """Make the fields of a foreign class's object those of the class that stands for it."""
    other = registry.find_stand_in(name)
    if other is not None and other.translate is not None:
        other.translate(value, version)


NATIVES = {
    function.__name__: function
    for function in (
        hold,
        let_go,
        write_number,
        write_text,
        write_boolean,
        write_ints,
        write_string,
        write_line,
        read_line,
        write_object,
        file_of,
        read_head,
        read_count,
        read_string,
        read_object,
        has_hook,
        store,
        upgrade,
        substitute,
        translate,
    )
}
