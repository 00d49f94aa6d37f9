"""New tensors that are compiled, next to Python's: of all sizes and types, and no sizes at all."""

import pytest

from tests.torch.native.compared import LAYOUTS, check_constructors, check_functions, expanded, repeated
from tests.torch.native.test_calls import made, outcome
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.types import ALL

STORAGE = torch.LongStorage
SIZES = [
    *[[3], [2, 3], [1, 1, 4], [2, 1, 2, 1], [0], [-2], [2, 0, 3], [0, 2], [257], [300], [2**62, 4], [2**70]],
    *[[STORAGE([2, 3])], [STORAGE([2]).fill(5)], [STORAGE()], [STORAGE([2, -1])], [STORAGE([1] * 33)]],
    *[[torch.rand(2, 3).size()], [torch.rand(3).stride()], [2.5], [True], ["3"], [None], [2, 2.0], [1, 2, 3, 4, 5]],
]
SEQUENCES = [
    *[[1, 10], [10, 1, -3], [1, 10, 3], [5, 5], [5, 4], [1, 3, -1], [1, 3, 0], [-3, 3], [-3, 300], [2**24, 2**24 + 5]],
    *[[2**31, 2**31 + 2], [-(2**31), -(2**31) + 1], [2**70, 2**70], [0, 1, 2**40], [1, 2**31 - 1, 2**30]],
    *[[0.5, 3], [1, 3, 0.5], [True, 3], [4], [1, 2, 3, 4], [0, 1, 0.1], [0.1, 0.7, 0.3], [3.5, -1, -0.75], [5.0, 5]],
    *[
        [1, 0.5],
        [0.5, 1, -1],
        [0.5, 1, 0.0],
        [0.5, 1, -0.0],
        [1, 0.5, -0.0],
        [1e-310, 0, 1e300],
        [0.0, 255],
        [0.0, 256],
    ],
    *[[0.0, 1e300, 1e298], [-1e308, 1e308, 1e307], [0.5, 2**70], [2**70, 2**70 + 0.0, 1.5], [16777216.0, 16777219]],
    *[[0.0, a, b] for a in (float("inf"), float("nan"), 1) for b in (1, float("inf"), float("nan"), -float("inf"))],
]
SPACES = [
    *[[0, 1], [0.5, -2.25], [1, 2, 7], [0.1, 0.7, 3], [-1e300, 1e300, 5], [1e38, -3e38, 4], [1e39, 1], [-0.0, 0, 2]],
    *[[float("inf"), 1, 3], [float("nan"), 1, 3], [float("-inf"), float("inf"), 4], [1, 1, 1], [1, 2, 1], [1, 2, 0]],
    *[[1, 2, 256], [1, 2, 257], [2**70, 1, 3], [1, 2, 2**70], [1, 2, 3.5], [1, True], [16777217, 3, 5], [1, 2, -1]],
]
LISTS = [
    *[[[1, 2, 3]], [[0.5, -0.0, 2]], [[[1, 2], [3, 4]]], [[[1.5], [2]]], [[]], [[[]]], [[[1, 2], [3]]], [[[1], 2]]],
    *[[[1, [2]]], [[True, 2]], [["1", 2]], [[None]], [[[[1], [2]], [[3], [4]]]], [[2**63, 1]], [[-(2**63)]], [[2**70]]],
    *[[[300, -1, 2**31, 2**40]], [[2**62 + 1, 0.5]], [[1e39, -1e39, 1e-46, float("nan"), float("inf")]], [[3.7]]],
    *[[[1] * 256], [[1] * 257], [[[1.0] * 16] * 16], [[[1.0] * 16] * 17], [(1, 2)], [[(1, 2), (3, 4)]], [[[1], (2,)]]],
]
CALLS = [
    *[(name, args) for name in ("zeros", "ones") for args in SIZES],
    *[("eye", args) for args in [[1], [3], [2, 3], [3, 2], [3, 0], [3, -1], [0], [-1, 3], [16], [17], [2.5], [True]]],
    *[("range", args) for args in SEQUENCES],
    *[(name, args) for name in ("linspace", "logspace") for args in SPACES],
    *[(name, args) for name in ("rand", "randn") for args in SIZES],
    *[("randperm", [n]) for n in (1, 2, 10, 255, 256, 257, 0, -1, 2.5, True, 2**70, "3", None)],
]


GIVEN, SQUARE = torch.FloatTensor(4), torch.IntTensor(2, 2)


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()
    yield
    torch.setdefaulttensortype("torch.DoubleTensor")


@pytest.mark.parametrize("element", list(ALL), ids=lambda element: element.name)
def test_functions_give_what_python_does(element):
    torch.setdefaulttensortype(element.tensor_name)
    check_functions(CALLS, lambda function: function.__wrapped__)


def test_a_given_result_is_filled():
    r = torch.rand(7)
    assert r.zeros(2, 2) is r and torch.ones(r, 2, 3) is r and r.sum() == 6
    assert r.eye(2).sum() == 2 and torch.range(r, 1, 4) is r and r.sum() == 10


