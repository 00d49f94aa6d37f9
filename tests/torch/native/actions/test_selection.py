"""Compiled selection by indices and masks, next to Python's."""

import numpy as np
import pytest

from tests.torch.native.actions.test_many import check_compiled, drawn, narrowed, turned
from tests.torch.native.compared import LAYOUTS, read_only, same
from tests.torch.native.test_calls import ELEMENTS, made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


def given(values, kind=torch.LongTensor):
    """A specification of a tensor of some numbers."""
    return (kind, values)


def mask(values):
    return given(values, torch.ByteTensor)


VECTORS = [[1, 3, 3], [2], [4, 1], [0, 1], [1, 5], [[1, 2]], [-1]]


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_slices(element):
    for layout in LAYOUTS if element is types.DOUBLE else [made]:
        x = layout, element, 4, 5
        for vector, dimension in [
            *[(vector, 1) for vector in VECTORS],
            *[(VECTORS[0], each) for each in (2, 3, 0, 1.0)],
        ]:
            same("index", x, dimension, given(vector))
            for size in ((len(vector), 5), (4, len(vector))):
                same("index", (layout, element, *size), x, dimension, given(vector))
            same("indexFill", x, dimension, given(vector), 3)
            for name in ("indexCopy", "indexAdd"):
                same(name, x, dimension, given(vector), (made, element, len(vector), 5))
                same(name, x, dimension, given(vector), (layout, element, 4, len(vector)))
        same("index", (layout, element, 6), 1, given([6, 1, 1]))
        same("index", (layout, element, 2, 3, 4), 2, given([3, 1]))
        same("indexAdd", (layout, element, 2, 3, 4), 2, given([3, 1]), (made, element, 2, 2, 4))


def chosen(count, highest):
    """A specification of so many indices."""
    return torch.LongTensor.wrap, np.random.default_rng(1).integers(1, highest + 1, count)


ROWS = [((300, 401), 1, 300), ((3, 20, 401), 2, 50), ((2000, 16), 1, 3000), ((4, 70_000), 1, 3), ((300, 401), 2, 90)]


@pytest.mark.parametrize("size, dimension, count", ROWS, ids=str)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_many_slices(element, size, dimension, count):
    x, which = (drawn, element, *size), chosen(count, size[dimension - 1])
    same("index", x, dimension, which)
    same("index", x, dimension, chosen(count, size[dimension - 1] + 1))
    same("index", x, 4, which)
    same("index", (drawn, element, 5), x, dimension, which)
    taken = [count if i + 1 == dimension else n for i, n in enumerate(size)]
    same("index", (drawn, element, *taken), x, dimension, which)


@pytest.mark.parametrize("layout", [turned, narrowed, read_only], ids=lambda layout: layout.__name__)
def test_layouts_of_many_slices(layout):
    strided = torch.LongTensor.wrap, chosen(600, 300)[1][::2]
    same("index", (layout, types.FLOAT, 300, 401), 1, chosen(300, 300))
    same("index", (drawn, types.FLOAT, 300, 401), 1, strided)


def test_many_slices_are_compiled():
    for element in ALL:
        x, which = drawn(element, 3, 300, 401), torch.LongTensor(300).random(300)
        check_compiled(lambda x=x, which=which: x.index(2, which))
        check_compiled(lambda x=x, which=which: x.select(1, 1).index(1, which))


@pytest.mark.parametrize("rows, n, count", [(300, 401, 300), (1, 90_000, 80_000), (30_000, 2, 5), (3, 5, 30_001)])
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_many_elements(element, rows, n, count):
    x, places = drawn(element, rows, n), np.random.default_rng(1).integers(1, n + 1, (rows, count))
    which = torch.LongTensor.wrap(places)
    check_compiled(lambda: x.gather(2, which))
    np.testing.assert_array_equal(x.gather(2, which).array, np.take_along_axis(x.array, places - 1, 1))
    for place, index in ((0, 0), (-1, n + 1), (-2, -1), (5, 2**40)):
        wrong = places.copy()
        wrong.reshape(-1)[place] = index
        same("gather", (drawn, element, rows, n), 2, (torch.LongTensor.wrap, wrong))
    same("gather", (drawn, element, rows, n), 3, (torch.LongTensor.wrap, places))
    same("gather", (drawn, element, rows, count), (drawn, element, rows, n), 2, (torch.LongTensor.wrap, places))
    same("gather", (drawn, element, count, rows), 1, (torch.LongTensor.wrap, places % rows + 1))
    same("gather", (narrowed, element, rows, n), 2, (torch.LongTensor.wrap, places))


