"""Objects in files."""

import numpy as np
import pytest

from torchnn import t7, torch
from torchnn.errors import FormatError, TorchError
from torchnn.torch import files


@pytest.mark.parametrize("mode", ["ascii", "binary"])
def test_objects_are_remembered_across_calls(file, mode):
    getattr(file, mode)()
    x, table = torch.rand(3), {"a": 1}
    for value in (x, [x, table], table):
        file.writeObject(value)
    file.seek(1)
    y, pair, again = file.readObject(), file.readObject(), file.readObject()
    assert torch.equal(x, y) and pair[0] is y and pair[1] is again == table
    assert file.seek(1).readObject() is y, "read once more, it is the object that is known already"


@pytest.mark.parametrize("ahead", [1, 7])
@pytest.mark.parametrize("mode", ["ascii", "binary"])
def test_objects_across_the_end_of_what_was_read_ahead(path, mode, ahead, monkeypatch):
    monkeypatch.setattr(files, "READ_AHEAD", ahead)
    shared = torch.rand(3)
    value = {"n": -1.5, "text": "two\nlines ", "": "", "list": [True, None, shared, shared.view(1, 3)], "b": b"\xff \n"}
    value["bytes"] = torch.ByteTensor([10, 32, 10])
    torch.save(path, value, mode)
    with torch.DiskFile(path) as file, torch.PipeFile(f"cat {path}") as pipe:
        for source in (file, pipe):
            got = getattr(source, mode)().readObject()
            assert torch.serialize(got) == torch.serialize(value)
            assert source.quiet().readString("*a") == "" and source.hasError(), "nothing is left"


def test_objects_between_other_things(file):
    file.writeInt(5)
    file.writeObject([1, "two"])
    file.writeString("three\n")
    file.binary().writeObject(torch.FloatTensor([4]))
    file.seek(1).ascii()
    assert file.readInt() == 5 and file.readObject() == [1, "two"] and file.readString("*l") == "three"
    assert file.binary().readObject().totable() == [4]


def test_not_referenced_objects_are_not_kept(file):
    file.binary().referenced(False)
    x = torch.rand(2)
    file.writeObject([x, x])
    file.referenced(True).writeObject(x)
    file.writeObject(x)
    file.seek(1).referenced(False)
    a, b = file.readObject()
    assert a is not b and a.storage() is not b.storage()
    file.referenced(True)
    assert file.readObject() is file.readObject()
    assert file._reader._known and a not in file._reader._known.values()


def test_what_cannot_be_written_changes_nothing(file):
    good = [1, 2]
    file.writeObject("first")
    end = file.position()
    with pytest.raises(TorchError, match=r"Unwritable object <generator> at here\.x"):
        file.writeObject({"good": good, "x": (n for n in ())}, "here")
    with pytest.raises(TorchError, match="non-serializable"):
        file.writeObject([file])
    assert file.position() == end
    file.writeObject(good)
    file.writeObject(good)
    file.seek(1)
    assert file.readObject() == "first"
    assert file.readObject() is file.readObject()


def test_what_cannot_be_read_leaves_the_file_usable(file):
    file.writeString("3\n1\n5\n")
    for _ in range(t7.reader.DEPTH + 1):
        file.seek(1)
        with pytest.raises(FormatError, match="at byte 6 of 6"):
            file.readObject()
    assert file.quiet().seek(1).readObject() is None and file.hasError()
    file.seekEnd().writeObject("more")
    assert file.pedantic().seek(7).readObject() == "more"


def test_hook_replaces_what_is_written(file):
    seen = []

    def hook(value):
        seen.append(value)
        return value.float() if torch.isTensor(value) else value

    file.writeObject({"x": torch.DoubleTensor([1, 2]), "n": 3}, "<?>", hook)
    file.seek(1)
    assert torch.type(file.readObject()["x"]) == "torch.FloatTensor"
    assert len(seen) == 2, "the table and the tensor, whose class writes the rest"


def test_hook_of_another_kind(file):
    with pytest.raises(TorchError, match="hook"):
        file.writeObject([1], "<?>", lambda value: torch.rand(1))


def test_which_objects_can_be_written():
    file = torch.MemoryFile()
    for value in (None, 1, True, "a", [], {}, torch.rand(1), np.zeros(2)):
        assert file.isWritableObject(value), value
    assert not file.isWritableObject(print) and not file.isWritableObject(iter(()))


def test_files_read_what_save_writes_and_the_other_way_round(path):
    value = {"x": torch.rand(2, 3), "list": [1, "two", False]}
    for mode in ("ascii", "binary"):
        torch.save(path, value, mode)
        with torch.DiskFile(path) as file:
            assert torch.equal(getattr(file, mode)().readObject()["x"], value["x"])
        with torch.DiskFile(path, "w") as file:
            getattr(file, mode)().writeObject(value)
        assert torch.load(path, mode)["list"] == value["list"]
