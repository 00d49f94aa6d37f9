"""Replays what was recorded in Torch7 by its Lua texts, with the protocols and comparisons of `torchnn.regression`.

What the texts make stays in Lua: modules are compared as Python sees them, through their methods and fields.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from torchnn import torch
from torchnn.lua.runtime import Runtime
from torchnn.regression import scope
from torchnn.regression.records import Unsupported

PACKAGES = ("torch", "nn", "optim", "xlua", "paths", "sys")
GRAPHS = ("graph", "nngraph")


class LuaProgram:
    """The Lua texts of a record; their globals are its own."""

    def __init__(self, language: Lua, names: Mapping[str, Any]) -> None:
        self._live = language.runtime.live
        self._load = language.helpers.load
        self._globals = language.helpers.environment()
        for name, value in names.items():
            self.set(name, value)

    def evaluate(self, text: str) -> Any:
        """The value of an expression; several values are a tuple."""
        return self.execute(f"return {text}")

    def execute(self, text: str) -> Any:
        """Run statements, and return what they return."""
        return self._live.call(self._live.call(self._load, text, self._globals).lua)

    def get(self, name: str) -> Any:
        """What a name stands for; None where it stands for nothing."""
        return self._live.to_python(self._globals[name])

    def set(self, name: str, value: Any) -> None:
        """Let a name stand for a value."""
        self._globals[name] = self._live.to_lua(value)


class Lua:
    """Runs the Lua texts of records, all of them in one runtime."""

    name = "Lua"
    _FIELDS = {"program": "lua", "setup": "setup", "call": "call", "before": "before"}

    def __init__(self) -> None:
        self.runtime = Runtime()
        self.helpers = self.runtime.chunk(Path(__file__).parent / "core" / "regression.lua")()
        for package in PACKAGES:
            self.runtime.call(self.runtime.globals.require, package)

    def text(self, fields: Mapping[str, Any], part: str = "program") -> Any:
        """The text of a record, or its 'setup', 'call', or what comes 'before'; None where there is none."""
        return fields.get(self._FIELDS[part])

    def start(self, record: Mapping[str, Any], default: str | None) -> None:
        """Set the default tensor type, DoubleTensor where it is None, and the seed."""
        self.runtime.call(self.runtime.globals.torch.setdefaulttensortype, default or "torch.DoubleTensor")
        torch.manualSeed(record.get("seed") or 0)

    def program(self, **names: Any) -> LuaProgram:
        """A new program."""
        return LuaProgram(self, {"capture": scope.capture, **names})

    def call(self, body: str, arguments: Mapping[str, Any], **names: Any) -> Any:
        """Call a function with that body."""
        text = f"local {', '.join(arguments)} = ...\n{body}" if arguments else body
        live = self.runtime.live
        function = live.call(self.helpers.load, text, self.program(**names)._globals)
        return live.call(function.lua, *arguments.values())

    def member(self, name: str) -> Any:
        """A package such as 'xlua', or what it holds, such as 'optim.sgd'."""
        package, _, word = name.partition(".")
        table = self.runtime.call(self.runtime.globals.require, package)
        found = table if not word else table[word]
        if found is None:
            raise Unsupported(name)
        return self.runtime.live.to_python(found)

    def copy(self, value: Any) -> Any:
        """A copy of recorded values, read by Lua."""
        return self.runtime.live.call(self.runtime.globals.torch.deserialize, torch.serialize(value).decode("latin-1"))

    def table(self, value: Mapping[str, Any]) -> Any:
        """A Lua table."""
        return self.runtime.live.to_python(self.runtime.live.to_lua(dict(value)))

    def protocol(self, fields: Mapping[str, Any], subject: str) -> Callable[..., None] | None:
        """How records with such fields are replayed in this language alone; None where it is as in all."""
        return None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Classes that the text makes are forgotten, and default types are Lua's too."""
        yield
