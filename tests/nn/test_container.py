import collections.abc

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError


class Raising(nn.Module):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def updateOutput(self, input):
        raise self.error


class Table(collections.abc.Sequence):
    """A table that is no list."""

    def __init__(self, *values):
        self.values = values

    def __getitem__(self, index):
        return self.values[index]

    def __len__(self):
        return len(self.values)


def test_an_error_names_the_way_to_it():
    module = nn.Sequential().add(nn.Identity()).add(nn.ConcatTable().add(nn.Sequential().add(nn.Linear(4, 2))))
    with pytest.raises(SizeError) as raised:
        module.forward(torch.randn(2, 3))
    assert str(raised.value).split("\n") == [
        "In 2 module of nn.Sequential:",
        "In 1 module of nn.ConcatTable:",
        "In 1 module of nn.Sequential:",
        "size mismatch, m1: [2 x 3], m2: [4 x 2]",
    ]


@pytest.mark.parametrize("error", [ValueError("why"), ZeroDivisionError("why"), AssertionError("why")])
def test_an_error_of_python_keeps_its_class(error):
    with pytest.raises(type(error), match="In 1 module of nn.Sequential:\nwhy"):
        nn.Sequential().add(Raising(error)).forward(torch.ones(1))


@pytest.mark.parametrize("error", [KeyError("why"), OSError(2, "why"), RuntimeError()])
def test_an_error_with_a_text_of_its_own_has_the_way_as_a_note(error):
    before = str(error)
    with pytest.raises(type(error)) as raised:
        nn.Sequential().add(Raising(error)).forward(torch.ones(1))
    assert str(raised.value) == before
    assert raised.value.__notes__ == ["In 1 module of nn.Sequential:"]


def test_insert_and_remove_check_their_index():
    module = nn.Sequential().add(nn.Tanh())
    for index in (0, -1, 3):
        with pytest.raises(RangeError):
            module.insert(nn.Tanh(), index)
    for index in (0, 2):
        with pytest.raises(RangeError):
            module.remove(index)
    assert module.size() == 1
    assert module.get(2) is None
    assert module.get(0) is None


def test_an_empty_sequential_is_the_identity_without_gradient():
    x = torch.ones(2)
    assert nn.Sequential().forward(x) is x
    with pytest.raises(TorchError):
        nn.Sequential().backward(x, x)


@pytest.mark.parametrize("name", ["Concat", "DepthConcat", "Parallel"])
def test_containers_without_dimensions_only_hold_modules(name):
    module = getattr(nn, name)().add(nn.Linear(2, 3))
    flat, _ = module.getParameters()
    assert flat.nElement() == 9
    for container in (module, torch.deserialize(torch.serialize(module))):
        with pytest.raises(TorchError, match="[dD]imension"):
            container.forward(torch.ones(1, 2))


def test_a_concat_without_modules_fails():
    with pytest.raises(TorchError, match="no modules"):
        nn.Concat(1).forward(torch.ones(2))


def test_a_map_table_without_module_fails():
    with pytest.raises(TorchError, match="no module"):
        nn.MapTable().forward([torch.ones(2)])


@pytest.mark.parametrize("container", [nn.ConcatTable(), nn.Concat(1)])
def test_one_module_twice_counts_twice(container):
    module = nn.Linear(3, 2).noBias()
    container.add(module).add(module)
    x = torch.randn(3)
    container.forward(x)
    a, b = torch.randn(2), torch.randn(2)
    gradient = container.backward(x, [a, b] if isinstance(container, nn.ConcatTable) else torch.cat(a, b))
    np.testing.assert_allclose(gradient.numpy(), module.weight.numpy().T @ (a.numpy() + b.numpy()))


def test_nested_lists_of_parameters_become_one():
    module, weights = nn.Module(), [torch.ones(2), torch.ones(3)]
    module.parameters = lambda: ([[weights[0]], [[weights[1]]]], [{"no": "list"}, [torch.zeros(3)]])
    parameters, gradients = nn.Sequential().add(module).add(nn.Linear(2, 1)).parameters()
    assert parameters[:2] == weights and len(parameters) == 4
    assert [gradient.nElement() for gradient in gradients] == [3, 2, 1]