def results(name, args):
    """Tensors that may become the result of a call, made anew each time: of its sizes, in several ways, and others."""
    try:
        size = getattr(torch, name)(*args)._size
    except Exception:
        size = (2, 3)
    ways = [layout for layout in LAYOUTS if layout not in (expanded, repeated)]
    makers = [lambda element, layout=layout: layout(element, *size) for layout in ways]
    return [*makers, lambda element: made(element, 5), lambda element: made(element)]


@pytest.mark.parametrize("name", ["eye", "range", "linspace", "logspace"])
@pytest.mark.parametrize("element", list(ALL), ids=lambda element: element.name)
def test_given_results_are_those_of_python(element, name):
    method, function = getattr(torch.Tensor, name), getattr(torch, name)
    for args in [args for each, args in CALLS if each == name]:
        for make in results(name, args):
            for compiled in (method, function):
                expected = outcome(compiled.__wrapped__, [make(element), *args])
                for _ in range(2):
                    assert outcome(compiled, [make(element), *args]) == expected, f"{name}: {args}"


def constructed(cls, args):
    """The class and the geometry of a new tensor, and its elements where they are told; or the error."""
    try:
        x = cls(*args)
    except Exception as error:
        return type(error), str(error)
    tells = bool(args) and type(args[0]) in (list, cls, torch.DoubleStorage)
    return type(x), x._size, x._stride, x._offset, x.storage() is None, repr(x.array.tolist()) if tells else None


@pytest.mark.parametrize("element", list(ALL), ids=lambda element: element.name)
def test_constructors_make_what_python_does(element):
    others = [[], [[1, 2, 3]], [torch.ones(2, 3)], [torch.FloatTensor(2).fill(1)], [torch.DoubleStorage([1, 2])]]
    torch.setdefaulttensortype(element.tensor_name)
    cases = [(cls, args) for cls in (types.TENSORS[element], torch.Tensor) for args in [*SIZES, *others, *LISTS]]
    check_constructors(constructed, cases)


def test_elements_are_made_once():
    """Initialising a tensor again gives it other elements, as ever, and storages share theirs."""
    x = torch.DoubleTensor(3).fill(1)
    before = x.array
    x.__init__(2, 2)
    assert x._size == (2, 2) and before.tolist() == [1, 1, 1]
    assert torch.LongTensor(torch.LongStorage([7, 8])).array.tolist() == [7, 8]
    y = torch.DoubleTensor(torch.LongStorage([2, 2])).fill(3)
    assert torch.Tensor(y).fill(4) is not y and y.sum() == 16


def test_classes_of_the_user():
    class Mine(torch.DoubleTensor):
        def __init__(self, n):
            super().__init__(n, n)
            self.name = "mine"

    x = Mine(3)
    assert (type(x), x._size, x.name) == (Mine, (3, 3), "mine")


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.zeros(10),
        lambda: torch.ones(torch.DoubleTensor(2, 5).size()),
        lambda: torch.eye(3),
        lambda: torch.range(1, 10),
        lambda: torch.linspace(0, 0.5, 10),
        lambda: torch.Tensor(3, 3),
        lambda: torch.Tensor([1, 2.5]),
        lambda: torch.LongTensor([[1, 2], [3, 4]]),
        lambda: torch.range(0, 1, 0.25),
        lambda: torch.logspace(0, 1, 5),
        lambda: torch.rand(3),
        lambda: torch.randn(2, 2),
        lambda: torch.randperm(4),
        lambda: torch.FloatTensor(torch.Tensor(3).size()),
        lambda: torch.Tensor(),
        lambda: GIVEN.linspace(0, 1, 4),
        lambda: torch.logspace(GIVEN, 0, 1, 4),
        lambda: GIVEN.range(1, 4),
        lambda: torch.eye(SQUARE, 2),
    ],
)
def test_calls_are_compiled(call):
    call()
    assert set(frames(call)) <= {"<lambda>", "__init__"}
    if call().nElement():
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    size = torch.LongStorage([3, 4])
    watched = torch.DoubleTensor, torch.Tensor, types.DOUBLE.dtype, types.FLOAT.dtype, size, None, 0

    def work():
        for _ in range(2000):
            torch.zeros(3, 4), torch.ones(size), torch.eye(3), torch.range(1, 5), torch.linspace(0, 1, 5)
            torch.Tensor(3), torch.FloatTensor(size), torch.Tensor(), torch.DoubleTensor([1, 2]), torch.zeros(300)
            torch.rand(3), torch.randn(2, 2), torch.randperm(5), torch.range(0, 1, 0.1), torch.logspace(0, 1, 5)
            torch.LongTensor([[1, 2], [3, 4]]), GIVEN.linspace(0, 1, 4), torch.eye(SQUARE, 2)
            with pytest.raises(Exception, match="."):
                torch.Tensor([[1, 2], [3]])

    check_leaks(work, watched)
