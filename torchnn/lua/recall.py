"""What a method that runs knows of its object's fields without asking Lua for each.

A field that is read goes from Lua's table through lupa, which takes 0.5 us; a convolution reads 20 of them. So the
fields that a method read the first times are fetched in one call when it starts, and what is read is kept while it
runs: until Lua code runs, or until a field is changed in another way than through the object that the method has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn.torch import types

# In the dict of a reflection: the key of the Lua table, and that of the mark of one whose fields are kept.
TABLE, KEEPS = "_lua_table", "_lua_keeps"

# What is kept: values that are the same on both sides. Tensors for the most part.
SIMPLE = frozenset((bool, int, float, str, *types.TENSORS.values(), *types.STORAGES.values()))
_FETCHED = SIMPLE | {type(None)}

_get = object.__getattribute__

LESSONS = 3  # calls of a method that say which fields it reads
MOST = 100  # fields that are fetched: Lua gives only so many results


class Habit:
    """The fields that a method reads of objects of one class; `fetch` gives those in `names`, and the class's name."""

    __slots__ = ("cls", "fetch", "lessons", "name", "names")

    def __init__(self, name: str | None, cls: type, fetch: Any) -> None:
        self.name = name
        self.cls = cls
        self.lessons = LESSONS
        self.names: tuple[str, ...] = ()
        self.fetch = fetch


class Recall:
    """The fields that are kept for the methods that run in one runtime; `helpers` is core/reflection.lua's table."""

    def __init__(self, helpers: Any) -> None:
        self.make_fetcher = helpers.fetcher
        self.running: list[dict[str, Any]] = []

    def forget(self) -> None:
        """Keep nothing of what was read: it may have changed."""
        for fields in self.running:
            table = fields[TABLE]
            fields.clear()
            fields[TABLE], fields[KEEPS] = table, True


class Habits:
    """The habits of one method; `find_class` gives the class of the reflections of a Lua class."""

    def __init__(self, recall: Recall, find_class: Callable[[str | None], type]) -> None:
        self._recall = recall
        self._find_class = find_class
        self._only_name = recall.make_fetcher()
        self._known: dict[str | None, Habit] = {}
        self._lessons = 0  # that are still to come
        self._last = Habit(None, object, self._only_name)

    def start(self, table: Any) -> Any:
        """The reflection of an object, for the method that starts, with what it uses to read."""
        habit = self._last
        values = habit.fetch(table)
        if values[-2] != habit.name or habit.cls is object:
            habit = self._last = self._of(values[-2])
            values = habit.fetch(table)
        this = object.__new__(habit.cls)
        fields = _get(this, "__dict__")
        if _FETCHED.issuperset(map(type, values)):
            fields.update(zip(habit.names, values, strict=False))
        else:
            known = zip(habit.names, values, strict=False)
            fields.update((name, value) for name, value in known if type(value) in _FETCHED)
        fields[TABLE], fields[KEEPS] = table, True
        self._recall.running.append(fields)
        return this

    def stop(self, this: Any) -> None:
        """The method has ended; the reflection knows nothing any more, in case somebody keeps it."""
        fields = self._recall.running.pop()
        if self._lessons:
            self._learn(fields, type(this))
        table = fields[TABLE]
        fields.clear()
        fields[TABLE] = table

    def _of(self, name: str | None) -> Habit:
        if name not in self._known:
            self._known[name] = Habit(name, self._find_class(name), self._only_name)
            self._lessons += LESSONS
        return self._known[name]

    def _learn(self, fields: dict[str, Any], cls: type) -> None:
        habit = next(habit for habit in self._known.values() if habit.cls is cls)
        if not habit.lessons:
            return
        # What the class itself has is not fetched: where the table has nothing, that is what is meant.
        read = [name for name in fields if name not in (TABLE, KEEPS) and not hasattr(cls, name)]
        habit.names = tuple(dict.fromkeys((*habit.names, *read)))[:MOST]
        habit.fetch = self._recall.make_fetcher(*habit.names)
        habit.lessons -= 1
        self._lessons -= 1
