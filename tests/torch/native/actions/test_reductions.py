"""Compiled reductions next to Python's: of few numbers, with infinities and nan, of sizes that numpy tells apart."""

import functools

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, read_only, same
from tests.torch.native.test_calls import FEW, made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types

native.open_calls()

OF_ALL = ["sum", "prod", "max", "min"]
OF_FLOATS = ["mean", "var", "std", "norm"]
ALONG = ["sum", "prod", "max", "min", "cumsum", "cumprod"]
SIZES = [
    (1,),
    (7,),
    (16,),
    (100,),
    (3, 5),
    (1, 9),
    (9, 1),
    (4, 1, 6),
    (2, 3, 4),
    (2, 17, 1),
    (5, 5, 10),
    (FEW,),
    (FEW + 1,),
]
ELEMENTS = types.ALL[:-1]


def special(element, *size):
    """A tensor with zeros of both signs, infinities and nan, or the extremes of an integer type."""
    few = [-0.0, 0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, np.nan] if element.floating else [-1, 1, 127, -128]
    numbers = np.resize(np.array(few), int(np.prod(size, dtype=int)))
    return types.TENSORS[element].wrap(element.convert(numbers).reshape(size))


def zeros(element, *size):
    """A tensor of zeros with a sign, where there are such."""
    return types.TENSORS[element].wrap(np.full(size, -0.0).astype(element.dtype))


def uneven(element, *size):
    """A tensor of numbers that are rounded when they are added up."""
    numbers = np.sin(np.arange(np.prod(size, dtype=float)) * 37) * 10
    return types.TENSORS[element].wrap(element.convert(numbers).reshape(size))


def column(filling, element, size):
    """A column of a matrix."""
    return filling(element, size, 3).select(2, 2)


FILLINGS = [uneven, special, zeros]


def reversed_axes(filling, element, *size):
    """A tensor that lies the other way round."""
    axes = range(1, len(size) + 1)
    return filling(element, *size[::-1]).permute(*reversed(axes))


def wide(filling, element, *size):
    """A tensor with other elements between its own."""
    return filling(element, *size, 2).select(len(size) + 1, 2)


def wide_and_reversed(filling, element, *size):
    return reversed_axes(functools.partial(wide, filling), element, *size)


def with_two_axes_exchanged(filling, element, *size):
    if len(size) == 1:
        return wide(filling, element, *size)
    return filling(element, size[1], size[0], *size[2:]).transpose(1, 2)


def overlapping(filling, element, *size):
    """Windows of a vector, a step apart."""
    if len(size) != 2:
        return filling(element, *size)
    return filling(element, sum(size) - 1).unfold(1, size[1], 1)


LYING = [reversed_axes, wide, wide_and_reversed, with_two_axes_exchanged, overlapping]
LYING_SIZES = [
    (9,),
    (3, 4),
    (4, 3),
    (20, 3),
    (3, 20),
    (10, 11),
    (1, 9),
    (9, 1),
    (2, 9, 3),
    (9, 2, 3),
    (3, 2, 9),
    (2, 1, 9),
]


@pytest.mark.parametrize("name", OF_ALL + OF_FLOATS)
@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_reductions_of_everything_are_those_of_python(name, element):
    if name in OF_FLOATS and not element.floating:
        return
    for size in SIZES:
        for filling in FILLINGS:
            same(name, (filling, element, *size))
    for layout in LAYOUTS:
        same(name, (layout, element, 3, 4))
        for size in (1, 7, 40, FEW):
            same(name, (layout, element, size))
    for filling in FILLINGS:
        same(name, (column, filling, element, 50))
    same(name, (made, element))


@pytest.mark.parametrize("name", [*ALONG, "mean"])
@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_reductions_along_a_dimension_are_those_of_python(name, element):
    if name in OF_FLOATS and not element.floating:
        return
    for size in SIZES:
        for dimension in range(1, len(size) + 1):
            for filling in FILLINGS:
                same(name, (filling, element, *size), dimension)
    for layout in LAYOUTS:
        for dimension in (0, 1, 2, 3, 1.0, True, 2**70, "1"):
            same(name, (layout, element, 3, 4), dimension)
        if name.startswith("cum"):
            for result in (3, 4), (2, 6):
                same(name, (layout, element, *result), (uneven, element, 3, 4), 2)
        else:
            same(name, (layout, element, 1, 4), (made, element, 3, 4), 1)
            same(name, (layout, element, 3, 1), (uneven, element, 3, 4), 2)
    same(name, (made, element), 1)
    same(name, (made, element, 4), (made, element, 3, 4), 1)
    same(name, (made, types.INT if element is not types.INT else types.LONG, 1, 4), (made, element, 3, 4), 1)


