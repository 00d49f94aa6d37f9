"""How errors cross between Lua and Python.

A Python exception becomes a string when Lua catches it, Lua's place in front as Torch7 has it; an error of Lua's (a
string, a table, nil) becomes a `LuaError` that carries it through Python, and is itself again when Lua catches that.
"""

from __future__ import annotations

import inspect
import os
import re
from typing import Any

from torchnn.errors import TorchError
from torchnn.lua.text import decoded, from_bytes_text, to_bytes_text
from torchnn.torch.overloads import type_word

# Lua's stack shows the last 60 letters of a file's place. Below: a function of Python, and those of core/ that call it.
_CORE = os.path.join("torchnn", "lua", "core", "")
_THROUGH = rf"[^\n]*{re.escape(_CORE)}calls\.lua:\d+: in "
_DIRECT = re.compile(rf"\n\t\[C\]: in function '(?:call|convert)'\n(?:{_THROUGH}function 'direct'\n)?{_THROUGH}")


class LuaError(TorchError):
    """An error that Lua code raised: its value, a string as a rule, and Lua's stack; `text` is what an object says."""

    def __init__(self, value: Any, traceback: str = "", text: str | None = None) -> None:
        super().__init__(from_bytes_text(_message(value) if text is None else text))
        self._value = value
        self.lua_traceback = from_bytes_text(traceback)

    @property
    def value(self) -> Any:
        """What was raised; text with the modules in front of it that it came through."""
        return to_bytes_text(str(self)) if isinstance(self._value, str) else self._value


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


# What containers put before a message.
_MODULES = re.compile(r"(?:In \d+ module of [^\n]*:\n)*")


def note(error: BaseException, where: str, traceback: str) -> None:
    """Note in an exception where in Lua it was raised, unless a place further inside is already noted."""
    if not hasattr(error, "lua_traceback"):
        error.lua_where = from_bytes_text(where)  # type: ignore[attr-defined]
        error.lua_traceback = from_bytes_text(traceback)  # type: ignore[attr-defined]


def stack_of(error: BaseException) -> str:
    """Lua's stack where the error was raised, as Lua shows it, without files of this package, or nothing."""
    lines = _DIRECT.sub("\n\t[C]: in ", getattr(error, "lua_traceback", "")).strip().split("\n")
    return "\n".join(line for line in lines if not (_CORE in line or line.strip() == "[C]: in function 'raw_xpcall'"))


def bytes_of_stack(error: BaseException) -> str:
    """`stack_of` for Lua."""
    return to_bytes_text(stack_of(error))


def value_of(error: BaseException) -> Any:
    """What Lua's pcall gives for an exception: the value of a Lua error, the message of others with Lua's place.

    An exception that is not for programs to catch (Ctrl-C, the end of the program) stays itself.
    """
    if isinstance(error, LuaError):
        return error.value
    if not isinstance(error, Exception):
        return error
    return to_bytes_text(message_of(error))


def message_of(error: BaseException) -> str:
    """The message of an exception: the modules that it came through, Lua's place, and what went wrong.

    Where it is not worded here, with the name of its class.
    """
    text = str(error)
    begin = _MODULES.match(text).end()  # type: ignore[union-attr]
    modules = "".join(f"{line}\n" for line in getattr(error, "__notes__", [])) + text[:begin]
    text = text[begin:]
    if isinstance(error, LuaError):
        return modules + text
    text = decoded(text)
    if isinstance(error, RecursionError):
        text = "stack overflow"
    elif type(error).__module__.startswith("lupa"):  # an error in a metamethod, in lupa's words
        text = text.partition("\nstack traceback:")[0]
    elif not isinstance(error, TorchError):
        text = _wrong_call(error, text) or f"{type(error).__name__}: {text}"
    return modules + getattr(error, "lua_where", "") + text


_MISSING = re.compile(r"\w+\.(\w+)\(\) missing \d+ required positional arguments?: '(\w+)'")


def _wrong_call(error: BaseException, text: str) -> str | None:
    """What is wrong with a call of a method: missing arguments, a dot in place of the colon, a field that is nil."""
    missing = _MISSING.match(text) if isinstance(error, TypeError) else None
    if missing:
        return f"bad argument to '{missing[1]}' ({missing[2]} expected, got no value)"
    if not isinstance(error, AttributeError):
        return None
    found, method = error.__traceback__, ""
    while found:
        code = found.tb_frame.f_code
        if code.co_argcount and code.co_varnames[0] == "self":
            own, method = found.tb_frame.f_locals["self"], code.co_name
            named = getattr(type(own), method, None)
            if own is error.obj and getattr(inspect.unwrap(named), "__code__", None) is not code:
                expected = f"object expected, got {type_word(own)}; is a colon missing?"
                return f"bad argument #1 to '{method}' ({expected})"
        found = found.tb_next
    return f"attempt to index a nil value in '{method}'" if error.obj is None and method else None
