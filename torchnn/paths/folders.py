"""Files and folders on disk: asking, listing, making and removing.

As in Lua, what fails says so in its result, None and a message, and raises nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from torchnn.paths.names import concat
from torchnn.torch.text import lua_pattern

Failure = tuple[None, str, int]


def filep(path: str) -> bool:
    """Whether there is something of that name that is no folder."""
    return os.path.exists(path) and not os.path.isdir(path)


def dirp(path: str) -> bool:
    """Whether there is a folder of that name."""
    return os.path.isdir(path)


def dir(path: str) -> list[str] | None:
    """The names in a folder in no particular order, `.` and `..` among them; None where there is no such folder."""
    try:
        return [".", "..", *os.listdir(path)]
    except OSError:
        return None


def files(path: str, pattern: str | Callable[[str], Any] | None = None) -> Iterator[str]:
    """Iterate over the names in a folder, with `.` and `..`.

    Only those in which a Lua pattern is found, or for which a function returns neither None nor False.
    """
    wanted = _wanted(pattern)
    return (name for name in dir(path) or () if wanted(name))


def _wanted(pattern: str | Callable[[str], Any] | None) -> Callable[[str], Any]:
    if pattern is None:
        return lambda name: True
    if isinstance(pattern, str):
        expression: re.Pattern[str] = lua_pattern(pattern)
        return lambda name: expression.search(name) is not None
    function = pattern
    return lambda name: function(name) not in (None, False)


def iterfiles(path: str) -> Iterator[str]:
    """Iterate over the names of the files in a folder."""
    return (name for name in files(path) if filep(concat(path, name)))


def iterdirs(path: str) -> Iterator[str]:
    """Iterate over the names of the folders in a folder, without `.` and `..`."""
    return (name for name in files(path) if name not in (".", "..") and dirp(concat(path, name)))


def mkdir(path: str) -> bool | Failure:
    """Make a folder and those above it; returns True, or None, a message and the number of the error."""
    return _attempt(lambda name: os.makedirs(name, exist_ok=True), path)


def rmdir(path: str) -> bool | Failure:
    """Remove an empty folder; returns True, or None, a message and the number of the error."""
    return _attempt(os.rmdir, path)


def _attempt(action: Callable[[str], None], path: str) -> bool | Failure:
    try:
        action(path)
    except OSError as error:
        return None, f"{path}: {error.strerror}", error.errno or 0
    return True


def rmall(path: str, more: str | None = None) -> bool | tuple[Any, ...]:
    """Remove a file, or a folder with all that is in it; the second argument has to be 'yes'.

    Links are removed, not followed. Returns True, or None, a message, and what could not be removed.
    """
    if more != "yes":
        return None, "missing second argument ('yes')"
    if os.path.isdir(path) and not os.path.islink(path):
        for name in os.listdir(path):
            done = rmall(concat(path, name), more)
            if done is not True:
                return done
        return rmdir(path)
    if os.path.lexists(path):
        return _attempt(os.remove, path)
    return None, "not a file or directory", path
