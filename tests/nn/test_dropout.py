import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import SizeError, TorchError


def test_noise_is_drawn_in_the_order_of_the_elements():
    m = nn.Dropout(0.3)
    torch.manualSeed(5)
    y = m.forward(torch.ones(3, 4))
    torch.manualSeed(5)
    kept = torch.Tensor(12).bernoulli(0.7).array.reshape(3, 4)
    np.testing.assert_array_equal(y.array, kept / 0.7)
    np.testing.assert_array_equal(m.backward(torch.ones(3, 4), torch.ones(3, 4)).array, y.array)


def test_in_place_changes_the_input_and_the_gradient():
    m = nn.Dropout(0.5, False, True)
    x = torch.randn(4, 6).t()
    y = m.forward(x)
    np.testing.assert_array_equal(y.array, x.array)
    assert y.array.base is not None and np.shares_memory(y.array, x.array)
    assert 0 < np.count_nonzero(x.array) < 24


def test_another_size_in_backward_is_refused():
    m = nn.Dropout()
    m.forward(torch.randn(3, 4))
    with pytest.raises(SizeError, match="noise"):
        m.backward(torch.randn(2, 4), torch.randn(2, 4))


def test_whole_planes_are_dropped():
    for m, size in ((nn.SpatialDropout(0.5), (3, 8, 2, 3)), (nn.VolumetricDropout(0.5), (8, 2, 3, 2))):
        y = m.forward(torch.ones(*size))
        planes = y.array.reshape(-1, y.array[0, 0].size if len(size) == 4 and m._rank == 2 else 12)
        assert set(planes.min(1)) == {0, 1} and (planes.min(1) == planes.max(1)).all()


def test_white_noise_trains_unless_told_otherwise():
    m = nn.WhiteNoise(2, 0.5)
    x = torch.zeros(4)
    assert m.forward(x).array.std() > 0
    m.evaluate()
    assert m.forward(x).array.tolist() == [2] * 4
    with pytest.raises(TorchError, match="only defined while training"):
        m.backward(x, x)


def test_a_gradient_of_other_sizes_is_paired_in_order():
    m = nn.Dropout()
    noise = m.forward(torch.ones(2, 3)).array
    np.testing.assert_array_equal(m.backward(torch.ones(2, 3), torch.ones(6)).array, noise.ravel())


def test_dropout_of_planes_takes_any_sizes_in_evaluation():
    for m in (nn.SpatialDropout(0.25), nn.VolumetricDropout(0.25)):
        with pytest.raises(SizeError, match="Input must be"):
            m.forward(torch.ones(2, 3))
        m.evaluate()
        assert m.forward(torch.ones(2)).totable() == [0.75, 0.75]
