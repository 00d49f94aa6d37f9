"""Objects of Lua classes as Python sees them, and Python's classes as Lua sees them.

An object of nn, optim or a class of the user is a Lua table, and the metatables of Lua's classes say which methods it
has. A method that is written in Python runs on a *reflection* of the table (see `reflections`). Reflections come and go
with the calls; the table is the object.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

from torchnn import registry
from torchnn.errors import ArgumentError, bad_argument
from torchnn.lua.reflections import (
    TABLE,
    UNDERSCORED,
    Reflection,
    fields_of,
    plain_class,
    reflection,
    with_replaced,
)
from torchnn.lua.values import most_arguments

if TYPE_CHECKING:
    from torchnn.lua.live import Live

Method = Callable[..., Any]

# What Python's special methods are called in a class of Lua.
SPECIAL = {"__init__": "__init", "__tostring__": "__tostring__", "__call__": "__call__", "__len__": "__len__"}

# Classes that are written in Lua a second time, and the packages that have them: they live on Lua's own tables.
IN_LUA = dict.fromkeys(("graph.Edge", "graph.Graph", "graph.Node"), "graph")
IN_LUA |= dict.fromkeys(("nn.gModule", "nn.ModuleFromCriterion"), "nngraph")
IN_LUA |= dict.fromkeys(("nngraph.Node", "nngraph.JustElement", "nngraph.JustTable"), "nngraph")
IN_LUA |= {"nn.StochasticGradient": "nn", "optim.Logger": "optim"}


class Objects:
    """What a runtime knows of classes on both sides; `helpers` is the table of core/reflection.lua."""

    def __init__(self, live: Live, helpers: Any) -> None:
        self._live = live
        self._helpers = helpers
        self._classes: dict[str, type] = {}  # Lua's name of a class that is written in Python -> the class
        self._replaced: set[str] = set()  # names of such classes that are now those of a script's own
        self._replaced_methods: dict[type, frozenset[str]] = {}  # by class, what scripts have replaced
        self._reflections: dict[tuple[str, type], type] = {}
        self._adopted: dict[int, Any] | None = None  # tables by the ids of lists and dicts, while objects are adopted
        self._adopted_fields: list[Any] = []  # which keeps these ids from being given to new objects

    # ------------------------------------------------------------------ objects

    def reflect(self, table: Any, name: str) -> Any:
        """The reflection of an object of the Lua class of that name."""
        return reflection(self._plain(name), table)

    def adopt(self, value: Any) -> Any:
        """The Lua table that an object of Python's becomes: the object turns into its reflection.

        What its fields hold goes with it; lists and dicts that several objects share become one table.
        """
        outermost = self._adopted is None
        known = self._adopted = {} if self._adopted is None else self._adopted
        try:
            return self._adopt(value, known)
        finally:
            if outermost:
                self._adopted = None
                self._adopted_fields.clear()

    def _adopt(self, value: Any, known: dict[int, Any]) -> Any:
        name = self.define(type(value))
        fields = dict(vars(value))
        self._adopted_fields.append(fields)
        table = self._helpers.new_object(name)
        vars(value).clear()
        value.__class__ = self._plain(name)
        fields_of(value)[TABLE] = table
        for key, field in fields.items():
            self._helpers.raw_set(table, key, self._live.values.to_lua_within(field, known))
        return table

    def is_adoptable(self, value: Any) -> bool:
        """Whether a value is an object that can live in Lua: one with attributes, of a class with a Torch7 name."""
        return not isinstance(value, type) and registry.typename(value) is not None and hasattr(value, "__dict__")

    # ------------------------------------------------------------------ classes

    def define(self, cls: type) -> str:
        """Lua's name of a Python class, which is made a class of Lua's with the same methods where it is none yet."""
        name = str(registry.typename(cls))
        if self._classes.get(name) is cls or name in self._replaced:
            return name
        if name in IN_LUA:
            self._helpers.require(IN_LUA[name])
            return name
        parent = next((base for base in cls.__mro__[1:] if registry.name_of(base) is not None), None)
        parent_name = None if parent is None else self.define(parent)
        self._classes[name] = cls
        self.fill(self._helpers.define(name, parent_name, registry.version_of(cls)), cls)
        return name

    def forget(self, name: str) -> None:
        """Note that a script defines its own class under the name of one of Python's."""
        del self._classes[name]
        self._replaced.add(name)
        self._begin_anew()

    def note_replaced(self, name: str, known_as: Any) -> None:
        """Note that a script has set a member of a class, since Python classes below it may call that by `super()`."""
        cls = self._classes.get(name)
        if cls is not None and not _methods_named(cls, [known_as]) <= self._replaced_methods.get(cls, frozenset()):
            self._begin_anew()

    def _replaced_in(self, cls: type) -> frozenset[str]:
        """The methods of a class that are a script's own in Lua."""
        if cls not in self._replaced_methods:
            name = registry.name_of(cls)
            known = self._classes.get(str(name)) is cls
            names = self._live.values.listed(*self._helpers.replaced_in(name)) if known else ()
            self._replaced_methods[cls] = _methods_named(cls, names)
        return self._replaced_methods[cls]

    def _begin_anew(self) -> None:
        """Classes have changed."""
        self._reflections.clear()
        self._replaced_methods.clear()
        self._live.recall.begin_anew()

    def fill(self, holder: Any, cls: type) -> None:
        """Put the functions of a Python class into a Lua table, without those of parents that Lua has too."""
        for known_as, (name, home) in _own_functions(cls).items():
            self._put(holder, known_as, name, home)

    def refresh(self, cls: type) -> None:
        """Let Lua have the functions that a class has now, where they are Python's."""
        holder = self._helpers.class_of(self.define(cls))
        self._begin_anew()
        functions = _own_functions(cls)
        # Keys alone: lupa 2.8 aborts or hangs when it iterates over values that are functions of Python.
        for known_as in list(holder.keys()):
            if known_as not in functions and type(self._helpers.own(holder, known_as)) is FunctionType:
                self._live.raw_set(holder, known_as, None)
        for known_as, (name, home) in functions.items():
            present, own = self._helpers.own(holder, known_as), vars(home)[name]
            if present is None or getattr(present, "__wrapped__", own) is not own:
                self._put(holder, known_as, name, home)

    def _put(self, holder: Any, known_as: str, name: str, home: type) -> None:
        """Put what the class `home` has under a name into a Lua table."""
        attribute = vars(home)[name]
        if isinstance(attribute, (staticmethod, classmethod)):
            self._helpers.put(holder, known_as, self.function(attribute.__get__(None, home)))
        else:
            method = self._with_archive(attribute) if name in ("read", "write") else attribute
            self._helpers.put_method(holder, known_as, self._entry(method, home))

    def _with_archive(self, function: Method) -> Method:
        """A method that reads or writes an object's own format, given the file that Lua has."""

        @functools.wraps(function)
        def called(this: Any, file: Any, *version: int) -> Any:
            return function(this, Archive(self._live, self._helpers, file), *version)

        return called

    def function(self, function: Method, named: bool = False) -> Method:
        """What Lua calls for a Python function that is no method; `named`: tables are dicts to it."""
        to_python, to_lua = self._live.to_dict if named else self._live.to_python, self._live.to_lua
        most = most_arguments(function)

        @functools.wraps(function)
        def enter(*arguments: Any) -> Any:
            return to_lua(function(*map(to_python, arguments[:most])))

        return enter

    def _entry(self, function: Method, home: type) -> Method:
        """What Lua calls for a method: the first argument is the object's familiar reflection, or its table."""
        live = self._live
        foreign, to_python, to_lua, plain, known = (
            live.foreign, live.to_python, live.to_lua, live.plain, (live.table_type, Reflection)
        )  # fmt: skip
        most = most_arguments(function)
        most = None if most is None else most - 1
        silent = function.__annotations__.get("return") in ("None", None)
        recall = live.recall
        run, nothing = recall.run, {}

        @functools.wraps(function)
        def enter(this: Any = None, *arguments: Any) -> Any:
            for argument in arguments:
                if type(argument) in foreign:
                    arguments = tuple(map(to_python, arguments))
                    break
            if not isinstance(this, home):
                if not isinstance(this, known):
                    raise ArgumentError(bad_argument(1, function.__name__, "object expected: call it with a colon"))
                this = recall.plain(this, home)
            result = run(this, function, arguments[:most], nothing)
            if result is None and silent:
                return ()
            return result if type(result) in plain else to_lua(result)

        def inside(table: Any, *arguments: Any, **named: Any) -> Any:
            changes, this = recall.changes, recall.familiar(table, home)
            try:
                return run(this, function, arguments, named)
            finally:
                recall.release_kept(this)
                if recall.changes != changes:
                    recall.verify()

        enter.inside = inside  # type: ignore[attr-defined]
        return enter

    def _plain(self, name: str | None) -> type:
        return self.classes(name, None)[1]

    def classes(self, name: str | None, home: type | None) -> tuple[type, type]:
        """The Python class of a Lua class, and the class of its plain reflections.

        Where that does not inherit from `home`, `home` takes its place.
        """
        base = self._python_ancestor(name)
        if home is not None and not issubclass(base, home):
            base = home
        key = (str(name), base)
        if key not in self._reflections:
            methods = ((cls, self._replaced_in(cls)) for cls in base.__mro__[1:])
            between = [with_replaced(cls, names, self._live) for cls, names in methods if names]
            self._reflections[key] = plain_class(base, between, str(name), self._live)
        return base, self._reflections[key]

    def _python_ancestor(self, name: str | None) -> type:
        """The Python class of a Lua class, or that of the first of its parents that has one."""
        while name is not None and name not in self._classes:
            name = self._helpers.parent_of(name)
        return LuaObject if name is None else self._classes[name]


