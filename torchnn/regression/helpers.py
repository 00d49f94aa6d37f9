"""Records of the small helpers: expressions over the packages `paths`, `sys` and `xlua`, and torch.CmdLine."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from torchnn import torch
from torchnn.regression import failures, lua_expressions
from torchnn.regression.compare import Comparison, as_table
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

PACKAGES = ("paths", "sys", "xlua")
_PACKAGES = re.compile(rf"\b({'|'.join(PACKAGES)})\.")
_LUA_WORDS = {":": ".", "true": "True", "false": "False"}
_LUA = re.compile(r"'[^']*'|\btrue\b|\bfalse\b|:")


def expression(record: Record, comparison: Comparison, language: Language) -> None:
    """Evaluate the expression and compare what it gives and prints."""
    fields = record.fields
    packages = set(_PACKAGES.findall(fields["py"]))
    if record.subject in PACKAGES:
        packages.add(record.subject)
    names = {package: language.member(package) for package in sorted(packages)}
    text = fields["py"]
    if record.subject == "xlua":
        names.update(lua_expressions.NAMES, string=names["xlua"].string, table=names["xlua"].table)
        text = lua_expressions.python(fields["lua"])
    program = language.program(type=torch.type, **names)
    evaluated(lambda: program.evaluate(text), fields, comparison, language)


def evaluated(evaluate: Callable[[], Any], fields: dict[str, Any], comparison: Comparison, language: Language) -> None:
    """Call what evaluates the expression, and compare what it gives and prints."""
    language.start(fields, None)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        if fields.get("fails"):
            failures.must_fail(evaluate, fields, comparison)
            return
        value = evaluate()
    results = list(value) if isinstance(value, tuple) else [value] if fields["nresults"] else []
    expected = as_table(fields["results"]) or {}
    comparison.check("number of results", len(results) == fields["nresults"], len(results), fields["nresults"])
    for i, got in enumerate(results, 1):
        comparison.same(f"result {i}", got, expected.get(i), 1e-10)
    if "printed" in fields:
        comparison.same("printed", printed.getvalue(), fields["printed"])


def cmdline(record: Record, comparison: Comparison, language: Language) -> None:
    """Declare a command line and parse words; compare the parameters, or how the program exits."""
    program = language.program()
    program.execute(_python(record.fields["setup"]))
    parsed(program.get("cmd"), record.fields, comparison)


def parsed(cmd: Any, fields: dict[str, Any], comparison: Comparison) -> None:
    """Parse words, and compare the parameters, or how the program exits."""
    out, warned = io.StringIO(), io.StringIO()
    code: Any = None
    params: Any = None
    with _program("script.lua"), contextlib.redirect_stdout(out), contextlib.redirect_stderr(warned):
        try:
            params = cmd.parse(list(fields["arg"]))
        except SystemExit as leaving:
            code = leaving.code
        if "string" in fields:
            # As in the recording: string() looks for a quiet option under a name that it does not have.
            del params["quiet"]
            text = cmd.string("experiment", params, as_table(fields["ignore"]))
            comparison.same("string", text, fields["string"])
    comparison.same("exit", code, fields.get("exit"))
    if "params" in fields:
        comparison.same("params", params, fields["params"])
    comparison.same("printed", out.getvalue(), fields["printed"])
    comparison.same("warned", warned.getvalue().strip(), fields.get("warned", "").strip())


def _python(lua: str) -> str:
    """Statements of Lua that call methods with constants, in Python."""
    return _LUA.sub(lambda found: _LUA_WORDS.get(found.group(), found.group()), lua)


@contextlib.contextmanager
def _program(name: str) -> Iterator[None]:
    before = sys.argv
    sys.argv = [name]
    try:
        yield
    finally:
        sys.argv = before
