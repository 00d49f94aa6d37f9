import inspect

import numpy as np
import pytest

from torchnn import nn, nngraph, torch
from torchnn.errors import ArgumentError, SizeError, TorchError

F = torch.FloatTensor


def two_layers():
    x = nn.Identity()()
    h = nn.Tanh()(nn.Linear(3, 4)(x))
    return nn.gModule([x], [nn.Linear(4, 2)(h)])


def fan():
    """Two inputs, and a node that feeds three others."""
    a, b = nn.Identity()(), nn.Identity()()
    h = nn.Tanh()(nn.Linear(3, 4)(a))
    joined = nn.CMulTable()([h, nn.Sigmoid()(h), nn.Linear(2, 4)(b)])
    return nn.gModule([a, b], [joined, nn.Square()(h)])


def close(got, expected, case=""):
    np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-10, atol=1e-12, err_msg=case)


def test_forward_and_backward_are_those_of_the_formula():
    g, x, go = two_layers(), torch.randn(5, 3), torch.randn(5, 2)
    first, second = g.modules[1], g.modules[3]
    h = np.tanh(x.array @ first.weight.array.T + first.bias.array)
    close(g.forward(x), h @ second.weight.array.T + second.bias.array)
    g.zeroGradParameters()
    dh = go.array @ second.weight.array * (1 - h * h)
    close(g.backward(x, go, 0.5), dh @ first.weight.array)
    close(second.gradWeight, 0.5 * go.array.T @ h)
    close(first.gradBias, 0.5 * dh.sum(0))


def test_gradients_are_those_of_small_steps():
    g = fan()
    inputs = [torch.randn(2, 3), torch.randn(2, 2)]
    directions = [torch.randn(2, 4), torch.randn(2, 4)]

    def value():
        return sum(out.dot(d) for out, d in zip(g.forward(inputs), directions, strict=True))

    value()
    gradients = [gradient.clone() for gradient in g.backward(inputs, directions)]
    for x, gradient in zip(inputs, gradients, strict=True):
        step = torch.randn(*x.shape).mul(1e-5)
        above = (x.add(step), value())[1]
        below = (x.add(-2, step), value())[1]
        x.add(step)
        assert (above - below) / 2 == pytest.approx(gradient.dot(step), rel=1e-6)


def test_the_same_list_is_the_output_at_every_call():
    g = fan()
    first = g.forward([torch.randn(2, 3), torch.randn(2, 2)])
    assert g.forward([torch.randn(5, 3), torch.randn(5, 2)]) is first
    assert first[0].shape == (5, 4)


def test_an_output_can_be_the_next_input():
    a, b = nn.Identity()(), nn.Identity()()
    g = nn.gModule([a, b], [nn.MulConstant(2)(a), nn.MulConstant(3)(b)])
    out = g.forward([torch.ones(1), torch.ones(1)])
    out = g.forward([x.clone() for x in out])
    out = g.forward(out)
    assert [x[0] for x in out] == [8, 27]


def test_arrays_are_taken_for_tensors():
    g = fan()
    inputs = [np.ones((2, 3)), np.ones((2, 2))]
    output = [x.clone() for x in g.forward(inputs)]
    for x, expected in zip(g.forward([torch.DoubleTensor(x) for x in inputs]), output, strict=True):
        assert x.equal(expected)
    g.backward(inputs, [np.ones((2, 4)), np.ones((2, 4))])


def test_an_error_names_the_node_and_leaves_the_graph_usable():
    g = two_layers()
    with pytest.raises(TorchError, match=r"(?s)In Node\d of nn.gModule, declared on \[test_gmodule.py\]:\d+_:.*size"):
        g.forward(torch.randn(2, 7))
    assert g.forward(torch.randn(2, 3)).shape == (2, 2)
    for wrong, error in ((torch.randn(2, 3), ArgumentError), ([torch.randn(2, 3)], SizeError)):
        with pytest.raises(error, match="inputs"):
            fan().forward(wrong)


