"""Calls that do nothing but launch tasks, written down, so that they can be made again without Python.

What Python does around the kernels of a layer takes 20 us, and five to ten times as long where large arrays have just
passed through the caches: a fifth of LeNet's training step, a tenth of ResNet-18's. But it comes out the same as long
as arrays are where they were: what is launched are numbers, addresses among them.

A `Recording` is what `launch.run` writes down while a function runs, with what else has to be done each time: memory
that begins with zeros, few elements that are copied, flags that must not be up. A function whose work all this is says
so by `complete`, and the caller which such functions there are (`expect`): a call with any other work in it, by
numpy for instance, is no recording. Compiled code repeats it (`torch/native/actions/replaying.py`), once it has seen
that nothing has changed which it depends on.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from torchnn.kernels import scratch

# What a step is, and its four words: bytes set to zero (where, how many); bytes copied (to, from, how many); a launch
# (worker, job, tasks, how); bytes that are to be zero (where, how many, whether the call has to be made by Python
# otherwise). How tasks are launched: by this thread, by all of them in their order, or each with a part of its own.
CLEAR, COPY, LAUNCH, CHECK = range(4)
ALONE, TOGETHER, APART = range(3)

# What came of a call that was to be repeated, else 0: all is done, or flags are up and what they stand for is left.
DONE, LEFT = 1, 2

WORD = 8

Step = tuple[int, int, Any, int, int]


class Job(NamedTuple):
    """What a launch is told, and where it was if it may point at parts of itself, else 0."""

    text: bytes
    place: int

    def put(self, memory: np.ndarray) -> None:
        """Write the job into words, where pointers at its parts point at them again."""
        memory.view(np.uint8)[: len(self.text)] = np.frombuffer(self.text, np.uint8)
        if self.place:
            inside = (memory >= self.place) & (memory < self.place + len(self.text))
            memory[inside] += memory.ctypes.data - self.place


class Recording:
    """What a function of one Python thread launches."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.epoch = int(scratch.EPOCH[0])
        self.steps: list[Step] = []
        self.kept: list[Any] = []
        self.mending: list[tuple[np.ndarray, Callable[[], None]]] = []
        self.is_spoiled = False
        self._expected: list[str] = []
        self._seen = 0

    def is_whole(self) -> bool:
        """Whether all that the function has done is written down, and the memory that it used is still there."""
        done = not self._expected and 0 < self._seen == len(self.steps) and not self.is_spoiled
        return done and self.epoch == scratch.EPOCH[0]

    def launched(self, worker: int, job: Any, tasks: int, how: int, size: int) -> None:
        """Write down a launch; the job is an array, bytes, or the address of so many bytes."""
        if isinstance(job, int):
            self.is_spoiled |= size == 0
            written = Job(ctypes.string_at(job, size), job)
        else:
            written = Job(job if isinstance(job, bytes) else job.tobytes(), 0)
        self.steps.append((LAUNCH, worker, written, tasks, how))

    def completed(self, kind: str) -> None:
        """All the work of a function of a kind is written down, if it is the next one: what others do is part of it."""
        if self._expected and self._expected[0] == kind and self._seen < len(self.steps):
            del self._expected[0]
            self._seen = len(self.steps)

    def expects(self, *kinds: str) -> None:
        """Functions of these kinds will be complete, one after another."""
        self._expected += kinds


# The recording that is being made; one at a time.
current: Recording | None = None
_making = threading.Lock()


def _forget() -> None:
    global current, _making
    current, _making = None, threading.Lock()


# What another thread of the parent was making, a forked child cannot end.
os.register_at_fork(after_in_child=_forget)


def active() -> Recording | None:
    """The recording of what this Python thread does, if one is made."""
    return current if current is not None and current.thread == threading.get_ident() else None


def begin() -> Recording | None:
    """Begin to record what this thread does; None where another one is being recorded."""
    global current
    if not _making.acquire(blocking=False):
        return None
    current = Recording()
    return current


def end() -> None:
    """Stop recording."""
    global current
    current = None
    _making.release()


def expect(*kinds: str) -> None:
    """What follows is done by functions of these kinds, one after another, which will be `complete`."""
    if (recording := active()) is not None:
        recording.expects(*kinds)


def complete(kind: str) -> None:
    """All that a function of a kind did is written down: a "convolution", "product", "bias", or a "loop" over arrays.

    A function of another kind may have called it, and say so itself, or do more: that is none which is expected then.
    """
    if (recording := active()) is not None:
        recording.completed(kind)


def spoil() -> None:
    """What is done has other effects than those that are written down."""
    if (recording := active()) is not None:
        recording.is_spoiled = True


def kept(thing: Any) -> Any:
    """An array that jobs point at, or what holds such arrays; it lives as long as the recording."""
    if (recording := active()) is not None:
        recording.kept.append(thing)
    return thing


def referred(array: np.ndarray) -> int:
    """An array as jobs name it that are told objects: `id(array)`, or, as it may not live as long, what looks alike."""
    if active() is None:
        return id(array)
    return int(kept(np.array([0] * (object.__basicsize__ // WORD) + [array.ctypes.data])).ctypes.data)


def zeros(shape: int | Sequence[int], element: Any) -> np.ndarray:
    """New memory that begins with zeros, each time."""
    array: np.ndarray = kept(np.zeros(shape, element))
    if (recording := active()) is not None:
        recording.steps.append((CLEAR, array.ctypes.data, array.nbytes, 0, 0))
    return array


def fill(target: np.ndarray, source: np.ndarray) -> None:
    """Copy few elements, each time; both arrays are contiguous and of one type."""
    target[...] = source
    if (recording := active()) is not None:
        recording.steps.append((COPY, target.ctypes.data, source.ctypes.data, target.nbytes, 0))


def finite(flags: np.ndarray, mend: Callable[..., None] | None = None, *arrays: np.ndarray) -> bool:
    """Whether no flag is up, where what is not finite puts one up: they are zeros, else NaN.

    Where one is up when this is repeated, Python makes the whole call again, or `mend` is called with the flags and
    arrays in the place of these.
    """
    if (recording := active()) is not None:
        recording.steps.append((CHECK, flags.ctypes.data, flags.nbytes, mend is None, 0))
        if mend is not None:
            places = [(a.ctypes.data, a.shape, a.strides, a.dtype) for a in arrays]
            recording.mending.append((flags, lambda: mend(flags, *[_array_at(*place) for place in places])))
    return not flags.any()


def _array_at(address: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array that is somewhere in memory."""
    end = sum((n - 1) * step for n, step in zip(shape, strides, strict=True)) + dtype.itemsize
    memory = (ctypes.c_char * end).from_address(address)
    array: np.ndarray = np.ndarray(shape, dtype, memory, 0, strides)
    return array
