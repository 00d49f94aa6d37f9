"""What xlua adds to Lua's `string`."""

from __future__ import annotations

import importlib
from typing import Any

from torchnn.errors import TorchError
from torchnn.sys.words import split as split


def tosymbol(name: str) -> Any:
    """What a dotted name stands for, such as the class of `'nn.Linear'`; the first part is a package of torchnn.

    Raises TorchError where there is nothing of that name.
    """
    package, *rest = name.split(".")
    try:
        found = importlib.import_module(f"torchnn.{package}")
        for word in rest:
            found = getattr(found, word)
    except (ModuleNotFoundError, AttributeError) as missing:
        raise TorchError(f'symbol "{name}" does not exist') from missing
    return found
