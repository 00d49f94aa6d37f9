"""Compiled parts of matrices next to Python's: of all types and layouts, along diagonals that exist and that do not."""

import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL

native.open_calls()

SIZES = [(1, 1), (3, 3), (2, 5), (5, 2), (1, 6), (6, 1), (16, 16), (16, 17), (4,), (1,), (15,), (16,), (17,), (2, 2, 2)]
DIAGONALS = [0, 1, -1, 2, -2, 5, -5, 6, -7, 256, -257, 2**70, -(2**70), 1.5, True, "1", None]


@pytest.mark.parametrize("name", ["tril", "triu", "diag"])
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_parts_are_those_of_python(name, element):
    for size in SIZES:
        same(name, (made, element, *size))
        for k in DIAGONALS:
            same(name, (made, element, *size), k)
    for layout in LAYOUTS:
        for size in ((3, 4), (5,)):
            same(name, (layout, element, *size), 1)
            same(name, (made, element, *size), (layout, element, *size), -1)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_traces_are_those_of_python(element):
    for size in [*SIZES, (40, 40), (256, 2), (257, 257)]:
        same("trace", (made, element, *size))
    for layout in LAYOUTS:
        same("trace", (layout, element, 20, 12))


def test_traces_of_numbers_that_are_rounded():
    for element in (types.FLOAT, types.DOUBLE):
        for size in (3, 7, 8, 9, 16, 40, 200):
            torch.manualSeed(size)
            x = torch.rand(size, size).type(element.tensor_name)
            torch.trace(x)
            assert torch.trace(x) == torch.Tensor.trace.__wrapped__(x), size


def test_calls_are_compiled():
    x = torch.rand(3, 3)
    for call in (lambda: x.tril(), lambda: x.triu(1), lambda: x.diag(), lambda: torch.diag(x[0], 1), lambda: x.trace()):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    x, y = torch.rand(3, 4), torch.rand(3)

    def work():
        for _ in range(2000):
            x.tril(), torch.triu(x, -1), torch.diag(x), torch.diag(y, -2), torch.trace(x), torch.diag(x, 9)

    check_leaks(work, [x, y, x.array, torch.DoubleTensor, x.dtype, None, 0])