def test_nothing_is_left_of_many_slices_and_elements():
    x, which, places = drawn(types.FLOAT, 300, 401), torch.LongTensor(300).random(300), torch.LongTensor(300, 401)
    wrong = places.random(401).clone()
    wrong.array[7, 7] = 402

    def work():
        for _ in range(200):
            x.index(1, which)
            x.gather(2, places)
            with pytest.raises(Exception, match="Invalid index in gather"):
                x.gather(2, wrong)

    check_leaks(work, [x, which, places, wrong, x.array, which.array, places.array])


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_elements(element):
    for layout in LAYOUTS if element is types.DOUBLE else [made]:
        x = layout, element, 3, 4
        for dimension, indices in [
            (1, [[1, 2, 3, 1]]),
            (1, [[1, 2, 3, 1], [3, 3, 3, 2]]),
            (2, [[4, 2], [1, 1], [3, 1]]),
            (2, [[5], [1], [1]]),
            (1, [[0, 1, 1, 1]]),
            (1, [[1, 1, 1]]),
            (3, [[1]]),
        ]:
            same("gather", x, dimension, given(indices))
            for result in (layout, element, len(indices), len(indices[0])), (made, element, 3, 3):
                same("gather", result, x, dimension, given(indices))
            same("scatter", x, dimension, given(indices), 2)
            same("scatter", x, dimension, given(indices), 2.5)
            same("scatter", x, dimension, given(indices), (made, element, len(indices), len(indices[0])))
            same("scatter", x, dimension, given(indices), (layout, element, 3, 4))
        same("gather", (layout, element, 2, 3, 2), 2, given([[[1, 3], [3, 3]], [[2, 1], [1, 1]]]))
        same("gather", (layout, element, 5), 1, given([5, 5, 2]))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_masks(element):
    for layout in LAYOUTS if element is types.DOUBLE else [made]:
        x = layout, element, 2, 3
        for ones in (
            [[1, 0, 1], [0, 0, 1]],
            [[0, 0, 0]] * 2,
            [[1, 1, 1]] * 2,
            [[1, 0, 2]] * 2,
            [1, 0, 1, 0, 0, 0],
            [1],
        ):
            same("maskedFill", x, mask(ones), 3)
            same("maskedFill", x, mask(ones), 2.5)
            same("maskedSelect", x, mask(ones))
            same("maskedSelect", (layout, element, 3), x, mask(ones))
            for size in ((2, 3), (3,), (2,), (1, 9)):
                same("maskedCopy", x, mask(ones), (layout, element, *size))
        same("nonzero", x)
        same("nonzero", (layout, element, 7))
        same("nonzero", (layout, element, 2, 2, 2))


def test_calls_are_compiled():
    """Else all tests here would compare Python's functions with themselves."""
    x, y, rows, cells = torch.rand(2, 3), torch.rand(2, 3), torch.LongTensor([2, 1]), torch.LongTensor([[1, 2, 1]])
    chosen, cell = torch.ByteTensor([[1, 0, 1], [0, 1, 0]]), torch.rand(1, 3)
    for call in (
        lambda: x.index(1, rows),
        lambda: x.indexCopy(1, rows, y),
        lambda: x.indexAdd(1, rows, y),
        lambda: x.indexFill(1, rows, 2),
        lambda: x.gather(1, cells),
        lambda: x.scatter(1, cells, 3),
        lambda: x.scatter(2, rows.view(2, 1), rows.view(2, 1).double()),
        lambda: x.maskedFill(chosen, 4),
        lambda: x.maskedCopy(chosen, y),
        lambda: x.maskedSelect(chosen),
        lambda: x.nonzero(),
        lambda: y.index(x, 1, rows),
        lambda: torch.gather(cell, x, 1, cells),
    ):
        call()
        assert set(frames(call)) <= {"<lambda>", "view", "integers", "_view", "contiguous"}


def test_zeros_of_both_signs():
    for kind in (torch.FloatTensor, torch.DoubleTensor):
        same("nonzero", given([0.0, -0.0, 1e-45, float("nan"), -1.0], kind))
        same("nonzero", given([0.0, -0.0], kind))


def test_memory_in_common():
    """What is stored may be read again: Python takes it before."""

    def outcomes(function):
        x, indices, bytes_ = torch.range(1, 6), torch.LongTensor([1, 2, 3]), torch.ByteTensor([1, 0, 1])
        for call in (torch.Tensor.indexCopy, torch.Tensor.indexAdd, torch.Tensor.scatter):
            function(call)(x.narrow(1, 1, 3), 1, torch.LongTensor([3, 2, 1]), x.narrow(1, 1, 3))
            function(call)(x.narrow(1, 1, 3), 1, torch.LongTensor([3, 2, 1]), x.narrow(1, 2, 3))
        function(torch.Tensor.indexFill)(indices, 1, indices, 3)
        function(torch.Tensor.maskedFill)(bytes_, bytes_, 0)
        function(torch.Tensor.maskedCopy)(x.narrow(1, 1, 3), torch.ByteTensor([1, 1, 1]), x.narrow(1, 2, 3))
        function(torch.Tensor.index)(x, x, 1, torch.LongTensor([2, 3, 1, 1, 1, 6]))
        function(torch.Tensor.gather)(x, x, 1, torch.LongTensor([2, 3, 1, 6, 5, 6]))
        function(torch.Tensor.gather)(indices, torch.LongTensor([1, 3, 2]), 1, indices)
        function(torch.Tensor.maskedSelect)(x.narrow(1, 2, 3), x.narrow(1, 1, 3), torch.ByteTensor([1, 1, 1]))
        return [x.totable(), indices.totable(), bytes_.totable()]

    assert outcomes(lambda call: call) == outcomes(lambda call: call) == outcomes(lambda call: call.__wrapped__)


def test_of_many_elements():
    x = made, types.DOUBLE, 30, 30
    for name in ("index", "gather"):
        same(name, x, 1, given([1, 30]))
    same("indexFill", x, 1, given([1, 30]), 2)
