"""Compiled products next to Python's: of few numbers, as matrices lie in memory, and into results of all kinds."""

import numpy as np
import pytest

from tests.torch.native.actions.test_many import check_compiled, drawn, narrowed
from tests.torch.native.compared import LAYOUTS, apart, expanded, read_only, repeated, same, turned
from tests.torch.native.test_calls import ELEMENTS, made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL, FLOATING

native.open_calls()


# Functions, and the sizes of their operands.
SIZES = {
    "mm": [
        ((3, 2), (2, 4)),
        ((1, 5), (5, 1)),
        ((4, 1), (1, 4)),
        ((2, 9), (9, 3)),
        ((3, 2), (3, 2)),
        ((40, 50), (50, 6)),
    ],
    "mv": [((3, 2), (2,)), ((1, 5), (5,)), ((4, 1), (1,)), ((3, 2), (3,)), ((2, 33), (33,)), ((300, 2), (2,))],
    "bmm": [((2, 3, 2), (2, 2, 4)), ((1, 1, 5), (1, 5, 1)), ((2, 3, 2), (3, 2, 4)), ((9, 10, 11), (9, 11, 12))],
    "sum of batch": [
        ((2, 3, 2), (2, 2, 4)),
        ((1, 3, 3), (1, 3, 3)),
        ((3, 1, 5), (3, 5, 1)),
        ((9, 10, 11), (9, 11, 12)),
    ],
    "ger": [((3,), (4,)), ((1,), (5,)), ((17,), (1,)), ((20,), (30,))],
}
ADDING = {"mm": "addmm", "mv": "addmv", "bmm": "baddbmm", "sum of batch": "addbmm", "ger": "addr"}


def result_size(name, a, b):
    if name == "sum of batch":
        return a[1], b[2]
    return a + b if name == "ger" else (*a[:-1], *b[len(a) - 1 :])


@pytest.mark.parametrize("name", [name for name in SIZES if name != "sum of batch"])
@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_products_are_those_of_python(name, element):
    for a, b in SIZES[name]:
        left, right, product = (made, element, *a), (made, element, *b), result_size(name, a, b)
        for layout in LAYOUTS:
            for other in LAYOUTS if element is types.DOUBLE else [layout]:
                same(name, (layout, *left[1:]), (other, *right[1:]))
            same(name, (layout, element, *product), left, right)
        same(name, (made, element, 2), left, right)
        same(name, left, (made, types.INT, *b))


def spoilt(element, *size):
    """A tensor of nan and infinities, or of the largest integers."""
    return types.TENSORS[element].wrap(np.resize(element.convert(np.array([np.nan, np.inf, -np.inf])), size))


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_nothing_spreads_from_what_is_multiplied_by_0(name, element):
    for a, b in SIZES[name]:
        left, right, product = (made, element, *a), (turned, element, *b), (element, *result_size(name, a, b))
        for numbers in [0], [0.0], [-0.0], [0, 1], [0.0, 2], [0, 0], [0, 0.5], [256, 1], [-(2**63), 1], [1e-60, 1]:
            same(ADDING[name], (spoilt, *product), *numbers, left, right)
            if len(numbers) == 2:
                beta, alpha = numbers
                for result in (made, *product), (made, element, 7), (apart, *product):
                    same(ADDING[name], result, beta, (spoilt, *product), alpha, left, right)
                same(ADDING[name], (made, *product), beta, (spoilt, element, 7), alpha, left, right)


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_accumulating_products_are_those_of_python(name, element):
    for a, b in SIZES[name]:
        left, right, product = (made, element, *a), (turned, element, *b), (element, *result_size(name, a, b))
        for layout in LAYOUTS:
            for numbers in [], [2], [0.5], [0], [0, 3], [1.5, 1], [-1, 2], [float("nan"), 1], [True], ["2"], [300, 1]:
                same(ADDING[name], (layout, *product), *numbers, left, right)
        for beta, alpha in (1, 2), (0, 2), (0.5, 1):
            same(ADDING[name], (made, *product), beta, (made, *product), alpha, left, right)
        same(ADDING[name], (made, *product), (made, *product), left, right)
        same(ADDING[name], (made, element, 7), (made, *product), left, right)
        same(ADDING[name], (made, element, 2), left, right)


@pytest.mark.parametrize("element", [*ELEMENTS, types.CHAR, types.SHORT, types.INT], ids=lambda element: element.name)
def test_dot_products_are_those_of_python(element):
    for a, b in (((6,), (6,)), ((2, 3), (6,)), ((2, 3), (3, 2)), ((1,), (1, 1)), ((40,), (40,)), ((6,), (5,))):
        for first in LAYOUTS:
            for second in LAYOUTS:
                same("dot", (first, element, *a), (second, element, *b))
    same("dot", (made, element), (made, element))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_the_operator_multiplies_by_dimensions(element):
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 2)), ((3,), (3, 2)), ((2, 2, 2), (2, 2)), ((2, 3), (2, 3))):
        for layout in LAYOUTS:
            same("__mul__", (layout, element, *a), (turned, element, *b))


