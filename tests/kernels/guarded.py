"""Arrays with forbidden memory on both sides: a kernel that reads or writes outside them is stopped at once.

Memory next to an array is made inaccessible with mprotect, so that even a read ends the process with a segmentation
fault. An array can touch one of its two guards only, since pages are larger than elements: `last` tells which. On the
other side there are canaries, which `intact` looks at: they tell of writes.
"""

import ctypes
import mmap
from unittest import mock

import numpy as np

from torchnn import kernels

PAGE = mmap.PAGESIZE
CANARY = 0xA5

_libc = ctypes.CDLL(None, use_errno=True)


class Guarded:
    """An array of some size and type between two guard pages, which ends (or begins) right at one of them."""

    def __init__(self, size, dtype=np.float32, last=True, fill=None):
        count = int(np.prod(size)) * np.dtype(dtype).itemsize
        self._inside = max(1, -(-count // PAGE)) * PAGE
        self._memory = mmap.mmap(-1, self._inside + 2 * PAGE)
        self._bytes = np.frombuffer(self._memory, np.uint8)
        self._bytes[...] = CANARY
        self._start = PAGE + (self._inside - count if last else 0)
        self._count = count
        self.array = self._bytes[self._start : self._start + count].view(dtype).reshape(size)
        if fill is not None:
            self.array[...] = fill
        self._protect(0)

    def _protect(self, mode):
        for start in (0, PAGE + self._inside):
            if _libc.mprotect(ctypes.c_void_p(self._bytes.ctypes.data + start), PAGE, mode):
                raise OSError(ctypes.get_errno(), "mprotect")

    def intact(self):
        """Whether nothing beside the array was written, within its pages."""
        before = self._bytes[PAGE : self._start]
        after = self._bytes[self._start + self._count : PAGE + self._inside]
        return bool((before == CANARY).all() and (after == CANARY).all())


class Arena:
    """Guarded arrays made one after another, alternately at the end and at the beginning of their pages.

    with Arena() as arena:
        x, y = arena.copy(x), arena.empty((2, 3))
        kernel(x, y)

    The end asserts that what was beside the arrays is as it was. `last` says where the first array lies: a test runs
    with both.
    """

    def __init__(self, last=True):
        self._last, self._made = last, []

    def empty(self, size, dtype=np.float32, fill=np.nan):
        """A guarded array, filled with NaN where nothing else is said."""
        made = Guarded(size, dtype, self._last, fill)
        self._last = not self._last
        self._made.append(made)
        return made.array

    def copy(self, array):
        """A guarded copy of an array."""
        copied = self.empty(array.shape, array.dtype, 0)
        copied[...] = array
        return copied

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            assert all(made.intact() for made in self._made), "a kernel wrote outside an array"


def guarded_scratch(arena):
    """Replaces `scratch.reserve`: memory between guards, filled with NaN."""

    def reserve(name, size):
        memory = arena.empty(-(-size // 4), np.float32)
        return memory, memory.ctypes.data

    return mock.patch.object(kernels.scratch, "reserve", reserve)
