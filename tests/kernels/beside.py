"""Programs that run in processes of their own, one after another, while other tests run: see `conftest.py`.

What is compiled differently (for shorter vectors, with bounds checking) needs a process, which compiles for long.
"""

import os
import pathlib
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent


class Program:
    """A text of Python, and environment variables."""

    def __init__(self, code: str, **environment: str) -> None:
        self.code, self.environment = code, environment


class Queue:
    """Programs that run one after another."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._results: dict[Program, Future[subprocess.CompletedProcess[str]]] = {}
        self._running: subprocess.Popen[str] | None = None
        self._closed = False

    def add(self, program: Program) -> None:
        """Run a program when its turn comes."""
        self._results[program] = self._thread.submit(self._run, program)

    def result(self, program: Program) -> subprocess.CompletedProcess[str]:
        """Wait until a program has ended."""
        return self._results[program].result()

    def close(self) -> None:
        """End what runs."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)
        if self._running is not None:
            self._running.kill()

    def _run(self, program: Program) -> subprocess.CompletedProcess[str]:
        # Without optimizations, compiling takes 0.6 of the time: what is proved is what the generators write.
        environment = {**os.environ, "NUMBA_OPT": "0", "PYTHONPATH": str(ROOT), **program.environment}
        command, pipe = [sys.executable, "-W", "error", "-c", program.code], subprocess.PIPE
        self._running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)
        if self._closed:
            self._running.kill()
        out, error = self._running.communicate()
        return subprocess.CompletedProcess(command, self._running.returncode, out, error)


def runs(*programs: Program):
    """Decorates a test: it runs for each of the programs with what that wrote, the argument `output`."""
    return pytest.mark.parametrize("output", programs, indirect=True, ids=lambda p: "-".join(p.environment.values()))


def runs_with_shorter_vectors(code: str):
    """Decorates a test that checks `code` with shorter vectors than the processor's; `{dtype}` in it is a type.

    Each length comes with one of the types: every line of the generators runs, in half of the time of all four.
    """
    lengths = {"32": "float32", "16": "float64"}
    head = "import numpy as np\n"
    programs = [Program(head + code.format(dtype=f"np.{t}"), TORCHNN_VECTOR_BYTES=n) for n, t in lengths.items()]
    return runs(*programs)