def test_a_result_may_be_an_operand():
    for call in (
        lambda x: x.mm(x, x),
        lambda x: x.mm(x.t(), x),
        lambda x: x.addmm(x, x),
        lambda x: x.addmm(0.5, x, 2, x.t(), x),
        lambda x: x.select(1, 1).mv(x, x.select(1, 1)),
        lambda x: x.addr(x.select(1, 1), x.select(2, 1)),
        lambda x: x.ger(x.select(1, 1), x.select(2, 1)),
        lambda x: x.view(1, 3, 3).bmm(x.view(1, 3, 3), x.view(1, 3, 3)),
        lambda x: x.view(1, 3, 3).baddbmm(x.view(1, 3, 3), x.view(1, 3, 3)),
    ):
        ours, theirs = made(types.DOUBLE, 3, 3), made(types.DOUBLE, 3, 3)
        for _ in range(2):
            call(ours)
        native.close_calls()
        for _ in range(2):
            call(theirs)
        native.open_calls()
        assert ours.array.tobytes() == theirs.array.tobytes()


def test_infinities_and_nan_are_silent():
    x = torch.DoubleTensor([[np.inf, 1], [np.nan, 1e308]])
    for _ in range(2):
        assert np.isnan((x * x).array).any()
        assert np.isnan(x.dot(x))
        x.clone().addmm(10, x, 10, x, x)


def test_products_are_compiled():
    x, v, b, r = torch.rand(3, 3), torch.rand(3), torch.rand(2, 2, 2), torch.rand(2, 2, 2)
    t = x.t()
    for call in (
        lambda: x.mm(x, x),
        lambda: x * t,
        lambda: x * v,
        lambda: v * v,
        lambda: x.dot(x),
        lambda: torch.mm(x, x),
        lambda: v.mv(x, v),
        lambda: x.addmm(0.5, x, x),
        lambda: x.addmm(0.5, 2, x, x),
        lambda: x.addmm(0, 2, v.view(3, 1), v.view(1, 3)),
        lambda: torch.addmv(0.0, v, 1, x, v),
        lambda: v.addmv(x, v),
        lambda: x.addr(2, v, v),
        lambda: torch.ger(v, v),
        lambda: r.bmm(b, b),
        lambda: torch.bmm(b, b),
        lambda: b.baddbmm(b, b),
        lambda: x.narrow(1, 1, 2).narrow(2, 1, 2).clone().addbmm(0.5, 2, b, b),
    ):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    x, v, b = torch.rand(3, 3).mul(0.1), torch.rand(3).mul(0.1), torch.rand(2, 2, 2).mul(0.1)
    # Not the type of elements: numpy 2.5's own `dot` leaves references to it under Python 3.12.
    watched = x, v, b, x._size, x._stride, x._array, v._array, b._array, torch.DoubleTensor, None, 0

    def work():
        for _ in range(500):
            x * x, x * v, v * v, x.dot(x), torch.addmm(x, x, x), torch.bmm(b, b), torch.ger(v, v)
            x.clone().addmm(2, x, x), v.clone().addmv(x, v), b.clone().baddbmm(b, b), b[0].clone().addbmm(2, b, b)
            with pytest.raises(Exception, match="."):
                x.addmm(x, torch.rand(3, 4))

    check_leaks(work, watched)


LARGE = [(100, 100), (700, 801), (3, 33_000), (33_000, 3), (1, 70_000), (70_000, 1), (513, 40)]


@pytest.mark.parametrize("size", LARGE, ids=str)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_many_elements_times_a_vector(element, size):
    x, v = (drawn, element, *size), (drawn, element, size[1])
    same("mv", x, v)
    same("__mul__", x, v)
    same("mv", x, (apart, element, size[1]))
    same("mv", (narrowed, element, *size), v)
    same("mv", x, (drawn, element, size[1] + 1))
    for layout in (drawn, apart, read_only):
        same("mv", (layout, element, size[0]), x, v)
    same("mv", (drawn, element, size[0] + 1), x, v)
    for args in ((v,), (2, v), (2, 3, v)):
        same("addmv", (drawn, element, size[0]), *args[:-1], x, v)


@pytest.mark.parametrize("layout", [turned, expanded, repeated, read_only], ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_layouts_of_many_elements_times_a_vector(element, layout):
    same("mv", (layout, element, 300, 200), (drawn, element, 200))
    same("mv", (drawn, element, 300), (layout, element, 300, 200), (drawn, element, 200))


def test_a_result_in_a_matrix_of_many_elements():
    def left(multiply):
        x = drawn(types.FLOAT, 300, 300)
        for _ in range(3):
            multiply(x[1], x, x[2])
            multiply(x[2], x, x[2])
        return x.array.tobytes()

    assert left(torch.Tensor.mv) == left(torch.Tensor.mv.__wrapped__)


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_products_of_many_elements_are_compiled(element):
    for rows, columns in LARGE:
        x, v, r = drawn(element, rows, columns), drawn(element, columns), drawn(element, rows)
        check_compiled(lambda x=x, v=v: torch.mv(x, v))
        check_compiled(lambda x=x, v=v: x * v)
        check_compiled(lambda r=r, x=x, v=v: r.mv(x, v))


def test_products_of_many_elements_leave_nothing_and_do_not_depend_on_threads():
    x, v, r = drawn(types.FLOAT, 700, 801), drawn(types.FLOAT, 801), drawn(types.FLOAT, 700)
    expected, threads = (x * v).totable(), torch.getnumthreads()

    def work():
        for _ in range(200):
            r.mv(x, v)
            torch.mv(x, v)

    check_leaks(work, [x, v, r, x.array, v.array, r.array, r._size])
    torch.setnumthreads(1)
    try:
        assert (x * v).totable() == expected
    finally:
        torch.setnumthreads(threads)
