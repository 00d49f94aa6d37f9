"""Records of optim.Logger: calls, and what is in the file afterwards."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

from torchnn.regression import failures, scope
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

ATTRIBUTES = ("names", "styles", "idx", "symbols", "logscale", "showPlot", "defaultStyle", "nsymbols")


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Make the calls in turn; compare the file, what was printed and what the logger keeps."""
    fields = record.fields
    language.start(fields, None)
    make = language.member("optim.Logger")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        log = make(str(path))
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            for entry in fields["ops"]:
                _call(log, entry, comparison)
        comparison.same("content", path.read_text(encoding="latin-1"), fields["content"])
        comparison.same("printed", printed.getvalue(), fields.get("printed", ""))
        for name in ATTRIBUTES:
            comparison.same(name, getattr(log, name, None), fields.get(name))
        comparison.same("epsfile", Path(log.epsfile).name.replace(path.name, "NAME"), fields["epsfile"])


def _call(log: Any, entry: dict[str, Any], comparison: Comparison) -> None:
    method, arguments = getattr(log, entry["op"]), scope.copy(entry["args"])
    if entry.get("fails"):
        failures.must_fail(lambda: method(*arguments), entry, comparison)
    else:
        method(*arguments)
