import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import SizeError


@pytest.mark.parametrize("make", [nn.SpatialUpSamplingNearest, nn.UpSampling])
def test_nearest_repeats(make):
    x = torch.randn(2, 3, 2, 4)
    m = make(3)
    np.testing.assert_array_equal(m.forward(x).array, x.array.repeat(3, 2).repeat(3, 3))
    assert m.outputSize.totable()[:4] == [2, 3, 6, 12]
    np.testing.assert_array_equal(m.backward(x, m.output.clone().fill(1)).array, 9)


def test_bilinear_keeps_corners_and_straight_lines():
    x = torch.Tensor(1, 3, 5)
    x.array[...] = np.arange(3)[:, None] * 10 + np.arange(5)
    y = nn.SpatialUpSamplingBilinear(dict(owidth=9, oheight=5)).forward(x)
    np.testing.assert_allclose(y.array[0], np.linspace(0, 20, 5)[:, None] + np.linspace(0, 4, 9), atol=1e-5)


def test_trilinear_is_linear_along_time_too():
    x = torch.Tensor(1, 1, 2, 2, 2)
    x.array[0, 0] = np.array([0.0, 1])[:, None, None]
    y = nn.UpSampling(dict(odepth=5, owidth=3, oheight=2), "linear").forward(x)
    assert y.size().totable() == [1, 1, 5, 2, 3]
    np.testing.assert_allclose(y.array[0, 0, :, 1, 2], np.linspace(0, 1, 5), atol=1e-6)


@pytest.mark.parametrize("make", [lambda: nn.SpatialUpSamplingBilinear(2), lambda: nn.UpSampling(2, "linear")])
def test_linear_gradients_are_the_transpose(make):
    m, x = make(), torch.randn(2, 2, 3, 4)
    y = m.forward(x)
    g = torch.randn(*y.size())
    np.testing.assert_allclose(np.vdot(y.array, g.array), np.vdot(x.array, m.backward(x, g).array))


def test_a_wrong_gradient_is_refused():
    m, x = nn.SpatialUpSamplingNearest(2), torch.randn(1, 2, 2)
    m.forward(x)
    with pytest.raises(SizeError, match="gradOutput"):
        m.backward(x, torch.randn(1, 4, 5))
