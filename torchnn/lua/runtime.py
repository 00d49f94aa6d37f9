"""The runtime: one Lua state with Torch7's packages in it."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from torchnn.errors import ArgumentError, TorchError
from torchnn.lua import errors, exposure, finding, layout, output
from torchnn.lua.live import Live
from torchnn.lua.reflections import Reflection
from torchnn.lua.values import Values, most_arguments, plain, returns_nothing
from torchnn.torch.text import print_plainly, printing_with

HERE = Path(__file__).parent
CORE = ("language", "length", "border", "output", "classes", "objects")
CORE += ("reflection", "recall", "elements", "geometry", "calls", "tensors")
# These need the classes of Python.
PACKAGE = ("torch", "bytecode", "serialization", "differences", "testing", "commandline")

# Files of this package are run with globals of their own, which are those of scripts until `core.settle` is called.
_LOAD = """
local load, set = loadfile, setfenv
local own = setmetatable({}, {__index = _G, __newindex = _G})
return function(path)
  local chunk, message = load(path)
  if not chunk then return nil, message end
  return set(chunk, own)
end
"""


class Runtime:
    """A Lua state in which Torch7's scripts run: `runtime.execute("return torch.rand(3):max()")`.

    Tensors, storages, files, timers and generators are shared with Python as they are; tables and functions are
    converted where they cross. A runtime works for one thread at a time. With `cuda_as_cpu` the packages of CUDA load,
    and work on the CPU.

    Errors: `TorchError` where lupa is not installed.
    """

    def __init__(self, *, cuda_as_cpu: bool = False) -> None:
        self.cuda_as_cpu = cuda_as_cpu
        self.lock = threading.RLock()
        self.lua = _new_state()
        self.values = Values(self.lua)
        self._put = self.lua.eval("function(t, k, f) t[k] = python.as_function(f) end")
        self._load = self.lua.execute(_LOAD)
        self.core = self.lua.table()
        self.tensor_methods: list[Any] = []  # of each class of tensors, by name
        self._start()

    def __del__(self) -> None:
        if hasattr(self, "live"):  # which one that could not start has not
            self.close()

    def close(self) -> None:
        """Run the finalizers of what scripts have made, at the end of a program: Lua itself does not any more."""
        self.core.finalize()

    def _start(self) -> None:
        native = self.table_of(self._natives())
        native.layout = self.lua.table_from(layout.offsets())
        native.home = f"@{HERE}{os.sep}"
        native.an_object = object()
        for name in CORE:
            self.chunk(HERE / "core" / f"{name}.lua")(native, self.core)
            if name == "calls":
                self.values.use(self.core)
                self._put = self.core.put
        self.live = Live(self)
        self.put(self.core, "forget_class", self.live.objects.forget)
        self.put(self.core, "note_replaced", self.live.objects.note_replaced)
        exposure.expose(self)
        for name in PACKAGE:
            self.chunk(HERE / "core" / f"{name}.lua")(native, self.core)
        self.core.settle()
        finding.install(self)
        self.execute("require 'paths'", name="=start")  # which Torch7's torch loads too
        self.values.call_plainly(self.globals.require, "paths")  # which is a global variable wherever torch is

    def _natives(self) -> dict[str, Any]:
        """What the files in core/ call of Python."""
        return {
            "note": errors.note,
            "value_of": errors.value_of,
            "stack_of": errors.bytes_of_stack,
            "is_fatal": lambda error: isinstance(error, BaseException) and not isinstance(error, Exception),
            "to_lua": plain(lambda value: self.values.to_lua_within(value, {})),
            "converting": self.values.converting,
            **exposure.natives(),
            **output.NATIVES,
        }

    # ------------------------------------------------------------------ running

    def execute(self, code: str, *args: Any, name: str = "=string") -> Any:
        """Run Lua code with `...` = args; returns what it returns: None, a value or a tuple of several.

        `name` is what errors call the code, '@file' or '=text'. Errors: `LuaError`, or the exception of Python that
        was raised within.
        """
        with self._running():
            return self.values.call(self._compiled(code, name), *args)

    def run_file(self, path: str | os.PathLike[str], *args: Any) -> Any:
        """Run a Lua file with `...` = args; a first line that begins with # is left out."""
        with self._running():
            return self.values.call(_checked(self.core.loadfile(_path(path))), *args)

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        """Be the thread that runs the state; meanwhile Python's functions print through Lua's global `print`."""
        with self.lock, printing_with(self._print):
            yield

    def _print(self, *values: Any) -> None:
        with printing_with(print_plainly):  # Lua's print may be a function of Python that ends here again
            self.values.call(self.globals["print"], *values)

    def chunk(self, path: str | os.PathLike[str]) -> Any:
        """The Lua function that a file of this package is, to be called with lupa's values; errors: `LuaError`."""
        return _checked(self._load(_path(path)))

    def _compiled(self, code: str, name: str) -> Any:
        return _checked(self.lua.globals().loadstring(code.encode().decode("latin-1"), name))

    @property
    def globals(self) -> Any:
        """Lua's table of globals, as lupa gives it."""
        return self.lua.globals()

    def call(self, function: Any, *args: Any) -> Any:
        """Call a Lua function, of lupa's or from `from_lua`, with values of Python's."""
        with self._running():
            return self.values.call(getattr(function, "lua", function), *args)

    def module(self, value: Any) -> Any:
        """An object of Lua's as an object of Python's, an `nn.Module` for example; nothing is copied.

        A module of Python's moves to Lua and stays the same object here. Errors: `ArgumentError` for other values.
        """
        with self.lock:
            if isinstance(value, Reflection):
                return value
            if type(value) is self.values.table_type:
                value = self.live.to_python(value)
            elif self.live.objects.is_adoptable(value):
                self.live.objects.adopt(value)
            if not isinstance(value, Reflection):
                raise ArgumentError(f"an object of a Torch7 class expected, got {type(value).__name__}")
            return value

    # ------------------------------------------------------------------ making

    def direct_table_of(self, members: Mapping[str, Callable[..., Any]]) -> Any:
        """A Lua table of functions of tensors and numbers, which are given to them as they are: that is faster."""
        table = self.lua.table()
        for name, member in members.items():
            self.put_direct(table, name, member)
        return table

    def put_direct(self, table: Any, name: str, function: Callable[..., Any]) -> None:
        """Store such a function."""
        most = most_arguments(function)
        self.core.put_direct(table, name, function, math.inf if most is None else most, returns_nothing(function))

    def exchange(self, name: str, method: Callable[..., Any]) -> None:
        """Let Lua's methods of tensors of a name call what Python's classes have in place of theirs."""
        for table in self.tensor_methods:
            if table[name] is not None:
                self.core.exchange(table[name], method)

    def table_of(self, members: Mapping[str, Any]) -> Any:
        """A Lua table of functions and values of Python's; mappings in it become tables too."""
        table = self.lua.table()
        for name, member in members.items():
            self.put(table, name, member)
        return table

    def put(self, table: Any, name: str, member: Any) -> None:
        """Store a function or value of Python's in a Lua table."""
        if isinstance(member, Mapping):
            table[name] = self.table_of(member)
        elif callable(member) and not isinstance(member, type):
            self._put(table, name, self.values.entry(member))
        else:
            table[name] = self.values.to_lua(member)


def _new_state() -> Any:
    try:
        from lupa import luajit21
    except ImportError:
        raise TorchError("Lua scripts need lupa: pip install torchnn[lua]") from None
    return luajit21.LuaRuntime(unpack_returned_tuples=True, encoding="latin-1")


def _path(path: str | os.PathLike[str]) -> str:
    """A path as Lua gets it."""
    return os.fsencode(path).decode("latin-1")


def _checked(compiled: Any) -> Callable[..., Any]:
    """A compiled chunk; errors: what the compiler said."""
    if isinstance(compiled, tuple):
        raise errors.LuaError(compiled[1])
    return compiled
