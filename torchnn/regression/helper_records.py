"""Records of the small helpers that are told step by step: a folder, a progress bar, arguments, options."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from torchnn import torch, xlua
from torchnn.regression import failures
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

_CALL = re.compile(
    r"(?P<sorted>sorted )?paths\.(?P<name>\w+)\((?P<path>root[\w/]*)(?:, (?P<rest>.*?))?\)(?P<comment> of .*)?"
)
_ARGUMENTS = {
    None: (),
    "'yes'": ("yes",),
    "'lua'": ("lua",),
    "function(f) return f:find('t') end": (lambda name: "t" in name,),
}


def folder(record: Record, comparison: Comparison, language: Language) -> None:
    """Make, list and remove a folder; files appear in it when it is listed first."""
    paths = language.member("paths")
    with tempfile.TemporaryDirectory() as above:
        root = Path(above) / "root"
        for step in record.fields["steps"]:
            call = _CALL.fullmatch(step["call"])
            if call is None:
                raise ValueError(f"cannot read {step['call']}")
            if step["call"] == "sorted paths.dir(root)":
                for name in ("one.lua", "two.lua", "three.txt"):
                    (root / name).touch()
            path = paths.concat(above, call["path"])
            result = getattr(paths, call["name"])(path, *_ARGUMENTS[call["rest"]])
            if call["sorted"]:
                result = sorted(iter(result, None) if callable(result) else result)
            if call["comment"]:
                result = isinstance(result, tuple) and result[0] is None
            comparison.same(step["call"], result, step["results"][0])


class _Still:
    """A clock that stands still."""

    def time(self) -> dict[str, float]:
        return {"real": 0.0}


def progress(record: Record, comparison: Comparison, language: Language) -> None:
    """Draw bars, 80 columns wide, with a clock that stands still."""
    with mock.patch.dict("os.environ", COLUMNS="80"), mock.patch.object(torch, "Timer", _Still):
        for i, call in enumerate(record.fields["calls"], 1):
            with contextlib.redirect_stdout(io.StringIO()) as written:
                language.member("xlua.progress")(call["current"], call["goal"])
            comparison.same(f"call {i}", written.getvalue(), call["written"])


def _show(language: Language, *args: Any) -> list[Any]:
    _, *values = language.member("xlua.unpack")(
        list(args),
        "show",
        "shows how arguments are unpacked",
        {"arg": "first", "type": "number", "help": "a number", "req": True},
        {"arg": "second", "type": "string", "help": "a string", "default": "two"},
        {"arg": "third", "type": "number", "help": "as the first", "defaulta": "first"},
    )
    return values


def unpack(record: Record, comparison: Comparison, language: Language) -> None:
    """Arguments by position and by name."""
    calls = {"positional": (1,), "both": (1, "x"), "all": (1, "x", 3), "named": ({"first": 5, "third": 7},)}
    for name, args in calls.items():
        comparison.same(name, _show(language, *args), record.fields[name])


def unpack_failing(record: Record, comparison: Comparison, language: Language) -> None:
    """A missing argument: the usage is printed."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        failures.must_fail(lambda: _show(language, {"second": "x"}), record.fields, comparison)
    comparison.same("printed", printed.getvalue(), record.fields["printed"])


def options(record: Record, comparison: Comparison, language: Language) -> None:
    """Parse command lines, and print the help."""
    for i, case in enumerate(record.fields["cases"], 1):
        parser = xlua.OptionParser("%prog [options]")
        parser.option("-r", "--rate", action="store", dest="rate", default=0.1, help="size of a step")
        parser.option("-n", "--number", dest="number", help="how many")
        parser.option("-v", "--verbose", action="store_true", dest="verbose", help="say more")
        with _arguments("script.lua", *case["arg"]):
            parsed(f"{i} ", parser, case, record.fields["help"], comparison)


def parsed(prefix: str, parser: Any, case: dict[str, Any], usage: str, comparison: Comparison) -> None:
    """What a parser finds, and its help."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        found, args = parser.parse()
        parser.help()
    comparison.same(f"{prefix}options", found, case["options"])
    comparison.same(f"{prefix}args", args, case["args"])
    comparison.same(f"{prefix}help", printed.getvalue(), usage)


@contextlib.contextmanager
def _arguments(*words: str) -> Iterator[None]:
    with mock.patch.object(sys, "argv", list(words)):
        yield


PROTOCOLS: dict[str, Callable[[Record, Comparison, Language], None]] = {
    "a directory": folder,
    "xlua.progress": progress,
    "xlua.unpack": unpack,
    "xlua.unpack without a required argument": unpack_failing,
    "xlua.OptionParser": options,
}
