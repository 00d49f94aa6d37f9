"""The package `image` for Lua: `torchnn.image`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from torchnn import image
from torchnn.image import formats
from torchnn.lua.text import from_bytes_text

# Functions whose first argument is the name of a file.
OF_FILES = frozenset(
    "load loadJPG loadPNG loadPPM save saveJPG savePNG savePPM savePGM getSize getJPGsize getPNGsize getPPMsize".split()
)


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the package by name, and the endings of the files that it knows."""
    functions = {name: member for name, member in vars(image).items() if inspect.isfunction(member)}
    return {
        **{name: _given(function, name in OF_FILES) for name, function in functions.items() if name[0] != "_"},
        "suffixes": lambda: sorted(formats.SUFFIXES),
    }


def _given(function: Callable[..., Any], of_file: bool) -> Callable[..., Any]:
    """The function without the nils at the end of its arguments, which are as good as none."""

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        while args and args[-1] is None:
            args = args[:-1]
        if of_file and args:
            args = (from_bytes_text(args[0]), *args[1:])
        return function(*args)

    return call
