"""Lua's text of values, for output that is compared with Torch7's to the byte."""

import math
import numbers
from typing import Any


def number(value: float) -> str:
    """A number as Lua's tostring writes it: `%.14g`, so that 3.0 is `3`."""
    if math.isnan(value):
        return "nan"
    return f"{float(value):.14g}"


def tostring(value: Any) -> str:
    """A value as Lua's tostring writes it: `nil`, `true`, `3` for 3.0, Torch7's text for its objects."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(float(value)) if isinstance(value, numbers.Real) else str(value)


def lua_print(*values: Any) -> None:
    """Print as Lua's print does: values as `tostring` writes them, with tabs between.

    In a line-by-line port: `from torchnn.torch.text import lua_print as print`.
    """
    print("\t".join(tostring(value) for value in values))
