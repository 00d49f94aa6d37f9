"""What a method that runs knows of its object's fields without asking Lua for each.

A field that is read goes from Lua's table through lupa, which takes 0.5 us; a convolution reads 20 of them. So the
fields that a method read the first times are fetched in one call when it starts, and what is read is kept while it
runs: until Lua code runs, or until a field is changed in another way than through the object that the method has.
"""

from __future__ import annotations

from typing import Any

from torchnn.torch import types

# In the dict of a reflection: the key of the Lua table, and that of the mark of one whose fields are kept.
TABLE, KEEPS = "_lua_table", "_lua_keeps"

# What is kept: values that are the same on both sides. Tensors for the most part.
SIMPLE = frozenset((bool, int, float, str, *types.TENSORS.values(), *types.STORAGES.values()))
_FETCHED = SIMPLE | {type(None)}

LESSONS = 3  # calls of a method that say which fields it reads
MOST = 100  # fields that are fetched: Lua gives only so many results


class Habit:
    """The fields that a method reads of objects of one class; `names` are those that `fetch` gives."""

    __slots__ = ("cls", "fetch", "lessons", "names")

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.lessons = LESSONS
        self.names: tuple[str, ...] = ()
        self.fetch: Any = None


class Recall:
    """The fields that are kept for the methods that run in one runtime; `helpers` is core/reflection.lua's table."""

    def __init__(self, helpers: Any) -> None:
        self._helpers = helpers
        self._running: list[dict[str, Any]] = []

    def begin(self, fields: dict[str, Any], habit: Habit) -> None:
        """A method starts on an object with that dict."""
        fields[KEEPS] = True
        if habit.fetch is not None:
            for name, value in zip(habit.names, habit.fetch(fields[TABLE]), strict=False):
                if type(value) in _FETCHED:
                    fields[name] = value
        self._running.append(fields)

    def end(self, fields: dict[str, Any], habit: Habit) -> None:
        """The method has ended; the object knows nothing any more, in case somebody keeps it."""
        self._running.pop()
        if habit.lessons:
            self._learn(fields, habit)
        table = fields[TABLE]
        fields.clear()
        fields[TABLE] = table

    def forget(self) -> None:
        """Keep nothing of what was read: it may have changed."""
        for fields in self._running:
            table = fields[TABLE]
            fields.clear()
            fields[TABLE], fields[KEEPS] = table, True

    def _learn(self, fields: dict[str, Any], habit: Habit) -> None:
        # What the class itself has is not fetched: where the table has nothing, that is what is meant.
        read = [name for name in fields if name not in (TABLE, KEEPS) and not hasattr(habit.cls, name)]
        habit.names = tuple(dict.fromkeys((*habit.names, *read)))[:MOST]
        habit.lessons -= 1
        if habit.names:
            habit.fetch = self._helpers.fetcher(*habit.names)
