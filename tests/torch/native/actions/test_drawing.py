"""Single random numbers that are compiled, next to Python's: of all default types, and with bounds of all kinds."""

import pytest

from tests.torch.native.compared import LAYOUTS, check_functions, same
from tests.torch.native.test_calls import made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types

NUMBERS = [0, 1, 2, 0.5, -0.0, 1.0, -1.5, 2**31, 2**60, 2**64, float("inf"), float("nan"), 1e-300, 1e300, True, "1"]
ONE = ["uniform", "exponential", "cauchy", "geometric", "bernoulli", "normal", "logNormal", "random"]
TWO = ["uniform", "cauchy", "normal", "logNormal", "random"]
CALLS = [
    *[(name, []) for name in ONE],
    *[(name, [number]) for name in ONE for number in NUMBERS],
    *[(name, [a, b]) for name in TWO for a in NUMBERS for b in NUMBERS],
    *[("random", args) for args in ([-5, 5], [-(2**40), 2**50], [5, 4], [2**62, 2**62 + 5], [3, 3], [1.5, 4])],
]


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()
    yield
    torch.setdefaulttensortype("torch.DoubleTensor")


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_numbers_are_those_of_python(element):
    torch.setdefaulttensortype(element.tensor_name)
    check_functions(CALLS, lambda function: function.of_function.find)


FILLINGS = [("geometric", 0.3), ("geometric", 1e-12), ("bernoulli",), ("bernoulli", 0.3), ("random",), ("random", 5)]
FILLINGS_OF_FLOATS = [("uniform", -1, 2), ("normal", 1, 2), ("exponential", 2), ("cauchy",), ("logNormal", 0.5, 0.25)]


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_tensors_are_filled_as_by_python(element):
    for name, *numbers in [*FILLINGS, ("random", -3, 200), *FILLINGS_OF_FLOATS]:
        for layout in LAYOUTS:
            for size in [(3, 4), (7,), (2, 3, 4), (257,)]:
                same(name, (layout, element, *size), *numbers)
        same(name, (made, element), *numbers)


def test_tensors_are_filled_by_compiled_calls():
    for element in types.ALL[:-1]:
        x, columns = made(element, 4), made(element, 3, 4).t()
        for tensor in (x, columns):
            for name, *numbers in [*FILLINGS, *(FILLINGS_OF_FLOATS if element.floating else [])]:

                def call(tensor=tensor, name=name, numbers=numbers):
                    getattr(tensor, name)(*numbers)

                call()
                assert frames(call) == ["call"], (element.name, name)


@pytest.mark.parametrize("name", ONE)
def test_numbers_are_compiled(name):
    args = [0.5] if name in ("exponential", "geometric") else []

    def call():
        return getattr(torch, name)(*args)

    for element in (types.DOUBLE, types.FLOAT, types.DOUBLE):
        torch.setdefaulttensortype(element.tensor_name)
        call()
        assert frames(call) == ["call"], element.name


def test_numbers_are_for_the_default_type_that_is():
    assert 0 <= torch.uniform() < 1
    torch.setdefaulttensortype("torch.IntTensor")
    with pytest.raises(Exception, match="IntTensor does not implement the torch.uniform"):
        torch.uniform()
    assert 1 <= torch.random(3) <= 3


def test_nothing_leaks():
    x, columns = torch.IntTensor(3), torch.rand(3, 4).t()

    def work():
        for _ in range(2000):
            x.geometric(0.5), columns.normal(), columns.random(3)
            torch.uniform(), torch.normal(0, 1), torch.random(10), torch.geometric(0.5), torch.random()

    check_leaks(work, [None, 0, x, columns, x._array, columns._array])
