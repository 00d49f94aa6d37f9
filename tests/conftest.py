"""What all tests share."""

import pathlib

import pytest

from torchnn import torch
from torchnn.nn import calls

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from seed 1, double precision and calls that compute, and leaves double precision behind."""
    calls.maker = None
    torch.setdefaulttensortype("torch.DoubleTensor")
    torch.manualSeed(1)
    yield
    torch.setdefaulttensortype("torch.DoubleTensor")
