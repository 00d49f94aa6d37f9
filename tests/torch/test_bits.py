import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError

INTEGERS = [torch.ByteTensor, torch.CharTensor, torch.ShortTensor, torch.IntTensor, torch.LongTensor]


@pytest.mark.parametrize("tensor_type", INTEGERS)
def test_right_shifts_bring_in_zeros(tensor_type):
    x = tensor_type.wrap(np.array([-1, -128, 77], np.int8).astype(tensor_type.element.dtype))
    bits = 8 * x.elementSize()
    expected = [x.element.number((v % 2**bits) >> 3) for v in x.totable()]
    assert torch.rshift(x, 3).totable() == expected
    assert torch.crshift(x, tensor_type([3, 3, 3])).totable() == expected
    assert x.rshift(3) is x
    assert x.totable() == expected


@pytest.mark.parametrize("tensor_type", INTEGERS)
def test_shifts_beyond_the_width_do_no_harm(tensor_type):
    x = tensor_type([77, 5])
    for count in (64, 100, -1):
        assert torch.lshift(x, count).size().totable() == [2]
        assert torch.rshift(x, count).size().totable() == [2]


@pytest.mark.parametrize("tensor_type", [torch.FloatTensor, torch.DoubleTensor])
def test_shifts_of_floats_scale(tensor_type):
    x, y = tensor_type([3, -0.5]), tensor_type([4, -1])
    assert torch.lshift(x, 2).totable() == [12, -2]
    assert torch.rshift(x, 2).totable() == [0.75, -0.125]
    assert torch.clshift(x, y).totable() == [48, -0.25]
    assert torch.crshift(x, y).totable() == [0.1875, -1]
    with pytest.raises(ArgumentError, match="bitand is only supported for integer type tensors"):
        x.bitand(1)


@pytest.mark.parametrize("tensor_type", INTEGERS)
def test_bits_of_strided_tensors(tensor_type):
    x, y = tensor_type([[1, 2, 3], [4, 5, 6]]), tensor_type([[7, 3], [5, 1], [2, 6]])
    a, b = x.array, y.array.T
    assert np.array_equal(torch.cbitand(x, y.t()).array, a & b)
    assert np.array_equal(torch.cbitor(x, y.t()).array, a | b)
    assert np.array_equal(torch.cbitxor(x, y.t()).array, a ^ b)
    assert np.array_equal(torch.bitxor(x.t(), 5).array, a.T ^ 5)
