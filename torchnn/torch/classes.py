"""Torch7's classes and questions about values: `torch.class_`, `torch.type`, `torch.isTypeOf`, ...

What Torch7 calls a metatable is the Python class here.
"""

from __future__ import annotations

import contextlib
import functools
import numbers
import sys
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, TorchError
from torchnn.torch.core import Core
from torchnn.torch.storage import Storage
from torchnn.torch.text import lua_pattern

CONSTRUCTOR = "__init"

_made: list[str] = []  # names of classes made here, in order


class Root:
    """What classes made by `torch.class_` without a parent inherit from."""


def _construct(self: Any, *args: Any) -> None:
    """Run the constructor `__init`, where the class or a parent has one, or else Python's."""
    for cls in type(self).__mro__:
        if CONSTRUCTOR in vars(cls):
            return vars(cls)[CONSTRUCTOR](self, *args)
        if "__init__" in vars(cls) and vars(cls)["__init__"] is not _construct:
            return vars(cls)["__init__"](self, *args) if cls is not object else None
    return None


def class_(*args: Any) -> Any:
    """`torch.class_(name [, parent name] [, module])`: make a class, as Lua code makes them.

    Returns the class; with a parent, the class and the parent. Methods are set on the class, the constructor is the
    method `__init`. A class 'package.Name' is stored in that package; `module` (an object or a dict) is where to store
    it instead. In new Python code a class statement and `registry.register` do the same.

    Errors: an unknown parent or package; a second parent for a class.
    """
    if not args or not isinstance(args[0], str) or len(args) > 3:
        raise ArgumentError("<class name> [<parent class name>] [<module table>] expected")
    name = args[0]
    parent = args[1] if len(args) > 1 and isinstance(args[1], str) else None
    module = args[-1] if len(args) > 1 and not isinstance(args[-1], str) else None
    cls = newmetatable(name, parent) if module is None else _new_class(name, parent)
    _store(name, cls, module)
    return cls if parent is None else (cls, registry.find(parent))


def newmetatable(name: str, parent: str | None = None) -> type:
    """Make and register a class of a package, without storing it there; an existing class of that name is returned."""
    for text in (name,) if parent is None else (name, parent):
        if not isinstance(text, str):
            raise ArgumentError(f"string expected, got {type_(text)}")
    package = name.rpartition(".")[0]
    if package and package not in registry.PACKAGES:
        raise TorchError(f"while creating metatable {name}: bad argument #1 ({package} is an invalid module name)")
    return _new_class(name, parent)


def _new_class(name: str, parent: str | None) -> type:
    base = Root
    if parent is not None:
        found = registry.find(parent)
        if found is None:
            raise ArgumentError(f"bad argument #2 (invalid parent class name {parent})")
        base = found
    existing = registry.find(name)
    if existing is not None and parent is not None:
        raise TorchError(f"class {name} has been already assigned a parent class\n")
    if existing is not None:
        return existing
    cls = types.new_class(name.rpartition(".")[2], (base,))
    cls.__init__ = _construct  # type: ignore[misc]
    _made.append(name)
    return registry.register(name)(cls)


@contextlib.contextmanager
def classes_of_its_own() -> Iterator[None]:
    """Forget the classes that were made by `torch.class_` within, so that the same code can run again."""
    before = len(_made)
    try:
        yield
    finally:
        while len(_made) > before:
            name = _made.pop()
            package, _, short = name.rpartition(".")
            home = vars(sys.modules[registry.PACKAGES[package]]) if package in registry.PACKAGES else {}
            if home.get(short) is registry.find(name):
                home.pop(short, None)
            registry.forget(name)


def _store(name: str, cls: type, module: Any) -> None:
    package, _, short = name.rpartition(".")
    if module is None and package:
        module = sys.modules[registry.PACKAGES[package]]
    if isinstance(module, MutableMapping):
        module[short] = cls
    elif module is not None:
        setattr(module, short, cls)


def typename(value: Any) -> str | None:
    """The Torch7 name of a value's class, or None for what is no Torch7 object."""
    return None if isinstance(value, type) else registry.typename(value)


def type_(value: Any) -> str:
    """The Torch7 name of a value's class, or Lua's name for its type: 'table', 'number', 'string', ..."""
    name = typename(value)
    if name is not None:
        return name
    if value is None:
        return "nil"
    if isinstance(value, (bool, np.bool_)):
        return "boolean"
    if isinstance(value, numbers.Real):
        return "number"
    if isinstance(value, (str, bytes)):
        return "string"
    if isinstance(value, (Sequence, Mapping)):  # Lua's tables are such, too
        return "table"
    return "function" if callable(value) else "userdata"


def isTypeOf(value: Any, spec: Any) -> bool:
    """Whether a value is of a class or of one that inherits from it.

    spec: a Torch7 name, a Lua pattern that is found in the name ('torch.*Tensor'), or the class itself. A pattern that
    finds its own text has to find the whole name.
    """
    if typename(value) is None:
        return False
    if isinstance(spec, type):
        return isinstance(value, spec)
    if not isinstance(spec, str):
        raise ArgumentError("type must be provided as [regexp] string, or factory")
    return any(_fits(spec, registry.typename(cls) or "") for cls in type(value).__mro__)


@functools.lru_cache(4096)
def _fits(spec: str, name: str) -> bool:
    """Whether a pattern finds a name as it should; to compile it takes most of `isTypeOf`'s time."""
    pattern = lua_pattern(spec)
    found = pattern.search(name)
    return found is not None and (found[0] == name or found[1 if pattern.groups else 0] != spec)


def isTensor(value: Any) -> bool:
    """Whether a value is a tensor."""
    return isinstance(value, Core)


def isStorage(value: Any) -> bool:
    """Whether a value is a storage."""
    return isinstance(value, Storage)


def factory(name: str) -> Callable[[], Any] | None:
    """A function that makes an object of that class without running its constructor; None if there is no such class."""
    cls = getmetatable(name)
    if cls is None:
        return None
    if issubclass(cls, Core):
        return cls.empty
    return cls if issubclass(cls, Storage) else lambda: cls.__new__(cls)


def getmetatable(name: str) -> type | None:
    """The class of that Torch7 name, or None."""
    if not isinstance(name, str):
        raise ArgumentError(f"the name of a class expected, got {type_(name)}")
    return registry.find(name)


getconstructortable = getmetatable


def setmetatable(fields: MutableMapping[str, Any], name: str) -> Any:
    """An object of that class with these fields, without running its constructor."""
    make = factory(name)
    if make is None:
        raise ArgumentError(f"bad argument #2 (unknown class name {name})")
    value = make()
    vars(value).update(fields)
    return value


def isequal(a: Any, b: Any) -> bool:
    """Whether two values are the same object."""
    return a is b


def pointer(value: Any) -> int:
    """A number that no other living object has."""
    return id(value)


def version(value: Any) -> int:
    """The version of a value's class as it is written to files: 1 unless the class says otherwise."""
    return registry.version_of(type(value))
