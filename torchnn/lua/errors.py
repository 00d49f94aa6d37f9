"""How errors cross between Lua and Python.

A Python exception becomes a string when Lua catches it, Lua's place in front as Torch7 has it; an error of Lua's (a
string, a table, nil) becomes a `LuaError` that carries it through Python, and is itself again when Lua catches that.
"""

from __future__ import annotations

from typing import Any

from torchnn.errors import TorchError
from torchnn.lua.text import to_bytes_text


class LuaError(TorchError):
    """An error that Lua code raised: its value, a string as a rule, and Lua's stack."""

    def __init__(self, value: Any, traceback: str = "") -> None:
        super().__init__(_message(value))
        self.value = value
        self.lua_traceback = traceback


def _message(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"(error object is a {_lua_type(value)} value)"


def _lua_type(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else "table"


def note(error: BaseException, where: str, traceback: str) -> None:
    """Remember with an exception where in Lua it was raised, unless a place further inside is known already."""
    if not hasattr(error, "lua_traceback"):
        error.lua_where = where  # type: ignore[attr-defined]
        error.lua_traceback = traceback  # type: ignore[attr-defined]


def value_of(error: BaseException) -> Any:
    """What Lua's pcall gives for an exception: the value of a Lua error, the message of others with Lua's place.

    An exception that is not for programs to catch (Ctrl-C, the end of the program) stays itself.
    """
    if isinstance(error, LuaError):
        return error.value
    if not isinstance(error, Exception):
        return error
    return to_bytes_text(getattr(error, "lua_where", "") + message_of(error))


def message_of(error: BaseException) -> str:
    """The message of an exception, for those that are not worded here with the name of their class."""
    if isinstance(error, RecursionError):
        return "stack overflow"
    text = str(error)
    if type(error).__module__.startswith("lupa"):  # an error in a metamethod, in lupa's words
        return text.partition("\nstack traceback:")[0]
    return text if isinstance(error, TorchError) else f"{type(error).__name__}: {text}"
