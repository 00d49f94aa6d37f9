"""Elements that are read after others have been written, next to loops over one after the other."""

import itertools

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import RangeError
from torchnn.torch import in_turn

# Views of a vector of 60 numbers, all of 3 x 4 elements.
VIEWS = {
    "a matrix": lambda line: line.narrow(1, 1, 12).view(3, 4),
    "a few elements further": lambda line: line.narrow(1, 6, 12).view(3, 4),
    "its transpose": lambda line: line.narrow(1, 1, 12).view(4, 3).t(),
    "a block": lambda line: line.view(10, 6).narrow(1, 2, 3).narrow(2, 2, 4),
    "the next block": lambda line: line.view(10, 6).narrow(1, 2, 3).narrow(2, 3, 4),
    "every fifth": lambda line: line.view(3, 4, 5).select(3, 2),
    "repeated": lambda line: line.narrow(1, 1, 4).view(1, 4).expand(3, 4),
    "windows": lambda line: line.narrow(1, 2, 6).unfold(1, 4, 1),
    "a column": lambda line: line.view(10, 6).narrow(1, 1, 3).narrow(2, 2, 1).expand(3, 4),
}


def memory(size=60):
    return torch.range(1, size)


def one_by_one(out, operation, operands):
    """What loops of C give: an element is written before the next ones are read."""
    wide = [np.broadcast_to(a, out.shape) if isinstance(a, np.ndarray) else None for a in operands]
    for index in np.ndindex(out.shape):
        out[index] = operation(*[a if w is None else w[index] for a, w in zip(operands, wide, strict=True)])


@pytest.mark.parametrize("of, into", [*itertools.product(VIEWS, VIEWS)])
def test_every_view_onto_every_other(of, into):
    for steps in (False, True):
        ours, theirs = memory(), memory()
        for line, fill in ((ours, in_turn.fill), (theirs, one_by_one)):
            out, a = VIEWS[into](line).array, VIEWS[of](line).array
            if steps:
                fill(out, lambda x, y, out=None: np.add(x, 2 * y, out=out), [out, a])
            else:
                fill(out, np.positive, [a])
        assert ours.equal(theirs), "in place" if steps else "copied"


def test_numbers_and_what_is_broadcast():
    ours, theirs = memory(12).view(3, 4), memory(12).view(3, 4)
    for x, fill in ((ours, in_turn.fill), (theirs, one_by_one)):
        fill(x.array, np.subtract, [x.array[:, :1], 3])
        fill(x.array, np.multiply, [x.array, x.array[0]])
    assert ours.equal(theirs) and not ours.equal(memory(12).view(3, 4))


@pytest.mark.parametrize("n", [2, 5, 40, 120])
def test_a_matrix_and_its_transpose(n):
    for name, function in (("add", np.add), ("csub", np.subtract), ("cmax", np.maximum), ("copy", lambda a, b: b)):
        x, expected = torch.rand(n, n), None
        expected = x.array.copy()
        for i, j in np.ndindex(n, n):
            expected[i, j] = function(expected[i, j], expected[j, i])
        assert getattr(x, name)(x.t()) is x and np.array_equal(x.array, expected), name


def test_results_that_are_given():
    x = torch.DoubleTensor([[1, 2], [3, 4]])
    assert torch.add(x, x, x.t()).totable() == [[2, 5], [8, 8]]
    x = torch.DoubleTensor([[1, 4], [9, 16]])
    assert torch.sqrt(x, x.t()).totable() == [[1, 3], [3**0.5, 4]]
    x = torch.DoubleTensor([[1, 2], [3, 4]])
    assert x.addcmul(x.t(), torch.ones(2, 2)).totable() == [[2, 5], [8, 8]]


def test_columns_and_blocks_of_a_matrix_lie_apart():
    for left, right in (((1, 1), (2, 1)), ((1, 2), (3, 2)), ((1, 3), (4, 3))):
        x = torch.range(1, 24).view(4, 6)
        a, b = x.narrow(2, *left).array, x.narrow(2, *right).array
        assert not in_turn.is_needed(a, [a, b]) and not in_turn.is_needed(b, [a, b])
        assert in_turn.is_needed(x.narrow(2, 1, 4).array, [x.narrow(2, 2, 4).array])


