"""Torch7's class names and the Python classes that stand for them.

A `.t7` file, `torch.typename` and printed modules know a class by its Torch7 name (`nn.Linear`); `register` ties a
Python class to one. Packages are imported when a name of theirs is first looked up.
"""

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)

# Which package defines the classes whose names start so.
PACKAGES = {"torch": "torchnn.torch", "nn": "torchnn.nn", "optim": "torchnn.optim"}

_classes: dict[str, type] = {}
_names: dict[type, str] = {}


def register(name: str) -> Callable[[Class], Class]:
    """Class decorator: the class stands for Torch7's class `name`, such as `nn.Linear`."""

    def tie(cls: Class) -> Class:
        _classes[name] = cls
        _names[cls] = name
        return cls

    return tie


def forget(name: str) -> None:
    """Undo `register`."""
    _names.pop(_classes.pop(name))


def find(name: str) -> type | None:
    """The class of that Torch7 name, or None."""
    if name not in _classes:
        package = PACKAGES.get(name.split(".")[0])
        if package is not None:
            importlib.import_module(package)
    return _classes.get(name)


def name_of(cls: type) -> str | None:
    """The Torch7 name that a class was registered with, or None."""
    return _names.get(cls)


def version_of(cls: type) -> int:
    """The version of the format in which objects of a class are written: its `__version`, or `_version`, or 1."""
    return int(getattr(cls, "__version", getattr(cls, "_version", 1)))


def typename(value: Any) -> str | None:
    """Torch7's name of the class of a value (or of a class); None for what is no Torch7 object.

    A subclass that was not registered, such as a user's own module, has the name of its Python class.
    """
    cls = value if isinstance(value, type) else type(value)
    name = _names.get(cls)
    if name is None and any(base in _names for base in cls.__mro__):
        return cls.__qualname__
    return name
