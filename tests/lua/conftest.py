"""A runtime for each module of tests."""

from collections.abc import Iterator

import pytest

from torchnn.lua import Runtime


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    runtime = Runtime()
    yield runtime
    runtime.execute("torch.setdefaulttensortype('torch.DoubleTensor')")
