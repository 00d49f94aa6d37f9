"""Compiled functions of one element, powers and remainders next to Python's: zeros of both signs, infinities, nan."""

import itertools

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, check_functions, same, turned
from tests.torch.native.test_calls import FEW, made, outcome
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL, FLOATING, INTEGER

native.open_calls()

WHOLE = [0, 1, -1, 2, 7, -7, 31, 63, 64, 127, -128, 2**31 - 1, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63)]
WHOLE_PAIRS = np.array(list(itertools.product(WHOLE, WHOLE)), np.int64)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e300, -1e-300, 5e-324, np.inf, -np.inf, np.nan]
PAIRS = np.array(list(itertools.product(SPECIAL, SPECIAL)))
EXPONENTS = [*SPECIAL, -0.5, -2.0, 2.0, 2, 3, 1, 0, -1, -2, -3, 2**53 + 1, 2**70, True, np.float64(2), "2"]


def first(element, *_):
    return types.TENSORS[element].wrap(element.convert(PAIRS[:, 0]))


def second(element, *_):
    return types.TENSORS[element].wrap(element.convert(PAIRS[:, 1]))


def check_compiled(call):
    call()
    assert frames(call) == ["<lambda>"]


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_powers_and_remainders_are_those_of_python(element):
    for number in EXPONENTS:
        for name in ("pow", "remainder", "fmod"):
            same(name, (first, element), number)
        x = first(element)
        assert outcome(torch.pow, [number, x]) == outcome(torch.pow.of_function.caller(), [number, x]), number
        assert outcome(torch.Tensor.__mod__, [x, number]) == outcome(torch.Tensor.__mod__.__wrapped__, [x, number])
    for layout in LAYOUTS:
        same("pow", (layout, element, 3, 4), 2)
        same("pow", (layout, element, 3, 4), (layout, element, 3, 4), 2.5)
        same("pow", (layout, element, 3, 4), 2, (layout, element, 3, 4))


def whole(element, column, rows=slice(None)):
    return types.TENSORS[element].wrap(np.ascontiguousarray(WHOLE_PAIRS[rows, column]).astype(element.dtype))


OF_INTEGERS = ["cpow", "cdiv", "cremainder", "cfmod", "clshift", "crshift", "cbitand", "cbitor", "cbitxor"]


@pytest.mark.parametrize("name", OF_INTEGERS)
@pytest.mark.parametrize("element", INTEGER, ids=lambda element: element.name)
def test_functions_of_integers_are_those_of_python(name, element):
    divisors = whole(element, 1).array != 0
    for rows in (slice(None), divisors):
        same(name, (whole, element, 0, rows), (whole, element, 1, rows))


@pytest.mark.parametrize("name", ["lshift", "rshift", "bitand", "bitor", "bitxor"])
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_functions_of_bits_are_those_of_python(name, element):
    for number in [*WHOLE, 0.0, 1.5, -0.0, np.nan, True, 2**70, np.int64(3)]:
        same(name, (made, element, 3, 4), number)
    for layout in LAYOUTS:
        same(name, (layout, element, 3, 4), 3)
        same("c" + name, (layout, element, 3, 4), (layout, element, 3, 4))


@pytest.mark.parametrize("element", INTEGER, ids=lambda element: element.name)
def test_limits_of_integers_are_those_of_python(element):
    for low, high in [*itertools.product([*WHOLE, 255, 256, 300, -300], repeat=2), (1.5, 3), (2, 3.5), (2**70, 2**71)]:
        same("clamp", (whole, element, 0), low, high)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_limits_that_are_crossed_are_those_of_python(element):
    numbers = [*WHOLE, 2.5, float("nan"), float("inf"), -0.0, 0.1] if element in FLOATING else WHOLE
    for low, high in itertools.permutations(numbers, 2):
        same("clamp", (first, element), low, high)
    for layout in LAYOUTS:
        same("clamp", (layout, element, 3, 4), 3, 2)
        same("clamp", (made, element, 3, 4), (layout, element, 3, 4), 3, 2)
    x = made(element, 3, 4)
    check_compiled(lambda: torch.clamp(x, 3, 2))


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_quotients_are_added_as_by_python(element):
    for y in ((whole, element, 0), (whole, element, 1)):
        same("addcdiv", (whole, element, 1), y, (whole, element, 0))
        for number in (0, 1, 2, 1000, 0.5):
            same("addcdiv", (whole, element, 1), number, y, (whole, element, 0))
    for layout in LAYOUTS:
        same("addcdiv", (layout, element, 3, 4), (layout, element, 3, 4), (made, element, 3, 4))
    same("addcdiv", (made, element, 9), (made, element, 9), (made, element, 4))


