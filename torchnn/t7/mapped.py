"""Large files: tags and text are read through a memory map, numbers directly into the arrays that keep them."""

from __future__ import annotations

import mmap
import os
import stat
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from torchnn.t7.source import BinarySource

# Smaller files are read as a whole, and smaller arrays copied from what was read.
LARGE_FILE = 2**22
LARGE_ARRAY = 2**16


class Mapped(NamedTuple):
    """A file that is not read as a whole: large arrays are views of its map with `keep`, else copies."""

    file: IO[bytes]
    keep: bool = False


def is_large(file: IO[bytes]) -> bool:
    """Whether a file is one on a disk, and large."""
    status = os.fstat(file.fileno())
    return stat.S_ISREG(status.st_mode) and status.st_size >= LARGE_FILE


class MappedSource(BinarySource):
    """The binary encoding in a large file."""

    def __init__(self, mapped: Mapped, long_size: int = 8, big_endian: bool = False) -> None:
        access = mmap.ACCESS_COPY if mapped.keep else mmap.ACCESS_READ
        memory: Any = mmap.mmap(mapped.file.fileno(), 0, access=access)
        super().__init__(memory, long_size, big_endian)
        self._file = mapped.file
        self._keep = mapped.keep

    def read_array(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        """So many numbers of a type; those of type int64 are longs."""
        if count * dtype.itemsize < LARGE_ARRAY or not self.is_plain(dtype):
            return super().read_array(dtype, count)
        at = self._take(count, dtype.itemsize, f"{dtype.itemsize}-byte number")
        if self._keep:
            return np.frombuffer(self.data, dtype, count, at)
        array = np.empty(count, dtype)
        self._fill(array.view(np.uint8).data, at)
        return array

    def _fill(self, memory: memoryview, at: int) -> None:
        """Read bytes of the file; one call reads at most 2 GB on Linux."""
        self._file.seek(at)
        filled = 0
        while filled < len(memory):
            got: int = self._file.readinto(memory[filled:])  # type: ignore[attr-defined]
            if not got:
                raise self.error("the file became shorter while it was read", at + filled)
            filled += got
