"""Compiled reductions of many elements, whose workers run on all threads, next to Python's."""

import numpy as np
import pytest

from tests.torch.native.actions.test_many import check_compiled, drawn, narrowed, positive, turned
from tests.torch.native.compared import expanded, read_only, same
from tests.torch.native.watching import check_leaks
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.native.actions.launching import TOO_MANY_ELEMENTS
from torchnn.torch.overloads import ALL, FLOATING
from torchnn.torch.parallel import SMALLEST
from torchnn.torch.reductions import MANY_BYTES

native.open_calls()

SIZES = [
    (SMALLEST - 1,),
    (SMALLEST,),
    (2, 3, 30_001),
    (300, 401),
    (20_000, 7),
    (7, 20_000),
    (2, 70_000),
    (1, MANY_BYTES + 3),
]


def uneven(element, *size):
    """Numbers whose sums depend on the order in which they are made."""
    numbers = np.random.default_rng(4).standard_normal(size) * 50
    return types.TENSORS[element].wrap(element.convert(numbers))


def with_nan(element, *size):
    tensor = uneven(element, *size)
    tensor.array.reshape(-1)[-2] = np.nan
    return tensor


def infinite(element, *size):
    tensor = uneven(element, *size)
    tensor.array.reshape(-1)[5] = np.inf
    return tensor


def grown(element, *size):
    """A tensor whose storage has grown since its elements were looked at."""
    tensor = uneven(element, *size)
    assert tensor.array.size
    tensor.storage().resize(2 * tensor.nElement())
    return tensor


def zeros(element, *size):
    """Zeros of both signs, of which a negative one is first."""
    tensor = types.TENSORS[element](*size).zero()
    tensor.array.reshape(-1)[::2] = -0.0
    return tensor


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_reductions_are_those_of_python(element, size):
    x = (uneven, element, *size)
    for name in ("sum", "prod", "max", "min"):
        same(name, x)
    same("dot", x, (drawn, element, *size))
    for dimension in range(len(size) + 2):
        same("sum", x, dimension)
        same("prod", x, dimension)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_statistics_are_those_of_python(element, size):
    x, y = (uneven, element, *size), (drawn, element, *size)
    same("mean", x)
    for name in ("var", "std"):
        same(name, x)
        same(name, x, True)
    for power in (0, 1, 2, 3, 2.0, 1.5):
        same("norm", x, power)
        same("dist", x, y, power)
    for dimension in range(1, len(size) + 1):
        same("mean", x, dimension)
        same("norm", x, 2, dimension)


@pytest.mark.parametrize("layout", [with_nan, infinite, zeros], ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_nan_infinity_and_signs_of_zeros_are_those_of_python(element, layout):
    x, y = (layout, element, 400, 700), (drawn, element, 400, 700)
    for name in ("sum", "mean", "var", "norm", "max", "min"):
        same(name, x)
    same("dot", x, y)
    same("dist", y, x)
    for dimension in (1, 2):
        same("sum", x, dimension)
        same("mean", x, dimension)


@pytest.mark.parametrize("layout", [turned, narrowed, expanded, grown, read_only], ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_layouts_are_heeded(element, layout):
    x, y = (layout, element, 300, 401), (drawn, element, 300, 401)
    for name in ("sum", "max", "min"):
        same(name, x)
    same("dot", x, y)
    same("dot", y, x)
    same("dot", (layout, element, 401, 300), y)
    for dimension in (1, 2):
        same("sum", x, dimension)
    for name in ("mean", "std", "norm") if element.floating else ():
        same(name, x)
        same(name, x, 1)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_reductions_are_compiled(element):
    x, y = drawn(element, 700, 800), positive(element, 700, 800)
    for each in (x, x.t(), x.transpose(1, 2)):
        check_compiled(lambda each=each: each.max())
        check_compiled(lambda each=each: each.min())
    check_compiled(lambda: x.sum(1))
    check_compiled(lambda: x.sum(2))
    for each in (x, x.t()) if element.floating else ():
        for name in ("sum", "mean", "std", "var", "norm"):
            check_compiled(lambda each=each, name=name: getattr(each, name)())
        check_compiled(lambda each=each: each.norm(1))
        check_compiled(lambda each=each: each.norm(3))
    if element.floating:
        check_compiled(lambda: x.dot(y))
        check_compiled(lambda: x.dist(y))
        check_compiled(lambda: x.dist(y, 1))
        check_compiled(lambda: x.mean(1))
        check_compiled(lambda: x.mean(2))


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_results_that_are_given(element):
    for size, dimension in (((300, 401), 1), ((300, 401), 2), ((3, 200, 401), 2)):
        result = [1 if i + 1 == dimension else n for i, n in enumerate(size)]
        same("sum", (drawn, element, *result), (uneven, element, *size), dimension)
        same("sum", (narrowed, element, *result), (uneven, element, *size), dimension)
        same("sum", (drawn, element, 5), (uneven, element, *size), dimension)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_a_result_among_the_elements(element):
    def left(add):
        x = uneven(element, 300, 401)
        for _ in range(2):
            add(x.narrow(1, 1, 1), x, 1)
        return x.array.tobytes()

    assert left(torch.Tensor.sum) == left(torch.Tensor.sum.__wrapped__)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_a_dimension_that_is_not_there(name):
    for dimension in (0, 3, -1, 2**70):
        same(name, (drawn, types.FLOAT, 300, 401), dimension)


def test_still_more_elements_are_left_to_python():
    x = torch.FloatTensor(TOO_MANY_ELEMENTS + 1).fill(1)
    for _ in range(2):
        assert (x.sum(), x.max(), x.norm(1), x.dot(x)) == (x.nElement(), 1, x.nElement(), x.nElement())


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_results_do_not_depend_on_threads(element):
    x, y = uneven(element, 1000, 1003), drawn(element, 1000, 1003)

    def results():
        found = [x.sum(), x.max(), x.min(), x.dot(y), x.sum(1).totable(), x.sum(2).totable()]
        return found + ([x.mean(), x.std(), x.norm(), x.dist(y)] if element.floating else [])

    expected, threads = results(), torch.getnumthreads()
    torch.setnumthreads(1)
    try:
        assert results() == expected
    finally:
        torch.setnumthreads(threads)


def test_nothing_is_left_of_calls():
    x, y, r = uneven(types.FLOAT, 700, 800), drawn(types.FLOAT, 700, 800), drawn(types.FLOAT, 1, 800)
    watched = [x, y, r, x.array, y.array, r.array, x._size, x._stride]

    def work():
        for _ in range(200):
            x.sum()
            x.max()
            x.std()
            x.norm()
            x.dist(y)
            x.dot(y)
            x.sum(2)
            x.mean(1)
            r.sum(x, 1)

    check_leaks(work, watched)
