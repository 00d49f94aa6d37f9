"""Brackets with tensors of indices that are compiled, next to Python's."""

import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types

native.open_calls()


def indices(*numbers):
    return torch.LongTensor(list(numbers))


def apart(*numbers):
    """Indices that do not lie next to each other."""
    return torch.LongTensor([[number, 7] for number in numbers]).select(2, 1)


def in_a_matrix(*numbers):
    return torch.LongTensor([list(numbers)])


VECTORS = [(0,), (2, 0, 1), (1, 1, 1, 2), (-1, 0), (-3,), (3,), (-4,), (2**62,), tuple(range(3)) * 30]


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_slices_are_read_and_written_as_by_python(element):
    for layout in LAYOUTS:
        for size in [(3,), (3, 2), (3, 2, 2)]:
            for vector in VECTORS:
                n = len(vector)
                for how in (indices, apart, in_a_matrix):
                    same("__getitem__", (layout, element, *size), (how, *vector))
                    same("__setitem__", (layout, element, *size), (how, *vector), 3)
                same("__setitem__", (layout, element, *size), (indices, *vector), 2.5)
                same("__setitem__", (made, element, *size), (indices, *vector), (layout, element, n, *size[1:]))
                same("__setitem__", (made, element, *size), (indices, *vector), (made, element, *size[1:], n))
                same("__setitem__", (made, element, *size), (indices, *vector), (made, types.INT, n, *size[1:]))
                same("__setitem__", (made, element, *size), (indices, *vector), (made, element, n + 1))
    same("__getitem__", (made, element), (indices, 0))
    same("__setitem__", (made, element), (indices, 0), 1)


def test_memory_in_common():
    """What is stored may be read again."""

    def outcomes(put, get):
        x, places = torch.range(1, 6), torch.LongTensor([2, 0, 1])
        put(x.narrow(1, 1, 4), torch.LongTensor([3, 2, 1]), x.narrow(1, 1, 3))
        put(places, places, 1)
        put(places, places, torch.LongTensor([0, 1, 2]))
        return x.totable(), places.totable(), get(places, places).totable()

    put, get = torch.Tensor.__setitem__, torch.Tensor.__getitem__
    expected = outcomes(put.__wrapped__, get.__wrapped__)
    assert outcomes(put, get) == expected == outcomes(put, get)


def test_calls_are_compiled_and_nothing_leaks():
    x, places, rows = torch.rand(3, 2), torch.LongTensor([2, 0]), torch.rand(2, 2)

    def put():
        x[places] = rows
        x[places] = 0.5

    for call in (put, lambda: x[places]):
        call()
        assert len(frames(call)) == 1

    def work():
        for _ in range(1000):
            put(), x[places]
            with pytest.raises(Exception, match="out of range"):
                x[places + 3]

    check_leaks(work, [x, places, rows, x._array, x.dtype, torch.DoubleTensor, None, 0])