@pytest.mark.parametrize(
    "tensor_type, vector", [(torch.DoubleTensor, 8), (torch.FloatTensor, 16), (torch.IntTensor, 99)]
)
def test_contiguous_floats_of_a_vector_and_more_count_as_they_were(tensor_type, vector):
    for n in (5, 7, 8, 15, 16, 40):
        line = tensor_type(n + 1).fill(1)
        line.narrow(1, 2, n).add(line.narrow(1, 1, n))
        assert line.totable() == ([1] + [2] * n if n >= vector else list(range(1, n + 2))), n
        line = torch.range(tensor_type(), 1, n + 1)
        line.narrow(1, 2, n).copy(line.narrow(1, 1, n))
        assert line.totable() == ([1, *range(1, n + 1)] if n >= vector else [1] * (n + 1)), n


def test_what_is_read_ahead_is_as_it_was():
    line = torch.range(torch.IntTensor(), 1, 6)
    assert not in_turn.is_needed(line.narrow(1, 1, 5).array, [line.narrow(1, 2, 5).array])
    line.narrow(1, 1, 5).copy(line.narrow(1, 2, 5))
    assert line.narrow(1, 1, 5).add(line.narrow(1, 2, 5)).totable() == [5, 7, 9, 11, 12]


def test_the_last_of_several_stays():
    x = torch.zeros(5)
    x.unfold(1, 3, 1).copy(torch.range(1, 9).view(3, 3))
    assert x.totable() == [1, 4, 7, 8, 9]
    one = torch.zeros(1)
    one.view(1, 1).expand(200, 300).copy(torch.range(1, 60000).view(200, 300))
    assert one[0] == 60000


def test_a_long_chain():
    x = torch.ones(3000, 2)
    x.narrow(1, 2, 2999).select(2, 1).add(x.narrow(1, 1, 2999).select(2, 1))
    assert x.select(2, 1).equal(torch.range(1, 3000)) and x.select(2, 2).sum() == 3000


def test_slices_of_a_tensor_go_to_itself_one_after_the_other():
    rows = torch.LongTensor([2, 1])
    x = torch.range(1, 6).view(2, 3)
    assert x.index(x, 1, rows).totable() == [[4, 5, 6], [4, 5, 6]]
    x = torch.range(1, 6).view(2, 3)
    x.indexCopy(1, rows, x)
    assert x.totable() == [[1, 2, 3], [1, 2, 3]]
    x = torch.range(1, 6).view(2, 3)
    x.t().index(x.t(), 2, rows)
    assert x.totable() == [[4, 5, 6], [4, 5, 6]]
    line = torch.range(1, 6)
    assert line.index(line, 1, torch.range(6, 1, -1).long()).totable() == [6, 5, 4, 4, 5, 6]
    assert torch.range(1, 3).index(torch.range(7, 9), 1, torch.LongTensor([3, 2, 1])).totable() == [9, 8, 7]


@pytest.mark.parametrize("width", [3, 2000])
def test_elements_of_a_tensor_go_to_itself_one_after_the_other(width):
    index = torch.LongTensor([[3, 2, 1], [2, 1, 1]])
    if width > 3:
        index = torch.cat(index, torch.range(4, width).long().view(1, width - 3).repeatTensor(2, 1), 2)
    gathered, scattered = (torch.range(1, 2 * width).view(2, width) for _ in range(2))
    expected = [gathered.totable() for _ in range(2)]
    for i, k in itertools.product(range(2), range(width)):
        j = int(index[i, k]) - 1
        expected[0][i][k] = expected[0][i][j]
        expected[1][i][j] = expected[1][i][k]
    assert gathered.gather(gathered, 2, index).totable() == expected[0]
    assert scattered.scatter(2, index, scattered).totable() == expected[1]
    with pytest.raises(RangeError, match="Invalid index in gather"):
        gathered.gather(gathered, 2, index.clone().fill(0))
