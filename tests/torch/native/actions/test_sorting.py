"""Compiled sorting next to Python's: of few elements, many of them equal, with nan."""

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.native.actions import sorting

native.open_calls()

SIZES = [(1,), (10,), (sorting.LONGEST,), (sorting.LONGEST + 1,), (2, 17, 1), (4, 3, 6), (5, 1), (3, 100)]


def equals(element, *size):
    """A tensor of few different numbers, among them zeros of both signs and nan."""
    few = [2.5, -0.0, 0.0, np.nan, 2.5, -np.inf, np.inf, np.nan, -1] if element.floating else [2, 0, 2, -1, 2, 7, 7]
    numbers = np.random.default_rng(sum(size)).choice(np.array(few), size)
    return types.TENSORS[element].wrap(element.convert(numbers))


FILLINGS = [made, equals]


@pytest.mark.parametrize("element", types.ALL[:-1], ids=lambda element: element.name)
def test_orders_are_those_of_python(element):
    for size in SIZES if element in (types.BYTE, types.DOUBLE) else SIZES[5:7]:
        for filling in FILLINGS:
            x = (filling, element, *size)
            for name in ("sort", "median", "mode", "topk"):
                same(name, x)
            for dimension in range(1, len(size) + 1):
                n = size[dimension - 1]
                for name in ("sort", "median", "mode"):
                    same(name, x, dimension)
                for descending in (False, True):
                    same("sort", x, dimension, descending)
                for k in {1, (n + 1) // 2, n}:
                    same("kthvalue", x, k, dimension)
                    same("topk", x, k, dimension, k > 1, k < n)


@pytest.mark.parametrize("element", [types.BYTE, types.DOUBLE], ids=lambda element: element.name)
def test_other_arguments_are_those_of_python(element):
    for layout in LAYOUTS:
        x = (layout, element, 3, 4)
        for name in ("sort", "topk", "kthvalue", "median", "mode"):
            for number in (0, 4, -1, 1.0, True, 2**70, None):
                same(name, x, number)
                same(name, x, 1, number)
            same(name, (made, element), 1)
            same(name, (made, element, 3, 4), (made, types.LONG, 3, 4), x)
        same("sort", x, True)


def test_sorting_is_compiled():
    x, values, places = torch.rand(3, 3), torch.rand(3, 3), torch.LongTensor(3, 3)
    row, column, turned = torch.rand(3, 1), torch.LongTensor(3, 1), torch.rand(3, 4).t()
    for call in (
        lambda: x.sort(),
        lambda: turned.sort(1),
        lambda: torch.median(turned, 2),
        lambda: torch.sort(values, places, x),
        lambda: torch.max(row, column, x, 2),
        lambda: torch.sort(x, 1, True),
        lambda: x.topk(2),
        lambda: x.topk(2, 1, True, True),
        lambda: x.kthvalue(2, 1),
        lambda: x.median(1),
        lambda: x.mode(),
    ):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    x, values, places = torch.rand(3, 3), torch.rand(3, 3), torch.LongTensor(3, 3)
    watched = (
        values,
        places,
        x,
        x._size,
        x._stride,
        x._array,
        x.dtype,
        torch.DoubleTensor,
        torch.LongTensor,
        None,
        0,
        1,
        2,
        3,
    )

    def work():
        for _ in range(500):
            torch.sort(values, places, x), x.sort(), x.topk(2), x.kthvalue(2, 1), x.median(1), x.mode()
            with pytest.raises(Exception, match="."):
                x.topk(4)

    check_leaks(work, watched)
