"""Options of a program."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from torchnn.torch.text import tostring

_EXPANDED = re.compile(r"(--\w+)=(.*)", re.DOTALL)


class OptionParser:
    """The options of a program: `xlua.OptionParser(usage)`, with `%prog` in the usage for the name of the program.

        op = xlua.OptionParser("%prog [options]")
        op.option("-r", "--rate", action="store", dest="rate", default=0.1, help="size of a step")
        options, args = op.parse()

    `option` takes the flags, and by name `action` ('store', the default, 'store_true' or 'store_false'), `dest` (the
    name of the value), `default`, `help`, `req` (whether it has to be given) and `metavar` (what help calls the value).
    """

    def __init__(self, usage: str) -> None:
        self.usage = usage
        self.option_descriptions: list[dict[str, Any]] = []
        self.option_of: dict[str, dict[str, Any]] = {}
        self.options: dict[str, Any] = {}
        self.option("-h", "--help", action="store_true", dest="help", help="show this help message and exit")

    def option(self, *flags: str, **description: Any) -> None:
        """Declare an option."""
        entry = {**description, "flags": flags}
        self.option_descriptions.append(entry)
        self.option_of.update(dict.fromkeys(flags, entry))

    def fail(self, s: str) -> NoReturn:
        """Say what is wrong on standard error, print the help and exit with 1."""
        sys.stderr.write(s + "\n")
        self.help()
        sys.exit(1)

    def parse(self, options: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
        """Read the words after the program's name; returns the options by name, as text, and the other words.

        Given options come before defaults. `-h` prints the help and exits with 0; what does not fit says so, and exits
        with 1.
        """
        options = {} if options is None else options
        for entry in self.option_descriptions:
            if entry.get("default") is not None and options.get(entry["dest"]) is None:
                options[entry["dest"]] = entry["default"]
        options["__main__"] = True
        words = iter(self._expanded(sys.argv[1:]))
        args = []
        for word in words:
            if word in self.option_of:
                entry = self.option_of[word]
                options[entry["dest"]] = self._value(entry, word, words)
            elif word.startswith("-"):
                self.fail(f"invalid option {word}")
            else:
                args.append(word)
        for flag, entry in self.option_of.items():
            if entry.get("req") and options.get(entry["dest"]) in (None, False):
                self.fail(f"option {flag} requires an argument ")
        if options.get("help"):
            self.help()
            sys.exit(0)
        self.options = options
        return options, args

    @staticmethod
    def _expanded(words: Sequence[str]) -> list[str]:
        """Words with `--flag=value` as two."""
        found: list[str] = []
        for word in words:
            match = _EXPANDED.fullmatch(word)
            found += match.groups() if match else [word]
        return found

    def _value(self, entry: dict[str, Any], flag: str, words: Any) -> Any:
        action = entry.get("action") or "store"
        if action != "store":
            return {"store_true": True, "store_false": False}.get(action, entry.get("default"))
        value = next(words, entry.get("default"))
        if value is None or value is False:
            self.fail(f"option requires an argument {flag}")
        return value

    def flags(self, entry: dict[str, Any]) -> str:
        """The flags of an option as the help shows them."""
        if (entry.get("action") or "store") != "store":
            return ", ".join(entry["flags"])
        name = entry.get("metavar") or entry["dest"].upper()
        return ", ".join(f"{flag}{' ' if len(flag) == 2 else '='}{name}" for flag in entry["flags"])

    def help(self) -> None:
        """Print the usage and all options."""
        width = max(len(self.flags(entry)) for entry in self.option_descriptions)
        lines = ["Usage: " + self.usage.replace("%prog", sys.argv[0]), "", "Options:"]
        for entry in self.option_descriptions:
            default, note = entry.get("default"), ""
            if entry.get("req"):
                note = " [REQUIRED]"
            elif default is not None and default is not False:
                note = f" [default = {tostring(default)}]"
            lines.append(f"  {self.flags(entry).ljust(width)}  {entry['help']}{note}")
        sys.stdout.write("\n".join(lines) + "\n")

    def tostring(self, generatefilename: bool = False, params: Sequence[str] = ()) -> str:
        """The options that were parsed, a line each; or in one word, for the name of a file, those of some flags."""
        if not generatefilename:
            lines = [f" + {name} = {tostring(value)}\n" for name, value in self.options.items()]
            return f"<{sys.argv[0].removesuffix('.py')}> configuration:\n" + "".join(lines)
        words = []
        for entry in self.option_descriptions:
            flag, value = entry["flags"][0], self.options.get(entry["dest"])
            if value not in (None, False) and (not params or flag in params):
                words.append(f"{flag}={tostring(value)}")
        return ",".join(words).replace("/", "|").replace(" ", "_")

    def summarize(self, compact: bool = False) -> None:
        """Write `tostring` to standard output."""
        sys.stdout.write(self.tostring(compact))