def test_functions_of_integers_are_compiled():
    for element in INTEGER:
        x, y = made(element, 4), types.TENSORS[element].wrap(np.full(4, 3, element.dtype))
        for name in OF_INTEGERS:
            check_compiled(lambda name=name, x=x, y=y: getattr(torch, name)(x, y))
            lines = made(element, 4, 2).select(2, 1)
            check_compiled(lambda name=name, x=lines, y=y: getattr(torch, name)(x, y))
        check_compiled(lambda x=x: torch.clamp(x, 2, 3))
        check_compiled(lambda x=x, y=y: x.addcdiv(y, y))
        check_compiled(lambda x=x: torch.rshift(x, 3))


def test_remainders_and_shifts_of_floats_are_compiled():
    for element in FLOATING:
        x = made(element, 4)
        for name in ("cremainder", "clshift", "crshift"):
            check_compiled(lambda name=name, x=x: getattr(torch, name)(x, x))
        for name in ("remainder", "lshift", "rshift"):
            check_compiled(lambda name=name, x=x: getattr(torch, name)(x, 3))


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_neighbours_in_memory_are_no_overlap(element):
    memory = np.ones(20, element.dtype)
    x, y = (types.TENSORS[element].wrap(part) for part in (memory[:10], memory[10:]))
    check_compiled(lambda: x.add(y))
    check_compiled(lambda: y.add(x))
    assert memory.max() == memory[10] > memory[0] > 1


@pytest.mark.parametrize("name", ["cpow", "atan2", "cremainder", "cfmod"])
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_functions_of_two_tensors_are_those_of_python(name, element):
    if element not in getattr(torch, name).of:
        return
    same(name, (first, element), (second, element))
    for layout in LAYOUTS:
        same(name, (layout, element, 3, 4), (layout, element, 3, 4))
        same(name, (layout, element, 3, 4), (made, element, 4, 3))


OF_ONE = "abs acos asin atan ceil cos cosh exp floor frac log log1p neg cinv round rsqrt sigmoid sign sin sinh".split()
OF_ONE += ["sqrt", "tan", "tanh", "trunc"]
OF_TWO = ["cmax", "cmin", "cpow", "atan2", "cfmod", "cremainder"]


def evenly_apart(element, *size):
    """A tensor of pairs of special numbers, or of others, with other elements between them."""
    numbers = np.resize(np.concatenate([PAIRS[:, 0], np.sin(np.arange(50)) * 3]), (*size, 3))
    return types.TENSORS[element].wrap(element.convert(numbers)).select(len(size) + 1, 2)


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_elements_that_are_evenly_apart_are_computed_as_by_python(element):
    for layout in LAYOUTS:
        for name in OF_ONE:
            same(name, (layout, element, 3, 4))
            same(name, (made, element, 3, 4), (layout, element, 3, 4))
        for name in OF_TWO:
            same(name, (made, element, 3, 4), (layout, element, 3, 4))
    for size in [(1,), (5,), (50,), (FEW,), (FEW + 1,), (3, 4), (10, 11), (2, 3, 4), (2, 1, 9)]:
        x, y = (evenly_apart, element, *size), (made, element, *size)
        for name in OF_ONE:
            same(name, x)
            same(name, y, x)
        for name in OF_TWO:
            same(name, x, y)
            same(name, y, x)
            same(name, x, x)
        for number in (2, 0.5, -1, 2.5):
            same("pow", x, number)
            same("pow", y, x, number)
            same("cmax", x, number)


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_results_that_are_evenly_apart_are_computed_as_by_python(element):
    for size in [(1,), (5,), (50,), (FEW,), (FEW + 1,), (3, 4), (2, 3, 4), (2, 1, 9)]:
        x, r = (made, element, *size), (evenly_apart, element, *size)
        for name in OF_ONE:
            same(name, r, x)
        for name in OF_TWO:
            same(name, r, x, x)
    for name in OF_TWO:
        for layout, other in itertools.permutations((made, turned, evenly_apart), 2):
            same(name, (layout, element, 5, 6), (other, element, 5, 6))
            same(name, (layout, element, 5, 6), (made, element, 5, 6), (other, element, 5, 6))


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_larger_and_smaller_zeros_have_the_sign_that_python_gives_them(element):
    for x, y in itertools.permutations((spread, first, second), 2):
        for name in ("cmax", "cmin"):
            same(name, (x, element), (y, element))
        for number in (0.0, -0.0, np.nan):
            same("clamp", (x, element), number, 1)


