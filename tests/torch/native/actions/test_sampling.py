"""Compiled draws with weights next to Python's: of all kinds of weights, numbers of draws and layouts."""

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import FEW, made, outcome
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL, FLOATING

WEIGHTS = [
    [1],
    [0.1, 0.2, 0.3],
    [0, 1, 0, 3, 0],
    [0, 0, 0],
    [1, -2],
    [2, -1, 3],
    [1, np.nan],
    [np.inf, 1],
    [1e300, 1e300, 1],
    [5e-324, 0],
    [[1, 2, 3], [3, 0, 1]],
    [[1, 2, 3], [0, 0, 0]],
    [[1], [2]],
    [[[1, 2]]],
    np.arange(1, FEW + 1),
    np.arange(FEW + 1),
    np.ones((16, 16)),
]
COUNTS = [1, 2, 3, 5, 16, 17, FEW, FEW + 1, 0, -1, 2**50, 2**70, True, 2.0, "2"]


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


def both(make, *args):
    """What the compiled method and Python's do with a tensor that is made for each, and with its function."""
    compiled = torch.Tensor.multinomial
    for call in (compiled, torch.multinomial):
        expected, found = outcome(compiled.__wrapped__, [make(), *args]), outcome(call, [make(), *args])
        assert found == expected, (make().array, args)


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
@pytest.mark.parametrize("weights", WEIGHTS, ids=lambda weights: f"{np.shape(weights)}")
def test_categories_are_those_of_python(weights, element):
    def make():
        return types.TENSORS[element].wrap(element.convert(np.array(weights, np.float64)))

    for count in COUNTS:
        for replacement in ([], [True], [False], [None], [1]):
            both(make, count, *replacement)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_categories_of_other_types_and_layouts_are_those_of_python(element):
    for layout in LAYOUTS:
        for size in [(1,), (3, 4)]:

            def weights(layout=layout, size=size):
                tensor = layout(element, *size)
                return tensor.fill(1) if tensor.array.flags.writeable else tensor

            both(weights, 2, True)
    both(lambda: made(element, 9).fill(1).resize(torch.LongStorage([3]), torch.LongStorage([3])), 2)


def test_a_strided_vector_keeps_the_geometry_that_python_gives_it():
    both(lambda: made(types.DOUBLE, 3, 3).abs().select(2, 2), 2)
    both(lambda: made(types.DOUBLE, 3, 3).abs().narrow(1, 1, 1).select(2, 2), 1)


SHARES = [0, -0.0, 1, 0.5, 1 + 1e-7, -5e-324, np.nan, np.inf]


@pytest.mark.parametrize("of", FLOATING, ids=lambda element: element.name)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_ones_are_those_of_python(element, of):
    def shares(element, *size):
        return types.TENSORS[element].wrap(element.convert(np.arange(np.prod(size)) % 9 / 9).reshape(size))

    for size in [(1,), (3, 4), (FEW,), (FEW + 1,)]:
        same("bernoulli", (made, element, *size), (shares, of, *size))
    same("bernoulli", (made, element, 3, 4), (shares, of, 12))
    same("bernoulli", (made, element, 3, 4), (shares, of, 11))
    for layout in LAYOUTS:
        same("bernoulli", (layout, element, 3, 4), (shares, of, 3, 4))
        same("bernoulli", (made, element, 3, 4), (layout, of, 3, 4))
    for share in SHARES:
        same("bernoulli", (made, element, 3), (lambda share: types.TENSORS[of](3).fill(share), share))


def test_ones_take_the_place_of_their_probabilities():
    def shifted(call, begin):
        memory = np.linspace(0, 1, 12)
        torch.manualSeed(3)
        call(torch.DoubleTensor.wrap(memory[:8]), torch.DoubleTensor.wrap(memory[begin : begin + 8]))
        return memory.tolist()

    for begin in range(5):
        compiled, python = torch.Tensor.bernoulli, torch.Tensor.bernoulli.__wrapped__
        assert shifted(compiled, begin) == shifted(python, begin), begin


def test_calls_are_compiled():
    x, floats, byte = torch.rand(4), torch.rand(4).float(), torch.ByteTensor(4)
    for call in (
        lambda: torch.multinomial(x, 3),
        lambda: x.multinomial(9, True),
        lambda: floats.multinomial(3, False),
        lambda: byte.bernoulli(x),
        lambda: x.bernoulli(floats),
    ):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    x, y = torch.rand(4), torch.rand(2, 4)

    def work():
        for _ in range(2000):
            x.multinomial(3), y.multinomial(9, True), x.bernoulli(x)
            with pytest.raises(Exception, match="."):
                x.multinomial(5)

    check_leaks(work, (x, x._array, x._size, torch.LongTensor, None, 0))
