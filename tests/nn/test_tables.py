import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, RangeError, SizeError


@pytest.mark.parametrize("module", [nn.CAddTable, nn.CSubTable, nn.CMulTable, nn.CDivTable, nn.CMaxTable, nn.CMinTable])
@pytest.mark.parametrize(
    "input",
    [torch.ones(3), [], [torch.ones(3), 2], [torch.ones(3), torch.ones(4)], [torch.ones(3), torch.FloatTensor(3)]],
)
def test_arithmetic_refuses_what_does_not_fit(module, input):
    with pytest.raises((ArgumentError, SizeError)):
        module().forward(input)


def test_tensors_of_other_shapes_pair_in_order():
    x, y = torch.range(1, 6).view(2, 3), torch.range(1, 6).view(3, 2)
    for module, expected in ((nn.CAddTable(), [2, 12]), (nn.CMulTable(), [1, 36]), (nn.CMaxTable(), [1, 6])):
        output = module.forward([x, y])
        assert output.size().totable() == [2, 3]
        assert [output[0, 0], output[1, 2]] == expected
        assert [g.size().totable() for g in module.backward([x, y], torch.ones(2, 3))] == [[2, 3], [3, 2]]


def test_a_shorter_table_drops_old_gradients():
    module, x = nn.CAddTable(), torch.ones(2)
    module.forward([x, x, x])
    assert len(module.backward([x, x, x], x)) == 3
    module.forward([x, x])
    assert len(module.backward([x, x], x)) == 2


def test_in_place_sum_shares_the_first():
    x, y, g = torch.ones(2), torch.ones(2), torch.randn(2)
    module = nn.CAddTable(True)
    output = module.forward([x, y])
    assert x.totable() == [2, 2]
    assert output.storage() is x.storage()
    assert all(each.storage() is g.storage() for each in module.backward([x, y], g))


def test_the_first_of_equals_gets_the_gradient():
    x = torch.ones(2)
    for module in (nn.CMaxTable(), nn.CMinTable()):
        module.forward([x, x.clone(), x.clone()])
        assert [g.totable() for g in module.backward([x, x, x], torch.ones(2))] == [[1, 1], [0, 0], [0, 0]]


def test_dividing_gradients_agree_where_nothing_is_zero():
    x, g = [torch.randn(4), torch.randn(4), torch.randn(4)], torch.randn(4)
    module = nn.CMulTable()
    module.forward(x)
    expected = [each.clone() for each in module.updateGradInput(x, g)]
    for got, want in zip(module.updateGradInput_efficient(x, g), expected, strict=True):
        np.testing.assert_allclose(got.numpy(), want.numpy())


def test_slices_are_views():
    x = torch.zeros(3, 2)
    nn.SplitTable(1).forward(x)[1].fill(7)
    assert x.totable() == [[0, 0], [7, 7], [0, 0]]


def test_keys_and_positions():
    table = {"a": torch.ones(2), "b": {"c": torch.ones(3)}}
    module = nn.SelectTable("b")
    assert module.forward(table) is table["b"]
    gradient = module.backward(table, {"c": torch.ones(3).mul(5)})
    assert gradient["a"].totable() == [0, 0]
    assert gradient["b"]["c"].totable() == [5, 5, 5]
    for index in (0, 3, -3, "z"):
        with pytest.raises(RangeError, match="index does not exist"):
            nn.SelectTable(index).forward([torch.ones(1), torch.ones(1)])


def test_what_is_no_tensor_has_no_gradient():
    x = [torch.ones(2), 5, {"a": torch.ones(3), "b": "text"}, True]
    module = nn.SelectTable(1)
    assert module.forward(x) is x[0]
    gradient = module.backward(x, torch.ones(2))
    assert [gradient[0].totable(), gradient[1], len(gradient)] == [[1, 1], None, 3]
    assert list(gradient[2]) == ["a", "b"] and gradient[2]["a"].totable() == [0, 0, 0] and gradient[2]["b"] is None
    with pytest.raises(ArgumentError, match="Got number"):
        nn.SelectTable(2).backward(x, torch.ones(2))


