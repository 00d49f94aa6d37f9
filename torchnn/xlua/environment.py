"""Packages, variables of the environment, and global variables."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import types
from collections.abc import Mapping
from typing import Any

from torchnn.torch.text import lua_print, to_number
from torchnn.xlua.printing import print as xlua_print


def require(package: str, luarocks: Any = None, server: Any = None) -> Any:
    """Import a module; where that fails, print why and return False. The other arguments are not used."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        lua_print(error)
        lua_print(f"warning: <{package}> could not be loaded (is it installed?)")
        return False


def installed(package: str) -> tuple[bool, str | None]:
    """Whether a module can be found, and the file that it is in."""
    try:
        found = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        found = None
    return found is not None, None if found is None else found.origin


def envparams(default: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with their defaults, or with what variables of the environment of the same names hold.

    The text of a variable becomes what the default is: a number, a boolean ('true' is true) or text.
    """
    return {name: _converted(os.environ.get(name), value) for name, value in default.items()}


def _converted(text: str | None, default: Any) -> Any:
    if text is None:
        return default
    if isinstance(default, bool):
        return text == "true"
    if isinstance(default, (int, float)):
        return to_number(text)
    return text


def _globals() -> dict[str, Any]:
    """The global variables of whoever called the function that asks."""
    return inspect.stack(0)[2].frame.f_globals


def clear(var: str) -> None:
    """Remove a global variable of the module that calls this."""
    _globals().pop(var, None)


def clearall() -> None:
    """Remove the global variables of the module that calls this, but for names that begin with two underscores."""
    variables = _globals()
    for name in [name for name in variables if not name.startswith("__")]:
        del variables[name]


def who() -> None:
    """Print the modules and the other global variables of the module that calls this."""
    named = {name: value for name, value in _globals().items() if not name.startswith("__")}
    modules = [name for name, value in named.items() if isinstance(value, types.ModuleType)]
    xlua_print("")
    xlua_print("Global Libs:")
    xlua_print(modules)
    xlua_print("")
    xlua_print("Global Vars:")
    xlua_print({name: value for name, value in named.items() if name not in modules})
    xlua_print("")
