import numpy as np
import pytest

from torchnn import torch


def test_masks_pair_with_elements_in_row_major_order():
    x = torch.range(1, 6).resize(2, 3)
    mask = torch.ByteTensor([[1, 0], [0, 1], [1, 0]])
    assert x.maskedSelect(mask).totable() == [1, 4, 5]
    assert x.t().maskedSelect(mask).totable() == [1, 5, 3]
    x.t().maskedCopy(mask.t().clone(), torch.Tensor([10, 20, 30, 40]))
    assert x.totable() == [[10, 20, 30], [4, 5, 6]]
    assert x.maskedSelect(mask.clone().zero()).dim() == 0


def test_nonzero_of_nothing_and_of_nan():
    assert torch.zeros(3).nonzero().dim() == 0 and torch.Tensor().nonzero().dim() == 0
    assert torch.Tensor([0, float("nan"), -0.0]).nonzero().totable() == [[2]]


def test_fill_by_mask_of_few_that_lie_apart():
    x = torch.zeros(4, 3)
    x.t().maskedFill(torch.ByteTensor([[1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]]), 5)
    assert x.totable() == [[5, 0, 0], [0, 0, 5], [0, 0, 0], [5, 0, 0]]
    assert torch.zeros(8, 9).maskedFill(torch.ByteTensor(8, 9).fill(1), 2) == 2


@pytest.mark.parametrize("size", [(70_000,), (300, 300), (3, 200, 150), (90_000, 1)])
def test_subscripts_of_many(size):
    x = np.random.default_rng(0).integers(-1, 2, size)
    for array in (x, x.astype(np.float32), x.T):
        np.testing.assert_array_equal(torch.from_numpy(array).nonzero().array, np.argwhere(array) + 1)