@pytest.mark.parametrize("lying", LYING, ids=lambda lying: lying.__name__)
@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_what_does_not_lie_side_by_side_is_reduced_as_by_python(element, lying):
    names = [*ALONG, "mean", "var", "std"] if element.floating else ALONG
    for size in LYING_SIZES:
        for filling in FILLINGS:
            x = lying, filling, element, *size
            for name in [*OF_ALL, *OF_FLOATS] if element.floating else OF_ALL:
                same(name, x)
            for p in (1, 3, 0) if element.floating else ():
                same("norm", x, p)
            for dimension in range(1, len(size) + 1):
                for name in names:
                    same(name, x, dimension)
                for p in (1, 2, 3, 0.5, 0) if element.floating else ():
                    same("norm", x, p, dimension)
                    same("renorm", x, p, dimension, 4)
    for name in names:
        same(name, (made, element, 1, 4), (lying, uneven, element, 3, 4), 1)


@pytest.mark.parametrize("element", [types.FLOAT, types.DOUBLE], ids=lambda element: element.name)
def test_deviations_norms_and_distances_are_those_of_python(element):
    for size in SIZES:
        for filling in FILLINGS:
            for biased in True, False:
                same("var", (filling, element, *size), biased)
                same("std", (filling, element, *size), biased)
            for p in 1, 2, 1.0, 0, -1.5, 3, 2.5, 0.5, -0.0, -1, np.inf, -np.inf, np.nan, 1e-300, 1e40, 2**62, 2**70:
                same("norm", (filling, element, *size), p)
                same("dist", (filling, element, *size), (made, element, *size), p)
            same("dist", (filling, element, *size), (made, element, *size))
    same("dist", (made, element, 2, 3), (uneven, element, 6))
    same("dist", (made, element, 2, 3), (uneven, element, 5))
    for layout in LAYOUTS:
        same("dist", (layout, element, 3, 4), (made, element, 3, 4))


@pytest.mark.parametrize("element", [types.FLOAT, types.DOUBLE], ids=lambda element: element.name)
def test_deviations_and_norms_along_a_dimension_are_those_of_python(element):
    for size in SIZES:
        for filling in FILLINGS:
            for dimension in range(1, len(size) + 1):
                for name in ("var", "std"):
                    same(name, (filling, element, *size), dimension)
                    same(name, (filling, element, *size), dimension, True)
                for p in (1, 2, 2.0, 0, 3, 0.5, 2.5, -1, np.inf, np.nan, 2**70):
                    same("norm", (filling, element, *size), p, dimension)
    for layout in LAYOUTS:
        for dimension in (0, 3, True, 2**70):
            for numbers in [dimension], [dimension, False], [dimension, 1], [2, dimension]:
                for name in ("var", "std", "norm"):
                    same(name, (layout, element, 3, 4), *numbers)
        same("std", (layout, element, 1, 4), (uneven, element, 3, 4), 1)
        same("norm", (layout, element, 1, 4), (uneven, element, 3, 4), 2, 1)


@pytest.mark.parametrize("element", [types.FLOAT, types.DOUBLE], ids=lambda element: element.name)
def test_limited_norms_are_those_of_python(element):
    for size in SIZES:
        for filling in FILLINGS:
            for dimension in range(1, len(size) + 1):
                for p in (1, 2, 2.0, 3, 0, 0.5, 2.5, -1, np.inf, np.nan, 2**70):
                    same("renorm", (filling, element, *size), p, dimension, 4)
    for limit in (0, 1.5, 2, -1, np.inf, np.nan, 2**40, 2**70, True, "2"):
        for filling in FILLINGS:
            same("renorm", (filling, element, 3, 4), 2, 1, limit)
    for layout in LAYOUTS:
        for dimension in (0, 1, 2, 3, 1.0, 2**70):
            same("renorm", (layout, element, 3, 4), 2, dimension, 1)
        same("renorm", (layout, element, 3, 4), (uneven, element, 3, 4), 2, 1, 1)
        same("renorm", (layout, element, 2), (uneven, element, 3, 4), 2, 1, 1)


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_equality_is_that_of_python(element):
    for filling in FILLINGS:
        for size in SIZES:
            same("equal", (filling, element, *size), (filling, element, *size))
            same("equal", (filling, element, *size), (made, element, *size))
    for layout in LAYOUTS:
        same("equal", (layout, element, 3, 4), (layout, element, 3, 4))
        same("equal", (layout, element, 3, 4), (made, element, 3, 4))
        same("equal", (made, element, 3, 4), (layout, element, 4, 3))
    same("equal", (made, element, 6), (made, element, 2, 3))
    same("equal", (made, element), (made, element))
    same("equal", (made, element, 6), (made, types.FLOAT, 6))


def test_truth_is_that_of_python():
    for name in ("all", "any"):
        for filling in (special, zeros, made, read_only):
            for size in SIZES:
                same(name, (filling, types.BYTE, *size))
        same(name, (made, types.BYTE))
        same(name, (made, types.INT, 3))


def test_dimensions_may_be_as_many_as_numpy_has():
    for count in (31, 32, 33, 60 if np.__version__ >= "2" else 32):
        x = (made, types.DOUBLE, *[1] * (count - 1), 5)
        for name in ("sum", "max", "std", "mean", "norm"):
            same(name, x)
        for name in ("sum", "max", "mean", "cumsum", "std", "sort", "median"):
            same(name, x, 1)
            same(name, x, count)
        same("add", x, 1)
        same("dot", x, x)


