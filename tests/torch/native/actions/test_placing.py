"""Tensors that become views of a storage, and lists of views, next to Python's: results, errors, references."""

import itertools
import sys

import pytest

from tests.torch.native.actions.test_views import TENSORS, described, made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL

Tensor = torch.Tensor
LARGE = 2**70


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


def storage(element):
    return made(element, 12).storage()


def mapped(element):
    """A part of another storage, which cannot grow."""
    whole = storage(element)
    return type(whole)(whole, 3, 6)


def sizes(*numbers):
    return lambda: torch.LongStorage(list(numbers))


STORAGES = {"of its own": storage, "a part": mapped, "empty": lambda e: types.STORAGES[e]()}
INTS = (1, 2, 3, -1, 0)
NUMBERS = [
    *[(), (1,), (0,), (None,), (LARGE, 1), (1, LARGE), (1, 2, LARGE), (1.0, 2), (1, 2.0), (True, 2)],
    *[(offset, size) for offset in (1, 2, 12, 13, 0, -1, 2**45) for size in (*INTS, 11, 12, 13, 2**45)],
    *itertools.product((1, 3), (2, 3, 4, 0, 100), (1, 2, 3, -1, 0, 100, 2**45)),
    *itertools.product((1, 3), (2, 3, 0), (3, -1, 0, 1), (1, 4, -1)),
    *itertools.product((1, 2), (2, 3), (3, -1, 6), (1, 4), (1, -1)),
    *itertools.product((1,), (2, 3), (3, -1), (2, 1), (-1, 2), (2,), (1, -1)),
    *[(1, 1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 1, 1, 1), (1, 300, 0), (1, 30, 0, 30, 0), (1, 2**62, 2**62)],
]
OF_SIZES = [sizes(2, 3), sizes(3, 2), sizes(12), sizes(13), sizes(), sizes(2, 0, 3), sizes(-1, 2), sizes(*[1] * 40)]
LATER = [lambda s=s: torch.LongStorage.of_sizes(s) for s in ((2, 3), (4,), (), (2, LARGE), (5, -1))]
ARGUMENTS = [
    *[lambda numbers=numbers: numbers for numbers in NUMBERS],
    *[lambda offset=offset, make=make: (offset, make()) for offset in (1, 4, 0) for make in (*OF_SIZES, *LATER)],
    *[lambda make=make: (1, sizes(2, 3)(), make()) for make in (sizes(3, 1), sizes(1, 2), sizes(-1, -1), sizes(1))],
    lambda: ([2, 3],),
    lambda: (1, [2, 3]),
    lambda: (1, [2, 3], [1, 2]),
]


def outcome(call, tensor, args):
    """What a call makes of a tensor, and whether it looks at the memory of its first argument; or its error.

    Memory that has grown has numbers that nobody has written.
    """
    length = len(args[0])
    try:
        result = call(tensor, *args)
    except Exception as error:
        return [type(error), str(error), described(tensor, True) if hasattr(tensor, "_size") else None]
    shared = [tensor.storage() is args[0], len(args[0]), result is tensor, result is None]
    flags = tensor.nElement() and len(args[0]) and (tensor.array.flags.num, tensor.array.dtype)
    return [*described(tensor, len(args[0]) == length), *shared, flags]


@pytest.mark.parametrize("of", STORAGES)
@pytest.mark.parametrize("kind", [kind for kind in TENSORS if kind != "too short"])
def test_tensors_become_what_python_makes_of_them(kind, of):
    compiled, python = Tensor.set, Tensor.set.__wrapped__
    for element in (types.DOUBLE,) if kind != "new" else ALL:
        for arguments in ARGUMENTS:
            found, expected = (
                outcome(call, TENSORS[kind](element), (STORAGES[of](element), *arguments()))
                for call in (compiled, python)
            )
            assert found == expected, f"{element.tensor_name}, {kind}: {arguments()}"


