"""What the package `matio` of Lua needs of Python: MATLAB's files as tables of tensors."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError
from torchnn.lua import matlab
from torchnn.lua.text import from_bytes_text, to_bytes_text
from torchnn.torch import conversion
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.text import lua_print

# Whole numbers without a sign are the tensors with one of their size, of the same bits.
SIGNED = {"u2": "i2", "u4": "i4", "u8": "i8"}


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that matio.lua is given."""
    return {"load": load, "save": save}


def load(path: str, names: Any, strings: bool) -> Any:
    """A variable of a file, or a dict of several or all of them; text as strings or as CharTensors.

    What cannot be had is left out, and a line says so.
    """
    try:
        variables = matlab.read(pathlib.Path(from_bytes_text(path)))
    except OSError:
        lua_print(f"File could not be opened: {path}")
        return None
    if not variables and not names:
        lua_print("No variables in this file")
        return None
    wanted = [names] if isinstance(names, str) else names or list(map(to_bytes_text, variables))
    found = {}
    for name in wanted:
        if from_bytes_text(name) in variables:
            found[name] = value(variables[from_bytes_text(name)], strings)
        else:
            lua_print(f"Could not find variable with name: {name} in file: {path}")
    return found.get(names) if isinstance(names, str) else {k: v for k, v in found.items() if v is not None}


def value(variable: matlab.Variable, strings: bool) -> Any:
    """What Lua gets: a tensor, a string, or tables of these; None for nothing and for what is not read."""
    if variable.kind == matlab.CHAR and strings:
        return to_bytes_text("".join(map(chr, variable.values.ravel("F").tolist())).split("\0")[0])
    if variable.kind in matlab.CLASSES or variable.kind == matlab.CHAR:
        return tensor(variable) if variable.values.size else None
    if variable.kind == matlab.CELL:
        return [value(entry, strings) for entry in variable.values]
    if variable.kind == matlab.STRUCT:
        return _records(variable, strings)
    lua_print(f"Unsupported variable type: {variable.kind}")
    return None


def tensor(variable: matlab.Variable) -> Any:
    """A tensor of MATLAB's sizes, whose elements lie column by column."""
    array = variable.values.astype(np.int8) if variable.kind == matlab.CHAR else variable.values
    code = array.dtype.str[1:]
    return conversion.from_numpy(array.view(SIGNED.get(code, code)))


def _records(variable: matlab.Variable, strings: bool) -> Any:
    """One struct as a dict, several as rows of dicts."""
    if len(variable.size) > 2:
        lua_print("Multidimensional structs currently not implemented.")
        return None
    records = [{to_bytes_text(k): value(v, strings) for k, v in record.items()} for record in variable.values]
    if len(records) < 2:
        return records[0] if records else {}
    return [records[row :: variable.size[0]] for row in range(variable.size[0])]


def save(path: str, data: Any, compress: bool) -> None:
    """Write a tensor, as `x`, or a table of tensors."""
    named = {"x": data} if isinstance(data, Core) else data
    if not isinstance(named, Mapping) or not all(isinstance(tensor, Core) for tensor in named.values()):
        raise ArgumentError("only tensor or table of tensors supported!")
    arrays = {}
    for name, tensor in named.items():
        if not isinstance(name, str):
            raise ArgumentError(f"matio.save: names expected as keys, got a {type_word(name)}")
        arrays[from_bytes_text(name)] = tensor.array
    matlab.write(pathlib.Path(from_bytes_text(path)), arrays, compress)
