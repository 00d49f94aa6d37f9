import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError


def test_lookup_adds_up_repeated_rows():
    module, indices, g = nn.LookupTable(4, 3), torch.LongTensor([[1, 3], [3, 3]]), torch.randn(2, 2, 3)
    np.testing.assert_array_equal(module.forward(indices).numpy(), module.weight.numpy()[[[0, 2], [2, 2]]])
    module.zeroGradParameters()
    module.backward(indices, g, 0.5)
    expected = np.zeros((4, 3))
    np.add.at(expected, [0, 2, 2, 2], 0.5 * g.numpy().reshape(4, 3))
    np.testing.assert_allclose(module.gradWeight.numpy(), expected)


def test_lookup_tables_of_subclasses_that_shift_indices_go_back_with_the_indices_of_forward():
    class FromZero(nn.LookupTable):
        def updateOutput(self, input, *_):
            return super().updateOutput(torch.add(input, 1))

    module, g = FromZero(3, 2), torch.ones(2, 2)
    module.forward(torch.Tensor([0, 2]))
    module.backward(torch.Tensor([0, 2]), g)
    np.testing.assert_array_equal(module.gradWeight.array, [[1, 1], [0, 0], [1, 1]])
    with pytest.raises(TorchError, match="does not fit"):
        module.clearState().accGradParameters(torch.Tensor([1, 2]), g)


def test_lookup_with_padding_and_frequencies():
    module, g = nn.LookupTable(4, 1, 2).scaleGradByFreq(), torch.Tensor([[1], [float("nan")], [3], [5]])
    indices = torch.LongTensor([1, 2, 3, 3])
    module.forward(indices)
    module.zeroGradParameters()
    module.backward(indices, g)
    assert module.gradWeight.totable() == [[1], [0], [4], [0]]


def test_lookup_without_gradients_only_updates():
    module = nn.LookupTable(4, 1).accUpdateOnly()
    before = module.weight.clone()
    module.forward([2])
    module.backwardUpdate([2], [[1]], 0.5)
    assert before.add(-1, module.weight).totable() == [[0], [0.5], [0], [0]]
    with pytest.raises(TorchError, match="gradWeight"):
        module.backward([2], [[1]])


def test_old_lookup_has_no_padding():
    module = nn.LookupTable(2, 1)
    module.paddingValue = None
    module.forward([1, 2])
    module.backward([1, 2], [[1], [2]])
    assert module.gradWeight.totable() == [[1], [2]]


@pytest.mark.parametrize("indices", [[0], [5], [-1], [2**40], [float("nan")], [[[1]]]])
def test_lookup_never_leaves_its_table(indices):
    module = nn.LookupTable(4, 3)
    module.forward([1, 2])
    for method in (lambda x: module.forward(x), lambda x: module.backward(x, torch.randn(1, 3))):
        with pytest.raises((RangeError, SizeError)):
            method(torch.Tensor(indices))
    module.forward([1, 2])
    with pytest.raises(SizeError):
        module.backward(torch.LongTensor([1, 2]), torch.randn(3, 3))


def test_lookup_keeps_norms_small():
    module = nn.LookupTable(5, 3, None, 0.5, 1)
    before = module.weight.clone().numpy()
    output = module.forward([1, 2, 1]).numpy()
    assert (np.abs(output).sum(1) <= 0.5).all()
    np.testing.assert_array_equal(module.weight.numpy()[2:], before[2:])


def test_view_and_reshape_share_a_contiguous_input():
    x = torch.zeros(2, 6)
    for module in (nn.View(3, 2).setNumInputDims(1), nn.Reshape(3, 2)):
        assert module.forward(x).size().totable() == [2, 3, 2]
        module.output.fill(4)
        assert (x.numpy() == 4).all()
        x.zero()


def test_reshape_to_what_is_left():
    """Inputs are batches then, also one that has the elements of a single sample, unless batchMode is False."""
    x = torch.rand(2, 8, 3, 3)
    for sizes, expected in [((-1, 4), [2, 18, 4]), ((4, -1, False), [4, 36]), ((-1, True), [2, 72]), ((-1,), [2, 72])]:
        module = nn.Reshape(*sizes)
        turned = x.transpose(2, 3)
        for given in (x, turned):
            output = module.forward(given)
            assert output.size().totable() == expected
            np.testing.assert_array_equal(output.numpy().ravel(), given.numpy().ravel())
            assert module.backward(given, output).size().totable() == given.size().totable()
    assert (nn.Reshape(4, -1).nelement, nn.Reshape(-1).nelement) == (-4, -1)
    assert str(nn.Reshape(4, -1)) == "nn.Reshape(4x-1)"
    with pytest.raises(SizeError):
        nn.Reshape(-1, 5).forward(x)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Reshape(),
        lambda: nn.Reshape(0),
        lambda: nn.Reshape(-1, -1),
        lambda: nn.View(),
        lambda: nn.View(-1, -1),
    ],
)
def test_sizes_that_are_none(make):
    with pytest.raises((ArgumentError, SizeError)):
        make()