@pytest.mark.parametrize("of", STORAGES)
def test_new_tensors_are_those_of_python(of):
    for element in types.ALL:
        for arguments in ARGUMENTS:
            found, expected = (
                outcome(call, Tensor.__new__(types.TENSORS[element]), (STORAGES[of](element), *arguments()))
                for call in (Tensor.__init__, Tensor.__init__.__wrapped__)
            )
            assert found == expected, f"{element.tensor_name}: {arguments()}"


def test_storages_of_another_type_are_refused_as_by_python():
    for args in [
        (torch.FloatStorage(3),),
        (torch.FloatStorage(3), 1, 2),
        (torch.ones(3),),
        (torch.LongStorage([2, 3]),),
    ]:
        for call in (Tensor.set, Tensor.set):  # the first call may still be Python's
            assert str(failure(call, torch.ones(3), *args)) == str(failure(call.__wrapped__, torch.ones(3), *args))


def failure(call, *args):
    try:
        return call(*args)._size
    except Exception as error:
        return error


def test_what_a_tensor_was_ends():
    x, memory = torch.rand(6), torch.rand(6).storage()
    base, array = x.storage(), x.array
    x.set(memory, 1, 2, 3)
    assert sys.getrefcount(base) == 2
    del base
    assert sys.getrefcount(array) == 2
    count = sys.getrefcount(memory)
    x.set(torch.DoubleStorage(3))
    assert sys.getrefcount(memory) == count - 1


PARTS = [
    *[(number,) for number in (1, 2, 3, 4, 100, 0, -1, LARGE, -LARGE, 2.0, "2", True, None)],
    *itertools.product((1, 2, 3, 5, 0), (1, 2, 3, 0, -1, LARGE)),
    *[(), (2, 1.0), (2, 1, 1), (2**31, 1), (2**62, 2)],
]


@pytest.mark.parametrize("name", ["split", "chunk"])
@pytest.mark.parametrize("kind", TENSORS)
def test_parts_are_those_of_python(kind, name):
    def parts(call, element, numbers):
        x = TENSORS[kind](element)
        try:
            found = call(x, *numbers)
        except Exception as error:
            return [type(error), str(error)]
        assert type(found) is list
        return [[*described(part, True), part.storage() is x.storage()] for part in found]

    for element in (types.DOUBLE,) if kind != "new" else types.ALL:
        for compiled in (getattr(Tensor, name), getattr(torch, name)):
            for numbers in PARTS:
                expected, found = parts(compiled.__wrapped__, element, numbers), parts(compiled, element, numbers)
                assert found == expected, f"{element.tensor_name}, {kind}: {numbers}"


def test_functions_and_methods_keep_their_names():
    assert torch.rand(4, 2).chunk(n=2, dimension=1)[1].shape == (2, 2)
    assert torch.rand(4, 2).split(3)[1].shape == (1, 2)
    table = [1, 2, 3]
    assert torch.split(table, torch.rand(4), 2) is table and len(table) == 2


def test_calls_are_compiled():
    x, memory = torch.rand(4, 6), torch.rand(12).storage()
    for call in (
        lambda: torch.DoubleTensor(memory),
        lambda: torch.DoubleTensor(memory, 1, torch.LongStorage.of_sizes((3, 4))),
        lambda: torch.Tensor(memory, 2, 3, 2, 2, 1),
        lambda: torch.rand(3).set(memory, 1, 4),
        lambda: x.split(3, 2),
        lambda: torch.chunk(x, 2),
    ):
        call()
        assert [name for name in frames(call) if name != "of_sizes"] == ["<lambda>"]


def test_nothing_leaks():
    x, memory = torch.rand(4, 6), torch.rand(12).storage()
    y = torch.DoubleTensor(memory)

    def work():
        for _ in range(1000):
            torch.DoubleTensor(memory, 1, 3, 4), y.set(memory), y.set(memory, 2, 2, 3), x.split(3), torch.chunk(x, 3, 2)
            torch.DoubleTensor(memory, 1, torch.LongStorage([2, 3]))
            for call in (lambda: y.set(memory, 0, 1), lambda: x.split(0), lambda: x.chunk(1, 3)):
                with pytest.raises(Exception, match="."):
                    call()

    check_leaks(work, (x, y, memory, memory.data, x._size, x._stride, torch.DoubleTensor, None, 0))
