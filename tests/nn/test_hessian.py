import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import MissingError


@pytest.fixture(autouse=True)
def enabled():
    nn.hessian.enable()
    yield
    nn.hessian.disable()


def make(name):
    return {
        "Linear": lambda: (nn.Linear(4, 3), torch.randn(2, 4)),
        "SpatialConvolution": lambda: (nn.SpatialConvolution(2, 3, 2, 2), torch.randn(2, 4, 4)),
        "SpatialConvolutionLocal": lambda: (nn.SpatialConvolutionLocal(2, 3, 4, 4, 2, 2), torch.randn(2, 4, 4)),
        "SpatialFullConvolution": lambda: (nn.SpatialFullConvolution(2, 3, 2, 2), torch.randn(2, 4, 4)),
        "SpatialFullConvolutionMap": lambda: (
            nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 2, 2),
            torch.randn(2, 4, 4),
        ),
    }[name]()


@pytest.mark.parametrize(
    "name",
    [
        "Linear",
        "SpatialConvolution",
        "SpatialConvolutionLocal",
        "SpatialFullConvolution",
        "SpatialFullConvolutionMap",
    ],
)
def test_linear_modules(name):
    module, x = make(name)
    assert nn.Jacobian.testDiagHessianInput(module, x) < 1e-10
    assert nn.Jacobian.testDiagHessianWeight(module, x) < 1e-10
    assert nn.Jacobian.testDiagHessianBias(module, x) < 1e-10


@pytest.mark.parametrize("module", [nn.Tanh(), nn.Square(), nn.Sqrt()], ids=str)
def test_pointwise_modules_square_their_slope(module):
    x, diagonal = torch.rand(5).add(0.1), torch.rand(5)
    slope = module.forward(x) is not None and module.backward(x, torch.ones(5)).numpy().copy()
    np.testing.assert_allclose(module.updateDiagHessianInput(x, diagonal).numpy(), slope**2 * diagonal.numpy())


def test_a_gradient_is_left_as_it_was():
    module, x = nn.Linear(4, 3), torch.randn(2, 4)
    module.zeroGradParameters()
    gradient = module.backward(x, module.forward(x).clone()).clone()
    before, output = module.gradWeight.clone(), module.output.clone()
    module.updateDiagHessianInput(x, torch.ones(2, 3))
    module.accDiagHessianParameters(x, torch.ones(2, 3))
    assert module.gradInput.equal(gradient) and module.gradWeight.equal(before) and module.output.equal(output)


def test_parameters_have_a_third_part():
    network = nn.Sequential().add(nn.Linear(4, 3)).add(nn.Tanh())
    assert len(network.getParameters()) == 3 and network.getParameters()[2] is None
    network.initDiagHessianParameters()
    assert network.getParameters()[2].nElement() == 15


def test_absolute_values_and_reshaping():
    x = torch.Tensor([[-2, 0, 3]])
    assert nn.L1Cost().updateDiagHessianInput(x).totable() == [[1, 0, 1]]
    assert nn.Reshape(3, 1).updateDiagHessianInput(x, torch.ones(3, 1)).size().totable() == [1, 3]


def test_other_classes_have_none():
    with pytest.raises(MissingError, match="nn.Exp:updateDiagHessianInput"):
        nn.Exp().updateDiagHessianInput(torch.ones(2), torch.ones(2))


def test_it_can_be_taken_back():
    nn.hessian.disable()
    assert nn.Linear(2, 2).updateDiagHessianInput is None
    assert len(nn.Linear(2, 2).parameters()) == 2
