import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError


def numbered(*size):
    return torch.range(1, int(np.prod(size))).resize(*size)


VIEWS = {
    "narrow": (lambda x: x.narrow(2, 2, 3), lambda a: a[:, 1:4]),
    "select": (lambda x: x.select(3, 2), lambda a: a[:, :, 1]),
    "sub": (lambda x: x.sub(2, -1, -4, 3), lambda a: a[1:, -4:3]),
    "transpose": (lambda x: x.transpose(1, 3), lambda a: a.swapaxes(0, 2)),
    "permute": (lambda x: x.permute(3, 1, 2), lambda a: a.transpose(2, 0, 1)),
    "unfold": (
        lambda x: x.unfold(2, 3, 2),
        lambda a: np.lib.stride_tricks.sliding_window_view(a, 3, 1)[:, ::2],
    ),
    "view": (lambda x: x.view(6, -1), lambda a: a.reshape(6, 10)),
    "expand": (lambda x: x.narrow(1, 2, 1).expand(4, 5, 4), lambda a: np.broadcast_to(a[1:2], (4, 5, 4))),
    "squeeze": (lambda x: x.narrow(2, 3, 1).squeeze(), lambda a: a[:, 2]),
    "split": (lambda x: x.split(2, 2)[1], lambda a: a[:, 2:4]),
    "chunk": (lambda x: x.chunk(2, 2)[1], lambda a: a[:, 3:]),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("typename", ["Double", "Byte", "Half"])
def test_views_show_what_numpy_shows_and_share_memory(name, typename):
    mine, numpys = VIEWS[name]
    x = numbered(3, 5, 4).type(f"torch.{typename}Tensor")
    view = mine(x)
    assert np.array_equal(view.array, numpys(x.array)), name
    assert view.storage() is x.storage() and np.shares_memory(view.array, x.array), name


@pytest.mark.parametrize("name", VIEWS)
def test_views_of_views(name):
    mine, numpys = VIEWS[name]
    whole = numbered(5, 7, 6)
    x = whole.sub(2, 4, 2, 6, 3, 6)
    if name == "view":
        with pytest.raises(TorchError, match="contiguous"):
            mine(x)
        return
    assert np.array_equal(mine(x).array, numpys(whole.array[1:4, 1:6, 2:6])), name


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.narrow(1, 2, 2**62),
        lambda x: x.narrow(1, 2**64, 1),
        lambda x: x.narrow(1, float("nan"), 1),
        lambda x: x.narrow(1, None, 1),
        lambda x: x.select(-1, 1),
        lambda x: x.sub(1, -5),
        lambda x: x.sub(1),
        lambda x: x.transpose(0, 1),
        lambda x: x.unfold(1, 0, 1),
        lambda x: x.unfold(1, 1, -1),
        lambda x: x.permute(1, 1),
        lambda x: x.expand(2, 2**62),
        lambda x: x.expand(-1, 3),
        lambda x: x.view(0),
        lambda x: x.view(-2, -3),
        lambda x: x.view(0, -1),
        lambda x: x.view(),
        lambda x: x.squeeze(0),
        lambda x: x.split(0),
        lambda x: x.split(-1),
        lambda x: x.chunk(0),
        lambda x: x.chunk(2, 3),
    ],
)
def test_what_is_no_view(call):
    x = torch.Tensor([[1, 2, 3], [4, 5, 6]])
    with pytest.raises((ArgumentError, RangeError, SizeError)):
        call(x)
    assert x.totable() == [[1, 2, 3], [4, 5, 6]]


def test_a_result_becomes_the_view():
    x, r = torch.Tensor([[1, 2], [3, 4]]), torch.Tensor(7)
    assert torch.view(r, x, 4) is r and r.storage() is x.storage()
    with pytest.raises(ArgumentError):
        torch.view(torch.IntTensor(), x, 4)


def test_a_view_beyond_a_storage_that_shrank_is_an_error():
    x = numbered(3, 4)
    column = x.select(2, 4)
    x.storage().resize(5)
    for touch in (lambda: column[2], lambda: column.fill(0), lambda: x.array, lambda: x.select(1, 3).select(1, 4)):
        with pytest.raises(SizeError, match="does not fit"):
            touch()
    with pytest.raises(SizeError):
        column[2] = 1


def test_views_see_a_storage_that_grew():
    x = torch.Tensor([1, 2, 3])
    head = x.narrow(1, 1, 2)
    head.array  # noqa: B018
    x.resize(1000)
    x[0] = 9
    assert head[0] == 9 and head.array[0] == 9


def test_what_is_set_again_to_the_same_view_shows_the_memory_that_there_is():
    x, y = numbered(2, 3), torch.Tensor()
    y.set(x)
    array = y.array
    y.set(x)
    assert y.array is array, "the view has not changed"
    x.storage().resize(100)
    y.set(x)
    x.fill(7)
    assert y.array is not array and (y.array == 7).all(), "the storage has new memory"
    x.storage().resize(2)
    y.set(x)
    assert len(x.storage()) == 6, "the storage was too short for the view"
