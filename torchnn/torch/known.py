"""Calls that are known: what an `Overloads` found for arguments of some types is called at once for such arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torchnn.torch.core import Core

# An implementation as a function of the arguments of a call: it puts them in order and adds what was left out.
Call = Callable[..., Any]

ABSENT: Any = object()


def values(args: Sequence[Any]) -> tuple[Any, ...]:
    """What a call may depend on apart from types: dimensions and particular strings."""
    return tuple([len(a._size) if isinstance(a, Core) else a if type(a) is str else None for a in args])


def _by_value(args: Sequence[Any], calls: dict[tuple[Any, ...], Call], find: Call) -> Call:
    """The call for the `values` of arguments of these types; written out for two or three tensors."""
    if len(args) == 2 and all([isinstance(a, Core) for a in args]):
        return lambda x, a: calls.get((len(x._size), len(a._size)), find)(x, a)
    if len(args) == 3 and all([isinstance(a, Core) for a in args]):
        return lambda x, a, b: calls.get((len(x._size), len(a._size), len(b._size)), find)(x, a, b)
    return lambda *args: calls.get(values(args), find)(*args)


class _ByType(dict[type, Any]):
    """What there is for the type of an argument: the same for the next argument, and behind the last one a `Call`.

    One look-up after the other takes half of the time of one with a tuple of types. Where there is none, `find` is
    what is called.
    """

    __slots__ = ("_missing",)

    def __init__(self, count: int, find: Call) -> None:
        super().__init__()
        self._missing = find if count == 1 else _ByType(count - 1, find)

    def __missing__(self, kind: type) -> Any:
        return self._missing

    def put(self, kinds: Sequence[type], call: Call, find: Call) -> None:
        """What is there for these types from now on."""
        kind, *rest = kinds
        if not rest:
            self[kind] = call
            return
        if kind not in self:
            self[kind] = _ByType(len(rest), find)
        self[kind].put(rest, call, find)


class Known:
    """Calls by the number and the types of their arguments; `find` makes those that are not known."""

    def __init__(self, find: Call) -> None:
        self._find = find
        self._by_count = [_ByType(count, find) for count in (1, 2, 3, 4, 5)]
        self._many: dict[tuple[type, ...], Call] = {}
        self._by_value: dict[tuple[type, ...], dict[tuple[Any, ...], Call]] = {}

    def remember(self, args: Sequence[Any], call: Call, by_value: bool = False) -> None:
        """Make this call for arguments of these types, and of these dimensions and strings if they count."""
        kinds = tuple([type(a) for a in args])
        if by_value:
            calls = self._by_value.setdefault(kinds, {})
            calls[values(args)] = call
            call = _by_value(args, calls, self._find)
        if len(kinds) > len(self._by_count):
            self._many[kinds] = call
        else:
            self._by_count[len(kinds) - 1].put(kinds, call, self._find)

    def caller(self) -> Call:
        """A function that makes the call that is known for its arguments."""
        find, many = self._find, self._many
        one, two, three, four, five = self._by_count

        # Written out for few arguments: with a tuple of them, a call on ten numbers takes a tenth more.
        def call(
            x: Any = ABSENT, a: Any = ABSENT, b: Any = ABSENT, c: Any = ABSENT, d: Any = ABSENT, /, *rest: Any
        ) -> Any:
            if b is ABSENT:
                if a is not ABSENT:
                    return two[type(x)][type(a)](x, a)
                return find() if x is ABSENT else one[type(x)](x)
            if c is ABSENT:
                return three[type(x)][type(a)][type(b)](x, a, b)
            if d is ABSENT:
                return four[type(x)][type(a)][type(b)][type(c)](x, a, b, c)
            if not rest:
                return five[type(x)][type(a)][type(b)][type(c)][type(d)](x, a, b, c, d)
            args = (x, a, b, c, d, *rest)
            return many.get(tuple([type(arg) for arg in args]), find)(*args)

        return call
