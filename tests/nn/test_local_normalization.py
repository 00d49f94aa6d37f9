import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError


def local_mean(x, kernel):
    """The weighted mean over all planes, with zeros beyond the borders, and the part of the weight that is within."""
    kernel = kernel / (kernel.sum() * len(x))
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    means, parts = np.zeros(x.shape[1:]), np.zeros(x.shape[1:])
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            for r in range(-rows, rows + 1):
                for c in range(-columns, columns + 1):
                    if 0 <= i + r < x.shape[1] and 0 <= j + c < x.shape[2]:
                        means[i, j] += kernel[r + rows, c + columns] * x[:, i + r, j + c].sum()
                        parts[i, j] += kernel[r + rows, c + columns] * len(x)
    return means, parts


@pytest.mark.parametrize("kernel", [np.arange(1.0, 16).reshape(3, 5), np.outer([1.0, 2, 1], [1, 2, 1])])
def test_against_loops(kernel):
    x = torch.randn(2, 5, 7)
    means, parts = local_mean(x.numpy(), kernel)
    subtracted = x.numpy() - means / parts
    np.testing.assert_allclose(nn.SpatialSubtractiveNormalization(2, kernel.copy()).forward(x).numpy(), subtracted)
    divided = x.numpy() / (np.sqrt(local_mean(x.numpy() ** 2, kernel)[0]) / parts)
    np.testing.assert_allclose(nn.SpatialDivisiveNormalization(2, kernel.copy()).forward(x).numpy(), divided)


def test_a_separable_kernel_is_its_outer_product():
    line = torch.Tensor([1, 3, 1])
    x = torch.randn(2, 5, 6)
    for cls in (nn.SpatialSubtractiveNormalization, nn.SpatialDivisiveNormalization):
        expected = cls(2, torch.ger(line, line)).forward(x).numpy()
        np.testing.assert_allclose(cls(2, line.clone()).forward(x).numpy(), expected)


@pytest.mark.parametrize(
    "cls",
    [nn.SpatialSubtractiveNormalization, nn.SpatialDivisiveNormalization, nn.SpatialContrastiveNormalization],
)
def test_sizes_may_change_from_call_to_call(cls):
    module, batch = cls(2, torch.ones(3, 3)), torch.randn(4, 2, 5, 6)
    whole = module.forward(batch).clone()
    for part in (batch[0], batch[:2], batch[1:], batch[2]):
        got = module.forward(part).numpy()
        first = next(i for i in range(4) if np.array_equal(batch[i].numpy(), part.numpy().reshape(-1, 2, 5, 6)[0]))
        np.testing.assert_allclose(
            got.reshape(-1, 2, 5, 6), whole.numpy()[first : first + len(part.numpy().reshape(-1, 60))]
        )
    module.clearState()
    smaller = batch.narrow(3, 1, 4)
    np.testing.assert_allclose(module.forward(smaller).numpy(), cls(2, torch.ones(3, 3)).forward(smaller).numpy())


def test_the_caller_s_kernel_is_normalized_and_shared():
    kernel = torch.ones(3, 3)
    module = nn.SpatialContrastiveNormalization(1, kernel)
    assert kernel.sum() == pytest.approx(1)
    assert module.kernel is kernel is module.normalizer.get(1).kernel is module.normalizer.get(2).kernel


@pytest.mark.parametrize("kernel", [np.ones((3, 3), int), torch.ones(3, 2), torch.ones(3, 3, 3), torch.Tensor()])
def test_kernels_that_are_refused(kernel):
    for cls in (nn.SpatialSubtractiveNormalization, nn.SpatialContrastiveNormalization):
        with pytest.raises((ArgumentError, SizeError), match="kernel must"):
            cls(1, kernel)


def test_other_planes_are_refused():
    with pytest.raises(SizeError, match="2 planes"):
        nn.SpatialSubtractiveNormalization(2).forward(torch.randn(3, 9, 9))
