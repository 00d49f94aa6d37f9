"""Machine code on disk."""

import os
import pathlib
import subprocess
import sys

import numba
import numpy as np
import pytest

from tests.kernels.counted import by, launched
from torchnn.kernels import cache, jit, launch, pool

ROOT = pathlib.Path(__file__).parent.parent.parent


def double(x: np.ndarray) -> None:
    x *= 2


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of its own for machine code."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def run(program, place, *options, **environment):
    command = [sys.executable, *options, "-c", program]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(place), "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_a_second_process_compiles_nothing(place):
    program = """
import numba, numpy as np
from tests.kernels.test_cache import double
from torchnn.kernels import jit
double = jit.kernel(double)
x = np.ones(2)
double(x)
print(x.sum())
"""
    first = run(program, place)
    assert first.returncode == 0 and first.stdout.startswith("4.0"), first.stderr
    files = {file: file.stat().st_mtime_ns for file in place.rglob("*.nbc")}
    assert sum(file.name.startswith("test_cache.double") for file in files) == 1
    assert run(program, place).returncode == 0
    assert {file: file.stat().st_mtime_ns for file in place.rglob("*.nbc")} == files


def test_what_numba_compiles_with_is_loaded_when_something_is_compiled(place):
    program = """
import sys, numpy as np
from tests.kernels.test_cache import double
from torchnn.kernels import jit
double, known = jit.kernel(double), []
for x in np.ones(2), np.ones(2, np.float32):
    double(x)
    known.append("numba.np.linalg" in sys.modules)
    double(x)
print(x.sum(), known)
"""
    assert run(program, place).stdout.startswith("8.0 [True, True]")
    (path,) = (file for file in place.rglob("test_cache.double*.nbc") if b"float32" in file.read_bytes())
    path.unlink()
    assert run(program, place).stdout.startswith("8.0 [False, True]")
    assert run(program, place).stdout.startswith("8.0 [False, False]")


def test_what_the_code_depends_on_is_in_the_name(place, monkeypatch):
    kernel = jit.kernel(double)
    path = kernel._cache.path("a", "b")
    assert path == jit.kernel(double)._cache.path("a", "b") and path.is_relative_to(place)
    others = [jit.exact(double)._cache.path("a", "b"), kernel._cache.path("c", "b"), kernel._cache.path("a", "c")]
    monkeypatch.setattr(cache.host, "VECTOR_BYTES", 8)
    others.append(kernel._cache.path("a", "b"))
    assert len({path, *others}) == 5


def forget():
    """What another process would not know."""
    cache.stamp.cache_clear()
    cache.kernel_file.cache_clear()


def test_edits_of_imported_files_are_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "SOURCES", tmp_path)
    (tmp_path / "a.py").write_text("from torchnn.kernels import b, jit\n")
    (tmp_path / "b.py").write_text("from torchnn.kernels.c import x as y\n")
    (tmp_path / "c.py").write_text("x = 1\n")
    (tmp_path / "d.py").write_text("")
    forget()
    stamps = cache.stamp("a"), cache.stamp("d")
    (tmp_path / "c.py").write_text("x = 2\n")
    forget()
    changed = cache.stamp("a"), cache.stamp("d")
    forget()
    assert changed[0] != stamps[0] and changed[1] == stamps[1]


def test_damaged_files_are_written_anew(place):
    kernel = jit.kernel(double)
    kernel(np.ones(2))
    (file,) = place.rglob("*.nbc")
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    assert cache.read(file) is None
    x = np.ones(2)
    jit.kernel(double)(x)
    # Its length may differ by the digits of an address, which are part of names.
    assert x.tolist() == [2, 2] and cache.read(file) is not None


def test_without_a_place_to_write_there_is_one_warning(tmp_path):
    (tmp_path / "file").write_text("")
    program = """
import numpy as np
from tests.kernels.test_cache import double
from torchnn.kernels import jit
for element in (np.float32, np.float64):
    x = np.ones(2, element)
    jit.kernel(double)(x)
    assert x.sum() == 4
"""
    done = run(program, tmp_path / "file")
    assert done.returncode == 0 and done.stderr.count("UserWarning: kernels are compiled in every process") == 1
    assert "NUMBA_CACHE_DIR can name another folder" in done.stderr


def test_what_starts_threads_can_be_kept():
    """Code that holds an address of this process is compiled anew in each: 0.6 to 1 s before the first large layer."""
    launched(2)
    launched(1)
    launched(2, run=by(launch._on_threads))
    kernels = [launch._on_threads, launch._on_this_thread] + [launch._on_pool] * pool.is_wanted()
    for kernel in kernels:
        compiled = kernel.overloads.values()
        assert compiled, kernel
        assert not any(code.library.has_dynamic_globals for code in compiled)
