"""Runs the Python text of records, and gives them copies of what was recorded."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import io
import math
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from torchnn import nn, torch
from torchnn.errors import MissingError
from torchnn.regression.records import Unsupported

FILE = "<record>"


def names() -> dict[str, Any]:
    """What every text can use."""
    return {"torch": torch, "nn": nn, "math": math, "capture": capture}


def capture(function: Callable[[], Any]) -> str:
    """Call a function and return what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        function()
    return out.getvalue()


class _Division(ast.NodeTransformer):
    """Division of a constant by zero as in Lua: `0/0` is nan and `1/0` infinite."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        a, b = node.left, node.right
        if (
            isinstance(node.op, ast.Div)
            and isinstance(a, ast.Constant)
            and isinstance(b, ast.Constant)
            and b.value == 0
        ):
            with np.errstate(all="ignore"):
                return ast.copy_location(ast.Constant(float(np.float64(a.value) / b.value)), node)
        return node


@functools.lru_cache(maxsize=4096)
def _compiled(text: str, mode: str) -> types.CodeType:
    return compile(_Division().visit(ast.parse(text, FILE, mode)), FILE, mode)


def evaluate(text: str, scope: dict[str, Any]) -> Any:
    """The value of an expression."""
    return eval(_compiled(text.strip(), "eval"), scope)


def execute(text: str, scope: dict[str, Any]) -> None:
    """Run statements."""
    exec(_compiled(text, "exec"), scope)


def call(body: str, arguments: dict[str, Any], scope: dict[str, Any]) -> Any:
    """Run the body of a function of those arguments and return what it returns."""
    text = f"def body({', '.join(arguments)}):\n{textwrap.indent(body, '    ')}\n"
    exec(_compiled(text, "exec"), scope)
    return scope["body"](**arguments)


def copy(value: Any) -> Any:
    """A copy of recorded values with their strides, offsets and shared storages."""
    return torch.deserialize(torch.serialize(value))


def start(record: dict[str, Any], default: str | None) -> None:
    """Set default tensor type and seed."""
    torch.setdefaulttensortype(default or "torch.DoubleTensor")
    torch.manualSeed(record.get("seed") or 0)


@contextlib.contextmanager
def missing_is_unsupported() -> Iterator[None]:
    """Turn the use of what does not exist into `Unsupported`.

    That is a `MissingError`, and an attribute that the text itself asks of a tensor, a module or a package.
    """
    try:
        yield
    except MissingError as error:
        raise Unsupported(error.missing) from error
    except AttributeError as error:
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        if error.name is None or traceback is None or traceback.tb_frame.f_code.co_filename != FILE:
            raise
        kind = torch.typename(error.obj) if hasattr(torch, "typename") else None
        raise Unsupported(f"{kind or getattr(error.obj, '__name__', type(error.obj).__name__)}.{error.name}") from error


def member(name: str) -> Any:
    """The function or class of a package by its Torch7 name, such as `optim.sgd`."""
    package, _, word = name.partition(".")
    try:
        return getattr(importlib.import_module(f"torchnn.{package}"), word)
    except (ModuleNotFoundError, AttributeError) as error:
        raise Unsupported(name) from error
