"""Lua tables as Python sees them: live views that behave as a list or as a dict.

Nothing is copied: what Python changes in a view, Lua finds in its table. A table with the key 1, or with nothing in it,
is a list; another one is a dict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, MutableSequence
from typing import Any


class View:
    """What both kinds of views share: the table, its identity, and the conversions that values go through."""

    __slots__ = ("live", "table")

    def __init__(self, table: Any, live: Any) -> None:
        self.table = table
        self.live = live

    def __eq__(self, other: object) -> bool:
        if isinstance(other, View):
            return bool(self.live.same(self.table, other.table))
        return self._plain() == other

    def __hash__(self) -> int:
        return int(self.live.address(self.table))

    def __repr__(self) -> str:
        return repr(self._plain())

    def _plain(self) -> Any:
        raise NotImplementedError

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        return self.live.deepcopy(self, memo)


class TableList(View, MutableSequence[Any]):
    """A Lua table as a list, counted from 0.

    A string in brackets reads and sets a named entry. Setting an element beyond the end makes the table longer.
    """

    __slots__ = ()

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Any]:
        first, elements = 1, self.live.elements(self.table, 1)
        while elements:
            yield from elements
            first += len(elements)
            elements = self.live.elements(self.table, first)

    def __getitem__(self, key: Any) -> Any:
        if type(key) is int and key >= 0:  # without asking for the length, in half of the time
            value = self.table[key + 1]
            if value is not None:
                return value if type(value) in self.live.plain else self.live.to_python(value)
        if isinstance(key, slice):
            return [self[i] for i in range(*key.indices(len(self)))]
        return self.live.to_python(self.table[self._key(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            elements = self._plain()
            elements[key] = value
            self._refill(elements)
        else:
            beyond = not isinstance(key, str) and key >= len(self.table)
            self.live.assign(self.table, key + 1 if beyond else self._key(key), self.live.to_lua(value))

    def __delitem__(self, key: Any) -> None:
        elements = self._plain()
        del elements[key]
        self._refill(elements)

    def insert(self, index: int, value: Any) -> None:
        """Put a value before the one at an index from 0."""
        elements = self._plain()
        elements.insert(index, value)
        self._refill(elements)

    def append(self, value: Any) -> None:
        """Put a value at the end."""
        self.live.assign(self.table, len(self.table) + 1, self.live.to_lua(value))

    def _key(self, key: Any) -> Any:
        if isinstance(key, str):
            return key
        length = len(self.table)
        index = key + length if key < 0 else key
        if not 0 <= index < length:
            raise IndexError(f"list index {key} out of range: the table has {length} elements")
        return int(index) + 1

    def _refill(self, elements: Iterable[Any]) -> None:
        length, count = len(self.table), 0
        for count, value in enumerate(elements, 1):  # noqa: B007
            self.live.assign(self.table, count, self.live.to_lua(value))
        for i in range(length, count, -1):
            self.live.assign(self.table, i, None)

    def _plain(self) -> list[Any]:
        return list(self)


class TableDict(View, MutableMapping[Any, Any]):
    """A Lua table as a dict."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self.live.keys(self.table))

    def __iter__(self) -> Iterator[Any]:
        return iter([self.live.to_python(key) for key in self.live.keys(self.table)])

    def __contains__(self, key: object) -> bool:
        return self.table[self._key(key)] is not None

    def get(self, key: Any, default: Any = None) -> Any:
        """The entry, or the default where there is none."""
        value = self.table[self._key(key)]
        if value is None:
            return default
        return value if type(value) in self.live.plain else self.live.to_python(value)

    def __getitem__(self, key: Any) -> Any:
        value = self.table[self._key(key)]
        if value is None:
            raise KeyError(key)
        return self.live.to_python(value)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.live.assign(self.table, self.live.to_lua(key), self.live.to_lua(value))

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self.live.assign(self.table, self.live.to_lua(key), None)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The entry, after setting it where there was none: a list or dict then is a table, of which this is a view."""
        if key not in self:
            self[key] = default
        return self.get(key)

    def _key(self, key: Any) -> Any:
        return key if type(key) is str and key.isascii() else self.live.to_lua(key)

    def _plain(self) -> dict[Any, Any]:
        return dict(self.items())


class Fields(TableDict):
    """The fields of an object, as `vars` gives them: its table without its class."""

    __slots__ = ()

    def __contains__(self, key: object) -> bool:
        return self.live.raw_get(self.table, key) is not None

    def __getitem__(self, key: Any) -> Any:
        value = self.live.raw_get(self.table, key)
        if value is None:
            raise KeyError(key)
        return self.live.to_python(value)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.live.raw_set(self.table, key, self.live.to_lua(value))
        self.live.recall.verify()

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self.live.raw_set(self.table, key, None)
        self.live.recall.verify()