def test_backward_needs_forward():
    for g in (two_layers(), two_layers().clearState()):
        with pytest.raises(TorchError, match="forward"):
            g.backward(torch.randn(2, 3), torch.randn(2, 2))


def test_a_graph_that_was_refused_leaves_its_nodes_as_they_were():
    x, y = nn.Identity()(), nn.Identity()()
    whole = nn.CAddTable()([x, y])
    for inputs, outputs in (([x], [whole]), ([x, y], [nn.Tanh()(x)])):
        with pytest.raises(TorchError):
            nn.gModule(inputs, outputs)
    del x.data["reverseMap"][next(node for node in x.data["reverseMap"] if node is not whole)]
    g = nn.gModule([x, y], [whole])
    assert g.forward([torch.ones(2), torch.ones(2)]).totable() == [2, 2]


@pytest.mark.parametrize("inputs, outputs", [(None, []), ([], None), (3, 4), ([], []), ({}, {})])
def test_what_is_no_list_of_nodes_is_refused(inputs, outputs):
    with pytest.raises(ArgumentError):
        nn.gModule(inputs, outputs)
    with pytest.raises(ArgumentError):
        nn.gModule([nn.Identity()()], outputs)


def test_expanded_zeros_are_not_added_before_there_is_a_sum():
    class Silent(nn.Module):
        def updateOutput(self, input, *_):
            self.output = input
            return input

        def updateGradInput(self, input, gradOutput, *_):
            return torch.zeros(1, 1).expand(2, 3)

    x = nn.Identity()()
    g = nn.gModule([x], [Silent()(x), nn.MulConstant(2)(x)])
    g.forward(torch.ones(2, 3))
    gradient = g.backward(torch.ones(2, 3), [torch.ones(2, 3), torch.ones(2, 3)])
    assert gradient.equal(torch.ones(2, 3).mul(2))
    assert all(node.data.get("gradOutputBuffer") is None for node in g.forwardnodes)


def test_float_converts_what_is_in_nodes():
    pair, x = nn.Identity()(), nn.Identity()()
    g = nn.gModule([pair, x], [nn.CAddTable()([nn.CMulTable()(pair), x]), x])
    inputs = [[torch.ones(2), torch.ones(2)], torch.ones(2)]
    output = g.forward(inputs)
    g.backward(inputs, [torch.ones(2), torch.ones(2)])
    assert g.float() is g and g.type() == "torch.FloatTensor"
    assert all(isinstance(t, torch.DoubleTensor) for t in (inputs[1], *output))
    assert all(isinstance(t, F) for t in g.output) and g.output is g.outnode.data["input"]
    assert isinstance(g.innode.data["input"][0][1], F) and isinstance(g.gradInput[1], F)
    with pytest.raises(TorchError):
        g.type("torch.WrongTensor")


def test_clear_state_empties_nodes():
    g, inputs = fan(), [torch.randn(2, 3), torch.randn(2, 2)]
    before = [x.clone() for x in g.forward(inputs)]
    g.backward(inputs, before)
    assert g.clearState() is g
    assert not any(g.forwardnodes[i].data.keys() & {"input", "gradOutput", "gradOutputBuffer"} for i in range(4))
    assert inputs[0].shape == (2, 3) and before[0].shape == (2, 4)
    for got, expected in zip(g.forward(inputs), before, strict=True):
        assert got.equal(expected)


def test_clones_are_apart_but_for_what_is_named():
    g = fan()
    own, sharing = g.clone(), g.clone("weight")
    nodes = {id(node) for node in [*g.forwardnodes, *g.backwardnodes]}
    assert not nodes & {id(node) for node in [*own.forwardnodes, *own.backwardnodes, *own.fg.nodes]}
    assert own.fg.nodes[0].data["mapindex"][0] is not g.fg.nodes[0].data["mapindex"][0]
    assert own.outnode in own.bg.nodes and own.innode in own.fg.nodes
    g.parameters()[0][0].fill(7)
    assert own.parameters()[0][0].max() != 7 and sharing.parameters()[0][0].min() == 7
    inside = nn.Sequential().add(g).add(nn.JoinTable(1)).clone()
    inputs = [torch.ones(2, 3), torch.ones(2, 2)]
    assert inside.forward(inputs).equal(nn.JoinTable(1).forward(g.forward(inputs)))


