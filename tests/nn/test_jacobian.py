import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, TorchError


def test_a_linear_module_is_its_weight():
    module, x = nn.Linear(3, 2), torch.randn(3)
    np.testing.assert_allclose(nn.Jacobian.backward(module, x).numpy(), module.weight.numpy().T)
    np.testing.assert_allclose(nn.Jacobian.forward(module, x).numpy(), module.weight.numpy().T, rtol=1e-6)


def test_values_that_are_not_contiguous_are_varied_and_restored():
    x = torch.randn(3, 2).t()
    before = x.clone()
    by_input = nn.Jacobian.forward(nn.Square(), x)
    np.testing.assert_allclose(by_input.numpy(), np.diag(2 * before.numpy().ravel()), atol=1e-8)
    assert x.equal(before)


def test_updates_leave_the_parameters_as_they_were():
    module, x = nn.Linear(3, 2), torch.randn(3)
    weight = module.weight.clone()
    updated = nn.Jacobian.backwardUpdate(module, x, module.weight)
    assert module.weight.equal(weight)
    np.testing.assert_allclose(updated.numpy(), nn.Jacobian.forwardUpdate(module, x, module.weight).numpy(), atol=1e-8)


def test_a_wrong_gradient_is_found():
    class Wrong(nn.Square):
        def updateGradInput(self, input, gradOutput, *_):
            return super().updateGradInput(input, gradOutput).mul(1.1)

    assert nn.Jacobian.testJacobian(nn.Square(), torch.zeros(4)) < 1e-7
    assert nn.Jacobian.testJacobian(Wrong(), torch.zeros(4)) > 0.01


def test_a_file_gives_the_same():
    module = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Tanh())
    assert nn.Jacobian.testIO(module, torch.randn(5, 3)) == (0, 0)


def test_arrays_and_tables():
    x = np.zeros(4)
    assert nn.Jacobian.testJacobian(nn.Tanh(), x) < 1e-7
    assert np.abs(x).max() > 0
    with pytest.raises(ArgumentError, match="Tensor expected"):
        nn.Jacobian.backward(nn.CAddTable(), [torch.randn(2), torch.randn(2)])


@pytest.mark.parametrize(
    "call",
    [
        lambda: nn.Jacobian.backward(3, torch.ones(2)),
        lambda: nn.Jacobian.backward(nn.Linear, torch.ones(2)),
        lambda: nn.Jacobian.forward(nn.Tanh(), torch.Tensor()),
        lambda: nn.Jacobian.forward(nn.Linear(2, 1), torch.ones(2), torch.Tensor()),
        lambda: nn.Jacobian.forward(nn.Tanh(), torch.ones(2), None, "x"),
        lambda: nn.Jacobian.backward(nn.Tanh(), torch.ones(2), 5),
        lambda: nn.Jacobian.backwardUpdate(nn.Linear(2, 1), torch.ones(2), None),
        lambda: nn.Jacobian.testJacobianParameters(nn.Linear(2, 1), torch.ones(2), None, None),
        lambda: nn.Jacobian.testAllUpdate(nn.Tanh(), torch.ones(2), "weight", "gradWeight"),
        lambda: nn.Jacobian.testJacobian(nn.Tanh(), torch.ones(2), "low"),
    ],
)
def test_what_cannot_be_varied_is_refused(call):
    with pytest.raises(TorchError, match="expected|nil value"):
        call()
