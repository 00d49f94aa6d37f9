import copy

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError, TorchError


def net():
    return nn.Sequential().add(nn.Linear(3, 4)).add(nn.Tanh()).add(nn.Linear(4, 2))


def test_a_field_that_was_never_set_is_none():
    assert nn.Module().train is None
    with pytest.raises(AttributeError):
        nn.Module().__missing__  # noqa: B018


def test_arrays_and_lists_become_tensors():
    module, array = nn.Linear(3, 2), np.random.default_rng(0).random((4, 3))
    expected = array @ module.weight.numpy().T + module.bias.numpy()
    np.testing.assert_allclose(module.forward(array).numpy(), expected)
    np.testing.assert_allclose(module.forward(array.tolist()).numpy(), expected)
    gradient = module.backward(array.tolist(), np.ones((4, 2)))
    np.testing.assert_allclose(gradient.numpy(), np.ones((4, 2)) @ module.weight.numpy())
    module = net()
    module.forward(array)
    assert isinstance(module.backward(array, [[1, 2]] * 4), torch.Tensor)


def test_lists_take_the_type_of_the_module():
    assert nn.Linear(3, 2).float().forward([[1, 2, 3]]).type() == "torch.FloatTensor"
    assert nn.Identity().forward(np.ones(3, np.float32)).type() == "torch.FloatTensor"


def test_an_array_is_shared_not_copied():
    array = np.ones(3)
    nn.Identity().forward(array).fill(5)
    assert array.tolist() == [5, 5, 5]


def test_tables_of_arrays_become_tables_of_tensors():
    output = nn.CAddTable().forward([np.ones(3), [1, 2, 3]])
    assert output.totable() == [2, 3, 4]


def test_output_is_the_same_tensor_at_every_call():
    module = nn.Linear(3, 2)
    output = module.forward(torch.randn(5, 3))
    gradient = module.backward(torch.randn(5, 3), torch.randn(5, 2))
    assert module.forward(torch.randn(2, 3)) is output
    assert output.size().totable() == [2, 2]
    assert module.backward(torch.randn(2, 3), torch.randn(2, 2)) is gradient


def test_flat_parameters_are_the_parameters():
    module = net()
    before = [weight.clone() for weight in module.parameters()[0]]
    flat, gradient = module.getParameters()
    np.testing.assert_array_equal(flat.numpy(), np.concatenate([weight.numpy().ravel() for weight in before]))
    flat.fill(3)
    assert all((weight.numpy() == 3).all() for weight in module.parameters()[0])
    gradient.zero()
    assert not any(each.numpy().any() for each in module.parameters()[1])


def test_flat_parameters_of_strided_views():
    """A transposed weight keeps its strides; rows that nothing uses are left out."""
    module, memory = nn.Linear(2, 3), torch.range(1, 10)
    module.weight = memory.narrow(1, 3, 6).view(2, 3).t()
    module.gradWeight = memory.clone().narrow(1, 3, 6).view(2, 3).t()
    module.noBias()
    weight = module.weight.clone()
    flat, _ = module.getParameters()
    assert flat.totable() == [3, 4, 5, 6, 7, 8]
    np.testing.assert_array_equal(module.weight.numpy(), weight.numpy())
    flat.fill(0)
    assert not module.weight.numpy().any()


def test_parameters_with_holes_between_their_elements_cannot_be_flat():
    with pytest.raises(SizeError, match="not compact"):
        nn.Module.flatten([torch.range(1, 12).view(4, 3).narrow(2, 1, 2)])
    with pytest.raises(SizeError, match="different types"):
        nn.Module.flatten([torch.DoubleTensor(2), torch.FloatTensor(2)])


def test_a_failed_update_gives_the_gradients_back():
    module = nn.Linear(3, 2)
    gradient = module.gradWeight
    with pytest.raises(SizeError):
        module.accUpdateGradParameters(torch.randn(2, 3), torch.randn(2, 5), 0.1)
    assert module.gradWeight is gradient


def test_an_unknown_type_changes_nothing():
    module = net()
    with pytest.raises(ArgumentError):
        module.type("torch.ComplexTensor")
    assert module.get(1).weight.type() == module.type() == "torch.DoubleTensor"


def test_shared_parameters_stay_shared_through_types_and_copies():
    first = nn.Linear(3, 3)
    module = nn.Sequential().add(first).add(first.clone("weight", "gradWeight")).add(first)
    for other in (module, module.clone(), copy.deepcopy(module), module.clone().float()):
        other.get(1).weight.fill(2)
        assert (other.get(2).weight.numpy() == 2).all()
        assert other.get(3) is other.get(1)
        assert other.get(2).bias.storage() is not other.get(1).bias.storage()


def test_clear_empties_in_place_what_sharing_tensors_keep():
    module = nn.Linear(3, 2)
    view = module.forward(torch.ones(3)).view(1, 2)
    expected = view.totable()
    module.clearState()
    assert module.output.nElement() == 0
    assert view.totable() == expected


def test_walks():
    module = nn.Sequential().add(nn.Linear(2, 2)).add(nn.Concat(1).add(nn.Tanh()).add(nn.Linear(2, 1)))
    names = [torch.typename(each) for each in module.listModules()]
    assert names == ["nn.Sequential", "nn.Linear", "nn.Concat", "nn.Tanh", "nn.Linear"]
    nodes, holders = module.findModules("nn.Linear")
    assert nodes == [module.get(1), module.get(2).get(2)]
    assert holders == [module, module.get(2)]
    lone = nn.Tanh()
    assert lone.findModules("nn.Tanh") == ([lone], [lone])


def test_a_subclass_needs_little():
    class Double(nn.Module):
        def updateOutput(self, input):
            self.output = input * 2
            return self.output

        def updateGradInput(self, input, gradOutput):
            self.gradInput = gradOutput * 2
            return self.gradInput

    module = nn.Sequential().add(Double()).add(nn.Linear(2, 1))
    module.get(2).weight.fill(1)
    module.get(2).bias.fill(0)
    assert module.forward(torch.Tensor([1, 2])).totable() == [6]
    assert module.backward(torch.Tensor([1, 2]), torch.Tensor([1])).totable() == [2, 2]
    assert str(Double()) == torch.typename(Double())


def test_a_missing_class_says_its_name():
    with pytest.raises(TorchError, match="nn.NoSuchLayer"):
        nn.NoSuchLayer  # noqa: B018
