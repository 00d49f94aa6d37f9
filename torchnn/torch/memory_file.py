"""`torch.MemoryFile`: a file in a CharStorage."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, bad_argument
from torchnn.torch.files import File, check_mode
from torchnn.torch.storage import CharStorage


class Memory:
    """The bytes of a CharStorage, but for the zero that follows them, as a stream."""

    def __init__(self, storage: CharStorage) -> None:
        self.storage = storage
        self._size = storage.size() - 1
        self._at = 0

    @property
    def size(self) -> int:
        """How many bytes there are: fewer than written where somebody made the storage smaller."""
        return max(min(self._size, self.storage.size() - 1), 0)

    def read(self, count: int) -> bytes:
        """The next bytes, fewer at the end."""
        begin, end = self._at, min(self._at + count, self.size)
        self._at = max(begin, end)
        return self.storage.data[begin:end].tobytes()

    def write(self, data: Any) -> None:
        """Write bytes; the storage grows in large steps."""
        raw = np.frombuffer(data, np.int8) if len(data) else np.empty(0, np.int8)
        begin = min(self._at, self.size)
        end = begin + raw.size
        have = self.storage.size()
        if end >= have:
            self.storage.resize(max(end + 1, have + have // 2))
        self.storage.data[begin:end] = raw
        self._at = end
        if end >= self.size:
            self._size = end
            self.storage.data[end] = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> None:
        """Go to a byte, from 0, that exists or is the next to be written; or to the end."""
        if whence == io.SEEK_END:
            offset = self.size
        if offset > self.size:
            raise ValueError(f"{offset} is beyond the end")
        self._at = offset

    def seekable(self) -> bool:
        """Always True."""
        return True

    def tell(self) -> int:
        """Which byte is the next, from 0."""
        return self._at

    def flush(self) -> None:
        """Nothing: what is written is in the storage."""

    def close(self) -> None:
        """Nothing: the storage outlives the file."""


@registry.register("torch.MemoryFile")
class MemoryFile(File):
    """A file in memory: `MemoryFile([mode='rw'])`, or `MemoryFile(storage [, mode])` in a CharStorage that ends in 0.

    Modes are 'r', 'w' and 'rw'. What is written to a file on a storage is written to that storage.
    """

    seek_error = "unable to seek at position"
    _reads_fractions = False

    def __init__(self, storage: CharStorage | str = "rw", mode: str = "rw") -> None:
        if isinstance(storage, CharStorage):
            if not storage.size() or storage[-1] != 0:
                raise ArgumentError(bad_argument(1, "new", "provided CharStorage must be terminated by 0"))
            memory = storage
        else:
            mode = storage
            memory = CharStorage([0])
        check_mode(mode, ("r", "w", "rw"))
        self._open(Memory(memory), mode)

    def storage(self) -> CharStorage:
        """The CharStorage that holds the file, followed by a zero; it is that of the file, not a copy."""
        memory: Memory = self._opened()
        size = memory.size + 1
        if memory.storage.size() != size:
            memory.storage.resize(size)
        return memory.storage

    def __repr__(self) -> str:
        return f"torch.MemoryFile [{self._status} -- mode: {self._modes}]"
