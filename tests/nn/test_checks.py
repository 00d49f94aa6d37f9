import numpy as np
import pytest

from torchnn import torch
from torchnn.nn import checks


@pytest.mark.parametrize("kind", [torch.FloatTensor, torch.DoubleTensor])
def test_tensors_that_are_alike_give_their_elements(kind):
    x, y = kind([[1, 2], [3, 4]]), kind(2, 2)
    first, second = checks.alike(x, y)
    assert first is x.array and second is y.array


def test_memory_that_has_moved_is_looked_at_anew():
    x = torch.rand(4)
    part = x.narrow(1, 1, 2)
    part.numpy()
    x.storage().resize(1000)
    x.storage()[0] = 7
    assert checks.alike(part)[0][0] == 7


@pytest.mark.parametrize(
    "given",
    [
        [None],
        [[1.0]],
        [np.zeros(2)],
        [torch.LongTensor(2)],
        [torch.HalfTensor(2)],
        [torch.rand(2, 3).t()],
        [torch.rand(2), torch.FloatTensor(2)],
        [torch.rand(2), None],
        [torch.rand(2), torch.rand(3)],
        [torch.rand(3, 2), torch.rand(2, 3).t()],
    ],
    ids=[
        "nil",
        "list",
        "array",
        "integers",
        "halves",
        "transposed",
        "types",
        "no second",
        "sizes",
        "second transposed",
    ],
)
def test_others_are_not_alike(given):
    assert checks.alike(*given) is None
