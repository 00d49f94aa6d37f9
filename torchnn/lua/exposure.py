"""What Lua sees of `torchnn.torch`: functions, methods and classes by name, without a wrapper for each."""

from __future__ import annotations

import contextlib
import inspect
import io
import operator
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torchnn import registry, torch
from torchnn.lua import archives, regions
from torchnn.lua.text import from_bytes_text, to_bytes_text
from torchnn.torch import compiled, types
from torchnn.torch.core import Core
from torchnn.torch.overloads import Overloads
from torchnn.torch.types import ElementType

if TYPE_CHECKING:
    from torchnn.lua.runtime import Runtime

# Functions that are written in Lua (core/), or are Python's own.
NOT_FUNCTIONS = frozenset(
    "NoReturn chunk class_ data deserialize deserializeFromStorage factory from_dlpack from_numpy getconstructortable "
    "getdefaulttensortype getmetatable isStorage isTensor isTypeOf isatty isequal load loadobj newmetatable "
    "packageLuaPath pointer save saveobj serialize serializeToStorage setdefaulttensortype setmetatable split totable "
    "type typename version".split()
)
# Methods of the same kind.
NOT_METHODS = frozenset(
    "alike apply axis chunk data empty from_any map map2 new numpy read split totable view_of wrap write "
    "isReferenced isWritableObject readObject readString referenced writeObject writeString "
    "bytes restore seed state units word words".split()
)
OBJECTS = ("torch.File", "torch.DiskFile", "torch.PipeFile", "torch.MemoryFile", "torch.Timer", "torch.Generator")
CTYPES = {"Byte": "uint8_t", "Char": "int8_t", "Short": "int16_t", "Int": "int32_t", "Long": "int64_t"}
CTYPES |= {"Float": "float", "Double": "double", "Half": "uint16_t"}

# Lua's operators without a method of tensors for a number before them, or with messages of Python's own.
OPERATORS: dict[str, Callable[..., Any]] = {"__mod__": operator.mod, "__pow__": operator.pow}

# Methods behind Lua's other operators and its brackets.
BEHIND = "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __neg__".split()
BEHIND += "_row _part _set_row _set_part".split()


def expose(runtime: Runtime) -> None:
    """Make the classes of `torchnn.torch` classes of Lua's, and its functions members of the package."""
    core, package = runtime.core, runtime.globals.torch
    for name, function in functions().items():
        runtime.put_direct(package, name, function)
    operators = runtime.direct_table_of(OPERATORS)
    for element in types.ALL:
        tensor, storage = types.TENSORS[element], types.STORAGES[element]
        core.define_storage(_described(runtime, element, storage), runtime.direct_table_of(methods(storage, element)))
        described = _described(runtime, element, tensor)
        described.operators = operators
        described.behind = runtime.direct_table_of({name: getattr(tensor, name) for name in BEHIND})
        table = runtime.direct_table_of(methods(tensor, element))
        core.define_tensor(described, table)
        runtime.tensor_methods += [table, described.behind]
    compiled.tell(runtime.exchange)
    for name in OBJECTS:
        cls: Any = registry.find(name)
        parent = None if cls.__base__ is object else registry.name_of(cls.__base__)
        runtime.values.leave(cls)
        make = runtime.values.function(_constructor(cls))
        core.define_object(name, id(cls), runtime.table_of(methods(cls)), make, parent)
    runtime.live.objects.define(torch.CmdLine)


def _constructor(cls: Any) -> Callable[..., Any]:
    """A function that makes objects; text, which is the name of a file or a mode, is Python's from here on."""

    def make(*args: Any) -> Any:
        return cls(*[from_bytes_text(arg) if isinstance(arg, str) else arg for arg in args])

    return make


def natives() -> dict[str, Any]:
    """What the files in core/ call of the package."""
    return {
        **regions.NATIVES,
        **archives.NATIVES,
        "tostring": lambda value: to_bytes_text(str(value)),
        "is_terminal": lambda number: torch.isatty(sys.stdout if number == 1 else sys.stderr),
        "split": torch.split,
        "chunk": torch.chunk,
        "print_through": _print_through,
        "packageLuaPath": torch.packageLuaPath,
        "setdefaulttensortype": torch.setdefaulttensortype,
        "getdefaulttensortype": torch.getdefaulttensortype,
    }


def _print_through(run: Callable[[], None]) -> str:
    """Run a function and return what it printed, which an error or the end of the program prints."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            run()
    except BaseException:
        print(printed.getvalue(), end="")
        raise
    return printed.getvalue()


def functions() -> dict[str, Callable[..., Any]]:
    """The functions of the package by name."""
    return {
        name: member
        for name, member in vars(torch).items()
        if callable(member) and not isinstance(member, type) and not name.startswith("_") and name not in NOT_FUNCTIONS
    }


def methods(cls: type, element: ElementType | None = None) -> dict[str, Callable[..., Any]]:
    """The methods of a class by name; those of tensors that their element type has."""
    return {
        name: member
        for name, member in inspect.getmembers(cls)
        if callable(member) and not isinstance(member, type) and not name.startswith("_")
        if name not in NOT_METHODS and (element is None or _has(element, cls, name))
    }


def _has(element: ElementType, cls: type, name: str) -> bool:
    function = getattr(torch, name, None)
    return not (issubclass(cls, Core) and isinstance(function, Overloads)) or element in function.of


def _described(runtime: Runtime, element: ElementType, cls: Any) -> Any:
    """What Lua has to know of a class of tensors or storages."""
    is_tensor = issubclass(cls, Core)
    described = runtime.table_of(
        {
            "name": element.tensor_name if is_tensor else element.storage_name,
            "address": id(cls),
            "element": element.name,
            "ctype": CTYPES[element.name],
            "item_size": element.dtype.itemsize,
            "make_sized": regions.maker(cls) if is_tensor else cls.new,
        }
    )
    runtime.put_direct(described, "make", cls.new if is_tensor else _constructor(cls))
    return described
