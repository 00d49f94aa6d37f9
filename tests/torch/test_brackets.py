import itertools

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError

PARTS = [
    0,
    -1,
    2,
    np.int64(1),
    slice(None),
    slice(1, 3),
    slice(-2, None),
    slice(None, 99),
    slice(0, None, 2),
    None,
    ...,
]


def numbered(*size):
    return torch.range(1, int(np.prod(size))).resize(*size)


def keys():
    for n in (1, 2, 3):
        for key in itertools.product(PARTS, repeat=n):
            if sum(part is ... for part in key) < 2:
                yield key if n > 1 else key[0]


def test_reading_is_numpys_basic_indexing():
    x = numbered(4, 3, 5).transpose(1, 2)
    for key in keys():
        want, got = x.array[key], x[key]
        if np.ndim(want):
            assert np.array_equal(got.array, want), f"x[{key}]"
            assert got.storage() is x.storage(), f"x[{key}] is no view"
        else:
            assert type(got) is float and got == want, f"x[{key}]"


def test_writing_is_numpys_basic_indexing():
    for key in keys():
        x, want = torch.zeros(4, 3, 5).transpose(1, 2), np.zeros((3, 4, 5))
        x[key], want[key] = 2, 2
        assert np.array_equal(x.array, want), f"x[{key}] = 2"
        values = np.arange(want[key].size, dtype=np.float32).reshape(want[key].shape)
        x[key], want[key] = values, values
        assert np.array_equal(x.array, want), f"x[{key}] = array"


@pytest.mark.parametrize("typename", ["Byte", "Int", "Long"])
def test_elements_of_integer_types_are_ints(typename):
    x = getattr(torch, f"{typename}Tensor")([[1, 2], [3, 4]])
    assert [type(v) for v in (x[0, 1], x[1][1], x[-1, -1], x.select(1, 1).select(1, 1))] == [int] * 4
    x[0, 0] = 3.9
    assert x[0, 0] == 3


@pytest.mark.parametrize(
    "key, error",
    [
        (4, RangeError),
        (-5, RangeError),
        ((0, 3), RangeError),
        ((0, 0, 0), RangeError),
        (slice(2, 2), RangeError),
        (slice(3, 1), RangeError),
        (slice(9, None), RangeError),
        (slice(None, None, -1), SizeError),
        (slice(None, None, 0), SizeError),
        (0.5, ArgumentError),
        (float("nan"), ArgumentError),
        ("a", ArgumentError),
        (True, ArgumentError),
        ((True, 0), ArgumentError),
        (np.array([0.5]), ArgumentError),
        ([4], RangeError),
        ([-5], RangeError),
        (torch.LongTensor([4]), RangeError),
        (torch.IntTensor([1]), ArgumentError),
        (torch.LongStorage([1]), SizeError),
        (torch.ByteTensor([1, 0]), SizeError),
        (torch.ByteTensor(4, 3).fill(2), SizeError),
        (np.array([True]), SizeError),
        (2**70, RangeError),
    ],
    ids=repr,
)
def test_what_is_no_index(key, error):
    x = numbered(4, 3)
    before = x.totable()
    with pytest.raises(error):
        x[key]
    with pytest.raises(error):
        x[key] = 1
    assert x.totable() == before


@pytest.mark.parametrize(
    "value", ["a", None, True, {}, [[1, 2], [3]], [1, 2], torch.Tensor(2), torch.Tensor(), np.ones(4)]
)
def test_what_cannot_be_stored(value):
    x = numbered(4, 3)
    before = x.totable()
    with pytest.raises(TorchError):
        x[1] = value
    with pytest.raises(TorchError):
        x[[1]] = value
    assert x.totable() == before


def test_masks_and_indices():
    x = numbered(4, 3)
    assert x[x.array > 10].totable() == [11, 12]
    assert np.array_equal(x.t()[[0, -1]].array, x.array.T[[0, -1]])
    assert np.array_equal(x[torch.LongTensor([[0, 3], [1, 1]])].array, x.array[[[0, 3], [1, 1]]])
    x[[0, 2]] = [[1, 1, 1], [2, 2, 2]]
    x[torch.LongTensor([-1])] = 0
    x[np.array([[True, False, False]] + [[False] * 3] * 3)] = torch.IntTensor([50])
    assert x.totable() == [[50, 1, 1], [4, 5, 6], [2, 2, 2], [0, 0, 0]]


def test_an_overlapping_assignment_reads_what_it_wrote():
    x = torch.range(1, 5)
    x[:-1] = x[1:]
    assert x.totable() == [2, 3, 4, 5, 5]
    x[1:] = x[:-1]
    assert x.totable() == [2, 2, 2, 2, 2]
    x = torch.range(1, 9)
    x[1:] = x[:-1]
    assert x.totable() == [1, 1, 2, 3, 4, 5, 6, 7, 8], "a vector is read before"


def test_walking():
    x = numbered(2, 3)
    assert len(x) == 2 and [row.totable() for row in x] == [[1, 2, 3], [4, 5, 6]]
    first, second = torch.IntTensor([5, 6])
    assert (first, second) == (5, 6) and len(torch.Tensor()) == 0 and list(torch.Tensor()) == []


def test_halves_have_no_masks_and_no_fill():
    x = torch.HalfTensor([[1, 2], [3, 4]])
    x[0, 0] = 9
    x[1] = torch.HalfTensor([5, 6])
    for write in (lambda: x.__setitem__(0, 1), lambda: x[x.byte()], lambda: x[[0]]):
        with pytest.raises(TorchError):
            write()
    assert x.totable() == [[9, 2], [5, 6]]
