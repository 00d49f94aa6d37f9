"""Records of optim.ConfusionMatrix: calls, and what can be seen of the matrix in between."""

from __future__ import annotations

from typing import Any

from torchnn.regression import failures, scope
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

DOUBLE, SINGLE = 1e-10, 1e-5


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Make the matrix, make the calls in turn, and compare at each 'look'."""
    fields = record.fields
    comparison.single = SINGLE
    language.start(fields, None)
    make = language.member("optim.ConfusionMatrix")
    matrix = make(*(fields[key] for key in ("nclasses", "classes") if key in fields))
    for name, expected in fields["fresh"].items():
        comparison.same(f"fresh {name}", getattr(matrix, name), expected, DOUBLE)
    for i, entry in enumerate(fields["ops"], 1):
        _call(f"{i}: {entry['op']}", matrix, entry, comparison)


def _call(where: str, matrix: Any, entry: dict[str, Any], comparison: Comparison) -> None:
    operation, arguments = entry["op"], scope.copy(entry["args"])
    if operation == "look":
        # The text comes first: making it computes the values that are seen next.
        comparison.same(f"{where} tostring", str(matrix), entry["seen"]["tostring"])
        for name, expected in entry["seen"].items():
            if name != "tostring":
                comparison.same(f"{where} {name}", getattr(matrix, name), expected, DOUBLE)
    elif operation == "set":
        row, column, value = arguments
        matrix.mat[row - 1, column - 1] = value
    elif entry.get("fails"):
        failures.must_fail(lambda: getattr(matrix, operation)(*arguments), entry, comparison)
    else:
        result = getattr(matrix, operation)(*arguments)
        if "result" in entry:
            comparison.same(where, list(result), entry["result"], DOUBLE)
