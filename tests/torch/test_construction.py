import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import MissingError, TorchError


@pytest.mark.parametrize(
    "table", [[[1], 2], [1, [2]], [[1, 2], [3]], [[1, 2], [3, [4]]], [[], []], ["a"], [None], [True]]
)
def test_tables_that_are_no_tensor(table):
    with pytest.raises(TorchError):
        torch.Tensor(table)


def test_long_integers_keep_their_digits():
    assert torch.LongTensor([2**53 + 1, -(2**62) - 1]).totable() == [2**53 + 1, -(2**62) - 1]
    assert torch.ByteTensor([-1, 257, 1e3]).totable() == [255, 1, 232]


def test_an_array_of_the_same_type_is_shared_and_another_converted():
    array = np.arange(6.0).reshape(2, 3)
    assert np.shares_memory(torch.DoubleTensor(array).array, array)
    assert torch.IntTensor(array).totable() == [[0, 1, 2], [3, 4, 5]]


def test_the_constructor_grows_a_storage_that_is_too_short():
    storage = torch.IntStorage([1, 2])
    x = torch.IntTensor(storage, 2, 2, 2, 2, 1)
    assert storage.size() == 5 and x[0][0] == 2


@pytest.mark.parametrize("offset, error", [(0, "invalid storage offset"), (-3, "invalid storage offset")])
def test_offsets_before_the_storage(offset, error):
    with pytest.raises(TorchError, match=error):
        torch.Tensor(torch.Storage(3), offset, 1)


@pytest.mark.parametrize("typename", ["Byte", "Char", "Short", "Int", "Long", "Float", "Double"])
def test_ranges_of_all_types(typename):
    torch.setdefaulttensortype(f"torch.{typename}Tensor")
    assert torch.range(1, 9, 2).totable() == [1, 3, 5, 7, 9]
    assert torch.range(9.9, 2.1, -3).totable() == pytest.approx(
        [9.9, 6.9, 3.9] if typename in ("Float", "Double") else [9, 6, 3]
    )


def test_ranges_against_numpy():
    for n in (2, 7, 100):
        assert np.allclose(torch.linspace(-2, 3, n).array, np.linspace(-2, 3, n), rtol=0, atol=1e-14)
        assert np.allclose(torch.logspace(-2, 3, n).array, np.logspace(-2, 3, n), rtol=1e-13)


@pytest.mark.parametrize("typename", ["Byte", "Char", "Short", "Int", "Long", "Float", "Double"])
def test_ranges_of_many_elements(typename):
    x = torch.Tensor().type(f"torch.{typename}Tensor")
    numbers = np.arange(100_000)
    if typename in ("Float", "Double"):
        assert np.array_equal(torch.range(x, 0.3, 10_000.25, 0.1).array, (0.3 + 0.1 * numbers).astype(x.dtype))
    assert np.array_equal(torch.range(x, 5, -299_992, -3).array, (5 - 3 * numbers).astype(x.dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linspace_of_many_elements_rounds_each_operation(dtype):
    r = torch.from_numpy(np.zeros((400, 300), dtype).T)
    numbers = np.arange(120_000, dtype=dtype)
    expected = numbers * (dtype(3) - dtype(-0.7)) / dtype(119_999) + dtype(-0.7)
    torch.linspace(r, -0.7, 3, 120_000)
    assert np.array_equal(r.array.reshape(-1), expected)


@pytest.mark.parametrize("bounds", [(0, float("inf")), (float("nan"), 1), (0, 1, 1e-300)])
def test_endless_ranges(bounds):
    r = torch.Tensor([1])
    with pytest.raises(TorchError):
        r.range(*bounds)
    assert r.totable() == [1]


def test_a_type_name_at_the_end():
    for x in (torch.zeros(2, "torch.IntTensor"), torch.eye(2, "torch.IntTensor"), torch.range(1, 2, "torch.IntTensor")):
        assert x.type() == "torch.IntTensor"
    with pytest.raises(MissingError):
        torch.linspace(1, 2, 3, "torch.IntTensor")


def test_a_result_that_is_part_of_something_is_filled_in_place():
    x = torch.Tensor(3, 2).fill(7)
    torch.zeros(x.narrow(1, 2, 1), 1, 2)
    assert x.totable() == [[7, 7], [0, 0], [7, 7]]
    torch.range(x.select(2, 1), 1, 3)
    assert x.totable() == [[1, 7], [2, 0], [3, 7]]


def test_too_much_memory_is_an_error():
    with pytest.raises(TorchError, match="not enough memory"):
        torch.Tensor(2**56)
