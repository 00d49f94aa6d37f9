import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, TorchError


def test_nan_counts_its_instances():
    first, second = nn.NaN(nn.Tanh()), nn.NaN(nn.Tanh())
    assert second.id == first.id + 1
    assert str(second) == f"nn.NaN({second.id}) @ nn.Tanh"


def test_nan_in_gradients_is_not_nan_in_parameters():
    module = nn.NaN(nn.Linear(1, 1))
    module.get(1).weight.fill(float("inf"))
    module.get(1).gradWeight.fill(float("nan"))
    with pytest.raises(TorchError, match="NaN found in output of module"):
        module.forward(torch.zeros(1))


def test_nan_in_the_gradients_of_parameters():
    module, x = nn.NaN(nn.Linear(2, 2), 5), torch.ones(2)
    module.get(1).gradWeight.fill(float("nan"))
    module.forward(x)
    with pytest.raises(TorchError, match="NaN found in gradParameters of module"):
        module.backward(x, x)


def test_profile_prints_every_interval(capsys):
    module = nn.Profile(nn.Tanh(), 2)
    for _ in range(5):
        module.forward(torch.ones(2))
    module.backward(torch.ones(2), torch.ones(2))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all(line.startswith("nn.Tanh took 0.0") for line in lines)
    assert lines[0].endswith(" seconds for 2 forward passes")
    assert (module.numFwds, module.numBwds) == (1, 1)


def test_print_size_lets_nothing_through_too(capsys):
    module = nn.PrintSize("x")
    assert module.forward(None) is None
    assert capsys.readouterr().out == "x:input\n\tmissing size\n"


def test_dont_cast_keeps_the_module():
    module = nn.DontCast(nn.Linear(4, 3).float(), True)
    assert module.type() is module
    x = torch.randn(2, 4)
    assert module.double() is module and module.get(1).weight.type() == "torch.FloatTensor"
    assert module.forward(x).type() == "torch.DoubleTensor"
    assert module.backward(x, torch.randn(2, 3)).type() == "torch.DoubleTensor"
    bare = nn.Module()
    bare.output = None
    with pytest.raises(ArgumentError, match="moduleType"):
        nn.DontCast(bare, True)


def test_gpu_needs_a_device_and_no_gpu():
    module, x = nn.GPU(nn.Linear(2, 2), 1, 2), torch.randn(2)
    np.testing.assert_array_equal(module.forward(x).array, module.get(1).forward(x).array)
    assert module.type() is module and module.output is None
    assert module.clearState() is None
    with pytest.raises(TorchError, match="Not Implemented"):
        module.accUpdateGradParameters(x, x, 0.1)
    with pytest.raises(ArgumentError, match="number"):
        nn.GPU(nn.Linear(2, 2), "1")


@pytest.mark.parametrize(
    "shapes, size, expected",
    [
        (("bhwc", "bchw"), (2, 3, 4, 5), (2, 5, 3, 4)),
        (("cbhw", "bf"), (3, 2, 4, 5), (2, 60)),
        (("fb", "bf"), (3, 2), (2, 3)),
    ],
)
def test_convert(shapes, size, expected):
    module, x = nn.Convert(*shapes), torch.randn(*size)
    y = module.forward(x)
    assert y.shape == expected
    assert sorted(y.array.ravel()) == sorted(x.array.ravel())
    np.testing.assert_array_equal(module.backward(x, y).array, x.array)


def test_convert_a_single_sample():
    module, x = nn.Convert("chw", "f"), torch.randn(3, 2, 2)
    assert module.forward(x).shape == (12,)
    assert module.backward(x, torch.randn(12)).shape == (3, 2, 2)
    assert module.forward(torch.randn(4, 3, 2, 2)).shape == (4, 12)
