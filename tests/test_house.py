"""The rules of the house that no other tool checks."""

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SOURCES = sorted(
    path for folder in ("torchnn", "tests", "benchmarks", "examples") for path in (ROOT / folder).rglob("*.py")
)

NUMBA_OPTIONS = re.compile(
    r"\bnumba\.(njit|jit|\w*vectorize)\b|import (njit|jit|\w*vectorize)\b(?<!kernels import jit)"
)


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("statement", ["import torchnn", "from torchnn import torch, nn, optim"])
def test_import_needs_no_numba(statement):
    code = f"{statement}; import sys; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n", f"{statement} imports numba"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_is_one_room(path):
    lines = len(path.read_text().splitlines())
    assert lines <= 450, f"{name(path)} has {lines} lines; a file is one subject in at most 450"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.is_relative_to(ROOT / "torchnn")], ids=name)
def test_only_one_file_sets_numbas_options(path):
    if path != ROOT / "torchnn/kernels/jit.py":
        assert not NUMBA_OPTIONS.search(path.read_text()), name(path)