def test_a_table_of_sums_has_the_sizes_of_the_one():
    one, many = torch.Tensor([[1, 2]]), [torch.Tensor([3, 4]), torch.Tensor([[5], [6]])]
    module = nn.CAddTensorTable()
    for input in ([one, many], [one, many, "more"]):
        assert [each.totable() for each in module.forward(input)] == [[[4, 6]], [[6, 8]]]
        total, gradients = module.backward(input, many)
        assert total.totable() == [[8, 10]]
        assert [each.totable() for each in gradients] == [[[3, 4]], [[5, 6]]]
    with pytest.raises(ArgumentError, match="element and table"):
        nn.ZipTableOneToMany().forward([one, many, one])


@pytest.mark.parametrize("module", [nn.SelectTable(1), nn.NarrowTable(1), nn.JoinTable(1)])
def test_a_new_type_drops_tables(module):
    x = [torch.ones(2), torch.ones(3)]
    module.backward(x, module.forward(x))
    assert module.float() is module and module.gradInput == []


def test_a_narrow_table_ends_with_its_input():
    x = [torch.ones(1), torch.ones(2), torch.ones(3)]
    module = nn.NarrowTable(2, 5)
    assert module.forward(x) == x[1:]
    gradient = module.backward(x, [torch.ones(2), torch.ones(3)])
    assert [each.totable() for each in gradient] == [[0], [1, 1], [1, 1, 1]]
    assert nn.NarrowTable(7).forward(x) == []


@pytest.mark.parametrize(
    "module", [nn.DotProduct(), nn.CosineDistance(), nn.PairwiseDistance(), nn.CSubTable(), nn.CDivTable()]
)
def test_two_tensors_are_enough(module):
    x = [torch.rand(2, 3), torch.rand(2, 3), "more"]
    expected = module.forward(x[:2]).totable()
    assert module.forward(x).totable() == expected
    assert len(module.backward(x, module.output.clone())) == 2


def test_gradients_of_rows_may_be_columns():
    for module in (nn.DotProduct(), nn.CosineDistance()):
        x = [torch.rand(2, 3), torch.rand(2, 3)]
        module.forward(x)
        expected = module.backward(x, torch.Tensor([1, 2]))[0].clone()
        assert module.backward(x, torch.Tensor([[1], [2]]))[0].totable() == expected.totable()
        with pytest.raises(SizeError):
            module.backward(x, torch.ones(3))


def test_flat_table_is_made_again_only_where_tensors_change():
    x, y = torch.ones(1), torch.ones(2)
    module = nn.FlattenTable()
    first = module.forward([x, [y]])
    assert module.forward([x, [y]]) is first
    assert module.forward([x, y]) is not first
    assert module.backward([x, y], [x, y]) == [x, y]


def test_join_shortens_its_gradients():
    module = nn.JoinTable(1)
    for count in (3, 2):
        x = [torch.ones(i + 1) for i in range(count)]
        joined = module.forward(x)
        assert [g.size(1) for g in module.backward(x, joined)] == [i + 1 for i in range(count)]


def test_connection_tables():
    table = nn.tables.random(7, 5, 2).numpy()
    assert table.shape == (10, 2)
    assert len(set(table[:6, 0])) == 6, "planes come again before all others have come"
    assert table[:, 1].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    with pytest.raises(SizeError):
        nn.tables.random(2, 3, 4)


@pytest.mark.parametrize("make", [nn.CAddTable, nn.CMulTable, nn.CMaxTable, lambda: nn.JoinTable(1)])
def test_gradients_stay_in_their_table(make):
    module, three = make(), [torch.rand(2, 3) for _ in range(3)]

    def gradients(count):
        return module.backward(three[:count], module.forward(three[:count]).clone())

    table = gradients(2)
    first = table[0]
    assert gradients(2) is table and table[0] is first
    assert [len(gradients(count)) for count in (3, 2)] == [3, 2] and module.gradInput[0] is first


def test_a_map_without_module_is_printed_in_one_line():
    assert str(nn.MapTable()) == "nn.MapTable { }"
    assert str(nn.MapTable(nn.Tanh())) == "nn.MapTable {\n  nn.Tanh\n}"
