"""Compiled factorisations next to Python's: of matrices of all shapes, as they lie in memory, and singular ones."""

import itertools

import numpy as np
import pytest

from tests.torch.native.compared import same
from tests.torch.native.test_calls import outcome
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.known import Known

native.open_calls()

ELEMENTS = [types.FLOAT, types.DOUBLE]
SQUARES = [1, 2, 3, 5, 16, 17]
SHAPES = [(1, 1), (3, 3), (4, 2), (2, 4), (1, 5), (5, 1), (1, 40), (40, 1), (12, 20), (20, 12), (20, 20), (16, 16)]
EVERY = "gesv", "inverse", "trtrs", "gels", "symeig", "eig", "svd", "potrf", "potrs", "potri", "qr", "geqrf"


def as_made(element, array):
    return types.TENSORS[element].wrap(np.array(element.convert(array), order="C"))


def turned(element, array):
    return as_made(element, array.T).t() if array.ndim == 2 else apart(element, array)


def apart(element, array):
    return as_made(element, np.repeat(array[..., None], 2, array.ndim)).select(array.ndim + 1, 2)


def alone(element, array):
    """A tensor whose storage has grown since its elements were looked at."""
    tensor = as_made(element, array)
    assert tensor.array.size
    tensor.storage().resize(3000)
    return tensor


LAYOUTS = [as_made, turned, apart, alone]


def arrays(random, *shape):
    """Numbers of all kinds: some where there are rounding errors, some where there are none, and what is none."""
    plain = random.randn(*shape)
    yield plain
    yield np.round(plain)
    yield np.zeros(shape)
    yield np.eye(*shape[:2]).reshape(shape) if len(shape) == 2 else np.ones(shape)
    yield plain * 10.0 ** random.randint(-30, 30, shape)
    for value in np.nan, np.inf, -np.inf:
        spoilt = plain.copy()
        spoilt.flat[random.randint(plain.size)] = value
        yield spoilt


def squares(random, n):
    yield from arrays(random, n, n)
    factor = random.randn(n, n)
    yield factor @ factor.T + np.eye(n)
    yield np.tril(factor, -1) + np.triu(factor, 1)  # zeros on the diagonal
    yield factor - factor.T  # all eigenvalues are conjugates of others
    yield np.outer(factor[0], factor[-1])


@pytest.fixture
def random():
    return np.random.RandomState(7)


def given(options):
    """All that the last arguments may be, of which each is one of some letters or left out."""
    for count in range(len(options) + 1):
        yield from itertools.product(*options[:count])


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
@pytest.mark.parametrize(
    ("name", "options"),
    [("inverse", []), ("symeig", ["NV", "UL"]), ("eig", ["NV"]), ("potrf", ["UL"]), ("potri", ["UL"])],
)
def test_functions_of_a_square_matrix_are_those_of_python(random, name, options, element):
    for n in SQUARES:
        for array in squares(random, n):
            for layout, letters in itertools.product(LAYOUTS, given(options)):
                same(name, (layout, element, array), *letters)
    same(name, (as_made, element, np.ones((3, 4))), *[letters[0] for letters in options])
    same(name, (as_made, element, np.ones(3)))
    same(name, (as_made, element, np.eye(3)), "?")
    same(name, (types.TENSORS[element],))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
@pytest.mark.parametrize(
    ("name", "options"), [("gesv", []), ("trtrs", ["UL", "NT", "NU"]), ("potrs", ["UL"]), ("gels", [])]
)
def test_linear_systems_are_those_of_python(random, name, options, element):
    for shape in SHAPES if name == "gels" else [(n, n) for n in SQUARES]:
        for array in arrays(random, *shape) if name == "gels" else squares(random, shape[0]):
            for right in random.randn(shape[0]), random.randn(shape[0], 3), random.randn(shape[0], 1):
                for letters in given(options):
                    same(name, (as_made, element, right), (as_made, element, array), *letters)
                for first, second in itertools.product(LAYOUTS, LAYOUTS):
                    same(name, (first, element, right), (second, element, array))
    for wrong in np.ones((4, 2)), np.ones(2), np.ones((3, 1, 1)):
        same(name, (as_made, element, wrong), (as_made, element, np.eye(3)))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
