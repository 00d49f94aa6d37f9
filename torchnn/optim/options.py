"""How all methods read their configuration and state."""

from collections.abc import MutableMapping
from typing import Any

from torchnn.errors import ArgumentError
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import is_number
from torchnn.torch.text import lua_print, to_number

Table = MutableMapping[str, Any]


def table(name: str, given: Table | None) -> Table:
    """A table of options by name; an empty one where it is None."""
    if given is None:
        return {}
    if not callable(getattr(given, "keys", None)):
        raise ArgumentError(f"{name}: a table of options expected, got {type_word(given)}")
    return given


def tables(config: Table | None, state: Table | None) -> tuple[Table, Table]:
    """The configuration and the state, which are one table where no state is given."""
    config = table("config", config)
    return config, config if state is None else table("state", state)


def option(table: Table, name: str, default: Any) -> Any:
    """A field, or the default where it is absent or None; 0 and False are values.

    Where the default is a number, the field is one, too; it may be given as digits, as it comes from a command line.
    """
    value = table.get(name)
    if value is None:
        return default
    if type(value) is float:  # the usual case, which takes a third of the time
        return value
    return _number(name, value) if is_number(default) else value


def started(state: Table, name: str, first: float) -> Any:
    """A number of the state, written into it where it is absent: the function that is minimised may read it there."""
    if state.get(name) is None:
        state[name] = first
    return option(state, name, first)


def required(table: Table, name: str) -> Any:
    """A number that has no default."""
    value = table.get(name)
    if value is None:
        raise ArgumentError(f"'{name}' has no default: number expected, got nil")
    return _number(name, value)


def _number(name: str, value: Any) -> Any:
    number = to_number(value) if isinstance(value, str) else value
    if not is_number(number):
        raise ArgumentError(f"{name}: number expected, got {type_word(value)}")
    return number


def announce(name: str, config: Table | None, state: Table | None) -> None:
    """Print that a method starts anew, as some of Torch7's do when they get neither table."""
    if config is None and state is None:
        lua_print(f"no state table{name} initializing")
