"""Compiled operations on many elements that do not all lie in order, next to Python's."""

import pytest

from tests.torch.native.actions.test_many import check_compiled, drawn, narrowed, positive, turned
from tests.torch.native.compared import apart, expanded, read_only, repeated, same
from tests.torch.native.watching import check_leaks
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL, FLOATING

native.open_calls()

SIZES = [(300, 401), (3, 9, 5, 700), (7000, 16), (6000, 15), (2, 40_000)]


def inside(element, *size):
    """A part of a tensor that is larger in all dimensions."""
    tensor = drawn(element, *[n + 2 for n in size])
    for dimension, n in enumerate(size, 1):
        tensor = tensor.narrow(dimension, 2, n)
    return tensor


def of_columns(element, *size):
    """A tensor of which the elements along all dimensions but the first are one."""
    return drawn(element, size[0], *[1] * (len(size) - 1)).expand(*size)


def of_one(element, *size):
    return drawn(element, *[1] * len(size)).expand(*size)


def swapped(element, *size):
    """A tensor whose first and last dimension lie the other way round."""
    return drawn(element, size[-1], *size[1:-1], size[0]).transpose(1, len(size))


def of_wide_rows(element, *size):
    """A tensor whose elements along the first dimension are one, and of which no others are neighbours."""
    return narrowed(element, 1, *size[1:]).expand(*size)


LAYOUTS = [drawn, inside, narrowed, apart, swapped, expanded, repeated, of_columns, of_one, of_wide_rows, read_only]
REPEATING = [expanded, repeated, of_columns, of_one, of_wide_rows]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("element", [types.FLOAT, types.BYTE], ids=lambda element: element.name)
def test_layouts_are_heeded(element, layout, size):
    x, y = (layout, element, *size), (positive, element, *size)
    for other in (drawn, narrowed, of_columns):
        same("add", (drawn, element, *size), x, (other, element, *size))
    same("cmul", (inside, element, *size), y, x)
    same("__add__", x, 2)
    same("__neg__", x)
    same("addcmul", (inside, element, *size), y, 2, x, x)
    same("clamp", y, x, -2, 3)
    same("gt", x, y)
    if layout not in REPEATING:  # of which Python changes one element after the other
        same("add", x, 3)
        same("add", x, 2, y)
        same("cdiv", x, y)
        same("add", x, (narrowed, element, *size))
        same("fill", x, 3)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_rows_are_computed_by_compiled_calls(element):
    x, y, part, r = (make(element, 700, 803) for make in (drawn, positive, inside, drawn))
    row, column, other = (make(element, 700, 803) for make in (expanded, of_columns, narrowed))
    for operand in (part, row, column, other):
        check_compiled(lambda operand=operand: torch.add(x, operand))
        check_compiled(lambda operand=operand: r.cmul(operand, y))
        check_compiled(lambda operand=operand: part.add(operand))
    check_compiled(lambda: torch.cmul(row, column))
    check_compiled(lambda: part * 2)
    check_compiled(lambda: part.add(3, other))


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_elements_of_one_order_are_computed_by_compiled_calls(element):
    for x, y, r in (
        [drawn(element, 700, 803).t() for _ in range(3)],
        [drawn(element, 20, 30, 803).transpose(1, 3) for _ in range(3)],
    ):
        check_compiled(lambda x=x: x.add(1))
        check_compiled(lambda x=x, y=y, r=r: r.cmul(x, y))


@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_memory_in_common_is_heeded(element):
    def results(add):
        matrix = drawn(element, 300, 700)
        parts = [matrix.narrow(2, begin, 300) for begin in (1, 11, 301)]
        for x in parts:
            for y in parts:
                add(x, y)
        lines = [matrix.narrow(1, begin, 250) for begin in (1, 2, 51)]
        for x in lines:
            for y in lines:
                add(x, y)
        add(matrix.narrow(2, 1, 300), matrix.narrow(2, 1, 300).t())
        add(matrix, matrix.narrow(1, 3, 1).expandAs(matrix))
        add(matrix, matrix.narrow(2, 3, 1).expandAs(matrix))
        return matrix.array.tobytes()

    results(torch.Tensor.add)
    assert results(torch.Tensor.add) == results(torch.Tensor.add.__wrapped__)


def test_results_do_not_depend_on_threads():
    x, y = inside(types.FLOAT, 300, 1003), of_columns(types.FLOAT, 300, 1003)
    expected, threads = [torch.add(x, y).array.tobytes(), torch.cdiv(x, x).array.tobytes()], torch.getnumthreads()
    torch.setnumthreads(1)
    try:
        assert [torch.add(x, y).array.tobytes(), torch.cdiv(x, x).array.tobytes()] == expected
    finally:
        torch.setnumthreads(threads)


def test_nothing_is_left_of_calls():
    x, y, turn = inside(types.FLOAT, 300, 401), expanded(types.FLOAT, 300, 401), turned(types.FLOAT, 300, 401)
    watched = [x, y, turn, x.array, y.array, turn.array, x._size, y._size]

    def work():
        for _ in range(200):
            x.add(y)
            torch.cmul(x, y)
            x + 1
            turn.add(1)

    check_leaks(work, watched)
