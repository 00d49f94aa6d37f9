"""Machine code that stays on disk, so that a kernel is compiled once for a user and not in each process.

A file holds one function compiled for one signature. Its name has a hash of all that the code depends on: the text of
the kernel file and of those it imports, Numba and Python, the processor and the length of vectors. So code of
different versions can lie side by side, an edit makes new files and never meets old ones, and processes that compile
the same function at the same time write the same. (Numba's own cache sees no edits in imported files, and confuses
signatures that two processes compile at once.)

The files are in the folder that NUMBA_CACHE_DIR names, else where the system keeps the caches of a user.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pathlib
import pickle
import re
import sys
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

import numba
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from torchnn import __version__
from torchnn.kernels import host

SOURCES = pathlib.Path(__file__).parent
SUFFIX = ".nbc"

# How a kernel file names others: `from torchnn.kernels import a, b` or `from torchnn.kernels.a import x`.
_IMPORT = re.compile(r"^from torchnn\.kernels(?:\.(\w+))? import (.+)$", re.MULTILINE)


def folder() -> pathlib.Path:
    """Where the files are."""
    base = vars(numba.config)["CACHE_DIR"]
    return (pathlib.Path(base) if base else _user_caches()) / "torchnn" / __version__


def _user_caches() -> pathlib.Path:
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser()
    if sys.platform == "darwin":
        return pathlib.Path("~/Library/Caches").expanduser()
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


@functools.cache
def stamp(file: str) -> str:
    """A hash of the text of a kernel file and of all kernel files it imports."""
    return _hash([(SOURCES / f"{name}.py").read_text() for name in sorted(_reached(file, set()))])


def _reached(file: str, found: set[str]) -> set[str]:
    """The kernel files that a file imports, directly or not, and itself."""
    if file not in found and (SOURCES / f"{file}.py").exists():
        found.add(file)
        for module, names in _IMPORT.findall((SOURCES / f"{file}.py").read_text()):
            for name in [module] if module else re.findall(r"\w+", names):
                _reached(name, found)
    return found


class Cache:
    """The compiled forms of a function, one for each signature, as Numba's compiled functions use it."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        self._file = function.__module__.rpartition(".")[2]
        self._name = f"{self._file}.{function.__qualname__}"
        self._options = [(key, sorted(value) if isinstance(value, set) else value) for key, value in options.items()]

    @property
    def cache_path(self) -> str:
        """The folder."""
        return str(folder())

    def path(self, signature: Any, processor: Any) -> pathlib.Path:
        """The file for a signature."""
        checked = vars(numba.config)["BOUNDSCHECK"]
        parts = [self._name, sorted(self._options), signature, processor, checked, host.VECTOR_BYTES]
        parts += [numba.__version__, sys.version, stamp(self._file)]
        return folder() / f"{self._name}-{_hash(map(str, parts))}{SUFFIX}"

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The code for a signature, or None."""
        context.refresh()
        path = self.path(signature, context.codegen().magic_tuple())
        try:
            return CompileResult._rebuild(context, *pickle.loads(path.read_bytes()))
        except OSError:  # not there, most often
            return None
        except (EOFError, pickle.UnpicklingError):
            path.unlink(missing_ok=True)  # cut short when the machine stopped
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep the code for a signature."""
        if compiled.library.has_dynamic_globals or not is_writable(folder()):
            return
        path = self.path(signature, compiled.codegen.magic_tuple())
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(dumps(compiled._reduce()))
        os.replace(temporary, path)


@functools.cache
def is_writable(place: pathlib.Path) -> bool:
    """Whether files can be made in a folder, which is created where it is missing; else a warning says so once."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        message = f"kernels are compiled in every process, since they cannot be kept in {place}: {error.strerror}"
        warnings.warn(f"{message}; NUMBA_CACHE_DIR can name another folder", stacklevel=2)
        return False
    return True


def _hash(texts: Any) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]
