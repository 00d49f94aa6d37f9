"""What is known of objects from call to call: their fields, and that Lua has nothing else for what Python's class has.

A field that is read goes from Lua's table through lupa, which takes 0.7 us; a convolution reads 20 of them, and as many
methods and constants of its class. So what the methods of a class read is learned, and kept for each object in a
*memory*, which is the dict of the reflection while a method runs. Lua holds the memory of each object next to what it
told Python, and says in one call, when a method starts, whether all of that is still so. While the method runs it can
only change where Lua code runs, or through another reflection of the same object: then Lua is asked again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from torchnn.lua.reflections import (
    KEEPS,
    SIMPLE,
    TABLE,
    familiar_class,
    fields_of,
    is_of_python,
    members_of,
    set_fields,
)

KIND = "_lua_kind"  # in a memory, while no method of the object runs: the class of the reflection

MOST = 100  # names that are watched: Lua gives only so many results
LESSONS = 4  # calls that read something new before it is watched: each time all that is known has to begin anew

_new = object.__new__
_set = object.__setattr__

# References to a reflection that nobody keeps: those of `stop` and of the function that calls it.
OURS = (lambda: (lambda this: sys.getrefcount(this))(object()))() + 1


class Acquaintance:
    """What is known of the objects of a Lua class: which names Lua watches, and which it has to be asked for each time.

    `members` are those of the Python class that Lua may have something else for.
    """

    def __init__(self, base: type, plain: type, watch: Callable[..., Any]) -> None:
        self.base = base
        self.plain = plain
        self.members = members_of(base)
        self._properties = {name for name, member in self.members.items() if hasattr(member, "__set__")}
        self._watch = watch
        self._asked: set[str] = set()
        self._wanted: dict[str, None] = {}
        self._lessons = 0
        self.watched: dict[str, None] = {}
        self._renew()

    def _renew(self) -> None:
        """Begin anew with all objects of the class, after a change of what is watched."""
        self.kind = familiar_class(self.base, self.plain, self)
        self.remember = self._watch(*self.watched)

    def learns(self, name: str) -> bool:
        """Whether what Lua has for a name that is read may be kept: Lua will watch it."""
        if name in self.watched or name in self._wanted:
            return True
        if name in self._asked or len(self.watched) + len(self._wanted) >= MOST:
            return False
        self._wanted[name] = None
        return True

    def keeps(self, name: str, value: Any) -> bool:
        """Whether a value that is set may be kept."""
        kind = type(value)
        if kind not in SIMPLE or (kind is str and not value.isascii()) or name in self._properties:
            return False
        return self.learns(name)

    def stop(self, memory: dict[str, Any]) -> None:
        """A method has ended: watch what it read from the next call on, or keep only what is watched."""
        if not self._wanted:
            return
        self._lessons += 1
        if self._lessons < LESSONS:
            self.drop(memory)
        else:
            self.watched = {**self.watched, **self._wanted}
            self._lessons = 0
            self._wanted.clear()
            self._renew()

    def drop(self, memory: dict[str, Any]) -> None:
        """Keep only what is watched."""
        for name in self._wanted:
            memory.pop(name, None)

    def ask(self, names: Iterable[str]) -> None:
        """Watch these no longer: their values cannot be kept."""
        self._asked.update(names)
        self.watched = {name: None for name in self.watched if name not in self._asked}
        self._renew()

    def fill(self, memory: dict[str, Any], values: Iterable[Any]) -> list[str]:
        """Put what Lua has for the watched names into a memory; returns the names of what cannot be kept."""
        memory.clear()
        memory[KIND] = self.kind
        unfit = []
        for name, value in zip(self.watched, values, strict=False):
            if name in self.members:
                if value is None or is_of_python(value, self.members[name]):
                    continue  # the class has it
                fits = type(value) in SIMPLE and name not in self._properties
            else:
                fits = value is None or type(value) in SIMPLE
            if fits:
                memory[name] = value
            else:
                unfit.append(name)
        return unfit


class Recall:
    """The memories of the objects of one runtime; `helpers` is core/reflection.lua's table.

    `classes` gives for the name of a Lua class, and a Python class that its reflections have to inherit from or None,
    the Python class that they inherit from, and the class of plain reflections.
    """

    def __init__(self, helpers: Any, classes: Callable[[str | None, type | None], tuple[type, type]]) -> None:
        self._helpers = helpers
        self._check, self._forget_in_lua = helpers.check, helpers.forget
        self._classes = classes
        self._by_number: list[Acquaintance] = []
        self._by_name: dict[str | None, Acquaintance] = {}
        self._running: list[Any] = []
        self.changes = 0  # how often something may have changed

    def start(self, table: Any, home: type) -> Any:
        """The reflection of an object for a method, of the class `home`, that starts."""
        memory = self._check(table)
        kind = memory.pop(KIND, None) if type(memory) is dict else None
        if kind is None:
            memory = self._meet(table, memory)
            kind = memory.pop(KIND)
        if not issubclass(kind, home):
            memory[KIND] = kind
            kind = self._classes(table["__typename"], home)[1]
            memory = {}
        this = _new(kind)
        memory[TABLE] = table
        set_fields(this, memory)
        self._running.append(this)
        return this

    def stop(self, this: Any) -> None:
        """The method has ended; the reflection knows nothing any more, in case somebody keeps it."""
        while self._running.pop() is not this:  # Ctrl-C may have come where another one had just begun
            pass
        kind, memory = type(this), fields_of(this)
        table = memory.pop(TABLE)
        if kind is kind._lua_plain:
            memory.clear()
        else:
            memory[KIND] = kind
            kind._lua_known.stop(memory)
        if sys.getrefcount(this) > OURS:
            _set(this, "__class__", kind._lua_plain)
            set_fields(this, {TABLE: table})

    def verify(self) -> None:
        """Find out whether what the method that runs has read is still so: something may have changed.

        Methods further out do the same when they go on.
        """
        self.changes += 1
        if not self._running:
            return
        this = self._running[-1]
        kind, memory = type(this), fields_of(this)
        table = memory[TABLE]
        if kind is not kind._lua_plain:
            if self._check(table) is memory:
                kind._lua_known.drop(memory)
                return
            _set(this, "__class__", kind._lua_plain)
        elif KEEPS not in memory:
            return
        memory.clear()
        memory[TABLE], memory[KEEPS] = table, True

    def begin_anew(self) -> None:
        """Forget what is known of classes: they have changed."""
        self._by_name.clear()
        self._helpers.forget_all()
        self.verify()

    def _meet(self, table: Any, found: Any) -> dict[str, Any]:
        """The memory of an object that Lua does not simply give: it is new, or has changed, or was forgotten."""
        if type(found) is dict:
            if TABLE in found:  # a method of this object runs
                return self._none(table)
            self._forget_in_lua(table)
            found = self._check(table)
        if found is None:
            name = table["__typename"]
            if name in self._by_name:  # a metatable that is not the class's
                return self._none(table)
            self._get_acquainted(name)
            found = self._check(table)
            if found is None:
                return self._none(table)
        memory, number, *values = found
        if memory is not None and TABLE in memory:
            return self._none(table)
        known = self._by_number[number]
        is_new = memory is None
        memory = {} if is_new else memory
        unfit = known.fill(memory, values)
        if unfit:
            known.ask(unfit)
            return self._meet(table, self._check(table))
        if is_new:
            known.remember(table, memory)
        return memory

    def _none(self, table: Any) -> dict[str, Any]:
        """What is in place of a memory: the method works on a plain reflection."""
        return {KIND: self._classes(table["__typename"], None)[1]}

    def _get_acquainted(self, name: str | None) -> None:
        number = len(self._by_number)
        base, plain = self._classes(name, None)

        def watch(*names: str) -> Any:
            return self._helpers.watch(name, number, *names)

        self._by_name[name] = known = Acquaintance(base, plain, watch)
        self._by_number.append(known)
