import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types


def correlation(x, k, full):
    """One map with one kernel, tap by tap."""
    if full:
        x = np.pad(x, [(t - 1, t - 1) for t in k.shape])
    size = [n - t + 1 for n, t in zip(x.shape, k.shape, strict=True)]
    out = np.zeros(size, x.dtype)
    for tap in np.ndindex(*k.shape):
        out += k[tap] * x[tuple(slice(i, i + n) for i, n in zip(tap, size, strict=True))]
    return out


def expected(x, k, rank, flip, full):
    if flip:
        k = np.flip(k, tuple(range(-rank, 0)))
    if k.ndim == rank:
        return correlation(x, k, full)
    if k.ndim == rank + 1:
        return np.stack([correlation(a, b, full) for a, b in zip(x, k, strict=True)])
    return np.stack([sum(correlation(a, b, full) for a, b in zip(x, bank, strict=True)) for bank in k])


@pytest.mark.parametrize("element", [types.DOUBLE, types.FLOAT, types.BYTE, types.LONG], ids=lambda e: e.name)
@pytest.mark.parametrize("rank", [2, 3])
@pytest.mark.parametrize("name", ["conv", "xcorr"])
@pytest.mark.parametrize("option", ["V", "F"])
def test_all_forms(element, rank, name, option):
    random = np.random.RandomState(0)
    maps, taps = (7, 6, 9)[:rank], (3, 1, 4)[:rank]
    for x_size, k_size in [(maps, taps), ((2, *maps), (2, *taps)), ((2, *maps), (3, 2, *taps))]:
        x = random.randint(0, 100, x_size).astype(element.dtype)
        k = random.randint(0, 100, k_size).astype(element.dtype)
        kind = types.TENSORS[element]
        got = getattr(torch, f"{name}{rank}")(kind.wrap(x), kind.wrap(np.asfortranarray(k)), option)
        reference = expected(x, k, rank, name == "conv", option == "F")
        assert got.element is element
        assert got._size == reference.shape and np.allclose(got.array, reference), (name, rank, option, k_size)


def test_large_maps_run_on_threads():
    random = np.random.RandomState(0)
    x, k = random.randn(4, 90, 80), random.randn(3, 4, 5, 6)
    for option in "VF":
        got = torch.xcorr2(torch.from_numpy(x), torch.from_numpy(k), option)
        assert np.allclose(got.array, expected(x, k, 2, False, option == "F"))


def test_full_touches_only_what_overlaps():
    k = torch.Tensor([[1, float("inf")]])
    assert torch.xcorr2(torch.ones(1, 2), k, "F").totable() == [[float("inf"), float("inf"), 1]]
    assert torch.conv2(torch.ones(1, 2), k, "F").totable() == [[1, float("inf"), float("inf")]]


def test_the_result_may_be_an_operand():
    x = torch.from_numpy(np.random.RandomState(0).randn(5, 5))
    reference = torch.conv2(x, x, "F")
    assert torch.conv2(x, x, x, "F") is x
    assert np.array_equal(x.array, reference.array)


def test_failures_change_nothing():
    r = torch.zeros(2)
    for x, k in [((3, 4), (4, 2)), ((2, 5, 5), (3, 2, 2)), ((2, 5, 5), (4, 3, 2, 2)), ((5,), (2,))]:
        with pytest.raises(TorchError):
            torch.conv2(r, torch.ones(*x), torch.ones(*k))
    with pytest.raises(TorchError):
        torch.conv2(torch.Tensor(), torch.Tensor())
    assert r.totable() == [0, 0]
