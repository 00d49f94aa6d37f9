import copy
import pickle

import pytest

from torchnn import torch
from torchnn.errors import TorchError


@pytest.mark.parametrize("typename", ["Byte", "Char", "Short", "Int", "Long", "Float", "Double"])
def test_the_pointer_to_the_elements_counts_from_0(typename):
    x = getattr(torch, f"{typename}Tensor")([1, 2, 3, 4])
    pointer = x.narrow(1, 2, 3).data()
    assert [pointer[0], pointer[2]] == [2, 4]
    pointer[1] = 9
    assert x.totable() == [1, 2, 9, 4]
    assert torch.data(x.storage(), True) == torch.data(x, True)


def test_an_empty_tensor_has_no_memory():
    x = torch.Tensor()
    assert x.data() is None and x.storage() is None and x.size().size() == 0 and x.nElement() == 0
    assert x.isContiguous() and not x.isSetTo(x) and x.storageOffset() == 1


def test_classes_know_how_large_elements_are():
    assert (torch.IntStorage.elementSize(), torch.DoubleTensor.elementSize()) == (4, 8)
    assert (torch.ByteStorage(2).elementSize(), torch.HalfTensor().elementSize()) == (1, 2)


def test_numpys_questions():
    x = torch.FloatTensor(2, 3)
    assert (x.shape, x.ndim, x.dtype) == ((2, 3), 2, "float32")


@pytest.mark.parametrize("dimension", [0, -1, 3, float("nan"), "a", True])
def test_dimensions_that_do_not_exist(dimension):
    for question in (torch.Tensor(2, 3).size, torch.Tensor(2, 3).stride):
        with pytest.raises(TorchError):
            question(dimension)


def test_sizes_are_new_storages_whoever_looks_at_them():
    x = torch.DoubleTensor(2, 3)
    size, stride = x.size(), x.stride()
    assert size.totable() == [2, 3] and stride.totable() == [3, 1]
    size[0] = 7
    assert size.totable() == [7, 3] and x.size().totable() == [2, 3]
    assert len(x.size()) == x.size().size() == 2 and x.size()[-1] == 3 and list(x.size()) == [2, 3]
    assert [copy.deepcopy(x.size()).totable(), pickle.loads(pickle.dumps(x.size())).totable()] == [[2, 3]] * 2
    assert torch.DoubleTensor(x.size()).isSameSizeAs(x) and torch.LongTensor(x.size()).totable() == [2, 3]
    assert x.size().resize(3).totable()[:2] == [2, 3] and x.size().fill(4).totable() == [4, 4]
    assert torch.DoubleTensor().size().totable() == []
    with pytest.raises(AttributeError, match="LongStorage.*no attribute 'sizes'"):
        _ = x.size().sizes
