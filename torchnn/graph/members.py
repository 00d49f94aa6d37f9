"""Lists in which an element's position can be looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Members(list[Any]):
    """A list of different objects that knows where each of them is.

    Python sees a list. In Torch7 and in files it is one table with two entries for each object: the object under its
    index, counted from 1, and that index under the object.
    """

    def __init__(self, elements: Iterable[Any] = ()) -> None:
        super().__init__(elements)
        self._positions: dict[int, int] = {}

    @classmethod
    def of(cls, table: Any) -> Members:
        """The list that a table was read as, or what is left of it: a plain list or a dict."""
        if isinstance(table, cls):
            return table
        if not hasattr(table, "keys"):
            return cls(table)
        return cls(table[i] for i in range(1, 1 + sum(type(key) is int for key in table)))

    def position(self, element: Any) -> int | None:
        """Where an object is, from 0; None where it is not."""
        i = self._positions.get(id(element))
        if i is None or i >= len(self) or self[i] is not element:
            self._positions = {id(known): i for i, known in enumerate(self)}
            i = self._positions.get(id(element))
        return i

    def include(self, element: Any) -> bool:
        """Append an object unless it is there; returns whether it was not."""
        known = len(self._positions) == len(self)
        if (not known or id(element) in self._positions) and self.position(element) is not None:
            return False
        self._positions[id(element)] = len(self)
        self.append(element)
        return True

    def items(self) -> Iterator[tuple[Any, Any]]:
        """The entries of the table that Torch7 has."""
        yield from enumerate(self, 1)
        yield from ((element, i) for i, element in enumerate(self, 1))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # Positions are known by identity, which copies do not keep.
        return type(self), (), None, iter(self)
