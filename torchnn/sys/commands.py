"""Commands of the operating system."""

from __future__ import annotations

import inspect
import subprocess
import sys

from torchnn.paths.names import basename, concat, dirname


def execute(cmd: str) -> str:
    """What a command of the shell writes, errors too, without white space at the ends."""
    done = subprocess.run(cmd, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode(errors="surrogateescape").strip(" \t\n\v\f\r")


def fexecute(cmd: str, readwhat: str | None = None) -> str:
    """The same as `execute`; Torch7's goes by way of a temporary file. The second argument is not used."""
    return execute(cmd)


def ls(d: str = " ") -> str:
    """What `ls` says of a folder."""
    return execute(f"ls {d}")


def ll(d: str = " ") -> str:
    """What `ls -l` says of a folder."""
    return execute(f"ls -l {d}")


def la(d: str = " ") -> str:
    """What `ls -a` says of a folder."""
    return execute(f"ls -a {d}")


def lla(d: str = " ") -> str:
    """What `ls -la` says of a folder."""
    return execute(f"ls -la {d}")


def uname() -> str:
    """The operating system: 'linux', 'macos', 'windows', or '?'."""
    return {"linux": "linux", "darwin": "macos", "win32": "windows"}.get(sys.platform, "?")


def fpath() -> tuple[str, str]:
    """Folder and name of the file that calls this."""
    path = concat(inspect.stack(0)[1].filename)
    return dirname(path), basename(path)


OS = uname()
prefix = sys.prefix
