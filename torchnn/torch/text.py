"""Lua's text of values, for messages that are compared with Torch7's to the byte."""

import math


def number(value: float) -> str:
    """A number as Lua's tostring writes it: `%.14g`, so that 3.0 is `3`."""
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return f"{float(value):.14g}"
