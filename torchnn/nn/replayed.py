"""Methods of modules that are repeated without Python where nothing has changed.

In batches of one size a layer finds its input, its parameters and its buffers where they were the last time. Then what
it launches is known (see `kernels/recording.py`). A method may be `replayed` that does nothing but launch tasks in some
of its cases, as it says by `recording.expect`, and depends on nothing but its arguments and the fields of its module.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from torchnn import kernels
from torchnn.torch import replaying

# How often in a row a call may be recorded in vain before it is recorded more and more rarely.
PATIENCE = 3

# What methods return.
RESULTS = {"updateOutput": "output", "updateGradInput": "gradInput", "backward": "gradInput"}


class Calls:
    """The calls of a method of a module: a record, if there is one, and how often there were none, or in vain."""

    __slots__ = ("fields", "read", "record", "vain", "words")

    def __init__(self) -> None:
        self.words: Any = None
        self.fields = self.vain = 0

    def keep(self, record: replaying.Record, read: Callable[[Any], tuple[Any, ...]], fields: int) -> None:
        """Let the next call be made by a record of this one; `read` gives the fields of the module, so many."""
        self.record, self.words, self.read, self.fields = record, record.words, read, fields

    def repeated(self, fields: dict[str, Any], arguments: tuple[Any, ...]) -> bool:
        """Make the call by the record, and say whether that was possible."""
        try:
            state = self.read(fields)
        except KeyError:
            return False
        done = replaying.replay(self.words, state, arguments)
        if not done:
            return False
        self.vain = 0
        if done == kernels.recording.LEFT:
            self.record.mend()
        return True

    def is_worth_recording(self) -> bool:
        """Whether the next call should be recorded; counts it."""
        self.vain += 1
        return self.vain <= PATIENCE or self.vain & (self.vain - 1) == 0


def replayed(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of modules that is repeated where all is as it was; see above."""
    name = method.__name__
    result = RESULTS.get(name)

    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **named: Any) -> Any:
        calls = self._calls
        if calls and not named:
            fields, mine = self.__dict__, calls.get(name)
            if mine is not None and mine.fields == len(fields) and mine.repeated(fields, arguments):
                return None if result is None else fields[result]
        if calls is False or named or not replaying.is_compiled():
            return method(self, *arguments, **named)
        return _made(self, method, arguments)

    return call


def _made(module: Any, method: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Make a call, and keep a record of it where it can be repeated."""
    if module._calls is None:  # of an object that was read or copied
        module._calls = {}
    mine = module._calls.setdefault(method.__name__, Calls())
    recording = kernels.recording.begin() if mine.is_worth_recording() else None
    if recording is None:
        return method(module, *arguments)
    try:
        returned = method(module, *arguments)
    finally:
        kernels.recording.end()
    mine.fields, fields = 0, vars(module)
    record = replaying.record_of(recording, tuple(fields.values()), arguments)
    if record is not None:
        mine.keep(record, operator.itemgetter(*fields), len(fields))
    return returned
