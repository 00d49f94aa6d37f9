"""The prompt of `torchnn run -i`: reads lines, with history and completion where there is readline."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torchnn.lua.text import to_bytes_text

if TYPE_CHECKING:
    from torchnn.lua.command import Interpreter

FIRST, FURTHER = "th> ", "..> "


def converse(interpreter: Interpreter) -> None:
    """Read and run what is typed until the end of the input, or `exit`."""
    runtime = interpreter.runtime
    functions = runtime.chunk(Path(__file__).parent / "core" / "prompt.lua")()
    with _reading(lambda text: list(functions.complete(text).values())):
        while (text := _read(interpreter)) is not None:
            try:
                interpreter.attempt(lambda text=text: _run(interpreter, functions.evaluate, text))
            except KeyboardInterrupt:
                interpreter.watch.handled()
                print()


def _run(interpreter: Interpreter, evaluate: Any, text: str) -> None:
    """Run what was typed, reading on as long as it is not complete; an empty line gives up."""
    while interpreter.runtime.call(evaluate, to_bytes_text(text)):
        more = _read(interpreter, FURTHER)
        if not more:
            return
        text += "\n" + more


def _read(interpreter: Interpreter, prompt: str = FIRST) -> str | None:
    """A line; '' after Ctrl-C, None at the end."""
    try:
        line = input(prompt)
    except KeyboardInterrupt:
        interpreter.watch.handled()
        print()
        return ""
    except EOFError:
        print()
        return None
    return None if line.strip() in ("exit", "quit") else line


@contextlib.contextmanager
def _reading(complete: Callable[[str], list[str]]) -> Iterator[None]:
    """Lines can be edited, completed, and are remembered from one time to the next, in the file that `th` keeps."""
    try:
        readline = importlib.import_module("readline")
    except ImportError:  # a Python without it
        yield
        return
    history = os.environ.get("TREPL_HISTORY") or os.path.expanduser("~/.luahistory")
    with contextlib.suppress(OSError):
        readline.read_history_file(history)
    readline.set_completer_delims(" \t\n()[]{}=+-*/%^#,;<>~'\"")
    readline.set_completer(lambda text, state: [*complete(text), None][state])
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(history)
