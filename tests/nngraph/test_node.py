import pytest

from torchnn import nn, nngraph, torch
from torchnn.errors import ArgumentError, SizeError, TorchError
from torchnn.nn import calls


def kinds(node):
    return [type(child.data["module"]).__name__ for child in node.children]


def test_calls_and_operators_make_the_same_nodes():
    a, b = nn.Identity()(), -nn.Identity()
    for node in (nn.CAddTable()([a, b]), nn.CAddTable()((a, b)), [a, b] - nn.CAddTable()):
        assert kinds(node) == ["Identity", "Identity"]
        assert list(node.data["mapindex"]) == [a.data, b.data]
    assert kinds(a - nn.Tanh()) == kinds(nn.Tanh()(a)) == ["Identity"]


def test_without_nngraph_calls_compute():
    with calls.meaning(None):
        x = torch.ones(2)
        assert nn.MulConstant(2)(x).totable() == [2, 2]
        output, gradInput = nn.MulConstant(2)(x, torch.ones(2))
        assert gradInput.totable() == [2, 2]
        assert nn.MSECriterion()(x, torch.zeros(2))[0] == 1
        with pytest.raises(ArgumentError, match="arithmetic"):
            nn.Tanh() - nn.Tanh()


def test_a_refused_call_connects_nothing():
    a = nn.Identity()()
    for wrong in ([a, a], [a, None], [a, nn.Tanh()], [a, 3], [a, [a]]):
        with pytest.raises(ArgumentError):
            nn.CAddTable()(wrong)
    assert not a.data["reverseMap"]
    with pytest.raises(TypeError):
        a - 3


def test_nodes_know_where_they_were_declared():
    node = nn.Tanh()()
    assert node.data["annotations"]["_debugLabel"].startswith("[test_node.py]:")


@pytest.mark.parametrize("count", [0, -1, "many", None, [2]])
def test_only_a_number_of_parts_can_be_split_off(count):
    with pytest.raises((ArgumentError, SizeError)):
        nn.Identity()().split(count)


def test_split_gives_one_node_for_each_element():
    x = nn.Identity()()
    parts = x.split(3)
    assert [part.data["selectindex"] for part in parts] == [1, 2, 3]
    g = nn.gModule([x], list(parts[::-1]))
    values = [torch.ones(1).mul(i) for i in (1, 2, 3)]
    assert [out[0] for out in g.forward(values)] == [3, 2, 1]
    assert [out[0] for out in g.backward(values, [torch.ones(1).mul(i) for i in (1, 2, 3)])] == [3, 2, 1]


def test_labels_show_sizes_and_what_is_wrong_with_numbers():
    node = nn.Linear(2, 1)().annotate({"name": "n", "description": "d", "graphAttributes": {"color": "red"}})
    inf = float("inf")
    node.data["input"] = [torch.ones(2, 3), torch.Tensor([float("nan")]), torch.Tensor([inf]), torch.Tensor([-inf])]
    node.data["gradOutput"] = [torch.FloatTensor(2).zero(), [torch.Tensor()], torch.LongTensor(3)]
    assert node.label() == (
        r"desc = d\ngradOutput = {torch.FloatTensor[2],{Tensor[]},torch.LongTensor[3]}"
        r"\linput = {Tensor[2x3],Tensor[1]NaN,Tensor[1]inf,Tensor[1]-inf}\lmodule = nn.Linear(2 -> 1)\lreverseMap = {}"
    )
    assert node.graphNodeName() == "n (0)"
    assert node.graphNodeAttributes()["color"] == "red" and "test_node.py" in node.graphNodeAttributes()["tooltip"]


def test_nests_are_tables_within_tables():
    a, b = nn.Identity()(), nn.Identity()()
    g = nn.gModule([a, b], [nngraph.nest([a, [b], [[a], b]])])
    x, y = torch.ones(1), torch.ones(2)
    first, (second,), ((third,), fourth) = g.forward([x, y])
    assert first is third is x and second is fourth is y
    gradient = g.backward([x, y], [x, [y], [[x], y]])
    assert [t.totable() for t in gradient] == [[2], [2, 2]]
    for wrong in ((), (None,), ([],), (3,), ([a, 3],), (a, b)):
        with pytest.raises(ArgumentError):
            nngraph.nest(*wrong)


def test_one_element_is_taken_out_of_a_table_and_put_into_one():
    element, table = nngraph.JustElement(), nngraph.JustTable()
    x = torch.ones(2)
    assert element.forward([x]) is x and table.forward(x)[0] is x
    assert element.backward([x], x)[0] is x and table.backward(x, [x]) is x
    assert element.clearState() is element and table.clearState() is table
    assert x.nElement() == 2 and table.forward(x)[0] is x and element.backward([x], x)[0] is x
    for wrong in ([], [x, x], x):
        with pytest.raises(TorchError, match="expecting one element"):
            element.forward(wrong)


def test_a_criterion_is_a_module_of_two_inputs():
    m = nn.ModuleFromCriterion(nn.MSECriterion())
    x, target = torch.Tensor([1, 3]), torch.Tensor([0, 1])
    assert m.forward([x, target]).totable() == [2.5]
    gradients = m.backward([x, target], torch.Tensor([2]))
    assert [t.totable() for t in gradients] == [[2, 4], [0, 0]]
    m.clearState()
    assert m.forward([x, target]).totable() == [2.5]
    assert [t.totable() for t in m.backward([x, target], torch.Tensor([1]))] == [[1, 2], [0, 0]]
    assert isinstance(m.float().forward([x.float(), target.float()]), torch.FloatTensor)
    for wrong in (x, [x], [x, x, x]):
        with pytest.raises(ArgumentError):
            m.forward(wrong)
