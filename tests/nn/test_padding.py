import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import SizeError

MODES = [
    (nn.SpatialZeroPadding, "constant"),
    (nn.SpatialReflectionPadding, "reflect"),
    (nn.SpatialReplicationPadding, "edge"),
]


@pytest.mark.parametrize("cls, mode", MODES)
@pytest.mark.parametrize("size", [(2, 4, 5), (3, 2, 4, 5)])
def test_against_numpy(cls, mode, size):
    x = torch.randn(*size)
    y = cls(1, 3, 2, 0).forward(x)
    np.testing.assert_array_equal(y.array, np.pad(x.array, [(0, 0)] * (len(size) - 2) + [(2, 0), (1, 3)], mode))


@pytest.mark.parametrize("cls, _", MODES)
def test_negative_padding_crops(cls, _):
    x = torch.randn(2, 4, 5)
    m = cls(-1, -2, 0, -1)
    np.testing.assert_array_equal(m.forward(x).array, x.array[:, :3, 1:3])
    assert m.backward(x, torch.ones(2, 3, 2)).sum() == 12


@pytest.mark.parametrize("cls, _", MODES)
def test_gradients_add_up(cls, _):
    """The backward pass is the transpose of the forward pass."""
    m, x = cls(2, 1, 1, 2), torch.randn(3, 4, 5)
    g = torch.randn(3, 7, 8)
    np.testing.assert_allclose(np.vdot(m.forward(x).array, g.array), np.vdot(x.array, m.backward(x, g).array))


def test_volumes():
    x = torch.randn(2, 3, 4, 5)
    y = nn.VolumetricReplicationPadding(1, 2, 0, 3, 2, 1).forward(x)
    np.testing.assert_array_equal(y.array, np.pad(x.array, [(0, 0), (2, 1), (0, 3), (1, 2)], "edge"))


def test_a_reflection_needs_as_many_elements():
    with pytest.raises(SizeError, match="less than the size"):
        nn.SpatialReflectionPadding(4).forward(torch.randn(1, 4, 4))
