import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, SizeError

NUMBERS = [2, 2.0, np.float64(2), np.float32(2), np.int64(2), np.uint8(2)]


@pytest.mark.parametrize("two", NUMBERS, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize("tensor_type", [torch.IntTensor, torch.FloatTensor, torch.DoubleTensor])
def test_numbers_on_either_side(tensor_type, two):
    x = tensor_type([6, 8])
    cases = {"x + 2": x + two, "2 + x": two + x, "x - 2": x - two, "2 - x": two - x, "x * 2": x * two, "2 * x": two * x}
    expected = {
        "x + 2": [8, 10],
        "2 + x": [8, 10],
        "x - 2": [4, 6],
        "2 - x": [-4, -6],
        "x * 2": [12, 16],
        "2 * x": [12, 16],
    }
    cases |= {"x / 2": x / two, "x % 5": x % 5, "-x": -x}
    expected |= {"x / 2": [3, 4], "x % 5": [1, 3], "-x": [-6, -8]}
    for name, result in cases.items():
        assert type(result) is tensor_type, name
        assert result.totable() == expected[name], name
    assert x.totable() == [6, 8]


def test_arrays_on_either_side():
    x, a = torch.range(1, 4).view(2, 2), np.array([[1.0, 0.0], [0.0, 2.0]])
    assert (x + a).totable() == (a + x).totable() == [[2, 2], [3, 6]]
    assert (a - x).totable() == [[0, -2], [-3, -2]]
    assert (x * a).totable() == [[1, 4], [3, 8]]
    assert (a * x).totable() == [[1, 2], [6, 8]]
    assert type(a * x) is torch.DoubleTensor


def test_products_of_tensors():
    matrix, vector = torch.range(1, 6).view(2, 3), torch.DoubleTensor([1, 0, 2])
    assert vector * vector == 5
    assert (matrix * vector).totable() == [7, 16]
    assert (matrix * matrix.t()).totable() == [[14, 32], [32, 77]]
    for x, y in ((vector, matrix), (matrix.view(1, 2, 3), matrix), (torch.Tensor(), vector)):
        with pytest.raises(SizeError, match="multiplication between"):
            x * y


@pytest.mark.parametrize(
    "expression", ["x / x", "1 / x", "x % x", "x + None", "x + True", "x + f", "f - x", "x ** 2", "{} + x", "x * 'a'"]
)
def test_what_has_no_operator(expression):
    names = {"x": torch.DoubleTensor([1, 2]), "f": torch.FloatTensor([1, 2])}
    with pytest.raises(ArgumentError):
        eval(expression, names)
    assert names["x"].totable() == [1, 2]


def test_equality_is_identity():
    x = torch.DoubleTensor([1])
    assert x == x
    assert x != x.clone()
    assert hash(x) == hash(x)
