import subprocess
import sys

import pytest

from tests.conftest import ROOT
from torchnn import torch
from torchnn.errors import SizeError

ONE_THREAD_BEFORE_NUMBA = """
import sys
from torchnn import kernels, torch
torch.setnumthreads(1)
assert "numba" not in sys.modules
kernels.distances
import numba
assert numba.get_num_threads() == torch.getnumthreads() == 1
torch.setnumthreads(1000)
assert numba.get_num_threads() == numba.config.NUMBA_NUM_THREADS
"""


def test_threads_are_set_without_numba_and_hold_when_it_comes():
    subprocess.run([sys.executable, "-c", ONE_THREAD_BEFORE_NUMBA], cwd=ROOT, check=True)


def test_there_is_at_least_one():
    assert torch.getnumcores() >= 1
    assert torch.getnumthreads() >= 1
    for bad in (0, -1, float("nan")):
        with pytest.raises(SizeError):
            torch.setnumthreads(bad)
