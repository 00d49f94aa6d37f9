"""Reflections: objects of Python that show an object of Lua, which is a table.

A reflection is an object of a subclass of the Python class whose attributes are the fields of the table and whose
methods are looked up in Lua first, so that what a script overrides or adds is what Python calls. There are two kinds.
A *plain* one asks Lua for each attribute, which takes 0.7 us. A *familiar* one, which a method that Lua calls runs on,
has the fields in its `__dict__`, and of the names that its Python class has those as Python's own of which `recall` has
made sure that Lua has nothing else: it is as fast as any object of Python's, until Lua code runs.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

from torchnn import registry
from torchnn.lua.tables import Fields
from torchnn.torch import types

if TYPE_CHECKING:
    from torchnn.lua.live import Live
    from torchnn.lua.recall import Acquaintance

# In the dict of a reflection: the key of the Lua table, and that of the mark of a plain one which keeps what it reads.
TABLE, KEEPS = "_lua_table", "_lua_keeps"

# What is kept: values that are the same on both sides. Tensors for the most part.
SIMPLE = frozenset((bool, int, float, str, *types.TENSORS.values(), *types.STORAGES.values()))

# Attributes of a reflection that are Python's own business.
_INNER = frozenset(("__class__", "__deepcopy__", "__reduce_ex__", "__getstate__", "_calls"))

# Methods that Torch7 names like private ones of Python: Lua has them too.
UNDERSCORED = frozenset(("_getPositiveDimension", "_lazyInit"))

_get = object.__getattribute__
_new = object.__new__
_ABSENT = object()


class Reflection:
    """What both kinds have in common.

    They have a dict as modules have, so that an object of Python's can become a reflection.
    """

    _lua_live: Live
    _lua_plain: type  # the class of plain reflections of these objects
    _lua_known: Acquaintance  # of familiar ones
    _calls = False  # of modules: their fields are Lua's, and calls are not repeated (see `nn/replayed.py`)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{type(self).__qualname__} has no attribute {name}")
        return None

    def __delattr__(self, name: str) -> None:
        setattr(self, name, None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reflection) and bool(type(self)._lua_live.same(table_of(self), table_of(other)))

    def __hash__(self) -> int:
        return int(type(self)._lua_live.address(table_of(self)))

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        return type(self)._lua_live.deepcopy(self, memo)

    def write(self, writer: Any) -> None:
        """Write the fields to a `.t7` file of Python's."""
        cls = type(self)._lua_plain
        own = getattr(super(Reflection, cls), "write", None)
        if own is not None:
            own(self, writer)
        else:
            writer.write_object(cls._lua_live.plain_fields(self, writer))


# The dict of a reflection itself, where `__dict__` would be what Lua has.
_dict: Any = vars(Reflection)["__dict__"]
fields_of, set_fields = _dict.__get__, _dict.__set__


def table_of(reflection: Any) -> Any:
    """The Lua table that a reflection shows."""
    fields = fields_of(reflection)
    if TABLE not in fields:
        fields[TABLE] = type(reflection)._lua_live.recall.owner_of(reflection)
    return fields[TABLE]


def reflection(cls: Any, table: Any) -> Any:
    """A reflection of that class."""
    this = _new(cls)
    fields_of(this)[TABLE] = table
    return this


def _asked(this: Any, table: Any, value: Any, name: str) -> Any:
    """What Python finds as an attribute where Lua has a value that is neither nil nor simple."""
    if type(value) is FunctionType:
        inside = getattr(value, "inside", None)
        return value.__wrapped__.__get__(this) if inside is None else functools.partial(inside, table)
    return type(this)._lua_live.attribute(value, this, name)


class Plain(Reflection):
    """Mixin of the classes of reflections that ask Lua for each attribute."""

    _lua_inner = _INNER  # with the names of the class's functions that only Python calls

    def __getattribute__(self, name: str) -> Any:
        fields = _get(self, "__dict__")
        if name in fields:
            return fields[name]
        cls = type(self)
        if name in cls._lua_inner:
            return _get(self, name)
        table = fields[TABLE]
        value = cls._lua_live.get(table, name)
        if type(value) in SIMPLE:
            if KEEPS in fields:
                fields[name] = value
            return value
        if value is None:
            return Fields(table, cls._lua_live) if name == "__dict__" else _get(self, name)
        return _asked(self, table, value, name)

    def __getattr__(self, name: str) -> Any:
        fields = _get(self, "__dict__")
        if KEEPS in fields and name[:2] != "__":
            fields[name] = None
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        fields = _get(self, "__dict__")
        live = type(self)._lua_live
        live.assign(fields[TABLE], name, live.to_lua(value))
        if KEEPS not in fields:
            live.recall.verify()
        elif type(value) in SIMPLE:
            fields[name] = value
        else:
            fields.pop(name, None)


