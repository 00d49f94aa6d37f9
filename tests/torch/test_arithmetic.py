import itertools

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import SizeError, TorchError
from torchnn.torch import types

INTEGERS = [torch.ByteTensor, torch.CharTensor, torch.ShortTensor, torch.IntTensor, torch.LongTensor]
FLOATS = [torch.FloatTensor, torch.DoubleTensor]


def corners(tensor_type):
    info = np.iinfo(tensor_type.element.dtype)
    values = [info.min, info.min + 1, -7, -2, -1, 1, 2, 3, 7, info.max - 1, info.max]
    return sorted({v for v in values if v >= info.min})


def wrapped(tensor_type, value):
    return tensor_type.element.number(value)


def c_quotient(a, b):
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


PAIRS = {
    "cmul": lambda a, b: a * b,
    "cdiv": c_quotient,
    "cfmod": lambda a, b: a - b * c_quotient(a, b),
    "cremainder": lambda a, b: a % b,
    "add": lambda a, b: a + b,
    "csub": lambda a, b: a - b,
    "cmax": max,
    "cmin": min,
}


@pytest.mark.parametrize("tensor_type", INTEGERS)
@pytest.mark.parametrize("name", PAIRS)
def test_integers_at_their_limits(tensor_type, name):
    numbers = corners(tensor_type)
    pairs = [(a, b) for a, b in itertools.product(numbers, numbers) if b]
    dtype = tensor_type.element.dtype
    x, y = (tensor_type.wrap(np.array(column, dtype)) for column in zip(*pairs, strict=True))
    expected = [wrapped(tensor_type, PAIRS[name](a, b)) for a, b in pairs]
    assert getattr(torch, name)(x, y).totable() == expected
    number = {"cmul": "mul", "cdiv": "div", "cfmod": "fmod", "cremainder": "remainder"}.get(name, name)
    by_number = [getattr(torch, number)(tensor_type([a]), b)[0] for a, b in pairs if abs(b) < 2**53]
    assert by_number == [e for e, (_, b) in zip(expected, pairs, strict=True) if abs(b) < 2**53]


@pytest.mark.parametrize("tensor_type", INTEGERS)
def test_products_before_a_division_do_not_wrap_where_c_has_32_bits(tensor_type):
    x, y, z = tensor_type([1]), tensor_type([100]), tensor_type([7])
    assert torch.addcdiv(x, 5, y, z)[0] == 72, tensor_type
    assert torch.addcmul(x, 5, y, z)[0] == wrapped(tensor_type, 3501), tensor_type


@pytest.mark.parametrize("tensor_type", INTEGERS)
@pytest.mark.parametrize(
    "call", ["div(0)", "div(0.9)", "fmod(0)", "remainder(0)", "cdiv(z)", "cfmod(z)", "cremainder(z)", "addcdiv(x, z)"]
)
def test_division_of_integers_by_zero_is_an_error_and_changes_nothing(tensor_type, call):
    x, z = tensor_type([3, 4]), tensor_type([1, 0])
    with pytest.raises(SizeError, match="by zero"):
        eval(f"x.{call}", {"x": x, "z": z})
    assert x.totable() == [3, 4]


@pytest.mark.parametrize("tensor_type", INTEGERS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300, -9.3e18])
def test_numbers_that_no_integer_can_hold_do_no_harm(tensor_type, value):
    assert torch.add(tensor_type([1]), value)[0] == wrapped(
        tensor_type, 1 + types.OUT_OF_RANGE[tensor_type().elementSize()]
    )


@pytest.mark.parametrize("tensor_type", FLOATS)
def test_floats_divide_by_zero_in_silence(tensor_type):
    x, zeros = tensor_type([-1, 0, 2]), tensor_type([0, 0, 0])
    for divided in (torch.div(x, 0), torch.cdiv(x, zeros)):
        assert np.array_equal(divided.array, [-np.inf, np.nan, np.inf], equal_nan=True)
    for left in (torch.fmod(x, 0), torch.remainder(x, 0), torch.cfmod(x, zeros), torch.cremainder(x, zeros)):
        assert np.isnan(left.array).all()


