"""The package `paths` for Lua."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from torchnn import paths
from torchnn.errors import ArgumentError, bad_argument
from torchnn.lua.text import of_text, to_bytes_text
from torchnn.torch.overloads import type_word
from torchnn.torch.text import number

PLAIN = "cwd execdir is_mac is_win tmpname uname"
OF_TEXT = "basename concat dir dirname dirp extname filep findprogram mkdir rmall rmdir"


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that paths.lua is given."""
    functions = {name: of_text(getattr(paths, name)) for name in PLAIN.split()}
    functions |= {name: _checked(getattr(paths, name)) for name in OF_TEXT.split()}
    return functions | {"home": to_bytes_text(paths.home)}


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function for Lua's arguments: numbers are texts too, of other things the error says what Lua says."""
    name, called = function.__name__, of_text(function)

    @wraps(function)
    def call(*args: Any) -> Any:
        if not args and name not in ("concat", "findprogram"):
            raise ArgumentError(bad_argument(1, name, "string expected, got no value"))
        if name != "concat" and len(args) > 1 and args[-1] is None:
            args = args[:-1]
        return called(*(_text(name, position, arg) for position, arg in enumerate(args, 1)))

    return call


def _text(name: str, position: int, arg: Any) -> str:
    if isinstance(arg, str):
        return arg
    if isinstance(arg, int | float) and not isinstance(arg, bool):
        return number(arg)
    raise ArgumentError(bad_argument(position, name, f"string expected, got {type_word(arg)}"))
