import math

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import MissingError

FLOATS = [torch.FloatTensor, torch.DoubleTensor]


@pytest.mark.parametrize("tensor_type", FLOATS)
def test_halves_round_away_from_zero_and_nothing_else_does(tensor_type):
    dtype = tensor_type.element.dtype.type
    below = np.nextafter(dtype(0.5), dtype(0))
    odd = 2.0 ** np.finfo(dtype).nmant + 1
    x = tensor_type.wrap(np.array([0.5, -0.5, 2.5, -2.5, below, -below, odd, -odd, 1.4999, np.inf, np.nan], dtype))
    expected = np.array([1, -1, 3, -3, 0, 0, odd, -odd, 1, np.inf, np.nan], dtype)
    assert np.array_equal(torch.round(x).array, expected, equal_nan=True)


FUNCTIONS = {
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "ceil": math.ceil,
    "cinv": lambda v: 1 / v,
    "cos": math.cos,
    "cosh": math.cosh,
    "exp": math.exp,
    "floor": math.floor,
    "frac": lambda v: math.modf(v)[0],
    "log": math.log,
    "log1p": math.log1p,
    "neg": lambda v: -v,
    "rsqrt": lambda v: 1 / math.sqrt(v),
    "sigmoid": lambda v: 1 / (1 + math.exp(-v)),
    "sin": math.sin,
    "sinh": math.sinh,
    "sqrt": math.sqrt,
    "tan": math.tan,
    "tanh": math.tanh,
    "trunc": math.trunc,
}


@pytest.mark.parametrize("tensor_type", FLOATS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_against_the_c_library(tensor_type, name):
    values = np.linspace(0.05, 0.95, 12)
    expected = [FUNCTIONS[name](v) for v in values]
    x = tensor_type.wrap(values.astype(tensor_type.element.dtype)).view(3, 4).t()
    tolerance = 1e-14 if tensor_type is torch.DoubleTensor else 1e-5
    result = getattr(torch, name)(x)
    assert result.isContiguous()
    assert np.allclose(result.t().contiguous().array.reshape(-1), expected, rtol=tolerance, atol=tolerance)
    assert getattr(x, name)() is x
    assert np.array_equal(x.array, result.array)


def test_functions_of_numbers_have_the_precision_of_the_default_type():
    assert torch.sin(0.5) == math.sin(0.5)
    assert torch.pow(2, 10) == 1024
    assert torch.lerp(1, 3, 0.25) == 1.5
    torch.setdefaulttensortype("torch.FloatTensor")
    assert torch.sqrt(2) == float(np.sqrt(np.float32(2)))
    torch.setdefaulttensortype("torch.IntTensor")
    assert torch.abs(-3.7) == 3
    with pytest.raises(MissingError, match="torch.IntTensor does not implement the torch.sin"):
        torch.sin(0.5)
    torch.setdefaulttensortype("torch.DoubleTensor")
    assert torch.sin(0.5) == math.sin(0.5)


@pytest.mark.parametrize("tensor_type", FLOATS)
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, 0.5, -0.5, -1, -2, -3, 2.5])
def test_powers(tensor_type, exponent):
    x = tensor_type([0.5, 1, 2.25])
    expected = [v**exponent for v in (0.5, 1, 2.25)]
    assert np.allclose(torch.pow(x, exponent).array, expected, rtol=1e-6)
    x.pow(exponent)
    assert np.allclose(x.array, expected, rtol=1e-6)


def test_powers_where_c_has_no_general_power():
    x = torch.DoubleTensor([-math.inf, -0.0, -4])
    assert np.array_equal(torch.pow(x, 0.5).array, [math.nan, -0.0, math.nan], equal_nan=True)
    assert torch.cpow(torch.IntTensor([2, -3, 2]), torch.IntTensor([10, 3, -1])).totable() == [1024, -27, 0]


def test_sign_of_all_types():
    for tensor_type in (torch.CharTensor, torch.ShortTensor, torch.IntTensor, torch.LongTensor):
        assert tensor_type([-3, 0, 9]).sign().totable() == [-1, 0, 1]
    assert torch.ByteTensor([0, 200]).sign().totable() == [0, 1]
    assert torch.DoubleTensor([-math.inf, math.nan, 1e-300]).sign().totable() == [-1, 0, 1]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_sign_of_every_nan_and_zero_is_zero(kind):
    bits = f"u{np.dtype(kind).itemsize}"
    payload = np.array(np.nan, kind).view(bits) + np.array(1).astype(bits)
    given = np.array([-0.0, np.nan, -np.nan, 0, 2, -3, np.inf, payload.view(kind)], kind)
    for x in (torch.from_numpy(given.copy()), torch.from_numpy(np.stack([given, given]).T.copy()).select(2, 1)):
        found = x.sign().array
        assert found.tolist() == [0, 0, 0, 0, 1, -1, 1, 0] and not np.signbit(found[[0, 1, 2, 3, 7]]).any()


def test_integers_have_no_transcendental_functions():
    x = torch.IntTensor([1])
    with pytest.raises(MissingError, match="torch.IntTensor does not implement the torch.sqrt"):
        x.sqrt()
    assert x.totable() == [1]
