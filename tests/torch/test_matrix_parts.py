import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types


@pytest.mark.parametrize("element", types.ALL[:-1], ids=lambda e: e.name)
@pytest.mark.parametrize("k", [-4, -3, -1, 0, 2, 5, 6])
def test_triangles_and_diagonals(element, k):
    array = np.arange(1, 16).reshape(3, 5).astype(element.dtype)
    x = types.TENSORS[element].wrap(array)
    assert np.array_equal(x.tril(k).array, np.tril(array, k))
    assert np.array_equal(x.triu(k).array, np.triu(array, k))
    assert np.array_equal(x.diag(k).array, np.diag(array, k)), (element.name, k)
    assert np.array_equal(x.t().diag(k).array, np.diag(array.T, k))
    assert np.array_equal(torch.diag(x.select(1, 2), k).array, np.diag(array[1], k))


def test_a_diagonal_that_does_not_exist_is_empty():
    x, r = torch.ones(2, 3), torch.ones(4)
    assert x.diag(3).dim() == 0
    assert torch.diag(r, x, -(2**40)) is r and r.dim() == 0


def test_triangles_do_not_multiply():
    x = torch.Tensor(2, 2).fill(float("nan"))
    assert torch.tril(x)[0, 1] == 0 and torch.triu(x)[1, 0] == 0


def test_trace():
    assert torch.ByteTensor(3, 5).fill(200).trace() == 600
    assert torch.Tensor([[1, 2], [3, 4], [5, 6]]).t().trace() == 5


def test_what_is_no_matrix_is_refused():
    for x in (torch.Tensor(), torch.ones(3), torch.ones(2, 2, 2)):
        for name in ("tril", "triu", "trace"):
            with pytest.raises(TorchError):
                getattr(x, name)()
    with pytest.raises(TorchError):
        torch.Tensor().diag()
    with pytest.raises(TorchError, match="not enough memory"):
        torch.ones(3).diag(2**40)


@pytest.mark.parametrize("k", [-400, -299, -40, 0, 1, 33, 256, 300])
def test_triangles_of_many(k):
    array = np.random.RandomState(3).standard_normal((300, 257))
    for rows in (array, array.T):
        x = torch.DoubleTensor.wrap(rows)
        assert np.array_equal(x.tril(k).array, np.tril(rows, k)) and np.array_equal(x.triu(k).array, np.triu(rows, k))
        copied = x.clone()
        assert torch.tril(copied, copied, k) is copied and np.array_equal(copied.array, np.tril(rows, k))
