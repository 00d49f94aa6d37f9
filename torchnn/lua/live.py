"""Conversion without copies: Lua tables become views, Lua objects become reflections.

Methods of modules work on Lua's tables themselves (`values` would copy them), so that their changes are seen in Lua.
"""

from __future__ import annotations

import copy
import weakref
from typing import TYPE_CHECKING, Any

from torchnn.lua.objects import Objects
from torchnn.lua.recall import Recall
from torchnn.lua.reflections import Reflection, table_of
from torchnn.lua.tables import TableDict, TableList, View
from torchnn.lua.values import Function

if TYPE_CHECKING:
    from torchnn.lua.runtime import Runtime


class LiveFunction(Function):
    """A Lua function that Python calls with values that stay in Lua; `owner` is the table whose method it is."""

    __slots__ = ("_live", "_owner")

    def __init__(self, live: Live, lua: Any, owner: Any = None) -> None:
        super().__init__(live.values, lua)
        self._live = live
        self._owner = owner

    def __call__(self, *args: Any) -> Any:
        """The result, None or a tuple of several."""
        if self._owner is not None:
            args = self._owner, *args
        return self._live.call(self.lua, *args)

    def __deepcopy__(self, memo: dict[Any, Any]) -> LiveFunction:
        return self


class Live:
    """The conversions of one runtime for what works on Lua's own tables."""

    def __init__(self, runtime: Runtime) -> None:
        self.values = runtime.values
        helpers = runtime.core.reflection
        self.same, self.address = helpers.same, helpers.address
        self.assign, self.store = helpers.assign, helpers.store
        self.raw_get, self.raw_set, self.get = helpers.raw_get, helpers.raw_set, helpers.get
        self._nature, self._elements = helpers.nature, helpers.elements
        self._class_of = helpers.class_of
        self._keys = helpers["keys"]  # `.keys` is a method of lupa's tables
        self._clone, self._new_table = helpers.clone, runtime.lua.table
        # One function for all copies: a function of each copy's own would be kept by compiled Lua code, with all of it.
        self._memos: list[dict[Any, Any]] = []
        self._copy_object = self.values.function(lambda v: copy.deepcopy(v, self._memos[-1]))
        self.table_type, self.function_type = self.values.table_type, self.values.function_type
        self.foreign = frozenset((self.table_type, self.function_type))
        self.plain = self.values._as_is
        self.objects = Objects(self, helpers)
        self.recall = Recall(helpers, self.objects.classes)
        self._written: weakref.WeakKeyDictionary[Any, dict[int, Any]] = weakref.WeakKeyDictionary()
        self.values.after_call = self.recall.verify
        self.values.from_object = self.to_python
        self.values.to_object = self._to_object

    # ------------------------------------------------------------------ conversions

    def to_python(self, value: Any) -> Any:
        """A value from Lua: a reflection of an object, a view of another table, a function that can be called."""
        kind = type(value)
        if kind is self.table_type:
            return self._table(value, self._nature(value))
        return LiveFunction(self, value) if kind is self.function_type else value

    def _table(self, table: Any, nature: str | bool) -> Any:
        """What shows a table: `nature` is the name of its class, or whether it is a list."""
        if type(nature) is str:
            return self.objects.reflect(table, nature)
        return TableList(table, self) if nature else TableDict(table, self)

    def elements(self, table: Any, first: int) -> list[Any]:
        """The elements of a list from a position (from 1) on, some at a time; none where there are no more."""
        found = self._elements(table, first)
        if type(found) is not tuple:
            return []
        return [
            self._table(value, nature) if type(value) is self.table_type else self.to_python(value)
            for value, nature in zip(found[::2], found[1::2], strict=True)
        ]

    def keys(self, table: Any) -> list[Any]:
        """The keys of a Lua table, as lupa gives them; lupa's own iteration does not bear functions of Python."""
        return self.values.listed(*self._keys(table))

    def to_dict(self, value: Any) -> Any:
        """The same, where a table that is no object is a dict."""
        if type(value) is not self.table_type:
            return self.to_python(value)
        nature = self._nature(value)
        return self._table(value, nature if type(nature) is str else False)

    def to_lua(self, value: Any) -> Any:
        """A value for Lua: views and reflections become their tables; a tuple is several results."""
        kind = type(value)
        if kind in self.plain or kind is self.table_type:
            return value
        if kind is tuple:
            plain, within = self.plain, self.values.to_lua_within
            return tuple([v if type(v) in plain else within(v, {}) for v in value])
        return self.values.to_lua_within(value, {})

    def _to_object(self, value: Any) -> Any:
        if isinstance(value, Reflection):
            return table_of(value)
        if isinstance(value, View):
            return value.table
        if isinstance(value, Function):
            return value.lua
        return self.objects.adopt(value) if self.objects.is_adoptable(value) else value

    def attribute(self, value: Any, owner: Any, name: str) -> Any:
        """What Python finds as an attribute of a reflection.

        A function is a method, to be called with the object, unless it is the object's own and Python's class knows no
        method of that name: then it is a function that somebody stored there.
        """
        if type(value) is not self.function_type:
            return self.to_python(value)
        table = table_of(owner)
        is_method = callable(getattr(type(owner), name, None)) or self.raw_get(table, name) is None
        return LiveFunction(self, value, table if is_method else None)

    def replaced(self, holder: str, name: str) -> Any:
        """What a Lua class has for a method of the Python class of that name."""
        return self.get(self._class_of(holder), "__init" if name == "__init__" else name)

    def method(self, value: Any, owner: Any) -> Any:
        """A function of Lua's class as a method of an object."""
        return LiveFunction(self, value, table_of(owner))

    # ------------------------------------------------------------------ calls and copies

    def call(self, function: Any, *args: Any) -> Any:
        """Call a Lua function; errors: `LuaError`, or the Python exception that was raised within."""
        plain, foreign = self.plain, self.foreign  # loops that end early: sets of all types take 0.3 us more
        for arg in args:
            if type(arg) not in plain:
                args = tuple([self.to_lua(a) for a in args])
                break
        results = self.values.call_plainly(function, *args)
        if type(results) is not tuple:
            return self.to_python(results)
        for result in results:
            if type(result) in foreign:
                return tuple([self.to_python(r) for r in results])
        return results

    def deepcopy(self, value: Any, memo: dict[Any, Any]) -> Any:
        """A copy of a view or a reflection, for `copy.deepcopy`."""
        table = value.table if isinstance(value, View) else table_of(value)
        copies = memo.setdefault((id(self), "copies of Lua tables"), self._new_table())
        self._memos.append(memo)
        try:
            return self.to_python(self._clone(table, self._copy_object, copies))
        finally:
            self._memos.pop()

    def plain_fields(self, value: Any, writer: Any) -> dict[Any, Any]:
        """The fields of a reflection with lists and dicts in place of views, for a writer that knows what is shared."""
        known = self._written.setdefault(writer, {})
        known.setdefault(self.address(table_of(value)), value)
        return {key: self._plain(field, known) for key, field in vars(value).items()}

    def _plain(self, value: Any, known: dict[int, Any]) -> Any:
        if not isinstance(value, (View, Reflection)):
            return value
        table = value.table if isinstance(value, View) else table_of(value)
        address = self.address(table)
        if address in known:
            return known[address]
        if isinstance(value, Reflection):
            known[address] = value
        elif isinstance(value, TableList):
            elements: list[Any] = []
            known[address] = elements
            elements += [self._plain(element, known) for element in value]
        else:
            entries: dict[Any, Any] = {}
            known[address] = entries
            entries.update((self._plain(k, known), self._plain(v, known)) for k, v in value.items())
        return known[address]