def test_a_result_may_be_the_operand():
    x = torch.DoubleTensor([[1, 2, 3]])
    for _ in range(2):
        x.sum(x, 1)
    assert x.array.tolist() == [[1, 2, 3]]
    row = torch.DoubleTensor([[1, 2], [3, 4]])
    for _ in range(2):
        torch.sum(row.narrow(1, 2, 1), row, 1)
    assert row.array.tolist() == [[1, 2], [5, 8]]


def test_reductions_are_compiled():
    x, y, r, b = torch.rand(3, 3), torch.rand(3, 3), torch.rand(3, 1), torch.ByteTensor(3).fill(1)
    c, t, cut = x.select(2, 2), torch.rand(3, 4).t(), torch.rand(2, 3, 4).select(3, 2)
    for call in (
        lambda: t.sum(1),
        lambda: t.mean(2),
        lambda: t.max(1),
        lambda: t.std(1),
        lambda: torch.var(t, 2, True),
        lambda: t.norm(2, 1),
        lambda: t.renorm(2, 1, 0.5),
        lambda: torch.renorm(t, 2, 1, 0.5),
        lambda: t.cumsum(2),
        lambda: t.dist(t),
        lambda: t.equal(t),
        lambda: cut.sum(),
        lambda: cut.max(),
        lambda: cut.std(),
        lambda: cut.norm(3),
        lambda: x.norm(3),
        lambda: x.norm(0),
        lambda: x.norm(2.5, 1),
        lambda: x.dist(y, 3),
        lambda: x.renorm(0.5, 1, 1),
        lambda: x.sum(),
        lambda: c.sum(),
        lambda: x.mean(),
        lambda: x.prod(),
        lambda: x.max(),
        lambda: x.min(),
        lambda: x.var(),
        lambda: x.std(True),
        lambda: x.norm(),
        lambda: x.norm(1),
        lambda: x.dist(y),
        lambda: x.equal(y),
        lambda: b.all(),
        lambda: b.any(),
        lambda: x.sum(1),
        lambda: torch.sum(r, x, 2),
        lambda: x.mean(2),
        lambda: x.prod(1),
        lambda: x.max(1),
        lambda: torch.min(x, 2),
        lambda: x.std(1),
        lambda: torch.var(x, 2, True),
        lambda: x.norm(2, 1),
        lambda: x.renorm(2, 1, 0.5),
        lambda: torch.renorm(x, 1, 2, 1),
        lambda: x.cumsum(),
        lambda: x.cumprod(2),
        lambda: y.cumsum(x, 1),
        lambda: y.cross(x, x),
        lambda: y.renorm(x, 2, 1, 1),
    ):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    x, f, r, t = torch.rand(3, 3), torch.rand(3, 3).float(), torch.rand(3, 1), torch.rand(3, 4).t()
    watched = (
        t,
        x,
        f,
        r,
        x._size,
        x._stride,
        x._array,
        f._array,
        r._array,
        x.dtype,
        torch.DoubleTensor,
        None,
        0,
        True,
        False,
    )

    def work():
        for _ in range(500):
            t.sum(1), t.std(2), t.max(1), t.norm(3, 1), t.renorm(2, 1, 1), x.norm(3), x.dist(x, 3), t.cumsum(1)
            x.sum(), f.sum(), x.sum(1), f.sum(2), x.mean(1), torch.mean(r, x, 2), x.max(1), f.min(2), f.cumsum()
            (
                x.var(True),
                x.norm(),
                x.renorm(2, 1, 1),
                torch.renorm(f, 1, 2, 0.5),
                x.std(1),
                f.norm(1, 2),
                f.dist(f),
                x.equal(x),
                x.cumprod(2),
            )
            with pytest.raises(Exception, match="."):
                x.sum(3)

    check_leaks(work, watched)


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_cross_products_are_those_of_python(element):
    for size in [(3,), (3, 3), (2, 3), (3, 4), (2, 3, 4), (4, 2), (1,), (3, 85), (3, 86), (5, 3, 3)]:
        for filling in (uneven, made):
            same("cross", (uneven, element, *size), (filling, element, *size))
            for dimension in (0, 1, 2, 3, 4, -1, 2**70, 1.0):
                same("cross", (uneven, element, *size), (filling, element, *size), dimension)
    same("cross", (uneven, element, 3, 4), (made, element, 4, 3))
    for layout in LAYOUTS:
        same("cross", (layout, element, 3, 4), (layout, element, 3, 4))
        same("cross", (layout, element, 3, 4), (layout, element, 3, 4), (made, element, 3, 4))


def test_cross_products_are_compiled_and_nothing_leaks():
    x, y = torch.rand(3, 4), torch.rand(3, 4)
    torch.cross(x, y)
    assert frames(lambda: torch.cross(x, y)) == ["<lambda>"]

    def work():
        for _ in range(2000):
            torch.cross(x, y), x.cross(y, 1)

    check_leaks(work, [x, y, x._size, torch.DoubleTensor, x.dtype, None, 0])
