import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, SizeError
from torchnn.torch import sizes


@pytest.mark.parametrize(
    "args, size",
    [
        ((2, 3), (2, 3)),
        ((2.9, np.int32(3)), (2, 3)),
        (("2", 3), (2, 3)),
        (([2, 3],), (2, 3)),
        (((2, 3),), (2, 3)),
        ((torch.LongStorage([2, 3]),), (2, 3)),
        ((2, 0, 3), (2,)),
        ((-1,), ()),
        ((), ()),
    ],
    ids=repr,
)
def test_all_ways_to_give_sizes(args, size):
    assert sizes.parse(args) == size


@pytest.mark.parametrize(
    "args, error",
    [
        ((float("nan"),), SizeError),
        ((2, float("inf")), SizeError),
        ((True,), ArgumentError),
        (("a",), ArgumentError),
        ((None,), ArgumentError),
        ((torch.Tensor(2),), ArgumentError),
        ((torch.IntStorage([2]),), ArgumentError),
        ((1,) * 33, SizeError),
        ((2**31, 2**31), SizeError),
    ],
    ids=repr,
)
def test_what_is_no_size(args, error):
    x = torch.Tensor([[1, 2], [3, 4]])
    with pytest.raises(error):
        x.resize(*args)
    assert x.totable() == [[1, 2], [3, 4]], "resize failed and changed the tensor"
