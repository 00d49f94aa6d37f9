"""What `torchnn run` does: runs scripts as `th`, the interpreter of Torch7, does."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from torchnn.lua import children, prompt
from torchnn.lua.errors import message_of, stack_of
from torchnn.lua.interrupts import Watch
from torchnn.lua.runtime import Runtime
from torchnn.lua.text import to_bytes_text

GOOD, FAILED = 0, 1
STANDARD_INPUT = "-"

# Calls of Python within calls: 600 levels of Lua code that Python calls, which take 2 MB of the stack.
DEPTH = 4000 if sys.platform != "win32" else 1000

# Bytes that C's stack may grow to: Lua stops functions of C within functions of C where they are 8,000 deep; those of
# `string.gsub` take 72 MB then.
STACK = 120 * 2**20

# New objects that Python has before it looks for cycles. Lua frees some 15,000 tensors at a time: 700 would mean
# a look at all that numba has made, 30 ms, for each 30,000 tensors of a script, as long as making them takes.
COLLECT_AFTER = 20_000

# What `th` has loaded before a script begins.
PACKAGES = ("torch", "paths", "sys", "xlua", "dok")


class Interpreter:
    """A runtime with what `th` adds to it, for a script that is called with the `words` from 1 on."""

    def __init__(self, script: str | None, words: dict[int, str], *, debug: bool = False, **options: Any) -> None:
        self.debug = debug
        self.watch = Watch()
        self.runtime = Runtime(**options)
        self.arguments = [to_bytes_text(words[i]) for i in range(1, max(words) + 1)]
        self.runtime.globals.arg = self.runtime.lua.table_from({i: to_bytes_text(word) for i, word in words.items()})
        if script not in (None, STANDARD_INPUT):
            self._look_beside(script)
        for package in PACKAGES:
            self.require(package)
        self.runtime.chunk(Path(__file__).parent / "core" / "th.lua")(_is_coloured())

    def _look_beside(self, script: str) -> None:
        """Let `require` find what lies in the folder of the script, after what lies in the current folder."""
        folder = os.path.dirname(script)
        if folder not in ("", "."):
            package = self.runtime.globals.package
            package.path += to_bytes_text(f";{folder}/?.lua;{folder}/?/init.lua")

    def require(self, package: str) -> None:
        """Load a package."""
        self.runtime.execute("require((...))", package, name="=require")

    def run_code(self, code: str) -> None:
        """Run a piece of code that was given with the command."""
        self.runtime.execute(code, *self.arguments, name="=(command line)")

    def run_script(self, path: str) -> None:
        """Run a file, or standard input."""
        if path == STANDARD_INPUT:
            code = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
            self.runtime.execute(_without_shebang(code), *self.arguments, name="=stdin")
        else:
            self.runtime.run_file(path, *self.arguments)

    def attempt(self, action: Callable[[], None]) -> bool:
        """Do something that may fail, and say how it did; returns whether it went well."""
        try:
            action()
        except Exception as error:
            self.complain(error)
            return False
        return True

    def complain(self, error: Exception) -> None:
        """Print the message and Lua's stack, as Lua's own interpreter does; Python's before it for debugging."""
        sys.stdout.flush()
        if self.debug:
            traceback.print_exception(error)
        stack = stack_of(error)
        print(f"torchnn: {message_of(error)}" + (f"\n{stack}" if stack else ""), file=sys.stderr)


def run(
    script: str | None,
    arguments: Sequence[str] = (),
    *,
    code: Sequence[str] = (),
    packages: Sequence[str] = (),
    interactive: bool = False,
    debug: bool = False,
    **options: Any,
) -> int:
    """Load packages, run pieces of code, then the script, then the prompt; returns the status of the program.

    Without a script and code there is the prompt where a person types, and standard input is the script where not.
    """
    _open_what_was_closed()
    if script is None and not code:
        interactive, script = (True, None) if interactive or sys.stdin.isatty() else (False, STANDARD_INPUT)
    words = _words(script, arguments)
    inherited = "--cuda-as-cpu" if options.get("cuda_as_cpu") else ""
    try:
        with _as_a_program([word for i, word in words.items() if i >= 0]), children.with_th(inherited):
            interpreter = Interpreter(script, words, debug=debug, **options)
            steps: list[Callable[[], None]] = [lambda name=name: interpreter.require(name) for name in packages]
            steps += [lambda text=text: interpreter.run_code(text) for text in code]
            if script is not None:
                steps.append(lambda: interpreter.run_script(script))
            with contextlib.closing(interpreter.runtime), interpreter.watch:
                good = all(map(interpreter.attempt, steps))
                if interactive:
                    prompt.converse(interpreter)
                    return GOOD
            return GOOD if good else FAILED
    except SystemExit as leaving:
        return int(leaving.code or 0)


def _open_what_was_closed() -> None:
    """Let standard input and output be empty where the program has none, before another file takes their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def _words(script: str | None, arguments: Sequence[str]) -> dict[int, str]:
    """The table `arg`: at 0 the script, from 1 its arguments, before it the words of the command."""
    if script is None:
        return {0: sys.argv[0]}
    tail = [script, *arguments]
    command = sys.argv[: -len(tail)] if sys.argv[-len(tail) :] == tail else sys.argv
    return {i - len(command): word for i, word in enumerate([*command, *tail])}


@contextlib.contextmanager
def _as_a_program(words: list[str]) -> Iterator[None]:
    """Run as a program of its own: `sys.argv` is the script's, and the program ends when nobody reads its output."""
    before, limit, thresholds = sys.argv, sys.getrecursionlimit(), gc.get_threshold()
    sys.argv = words
    sys.setrecursionlimit(max(limit, DEPTH))
    gc.set_threshold(COLLECT_AFTER, *thresholds[1:])
    try:
        with _ends_with_its_reader(), _room_for_recursion():
            yield
    finally:
        sys.argv = before
        sys.setrecursionlimit(limit)
        gc.set_threshold(*thresholds)


@contextlib.contextmanager
def _ends_with_its_reader() -> Iterator[None]:
    """Let a write to a pipe that nobody reads any more end the program silently, as it ends programs in C."""
    if not hasattr(signal, "SIGPIPE"):
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, before)


@contextlib.contextmanager
def _room_for_recursion() -> Iterator[None]:
    """Raise the limit of the main thread's stack, on systems where that works after the program has started."""
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    unlimited = resource.RLIM_INFINITY
    room = STACK if hard == unlimited else min(STACK, hard)
    if soft != unlimited and soft < room:
        resource.setrlimit(resource.RLIMIT_STACK, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def _without_shebang(code: str) -> str:
    """Code without a first line for the shell; line numbers stay the same."""
    return "--" + code if code.startswith("#") else code


def _is_coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
