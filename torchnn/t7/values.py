"""Stand-ins for what a `.t7` file can hold and Python has no value for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# The int before every object, which says what follows.
NIL, NUMBER, STRING, TABLE, OBJECT, BOOLEAN = range(6)
OLDEST_FUNCTION, OLDER_FUNCTION, FUNCTION = 6, 7, 8

# Classes of Torch7 whose objects cannot be read without the class, as they are not written as one table.
OWN_FORMAT = frozenset(("nn.GPU", "torch.Generator", "torch.Timer"))


@dataclass(eq=False)
class UnknownObject:
    """An object of a class that is not registered: its Torch7 class name, version and fields."""

    typename: str
    version: int = 1
    fields: dict[Any, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Function:
    """A Lua function: its bytecode, for the Lua that wrote it, which is kept but never run, and its upvalues.

    `tag` says which of the three forms it was written in: 6, 7 or 8, of which 8 is Torch7's last.
    """

    code: bytes
    upvalues: Any = field(default_factory=list)
    tag: int = FUNCTION


class Key:
    """A key of a table that a dict cannot hold as it is.

    A table used as a key is not hashable, and `True` would be the same key as 1. Two keys are equal where they hold
    the same table or boolean.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.value is other.value

    def __hash__(self) -> int:
        return hash((Key, id(self.value)))

    def __repr__(self) -> str:
        return f"Key({self.value if isinstance(self.value, bool) else type(self.value).__name__})"
