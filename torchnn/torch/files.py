"""`torch.File`: what files on disk, in memory and pipes have in common.

A file works on a stream of bytes: `read(count)`, which may give less and gives nothing at the end, `write(data)`,
`seek(offset, whence)`, `tell()`, `seekable()`, `flush()` and `close()`. Numbers and strings go through the encodings
of `torchnn.t7`.
"""

from __future__ import annotations

import functools
import io
import sys
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from torchnn import registry, t7
from torchnn.errors import ArgumentError, FormatError, SizeError, TorchError, bad_argument
from torchnn.torch.file_numbers import Numbers
from torchnn.torch.serialization import adapt
from torchnn.torch.sizes import integer

if TYPE_CHECKING:
    from typing_extensions import Self

READ_AHEAD = 2**16
AT_ONCE = 2**24
END = 2**62


def check_mode(mode: Any, modes: tuple[str, ...]) -> None:
    """Refuse a mode that is none of these."""
    if not isinstance(mode, str) or mode not in modes:
        shown = "'r','w' or 'rw'" if "rw" in modes else "'r','w'"
        raise ArgumentError(bad_argument(2, "new", f"file mode should be {shown}"))


@registry.register("torch.File")
class File(Numbers):
    """What can be read and written; `torch.DiskFile`, `torch.MemoryFile` and `torch.PipeFile` are files.

    At first a file is in ascii mode with auto spacing, raises errors, and remembers objects. Methods that set something
    return the file. In a `with` statement it is closed at the end; else when it is no longer used.

    In ascii mode numbers are text, but bytes and chars are raw even there. With auto spacing a space stands between
    the elements of a storage and a newline after each write; reading skips white space before a number and takes one
    newline after the last.
    """

    seek_error: ClassVar[str] = "unable to seek to position"
    _reads_fractions: ClassVar[bool] = True  # of a number at the end of the file, which are passed over

    def _open(self, stream: Any, mode: str) -> Self:
        self._stream = stream
        self._readable, self._writable = "r" in mode, "w" in mode
        self._binary = self._quiet = self._error = False
        self._spacing = self._buffered = True
        self._long_size = 8
        self._big_endian = sys.byteorder == "big"
        self._source: t7.Source | None = None  # what was read ahead, and how far it was used
        self._reader: t7.Reader | None = None
        self._writer: t7.Writer | None = None
        self._referenced = True
        self._close = weakref.finalize(self, stream.close)
        return self._encode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._stream is not None:
            self.close()

    def write(self, writer: t7.Writer) -> None:
        """Refuse to be written to a `.t7` file."""
        raise TorchError(f"<{registry.typename(self)}> is a non-serializable Torch object")

    def read(self, reader: t7.Reader, version: int) -> None:
        """Refuse to be read from a `.t7` file."""
        raise TorchError(f"Cannot load object class <{registry.typename(self)}>")

    # ------------------------------------------------------------------ how it is set

    def isQuiet(self) -> bool:
        """Whether errors only set a flag."""
        return self._quiet

    def isReadable(self) -> bool:
        """Whether the mode allows reading."""
        return self._readable

    def isWritable(self) -> bool:
        """Whether the mode allows writing."""
        return self._writable

    def isBinary(self) -> bool:
        """Whether numbers are read and written in binary, not as text."""
        return self._binary

    def isAutoSpacing(self) -> bool:
        """Whether text is separated by spaces and newlines."""
        return self._spacing

    def isReferenced(self) -> bool:
        """Whether objects are remembered, so that one that comes again is the same object."""
        return self._referenced

    def hasError(self) -> bool:
        """Whether an error occurred since the file was opened or `clearError` called."""
        return self._error

    def clearError(self) -> Self:
        """Forget errors."""
        self._error = False
        return self

    def quiet(self) -> Self:
        """Let errors only set the flag that `hasError` returns; reads give what they got."""
        self._quiet = True
        return self

    def pedantic(self) -> Self:
        """Raise errors."""
        self._quiet = False
        return self

    def binary(self) -> Self:
        """Read and write numbers in binary from now on."""
        return self._encode(_binary=True)

    def ascii(self) -> Self:
        """Read and write numbers as text from now on."""
        return self._encode(_binary=False)

    def autoSpacing(self) -> Self:
        """Separate text by spaces and newlines."""
        return self._encode(_spacing=True)

    def noAutoSpacing(self) -> Self:
        """Write text without separators, and take none away when reading."""
        return self._encode(_spacing=False)

    def longSize(self, size: int) -> Self:
        """How many bytes a long has in binary: 4, 8, or 0 for those of this machine, which are 8."""
        size = integer(size)
        if size not in (0, 4, 8):
            raise SizeError(bad_argument(1, "longSize", "Invalid long size specified"))
        return self._encode(_long_size=size or 8)

    def referenced(self, flag: bool) -> Self:
        """Whether to remember objects; without, one that is written twice is read as two."""
        self._referenced = bool(flag)
        return self

    def _encode(self, **settings: Any) -> Self:
        """Change how numbers are encoded; what was read ahead is kept."""
        vars(self).update(settings)
        if self._stream is not None:
            self._sink = self._make_sink(self._stream)
        old = self._source
        if old is not None:
            self._source = self._make_source(old.data, old.origin)
            self._source.position = old.position
        return self

    @property
    def _mode(self) -> str:
        return "ascii" if not self._binary else f"b{8 * self._long_size}"

    # ------------------------------------------------------------------ position and end

    def position(self) -> int:
        """Where the next byte is read or written, from 1."""
        return 1 + self._tell()

    def _tell(self) -> int:
        stream = self._opened()
        return stream.tell() if self._source is None else self._source.origin + self._source.position

    def seek(self, position: int) -> Self:
        """Go to a byte, from 1."""
        offset = integer(position) - 1
        if offset < 0:
            raise SizeError(bad_argument(1, "seek", "position has to be greater than 0!"))
        return self._seek(offset, io.SEEK_SET, f"{self.seek_error} {offset}")

    def seekEnd(self) -> Self:
        """Go behind the last byte."""
        return self._seek(0, io.SEEK_END, "unable to seek at end of file")

    def _seek(self, offset: int, whence: int, message: str) -> Self:
        stream = self._opened()
        try:
            if not stream.seekable():
                raise OSError(message)
            stream.seek(offset, whence)
        except (OSError, OverflowError, ValueError):
            self._fail(message)
        else:
            self._source = None
        return self

    def synchronize(self) -> Self:
        """See to it that all that was written has left the program."""
        self._put(self._opened().flush)
        return self

    def close(self) -> None:
        """Write what is still to be written, and end the use of the file."""
        self._opened()
        self._stream = self._sink = self._source = self._reader = self._writer = None
        try:
            self._close()
        except OSError as error:
            raise TorchError(f"write error: {error.strerror}") from None

    # ------------------------------------------------------------------ strings

    def readString(self, format: str) -> str | bytes:
        """The rest of the file, for '*a', or of the line, for '*l', without its end: text where it is UTF-8."""
        if not isinstance(format, str) or format[:2] not in ("*a", "*l"):
            raise ArgumentError(bad_argument(1, "readString", "format must be '*a' or '*l'"))
        source = self._reading()
        if not source.left(1):
            self._fail("read error: read 0 blocks instead of 1")
            return ""
        begin = source.position
        end = -1 if format[1] == "a" else source.data.find(b"\n", begin)
        while format[1] == "l" and end < 0 and source.grow():
            end = source.data.find(b"\n", begin)
        stop = begin + source.left(END) if end < 0 else end
        raw = source.data[begin:stop]
        source.position = stop if end < 0 else end + 1
        self._cut()
        return t7.text(raw)

    def writeString(self, text: str | bytes) -> int:
        """Write text (as UTF-8) or bytes as they are; returns how many bytes those are."""
        if not isinstance(text, (str, bytes)):
            raise ArgumentError("string expected")
        raw = text.encode("utf-8") if isinstance(text, str) else text
        stream = self._writing()
        self._put(lambda: stream.write(raw))
        return len(raw)

    # ------------------------------------------------------------------ objects

    def isWritableObject(self, value: Any) -> bool:
        """Whether `writeObject` can write a value, its parts apart."""
        return self._object_writer().accepts(value)

    def writeObject(self, value: Any, name: str = "<?>", hook: Callable[[Any], Any] | None = None) -> None:
        """Write an object with all that it refers to; what was written before is referred to.

        `name` is what errors call it. `hook` is given every table and object, and returns what to write in its place.
        Where something cannot be written, the file is as before.
        """
        stream, writer, buffer = self._writing(), self._object_writer(), io.BytesIO()
        writer.attach(self._make_sink(buffer))
        writer.write_object(value, name, hook)
        self._put(lambda: stream.write(buffer.getbuffer()))

    def _object_writer(self) -> t7.Writer:
        if self._writer is None:
            self._writer = t7.Writer(self._make_sink(io.BytesIO()), adapt=adapt)
        self._writer.referenced = self._referenced
        return self._writer

    def readObject(self) -> Any:
        """The next object; what was read before can be part of it. In quiet mode None where it cannot be read."""
        source = self._reading()
        if self._reader is None:
            self._reader = t7.Reader(source)
        self._reader.attach(source)
        self._reader.referenced = self._referenced
        try:
            value = self._reader.read_object()
        except FormatError:
            self._error = True
            if not self._quiet:
                raise
            value = None
        self._cut()
        return value

    # ------------------------------------------------------------------ the stream

    @property
    def _status(self) -> str:
        return f"status: {'closed' if self._stream is None else 'open'}"

    @property
    def _modes(self) -> str:
        """The letters of the mode, with a space for the one that is missing."""
        return ("r" if self._readable else " ") + ("w" if self._writable else " ")

    def _opened(self) -> Any:
        if self._stream is None:
            raise TorchError("attempt to use a closed file")
        return self._stream

    def _fail(self, message: str) -> None:
        self._error = True
        if not self._quiet:
            raise TorchError(message)

    def _reading(self) -> t7.Source:
        """What was read ahead, to read from."""
        stream = self._opened()
        if not self._readable:
            raise TorchError("attempt to read in a write-only file")
        if self._source is None:
            self._source = self._make_source(b"", stream.tell() if stream.seekable() else 0)
        return self._source

    def _make_source(self, data: bytes, origin: int) -> t7.Source:
        source = t7.make_source(data, self._mode, self._big_endian, self._spacing)
        source.origin = origin
        # It refers to the stream, not to the file, which is closed as soon as nothing refers to it.
        source.more = functools.partial(_fetch, self._stream)
        return source

    def _cut(self) -> None:
        """Drop what was read where it is more than what was read ahead."""
        source = self._source
        if source is not None and source.position > max(READ_AHEAD, len(source.data) // 2):
            source.data = source.data[source.position :]
            source.origin += source.position
            source.position = 0

    def _writing(self) -> Any:
        """The stream, to write to where the last read ended."""
        stream = self._opened()
        if not self._writable:
            raise TorchError("attempt to write in a read-only file")
        if self._source is not None:
            stream.seek(self._source.origin + self._source.position)
            self._source = None
        return stream

    def _make_sink(self, stream: Any) -> t7.Sink:
        return t7.make_sink(stream, self._mode, self._big_endian, self._spacing)

    def _put(self, write: Callable[[], Any]) -> None:
        try:
            write()
            if not self._buffered:
                self._stream.flush()
        except OSError as error:
            self._fail(f"write error: {error.strerror}")


def _fetch(stream: Any, missing: int) -> bytes:
    """The next bytes of a stream: at least those missing, unless it ends."""
    pieces = []
    while missing > 0:
        try:
            piece = stream.read(min(max(missing, READ_AHEAD), AT_ONCE))
        except OSError as error:
            raise TorchError(f"read error: {error.strerror}") from None
        if not piece:
            break
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
