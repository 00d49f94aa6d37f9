"""The package `xlua` for Lua: what of it is arithmetic or text."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from torchnn import xlua
from torchnn.lua.text import of_text
from torchnn.xlua import failing


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that xlua.lua is given."""
    return {
        "formatTime": xlua.formatTime,
        "progress": xlua.progress,
        "table2string": xlua.table2string,
        "usage": xlua.usage,
        "coloured": failing.coloured,
        "getenv": of_text(os.environ.get),
    }