@pytest.mark.parametrize("tensor_type", FLOATS)
def test_maximum_minimum_and_limits_with_nan(tensor_type):
    nan = float("nan")
    x, y = tensor_type([nan, 1, nan, 2]), tensor_type([3, nan, nan, 1])
    assert np.array_equal(torch.cmax(x, y).array, [3, nan, nan, 2], equal_nan=True)
    assert np.array_equal(torch.cmin(x, y).array, [3, nan, nan, 1], equal_nan=True)
    assert np.array_equal(torch.clamp(x, 0, 1).array, [nan, 1, nan, 1], equal_nan=True)
    assert np.array_equal(torch.clamp(tensor_type([0, 1, 2, 3]), 2, 1).array, [2, 2, 1, 1])
    assert np.array_equal(torch.clamp(tensor_type([-5, 5]), nan, 1).array, [-5, 1])


def test_the_result_may_be_an_operand():
    for name in ("add", "csub", "cmul", "cdiv", "cmax", "cmin", "cfmod", "cremainder"):
        x, y = torch.DoubleTensor([7, -8, 9, 3]), torch.DoubleTensor([2, 3, -4, 5])
        expected = getattr(torch, name)(x, y).totable()
        assert getattr(torch, name)(y.clone(), x, y).totable() == expected, name
        result = y.clone()
        assert getattr(torch, name)(result, x, result) is result, name
        assert result.totable() == expected, name


@pytest.mark.parametrize("name", ["add", "cmul", "cremainder", "cmax"])
def test_overlapping_vectors_count_as_they_were(name):
    line = torch.range(1, 11)
    target, x, y = line.narrow(1, 3, 8), line.narrow(1, 2, 8), line.narrow(1, 1, 8)
    expected = getattr(torch, name)(x, y).totable()
    assert getattr(torch, name)(target, x, y).totable() == expected


def test_elements_that_share_memory_are_computed_one_after_the_other():
    one = torch.DoubleTensor([1])
    one.expand(5).add(1)
    assert one[0] == 6
    line = torch.zeros(5)
    line.unfold(1, 3, 1).add(1)
    assert line.totable() == [1, 2, 3, 2, 1]


def test_operands_of_other_shapes_and_strides():
    x, y = torch.range(1, 6).view(2, 3), torch.range(1, 6).view(3, 2)
    assert torch.add(x, y.t()).totable() == [[2, 5, 8], [6, 9, 12]]
    assert torch.add(x, y).totable() == [[2, 4, 6], [8, 10, 12]]
    assert torch.addcmul(x, y, torch.range(1, 6)).totable() == [[2, 6, 12], [20, 30, 42]]


def test_a_wrong_number_of_elements_changes_nothing():
    x, y, r = torch.ones(6), torch.ones(5), torch.ones(2, 2)
    for call in ("add(r, x, y)", "cmul(r, x, y)", "addcmul(r, x, x, y)", "cmax(r, x, y)", "clamp(r, x)"):
        with pytest.raises(TorchError):
            eval(f"torch.{call}", {"torch": torch, "x": x, "y": y, "r": r})
        assert r.size().totable() == [2, 2], call


def test_distances_of_rows():
    x, y = torch.randn(4, 2, 3), torch.randn(5, 6)
    rows, others = x.array.reshape(4, 1, 6), y.array.reshape(1, 5, 6)
    assert np.allclose(torch.match(x, y, 2).array, 2 * ((rows - others) ** 2).sum(2), rtol=1e-14)
    assert torch.ByteTensor().match(torch.ByteTensor([[1, 200]]), torch.ByteTensor([[2, 5]])).totable() == [
        [(1 + 195**2) % 256]
    ]
    with pytest.raises(SizeError, match="same inner vector dim"):
        torch.match(x, torch.ones(2, 5))
    with pytest.raises(SizeError, match="empty"):
        torch.match(torch.Tensor(), y)


@pytest.mark.parametrize("tensor_type", FLOATS)
def test_the_sum_and_difference_of_scaled_tensors(tensor_type):
    x, y = tensor_type([1, 2, 3]), tensor_type([10, 20, 30])
    assert torch.add(x, 0.5, y).totable() == [6, 12, 18]
    assert torch.csub(x, 0.5, y).totable() == [-4, -8, -12]
    assert x.add(2, x) is x
    assert x.totable() == [3, 6, 9]


