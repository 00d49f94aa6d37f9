"""Machine code that stays on disk, so that a kernel is compiled once for a user and not in each process.

A file holds one function compiled for one signature, behind a digest. Its name has a hash of all that the code depends
on: the text of the kernel file and of those it imports, Numba and Python, the processor and the length of vectors. So
code of different versions can lie side by side, an edit makes new files and never meets old ones, and processes that
compile the same function at the same time write the same. (Numba's own cache sees no edits in imported files, and
confuses signatures that two processes compile at once.)

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
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from torchnn import __version__
from torchnn.kernels import host

SOURCES = pathlib.Path(__file__).parent
SUFFIX = ".nbc"

DIGEST = hashlib.sha256().digest_size

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
    return _hash([kernel_file(name)[0] for name in sorted(_reached(file, set()))])


def _reached(file: str, found: set[str]) -> set[str]:
    """The kernel files that a file imports, directly or not, and itself."""
    if file not in found and (SOURCES / f"{file}.py").exists():
        found.add(file)
        for name in kernel_file(file)[1]:
            _reached(name, found)
    return found


@functools.cache  # each is reached from many others
def kernel_file(file: str) -> tuple[str, list[str]]:
    """The text of a kernel file, and what it imports of the others."""
    text = (SOURCES / f"{file}.py").read_text()
    found = _IMPORT.findall(text)
    return text, [name for module, names in found for name in ([module] if module else re.findall(r"\w+", names))]


def path(name: str, *parts: Any) -> pathlib.Path:
    """The file for a function, named as `file.function`, and whatever else its code depends on."""
    hashed = _hash([name, *map(str, parts), str(host.VECTOR_BYTES), sys.version, stamp(name.partition(".")[0])])
    return folder() / f"{name}-{hashed}{SUFFIX}"


def read(place: pathlib.Path) -> bytes | None:
    """What was kept in a file; None where there is none, or it was cut short when the machine stopped."""
    try:
        content = place.read_bytes()
    except OSError:
        return None
    check, data = content[:DIGEST], content[DIGEST:]
    return data if hashlib.sha256(data).digest() == check else None


def write(place: pathlib.Path, data: bytes) -> None:
    """Keep something in a file."""
    if not is_writable(folder()):
        return
    handle, temporary = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(hashlib.sha256(data).digest() + data)
    os.replace(temporary, place)


def name_of(function: Callable[..., Any]) -> str:
    """The name of the kernel file of a function, and its own."""
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"


class Cache:
    """The compiled forms of a function, one for each signature, as Numba's compiled functions use it."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        self._name = name_of(function)
        self._options = sorted(
            (key, sorted(value) if isinstance(value, set) else value) for key, value in options.items()
        )

    @property
    def cache_path(self) -> str:
        """The folder."""
        return str(folder())

    def path(self, signature: Any, processor: Any) -> pathlib.Path:
        """The file for a signature."""
        checked = vars(numba.config)["BOUNDSCHECK"]
        return path(self._name, self._options, signature, processor, checked, numba.__version__)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The code for a signature, or None.

        Code that was compiled calls Numba's runtime, which has to be there. What Numba knows to compile it looks up
        when it compiles: that takes 0.08 s of the 0.12 until a process has run its first kernel.
        """
        rtsys.initialize(context)
        data = read(self.path(signature, context.codegen().magic_tuple()))
        return None if data is None else CompileResult._rebuild(context, *pickle.loads(data))

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep the code for a signature."""
        if not compiled.library.has_dynamic_globals:
            write(self.path(signature, compiled.codegen.magic_tuple()), dumps(compiled._reduce()))


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
