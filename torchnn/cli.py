"""The command `torchnn`: each subcommand is a class here, and its work is done elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from typing import Any

from torchnn import __version__
from torchnn.errors import FormatError, TorchError

GOOD, FAILED, WRONG_USE = 0, 1, 2
INTERRUPTED = 130  # what shells give a program that was interrupted


class Check:
    """Replay recordings of Torch7 and compare the results."""

    name = "check"
    description = """Replay files that were recorded in Torch7 (.t7 files, or folders of them) and compare every number.
        Recorded files hold program text, which is executed: check only files that you trust."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("paths", metavar="PATH", nargs="+", help="a recorded file, or a folder of them")
        parser.add_argument("--strict", action="store_true", help="fail where something recorded is unsupported")
        parser.add_argument(
            "--lua", action="store_true", help="run the Lua texts, as torchnn run does, not the Python texts"
        )
        parser.add_argument("--remarks", action="store_true", help="also show errors in other words than Torch7's")
        parser.add_argument("--json", metavar="FILE", help="also write the outcome of each record to this file")
        parser.add_argument(
            "--ports",
            metavar="FOLDER",
            help="where the Python programs of recorded training runs are (examples/training by default)",
        )

    @staticmethod
    def run(options: argparse.Namespace) -> int:
        """Check the paths; 0 only if nothing failed."""
        from torchnn.regression import check, report

        counts: Counter[str] = Counter()
        files: list[dict[str, Any]] = []
        details: list[str] = []
        unreadable = 0
        for path, outcomes in check(options.paths, options.ports, Check._language(options)):
            if isinstance(outcomes, Exception):
                unreadable += 1
                _complain(options, outcomes)
                continue
            print(report.file_line(path, outcomes), flush=True)
            details += report.details(path, outcomes, options.remarks)
            counts.update(outcome.status for outcome in outcomes)
            files.append(report.as_json(path, outcomes))
        for line in details:
            print(line)
        print(report.summary(counts))
        if options.json is not None:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump({"summary": {key: counts[key] for key in report.STATUSES}, "files": files}, file, indent=1)
        nothing = counts.keys() <= {"passed over"}
        if nothing and not unreadable:
            _complain(options, TorchError(f"there are no recordings in {', '.join(options.paths)}"))
        if nothing or unreadable:
            return WRONG_USE
        return FAILED if counts["failed"] or (options.strict and counts["unsupported"]) else GOOD

    @staticmethod
    def _language(options: argparse.Namespace) -> Any:
        """The language of the texts to run."""
        if options.lua:
            from torchnn.lua.regression import Lua

            return Lua()
        from torchnn.regression.scope import PYTHON

        return PYTHON


class Show:
    """Print an outline of what a .t7 file holds."""

    name = "show"
    description = """Print what a .t7 file holds: tables, objects and their fields, types and sizes of tensors,
        networks, parameters, memory. Nothing in the file is run."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", metavar="FILE", help="a .t7 file, binary or ascii")
        parser.add_argument("--json", action="store_true", help="print all this as JSON")
        parser.add_argument("--plot", metavar="OUT.png", help="also draw it: filters, planes, a curve, or counts")

    @staticmethod
    def run(options: argparse.Namespace) -> int:
        """Print the outline."""
        from torchnn import nn, show, t7

        size = os.path.getsize(options.file)
        with open(options.file, "rb") as file:
            try:
                found = t7.read_first(t7.Mapped(file, True) if t7.is_large(file) else file.read())
            except FormatError as error:
                raise TorchError(f"{options.file}: {error}{Show._why(error, size)}") from error
        if options.json:
            print(json.dumps(show.as_json(found.value, found, size), indent=1))
        else:
            for line in show.report(found.value, found, size):
                print(line)
        if options.plot is not None:
            nn.plot.draw(found.value, options.plot)
        return GOOD

    @staticmethod
    def _why(error: FormatError, size: int) -> str:
        """What may have happened to a file that cannot be read, where its beginning does not tell."""
        if not size:
            return "; the file is empty"
        return "; the file is damaged, or was cut short" if error.short else ""


class Warmup:
    """Compile what networks usually need, once and for all programs of this user."""

    name = "warmup"
    description = """Compile the kernels that training and running networks usually needs, and keep them on disk, so
        that programs start at once. Kernels that are not among them are compiled when they are first used."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """Declare the arguments: there are none."""

    @staticmethod
    def run(options: argparse.Namespace) -> int:
        """Compile, and say what was done."""
        from torchnn import kernels, warmup

        total = 0
        for name, seconds, files in warmup.run():
            print(f"{name}: {files} compiled in {seconds:.1f} s" if files else f"{name}: {seconds:.1f} s", flush=True)
            total += files
        print(f"{total} kernels added, {warmup.count()} in {kernels.cache.folder()}")
        return GOOD if warmup.count() else FAILED


class Run:
    """Run a Lua script of Torch7."""

    name = "run"
    description = """Run a Lua script as `th`, the interpreter of Torch7, does. Everything after SCRIPT is the script's.
        Without a script, what is typed is run, or what standard input holds."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.usage = "torchnn run [options] [SCRIPT [ARGUMENT ...]]"
        parser.add_argument("-e", dest="code", metavar="CODE", action="append", default=[], help="run a piece of code")
        parser.add_argument("-l", dest="packages", metavar="NAME", action="append", default=[], help="load a package")
        parser.add_argument("-i", dest="interactive", action="store_true", help="then read what is typed, and run it")
        parser.add_argument(
            "--cuda-as-cpu",
            action="store_true",
            help="let cutorch, cunn and cudnn load; their tensors and modules are those of the CPU",
        )
        parser.add_argument(
            "script", metavar="SCRIPT [ARGUMENT ...]", nargs=argparse.REMAINDER, help="the script (- is standard input)"
        )

    @staticmethod
    def run(options: argparse.Namespace) -> int:
        """Run it; the status is the script's: 0, 1 after an error, or what it gives to `os.exit`."""
        from torchnn.lua import command

        script, *arguments = options.script or [None]
        return command.run(
            script,
            arguments,
            code=options.code,
            packages=options.packages,
            interactive=options.interactive,
            debug=options.debug,
            cuda_as_cpu=options.cuda_as_cpu,
        )


COMMANDS = (Run, Check, Show, Warmup)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 good, 1 the check failed, 2 wrong use."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who reads the output has seen enough, and Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (TorchError, OSError) as error:
        _complain(options, error)
        return WRONG_USE


def _complain(options: argparse.Namespace, error: Exception) -> None:
    """Say what went wrong in one line, after the traceback where that is asked for."""
    if options.debug:
        traceback.print_exception(error)
    print(f"torchnn {options.command}: {_one_line(error)}", file=sys.stderr)


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="torchnn", description="Torch7 on numpy and Numba.")
    parser.add_argument("--version", action="version", version=f"torchnn {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.__doc__, description=command.description)
        command.arguments(sub)
        sub.add_argument("--debug", action="store_true", help="show the traceback of an error")
        sub.set_defaults(run=command.run)
    return parser
