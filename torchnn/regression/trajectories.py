"""Records of optimizers: where they go, step by step."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from torchnn import torch
from torchnn.regression import scope
from torchnn.regression.compare import Comparison, as_table
from torchnn.regression.modules import as_fields
from torchnn.regression.problems import Problem
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

# Tolerance, and what rounding may become of a unit of `sensitivity`.
DOUBLE, SINGLE = (1e-10, 1e-13), (1e-5, 1e-7)

# Beyond this sensitivity only the first quarter of the steps can be compared.
CHAOTIC = 1e4


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Call the optimizer as often as it was called, and compare every step and what is left."""
    fields = record.fields
    language.start(fields, None)
    allowed = tolerance(fields)
    optimizer = language.member(f"optim.{fields['method']}")
    problem = Problem(scope.copy(fields["problem"]), fields["type"], bool(fields["fresh"]), language)
    tables = _tables(fields, language)
    torch.manualSeed(fields["seed"])
    steps = _comparable(fields)
    inplace = True
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for i in range(len(fields["calls"])):
            x, values, *rest = optimizer(problem, problem.x, *tables)
            inplace = inplace and x is problem.x
            if i < steps:
                _step(i, (x, values, rest), problem, record, comparison, allowed)
    comparison.same("inplace", inplace, fields["inplace"])
    if steps == len(fields["calls"]):
        comparison.same("printed", printed.getvalue(), fields["printed"])
        _finally(problem, tables, record, comparison, allowed)


def tolerance(fields: dict[str, Any]) -> float:
    """What rounding may become over the steps of a record, relative to the largest element."""
    least, growth = SINGLE if fields["type"] == "torch.FloatTensor" else DOUBLE
    return max(least, growth * fields.get("sensitivity", 0))


def _comparable(fields: dict[str, Any]) -> int:
    count = len(fields["calls"])
    return count if fields.get("sensitivity", 0) <= CHAOTIC else max(1, count // 4)


def _tables(fields: dict[str, Any], language: Language) -> list[Any]:
    """The configuration and, where it is apart, the state, as they are passed."""
    if fields["noconfig"]:
        return []
    config = language.table(as_fields(scope.copy(fields.get("config"))))
    if "lineSearch" in config:
        config["lineSearch"] = language.member(f"optim.{config['lineSearch']}")
    if not fields["separate"]:
        return [config]
    return [config, language.table(as_fields(scope.copy(fields.get("stateBefore"))))]


def _step(
    i: int,
    results: tuple[Any, Any, list[Any]],
    problem: Problem,
    record: Record,
    comparison: Comparison,
    tolerance: float,
) -> None:
    fields = record.fields
    x, values, rest = results
    where = f"call {i + 1} "
    comparison.same(f"{where}x", x.clone().view(-1), fields["x"][i], tolerance)
    if fields.get("fxtensor"):
        comparison.check(f"{where}fx", torch.isTensor(values), values, "a tensor")
        values = values.totable()[: problem.calls]
    comparison.same(f"{where}fx", values, fields["fx"][i], tolerance)
    comparison.same(f"{where}calls", problem.calls, fields["calls"][i])
    thirds = as_table(fields["third"]) or {}
    comparison.same(f"{where}third result", rest[0] if rest else None, thirds.get(i + 1), tolerance)


def _finally(problem: Problem, tables: list[Any], record: Record, comparison: Comparison, tolerance: float) -> None:
    fields = record.fields
    comparison.same("xafter", problem.x, fields["xafter"], tolerance)
    if "grad" in fields:
        comparison.same("grad", problem.gradient, fields["grad"], tolerance)
    if "state" in fields:
        comparison.same("state", _state(record, tables[-1]), fields["state"], tolerance)
    if "configAfter" in fields:
        comparison.same("configAfter", _state(record, tables[0]), fields["configAfter"], tolerance)


def _state(record: Record, state: dict[str, Any]) -> dict[str, Any]:
    """What is recorded of a state: buffers that are never read are left out, free ones are counted."""
    left_out = {"cg": ("df3",), "asgd": ("tmp",)}.get(record.fields["method"], ())
    seen = {key: value for key, value in state.items() if key not in left_out and not callable(value)}
    if record.fields["method"] != "lbfgs" or "dir_bufs" not in state:
        return seen
    used = len(state.get("old_dirs") or ())
    for key in ("dir_bufs", "stp_bufs"):
        seen[f"n_{key}"] = len(seen.pop(key))
    for key in ("ro", "al"):
        values = seen.pop(key)
        seen[f"size_{key}"] = len(values)
        if used:
            seen[key] = values.narrow(1, 1, used)
    return seen
