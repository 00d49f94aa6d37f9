"""Files in memory."""

import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, TorchError


def test_the_storage_is_that_of_the_file():
    storage = torch.CharStorage([49, 50, 0])
    file = torch.MemoryFile(storage, "rw")
    assert file.readInt() == 12
    file.writeString("345")
    assert file.storage() is storage and storage.string() == "12345\0"
    storage[0] = ord("9")
    assert file.seek(1).readInt() == 92345
    file.close()
    assert storage.string() == "92345\0"


def test_somebody_makes_the_storage_smaller():
    file = torch.MemoryFile()
    file.writeString("123456")
    for size in (4, 1, 0):
        file.storage().resize(size)
        file.quiet().seekEnd()
        assert file.position() == max(size, 1)
    file.writeString("new")
    assert file.storage().string() == "new\0"


def test_memory_that_cannot_grow():
    whole = torch.CharStorage([48, 0, 7])
    part = torch.CharStorage(whole, 1, 2)
    file = torch.MemoryFile(part)
    file.writeString("8")
    with pytest.raises(TorchError, match="not resizable"):
        file.writeString("9")
    assert whole.totable() == [56, 0, 7]


@pytest.mark.parametrize("storage", [[], [1]])
def test_storages_end_in_zero(storage):
    with pytest.raises(ArgumentError, match="terminated by 0"):
        torch.MemoryFile(torch.CharStorage(storage))
