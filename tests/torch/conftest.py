"""What tests of files share."""

import pytest

from torchnn import torch


@pytest.fixture
def path(tmp_path):
    """The name of a file that does not exist."""
    return str(tmp_path / "file")


@pytest.fixture(params=["memory", "disk"])
def file(request, path):
    """An empty file to read and write."""
    with torch.MemoryFile() if request.param == "memory" else torch.DiskFile(path, "rw") as made:
        yield made