@pytest.mark.parametrize("tensor_type", FLOATS)
def test_zero_times_nan_is_added_except_where_blas_adds(tensor_type):
    x, y = tensor_type([1, 2]), tensor_type([float("nan"), 1])
    assert x.add(0, y).totable() == [1, 2]
    assert np.isnan(torch.add(x, 0, y)[0])
    pair = tensor_type(2, 2).fill(1)
    assert np.isnan(pair.select(2, 1).add(0, y)[0])


@pytest.mark.parametrize("cls", [torch.DoubleTensor, torch.FloatTensor])
def test_zeros_keep_their_sign_from_call_to_call(cls):
    for _ in range(2):
        for zero in (0.0, -0.0, 0):
            for kind in (float, np.float32, np.float64):
                product = torch.mul(cls([1]), kind(zero))
                assert np.signbit(product.array[0]) == np.signbit(float(zero)), (zero, kind)


def test_numbers_are_converted_for_each_type():
    for _ in range(2):
        assert torch.ByteTensor([1]).add(256 + 5)[0] == 6
        assert torch.IntTensor([1]).add(256 + 5)[0] == 262
        assert torch.IntTensor([1]).add(2.9)[0] == 3
        assert torch.DoubleTensor([1]).add(2.9)[0] == 3.9
        assert torch.FloatTensor([0]).add(0.1)[0] == np.float32(0.1)
        assert np.isinf(torch.FloatTensor([0]).add(1e39)[0])
        assert np.isnan(torch.DoubleTensor([0]).add(float("nan"))[0])


def test_a_kept_number_is_not_changed_by_results():
    x = torch.DoubleTensor([1])
    for _ in range(2):
        y = torch.clamp(x, 2, 3)
        y.fill(7)
        assert torch.clamp(x, 2, 3)[0] == 2


@pytest.mark.parametrize("tensor_type", INTEGERS)
def test_quotients_and_signs_of_integers_few_and_many(tensor_type):
    kind = tensor_type.element.dtype
    limits = np.iinfo(kind)
    edges = [limits.min, limits.min + 1, limits.max // 2, limits.max - 1, limits.max, 1, 2, 3, 7]
    drawn = np.random.default_rng(0).integers(limits.min, limits.max, 100, kind, endpoint=True)
    values = np.concatenate([np.array(edges, kind), drawn])
    x, y = (each.reshape(-1) for each in np.meshgrid(values, values[values != 0]))
    pairs = zip(x.tolist(), y.tolist(), strict=True)
    want = np.array([wrapped(tensor_type, c_quotient(a, b)) for a, b in pairs], kind)
    for times in (1, 10):  # on all threads too
        a, b = (torch.from_numpy(np.tile(each, times)) for each in (x, y))
        assert np.array_equal(torch.cdiv(a, b).array, np.tile(want, times))
        assert np.array_equal(torch.sign(a).array, np.sign(a.array))
    for divisor in values[:5][values[:5] != 0].tolist():
        assert np.array_equal(torch.from_numpy(x).clone().div(divisor).array[y == divisor], want[y == divisor])


@pytest.mark.parametrize("cls", [torch.FloatTensor, torch.DoubleTensor], ids=lambda c: c.__name__)
def test_remainders_of_many_are_those_of_few(cls):
    draw = np.random.default_rng(0)
    a, b = ((draw.standard_normal((300, 400)) * scale).astype(cls().dtype) for scale in (90, 1))
    a[0, :4], b[0, 2:6] = [np.nan, np.inf, -0.0, 5], [1, 0, np.nan, -np.inf]
    few = [torch.cremainder(cls.wrap(x.copy()), cls.wrap(y.copy())).array for x, y in zip(a, b, strict=True)]
    many = torch.cremainder(cls.wrap(a), cls.wrap(b)).array
    np.testing.assert_array_equal(many, few)
    np.testing.assert_array_equal(np.signbit(many[1:]), np.signbit(few[1:]))
    by_number = [torch.remainder(cls.wrap(x.copy()), -0.7).array for x in a]
    np.testing.assert_array_equal(torch.remainder(cls.wrap(a), -0.7).array, by_number)