def test_a_module_in_two_nodes_is_replaced_once():
    x, y = nn.Identity()(), nn.Identity()()
    shared = nn.Tanh()
    g = nn.gModule([x, y], [nn.CAddTable()([shared(x), shared(y)])])
    g.replace(lambda module: nn.Sigmoid() if isinstance(module, nn.Tanh) else module)
    found = g.findModules("nn.Sigmoid")[0]
    assert len(found) == 2 and found[0] is found[1]
    assert {id(node.data.get("module")) for node in g.forwardnodes} >= {id(found[0])}


def test_map_walks_two_equal_graphs():
    g, seen = two_layers(), []
    g.map(g.clone(), lambda a, b: seen.append(type(a) is type(b) and a is not b))
    assert seen == [True] * 4
    x = nn.Identity()()
    with pytest.raises(ArgumentError, match="different structure"):
        g.map(nn.gModule([x], [x]), lambda a, b: None)


def test_long_chains_are_built_cloned_saved_and_run():
    x = h = nn.Identity()()
    for _ in range(1500):
        h = nn.AddConstant(1)(h)
    g = nn.gModule([x], [h])
    for one in (g, g.clone(), torch.deserialize(torch.serialize(g))):
        assert one.forward(torch.zeros(1))[0] == 1500


def test_a_method_can_be_run_by_name_or_as_a_function():
    g, x = two_layers(), torch.randn(2, 3)
    expected = g.forward(x).clone()
    assert g.runForwardFunction(lambda module, value: module.updateOutput(value), x).equal(expected)


@pytest.mark.parametrize("owner", [nn.gModule, nngraph.Node, nngraph.JustElement, nn.ModuleFromCriterion, nngraph])
def test_everything_public_is_described(owner):
    for name, value in inspect.getmembers(owner, callable):
        if not name.startswith("_"):
            assert inspect.getdoc(value), f"{owner.__name__}.{name} has no docstring"


@pytest.mark.parametrize("seed", range(8))
def test_random_graphs_compute_what_their_paths_say(seed):
    rng = np.random.default_rng(seed)
    nodes = [nn.Identity()() for _ in range(3)]
    rows = list(np.eye(3))  # how each node's value depends on the inputs
    for _ in range(12):
        chosen = [int(i) for i in rng.choice(len(nodes), size=rng.integers(1, 4), replace=False)]
        factor = float(rng.integers(1, 4))
        total = nn.CAddTable()([nodes[i] for i in chosen]) if len(chosen) > 1 else nodes[chosen[0]]
        nodes.append(nn.MulConstant(factor)(total))
        rows.append(factor * sum(rows[i] for i in chosen))
    # All that feeds nothing has to be an output.
    ends = [i for i, node in enumerate(nodes) if not node.data["reverseMap"]]
    order = [int(i) for i in rng.permutation(ends)]
    g = nn.gModule(nodes[:3], [nodes[i] for i in order])
    matrix = np.array([rows[i] for i in order])
    x, dy = rng.standard_normal(3), rng.standard_normal(len(order))
    output = g.forward([torch.Tensor([value]) for value in x])
    close([output[0]] if torch.isTensor(output) else [y[0] for y in output], matrix @ x, f"output, seed {seed}")
    gradOutput = [torch.Tensor([value]) for value in dy]
    gradInput = g.backward(x, gradOutput if len(order) > 1 else gradOutput[0])
    close([d[0] for d in gradInput], dy @ matrix, f"gradient, seed {seed}")
    assert len({id(node) for node in g.forwardnodes}) == len(g.forwardnodes) == len(g.fg.nodes)


def test_an_input_that_is_missing_is_counted():
    x = nn.Identity()()
    with pytest.raises(SizeError, match="^Got 0 inputs instead of 1$"):
        nn.gModule([x], [nn.Tanh()(x)]).forward(None)