def test_any_sequence_is_a_table():
    x, y = torch.randn(3), torch.randn(2)
    parallel = nn.ParallelTable().add(nn.Linear(3, 2)).add(nn.Identity())
    output = parallel.forward(Table(x, y))
    np.testing.assert_array_equal(output[0].numpy(), parallel.get(1).forward(x).numpy())
    assert output[1] is y
    assert nn.JoinTable(1).forward(Table(x, y)).size().totable() == [5]
    assert nn.SelectTable(-1).forward(Table(x, y)) is y
    assert nn.FlattenTable().forward(Table(x, Table(y, x))) == [x, y, x]


def test_a_branch_without_gradient_adds_nothing():
    concat = nn.Concat(1).add(nn.Linear(3, 2)).add(nn.Linear(3, 2))
    concat.get(1).gradInput = None
    x, gradient = torch.randn(3), torch.randn(4)
    concat.forward(x)
    expected = concat.get(2).weight.numpy().T @ gradient.numpy()[2:]
    np.testing.assert_allclose(concat.backward(x, gradient).numpy(), expected)


def test_gradients_of_tables_side_by_side_are_tables_of_the_same_length():
    container = nn.Concat(1).add(nn.CAddTable()).add(nn.CMulTable())
    x = [torch.Tensor([1, 2]), torch.Tensor([3, 4])]
    container.forward(x)
    assert [gradient.totable() for gradient in container.backward(x, torch.ones(4))] == [[4, 5], [2, 3]]
    for make, gradient in ((lambda: nn.Concat(1), torch.ones(4)), (nn.ConcatTable, [torch.ones(2), torch.ones(2)])):
        short = make().add(nn.CAddTable()).add(nn.CSubTable())
        short.forward([*x, x[0]])
        with pytest.raises(SizeError, match="table size mismatch: 3 ~= 2"):
            short.backward([*x, x[0]], gradient)
    blind = nn.Concat(1).add(nn.JoinTable(1)).add(nn.Sequential().add(nn.JoinTable(1)).add(nn.Linear(4, 2)))
    blind.get(2).backward = lambda *_: None
    blind.forward(x)
    with pytest.raises(ArgumentError, match="not a table"):
        blind.backward(x, torch.ones(6))
    with pytest.raises(ArgumentError, match="Tensor expected, got table"):
        nn.Concat(1).add(nn.Identity()).forward(x)
    single = nn.ConcatTable().add(nn.SelectTable(1))
    single.get(1).updateGradInput = lambda input, gradient: gradient
    with pytest.raises(ArgumentError, match="not a table"):
        single.updateGradInput(x, single.forward(x))


def test_depth_concat_leaves_nothing_of_larger_outputs():
    module = nn.DepthConcat(1).add(nn.SpatialConvolution(1, 1, 1, 1)).add(nn.SpatialConvolution(1, 1, 3, 3))
    module.forward(torch.randn(1, 6, 6))
    output = module.forward(torch.randn(1, 4, 4)).numpy()
    assert output.shape == (2, 4, 4)
    assert not output[1, 0].any() and not output[1, 3].any() and output[1, 1:3, 1:3].all()


def test_map_table_copies_share_what_they_should():
    x = [torch.randn(2, 3), torch.randn(4, 3), torch.randn(1, 3)]
    module = nn.MapTable(nn.Linear(3, 2))
    module.forward(x)
    module.zeroGradParameters()
    module.backward(x, [torch.ones(2, 2), torch.ones(4, 2), torch.ones(1, 2)])
    assert module.get(1).gradBias.totable() == [7, 7]
    apart = nn.MapTable(nn.Linear(3, 2), False)
    apart.forward(x)
    assert apart.get(2).weight.storage() is not apart.get(1).weight.storage()
