import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import SizeError, TorchError


@pytest.mark.parametrize("cls, size", [(nn.BatchNormalization, ()), (nn.SpatialBatchNormalization, (2, 3))])
def test_against_numpy(cls, size):
    m = cls(4, 1e-3, 0.3)
    x = torch.randn(5, 4, *size).mul(3).add(1)
    y = m.forward(x)
    axes = (0, *range(2, 2 + len(size)))
    shape = (4,) + (1,) * len(size)
    mean, variance = x.array.mean(axes), x.array.var(axes)
    normalized = (x.array - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + 1e-3)
    np.testing.assert_allclose(y.array, normalized * m.weight.array.reshape(shape), atol=1e-12)
    np.testing.assert_allclose(m.running_mean.array, 0.3 * mean, atol=1e-12)
    np.testing.assert_allclose(m.running_var.array, 0.7 + 0.3 * x.array.var(axes, ddof=1), atol=1e-12)


def test_both_gradients_separately_are_those_of_backward():
    x, g = torch.randn(3, 2, 2, 2), torch.randn(3, 2, 2, 2)
    m = nn.SpatialBatchNormalization(2)
    m.zeroGradParameters()
    m.forward(x)
    together = m.backward(x, g, 0.5).clone(), m.gradWeight.clone(), m.gradBias.clone()
    m.zeroGradParameters()
    gradient = m.updateGradInput(x, g)
    assert m.gradWeight.array.tolist() == [0, 0]
    m.accGradParameters(x, g, 0.5)
    for got, want in zip((gradient, m.gradWeight, m.gradBias), together, strict=True):
        np.testing.assert_array_equal(got.array, want.array)


def test_a_batch_of_one_uses_the_running_statistics():
    m = nn.BatchNormalization(2, 0, 0.1, False)
    m.running_mean.fill(1)
    m.running_var.fill(4)
    assert m.forward(torch.DoubleTensor.wrap(np.array([[3.0, -1.0]]))).array.tolist() == [[1, -1]]
    assert m.running_mean.array.tolist() == [1, 1]


def test_a_single_sample_becomes_a_batch_in_evaluation_only():
    m = nn.BatchNormalization(2)
    x = torch.randn(2)
    with pytest.raises(SizeError, match="only mini-batch supported"):
        m.forward(x)
    assert x.dim() == 1
    m.evaluate()
    assert m.forward(x).size().totable() == [1, 2] == x.size().totable()


def test_backward_needs_forward_after_clear_state_too():
    m = nn.BatchNormalization(2)
    x = torch.randn(3, 2)
    m.forward(x)
    m.clearState()
    with pytest.raises(TorchError, match="must call :updateOutput"):
        m.backward(x, x)


def test_parameters_of_other_sizes_are_refused():
    m = nn.BatchNormalization(3)
    m.weight = torch.ones(2)
    with pytest.raises(SizeError):
        m.forward(torch.randn(4, 3))
    assert m.running_mean.array.tolist() == [0, 0, 0]


def test_old_files_hold_the_inverse_deviation():
    m = nn.BatchNormalization(2, 0.5)
    m.running_var = None
    m.running_std = torch.DoubleTensor.wrap(np.array([0.5, 1.0]))
    m._upgrade(1)
    assert m.running_var.array.tolist() == [3.5, 0.5]
    assert m.running_std is None


def test_reset_forgets_the_statistics():
    m = nn.BatchNormalization(2)
    m.forward(torch.randn(3, 2))
    m.bias.fill(1)
    m.reset(5)
    assert m.running_mean.array.tolist() == [0, 0] and m.running_var.array.tolist() == [1, 1]
    assert m.bias.array.tolist() == [0, 0] and (0 <= m.weight.array).all() and (m.weight.array < 1).all()