@pytest.mark.parametrize(("name", "options"), [("svd", ["SA"]), ("qr", []), ("geqrf", [])])
def test_functions_of_any_matrix_are_those_of_python(random, name, options, element):
    for shape in SHAPES:
        for array in arrays(random, *shape):
            for layout, letters in itertools.product(LAYOUTS, given(options)):
                same(name, (layout, element, array), *letters)
    same(name, (as_made, element, np.ones(3)))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_products_with_reflectors_are_those_of_python(random, element):
    for shape in SHAPES:
        for array in arrays(random, *shape):
            packed, tau = torch.geqrf(as_made(element, array))
            for factors in tau, tau.narrow(1, 1, 1), tau.clone().fill(0), torch.cmul(tau, tau.gt(1.2).typeAs(tau)):
                reflectors = [(torch.Tensor.clone, packed), (torch.Tensor.clone, factors)]
                same("orgqr", *reflectors)
                same("orgqr", packed, factors)
                other = random.randn(shape[0], 3)
                for side, transpose, layout in itertools.product("LR", "NT", LAYOUTS):
                    same("ormqr", *reflectors, (layout, element, other if side == "L" else other.T), side, transpose)
                same("ormqr", *reflectors, (as_made, element, np.ones((shape[0], shape[0] + 1))))
    same("orgqr", (as_made, element, np.ones((3, 3))), (as_made, element, np.ones(4)))
    same("ormqr", *[(as_made, element, np.ones((3, 3)))] * 3)


def positive(element):
    return as_made(element, np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 5]]))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
@pytest.mark.parametrize("name", [*EVERY, "orgqr", "ormqr"])
def test_calls_are_compiled_and_nothing_leaks(name, element):
    """Else all tests here would compare Python's functions with themselves."""
    a, b, tau = positive(element), positive(element), as_made(element, np.ones(3))
    given = {"orgqr": [a, tau], "ormqr": [a, tau, b]}.get(name, [a])
    given = [b, a] if name in ("gesv", "trtrs", "gels", "potrs") else given
    function = getattr(torch, name)

    def call():
        function(*given)

    def work():
        for _ in range(300):
            function(*given)

    call()
    assert frames(call) == ["call"]
    check_leaks(work, (a, b, tau, a._size, a._array, a.dtype, type(a), types.STORAGES[element], None, False, 0))


OPTIONS = {"symeig": "NV", "eig": "NV", "svd": "SA", "potrf": "UL", "potri": "UL", "potrs": "UL", "trtrs": "UL"}


@pytest.mark.parametrize("name", OPTIONS)
def test_calls_with_options_are_compiled(name):
    a, function = positive(types.DOUBLE), getattr(torch, name)
    given = [a, a] if name in ("potrs", "trtrs") else [a]
    for option in OPTIONS[name]:
        function(*given, option)
        for letter in option, f"{option} "[:1], "".join([option]):  # there may be several strings of one letter
            assert frames(lambda letter=letter: function(*given, letter)) == ["<lambda>"]


# The sizes of what functions of 3 x 3 numbers give.
RESULTS = {name: [(3, 3), (3, 3)] for name in ("gesv", "trtrs", "gels", "qr")}
RESULTS |= {name: [(3, 3)] for name in ("inverse", "potrf", "potrs", "potri", "orgqr", "ormqr")}
RESULTS |= {"symeig": [(3,), (3, 3)], "eig": [(3, 2), (3, 3)], "svd": [(3, 3), (3,), (3, 3)], "geqrf": [(3, 3), (3,)]}


def operands(name, element, layout=as_made):
    a, b = positive(element).array, np.arange(9.0).reshape(3, 3)
    needed = {"orgqr": [a, b[0]], "ormqr": [a, b[0], b]}
    needed |= {name: [b, a] for name in ("gesv", "trtrs", "gels", "potrs")}
    return [layout(element, array) for array in needed.get(name, [a])]


