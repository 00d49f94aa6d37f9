"""The package `nn` for Lua: the classes and functions of `torchnn.nn`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from torchnn import nn, registry
from torchnn.lua import thnn
from torchnn.lua.objects import IN_LUA
from torchnn.nn import hessian, tables, utils


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that nn.lua is given."""
    objects, put = runtime.live.objects, runtime.core.reflection.put

    def define(name: str) -> None:
        """Make a class of nn one of Lua's."""
        objects.define(registry.find(name))

    def functions(name: str) -> Any:
        """A Lua table of the public functions of a part of nn, a module or a class."""
        table = runtime.lua.table()
        for own, function in public_functions(PARTS[name]):
            put(table, own, objects.function(function))
        return table

    def methods(name: str) -> Any:
        """A Lua table of the methods of a class of nn, given without `nn.`; an empty one where there is none."""
        table = runtime.lua.table()
        cls = registry.find(f"nn.{name}")
        if cls is not None:
            objects.fill(table, cls)
        return table

    hessian.watchers.add(objects)
    return {
        "classes": lambda: [name for name in registry.names("nn.") if name not in IN_LUA],
        "define": define,
        "functions": functions,
        "methods": methods,
        "names_of_thnn": lambda: sorted(thnn.functions()),
        "call_thnn": thnn.call,
        "enable_hessian": hessian.enable,
        "disable_hessian": hessian.disable,
        "hessian_is_enabled": hessian.is_enabled,
    }


def definition(runtime: Any, package: ModuleType) -> Callable[[], None]:
    """What makes the modules that a package of Python exports classes of Lua's."""

    def define() -> None:
        for cls in vars(package).values():
            if isinstance(cls, type) and issubclass(cls, nn.Module):
                runtime.live.objects.define(cls)

    return define


PARTS = {"utils": utils, "tables": tables, "Jacobian": nn.Jacobian, "SparseJacobian": nn.SparseJacobian}
PARTS |= {"nn": nn}


def public_functions(part: ModuleType | type) -> list[tuple[str, Callable[..., Any]]]:
    """The functions of a module or a class that users call, by name."""
    names = (name for name in dir(part) if name[0].islower() and name not in nn.MODULES)  # looks no class up
    own = [(name, getattr(part, name)) for name in names]
    return [(name, f) for name, f in own if isinstance(f, FunctionType) or inspect.ismethod(f)]