class Archive:
    """A file as the methods `write` and `read` of Python's classes use it: what is in an object goes through Lua."""

    def __init__(self, live: Live, helpers: Any, file: Any) -> None:
        self.write_object = functools.partial(live.call, helpers.write_object, file)
        self.read_object = functools.partial(live.call, helpers.read_object, file)


@registry.register("lua.Object")
class LuaObject:
    """The Python class of Lua objects whose classes have no parent written in Python."""


def _own_functions(cls: type) -> dict[str, tuple[str, type]]:
    """The functions of a class and of its parents that Lua does not have: by Lua's names, Python's and the class."""
    own = itertools.takewhile(lambda base: base is cls or registry.name_of(base) is None, cls.__mro__[:-1])
    return {known_as: (name, home) for home in reversed(list(own)) for name, known_as in _exported(home)}


def _exported(cls: type) -> Iterator[tuple[str, str]]:
    """The names of a class's own functions that Lua sees: in Python and in Lua."""
    for name, value in vars(cls).items():
        if not isinstance(value, (FunctionType, staticmethod, classmethod)):
            continue
        if name in SPECIAL:
            yield name, SPECIAL[name]
        elif not name.startswith("_") or name in UNDERSCORED:
            yield name, name.removesuffix("_")


def _methods_named(cls: type, names: Iterable[Any]) -> frozenset[str]:
    """Those of Lua's names that methods of a Python class have, as Python names them."""
    own = ({"__init": "__init__"}.get(name, name) for name in names)
    methods = (name for name in own if isinstance(inspect.getattr_static(cls, str(name), None), FunctionType))
    return frozenset(methods) - {"__call__"}
