import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, RangeError, TorchError
from torchnn.nn import utils


def test_structures_follow_the_model():
    buffer = torch.Tensor(7)
    made, model = utils.recursiveResizeAs(buffer, [torch.ones(2), {"a": torch.FloatTensor(3)}])
    assert made[0] is buffer and made[0].size().totable() == [2]
    assert made[1]["a"].type() == "torch.FloatTensor"
    assert utils.recursiveResizeAs([buffer, buffer, buffer], [model[0]])[0] == [buffer]


def test_arithmetic_over_tables():
    table = utils.recursiveFill([torch.Tensor(2), [torch.Tensor(1)]], 2)
    utils.recursiveAdd(table, 0.5, [torch.ones(2), [torch.ones(1)]])
    copied, _ = utils.recursiveCopy([], table)
    table[0].zero()
    assert [copied[0].totable(), copied[1][0].totable()] == [[2.5, 2.5], [2.5]]


def test_types_of_tables_and_modules():
    shared = torch.randn(4)
    table = utils.recursiveType([shared, {"a": shared.narrow(1, 1, 2)}, nn.Linear(2, 2), "text"], "torch.FloatTensor")
    assert table[0].storage() is table[1]["a"].storage()
    assert table[2].weight.type() == table[0].type() == "torch.FloatTensor"
    assert table[3] == "text"


def test_views():
    x = torch.range(1, 6).view(2, 3)
    assert utils.addSingletonDimension(x.t(), 2).size().totable() == [3, 1, 2]
    np.testing.assert_array_equal(utils.contiguousView(None, x.t(), 6).numpy(), x.numpy().T.ravel())
    assert utils.contiguousView(None, x, 6).storage() is x.storage()
    view = torch.Tensor()
    assert utils.view(view, x, (3, -1)) is view
    assert view.size().totable() == [3, 2] and view.storage() is x.storage()
    for size, error in (((4,), "Wrong size for view"), ((), "torch.view, expected")):
        with pytest.raises(TorchError, match=error):
            utils.view(view, x, size)
    with pytest.raises(ArgumentError, match="FloatTensor expected"):
        utils.view(torch.FloatTensor(), x, (6,))
    with pytest.raises(RangeError):
        utils.addSingletonDimension(x, 4)


@pytest.mark.parametrize("value", [3, [3], ["a"], None])
def test_what_is_no_tensor(value):
    for function in (lambda: utils.recursiveFill(value, 1), lambda: utils.recursiveCopy([], value)):
        with pytest.raises(ArgumentError, match="tensor"):
            function()


def test_clear_empties_tensors_in_place():
    module = nn.Linear(3, 2)
    output = module.forward(torch.ones(3))
    module.numbers, module.number = [1], 1
    assert utils.clear(module, ["output", "numbers", "number", "absent"]) is module
    assert module.output is output and output.nElement() == 0
    assert (module.numbers, module.number) == ([], None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: utils.addSingletonDimension(),
        lambda: utils.addSingletonDimension(3),
        lambda: utils.addSingletonDimension(3, torch.ones(2)),
        lambda: utils.addSingletonDimension(torch.ones(2), "x"),
        lambda: utils.addSingletonDimension(torch.ones(2), torch.LongTensor([1]), 1),
        lambda: utils.contiguousView(torch.ones(2), torch.LongTensor([[1, 2], [3, 4]]).t(), 4),
        lambda: nn.Unsqueeze(1).forward(torch.LongTensor([1, 2])),
        lambda: utils.contiguousView(None, 3, 1),
        lambda: utils.contiguousView(3, torch.ones(2), 2),
        lambda: utils.clear(nn.Tanh(), 3),
        lambda: utils.recursiveType(torch.ones(2), "torch.FloatTensor", 3),
    ],
)
def test_wrong_arguments_are_named(call):
    with pytest.raises(ArgumentError, match="expected"):
        call()


def test_a_tuple_is_copied_into_a_list():
    assert isinstance(utils.recursiveCopy((torch.zeros(2),), [torch.ones(2), torch.ones(1)])[0], list)
