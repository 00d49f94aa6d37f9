"""Compiled functions of one element, powers and remainders next to Python's: zeros of both signs, infinities, nan."""

import itertools

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import made, outcome
from tests.torch.native.watching import frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL, FLOATING

native.open_calls()

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e300, -1e-300, 5e-324, np.inf, -np.inf, np.nan]
PAIRS = np.array(list(itertools.product(SPECIAL, SPECIAL)))
EXPONENTS = [*SPECIAL, -0.5, -2.0, 2.0, 2, 3, 1, 0, -1, -2, -3, 2**53 + 1, 2**70, True, np.float64(2), "2"]


def first(element, *_):
    return types.TENSORS[element].wrap(element.convert(PAIRS[:, 0]))


def second(element, *_):
    return types.TENSORS[element].wrap(element.convert(PAIRS[:, 1]))


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


@pytest.mark.parametrize("name", ["cpow", "atan2", "cremainder", "cfmod"])
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_functions_of_two_tensors_are_those_of_python(name, element):
    if element not in getattr(torch, name).of:
        return
    same(name, (first, element), (second, element))
    for layout in LAYOUTS:
        same(name, (layout, element, 3, 4), (layout, element, 3, 4))
        same(name, (layout, element, 3, 4), (made, element, 4, 3))


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_signs_are_those_of_python(element):
    same("sign", (first, element))
    for layout in LAYOUTS:
        same("sign", (layout, element, 3, 4))


@pytest.mark.parametrize("number", [2, 2.0, 0.5, -2.0, 2.5])
def test_powers_are_compiled(number):
    for x in (made(types.DOUBLE, 4), made(types.FLOAT, 4)):
        for call in (lambda x=x: torch.pow(x, number), lambda x=x: torch.pow(number, x)):
            call()
            assert frames(call) == ["<lambda>"]
