"""Compiled histograms next to Python's: of numbers at the ends of bins, of infinities and nan, and of any range."""

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import FEW, made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types

native.open_calls()

ELEMENTS = [types.FLOAT, types.DOUBLE]
NUMBERS = {
    "uneven": np.sin(np.arange(40) * 37) * 10,
    "at ends of bins": np.arange(40) % 11 / 10,
    "equal": np.full(40, 0.3),
    "large": np.full(40, 1e30),
    "zeros of both signs": np.resize([0.0, -0.0], 40),
    "nan": np.resize([1, np.nan, 2, 3], 40),
    "infinite": np.resize([1, np.inf, 2], 40),
    "infinite both ways": np.resize([-np.inf, 1, np.inf], 40),
    "nothing but infinite": np.full(40, np.inf),
    "of all magnitudes": np.logspace(-300, 30, 40),
}
RANGES = [(), (0, 1), (0.1, 0.7), (-1.5, 1), (1, 0), (2, 2), (0.0, -0.0), (-np.inf, np.inf), (0, np.inf), (0, np.nan)]
BINS = [1, 2, 3, 10, 100, 1000, 5000, 0, -1, 2**31, 2**70, 2.5, True, "3"]


def numbered(element, which, *size):
    """A tensor of the first of such numbers."""
    numbers = NUMBERS[which][: int(np.prod(size))]
    return types.TENSORS[element].wrap(element.convert(numbers).reshape(size))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
@pytest.mark.parametrize("which", NUMBERS)
def test_histograms_are_those_of_python(which, element):
    for bins in BINS:
        for ends in RANGES if bins in (1, 3, 10) else RANGES[:2]:
            for name, size in ("histc", (40,)), ("histc", (2, 3, 4)), ("bhistc", (5, 8)), ("bhistc", (1, 7)):
                same(name, (numbered, element, which, *size), bins, *ends)
    same("histc", (numbered, element, which, 5, 8))
    same("bhistc", (numbered, element, which, 5, 8))
    same("bhistc", (numbered, element, which, 40))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_tensors_may_lie_in_any_way(element):
    for layout in LAYOUTS:
        for name in "histc", "bhistc":
            same(name, (layout, element, 4, 6), 5)
            for result in (5,), (4, 5), (3,):
                same(name, (layout, element, *result), (made, element, 4, 6), 5)
    for size in (1,), (FEW,), (FEW + 1,), (2, 200), ():
        same("histc", (made, element, *size), 5)
    same("histc", (made, types.INT, 5), 5)


def test_histograms_are_compiled_and_nothing_leaks():
    x, f = torch.rand(3, 4), torch.rand(3, 4).float()
    r = torch.Tensor(5)
    for call in (
        lambda: x.histc(),
        lambda: torch.histc(f, 5),
        lambda: x.bhistc(4, 0, 1),
        lambda: f.histc(3, 0.5, 2.5),
        lambda: r.histc(x, 5),
    ):
        call()
        assert frames(call) == ["<lambda>"]

    def work():
        for _ in range(500):
            x.histc(), f.histc(5), r.histc(x, 5), x.bhistc(4, 0, 1), f.bhistc(3, 0.5, 2.5)

    check_leaks(work, (x, f, r, x._size, x._array, f._array, x.dtype, torch.DoubleTensor, None, 0))
