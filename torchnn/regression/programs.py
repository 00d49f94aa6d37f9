"""Records of small programs over tensors that leave their results in `out`."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from torchnn import nn
from torchnn.regression import scope
from torchnn.regression.compare import Comparison
from torchnn.regression.modules import Tolerances, as_fields
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

# Finite differences, which are the note of their records, are only as good as this.
FINITE_DIFFERENCES = 1e-6


class Results(dict[str, Any]):
    """Takes a copy of each value when it is assigned: a program may go on to change the tensor."""

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, _snapshot(value))


def _snapshot(value: Any) -> Any:
    if isinstance(value, tuple):
        value = list(value)
    return value if callable(value) else scope.copy(value)


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Run the program and compare what is in `out`, and what it printed."""
    fields = record.fields
    out = Results()
    program = language.program(out=language.results(out))
    for name, value in as_fields(fields["inputs"]).items():
        program.set(name, language.copy(value))
    language.start(fields, fields.get("type"))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            program.execute(language.text(fields))
        finally:
            # Programs may enable it, for the rest of the process.
            nn.hessian.disable()
    comparison.single = Tolerances.of("torch.FloatTensor").gradient
    finite = "finite" in str(fields.get("note", ""))
    tolerance = FINITE_DIFFERENCES if finite else Tolerances.of(fields.get("type")).gradient
    comparison.same("out", dict(out), fields["out"], tolerance)
    if "printed" in fields:
        # Recorded without the end of the last line.
        comparison.same("printed", printed.getvalue().removesuffix("\n"), fields["printed"])
