import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import RangeError, SizeError


@pytest.mark.parametrize("size", [(6, 2, 3), (2, 6, 2, 3)])
@pytest.mark.parametrize("maps", [1, 3, 5, 15])
def test_against_a_loop(size, maps):
    x = torch.randn(*size)
    y = nn.SpatialCrossMapLRN(maps, 0.7, 0.6, 1.5).forward(x).array
    squares = x.array**2
    for c in range(6):
        near = squares[..., max(0, c - maps // 2) : c + maps // 2 + 1, :, :].sum(-3)
        want = x.array[..., c, :, :] * (1.5 + 0.7 / maps * near) ** -0.6
        np.testing.assert_allclose(y[..., c, :, :], want, rtol=1e-12)


def test_even_sizes_of_many_maps_and_missing_forward_are_refused():
    x = torch.randn(6, 2, 3)
    with pytest.raises(RangeError, match="out of range"):
        nn.SpatialCrossMapLRN(4).forward(x)
    with pytest.raises(SizeError, match="updateOutput"):
        nn.SpatialCrossMapLRN(3).backward(x, x)
