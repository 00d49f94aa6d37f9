"""What all methods share: how configuration and state are read."""

from collections.abc import MutableMapping
from typing import Any

Table = MutableMapping[str, Any]


def tables(config: Table | None, state: Table | None) -> tuple[Table, Table]:
    """The configuration and the state, which are one table where no state is given."""
    config = {} if config is None else config
    return config, config if state is None else state


def option(table: Table, name: str, default: Any) -> Any:
    """A field, or the default where it is absent or None; 0 and False are values."""
    value = table.get(name)
    return default if value is None else value
