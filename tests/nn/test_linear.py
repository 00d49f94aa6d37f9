import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError


def test_products():
    module, x, g = nn.Linear(4, 3), torch.randn(5, 4), torch.randn(5, 3)
    weight, bias = module.weight.numpy(), module.bias.numpy()
    np.testing.assert_allclose(module.forward(x).numpy(), x.numpy() @ weight.T + bias)
    module.zeroGradParameters()
    np.testing.assert_allclose(module.backward(x, g, 0.5).numpy(), g.numpy() @ weight)
    np.testing.assert_allclose(module.gradWeight.numpy(), 0.5 * g.numpy().T @ x.numpy())
    np.testing.assert_allclose(module.gradBias.numpy(), 0.5 * g.numpy().sum(0))


def test_weights_and_buffers_of_any_strides():
    encoder, decoder = nn.Linear(4, 3), nn.Linear(3, 4)
    decoder.weight, decoder.gradWeight = encoder.weight.t(), encoder.gradWeight.t()
    decoder.output = torch.Tensor(4, 5).t()
    x, g = torch.randn(5, 6).t().narrow(1, 1, 5).t().narrow(2, 1, 3), torch.randn(4, 5).t()
    encoder.zeroGradParameters()
    np.testing.assert_allclose(decoder.forward(x).numpy(), x.numpy() @ encoder.weight.numpy() + decoder.bias.numpy())
    decoder.backward(x, g)
    np.testing.assert_allclose(encoder.gradWeight.numpy(), x.numpy().T @ g.numpy())


@pytest.mark.parametrize(
    "input, error",
    [
        (torch.randn(2, 5), SizeError),
        (torch.randn(5), SizeError),
        (torch.randn(2, 2, 4), SizeError),
        (torch.Tensor(), SizeError),
        (torch.IntTensor(2, 4), ArgumentError),
        (torch.FloatTensor(2, 4), ArgumentError),
        (None, ArgumentError),
        ([torch.randn(4)], ArgumentError),
        ("4", ArgumentError),
    ],
)
def test_bad_input_changes_nothing(input, error):
    module, x = nn.Linear(4, 3), torch.randn(2, 4)
    expected = module.forward(x).totable()
    with pytest.raises(error):
        module.forward(input)
    assert module.output.totable() == expected


@pytest.mark.parametrize("gradient", [(2, 4), (3, 3), (3,), (2, 3, 1)])
def test_bad_gradient_changes_nothing(gradient):
    module, x = nn.Linear(4, 3), torch.randn(2, 4)
    module.forward(x)
    module.zeroGradParameters()
    with pytest.raises(SizeError, match="size mismatch"):
        module.backward(x, torch.ones(*gradient))
    with pytest.raises(SizeError, match="size mismatch"):
        module.accGradParameters(x, torch.ones(*gradient))
    assert not module.gradWeight.numpy().any()


@pytest.mark.parametrize("sizes", [(0, 2), (2, -1), ("a", 2), (None, 2), (2.5e30, 2), (float("nan"), 2)])
def test_bad_sizes(sizes):
    with pytest.raises((SizeError, ArgumentError)):
        nn.Linear(*sizes)


def test_infinities_that_meet_give_nan_without_a_warning():
    m = nn.Linear(2, 3)
    m.weight.fill(-1)
    m.bias.fill(float("inf"))
    assert np.isnan(m.forward(torch.Tensor([float("inf"), 1])).array).all()