class Familiar(Reflection):
    """Mixin of the classes of reflections that know their fields."""

    @property
    def __dict__(self) -> Any:
        return Fields(table_of(self), type(self)._lua_live)

    def __getattr__(self, name: str) -> Any:
        table, cls = table_of(self), type(self)
        value = cls._lua_live.get(table, name)
        if value is not None and type(value) not in SIMPLE:
            return _asked(self, table, value, name)
        if name.startswith("__"):
            return super().__getattr__(name) if value is None else value
        if cls._lua_known.learns(name):
            fields_of(self)[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        fields = fields_of(self)
        old = fields.get(name, _ABSENT)
        if old is value:
            return
        known, live = type(self)._lua_known, type(self)._lua_live
        if known.keeps(name, value):
            if not (type(value) is int and type(old) is int and old == value):
                live.store(id(self), name, value)
                fields[name] = value
        else:
            live.assign(table_of(self), name, live.to_lua(value))
            fields.pop(name, None)
            if name in known.members:
                live.recall.verify()


class Asked:
    """An attribute of the Python class of which nobody knows yet whether Lua has something else."""

    def __init__(self, name: str, member: Any) -> None:
        self._name = name
        self._member = member

    def __get__(self, this: Any, cls: Any) -> Any:
        member = self._member
        if this is not None:
            table = table_of(this)
            value = cls._lua_live.get(table, self._name)
            if value is not None and not is_of_python(value, member):
                return value if type(value) in SIMPLE else _asked(this, table, value, self._name)
            cls._lua_known.learns(self._name)
        return member.__get__(this, cls) if hasattr(member, "__get__") else member


def is_of_python(value: Any, member: Any) -> bool:
    """Whether a value that Lua has is what Lua calls for a member of a Python class."""
    return type(value) is FunctionType and getattr(value, "__wrapped__", None) is member


class Replaced:
    """A method of a Python class that a script has replaced there, for `super()` in classes that inherit from it."""

    def __init__(self, holder: str, name: str, member: Any) -> None:
        self._holder = holder
        self._name = name
        self._member = member

    def __get__(self, this: Any, cls: Any) -> Any:
        if this is None:
            return self._member
        live = cls._lua_live
        value = live.replaced(self._holder, self._name)
        if value is None or is_of_python(value, self._member):
            return self._member.__get__(this, cls)
        return live.method(value, this)


def with_replaced(base: Any, names: Iterable[str], live: Live) -> Any:
    """A class that stands before a Python class in the order of inheritance, with the methods replaced in that."""

    class Between(base):  # type: ignore[misc]
        __slots__ = ()

    for name in names:
        member = inspect.getattr_static(base, name)
        setattr(Between, name, Replaced(str(registry.name_of(base)), name, member))
    return Between


def plain_class(base: Any, between: Sequence[Any], name: str, live: Live) -> Any:
    """The class of plain reflections of the objects of a Lua class; `base` is its Python class.

    `between` are classes that come before parents of that one.
    """

    class Reflected(Plain, base, *between):  # type: ignore[misc]
        __slots__ = ()
        _lua_live = live
        _lua_between = between
        _lua_inner = _INNER.union(private_functions(base))

    Reflected._lua_plain = Reflected
    return _named(Reflected, name)


def familiar_class(base: Any, plain: Any, known: Acquaintance) -> Any:
    """The class of familiar ones; `known` says which members are Python's own."""

    class Reflected(Familiar, base, *plain._lua_between):  # type: ignore[misc]
        __slots__ = ()
        _lua_live = plain._lua_live
        _lua_plain = plain
        _lua_known = known

    for name, member in known.members.items():
        if name not in known.watched:
            setattr(Reflected, name, Asked(name, member))
    return _named(Reflected, plain.__name__)


def _named(cls: Any, name: str) -> Any:
    cls.__name__ = cls.__qualname__ = name
    registry.name(cls, name)
    return cls


def private_functions(base: type) -> frozenset[str]:
    """The names of the functions of a class and its parents that only Python calls."""
    members = [member for cls in base.__mro__ for member in vars(cls).items()]
    names = (name for name, value in members if name[:1] == "_" != name[1:2] and hasattr(value, "__get__"))
    return frozenset(names) - UNDERSCORED


def members_of(base: type) -> dict[str, Any]:
    """The members of a Python class that a script may replace for an object: all but those that only Python uses."""
    members = {name: value for cls in reversed(base.__mro__[:-1]) for name, value in vars(cls).items()}
    hidden = private_functions(base).union(vars(Reflection))
    public = members.keys() - {name for name in members if name.startswith("__") and name != "__tostring__"} - hidden
    return {name: members[name] for name in public}
