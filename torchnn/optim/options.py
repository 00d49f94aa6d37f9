"""What all methods share: how configuration and state are read."""

from collections.abc import MutableMapping
from typing import Any

from torchnn.errors import ArgumentError
from torchnn.torch.text import lua_print, to_number

Table = MutableMapping[str, Any]


def tables(config: Table | None, state: Table | None) -> tuple[Table, Table]:
    """The configuration and the state, which are one table where no state is given."""
    config = {} if config is None else config
    return config, config if state is None else state


def option(table: Table, name: str, default: Any) -> Any:
    """A field, or the default where it is absent or None; 0 and False are values."""
    value = table.get(name)
    return default if value is None else value


def required(table: Table, name: str) -> Any:
    """A field that has no default."""
    value = table.get(name)
    if value is None:
        raise ArgumentError(f"'{name}' has no default: number expected, got nil")
    return value


def count(table: Table, name: str, default: Any) -> Any:
    """A number that may be given as digits, as it comes from a command line."""
    value = to_number(table.get(name))
    return default if value is None else value


def announce(name: str, config: Table | None, state: Table | None) -> None:
    """Say that a method starts anew, as some of Torch7's do where they are called with neither table."""
    if config is None and state is None:
        lua_print(f"no state table{name} initializing")
