"""The package `lfs` for Lua: files and folders of the system."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any

from torchnn.lua.text import from_bytes_text, to_bytes_text

MODES = (
    ("file", stat.S_ISREG),
    ("directory", stat.S_ISDIR),
    ("link", stat.S_ISLNK),
    ("socket", stat.S_ISSOCK),
    ("named pipe", stat.S_ISFIFO),
    ("char device", stat.S_ISCHR),
    ("block device", stat.S_ISBLK),
)


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that lfs.lua is given: each returns its result, or nil, a message and the system's number."""
    return {
        "attributes": _careful(lambda path: _attributes(os.stat(path))),
        "symlinkattributes": _careful(lambda path: _attributes(os.lstat(path))),
        "names": _careful(lambda path: [".", "..", *map(to_bytes_text, os.listdir(path))]),
        "mkdir": _careful(os.mkdir),
        "rmdir": _careful(os.rmdir),
        "chdir": _careful(os.chdir),
        "currentdir": lambda: to_bytes_text(os.getcwd()),
        "touch": _careful(_touch),
        "link": _careful(_link),
        "readlink": _careful(lambda path: to_bytes_text(os.readlink(path))),
        "create": _careful(lambda path: os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))),
        "remove": _careful(os.remove),
    }


def _careful(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of names of files, giving true in place of None, and what the system says where it fails."""

    def call(*args: Any) -> Any:
        try:
            result = function(*[from_bytes_text(arg) if isinstance(arg, str) else arg for arg in args])
        except OSError as error:
            return None, os.strerror(error.errno or 0), error.errno
        except ValueError as error:
            return None, str(error), 0
        return True if result is None else result

    return call


def _attributes(found: os.stat_result) -> dict[str, Any]:
    mode = next((name for name, is_it in MODES if is_it(found.st_mode)), "other")
    return {
        "mode": mode,
        "dev": found.st_dev,
        "ino": found.st_ino,
        "nlink": found.st_nlink,
        "uid": found.st_uid,
        "gid": found.st_gid,
        "rdev": getattr(found, "st_rdev", 0),
        "access": int(found.st_atime),
        "modification": int(found.st_mtime),
        "change": int(found.st_ctime),
        "size": found.st_size,
        "permissions": stat.filemode(found.st_mode)[1:],
        "blocks": getattr(found, "st_blocks", 0),
        "blksize": getattr(found, "st_blksize", 0),
    }


def _touch(path: str, accessed: float | None = None, modified: float | None = None) -> None:
    if accessed is None:
        os.utime(path)
    else:
        os.utime(path, (accessed, accessed if modified is None else modified))


def _link(old: str, new: str, symbolic: Any = None) -> None:
    (os.symlink if symbolic else os.link)(old, new)
