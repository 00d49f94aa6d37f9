"""Programs that a script starts."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

PLACE = Path(__file__).parent / "bin"


@contextlib.contextmanager
def with_th(options: str = "") -> Iterator[None]:
    """Let `os.execute('th other.lua')` run `torchnn run` with these options, where no `th` is installed."""
    if os.name != "posix" or shutil.which("th"):
        yield
        return
    path = os.pathsep.join(filter(None, (os.environ.get("PATH"), str(PLACE))))
    ours = {"PATH": path, "TORCHNN_PYTHON": sys.executable, "TORCHNN_OPTIONS": options}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
