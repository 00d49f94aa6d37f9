"""Records of calls that must fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from torchnn.errors import TorchError
from torchnn.regression import scope
from torchnn.regression.compare import Comparison, shown
from torchnn.regression.records import Record, Unsupported
from torchnn.regression.scope import Language

# What an error may be: one of ours, or Python's own for a wrong call.
ERRORS = (TorchError, TypeError, ValueError, IndexError, ZeroDivisionError)

# Recorded messages about functions that do not exist in Torch7 either.
_ABSENT = ("does not implement", "attempt to call", "attempt to index", "attempt to perform", "attempt to compare")

# What messages say about Torch7's own sources.
_POSITIONS = re.compile(r"\w+\.lua:\d+:|\bat \w+\.c:\d+|bad argument #\d+ to '[^']*'")


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Failing calls of modules and criterions: make `m`, then run the call."""
    fields = record.fields

    def run() -> None:
        language.start(fields, fields.get("type"))
        program = language.program(input=language.copy(fields.get("input")), target=language.copy(fields.get("target")))
        program.set("m", program.evaluate(language.text(fields)))
        program.execute(language.text(fields, "call"))

    must_fail(run, fields, comparison)


def must_fail(run: Callable[[], Any], fields: dict[str, Any], comparison: Comparison) -> None:
    """Run what must raise an error; only that it does is binding, not its words."""
    message = str(fields.get("message", ""))
    raised: Exception | None = None
    try:
        with scope.missing_is_unsupported():
            run()
    except Unsupported as error:
        if not _is_absent(str(error), message):
            raise
        raised = error
    except ERRORS as error:
        raised = error
    if comparison.check("error", raised is not None, "no error", message or "an error") and message:
        said = str(raised.__cause__ or raised if isinstance(raised, Unsupported) else raised)
        if not _says_the_same(said, message):
            comparison.remarks.append(f"Torch7 says {shown(message)}, here it is {shown(said)}")


def _says_the_same(said: str, recorded: str) -> bool:
    """Whether half of the recorded words are there."""
    words = _words(_POSITIONS.sub("", recorded))
    return 2 * len(words & _words(said)) >= len(words)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+|\d+", text.lower()))


def _is_absent(name: str, message: str) -> bool:
    """Whether what is missing here was missing in Torch7 too: a method of a type, or what the message names.

    Without a message, the words were those of Lua itself.
    """
    method = name.count(".") > 1  # such as torch.IntTensor.sqrt
    if not message:
        return method
    message = _POSITIONS.sub("", message)
    return any(words in message for words in _ABSENT) and (method or name.rpartition(".")[2] in message)
