"""What all tests share."""

import pathlib

import pytest

from torchnn import torch

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture
def root() -> pathlib.Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts from seed 1 and double precision, and leaves double precision behind."""
    torch.setdefaulttensortype("torch.DoubleTensor")
    torch.manualSeed(1)
    yield
    torch.setdefaulttensortype("torch.DoubleTensor")
