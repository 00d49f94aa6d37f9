"""Values at the border: Lua's tables, functions and text, and what stands for them in Python.

Numbers, booleans, nil and None, and the objects of known types (tensors, storages, files, ...) pass as they are; lupa
makes a whole number an int. A table becomes a list where its keys are 1 to n, else a dict; an object of a Lua class is
left to a hook. Both directions copy, and keep what is shared within one value, cycles too.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, TypeVar

import numpy as np

from torchnn.errors import ArgumentError
from torchnn.lua.errors import LuaError
from torchnn.lua.tables import View
from torchnn.lua.text import to_bytes_text
from torchnn.nn.utils import Conversions
from torchnn.t7 import Key
from torchnn.torch import conversion, types
from torchnn.torch.overloads import Overloads

AT_ONCE = 200  # values of a table that are handed over as results of a function, which are limited to some thousands

Called = TypeVar("Called", bound=Callable[..., Any])

PLAIN = frozenset((type(None), bool, int, float))
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, functools.partial, Overloads)


def plain(function: Called) -> Called:
    """Mark a function whose arguments and results never need a conversion: Lua calls it directly."""
    function.plain = True  # type: ignore[attr-defined]
    return function


class Function:
    """A Lua function that Python can call: arguments and results are converted, errors are Python exceptions."""

    __slots__ = ("__weakref__", "_values", "lua")

    def __init__(self, values: Values, lua: Any) -> None:
        self._values = values
        self.lua = lua

    def __call__(self, *args: Any) -> Any:
        """The result, None or a tuple of several."""
        return self._values.call(self.lua, *args)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and bool(self.lua == other.lua)

    def __hash__(self) -> int:
        return hash(self.lua)


class Values:
    """The conversions of one runtime.

    `after_call` is called whenever Lua code has run. `from_object` makes something for Python of a table that is an
    object of a Lua class (by default the table itself), and `to_object` what Lua gets for a Python object that is no
    plain value (by default that object).
    """

    def __init__(self, lua: Any) -> None:
        self._lua = lua
        self.table_type = type(lua.table())
        self.function_type = type(lua.eval("function() end"))
        self._foreign = frozenset((self.table_type, self.function_type))
        self._as_is = {*PLAIN, *types.TENSORS.values(), *types.STORAGES.values()}
        self._entries: dict[Callable[..., Any], Callable[..., Any]] = {}
        self._closure = lua.eval(
            "function(f) local g = python.as_function(f); return function(...) return g(...) end end"
        )
        self._unpack, self._pack = lua.eval("unpack"), lua.eval("function(...) return {...} end")
        self._call: Any = None  # border.lua's, set once it is loaded
        self._look_into: Any = None
        self._python_of: Any = None
        self.after_call: Callable[[], None] = lambda: None
        self.from_object: Callable[[Any], Any] = lambda table: table
        self.to_object: Callable[[Any], Any] = lambda value: value

    def use(self, core: Any) -> None:
        """Take over the helpers of core/: the protected call, and those that inspect tables and functions."""
        self._call, self._look_into, self._python_of = core.call, core.look_into, core.python_of

    def leave(self, cls: type) -> None:
        """Hand objects of a Python class over as they are."""
        self._as_is.add(cls)

    # ------------------------------------------------------------------ from Lua

    def from_lua(self, value: Any) -> Any:
        """A value from Lua as Python code expects it."""
        if type(value) not in self._foreign:
            return value
        return self._from_lua(value, {})

    def _from_lua(self, value: Any, known: dict[int, Any]) -> Any:
        kind = type(value)
        if kind is self.function_type:
            own = self._python_of(value)
            return Function(self, value) if own is None else getattr(own, "original", own)
        if kind is not self.table_type:
            return value
        address, is_object, count, keys, values = self._look_into(value)
        if address in known:
            return known[address]
        if is_object:
            return self.from_object(value)
        return self._from_table(address, count, self.listed(keys, count), self.listed(values, count), known)

    def listed(self, array: Any, count: int) -> list[Any]:
        """The values of a Lua table with keys 1 to `count`, as lupa gives them.

        lupa (2.8) loses its place in a table, and may end the process, where it iterates over functions of Python.
        """
        found: list[Any] = []
        for begin in range(1, count + 1, AT_ONCE):
            values = self._unpack(array, begin, min(begin + AT_ONCE - 1, count))
            found += values if type(values) is tuple else (values,)
        return found

    def _from_table(self, address: int, count: int, keys: list[Any], values: list[Any], known: dict[int, Any]) -> Any:
        if keys == list(range(1, count + 1)):
            items: list[Any] = []
            known[address] = items
            items += [self._from_lua(value, known) for value in values]
            return items
        entries: dict[Any, Any] = {}
        known[address] = entries
        for key, value in zip(keys, values, strict=True):
            key = self._from_lua(key, known)
            entries[Key(key) if isinstance(key, (bool, list, dict)) else key] = self._from_lua(value, known)
        return entries

    # ------------------------------------------------------------------ to Lua

    def to_lua(self, value: Any) -> Any:
        """A value of Python as Lua code expects it; a tuple is several results at the top, a table within."""
        if type(value) in self._as_is:
            return value
        if type(value) is tuple:
            return tuple([self.to_lua_within(item, {}) for item in value])
        return self.to_lua_within(value, {})

    def to_lua_within(self, value: Any, known: dict[int, Any]) -> Any:
        """The same for a part of a value; `known` holds the tables of lists and dicts met so far, by their ids."""
        kind = type(value)
        if kind in self._as_is or kind is self.table_type:
            return value
        if kind is list:
            return self._to_table(value, known)
        if kind is str:
            return self._text(value)
        if kind is Function:
            return value.lua
        if kind is Key:
            return self.to_lua_within(value.value, known)
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return conversion.from_numpy(value)
        if isinstance(value, (list, tuple, Mapping)) and not isinstance(value, (View, Conversions)):
            return self._to_table(value, known)
        if isinstance(value, _FUNCTIONS):
            return self.function(value)
        return self.to_object(value)

    def _to_table(self, value: Any, known: dict[int, Any]) -> Any:
        if id(value) in known:
            return known[id(value)]
        if type(value) is list and self._as_is.issuperset(map(type, value)):  # in a third of the time
            make = self._pack if len(value) <= AT_ONCE else self._lua.table
            known[id(value)] = table = make(*value)
            return table
        table = known[id(value)] = self._lua.table()
        items = value.items() if hasattr(value, "items") else enumerate(value, 1)
        for key, item in items:
            key = self.to_lua_within(key, known)
            if key is None or (type(key) is float and math.isnan(key)):  # which would end the process
                raise ArgumentError(f"table index is {'nil' if key is None else 'NaN'}")
            table[key] = self.to_lua_within(item, known)
        return table

    def _text(self, text: str) -> str:
        """Bytes as they are; other text, which Lua cannot hold, in UTF-8."""
        if text.isascii() or all(ord(letter) < 256 for letter in text):
            return text
        return to_bytes_text(text)

    # ------------------------------------------------------------------ calls

    def call(self, function: Any, *args: Any) -> Any:
        """Call a Lua function from Python; errors: `LuaError`, or the Python exception that was raised within."""
        results = self.call_plainly(function, *[self.to_lua_within(arg, {}) for arg in args])
        return tuple(map(self.from_lua, results)) if type(results) is tuple else self.from_lua(results)

    def call_plainly(self, function: Any, *args: Any) -> Any:
        """The same with lupa's values: nothing is converted. The result is None, a value or a tuple of several."""
        results = self._call(function, *args)
        self.after_call()
        if results is True:
            return None
        if results[0]:
            return results[1] if len(results) == 2 else results[1:]
        _, error, traceback, text = results
        if isinstance(error, BaseException):
            raise error
        raise LuaError(error, traceback, text)

    def function(self, function: Callable[..., Any]) -> Any:
        """A function of Python as a function of Lua's, whose arguments and results are converted."""
        return self._closure(self.entry(function))

    def entry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What Lua calls in place of a Python function.

        Arguments beyond those it takes are dropped, as in Lua. One that is declared to return None returns nothing.
        """
        if getattr(function, "plain", False):
            return function
        limit, silent = most_arguments(function), returns_nothing(function)
        foreign, as_is = self._foreign, PLAIN
        from_lua, to_lua = self.from_lua, self.to_lua

        def called(*args: Any) -> Any:
            for arg in args:
                if type(arg) in foreign:
                    args = tuple([from_lua(arg) for arg in args])
                    break
            result = function(*args[:limit])
            if type(result) in as_is:
                return () if silent else result
            return to_lua(result)

        called.original = function  # type: ignore[attr-defined]
        return called

    @plain
    def converting(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function that Lua normally calls directly, converting its arguments first."""
        entry = self._entries.get(function)
        if entry is None:
            entry = self._entries[function] = self.entry(function)
        return entry(*args)


def returns_nothing(function: Callable[..., Any]) -> bool:
    """Whether a function is declared to return None."""
    implementation = function._forms[0].implementation if isinstance(function, Overloads) else function
    return getattr(implementation, "__annotations__", {}).get("return") == "None"


def most_arguments(function: Callable[..., Any]) -> int | None:
    """How many positional arguments a function takes, or None."""
    if isinstance(function, Overloads):
        return None
    inner, bound = (function.__func__, 1) if isinstance(function, MethodType) else (function, 0)
    inner = inspect.unwrap(inner)
    if isinstance(inner, FunctionType):  # as nearly all are; `signature` takes 100 us
        code = inner.__code__
        return None if code.co_flags & inspect.CO_VARARGS else code.co_argcount - bound
    try:
        kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        return None
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return None
    return sum(kind is not inspect.Parameter.KEYWORD_ONLY for kind in kinds)
