"""Compiled storages next to Python's: new ones, and those of sizes whose memory is not made yet."""

import pytest

from tests.torch.native.compared import check_constructors
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()
    yield
    torch.setdefaulttensortype("torch.DoubleTensor")


SIZES = [[], [0], [1], [5], [2**20], [2**20 + 1], [-1], [2**62], [2**70], [2.5], [True], [None], ["3"], [3, None]]
LISTS = [
    *[[1, 2, 3], [], [0.5, -0.0, 2], [300, -1, 2**31, 2**40], [2**62 + 1, 0.5], [2**63], [-(2**63)], [2**70], [3.7]],
    *[[1e39, -1e39, 1e-46, float("nan"), float("inf")], [True], ["1"], [None], [[1]], [1, [2]]],
    *[[1] * MOST_ELEMENTS, [1] * (MOST_ELEMENTS + 1), [2**24 + 1, 2**53 + 1], (1, 2)],
]


def constructed(cls, args):
    """The class of a new storage, how many elements it has, and these where they are told; or the error."""
    try:
        s = cls(*args)
    except Exception as error:
        return type(error), str(error)
    told = bool(args) and type(args[0]) in (list, tuple)
    assert s.resize(7).size() == 7
    return type(s), s._part, cls(*args).size(), repr(cls(*args).totable()) if told else None


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_constructors_make_what_python_does(element):
    torch.setdefaulttensortype(element.tensor_name)
    cases = [
        (cls, args) for cls in (types.STORAGES[element], torch.Storage) for args in [*SIZES, *[[x] for x in LISTS]]
    ]
    check_constructors(constructed, cases)


def test_elements_are_made_again_by_python():
    s = torch.DoubleStorage([1, 2])
    part = torch.DoubleStorage(s, 2)
    s.__init__(3)
    part.__init__([5])
    assert (s.size(), part.totable(), part._part) == (3, [5], False)


def test_classes_of_the_user():
    class Mine(torch.DoubleStorage):
        def __init__(self, name, n):
            super().__init__(n)
            self.name = name

    for _ in range(2):
        mine = Mine("mine", 3)
        assert (type(mine), mine.size(), mine.name) == (Mine, 3, "mine")


def answers(s):
    """What a storage of sizes says about itself; errors too."""
    found = [len(s), s.size(), s.totable(), list(s), tuple(s), [n for n in s]]
    for i in (0, 1, 2, -1, -2, -3, 2**70, True, 1.5, None):
        try:
            found.append(s[i])
        except Exception as error:
            found.append((type(error), str(error)))
    return found


def test_sizes_are_told_as_by_python():
    native.close_calls()
    expected = [answers(torch.LongStorage([3, 4])), answers(torch.LongStorage())]
    native.open_calls()
    for _ in range(2):
        x = torch.rand(3, 4)
        assert [answers(x.size()), answers(torch.Tensor().size())] == expected
        assert [answers(torch.LongStorage([3, 4])), answers(torch.LongStorage())] == expected
        changed = x.size()
        changed[1] = 7
        assert (changed[1], list(changed), changed.totable(), x.size()[1]) == (7, [3, 7], [3, 7], 4)


def test_calls_are_compiled():
    x = torch.rand(3, 4)
    for call in (
        lambda: torch.Storage(3),
        lambda: torch.FloatStorage(),
        lambda: torch.LongStorage([3, 4]),
        lambda: torch.DoubleStorage([0.5, 4]),
        lambda: x.size()[1],
        lambda: x.stride()[-1],
        lambda: len(x.size()),
        lambda: list(x.size()),
        lambda: tuple(x.size()),
        lambda: x.size().totable(),
        lambda: x.size().size(),
    ):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    x = torch.rand(300, 400)
    watched = x, x._size, 300, torch.DoubleStorage, torch.LongStorage, types.DOUBLE.dtype, types.LONG.dtype, None, False

    def work():
        for _ in range(1000):
            torch.Storage(3), torch.LongStorage(), torch.LongStorage([3, 4]), torch.Storage([0.5])
            s = x.size()
            s[0], len(s), list(s), tuple(s), s.totable(), s.size(), iter(s)
            for bad in ([None], -1):
                with pytest.raises(Exception, match="."):
                    torch.Storage(bad)
            with pytest.raises(Exception, match="out of bounds"):
                s[2]

    check_leaks(work, watched)
