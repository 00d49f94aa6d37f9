"""Spatial transformers: what the cases of all modules leave open."""

import numpy as np
import pytest

from tests.cases.driver import directions, floating, projection, slope
from torchnn import stn, torch
from torchnn.errors import MissingError, TorchError


def sampled(x, grid):
    """One pixel after another, by the definition: pixels weighted by how near the position is, rows and columns."""
    y = np.zeros((*grid.shape[:3], x.shape[3]))
    for b, i, j in np.ndindex(*grid.shape[:3]):
        h, w = (grid[b, i, j] + 1) * (np.array(x.shape[1:3]) - 1) / 2
        for p, q in np.ndindex(*x.shape[1:3]):
            y[b, i, j] += max(0, 1 - abs(p - h)) * max(0, 1 - abs(q - w)) * x[b, p, q]
    return y


@pytest.mark.parametrize("element", ["double", "float"])
def test_samples_lie_between_pixels_and_are_zero_outside(element):
    torch.manualSeed(1)
    x, grid = torch.randn(2, 4, 5, 3), torch.rand(2, 6, 7, 2).mul(3).add(-1.5)
    grid.array[0, 0, :3] = [(-1, -1), (1, 1), (1, 1.5)]
    module = getattr(stn.BilinearSamplerBHWD(), element)()
    y = module.forward([getattr(t, element)() for t in (x, grid)])
    np.testing.assert_allclose(y.array, sampled(x.array, grid.array), atol=1e-12 if element == "double" else 1e-5)
    corners = x.array[0, [0, 3], [0, 4]].astype(y.array.dtype)
    np.testing.assert_array_equal(y.array[0, 0, :3], [*corners, [0, 0, 0]])


def test_positions_that_are_no_numbers():
    x, grid = torch.ones(1, 3, 3, 1), torch.Tensor([[[[np.nan, 0], [np.inf, 0], [1e30, 0], [-1e300, 1]]]])
    module = stn.BilinearSamplerBHWD()
    np.testing.assert_array_equal(module.forward([x, grid]).array.ravel(), [np.nan, np.nan, 0, 0])
    images, positions = module.backward([x, grid], torch.ones(1, 1, 4, 1))
    assert images.array.sum() == 0 and positions.array.shape == (1, 1, 4, 2)


def test_one_picture_is_a_batch_of_one():
    module, x, grid, g = stn.BilinearSamplerBHWD(), torch.randn(4, 5, 2), torch.rand(3, 3, 2), torch.randn(3, 3, 2)
    one = [t.clone() for t in (module.forward([x, grid]), *module.backward([x, grid], g))]
    batch = [t.view(1, *t.size().totable()) for t in (x, grid, g)]
    all_of_them = [module.forward(batch[:2]), *module.backward(batch[:2], batch[2])]
    for single, many in zip(one, all_of_them, strict=True):
        np.testing.assert_array_equal(single.array, many.array[0])


@pytest.mark.parametrize(
    "use, count", [((), 6), ((True,), 1), ((False, True), 1), ((0, 1), 2), ((True, True, True), 5)]
)
def test_gradients_of_all_parameters(use, count):
    module, value, g = stn.AffineTransformMatrixGenerator(*use), torch.randn(3, count), torch.randn(3, 2, 3)
    module.forward(value)
    found = module.backward(value, g).clone()
    along = directions([value])
    expected = slope(lambda: projection(floating(module.forward(value)), [g.array]), [value], along)
    assert abs(projection([found], along) - expected) < 1e-6 * max(1, abs(expected))


def test_matrices_by_hand():
    module = stn.AffineTransformMatrixGenerator(True, True, True)
    quarter = module.forward(torch.Tensor([np.pi / 2, 2, 3, 5])).array
    np.testing.assert_allclose(quarter, [[0, -2, -10], [2, 0, 6]], atol=1e-15)
    two_scales = stn.AffineTransformMatrixGenerator(False, True, False).forward(torch.Tensor([[2, 3]])).array
    np.testing.assert_array_equal(two_scales, [[[2, 0, 0], [0, 3, 0]]])


def test_grids_by_hand():
    module = stn.AffineGridGeneratorBHWD(2, 3)
    grid = module.forward(torch.Tensor([[1, 0, 0], [0, 2, 1]])).array
    np.testing.assert_array_equal(grid[0], [[-1, -1], [-1, 1], [-1, 3]])
    np.testing.assert_array_equal(grid[1], [[1, -1], [1, 1], [1, 3]])
    assert module.forward(torch.zeros(4, 2, 3)).size().totable() == [4, 2, 3, 2]
    assert module.batchGrid.size().totable() == [4, 2, 3, 3]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: stn.AffineGridGeneratorBHWD(1, 3), "greater than 1"),
        (lambda: stn.AffineGridGeneratorBHWD(2, 3).forward(torch.zeros(2, 2)), r"\(bx2x3\)"),
        (lambda: stn.AffineTransformMatrixGenerator(True, True, True).forward(torch.zeros(2, 3)), "Expected 4 or 5"),
        (lambda: stn.AffineTransformMatrixGenerator().forward(torch.zeros(5)), "Expected 6 parameters"),
        (lambda: stn.BilinearSamplerBHWD().forward([torch.zeros(2, 2, 1)]), "got 1 tensors"),
        (lambda: stn.BilinearSamplerBHWD().forward([torch.zeros(2, 2, 1), torch.zeros(2, 2, 1)]), "x width x 2"),
        (lambda: stn.BilinearSamplerBHWD().forward([torch.zeros(2, 2, 1), torch.zeros(2, 2)]), "3D or 4D"),
        (lambda: stn.BilinearSamplerBHWD().forward([torch.zeros(2, 2, 1), torch.zeros(2, 2, 2).float()]), "grids is a"),
    ],
)
def test_what_does_not_fit(call, words):
    with pytest.raises(TorchError, match=words):
        call()


def test_unknown_names():
    with pytest.raises(MissingError, match="there is no stn.Sampler"):
        assert stn.Sampler
