"""What `require 'NAME'` finds: the packages of this folder's `packages/`, then the user's own files.

A package is `packages/NAME.lua`, a chunk that is run with `...` = the table of functions that `members(runtime)` of
`packages/NAME.py` returns and what the files in `core/` share, and returns the package; or `packages/NAME.py` alone,
whose members then are the package.
`pl.stringx` is `packages/pl/stringx`, `lua-utf8` is `packages/lua_utf8`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torchnn.lua import absent

if TYPE_CHECKING:
    from torchnn.lua.runtime import Runtime

HERE = Path(__file__).parent / "packages"

# The user's own come first: packages of pure Lua, of which ours are parts, and names that programs give own files.
GIVE_WAY = ("pl", "moses", "argcheck", "class", "csvigo", "csv", "totem", "display", "env", "md5", "mnist", "lab")

_INSTALL = """
local ours, spare = ...
table.insert(package.loaders, 2, ours)
table.insert(package.loaders, spare)
"""


def install(runtime: Runtime) -> None:
    """Let Lua's `require` find the packages."""

    def ours(name: str) -> Any:
        return "" if gives_way(name) else _search(runtime, name)

    def spare(name: str) -> Any:
        return _search(runtime, name) if gives_way(name) else ""

    runtime.execute(_INSTALL, ours, spare, name="=require")


def gives_way(name: str) -> bool:
    """Whether a package of the user's of that name is preferred."""
    return name.split(".")[0] in GIVE_WAY


def _search(runtime: Runtime, name: str) -> Any:
    """Lua's loader for a package, or why there is none."""
    file_name = name.replace("-", "_")
    stem = HERE.joinpath(*file_name.split("."))
    chunk, code = stem.with_name(stem.name + ".lua"), stem.with_name(stem.name + ".py")
    is_name = file_name.replace(".", "").replace("_", "").isalnum()
    is_kept_away = name.split(".")[0] in absent.OF_CUDA and not runtime.cuda_as_cpu
    if not is_name or is_kept_away or not (chunk.is_file() or code.is_file()):
        return f"\n\tno package '{name}' of torchnn{absent.hint(name)}"

    def load(*_: Any) -> Any:
        members = runtime.lua.table()
        if code.is_file():
            module = importlib.import_module(f"torchnn.lua.packages.{file_name}")
            members = runtime.table_of(module.members(runtime))
        if not chunk.is_file():
            return members
        return runtime.values.call_plainly(runtime.chunk(chunk), members, runtime.core)

    return load
