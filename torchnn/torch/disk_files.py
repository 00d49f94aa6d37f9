"""`torch.DiskFile` and `torch.PipeFile`: files of the operating system."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any

from torchnn import registry
from torchnn.errors import ArgumentError, TorchError
from torchnn.torch.files import File, check_mode

if TYPE_CHECKING:
    from typing_extensions import Self


@registry.register("torch.DiskFile")
class DiskFile(File):
    """A file on disk: `DiskFile(name [, mode='r' [, quiet=False]])`.

    Mode 'r' reads, 'w' starts an empty file, 'rw' reads and writes a file and makes it where there is none. With
    `quiet` the result is None where the file cannot be opened, and the file is quiet.
    """

    modes: tuple[str, ...] = ("r", "w", "rw")

    def __new__(cls, name: str | os.PathLike[str] | None = None, mode: str = "r", quiet: bool = False) -> Self | None:  # type: ignore[misc]
        """Open the file."""
        check_mode(mode, cls.modes)
        if not isinstance(name, (str, os.PathLike)):
            raise ArgumentError("string expected")
        try:
            stream = cls._stream_of(os.fspath(name), mode)
        except (OSError, ValueError) as error:
            if quiet:
                return None
            raise TorchError(
                f"cannot open <{os.fspath(name)}> in mode {mode}: {getattr(error, 'strerror', error)}"
            ) from None
        file = object.__new__(cls)
        file._name = os.fspath(name)
        file._open(stream, mode)
        return file.quiet() if quiet else file

    @staticmethod
    def _stream_of(name: str, mode: str) -> Any:
        if mode == "r":
            return open(name, "rb", buffering=0)
        if mode == "w":
            return open(name, "wb")
        return open(name, "r+b" if os.path.exists(name) else "w+b")

    def _tell(self) -> int:
        if not self._opened().seekable():
            self._fail("unable to obtain disk file offset (maybe a long overflow occurred)")
            return 0
        return super()._tell()

    def noBuffer(self) -> Self:
        """Let everything that is written leave the program at once."""
        self._buffered = False
        return self.synchronize()

    def nativeEndianEncoding(self) -> Self:
        """Write and read binary numbers with this machine's order of bytes, as at first."""
        return self._encode(_big_endian=sys.byteorder == "big")

    def littleEndianEncoding(self) -> Self:
        """Write and read binary numbers with the lowest byte first."""
        return self._encode(_big_endian=False)

    def bigEndianEncoding(self) -> Self:
        """Write and read binary numbers with the highest byte first."""
        return self._encode(_big_endian=True)

    @staticmethod
    def isLittleEndianCPU() -> bool:
        """Whether this machine puts the lowest byte first."""
        return sys.byteorder == "little"

    @staticmethod
    def isBigEndianCPU() -> bool:
        """Whether this machine puts the highest byte first."""
        return sys.byteorder == "big"

    def __repr__(self) -> str:
        return f"torch.DiskFile on <{self._name}> [{self._status} -- mode {self._modes}]"


def isatty(file: Any) -> bool:
    """Whether a file of Python, such as `sys.stdout`, is a terminal."""
    return registry.typename(file) is None and hasattr(file, "isatty") and bool(file.isatty())


class Pipe:
    """What a shell command prints, or what it is told, as a stream."""

    def __init__(self, command: str, mode: str) -> None:
        if mode == "r":
            self._process = subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, bufsize=0)
        else:
            self._process = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE)
        end: Any = self._process.stdout or self._process.stdin
        self._end: IO[bytes] = end
        self.read, self.write, self.flush = end.read, end.write, end.flush

    def seekable(self) -> bool:
        """Always False."""
        return False

    def close(self) -> None:
        """End the conversation and wait for the command to end."""
        try:
            self._end.close()
        finally:
            self._process.wait()


@registry.register("torch.PipeFile")
class PipeFile(DiskFile):
    """The output of a shell command, or its input: `PipeFile(command [, mode='r' [, quiet=False]])`.

    Modes are 'r' and 'w'. There is no position in a pipe. Closing it waits for the command to end.
    """

    modes = ("r", "w")

    @staticmethod
    def _stream_of(name: str, mode: str) -> Any:
        return Pipe(name, mode)

    def __repr__(self) -> str:
        return f"torch.PipeFile on <{self._name}> [{self._status} -- mode: {self._modes}]"
