"""Calls that are known: what an `Overloads` found for arguments of some types is called at once for such arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from torchnn.torch.core import Core

# An implementation as a function of the arguments of a call: it puts them in order and adds what was left out.
Call = Callable[..., Any]

ABSENT: Any = object()


# Where an argument of an implementation comes from: a position among the arguments of a call, or (constant,).
Source = int | tuple[Any]


class Plan(NamedTuple):
    """How a call calls an implementation: the sources of its arguments.

    `values` are those of the call's arguments, if they decided about the implementation.
    """

    implementation: Callable[..., Any]
    sources: Sequence[Source]
    values: tuple[Any, ...] = ()


# Who wants to know what is known: types of arguments, the call for them, and its plan. Types that are known again have
# a plan for other values.
Listener = Callable[[Sequence[type], Call, "Plan | None"], None]


def values(args: Sequence[Any]) -> tuple[Any, ...]:
    """What a call may depend on apart from types: dimensions and particular strings."""
    return tuple([len(a._size) if isinstance(a, Core) else a if type(a) is str else None for a in args])


def _by_value(args: Sequence[Any], calls: dict[tuple[Any, ...], Call], find: Call) -> Call:
    """The call for the `values` of arguments of these types.

    They are first compared with these, which takes a fifth of the time: most functions know one combination.
    """
    known = values(args)
    call = calls[known]
    deciding = [(i, value) for i, value in enumerate(known) if value is not None]

    def by_value(*args: Any) -> Any:
        for i, value in deciding:
            if (args[i] if type(value) is str else len(args[i]._size)) != value:
                return calls.get(values(args), find)(*args)
        return call(*args)

    if len(args) == 2 and all([isinstance(a, Core) for a in args]):
        i, j = known
        return lambda x, a: (call if len(x._size) == i and len(a._size) == j else by_value)(x, a)
    if len(args) == 3 and all([isinstance(a, Core) for a in args]):
        i, j, k = known
        return lambda x, a, b: (call if len(x._size) == i and len(a._size) == j and len(b._size) == k else by_value)(
            x, a, b
        )
    return by_value


class Known:
    """Calls by the number and the types of their arguments; `find` makes those that are not known."""

    def __init__(self, find: Call) -> None:
        self.find = find
        self.listener: Listener | None = None
        self._every: dict[tuple[type, ...], tuple[Call, Plan | None]] = {}
        # For each number of arguments, dictionaries within each other: one look-up after the other takes half of the
        # time of one with a tuple of types.
        self._by_count: list[dict[type, Any]] = [{}, {}, {}, {}, {}]
        self._many: dict[tuple[type, ...], Call] = {}
        self._by_value: dict[tuple[type, ...], dict[tuple[Any, ...], Call]] = {}

    def tell(self, listener: Listener) -> None:
        """Tell somebody all that is known, and what will be."""
        self.listener = listener
        for kinds, (call, plan) in self._every.items():
            listener(kinds, call, plan)

    def mention(self, kinds: tuple[type, ...], plan: Plan | None) -> None:
        """Tell the listener of a plan that holds as long as the default type is what it is."""
        self._every[kinds] = self.find, plan
        if self.listener is not None:
            self.listener(kinds, self.find, plan)

    def remember(self, args: Sequence[Any], call: Call, by_value: bool = False, plan: Plan | None = None) -> None:
        """Make this call for arguments of these types, and of these dimensions and strings if they count."""
        kinds = tuple([type(a) for a in args])
        if by_value:
            calls = self._by_value.setdefault(kinds, {})
            calls[values(args)] = call
            call = _by_value(args, calls, self.find)
            plan = None if plan is None else plan._replace(values=values(args))
        self._every[kinds] = call, plan
        if self.listener is not None:
            self.listener(kinds, call, plan)
        if len(kinds) > len(self._by_count):
            self._many[kinds] = call
            return
        node = self._by_count[len(kinds) - 1]
        for kind in kinds[:-1]:
            node = node.setdefault(kind, {})
        node[kinds[-1]] = call

    def caller(self) -> Call:
        """A function that makes the call that is known for its arguments."""
        find, many = self.find, self._many
        one, two, three, four, five = self._by_count

        # Written out for few arguments: with a tuple of them, a call on ten numbers takes a tenth more.
        def call(
            x: Any = ABSENT, a: Any = ABSENT, b: Any = ABSENT, c: Any = ABSENT, d: Any = ABSENT, /, *rest: Any
        ) -> Any:
            if b is ABSENT:
                if a is ABSENT:
                    return find() if x is ABSENT else one.get(type(x), find)(x)
                try:
                    found = two[type(x)][type(a)]
                except KeyError:
                    found = find
                return found(x, a)
            if c is ABSENT:
                try:
                    found = three[type(x)][type(a)][type(b)]
                except KeyError:
                    found = find
                return found(x, a, b)
            if d is ABSENT:
                try:
                    found = four[type(x)][type(a)][type(b)][type(c)]
                except KeyError:
                    found = find
                return found(x, a, b, c)
            if not rest:
                try:
                    found = five[type(x)][type(a)][type(b)][type(c)][type(d)]
                except KeyError:
                    found = find
                return found(x, a, b, c, d)
            args = (x, a, b, c, d, *rest)
            return many.get(tuple([type(arg) for arg in args]), find)(*args)

        return call
