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
from torchnn.regression import helper_records, helpers, scope, training
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record, Unsupported

# What texts use without saying so; others they are given, or require.
PACKAGES = ("torch", "nn")


class Member:
    """A package of Lua's, or a class in it: its members are attributes."""

    def __init__(self, language: Lua, table: Any) -> None:
        self._language = language
        self._table = table

    def __getattr__(self, name: str) -> Any:
        found = self._table[name]
        if found is None:
            raise Unsupported(name)
        live = self._language.runtime.live
        if isinstance(found, live.table_type):
            return Member(self._language, found)
        # What Lua calls a function may be Python's own, without the conversions at the border.
        return live.to_python(self._language.helpers.closure(self._table, name) if callable(found) else found)

    def __call__(self, *args: Any) -> Any:
        """Make an object of the class."""
        return self._language.runtime.live.call(self._table, *args)


class LuaProgram:
    """The Lua texts of a record; their globals are its own."""

    def __init__(self, language: Lua, names: Mapping[str, Any]) -> None:
        self._live = language.runtime.live
        self._load = language.helpers.load
        self._globals = language.helpers.environment()
        self._compiled: dict[str, Any] = {}
        for name, value in names.items():
            self.set(name, value)

    def evaluate(self, text: str) -> Any:
        """The value of an expression; several values are a tuple."""
        return self.execute(f"return {text}")

    def execute(self, text: str, *args: Any) -> Any:
        """Run statements with `...` = args, and return what they return."""
        if text not in self._compiled:
            self._compiled[text] = self._live.call(self._load, text, self._globals).lua
        return self._live.call(self._compiled[text], *args)

    def get(self, name: str) -> Any:
        """What a name stands for; None where it stands for nothing."""
        return self._live.to_python(self._globals[name])

    def set(self, name: str, value: Any) -> None:
        """Let a name stand for a value."""
        self._globals[name] = value._table if isinstance(value, Member) else self._live.to_lua(value)


class Lua:
    """Runs the Lua texts of records, all of them in one runtime."""

    name = "Lua"
    _FIELDS = {"program": "lua", "setup": "setup", "call": "call", "before": "before"}

    def __init__(self) -> None:
        self.runtime = Runtime()
        self.helpers = self.runtime.chunk(Path(__file__).parent / "core" / "regression.lua")()
        for package in PACKAGES:
            self.helpers.require(package)

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
        found = Member(self, self.helpers.require(package))
        return getattr(found, word) if word else found

    def copy(self, value: Any) -> Any:
        """A copy of recorded values, read by Lua."""
        return self.runtime.live.call(self.runtime.globals.torch.deserialize, torch.serialize(value).decode("latin-1"))

    def table(self, value: Mapping[str, Any]) -> Any:
        """A Lua table."""
        return self.runtime.live.to_dict(self.runtime.live.to_lua(dict(value)))

    def results(self, out: dict[str, Any]) -> Any:
        """A table whose entries, as they are assigned, also become those of `out`."""
        return self.helpers.results(self.runtime.values.function(out.__setitem__))

    def protocol(self, fields: Mapping[str, Any], subject: str) -> Callable[..., None] | None:
        """How records with such fields are replayed in this language alone; None where it is as in all."""
        if "script" in fields:
            return _training
        if {"setup", "arg", "printed"} <= fields.keys():
            return _cmdline
        if fields.get("name") == "xlua.OptionParser":
            return _option_parser
        return _expression if subject in helpers.PACKAGES and "lua" in fields else None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Classes that a text makes stay: those of one file have different names. A log that it begins ends."""
        plain_print = self.runtime.globals.print
        try:
            yield
        finally:
            self.runtime.globals.print = plain_print

    @contextlib.contextmanager
    def connecting(self) -> Iterator[None]:
        """Calls make nodes from the time when the package is loaded."""
        self.member("nngraph")
        yield


def _training(record: Record, comparison: Comparison, language: Lua) -> None:
    """Run the script as it was recorded."""
    for package in ("optim", "nngraph"):
        language.member(package)
    program = language.program()

    def train(data: Any, run: training.Run) -> Any:
        told = {name: getattr(run, name) for name in ("seed", "start", "move", "loss", "gradient")}
        return program.execute(record.fields["script"], data, told)

    training.follow(train, record, comparison, language)


def _expression(record: Record, comparison: Comparison, language: Lua) -> None:
    """Evaluate the expression and compare what it gives and prints."""
    program = language.program(**{package: language.member(package) for package in helpers.PACKAGES})
    helpers.evaluated(lambda: program.evaluate(record.fields["lua"]), record.fields, comparison, language)


def _cmdline(record: Record, comparison: Comparison, language: Lua) -> None:
    """Declare a command line and parse words; compare the parameters, or how the program exits."""
    program = language.program()
    program.execute(record.fields["setup"])
    helpers.parsed(program.get("cmd"), record.fields, comparison)


_OPTIONS = """
op = xlua.OptionParser('%prog [options]')
op:option{'-r', '--rate', action = 'store', dest = 'rate', default = 0.1, help = 'size of a step'}
op:option{'-n', '--number', dest = 'number', help = 'how many'}
op:option{'-v', '--verbose', action = 'store_true', dest = 'verbose', help = 'say more'}
"""


def _option_parser(record: Record, comparison: Comparison, language: Lua) -> None:
    """Parse command lines, which are the global `arg`, and print the help."""
    before = language.runtime.globals.arg
    for i, case in enumerate(record.fields["cases"], 1):
        language.runtime.globals.arg = language.runtime.lua.table_from(dict(enumerate(["script.lua", *case["arg"]])))
        program = language.program(xlua=language.member("xlua"))
        program.execute(_OPTIONS)
        helper_records.parsed(f"{i} ", program.get("op"), case, record.fields["help"], comparison)
    language.runtime.globals.arg = before