@pytest.mark.parametrize(
    "module, size",
    [
        (nn.Select(1, 1), (3,)),
        (nn.Select(1, 4), (3, 2)),
        (nn.Select(1, 0), (3, 2)),
        (nn.Narrow(1, 2, 3), (3, 2)),
        (nn.Narrow(3, 1, 1), (3, 2)),
        (nn.Transpose([1, 3]), (3, 2)),
        (nn.Unsqueeze(4), (3, 2)),
        (nn.Unsqueeze(0), (3, 2)),
        (nn.Replicate(2, 4), (3, 2)),
        (nn.Replicate(0), (3, 2)),
        (nn.Padding(1, 1, None, 0, 6), (3, 2)),
        (nn.Padding(3, 1), (3, 2)),
        (nn.SplitTable(3), (3, 2)),
        (nn.View(4), (3, 2)),
        (nn.Reshape(4), (3, 2)),
        (nn.CMul(3), (3, 2)),
        (nn.CAdd(2, 2), (3, 2)),
        (nn.Add(4), (3, 2)),
        (nn.Bottle(nn.Linear(2, 2)), (2, 3, 3)),
    ],
)
def test_what_does_not_fit(module, size):
    with pytest.raises(TorchError):
        module.forward(torch.randn(*size))


def test_a_penalty_alone_needs_no_gradient():
    module, x = nn.L1Penalty(0.5, False, False), torch.Tensor([-2, 3])
    module.forward(x)
    assert module.backward(x, None).totable() == [-0.5, 0.5]


def test_a_gradient_of_zeros_has_the_sizes_of_the_input():
    module, x = nn.ZeroGrad(), torch.ones(2, 3)
    module.forward(x)
    for gradient in (torch.ones(2, 3), torch.ones(6), None):
        assert module.backward(x, gradient).totable() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("make", [nn.CAdd, nn.CMul])
def test_the_output_has_the_sizes_of_the_parameters_before_the_first_forward(make):
    assert make(2, 3).output.totable() == [[0, 0, 0], [0, 0, 0]]


def test_replicated_gradients_add_up():
    module, x, g = nn.Replicate(3, 2), torch.randn(2, 4), torch.randn(2, 3, 4)
    assert module.forward(x).stride().totable() == [4, 0, 1]
    np.testing.assert_allclose(module.backward(x, g).numpy(), g.numpy().sum(1))


def test_parameters_repeat_over_dimensions_of_one():
    x, g = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    product, addition = nn.CMul(1, 3, 1), nn.CAdd(1, 3, 1)
    np.testing.assert_allclose(product.forward(x).numpy(), x.numpy() * product.weight.numpy())
    for module in (product, addition):
        module.forward(x)
        module.zeroGradParameters()
        module.backward(x, g, 0.5)
    np.testing.assert_allclose(product.gradWeight.numpy()[0, :, 0], 0.5 * (x.numpy() * g.numpy()).sum((0, 2)))
    np.testing.assert_allclose(addition.gradBias.numpy()[0, :, 0], 0.5 * g.numpy().sum((0, 2)))


def test_copies_convert_and_equal_types_are_the_same_object():
    x = torch.Tensor([1.5, 2])
    same = nn.Copy()
    assert same.forward(x) is x
    same.clearState()
    assert x.totable() == [1.5, 2]
    assert nn.Copy(None, None, True).forward(x) is not x
    assert nn.Copy(None, "torch.IntTensor").forward(x).totable() == [1, 2]
    kept = nn.Copy(None, "torch.FloatTensor", False, True).double()
    assert kept.forward(x).type() == "torch.FloatTensor"
    assert kept.backward(x, torch.FloatTensor([1, 1])).type() == "torch.DoubleTensor"


def test_decorate_copies_the_methods():
    class Loud(nn.Container):
        def __init__(self, module):
            super().__init__()
            self.modules = [module]

    nn.Decorator.decorate(Loud)
    loud, x = Loud(nn.Linear(3, 2)), torch.randn(3)
    assert loud.forward(x) is loud.get(1).output
    assert loud.backward(x, torch.randn(2)) is loud.get(1).gradInput


NOT_FINITE = {
    "SpatialConvolution": lambda: (nn.SpatialConvolution(2, 2, 3, 3), (2, 2, 5, 5)),
    "SpatialFullConvolution": lambda: (nn.SpatialFullConvolution(2, 2, 3, 3), (2, 2, 5, 5)),
    "SpatialConvolutionMap": lambda: (nn.SpatialConvolutionMap(nn.tables.full(2, 2), 3, 3), (2, 2, 5, 5)),
    "SpatialConvolutionLocal": lambda: (nn.SpatialConvolutionLocal(2, 2, 5, 5, 3, 3), (2, 2, 5, 5)),
    "SpatialDepthWiseConvolution": lambda: (nn.SpatialDepthWiseConvolution(2, 2, 3, 3), (2, 2, 5, 5)),
    "TemporalConvolution": lambda: (nn.TemporalConvolution(6, 3, 2), (4, 6)),
    "Euclidean": lambda: (nn.Euclidean(6, 3), (4, 6)),
    "PartialLinear": lambda: (nn.PartialLinear(6, 3), (4, 6)),
}


@pytest.mark.parametrize("name", NOT_FINITE)
@pytest.mark.parametrize("finite", [True, False])
def test_infinities_that_meet_in_gradients_give_no_warning(name, finite):
    m, size = NOT_FINITE[name]()
    x = torch.randn(*size)
    if not finite:
        x.array[..., 0], x.array[..., 1] = np.inf, -np.inf
    gradient = m.forward(x).clone()
    gradient.array.reshape(-1)[::2], gradient.array.reshape(-1)[1::2] = np.inf, -np.inf
    for sign in (1, 1, -1):
        m.backward(x, gradient * sign)
    assert np.isnan(m.gradInput.array).any() or not finite
