import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import TorchError


def test_masked_select_keeps_the_types_of_indices_and_masks():
    module = nn.MaskedSelect().float()
    x, mask = torch.FloatTensor([1, 2, 3]), torch.ByteTensor([1, 0, 1])
    assert module.forward([x, mask]).totable() == [1, 3]
    gradients = module.backward([x, mask], torch.FloatTensor([5, 6]))
    assert [gradient.type() for gradient in gradients] == ["torch.FloatTensor", "torch.ByteTensor"]
    assert gradients[0].totable() == [5, 0, 6]
    with pytest.raises(TorchError, match="attempt to call method 'type'"):
        module.double()


def test_masked_select_of_nothing():
    module, x, mask = nn.MaskedSelect(), torch.randn(3), torch.ByteTensor([0, 0, 0])
    assert module.forward([x, mask]).nElement() == 0
    assert module.backward([x, mask], torch.Tensor())[0].totable() == [0, 0, 0]


def test_index_adds_up_repeated_slices():
    module, x, indices = nn.Index(1), torch.randn(3, 2), torch.LongTensor([3, 1, 3])
    g = torch.randn(3, 2)
    np.testing.assert_array_equal(module.forward([x, indices]).array, x.array[[2, 0, 2]])
    expected = np.stack([g.array[1], np.zeros(2), g.array[0] + g.array[2]])
    np.testing.assert_array_equal(module.backward([x, indices], g)[0].array, expected)


@pytest.mark.parametrize("wrong", [0, 5, [1, 5], [0, 2]])
def test_one_hot_out_of_range_changes_nothing(wrong):
    module = nn.OneHot(4)
    module.forward(2)
    with pytest.raises(TorchError, match="Invalid index"):
        module.forward(wrong if isinstance(wrong, int) else torch.LongTensor(wrong))
    assert module.output.totable() == [0, 1, 0, 0]
