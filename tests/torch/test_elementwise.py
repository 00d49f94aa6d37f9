import numpy as np
import pytest

from torchnn import torch
from torchnn.torch import elementwise

N = elementwise.SMALLEST + 5


@pytest.mark.parametrize("name", ["add", "csub", "cmax", "cmin", "cremainder", "addcmul", "addcdiv", "gt"])
@pytest.mark.parametrize("tensor_type", [torch.FloatTensor, torch.DoubleTensor, torch.IntTensor])
def test_large_tensors_as_their_parts(tensor_type, name):
    rest = np.random.default_rng(1).integers(1, 100, (3, N)).astype(tensor_type.element.dtype)
    x, y, z = (tensor_type.wrap(row.copy()) for row in rest)
    arguments = (2, y, z) if name.startswith("addc") else (2, y) if name in ("add", "csub") else (y,)
    function = getattr(torch, name)
    result = function(x, *arguments)
    for first in (1, elementwise.SMALLEST // 2 - 3, N - 6):
        part = [a if isinstance(a, int) else a.narrow(1, first, 7) for a in (x, *arguments)]
        assert function(*part).equal(result.narrow(1, first, 7)), first
    if name != "gt":
        assert getattr(x, name)(*arguments).equal(result)


@pytest.mark.parametrize("function", [torch.cinv, torch.round, torch.frac, torch.rsqrt])
def test_large_tensors_in_place_and_strided(function):
    x = torch.rand(N)
    expected = function(x.narrow(1, N - 8, 9).clone())
    twice = torch.zeros(N, 2)
    twice.select(2, 1).copy(x)
    assert function(twice.select(2, 1)).narrow(1, N - 8, 9).equal(expected)
    function(x, x)
    assert x.narrow(1, N - 8, 9).equal(expected)


def test_large_overlapping_operands_count_as_they_were():
    line = torch.rand(N + 1)
    expected = torch.add(line.narrow(1, 1, N), 2, line.narrow(1, 2, N))
    assert torch.add(line.narrow(1, 2, N), line.narrow(1, 1, N), 2, line.narrow(1, 2, N)).equal(expected)


@pytest.mark.parametrize("size", [(300, 256), (1, 300, 256), (300, 1), (256,), (1, 1)])
def test_large_results_of_repeated_operands(size):
    x, y = torch.rand(300, 256).numpy(), torch.rand(*size).numpy().reshape(size)
    out = np.empty_like(x) if len(size) < 3 else np.empty((1, 300, 256))
    elementwise.fill(out, np.subtract, x, y)
    np.testing.assert_array_equal(out, x - y)
    elementwise.fill(out, elementwise.Tape("xy", (np.multiply, "xx", "t"), (np.add, "ty", "r")), x, y)
    np.testing.assert_array_equal(out, x * x + y)


def test_warnings_stay_as_they_were():
    with np.errstate(divide="raise"):
        torch.cinv(torch.zeros(2))
        with pytest.raises(FloatingPointError):
            np.divide(1.0, np.zeros(2))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.divide(1.0, np.zeros(2))


NEW_RESULTS = {
    "add": lambda x: torch.add(x, x),
    "clamp": lambda x: torch.clamp(x, 0.6, 0.2),
    "remainder": lambda x: torch.remainder(x, 0.3),
    "sin": torch.sin,
    "round": torch.round,
    "sign": torch.sign,
    "gt": lambda x: x.gt(0.5),
    "mm": lambda x: torch.mm(x, x.t()),
    "mv": lambda x: torch.mv(x, x.select(1, 1)),
    "ger": lambda x: torch.ger(x.select(1, 1), x.select(2, 1)),
    "cumsum": lambda x: torch.cumsum(x, 1),
    "sum": lambda x: torch.sum(x, 2),
    "cat": lambda x: torch.cat(x, x, 1),
    "sort": lambda x: torch.sort(x, 1)[0],
    "tril": torch.tril,
    "repeatTensor": lambda x: x.repeatTensor(2, 1),
}


@pytest.mark.parametrize("tensor_type", [torch.FloatTensor, torch.DoubleTensor])
@pytest.mark.parametrize("name", NEW_RESULTS)
def test_new_results_are_contiguous_and_those_of_a_copy(name, tensor_type):
    x = tensor_type.wrap(np.random.RandomState(3).rand(4, 5).astype(tensor_type.element.dtype)).t()
    result = NEW_RESULTS[name](x)
    assert result.isContiguous() and result.array.flags.c_contiguous
    np.testing.assert_allclose(result.array, NEW_RESULTS[name](x.clone()).array, 1e-6)
    assert NEW_RESULTS["add"](tensor_type()).storage() is None


@pytest.mark.parametrize("name", ["lshift", "rshift", "cpow", "cdiv", "cremainder", "sign", "addcdiv"])
@pytest.mark.parametrize("tensor_type", [torch.ByteTensor, torch.CharTensor, torch.ShortTensor, torch.LongTensor])
def test_new_results_of_integers_are_those_in_place(name, tensor_type):
    x, y, z = (tensor_type.wrap(a.astype(tensor_type.element.dtype)) for a in np.arange(1, 31).reshape(3, 10) * 3)
    rest = {"lshift": (2,), "rshift": (2,), "sign": (), "addcdiv": (100, y, z)}.get(name, (y,))
    result = getattr(torch, name)(x, *rest)
    assert type(result) is tensor_type and result.dtype == result.array.dtype
    assert getattr(x, name)(*rest).equal(result)


ORDERS = [
    lambda a: a,
    lambda a: a.transpose(2, 0, 1),
    lambda a: a[:, 3:, : a.shape[2] // 2].transpose(1, 0, 2),
    lambda a: a[:, :, ::2],
]


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize("of", range(len(ORDERS)))
@pytest.mark.parametrize("to", range(len(ORDERS)))
def test_operands_and_results_in_any_order(of, to, dtype):
    drawn = np.random.default_rng(0).integers(1, 100, (2, 70, 71, 72)).astype(dtype)
    x, y = (ORDERS[of](a) for a in drawn)
    memory = np.zeros((144, 144, 144), dtype)
    out = ORDERS[to](memory)[tuple(slice(n) for n in x.shape)]
    for operation in (np.subtract, elementwise.Tape("xy", (np.multiply, "xy", "t"), (np.subtract, "tx", "r"))):
        elementwise.fill(out, operation, x, y)
        np.testing.assert_array_equal(out, x - y if operation is np.subtract else x * y - x)
        elementwise.fill(out, operation, out, y)
        elementwise.fill(out, np.add, x, x[:1, :1])
        np.testing.assert_array_equal(out, x + x[:1, :1])
    out[...] = 0
    assert not memory.any(), "nothing else is written"
