"""Records of the package `torch`: bodies of functions over x, y and z, and streams of random numbers."""

from __future__ import annotations

import contextlib
import io
import platform
import re
import tempfile
from pathlib import Path
from typing import Any

from torchnn import torch
from torchnn.regression import scope
from torchnn.regression.compare import Comparison
from torchnn.regression.failures import must_fail
from torchnn.regression.modules import as_fields
from torchnn.regression.records import Record, Untranslated
from torchnn.regression.scope import Language

# Families that compute with floating-point numbers; in all others results are moved, converted or selected.
ARITHMETIC = frozenset("arithmetic blas construct conv higher lapack operators reduce unary utility".split())
GEOMETRY = frozenset("construct query view index".split())
RANDOM = frozenset("streams mixed seeds tensors multinomial generators state".split())

# Distributions that go through functions of the C library.
_LIBRARY = re.compile(r"normal|randn|exponential|cauchy|geometric", re.IGNORECASE)
_LIBRARY_TOLERANCE = {"torch.FloatTensor": 1.2e-7}

# Where C leaves a result to the processor, what was recorded is that of this one.
_RECORDED_ON = ("x86_64", "amd64")


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Run the body on copies of the inputs; compare results, relations and the inputs afterwards."""
    fields = record.fields
    body = language.text(fields)
    if body is None:
        raise Untranslated
    inputs = as_fields(fields["inputs"])
    # One by one: the inputs of a record share no storage.
    values = {name: scope.copy(value) for name, value in inputs.items()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        file.touch()

        def run() -> Any:
            language.start(fields, fields["default"])
            with contextlib.redirect_stdout(io.StringIO()):
                return language.call(body, values, tmp=str(file))

        if fields.get("fails"):
            must_fail(run, fields, comparison)
            return
        results = _results(run(), fields["results"])
        _compare(record, results, values, comparison)


def _compare(record: Record, results: list[Any], values: dict[str, Any], comparison: Comparison) -> None:
    fields = record.fields
    relations = _numbered(fields.get("relation"))
    loose = "loose" in fields or ("platform" in fields and platform.machine().lower() not in _RECORDED_ON)
    options: dict[str, Any] = {"loose": loose, "each": record.subject in RANDOM}
    tolerance = _tolerance(record)
    comparison.single = 0.0 if record.subject in RANDOM else 1e-5
    expected = _numbered(fields["results"])
    for i, got in enumerate(results, 1):
        relation = relations.get(i)
        geometry = record.subject in GEOMETRY or (isinstance(relation, str) and record.subject != "lapack")
        comparison.same(f"result {i}", got, expected.get(i), tolerance, geometry=geometry, **options)
        if isinstance(relation, str):
            _related(f"result {i}", got, relation, values, comparison)
    after = as_fields(fields.get("after"))
    unset = any(isinstance(value, dict) and value.get("uninitialized") for value in expected.values())
    for name, before in as_fields(fields["inputs"]).items():
        if name in after:
            geometry = record.subject in GEOMETRY
            comparison.same(f"{name} afterwards", values[name], after[name], tolerance, geometry=geometry, **options)
        elif not unset:
            comparison.same(f"{name} afterwards", values[name], before)


def _related(where: str, got: Any, relation: str, values: dict[str, Any], comparison: Comparison) -> None:
    """Whether a result is an input, or another view of its storage."""
    kind, name = relation.split()
    whole = values[name]
    if kind == "is":
        comparison.check(where, got is whole, "another object", relation)
    else:
        storage = got if isinstance(got, torch.Storage) else got._storage
        comparison.check(where, storage is whole._storage, "another storage", relation)


def _tolerance(record: Record) -> float:
    fields = record.fields
    if record.subject in RANDOM:
        return _LIBRARY_TOLERANCE.get(fields.get("type", ""), 1e-14) if _LIBRARY.search(str(fields["lua"])) else 0.0
    if record.subject not in ARITHMETIC:
        return 0.0
    return 1e-5 if fields.get("type") == "torch.FloatTensor" else 1e-10


def _results(value: Any, expected: Any) -> list[Any]:
    """The results of a call: a tuple is several, of which, as in Lua, all count only where they come last."""
    count = expected["n"]
    values = list(value) if isinstance(value, tuple) else [value]
    while values and isinstance(values[-1], tuple):
        values[-1:] = values[-1]
    values = [v[0] if isinstance(v, tuple) and v else v for v in values]
    if count == 0 and values == [None]:
        return []
    if len(values) < count:
        values += [None] * (count - len(values))
    return values


def _numbered(value: Any) -> dict[Any, Any]:
    """A table with positions as keys, which reads as a list where it has no holes."""
    return value if isinstance(value, dict) else dict(enumerate(value or [], 1))


def stream(record: Record, comparison: Comparison, language: Language) -> None:
    """Evaluate expressions over and over and compare the numbers that they give."""
    fields = record.fields
    program = language.program()
    language.start(fields, fields["default"])
    before = language.text(fields, "before")
    if before is not None:
        program.execute(before)
    calls = language.text(fields)
    got = [float(program.evaluate(calls[i % len(calls)])) for i in range(fields["n"])]
    expected = [float(value) for value in fields["values"]]
    library = any(_LIBRARY.search(call) for call in calls)
    comparison.same("values", got, expected, 1e-14 if library else 0.0, each=True)
