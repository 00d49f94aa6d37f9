"""Functions on tensors of all types, sizes and layouts against plain numpy; integers are wrapped by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.torch import layouts
from tests.torch.layouts import Guarded, guarded, steady
from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types


def wrapped(element, values):
    """Python numbers as C keeps them in that type."""
    if element.floating:
        return np.asarray(values, element.dtype)
    bits = 8 * element.dtype.itemsize
    return np.array([int(v) & (1 << bits) - 1 for v in np.ravel(values)], np.uint64).astype(element.dtype)


def exact(x):
    """Elements that Python computes with: integers of any length, or doubles."""
    return np.array(x.array.tolist(), object if not x.element.floating else np.float64)


def agree(result, reference, what):
    """The same sizes, and the same numbers up to the rounding of the type."""
    element = result.element
    reference = wrapped(element, reference).reshape(np.shape(reference))
    assert result.shape == reference.shape, f"{what}: sizes {result.shape}, expected {reference.shape}"
    precision = {types.FLOAT: 2e-5, types.DOUBLE: 1e-12}.get(element, 0)
    good = np.allclose(result.array, reference, precision, precision, equal_nan=True)
    assert good, f"{what}: {result.totable()}, expected {reference.tolist()}"


def quotient(a, b):
    """Division as in C."""
    return (
        np.divide(a, b) if a.dtype != object else np.vectorize(lambda p, q: (abs(p) // abs(q)) * sign(p * q), "O")(a, b)
    )


def sign(v):
    return (v > 0) - (v < 0)


def fmod(a, b):
    return np.fmod(a, b) if a.dtype != object else a - quotient(a, b) * b


def logical_right_shift(a, b, element):
    bits = 8 * element.dtype.itemsize
    return np.vectorize(lambda p, q: (p & (1 << bits) - 1) >> q, "O")(a, b)


POINTWISE = {
    "abs": np.abs, "acos": np.arccos, "asin": np.arcsin, "atan": np.arctan, "ceil": np.ceil, "cinv": lambda a: 1 / a,
    "cos": np.cos, "cosh": np.cosh, "exp": np.exp, "floor": np.floor, "frac": lambda a: a - np.trunc(a), "log": np.log,
    "log1p": np.log1p, "neg": np.negative, "round": lambda a: np.trunc(a + np.copysign(0.5, a)),
    "rsqrt": lambda a: 1 / np.sqrt(a), "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "sign": np.sign, "sin": np.sin,
    "sinh": np.sinh, "sqrt": np.sqrt, "tan": np.tan, "tanh": np.tanh, "trunc": np.trunc,
}  # fmt: skip
WITH_NUMBER = {
    "add": lambda a, v: a + v, "csub": lambda a, v: a - v, "mul": lambda a, v: a * v, "div": quotient, "fmod": fmod,
    "remainder": lambda a, v: a - v * np.floor(a / v) if a.dtype != object else a % v,
    "cmax": np.maximum, "cmin": np.minimum,
}  # fmt: skip
WITH_TENSOR = {
    "add": lambda a, b: a + b, "csub": lambda a, b: a - b, "cmul": lambda a, b: a * b, "cdiv": quotient,
    "cfmod": fmod, "cremainder": WITH_NUMBER["remainder"], "cmax": np.maximum, "cmin": np.minimum,
}  # fmt: skip
BITS = {
    "bitand": lambda a, v: a & v, "bitor": lambda a, v: a | v, "bitxor": lambda a, v: a ^ v,
    "lshift": lambda a, v: a << v,
}  # fmt: skip
COMPARISONS = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}
INTEGERS = tuple(element for element in types.ALL if not element.floating)
NUMBERS = types.ALL[:-1]
SHIFTS = st.integers(0, 7)


def check_new(name, given_tensor, reference, *args):
    """`torch.f(x, ...)`, and with a result of another size: new elements, and x stays as it is."""
    x = given_tensor.tensor
    before = x.clone().array
    result = getattr(torch, name)(x, *args)
    agree(result, reference, f"torch.{name}")
    assert not np.shares_memory(result.array, given_tensor.memory), f"torch.{name} gives x's memory"
    r = result.new(2)
    assert getattr(torch, name)(r, x, *args) is r, f"torch.{name}(r, x)"
    agree(r, reference, f"torch.{name}(r, x)")
    assert np.array_equal(x.array, before, equal_nan=x.element.floating), f"torch.{name} changes x"


def check_in_place(name, given_tensor, reference, *args):
    """`x.f(...)` changes the elements of x and nothing else of its storage."""
    x, outside = given_tensor.tensor, given_tensor.outside()
    assert getattr(x, name)(*args) is x, f"x.{name}"
    agree(x, reference, f"x.{name}")
    assert given_tensor.outside() == outside, f"x.{name} writes beyond x"


def drawn(name, layout):
    return guarded(getattr(torch, name).of, layout)


@pytest.mark.parametrize("name", POINTWISE)
def test_functions_of_one_element(name):
    @steady
    @given(drawn(name, layouts.LAYOUTS), drawn(name, layouts.DISTINCT))
    def check(new, changed):
        with np.errstate(all="ignore"):
            check_new(name, new, POINTWISE[name](exact(new.tensor)))
            check_in_place(name, changed, POINTWISE[name](exact(changed.tensor)))

    check()


@pytest.mark.parametrize("name", [*WITH_NUMBER, *BITS])
def test_functions_with_a_number(name):
    reference = (WITH_NUMBER | BITS)[name]
    elements = INTEGERS if name in BITS else NUMBERS

    @steady
    @given(guarded(elements), guarded(elements, layouts.DISTINCT), SHIFTS.map(lambda v: v if name in BITS else v + 1))
    def check(new, changed, v):
        with np.errstate(all="ignore"):
            check_new(name, new, reference(exact(new.tensor), v), v)
            check_in_place(name, changed, reference(exact(changed.tensor), v), v)

    check()


@pytest.mark.parametrize("name", [*WITH_TENSOR, *(f"c{name}" for name in BITS)])
def test_functions_with_a_tensor(name):
    reference = WITH_TENSOR.get(name) or BITS[name[1:]]
    elements = INTEGERS if name not in WITH_TENSOR else NUMBERS

    @steady
    @given(st.data(), st.sampled_from(elements), layouts.sizes)
    def check(data, element, size):
        new = data.draw(guarded([element], size=st.just(size)))
        changed = data.draw(guarded([element], layouts.DISTINCT, size=st.just(size)))
        other = data.draw(guarded([element], size=st.just(size), values=layouts.small)).tensor
        y = torch.add(other, 1) if name in WITH_TENSOR else other
        with np.errstate(all="ignore"):
            check_new(name, new, reference(exact(new.tensor), exact(y)), y)
            check_in_place(name, changed, reference(exact(changed.tensor), exact(y)), y)

    check()


@steady
@given(guarded(INTEGERS), SHIFTS)
def test_right_shifts_are_of_unsigned_numbers(x, v):
    check_new("rshift", x, logical_right_shift(exact(x.tensor), v, x.tensor.element), v)


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons(name):
    @steady
    @given(guarded(NUMBERS), st.integers(0, 100))
    def check(x, v):
        result = getattr(torch, name)(x.tensor, v)
        assert result.type() == "torch.ByteTensor", name
        agree(result, COMPARISONS[name](exact(x.tensor), v).astype(int), name)
        agree(
            getattr(torch, name)(x.tensor, x.tensor.clone()),
            COMPARISONS[name](x.tensor.array, x.tensor.array) * 1,
            name,
        )

    check()


@pytest.mark.parametrize("name", [*POINTWISE, *WITH_NUMBER, *WITH_TENSOR])
def test_elements_that_share_memory_are_changed_and_nothing_else(name):
    @steady
    @given(guarded([types.DOUBLE], ("expanded", "overlapping")))
    def check(x):
        outside = x.outside()
        args = () if name in POINTWISE else (2,) if name in WITH_NUMBER else (torch.ones(x.tensor.nElement()),)
        assert getattr(x.tensor, name)(*args) is x.tensor
        assert x.outside() == outside, f"x.{name} writes beyond x"

    check()


ALONG = {
    "sum": lambda a, d: np.sum(a, d, keepdims=True), "prod": lambda a, d: np.prod(a, d, keepdims=True),
    "cumsum": np.cumsum, "cumprod": np.cumprod, "mean": lambda a, d: np.mean(a, d, keepdims=True),
}  # fmt: skip
WITH_INDICES = {
    "max": lambda a, d: np.max(a, d, keepdims=True), "min": lambda a, d: np.min(a, d, keepdims=True),
    "sort": np.sort, "median": lambda a, d: np.take(np.sort(a, d), [(a.shape[d] - 1) // 2], d),
    "mode": lambda a, d: np.apply_along_axis(lambda v: [min(v, key=lambda e: (-list(v).count(e), e))], d, a),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONG)
def test_along_a_dimension(name):
    @steady
    @given(drawn(name, layouts.LAYOUTS), st.data())
    def check(x, data):
        d = data.draw(st.integers(1, x.tensor.dim()))
        check_new(name, x, ALONG[name](exact(x.tensor), d - 1), d)

    check()


@pytest.mark.parametrize("name", WITH_INDICES)
def test_values_and_where_they_are(name):
    @steady
    @given(drawn(name, layouts.LAYOUTS), st.data())
    def check(x, data):
        d = data.draw(st.integers(1, x.tensor.dim()))
        before = x.memory.copy()
        values, indices = getattr(torch, name)(x.tensor, d)
        agree(values, WITH_INDICES[name](x.tensor.array, d - 1), name)
        found = np.take_along_axis(x.tensor.array, indices.array - 1, d - 1)
        assert np.array_equal(found, values.array), f"{name}: {indices.totable()} are not where the values were"
        assert np.array_equal(x.memory, before), f"{name} changes x"

    check()


@steady
@given(guarded(NUMBERS))
def test_over_everything(x):
    elements = exact(x.tensor)
    total = torch.sum(x.tensor)
    if not x.tensor.element.floating:
        assert (total - sum(elements.ravel())) % 2**64 == 0 and -(2**63) <= total < 2**63
        assert type(total) is int
    else:
        assert math.isclose(total, elements.sum(), abs_tol=1e-6) and type(total) is float
    assert (torch.max(x.tensor), torch.min(x.tensor)) == (elements.max(), elements.min())


@steady
@given(st.data(), st.sampled_from(NUMBERS), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_products_wrap_in_their_type(data, element, n, k, m):
    a, b = (data.draw(guarded([element], size=st.just(size))).tensor for size in ((n, k), (k, m)))
    agree(torch.mm(a, b), exact(a) @ exact(b), "mm")
    agree(torch.mv(a, b.select(2, 1)), exact(a) @ exact(b)[:, 0], "mv") if k > 1 else None
    c = torch.mm(a, b).fill(3)
    agree(torch.addmm(2, c, 3, a, b), 2 * exact(c) + 3 * (exact(a) @ exact(b)), "addmm")


@steady
@given(guarded(types.ALL[:-1]), st.data())
def test_copies_in_other_shapes(x, data):
    x, a = x.tensor, x.tensor.array
    for name, result, expected in [
        ("reshape", x.reshape(x.nElement()), a.reshape(-1)),
        ("repeatTensor", x.repeatTensor(2, *([1] * x.dim())), np.tile(a, (2, *([1] * x.dim())))),
        ("cat", torch.cat(x, x, 1), np.concatenate([a, a])),
        ("index", x.index(1, torch.LongTensor([1, 1])), a[[0, 0]]),
        ("maskedSelect", x.maskedSelect(x.eq(x.max())), a[a == a.max()]),
        ("nonzero", torch.nonzero(torch.ne(x, 0).fill(1)), np.argwhere(np.ones(a.shape)) + 1),
        ("clone", x.clone(), a),
    ]:
        assert np.array_equal(result.array, expected), f"{name}: {result.totable()}, expected {expected.tolist()}"
        assert not np.shares_memory(result.array, a), f"{name} gives x's memory"


@pytest.mark.parametrize("name", [*POINTWISE, *WITH_NUMBER, *WITH_TENSOR, *ALONG, *WITH_INDICES])
def test_the_empty_tensor_gives_an_empty_one_or_a_clear_error(name):
    x = torch.Tensor()
    for args in ((), (1,), (x,)):
        try:
            result = getattr(x, name)(*args)
        except TorchError:
            continue
        assert not torch.isTensor(result) or result.dim() == 0, f"{name}{args} of the empty tensor: {result}"


def test_the_guards_notice():
    x = Guarded(types.DOUBLE, (2, 2), "stepped", lambda n: np.ones(n))
    outside = x.outside()
    x.tensor.storage().fill(0)
    assert x.outside() != outside
