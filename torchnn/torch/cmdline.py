"""`torch.CmdLine`: options and arguments of a script, its help, and a log of what it prints."""

from __future__ import annotations

import builtins
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, NoReturn

from torchnn import registry
from torchnn.errors import ArgumentError, TorchError
from torchnn.torch.overloads import type_word
from torchnn.torch.text import to_number, tostring

HELP = ("-h", "-help", "--help")

_print = builtins.print


class Parameters(dict[str, Any]):
    """What `CmdLine.parse` returns: a dict whose entries can be read and set as attributes too.

    An attribute that there is no entry for is None. An entry named as a method of dict needs brackets.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


def _stripped(key: str) -> str:
    return key.lstrip("-")


def _title(entry: Mapping[str, Any]) -> str:
    """What the help calls an option or an argument."""
    return entry["key"] if "default" in entry else f"<{_stripped(entry['key'])}>"


def _entry(**fields: Any) -> dict[str, Any]:
    """What is declared of an option or an argument: the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


@registry.register("torch.CmdLine")
class CmdLine:
    """The command line of a script: `torch.CmdLine([argseparator=','] [, keyseparator='='])`.

        cmd = torch.CmdLine()
        cmd.text("Trains a model")
        cmd.option("-epochs", 10, "how long")
        opt = cmd.parse(sys.argv[1:])
        opt.epochs

    The separators are those of `string`, which names a run by its options.
    """

    def __init__(self, argseparator: str | None = None, keyseparator: str | None = None) -> None:
        self.argseparator = "," if argseparator is None else argseparator
        self.keyseparator = "=" if keyseparator is None else keyseparator
        self.options: dict[str, dict[str, Any]] = {}
        self.arguments: list[dict[str, Any]] = []
        self.helplines: list[dict[str, Any] | str] = []
        self.dateformat: str | None = None
        self.silentio = False

    # ------------------------------------------------------------------ declaring

    def text(self, txt: str | None = None) -> None:
        """Add a line to the help, empty by default."""
        if not isinstance(txt, (str, type(None))):
            raise ArgumentError(f"string expected, got {type_word(txt)}")
        self.helplines.append(txt or "")

    def argument(self, key: str, help: str | None = None, _type_: str | None = None) -> None:
        """Declare a required argument, given by its position."""
        entry = _entry(key=key, help=help, type=_type_)
        self.arguments.append(entry)
        self.helplines.append(entry)

    def option(self, key: str, default: Any, help: str | None = None, _type_: str | None = None) -> None:
        """Declare an option under its key with dashes; its type is that of its default.

        A boolean option takes no value: giving it turns its default round. Errors: no default, a default that is not
        of the type that was named.
        """
        if default is None:
            raise TorchError(f"option {key} has no default value")
        kind = type_word(default)
        if _type_ is not None and _type_ != kind:
            raise TorchError(f"option {key} has wrong default type value: {_type_} expected, got {kind}")
        self.options[key] = _entry(key=key, default=default, help=help, type=kind)
        self.helplines.append(self.options[key])

    def default(self) -> Parameters:
        """The defaults of all options, by their keys without dashes."""
        return Parameters({_stripped(key): option["default"] for key, option in self._declared().items()})

    def _declared(self) -> Mapping[str, dict[str, Any]]:
        """The options by their keys; where there are none, `options` may be an empty list, as Lua's tables are."""
        return self.options if len(self.options) else {}

    # ------------------------------------------------------------------ parsing

    def parse(self, arg: Sequence[str] | Mapping[int, str]) -> Parameters:
        """Read the words of a command line, such as `sys.argv[1:]`; options may stand anywhere.

        They are a list, or what a mapping has at 1, 2 and so on, as Lua's table `arg`. Returns the options and
        arguments by their keys without dashes. `-h`, `-help` and `--help` print the help and exit with 0; what does
        not fit prints why and the help, and exits with 1.
        """
        params = self.default()
        words = [arg[i] for i in range(1, len(arg) + 1) if i in arg] if isinstance(arg, Mapping) else list(arg)
        given = i = 0
        while i < len(words):
            if words[i] in HELP:
                self.help(arg)
                sys.exit(0)
            if words[i] in self.options:
                i += self._read_option(params, words, i)
            else:
                self._read_argument(params, words[i], given)
                given += 1
                i += 1
        if given != len(self.arguments):
            self.error("not enough arguments")
        return params

    def _read_argument(self, params: Parameters, value: Any, position: int) -> None:
        if position >= len(self.arguments):
            self.error(f"invalid argument: {value}")
        key, kind = self.arguments[position]["key"], self.arguments[position].get("type")
        if kind is not None and type_word(value) != kind:
            self.error(f"invalid argument type for argument {key} (should be {kind})")
        params[_stripped(key)] = value

    def _read_option(self, params: Parameters, words: list[Any], i: int) -> int:
        """Read the option at a position; returns how many words it took."""
        key = words[i]
        kind = self.options[key]["type"]
        if kind == "boolean":
            params[_stripped(key)] = not self.options[key]["default"]
            return 1
        if i + 1 == len(words):
            self.error(f"missing argument for option {key}")
        if kind not in ("string", "number"):
            self.error(f"unknown required option type {kind}")
        value = words[i + 1] if kind == "string" else to_number(words[i + 1])
        if value is None:
            self.error(f"invalid type for option {key} (should be {kind})")
        params[_stripped(key)] = value
        return 2

    def error(self, msg: str) -> NoReturn:
        """Say what is wrong on standard error, print the help and exit with 1."""
        print("")
        sys.stderr.write(msg)
        print("")
        self.help()
        sys.exit(1)

    def help(self, arg: Sequence[str] | Mapping[int, str] | None = None) -> None:
        """Print the help; given the words of the command line, with the name of the program.

        That is what a mapping has at 0, as Lua's table `arg`, else the one that runs.
        """
        named = isinstance(arg, Mapping) and 0 in arg
        program = [] if arg is None else [arg[0] if named else sys.argv[0]]
        usage = ["Usage:", *program, "[options]", *map(_title, self.arguments)]
        width = max((len(_title(line)) for line in self.helplines if not isinstance(line, str)), default=0)
        lines = [" ".join(usage)]
        for line in self.helplines:
            if isinstance(line, str):
                lines.append(line)
                continue
            words = [_title(line).ljust(width)]
            if "help" in line:
                words.append(line["help"])
            if "default" in line:
                words.append(f"[{tostring(line['default'])}]")
            lines.append("  " + " ".join(words))
        sys.stdout.write("\n".join(lines) + "\n")

    # ------------------------------------------------------------------ naming a run

    def string(self, prefix: str | None, params: Mapping[str, Any], ignore: Mapping[str, Any]) -> str:
        """Name a run, as for a folder: prefix, arguments, and sorted the options that differ from their defaults.

        They are joined as in `prefix,key=value,...`, with t and f for booleans. What `ignore` maps to true is left
        out, what it maps to False is put in even where it does not differ. Prints the options that it puts in or leaves
        out. As in Torch7, options declared with two dashes are not found.
        """
        if not hasattr(ignore, "__getitem__") or isinstance(ignore, str):
            raise ArgumentError(f"ignore: table expected, got {type_word(ignore)}")
        ignored = dict(ignore) if len(ignore) else {}
        positions = [_stripped(argument["key"]) for argument in self.arguments]
        arguments, options = {}, []
        for key in sorted(params):
            value, option = params[key], self._declared().get(f"-{key}")
            if ignored.get(key):
                print(f"-- ignore option {key}")
            elif option is not None:
                if _differ(value, option["default"]) or ignored.get(key) is False:
                    shown = ("f", "t")[value] if isinstance(value, bool) else tostring(value)
                    options.append(f"{key}{self.keyseparator}{shown}")
                    print(key, shown, tostring(option["default"]), sep="\t")
            elif key in positions:
                arguments[positions.index(key)] = f"{key}{self.keyseparator}{tostring(value)}"
            else:
                print(f"WARNING: unknown option/argument: {key} IGNORING for DIRECTORY NAME")
        parts = ["" if prefix is None else prefix, *(arguments[position] for position in sorted(arguments))]
        if options or arguments:  # arguments alone leave a separator at the end
            parts.append(self.argseparator.join(sorted(options)))
        return self.argseparator.join(parts)

    # ------------------------------------------------------------------ logging

    def silent(self) -> None:
        """After `log`, print to the file only."""
        self.silentio = True

    def addTime(self, name: str | None = None, format: str | None = None) -> None:
        """Let lines of the log start with the time, by a format of `time.strftime`, and a name in brackets."""
        if not isinstance(format, (str, type(None))):
            raise ArgumentError("Argument has to be string")
        label = "" if name is None else f"[{name}]: "
        self.dateformat = ("%Y-%m-%d %H:%M:%S" if format is None else format) + label

    def log(self, file: str | os.PathLike[str] | IO[str], params: Mapping[str, Any] | None = None) -> None:
        """From now on `print` writes each line to a file too (a new or an open one), every item followed by a space.

        It starts with the time and the parameters. A later `log` ends this one.
        """
        if isinstance(file, (str, os.PathLike)):
            write = _appending(os.path.abspath(file))
        else:
            write = _flushing(file)

        def logging_print(*values: Any, **how: Any) -> None:
            if how.get("file") not in (None, sys.stdout):
                _print(*values, **how)
                return
            if not self.silentio:
                _print(*values, **how)
            moment = [] if self.dateformat is None else [time.strftime(self.dateformat)]
            write(" ".join([*moment, *map(tostring, values), "\n"]))

        builtins.print = logging_print
        print(f"[program started on {time.strftime('%c')}]")
        print("[command line arguments]")
        for key, value in (params or {}).items():
            print(key, tostring(value), sep="\t")
        print("[----------------------]")


def _appending(path: str) -> Callable[[str], None]:
    """How to write lines to a new file that is open only while it is written to."""
    with open(path, "w"):
        pass

    def write(line: str) -> None:
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(line)

    return write


def _flushing(stream: IO[str]) -> Callable[[str], None]:
    def write(line: str) -> None:
        stream.write(line)
        stream.flush()

    return write


def _differ(value: Any, default: Any) -> bool:
    """Lua's `~=`: no number equals a boolean."""
    return isinstance(value, bool) != isinstance(default, bool) or value != default
