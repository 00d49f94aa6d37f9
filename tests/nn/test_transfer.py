import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError

IN_PLACE = [
    lambda flag: nn.ReLU(flag),
    lambda flag: nn.Threshold(0.3, -0.5, flag),
    lambda flag: nn.HardTanh(-0.5, 0.4, flag),
    lambda flag: nn.ReLU6(flag),
    lambda flag: nn.LeakyReLU(0.1, flag),
    lambda flag: nn.ELU(0.7, flag),
    lambda flag: nn.RReLU(0.1, 0.3, flag),
]


@pytest.mark.parametrize("make", IN_PLACE)
def test_in_place_on_a_tensor_that_is_not_contiguous(make):
    memory = torch.randn(4, 6)
    x, g = memory.t(), torch.randn(4, 6).t()
    plain, inplace = make(False), make(True)
    torch.manualSeed(3)
    want = plain.forward(x.clone()).clone()
    want_gradient = plain.backward(x.clone(), g.clone()).clone()
    torch.manualSeed(3)
    y = inplace.forward(x)
    assert np.shares_memory(y.array, memory.array)
    np.testing.assert_array_equal(y.array, want.array)
    np.testing.assert_array_equal(memory.t().array, want.array)
    gradient = inplace.backward(x, g)
    assert np.shares_memory(gradient.array, g.array)
    np.testing.assert_allclose(gradient.array, want_gradient.array, rtol=1e-15)


@pytest.mark.parametrize("make", IN_PLACE)
def test_wrong_gradients_are_refused_before_anything_changes(make):
    m = make(True)
    x, g = torch.randn(2, 3), torch.randn(2, 4)
    m.forward(x)
    before = g.clone()
    with pytest.raises(SizeError):
        m.backward(x, g)
    np.testing.assert_array_equal(g.array, before.array)


@pytest.mark.parametrize("cls", [nn.Tanh, nn.Sigmoid, nn.ReLU, nn.SoftMax, nn.LogSoftMax, nn.ELU, nn.Abs, nn.Exp])
def test_integers_are_refused(cls):
    m = cls()
    with pytest.raises(ArgumentError):
        m.forward(torch.IntTensor(3).fill(1))
    assert m.output.dim() == 0
    assert m.forward([1.0, 2.0]).dim() == 1


@pytest.mark.parametrize("cls", [nn.Tanh, nn.Sigmoid, nn.ReLU, nn.Exp, nn.Abs, nn.Square, nn.SoftSign])
def test_the_empty_tensor_stays_empty(cls):
    assert cls().forward(torch.Tensor()).dim() == 0


@pytest.mark.parametrize("cls", [nn.Exp, nn.Log, nn.Sqrt, nn.Square, nn.Sigmoid, nn.Tanh, nn.SoftPlus, nn.LogSigmoid])
def test_extreme_values_raise_no_warning(cls):
    m = cls()
    x = torch.DoubleTensor.wrap(np.array([-np.inf, -1e300, 0, 1e300, np.inf, np.nan]))
    m.forward(x)
    m.backward(x, torch.ones(6))


@pytest.mark.parametrize("size, axis", [((5,), 0), ((3, 5), 1), ((5, 2, 3), 0), ((2, 5, 2, 3), 1)])
def test_softmax_sums_to_one_over_classes(size, axis):
    x = torch.randn(*size)
    y = nn.SoftMax().forward(x).array
    np.testing.assert_allclose(y.sum(axis), 1, rtol=1e-12)
    np.testing.assert_allclose(np.log(y), nn.LogSoftMax().forward(x).array, rtol=1e-10)
    np.testing.assert_allclose(y, nn.SoftMin().forward(x.clone().mul(-1)).array, rtol=1e-12)


def test_rrelu_draws_only_where_the_input_is_not_positive():
    m = nn.RReLU(0.2, 0.6)
    x = torch.randn(20)
    torch.manualSeed(4)
    m.forward(x)
    negative = x.array <= 0
    torch.manualSeed(4)
    drawn = torch.Tensor(int(negative.sum())).uniform(0.2, 0.6).array
    np.testing.assert_array_equal(m.noise.array[negative], drawn)
    assert (m.noise.array[~negative] == 1).all()


def test_prelu_counts_planes_in_the_second_dimension():
    m = nn.PReLU(3)
    m.weight.array[:] = [1, 2, 3]
    y = m.forward(torch.Tensor(2, 3, 2).fill(-1))
    assert y.array[:, :, 0].tolist() == [[-1, -2, -3]] * 2
    with pytest.raises(SizeError, match="Expected 3 but got 2"):
        m.forward(torch.randn(3, 2))


def test_missing_flags_of_old_files_mean_not_in_place():
    for m in (nn.Threshold(), nn.HardTanh(), nn.ELU()):
        del m.inplace
        x = torch.randn(5)
        before = x.clone()
        m.backward(x, m.forward(x).clone())
        np.testing.assert_array_equal(x.array, before.array)
    m = nn.HardTanh(-3, 3)
    del m.min_val, m.max_val
    assert np.abs(m.forward(torch.randn(9).mul(9)).array).max() == 1
