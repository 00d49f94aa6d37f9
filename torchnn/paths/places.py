"""Where things are: programs, the home folder, the file that is running."""

from __future__ import annotations

import importlib
import inspect
import os
import platform
import runpy
import shutil
import sys
import tempfile
from typing import Any

from torchnn.paths.names import concat, dirname


def is_win() -> bool:
    """Whether this is Windows."""
    return sys.platform == "win32"


def is_mac() -> bool:
    """Whether this is macOS."""
    return sys.platform == "darwin"


def uname() -> tuple[str, str, str]:
    """Names of the system and of the machine, and the kind of processor."""
    found = platform.uname()
    return found.system, found.node, found.machine


def tmpname() -> str:
    """The name of a new empty file for temporary use."""
    handle, name = tempfile.mkstemp(prefix="lua_")
    os.close(handle)
    return name


def execdir() -> str:
    """The folder of the program that runs this."""
    return dirname(os.path.realpath(sys.executable))


home = os.path.expanduser("~")


def findprogram(*names: str) -> str | None:
    """The path of the first of several programs that is found, or None."""
    return next((found for found in map(shutil.which, names) if found), None)


def thisfile(arg: str | None = None, depth: int = 1) -> str | None:
    """The path of the file that calls this, or of a file in its folder; None outside of a file.

    `depth` counts callers: 1 is who calls this, 2 who calls that.
    """
    frame = inspect.stack(0)[depth]
    if not os.path.exists(frame.filename):
        return None
    own = concat(frame.filename)
    return own if arg is None else concat(dirname(own), arg)


def dofile(filename: str, depth: int = 1) -> dict[str, Any]:
    """Run a Python file, whose name counts from the folder of the file that calls this; returns its globals."""
    here = thisfile(filename, depth + 1)
    return runpy.run_path(concat(filename) if here is None else here)


def require(name: str) -> Any:
    """Import a Python module."""
    return importlib.import_module(name)
