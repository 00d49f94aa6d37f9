"""Vectors of another length than the processor's: it is chosen when a process starts."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent

# Each length with one of the types: every line of the generators runs, in half of the time of all four.
shorter = pytest.mark.parametrize("vector_bytes, dtype", [(32, "float32"), (16, "float64")])


def run(vector_bytes, code):
    """Run code in a process of its own with vectors of that length.

    It is compiled without optimizations, which takes 0.6 of the time: what is proved is what the generators write.
    """
    environment = {**os.environ, "TORCHNN_VECTOR_BYTES": str(vector_bytes), "NUMBA_OPT": "0"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
