"""Where packages are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.torch.overloads import type_word


def packageLuaPath(name: str | None = None) -> str | None:
    """The folder of a package, such as 'nn' or any package of Python, where it keeps its files beside its code.

    None where there is no such package; without a name, the folder that holds the packages of Torch7.
    """
    if name is None:
        return str(Path(__file__).parent.parent)
    if not isinstance(name, str):
        raise ArgumentError(f"string expected, got {type_word(name)}")
    try:
        found = importlib.util.find_spec(registry.PACKAGES.get(name, name))
    except (ImportError, ValueError):
        return None
    return str(Path(found.origin).parent) if found is not None and found.has_location and found.origin else None
