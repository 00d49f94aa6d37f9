"""Views against numpy's, and what resize and set may touch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.torch import layouts
from tests.torch.layouts import guarded, steady
from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types


def narrow(data, x, a):
    d = data.draw(st.integers(1, a.ndim))
    start = data.draw(st.integers(1, a.shape[d - 1]))
    n = data.draw(st.integers(1, a.shape[d - 1] - start + 1))
    return x.narrow(d, start, n), a.take_view(d - 1, slice(start - 1, start - 1 + n))


class Mirror(np.ndarray):
    """An array with one more method: a slice of one axis."""

    def take_view(self, axis, part):
        return self[(slice(None),) * axis + (part,)]


def select(data, x, a):
    d = data.draw(st.integers(1, a.ndim))
    i = data.draw(st.integers(1, a.shape[d - 1]))
    return x.select(d, i), a.take_view(d - 1, i - 1)


def sub(data, x, a):
    first, last = sorted(data.draw(st.tuples(*[st.integers(1, a.shape[0])] * 2)))
    negative = data.draw(st.booleans())
    ends = (first - a.shape[0] - 1, last - a.shape[0] - 1) if negative else (first, last)
    return x.sub(*ends), a[first - 1 : last]


def transpose(data, x, a):
    d, e = data.draw(st.tuples(*[st.integers(1, a.ndim)] * 2))
    return x.transpose(d, e), a.swapaxes(d - 1, e - 1)


def permute(data, x, a):
    order = data.draw(st.permutations(range(a.ndim)))
    return x.permute(*(axis + 1 for axis in order)), a.transpose(order)


def unfold(data, x, a):
    d = data.draw(st.integers(1, a.ndim))
    size = data.draw(st.integers(1, a.shape[d - 1]))
    step = data.draw(st.integers(1, 3))
    windows = np.lib.stride_tricks.sliding_window_view(a, size, d - 1, subok=True, writeable=True)
    return x.unfold(d, size, step), windows.take_view(d - 1, slice(None, None, step))


def squeeze(data, x, a):
    return x.squeeze(), a.squeeze()


def brackets(data, x, a):
    d = data.draw(st.integers(0, a.ndim - 1))
    n = a.shape[d]
    part = data.draw(
        st.integers(-n, n - 1) | st.just(slice(None, None, 2)) | st.sampled_from([..., None, slice(-n, None)])
    )
    key = part if part is None or part is ... else (slice(None),) * d + (part,)
    return x[key], a[key]


def split(data, x, a):
    n = data.draw(st.integers(1, a.shape[0]))
    return x.split(n)[-1], a[(a.shape[0] - 1) // n * n :]


VIEWS = [narrow, select, sub, transpose, permute, unfold, squeeze, brackets, split]


@settings(steady, max_examples=300)
@given(guarded(types.ALL, layouts.DISTINCT, values=layouts.small), st.data())
def test_chains_of_views_are_numpys(x, data):
    outside = x.outside()
    mine = x.tensor
    mirror = x.seen(x.memory, mine.shape, tuple(mine.stride())).view(Mirror)
    for view in data.draw(st.lists(st.sampled_from(VIEWS), min_size=1, max_size=4)):
        mine, mirror = view(data, mine, mirror)
        if not torch.isTensor(mine):
            assert mine == mirror, f"{view.__name__}: {mine}, expected {mirror}"
            return
        assert mine.shape == mirror.shape, f"{view.__name__}: {mine.shape}, expected {mirror.shape}"
        assert np.array_equal(mine.array, mirror), view.__name__
        assert mine.storage() is x.tensor.storage(), f"{view.__name__} has another storage"
    mirror[...] = 5
    assert np.all(mine.array == 5), "what is written to the memory does not show in the view"
    mine.copy(torch.zeros(mine.nElement()))
    assert not np.any(mirror), "what is written to the view does not show in the memory"
    assert x.outside() == outside, "a view reaches beyond its tensor"


@steady
@given(guarded(types.ALL, values=layouts.small), st.data())
def test_expanding(x, data):
    x = x.tensor
    size = tuple(data.draw(st.integers(1, 4)) if n == 1 else n for n in x.shape)
    expanded = x.expand(*size)
    assert np.array_equal(expanded.array, np.broadcast_to(x.array, size))
    assert expanded.storage() is x.storage()


@steady
@given(guarded(types.ALL, ["contiguous"], values=layouts.small), st.data())
def test_viewing_in_other_sizes(x, data):
    x = x.tensor
    n = data.draw(st.sampled_from([n for n in range(1, x.nElement() + 1) if x.nElement() % n == 0]))
    assert np.array_equal(x.view(n, -1).array, x.array.reshape(n, -1))
    assert x.view(n, -1).storage() is x.storage()


anything = st.integers(-3, 6) | st.sampled_from([2**31, 2**62, -(2**63), 2.5, float("nan"), float("inf")])
STEPS = {
    "resize": st.lists(anything, max_size=3),
    "set_storage": st.lists(anything, max_size=5),
    "set_sizes": st.tuples(anything, st.lists(anything, max_size=3), st.lists(st.integers(-2, 4), max_size=3)),
    "narrow": st.lists(anything, min_size=3, max_size=3),
    "select": st.lists(anything, min_size=2, max_size=2),
    "unfold": st.lists(anything, min_size=3, max_size=3),
    "shrink": st.integers(0, 3),
}


def small_enough(values):
    """No more memory than a test should ask for; what is refused may be as large as it likes."""
    product = 1
    for value in values:
        product *= max(abs(value), 1)
    return product < 10_000 or not product < 2**50


def step(x, kind, values):
    """One change of geometry, which may be refused."""
    if kind == "resize":
        return x.resize(*values) if small_enough(values) else x
    if kind == "set_storage":
        return x.set(x.storage(), *values) if x.storage() is not None and small_enough(values) else x
    if kind == "set_sizes":
        offset, size, stride = values
        if x.storage() is None or not small_enough([offset, *size, *stride]):
            return x
        return x.set(x.storage(), offset, torch.LongStorage(size), torch.LongStorage(stride))
    if kind == "shrink":
        if x.storage() is not None:
            x.storage().resize(values)
        return x
    view = getattr(x, kind)(*values)
    return view if torch.isTensor(view) else x


@settings(steady, max_examples=400)
@given(st.lists(st.sampled_from(sorted(STEPS)).flatmap(lambda kind: st.tuples(st.just(kind), STEPS[kind])), max_size=6))
def test_no_geometry_reaches_beyond_the_storage(steps):
    x = torch.Tensor(2, 3).fill(1)
    for kind, values in steps:
        before = x.shape, x.stride().totable(), x.storageOffset()
        try:
            x = step(x, kind, values)
        except (TorchError, TypeError) as error:
            assert (x.shape, x.stride().totable(), x.storageOffset()) == before, (
                f"{kind}{values} changed x, then: {error}"
            )
        if x.dim() == 0:
            continue
        assert min(x.shape) >= 1 and min(x.stride()) >= 0, f"{kind}{values}: {x.shape} {x.stride().totable()}"
        try:
            seen = x.array
        except TorchError as error:
            assert "does not fit its storage" in str(error)  # the storage has been made shorter
            continue
        low, high = np.lib.array_utils.byte_bounds(seen) if hasattr(np.lib, "array_utils") else np.byte_bounds(seen)
        start, end = x.storage().data.ctypes.data, x.storage().data.ctypes.data + x.storage().data.nbytes
        assert start <= low <= high <= end, f"{kind}{values}: {x.shape} reaches beyond the storage"


@pytest.mark.parametrize(
    "touch",
    [lambda x: x.fill(1), lambda x: x[0], lambda x: x.sum(), lambda x: x.clone(), lambda x: x.add(1), str, len, list],
)
def test_a_tensor_whose_storage_became_too_short_is_an_error(touch):
    x = torch.ones(4)
    x.storage().resize(2)
    if touch is len:
        assert touch(x) == 4
        return
    if touch(torch.ones(4)) == 1.0:  # one element, which is still there
        assert touch(x) == 1.0
        return
    with pytest.raises(TorchError, match="does not fit"):
        touch(x)
