"""The languages of records: they run its texts, and find by their Torch7 names what protocols call."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import io
import math
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from torchnn import nn, torch
from torchnn.errors import MissingError
from torchnn.nn import calls
from torchnn.regression.records import Unsupported
from torchnn.torch.classes import classes_of_its_own

FILE = "<record>"


class Program(Protocol):
    """The texts of one record, which share their names."""

    def evaluate(self, text: str) -> Any:
        """The value of an expression; several values are a tuple."""

    def execute(self, text: str) -> Any:
        """Run statements; gives what they return, where the language lets them."""

    def get(self, name: str) -> Any:
        """What a name stands for; None where it stands for nothing."""

    def set(self, name: str, value: Any) -> None:
        """Let a name stand for a value."""


class Language(Protocol):
    """What a protocol needs of a language. Values come from it and go to it as Python sees them."""

    name: str

    def text(self, fields: Mapping[str, Any], part: str = "program") -> Any:
        """The text of a record, or its 'setup', 'call', or what comes 'before'; None where there is none."""

    def start(self, record: Mapping[str, Any], default: str | None) -> None:
        """Set the default tensor type, DoubleTensor where it is None, and the seed."""

    def program(self, **names: Any) -> Program:
        """A new program, in which those names, the packages and what the language itself has can be used."""

    def call(self, body: str, arguments: Mapping[str, Any], **names: Any) -> Any:
        """Call a function with that body; several results are a tuple."""

    def member(self, name: str) -> Any:
        """A package such as 'xlua', or what it holds, such as 'optim.sgd'."""

    def copy(self, value: Any) -> Any:
        """A copy of recorded values with their strides, offsets and shared storages."""

    def table(self, value: Mapping[str, Any]) -> Any:
        """A table to be changed by those it is passed to."""

    def results(self, out: dict[str, Any]) -> Any:
        """A table whose entries, as they are assigned, also become those of `out`."""

    def protocol(self, fields: Mapping[str, Any], subject: str) -> Callable[..., None] | None:
        """How records with such fields are replayed in this language alone; None where it is as in all."""

    def running(self) -> contextlib.AbstractContextManager[None]:
        """What holds while a record is replayed: calls of modules compute."""

    def connecting(self) -> contextlib.AbstractContextManager[None]:
        """Within the block calls of modules make nodes of graphs."""


def copy(value: Any) -> Any:
    """A copy of recorded values with their strides, offsets and shared storages."""
    return torch.deserialize(torch.serialize(value))


def capture(function: Callable[[], Any]) -> str:
    """Call a function and return what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        function()
    return out.getvalue()


# ---------------------------------------------------------------------- Python


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


class PythonProgram:
    """The Python texts of a record."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self.get = names.get

    def evaluate(self, text: str) -> Any:
        """The value of an expression."""
        return eval(_compiled(text.strip(), "eval"), self._names)

    def execute(self, text: str) -> None:
        """Run statements."""
        exec(_compiled(text, "exec"), self._names)

    def set(self, name: str, value: Any) -> None:
        """Let a name stand for a value."""
        self._names[name] = value


class Python:
    """Runs the Python texts of records."""

    name = "Python"
    _FIELDS = {"program": "py", "setup": "setup_py", "call": "call_py", "before": "py_before"}

    def text(self, fields: Mapping[str, Any], part: str = "program") -> Any:
        """The text of a record, or its 'setup', 'call', or what comes 'before'; None where there is none."""
        return fields.get(self._FIELDS[part])

    def start(self, record: Mapping[str, Any], default: str | None) -> None:
        """Set the default tensor type, DoubleTensor where it is None, and the seed."""
        torch.setdefaulttensortype(default or "torch.DoubleTensor")
        torch.manualSeed(record.get("seed") or 0)

    def program(self, **names: Any) -> PythonProgram:
        """A new program."""
        return PythonProgram({"torch": torch, "nn": nn, "math": math, "tostring": str, "capture": capture, **names})

    def call(self, body: str, arguments: Mapping[str, Any], **names: Any) -> Any:
        """Call a function with that body."""
        program = self.program(**names)
        program.execute(f"def body({', '.join(arguments)}):\n{textwrap.indent(body, '    ')}\n")
        return program.get("body")(**arguments)

    def member(self, name: str) -> Any:
        """A package such as 'xlua', or what it holds, such as 'optim.sgd'."""
        package, _, word = name.partition(".")
        try:
            found = importlib.import_module(f"torchnn.{package}")
            return getattr(found, word) if word else found
        except (ModuleNotFoundError, AttributeError) as error:
            raise Unsupported(name) from error

    def copy(self, value: Any) -> Any:
        """A copy of recorded values with their strides, offsets and shared storages."""
        return copy(value)

    def table(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """A dict."""
        return dict(value)

    def results(self, out: dict[str, Any]) -> dict[str, Any]:
        """`out` itself."""
        return out

    def protocol(self, fields: Mapping[str, Any], subject: str) -> None:
        """Replays by the protocols of all languages."""

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Classes made by the text are its own, and calls of modules compute."""
        with missing_is_unsupported(), calls.meaning(None), classes_of_its_own():
            yield

    def connecting(self) -> contextlib.AbstractContextManager[None]:
        """Within the block calls of modules make nodes of graphs."""
        return calls.meaning(self.member("nngraph.connect"))


PYTHON = Python()


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
