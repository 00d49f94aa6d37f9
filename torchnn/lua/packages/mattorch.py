"""The package `mattorch` for Lua: MATLAB's files, whose sizes it turns round instead of the elements."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from torchnn.errors import ArgumentError, TorchError
from torchnn.lua import matlab
from torchnn.lua.packages.matio import tensor
from torchnn.lua.text import from_bytes_text, to_bytes_text
from torchnn.torch.tensor import DoubleTensor


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the package."""
    return {"load": load, "save": save}


def load(path: str) -> dict[str, Any]:
    """All variables of a file: a variable of n x m becomes a tensor of m x n, and what is none a text that says so."""
    name = pathlib.Path(from_bytes_text(path))
    try:
        variables = matlab.read(name)
    except OSError as error:
        raise TorchError(f"Error opening file {name}: {error.strerror}") from None
    return {to_bytes_text(key): _turned(variable) for key, variable in variables.items()}


def _turned(variable: matlab.Variable) -> Any:
    if variable.kind not in matlab.CLASSES and variable.kind != matlab.CHAR or variable.kind in (14, 15):
        return f"unsupported type: mx{matlab.NAMES.get(variable.kind, 'UNKNOWN')}_CLASS"
    found = tensor(variable)
    return found.new(found.array.T) if found.nElement() else found


def save(path: str, variables: Any) -> None:
    """Write a DoubleTensor, as `x`, or a table of them by name; a tensor of m x n becomes a variable of n x m."""
    named = {"x": variables} if isinstance(variables, DoubleTensor) else variables
    if not isinstance(named, Mapping) or not all(isinstance(name, str) for name in named):
        raise ArgumentError("can only export table of named variables, e.g. {x=..., y=...}")
    if not all(isinstance(value, DoubleTensor) for value in named.values()):
        raise ArgumentError("can only export table of torch.DoubleTensor")
    arrays = {from_bytes_text(name): value.array.T for name, value in named.items()}
    matlab.write(pathlib.Path(from_bytes_text(path)), arrays, compress=True)
