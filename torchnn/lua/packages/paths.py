"""The package `paths` for Lua."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import paths

NAMES = (
    "basename concat cwd dir dirname dirp execdir extname filep findprogram is_mac is_win mkdir rmall rmdir "
    "tmpname uname"
)


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that paths.lua is given."""
    return {name: getattr(paths, name) for name in NAMES.split()} | {"home": paths.home}
