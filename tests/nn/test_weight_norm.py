import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import TorchError


def test_weights_have_the_length_g():
    module = nn.WeightNorm(nn.Linear(4, 3))
    module.g.fill(2)
    module.forward(torch.randn(2, 4))
    norms = np.linalg.norm(module.v.array, axis=1)
    expected = 2 * module.v.array / np.sqrt(norms**2 + 1e-4)[:, None]
    np.testing.assert_allclose(module.get(1).weight.array, expected, rtol=1e-13)


@pytest.mark.parametrize("make", [lambda: nn.WeightNorm(nn.Linear(4, 3)), lambda: nn.LinearWeightNorm(4, 3)])
def test_the_weight_stays_in_evaluation(make):
    module, x = make(), torch.randn(2, 4)
    module.evaluate()
    before = module.forward(x).clone()
    module.v.fill(1)
    np.testing.assert_array_equal(module.forward(x).array, before.array)
    module.training()
    assert (module.forward(x).array != before.array).any()


def test_files_and_copies_share_the_weight_with_the_module_inside():
    module = nn.WeightNorm(nn.SpatialFullConvolution(2, 3, 2, 2), 2)
    x = torch.randn(1, 2, 3, 3)
    expected = module.forward(x).clone()
    data = torch.serialize(module)
    assert module.get(1).weight is not None
    for other in (torch.deserialize(data), module.clone(), nn.Sequential().add(module).clone().get(1)):
        assert other.weight is other.get(1).weight
        assert other.gradWeight is other.get(1).gradWeight
        other.evaluate()
        np.testing.assert_allclose(other.forward(x).array, expected.array, rtol=1e-13)
    assert len(data) < len(torch.serialize(module.get(1))) + len(torch.serialize([module.v, module.v])) + 3000


def test_a_descent_reduces_the_loss():
    torch.manualSeed(1)
    module, criterion = nn.WeightNorm(nn.Linear(4, 3)), nn.MSECriterion()
    x, y = torch.randn(8, 4), torch.randn(8, 3)
    losses = []
    for _ in range(30):
        module.zeroGradParameters()
        losses.append(criterion.forward(module.forward(x), y))
        module.backward(x, criterion.backward(module.output, y))
        module.updateParameters(0.1)
    assert losses[-1] < 0.8 * losses[0]


def test_distances_have_gradients_although_the_weight_is_scratch():
    module = nn.WeightNorm(nn.Euclidean(3, 2))
    for parameter, gradient in ((module.g, module.gradG), (module.v, module.gradV)):
        assert nn.Jacobian.testJacobianParameters(module, torch.randn(4, 3), parameter, gradient) < 1e-5


def test_a_module_without_a_weight_is_refused():
    with pytest.raises(TorchError, match="weight"):
        nn.WeightNorm(nn.Tanh())


def test_linear_and_back():
    linear, x = nn.Linear(4, 3), torch.randn(2, 4)
    converted = nn.LinearWeightNorm.fromLinear(linear)
    expected = linear.forward(x)
    np.testing.assert_allclose(converted.forward(x).array, expected.array, rtol=1e-12)
    np.testing.assert_allclose(converted.toLinear().forward(x).array, expected.array, rtol=1e-12)
    assert nn.LinearWeightNorm.fromLinear(nn.Linear(4, 3, False)).bias is None
