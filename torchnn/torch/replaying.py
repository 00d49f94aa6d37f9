"""Records of calls that only launch tasks: what such a call depends on, and how it is made again.

See `kernels/recording.py` for the idea, `native/actions/replaying.py` for what compiled code reads here.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.torch.core import Core

Objects = tuple[Any, ...]

WORD = 8

CONSTANTS = frozenset((bool, int, float, str))


def _by_python(words: np.ndarray, state: Objects, arguments: Objects) -> int:
    """Nothing is repeated where calls are not compiled."""
    return 0


# Make a call again where all objects are as its record, an array of words, expects: `recording.DONE`, LEFT where flags
# are up that somebody has to look at, or 0 where nothing has been done that counts. Compiled with the calls of tensors.
replay = _by_python


def is_compiled() -> bool:
    """Whether calls can be repeated."""
    return replay is not _by_python


class Record:
    """A call that can be made again."""

    def __init__(self, words: np.ndarray, recording: Any, values: Objects) -> None:
        self.words = words
        self._mending = recording.mending
        self._kept = recording.kept, values

    def mend(self) -> None:
        """Do what is left to Python where flags are up."""
        for flags, mend in self._mending:
            if flags.any():
                mend()


def record_of(recording: Any, state: Objects, arguments: Objects) -> Record | None:
    """The record of a call that has just been made, if it can be repeated where these are what it depends on."""
    if not recording.is_whole() or not all(_is_plain(thing) for thing in (*state, *arguments)):
        return None
    jobs, words_of_jobs = _jobs_of(recording.steps)
    expected = [*_expected(state), *_expected(arguments)]
    parallel = any(kind == kernels.recording.LAUNCH and how for kind, *_, how in recording.steps)
    counting, threads = kernels.launch.counting(), kernels.launch.threads()
    head = parallel, counting, threads, recording.thread, kernels.scratch.EPOCH.ctypes.data, recording.epoch
    first_step = len(head) + 2 + len(expected)
    first_job = first_step + 5 * len(recording.steps)
    words = np.zeros(first_job + words_of_jobs, np.int64)
    begin = kernels.launch.address(words)
    steps = [
        (kind, a, begin + (first_job + jobs[i]) * WORD if kind == kernels.recording.LAUNCH else b, c, d)
        for i, (kind, a, b, c, d) in enumerate(recording.steps)
    ]
    words[:first_job] = [*head, len(steps), begin + first_step * WORD, *expected, *itertools.chain.from_iterable(steps)]
    for place, (kind, _, job, *_) in zip(jobs, recording.steps, strict=True):
        if kind == kernels.recording.LAUNCH:
            job.put(words[first_job + place :][: _words_of(job)])
    return Record(words, recording, tuple(thing for thing in (*state, *arguments) if not isinstance(thing, Core)))


def _jobs_of(steps: Any) -> tuple[list[int], int]:
    """Where the job of each step is among all of them, and how many words they are."""
    places, end = [], 0
    for kind, _, job, *_ in steps:
        places.append(end)
        if kind == kernels.recording.LAUNCH:
            end += _words_of(job)
    return places, end


def _words_of(job: Any) -> int:
    return -(-len(job.text) // WORD)


def _is_plain(thing: Any) -> bool:
    """Whether a thing does not change but by being replaced, or is a tensor that kernels read where it is."""
    if isinstance(thing, Core):
        return not thing._size or thing.array.flags.c_contiguous
    return thing is None or type(thing) in CONSTANTS


def _expected(things: Objects) -> list[int]:
    """The words that say what a tuple has to be."""
    words = [len(things)]
    for thing in things:
        if not isinstance(thing, Core):
            words += 0, id(thing), 0, 0
        elif not thing._size:
            words += id(type(thing)), 0, 0, 0
        else:
            array = thing.array
            words += id(type(thing)), kernels.launch.address(array), id(array.dtype), array.ndim
            words += *array.shape, *array.strides
    return words