def read_only(element, array):
    tensor = as_made(element, array)
    tensor.array.flags.writeable = False
    return tensor


def expanded(element, array):
    return as_made(element, array[:1]).expand(*array.shape)


def same_given(name, make):
    """Compare the compiled function with Python's, each with arguments of its own, some of which may be one thing."""
    function = getattr(torch, name)
    for _ in range(2):  # the first call may still be Python's
        assert outcome(function, make()) == outcome(Known.caller(function.of_function), make()), name


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
@pytest.mark.parametrize("name", RESULTS)
def test_given_results_are_those_of_python(name, element):
    sizes = RESULTS[name]
    for job in [(), ("N",), ("V",)] if name in ("symeig", "eig") else [()]:
        for layout in (*LAYOUTS, read_only, expanded):
            results = [(layout, element, np.ones(size)) for size in sizes]
            same(name, *results, *operands(name, element), *job)
            for i, j in itertools.product(range(len(sizes)), range(len(operands(name, element)))):

                def make(i=i, j=j, layout=layout, job=job):
                    given, inputs = [turned(element, np.ones(size)) for size in sizes], operands(name, element, layout)
                    given[i] = inputs[j]
                    return [*given, *inputs, *job]

                same_given(name, make)
        for wrong in (
            (types.TENSORS[element],),
            (as_made, element, np.ones((2, 2))),
            (as_made, types.INT, np.ones((3, 3))),
        ):
            same(name, wrong, *results[1:], *operands(name, element), *job)
        same_given(
            name, lambda job=job: [*[turned(element, np.ones((3, 3)))] * len(sizes), *operands(name, element), *job]
        )


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (5, 1), (1, 5)])
def test_given_least_squares_have_room_for_longer_columns(shape, random):
    """As LAPACK's own, which has B and X in one place."""
    rows, columns = shape
    for length in 2 * columns, 2 * max(shape), 40:

        def make(length=length):
            x = torch.DoubleStorage(length).fill(0)
            solution = torch.DoubleTensor(x, 1, torch.LongStorage([columns, 2]), torch.LongStorage([1, max(shape)]))
            right, matrix = np.arange(2.0 * rows).reshape(rows, 2), np.sin(np.arange(rows * columns)).reshape(shape)
            return [solution, turned(types.DOUBLE, np.ones(shape)), *map(torch.from_numpy, (right, matrix))]

        for _ in range(2):
            ours, theirs = make(), make()
            expected = outcome(Known.caller(torch.gels.of_function), theirs)
            assert outcome(torch.gels, ours) == expected
            assert ours[0].storage().size() == theirs[0].storage().size()


@pytest.mark.parametrize("name", RESULTS)
def test_calls_with_given_results_are_compiled_and_nothing_leaks(name):
    function, inputs = getattr(torch, name), operands(name, types.DOUBLE)
    made = function(*inputs)
    results = list(made) if isinstance(made, tuple) else [made]

    def call():
        return function(*results, *inputs)

    def work():
        for _ in range(300):
            call()

    call()
    assert frames(call) == ["call"]
    check_leaks(work, (*results, *inputs, inputs[0].dtype, torch.DoubleTensor, torch.DoubleStorage, None, False, 0))


def test_results_are_tensors_like_others():
    """They have storages of their own, which may grow."""
    x, lu = torch.gesv(positive(types.DOUBLE), positive(types.DOUBLE))
    assert (x.size().totable(), x.stride().totable(), x.storageOffset()) == ([3, 3], [1, 3], 1)
    assert x.storage().size() == 9 and lu.t().isContiguous()
    grown = x.clone()
    x.resize(20, 20)
    assert x.narrow(1, 1, 1).nElement() == 20 and torch.equal(grown, grown.clone())
    values, vectors = torch.eig(positive(types.DOUBLE))
    assert values.size().totable() == [3, 2] and vectors.nElement() == 0 and vectors.dim() == 0
    vectors.resize(2, 2).fill(1)
    assert vectors.sum() == 4
