"""Compiled correlations and distances next to Python's: of all types, sizes and layouts."""

import itertools

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types

native.open_calls()

ELEMENTS = types.ALL[:-1]
NAMES = ["conv2", "xcorr2", "conv3", "xcorr3"]

# Maps and kernels: one of each, as many, and banks.
SIZES = {
    2: [((5, 6), (3, 2)), ((1, 1), (1, 1)), ((2, 5), (3, 2)), ((16, 16), (16, 16)), ((17, 16), (2, 2))],
    3: [((3, 4, 5), (2, 2, 3)), ((1, 2, 3), (1, 1, 1)), ((2, 3, 3), (3, 1, 1)), ((4, 8, 8), (2, 3, 3))],
}


def uneven(element, *size):
    """A tensor of numbers whose products are rounded."""
    numbers = np.sin(np.arange(np.prod(size, dtype=float)) * 37) * 10
    return types.TENSORS[element].wrap(element.convert(numbers).reshape(size))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
@pytest.mark.parametrize("name", NAMES)
def test_correlations_are_those_of_python(name, element):
    for maps, kernels in SIZES[int(name[-1])]:
        for x, k in (
            (maps, kernels),
            ((3, *maps), (3, *kernels)),
            ((3, *maps), (2, 3, *kernels)),
            ((1, *maps), (1, 1, *kernels)),
            ((3, *maps), (2, *kernels)),
            ((3, *maps), (3, 2, *kernels)),
            (maps, (2, *kernels)),
            ((2, *maps), kernels),
        ):
            for reach in [], ["V"], ["F"], ["X"]:
                same(name, (uneven, element, *x), (uneven, element, *k), *reach)


@pytest.mark.parametrize("element", [types.BYTE, types.FLOAT, types.DOUBLE], ids=lambda element: element.name)
def test_operands_of_correlations_may_lie_in_any_way(element):
    for first, second in itertools.product(LAYOUTS, LAYOUTS):
        same("conv2", (first, element, 4, 5), (second, element, 2, 3))
        same("xcorr2", (first, element, 2, 4, 5), (second, element, 3, 2, 2, 3), "F")
    for layout in LAYOUTS:
        for size in (3, 3), (9,), (4, 5):
            same("conv2", (layout, element, *size), (uneven, element, 4, 5), (uneven, element, 2, 3))
    same("conv2", (made, element), (made, element, 2, 3))
    same("conv2", (made, element, 4, 5), (made, types.INT, 2, 3))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_distances_are_those_of_python(element):
    for x, y in (
        ((3, 4), (2, 4)),
        ((3,), (2,)),
        ((3, 2, 2), (5, 4)),
        ((1, 1), (1, 1)),
        ((16, 9), (16, 9)),
        ((3, 4), (4, 3)),
    ):
        for gain in [], [1], [2], [0.5], [-0.0], [2**70], [True], ["2"]:
            same("match", (uneven, element, x[0], y[0]), (uneven, element, *x), (made, element, *y), *gain)
    same("match", (uneven, element, 2), (uneven, element, 3, 4), (made, element, 2, 4))
    same("match", (uneven, element, 17, 17), (uneven, element, 17, 4), (made, element, 17, 4))
    for layout, other in itertools.product(LAYOUTS, LAYOUTS):
        same("match", (layout, element, 3, 2), (other, element, 3, 4), (made, element, 2, 4), 3)
    same("match", (made, element, 3, 2), (made, element), (made, element, 2, 4))


def test_distances_may_replace_what_they_are_of():
    for rows in (torch.DoubleTensor([[1, 2], [4, 6]]) for _ in range(2)):
        rows.match(rows, rows)
        assert rows.totable() == [[0, 25], [25, 0]]


def test_calls_are_compiled_and_nothing_leaks():
    x, k, bank, r = torch.rand(2, 4, 4), torch.rand(2, 2, 2), torch.rand(3, 2, 2, 2), torch.Tensor(2, 2)
    c = torch.conv3(x, k)
    calls = [
        lambda: x.conv2(k),
        lambda: x.xcorr2(bank, "F"),
        lambda: torch.conv3(x, k),
        lambda: x.xcorr3(k, "V"),
        lambda: torch.match(x, k.view(2, 4).repeatTensor(1, 4)),
        lambda: r.match(k, k, 0.5),
        lambda: torch.conv3(c, x, k),
    ]
    for call in calls:
        call()
    for call in *calls[:4], *calls[5:]:
        assert frames(call) == ["<lambda>"]

    def work():
        for _ in range(500):
            x.conv2(k), x.xcorr2(bank, "F"), c.xcorr3(x, k), torch.match(k, k), r.match(k, k, 2)

    check_leaks(work, (x, k, bank, r, c, x._size, x._array, k._array, x.dtype, torch.DoubleTensor, None, 0))
