import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError


def test_elements_come_as_numbers_in_row_major_order():
    seen = []
    x = torch.IntTensor([[1, 2], [3, 4]])
    assert x.t().apply(seen.append).totable() == [[1, 3], [2, 4]]
    assert seen == [1, 3, 2, 4] and {type(v) for v in seen} == {int}


def test_some_elements_are_left():
    x = torch.Tensor([1, 2, 3]).apply(lambda v: None if v == 2 else np.float32(v / 2))
    assert x.totable() == [0.5, 2, 1.5]
    assert torch.ByteTensor([1, 2]).map(torch.ByteTensor([[255], [1]]), lambda a, b: a + b).totable() == [0, 3]


@pytest.mark.parametrize("answer", ["1", True, [], torch.Tensor([1])])
def test_an_answer_that_is_no_number_changes_nothing(answer):
    x = torch.Tensor([1, 2, 3])
    with pytest.raises(TorchError, match="number or nil"):
        x.apply(lambda v: 9 if v < 3 else answer)
    assert x.totable() == [1, 2, 3]


def test_nothing_to_call():
    assert torch.Tensor().apply(lambda v: 1).dim() == 0
    for call in (lambda x: x.apply(None), lambda x: x.map(x, 1), lambda x: x.map2(x, torch.Tensor(3), max)):
        with pytest.raises(TorchError):
            call(torch.Tensor(2))
