"""What is remembered of objects between calls: their fields, and which members Lua has left as Python defines them.

A field that is read goes from Lua's table through lupa, which takes 0.7 us; a convolution reads 20 of them, and as many
methods and constants of its class. So what the methods of a class read is learned, and kept in a *familiar* reflection
of each object. Lua holds it next to what it told Python, and gives it to a method in place of the object where all of
that is still so (core/recall.lua). While the method runs that can only change where Lua code runs, or through another
reflection of the same object: then Lua is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from torchnn.lua.reflections import (
    KEEPS,
    SIMPLE,
    TABLE,
    Reflection,
    familiar_class,
    fields_of,
    is_of_python,
    members_of,
    reflection,
    set_fields,
)

MOST = 100  # names that are watched: Lua gives only so many results
LESSONS = 4  # calls that read something new before it is watched: each time all that is known has to begin anew

_new = object.__new__
_set = object.__setattr__


def _references(this: object) -> int:
    return sys.getrefcount(this)


def _references_of_ours() -> int:
    """References to a familiar reflection that nobody keeps, as a function finds them that is called with it.

    They are its own, those of the function that calls it, as many as this Python makes, and Lua's.
    """
    this = object()
    return _references(this) + 1


OURS = _references_of_ours()


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
        self.wanted: dict[str, None] = {}
        self._lessons = 0
        self.watched: dict[str, None] = {}
        self._renew()

    def _renew(self) -> None:
        """Begin anew with all objects of the class, after a change of what is watched."""
        self.kind = familiar_class(self.base, self.plain, self)
        self.remember = self._watch(*self.watched)

    def learns(self, name: str) -> bool:
        """Whether what Lua has for a name that is read may be kept: Lua will watch it."""
        if name in self.watched or name in self.wanted:
            return True
        if name in self._asked or len(self.watched) + len(self.wanted) >= MOST:
            return False
        self.wanted[name] = None
        return True

    def keeps(self, name: str, value: Any) -> bool:
        """Whether a value that is set may be kept."""
        kind = type(value)
        if kind not in SIMPLE or (kind is str and not value.isascii()) or name in self._properties:
            return False
        return self.learns(name)

    def take_lesson(self, fields: dict[str, Any]) -> None:
        """A method that read something new has ended: watch that from the next call on, or forget it."""
        self._lessons += 1
        if self._lessons < LESSONS:
            self.drop(fields)
        else:
            self.watched = {**self.watched, **self.wanted}
            self._lessons = 0
            self.wanted.clear()
            self._renew()

    def drop(self, fields: dict[str, Any]) -> None:
        """Keep only what is watched."""
        for name in self.wanted:
            fields.pop(name, None)

    def ask(self, names: Iterable[str]) -> None:
        """Watch these no longer: their values cannot be kept."""
        self._asked.update(names)
        self.watched = {name: None for name in self.watched if name not in self._asked}
        self._renew()

    def fill(self, fields: dict[str, Any], values: Iterable[Any]) -> list[str]:
        """Put what Lua has for the watched names into a reflection; returns the names of what cannot be kept."""
        fields.clear()
        unfit = []
        for name, value in zip(self.watched, values, strict=False):
            if name in self.members:
                if value is None or is_of_python(value, self.members[name]):
                    continue  # the class has it
                fits = type(value) in SIMPLE and name not in self._properties
            else:
                fits = value is None or type(value) in SIMPLE
            if fits:
                fields[name] = value
            else:
                unfit.append(name)
        return unfit


class Recall:
    """The familiar reflections of the objects of one runtime; `helpers` is core/reflection.lua's table.

    `classes` gives for the name of a Lua class, and a Python class that its reflections have to inherit from or None,
    the Python class that they inherit from, and the class of plain reflections.
    """

    def __init__(self, helpers: Any, classes: Callable[[str | None, type | None], tuple[type, type]]) -> None:
        from lupa.luajit21 import as_attrgetter

        self._shy = as_attrgetter  # so that lupa does not look for `__getitem__`, which would ask Lua meanwhile
        self._helpers = helpers
        self._check, self._known, self._owner = helpers.check, helpers.known, helpers.owner
        self._forget_in_lua = helpers.forget
        self._classes = classes
        self._by_number: list[Acquaintance] = []
        self._by_name: dict[str | None, Acquaintance] = {}
        self._running: list[Any] = []  # the reflections whose methods run
        self.changes = 0  # how often something may have changed
        helpers.use(self._meet_for_lua, self.release)

    # ------------------------------------------------------------------ methods

    def run(self, this: Any, method: Callable[..., Any], arguments: Iterable[Any], named: dict[str, Any]) -> Any:
        """Call a method with a reflection."""
        running = self._running
        depth = len(running)
        running.append(this)
        try:
            return method(this, *arguments, **named)
        except BaseException:
            self.release(this)  # the exception may be kept, and the stack with it
            raise
        finally:
            del running[depth:]
            kind, fields = type(this), fields_of(this)
            if kind is not kind._lua_plain:
                fields.pop(TABLE, None)
                if kind._lua_known.wanted:
                    kind._lua_known.take_lesson(fields)
            elif KEEPS in fields:
                set_fields(this, {TABLE: fields[TABLE]})

    def plain(self, given: Any, home: type) -> Any:
        """A plain reflection of an object, given as table or reflection, for a method of the class `home`."""
        table = self.owner_of(given) if isinstance(given, Reflection) else given
        return reflection(self._classes(table["__typename"], home)[1], table)

    def familiar(self, table: Any, home: type) -> Any:
        """The familiar reflection of an object for a method of the class `home`; a plain one where there is none."""
        this = self._meet(table)
        return this if isinstance(this, home) else self.plain(table, home)

    def release(self, this: Any) -> None:
        """A familiar reflection of which somebody else keeps hold becomes a plain one."""
        kind = type(this)
        if kind is not kind._lua_plain:
            table = self.owner_of(this)
            self._forget_in_lua(table)
            _set(this, "__class__", kind._lua_plain)
            set_fields(this, {TABLE: table})

    def release_kept(self, this: Any) -> None:
        """The same if the function that calls this one is not alone with it."""
        if sys.getrefcount(this) > OURS:
            self.release(this)

    def owner_of(self, this: Any) -> Any:
        """The table of an object, which a familiar reflection does not hold: few methods need it."""
        table = fields_of(this).get(TABLE)
        return self._owner(id(this)) if table is None else table

    # ------------------------------------------------------------------ what may have changed

    def verify(self) -> None:
        """Find out whether what the method that runs has read is still so: something may have changed.

        Methods further out do the same when they go on.
        """
        self.changes += 1
        if not self._running:
            return
        this = self._running[-1]
        kind, fields = type(this), fields_of(this)
        if kind is not kind._lua_plain:
            if self._known(id(this)) is this:
                kind._lua_known.drop(fields)
                return
            self.release(this)
        elif KEEPS not in fields:
            return
        set_fields(this, {TABLE: fields_of(this)[TABLE], KEEPS: True})

    def begin_anew(self) -> None:
        """Forget what is known of classes: they have changed."""
        self._by_name.clear()
        self._helpers.forget_all()
        self.verify()

    # ------------------------------------------------------------------ getting to know objects

    def _meet(self, table: Any) -> Any:
        """The familiar reflection of an object; None where one cannot be had, or is in use."""
        found = self._check(table)
        if found is None:
            name = table["__typename"]
            if name in self._by_name:  # a metatable that is not the class's
                return None
            self._get_acquainted(name)
            found = self._check(table)
        if type(found) is not tuple:
            return found
        this, is_free, number, *values = found
        if this is not None and not is_free:
            if any(this is other for other in self._running):
                return None
            self.release(this)
            this = None
        known = self._by_number[number]
        is_new = this is None
        if is_new:
            this = _new(known.kind)
        unfit = known.fill(fields_of(this), values)
        if unfit:
            known.ask(unfit)
            return self._meet(table)
        if is_new:
            known.remember(table, self._shy(this), id(this))
        return this

    def _meet_for_lua(self, table: Any) -> Any:
        this = self._meet(table)
        return None if this is None else self._shy(this)

    def _get_acquainted(self, name: str | None) -> None:
        number = len(self._by_number)
        base, plain = self._classes(name, None)

        def watch(*names: str) -> Any:
            return self._helpers.watch(name, number, *names)

        self._by_name[name] = known = Acquaintance(base, plain, watch)
        self._by_number.append(known)
