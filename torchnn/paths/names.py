"""Taking names of files apart and putting them together. Nothing is looked up on disk."""

from __future__ import annotations

import os


def basename(path: str, suffix: str = "") -> str:
    """The last part of a name, slashes at its end left out; without the suffix, given with or without its dot.

    A name that is nothing but the suffix stays as it is: `basename('lua', 'lua')` is 'lua'.
    """
    last = path.rstrip("/").rpartition("/")[2]
    ending = "." + suffix.removeprefix(".")
    return last.removesuffix(ending) if len(ending) > 1 else last


def dirname(path: str) -> str:
    """What stands before the slash that `basename` follows: `dirname('a') == '.'`, `dirname('a//b') == 'a/'`."""
    stripped = path.rstrip("/")
    if not stripped:
        return path or "."
    folder, slash, _ = stripped.rpartition("/")
    return folder or slash or "."


def extname(path: str) -> str | None:
    """What follows the last dot of the whole path, folders included; None without a dot."""
    _, dot, extension = path.rpartition(".")
    return extension if dot else None


def cwd() -> str:
    """The working folder."""
    return os.getcwd()


def concat(*parts: str) -> str:
    """Parts as one absolute name, from the working folder on; an absolute part starts over.

    `.`, `..` and double slashes are resolved without looking at links.
    """
    found: list[str] = []
    for part in (cwd(), *parts):
        if part.startswith("/"):
            found = []
        for name in part.split("/"):
            if name == "..":
                del found[-1:]
            elif name not in ("", "."):
                found.append(name)
    return "/" + "/".join(found)