def spread(element):
    """The first numbers of all pairs, in a column of a matrix."""
    return evenly_apart(element, len(PAIRS))


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_functions_of_elements_that_are_evenly_apart_are_compiled(element):
    x, y = evenly_apart(element, 2, 3), made(element, 2, 3)
    for name in OF_ONE:
        check_compiled(lambda name=name: getattr(torch, name)(x))
        check_compiled(lambda name=name: getattr(torch, name)(y, x))
        check_compiled(lambda name=name: getattr(x, name)())
    for name in OF_TWO:
        check_compiled(lambda name=name: getattr(torch, name)(x, y))
    across = turned(element, 2, 3)
    for name in ("cmax", "cmin", "cfmod"):
        check_compiled(lambda name=name: getattr(torch, name)(across, y))
    for call in (lambda: across.fmod(2), lambda: torch.clamp(across, 0, 1), lambda: torch.round(across)):
        check_compiled(call)


OF_NUMBERS = [name for name in OF_ONE if name not in ("neg", "cinv", "sign")]


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_functions_of_numbers_are_those_of_python(element):
    numbers = [*EXPONENTS, 7, -(2**63), 10**400, None]
    torch.setdefaulttensortype(element.tensor_name)
    calls = [(name, [x]) for name in OF_NUMBERS for x in numbers]
    calls += [(name, list(pair)) for name in ("atan2", "pow") for pair in itertools.product(numbers, repeat=2)]
    calls += [("lerp", list(three)) for three in itertools.product([0.25, -0.0, 3, 1e300, np.inf, None], repeat=3)]
    check_functions(calls, lambda function: function.of_function.find)


def test_functions_of_numbers_are_compiled():
    for default in ("torch.FloatTensor", "torch.DoubleTensor"):
        torch.setdefaulttensortype(default)
        for name in OF_NUMBERS:
            check_compiled(lambda name=name: getattr(torch, name)(0.5))
        for call in (lambda: torch.atan2(1, 0.5), lambda: torch.pow(2, 0.5), lambda: torch.lerp(1, 2, 0.5)):
            check_compiled(call)


def test_functions_of_numbers_leak_nothing():
    half, large = 0.5, 10**400

    def work():
        for _ in range(1000):
            torch.sin(half), torch.pow(half, 3)
            with pytest.raises(OverflowError):
                torch.sin(large)

    check_leaks(work, [half, large, None])


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_signs_are_those_of_python(element):
    same("sign", (first, element))
    for layout in LAYOUTS:
        same("sign", (layout, element, 3, 4))


@pytest.mark.parametrize("number", [2, 2.0, 0.5, -2.0, 2.5])
def test_powers_are_compiled(number):
    for x in (made(types.DOUBLE, 4), made(types.FLOAT, 4)):
        for call in (lambda x=x: torch.pow(x, number), lambda x=x: torch.pow(number, x)):
            check_compiled(call)
