"""Torch7's class names and the Python classes that stand for them.

A `.t7` file, `torch.typename` and printed modules know a class by its Torch7 name (`nn.Linear`); `register` ties a
Python class to one. Packages are imported when a name of theirs is first looked up.
"""

import importlib
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)

# Which package defines the classes whose names start so.
PACKAGES = {"torch": "torchnn.torch", "nn": "torchnn.nn", "optim": "torchnn.optim"}
PACKAGES |= {"graph": "torchnn.graph", "nngraph": "torchnn.nngraph", "tds": "torchnn.torch.tds", "inn": "torchnn.inn"}

# Which package defines classes whose names start like another package's.
PROVIDERS = dict.fromkeys(("nn.gModule", "nn.ModuleFromCriterion"), "torchnn.nngraph")
PROVIDERS |= dict.fromkeys(
    ("nn.AffineGridGeneratorBHWD", "nn.AffineTransformMatrixGenerator", "nn.BilinearSamplerBHWD"), "torchnn.stn"
)

# Which module says what stands for classes of packages for graphics cards.
FOREIGN = {"torch": "torchnn.torch.cuda", "tds": "torchnn.torch.tds"}
FOREIGN |= dict.fromkeys(("nn", "cudnn", "cunn", "fbnn", "inn"), "torchnn.nn.foreign")

_classes: dict[str, type] = {}
_homes: dict[str, str] = {}
_names: dict[type, str] = {}
_further_names: weakref.WeakKeyDictionary[type, str] = weakref.WeakKeyDictionary()  # of classes that come and go


@dataclass(frozen=True)
class StandIn:
    """The Torch7 name of the class here that stands for a foreign one, and what makes its object from the fields read.

    `translate(value, version)` is called with an object of our class that has the fields of the foreign one; it may
    make it an object of yet another class. `read(value, reader, version)` reads where the format is the class's own.
    """

    name: str
    translate: Callable[[Any, int], None] | None = None
    read: Callable[[Any, Any, int], None] | None = None


_stand_ins: dict[str, StandIn] = {}


def register(name: str) -> Callable[[Class], Class]:
    """Class decorator: the class stands for Torch7's class `name`, such as `nn.Linear`."""

    def tie(cls: Class) -> Class:
        _classes[name] = cls
        _names[cls] = name
        return cls

    return tie


def homes(modules: dict[str, str]) -> None:
    """Say in which modules classes are that are imported when they are first looked up."""
    _homes.update(modules)


def name(cls: type, name: str) -> None:
    """Objects of the class are written under that Torch7 name; what reads it makes objects of another class."""
    _further_names[cls] = name


def forget(name: str) -> None:
    """Undo `register`."""
    _names.pop(_classes.pop(name))


def find(name: str) -> type | None:
    """The class of that Torch7 name, or None."""
    if name not in _classes:
        package = PROVIDERS.get(name) or PACKAGES.get(name.split(".")[0])
        if package is not None:
            importlib.import_module(package)
        if name not in _classes and name in _homes:
            importlib.import_module(_homes[name])
    return _classes.get(name)


def stand_in(name: str, other: StandIn) -> None:
    """Say what stands for objects of a foreign class where they are read."""
    _stand_ins[name] = other


def find_stand_in(name: str) -> StandIn | None:
    """What stands for a foreign class, or None."""
    module = FOREIGN.get(name.split(".")[0].split("_")[0])
    if module is not None:
        importlib.import_module(module)
    return _stand_ins.get(name)


def name_of(cls: type) -> str | None:
    """The Torch7 name that a class was registered with, or None."""
    return _names.get(cls) or _further_names.get(cls)


def names(prefix: str) -> list[str]:
    """The Torch7 names that begin so, of the classes that are registered now or when they are looked up."""
    return sorted(name for name in {*_classes, *_homes} if name.startswith(prefix))


def version_of(cls: type) -> int:
    """The version of the format in which objects of a class are written: its `__version`, or `_version`, or 1."""
    return int(getattr(cls, "__version", getattr(cls, "_version", 1)))


def typename(value: Any) -> str | None:
    """Torch7's name of the class of a value (or of a class); None for what is no Torch7 object.

    A subclass that was not registered, such as a user's own module, has the name of its Python class.
    """
    cls = value if isinstance(value, type) else type(value)
    name = name_of(cls)
    if name is None and any(base in _names for base in cls.__mro__):
        return cls.__qualname__
    return name
