"""Every class of nn that Torch7 recorded is written as it was read, and computes the same afterwards."""

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import nn, t7, torch

FOLDER = ROOT / "fixtures/nn"


def modules(path):
    """The modules and criterions that the records of a file hold."""
    records = torch.load(path)["records"]
    return [value for record in records for value in record.values() if hasattr(type(value), "updateOutput")]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.t7")), ids=lambda path: path.stem)
def test_recorded_modules(path):
    for m in modules(path):
        for mode in ("binary", "ascii", "b32"):
            data = torch.serialize(m, mode)
            n = torch.load(data)
            assert type(n) is type(m)
            assert list(vars(n)) == list(vars(m)), "fields keep their order"
            assert torch.serialize(n, mode) == data


def test_the_bytes_of_whole_recordings_are_those_of_torch7():
    different = []
    for path in sorted(FOLDER.glob("*.t7")):
        data = path.read_bytes()
        again = torch.serialize(torch.load(path))
        if again != data:
            different.append(path.stem)
    # Reading computes its weight anew, and with it the buffers for that.
    assert different == ["WeightNorm"]


def test_parts_of_storages_are_written_alone_where_that_is_asked_for(tmp_path):
    whole = torch.rand(1000, 10)
    part = whole.narrow(1, 5, 2)
    column = whole.select(2, 3)
    sizes = []
    for keep in (True, False):
        path = tmp_path / "x.t7"
        torch.save(path, [part, column, part], whole=keep)
        sizes.append(path.stat().st_size)
        a, b, c = torch.load(path)
        assert np.array_equal(a.array, part.array)
        assert np.array_equal(b.array, column.array)
        assert a is c
    assert sizes[1] < sizes[0] / 5
    full, again = torch.load(torch.serialize([whole, whole.view(-1)], whole=False))
    assert full.storage() is again.storage(), "tensors that show all of a storage go on sharing it"


def test_parameters_that_share_a_storage():
    m = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Linear(2, 1))
    flat, _ = m.getParameters()
    n, again = torch.load(torch.serialize([m, flat]))
    again.fill(1)
    assert n.get(2).weight.sum() == 2
    small = torch.load(torch.serialize(m.get(2), whole=False))
    assert small.weight.storage().size() == 2
    assert np.array_equal(small.weight.array, m.get(2).weight.array)


def test_functions_are_written_as_they_were():
    m = nn.Linear(2, 3)
    m.hook = t7.Function(b"\x1bLJ\x02", [{"name": "x", "id": 1, "value": 5}])
    data = torch.serialize(m)
    n = torch.load(data)
    assert isinstance(n.hook, t7.Function)
    assert torch.serialize(n) == data
