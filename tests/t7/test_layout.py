"""Networks and optimizer states that are made and trained here are written in the bytes that Torch7 wrote.

Lua leaves the order of the fields open; the recordings have them sorted, and here they are sorted for the comparison.
"""

import contextlib
import io

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import nn, optim, registry, torch
from torchnn.regression import scope
from torchnn.regression.problems import Problem

FOLDER = ROOT / "fixtures/serialization"
SEED = 901  # from which the networks there were made


def members(value):
    """The dict, or the list as one, that a table or an object is written from; None for other values."""
    if isinstance(value, dict):
        return value
    if torch.isTensor(value) or isinstance(value, (torch.Storage, str, bytes)):
        return None
    if isinstance(value, list):
        return dict(enumerate(value))
    return vars(value) if registry.typename(value) else None


def sort(value, seen):
    """Put the fields of objects and tables, and of those within, into the order of the recordings."""
    fields = members(value)
    if fields is None or id(value) in seen:
        return
    seen.add(id(value))
    if not isinstance(value, list):
        entries = sorted(fields.items())
        fields.clear()
        fields.update(entries)
    for inner in fields.values():
        sort(inner, seen)


def adopt(got, want, where, tolerance):
    """Take over the elements of tensors, and numbers, where they agree but for rounding."""
    if torch.isTensor(want):
        assert torch.typename(got) == torch.typename(want), where
        assert got.shape == want.shape, where
        np.testing.assert_allclose(got.array, want.array, rtol=0, atol=tolerance, err_msg=where)
        got.array[...] = want.array
        return
    wanted, found = members(want), members(got)
    if wanted is None:
        return
    assert found is not None, f"{where}: {got!r}"
    assert {key for key, value in found.items() if value is not None} == set(wanted), where
    for key, value in wanted.items():
        if isinstance(value, float) and isinstance(found[key], float):
            assert abs(found[key] - value) <= tolerance * max(abs(value), 1), f"{where}.{key}"
            (got if isinstance(got, list) else found)[key] = value
        else:
            adopt(found[key], value, f"{where}.{key}", tolerance)


def mlp():
    return nn.Sequential().add(nn.Linear(3, 4)).add(nn.Tanh()).add(nn.Linear(4, 2)).add(nn.LogSoftMax())


def lenet():
    net = nn.Sequential()
    net.add(nn.SpatialConvolution(1, 2, 3, 3)).add(nn.ReLU()).add(nn.SpatialMaxPooling(2, 2, 2, 2))
    net.add(nn.SpatialConvolution(2, 3, 3, 3)).add(nn.Tanh()).add(nn.SpatialMaxPooling(2, 2, 2, 2))
    net.add(nn.View(3 * 2 * 2)).add(nn.Linear(12, 5)).add(nn.LogSoftMax())
    net.clearState()
    return net


def single():
    net = nn.Sequential().add(nn.Linear(2, 2)).add(nn.BatchNormalization(2)).add(nn.Dropout(0.5)).float()
    x = torch.rand(3, 2).float()
    net.forward(x)
    # Torch7's forward makes the buffer of ones already.
    net.get(1).accGradParameters(x, x)
    net.evaluate()
    net.clearState()
    return net


def tables():
    net = nn.Sequential().add(nn.ConcatTable().add(nn.Linear(2, 2)).add(nn.Identity()))
    net.add(nn.ParallelTable().add(nn.Tanh()).add(nn.MulConstant(2)))
    return net.add(nn.CAddTable()).add(nn.SplitTable(2)).add(nn.JoinTable(1))


def shared():
    nn.Linear(2, 3)
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    b.share(a, "weight", "bias")
    return nn.ConcatTable().add(a).add(b).add(a)


def flattened():
    net = nn.Sequential().add(nn.Linear(2, 3)).add(nn.Linear(3, 1))
    net.getParameters()
    return net


NETWORKS = {
    "net-mlp": mlp,
    "net-lenet": lenet,
    "net-float": single,
    "net-tables": tables,
    "net-shared": shared,
    "net-flattened": flattened,
}


@pytest.mark.parametrize("mode", ["binary", "ascii"])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_made_here(name, mode):
    torch.manualSeed(SEED)
    net = NETWORKS[name]()
    net.zeroGradParameters()
    sort(net, set())
    path = FOLDER / (f"{name}.t7" if mode == "binary" else f"{name}.ascii.t7")
    adopt(net, torch.load(path), name, 1e-6 if name == "net-float" else 0)
    assert torch.serialize(net, mode) == path.read_bytes()


def test_a_network_that_was_used():
    torch.manualSeed(SEED)
    net = lenet()
    net.zeroGradParameters()
    recorded = torch.load(FOLDER / "net-lenet-io.t7")
    net.forward(recorded["input"])
    sort(net, set())
    adopt(net, torch.load(FOLDER / "net-lenet-used.t7"), "net", 1e-14)
    assert torch.serialize(net) == (FOLDER / "net-lenet-used.t7").read_bytes()


def states():
    """Records of optimizers whose state was recorded whole."""
    for method in ("sgd", "adam", "adamax", "adagrad", "adadelta", "nag", "rmsprop", "rprop"):
        for record in torch.load(ROOT / f"fixtures/optim/{method}.t7")["records"]:
            if "state" in record and record["state"] and not record["noconfig"]:
                yield pytest.param(record, id=f"{method} {record['name']}")


@pytest.mark.parametrize("record", list(states()))
def test_states_of_optimizers(record):
    config = scope.copy(record.get("config")) or {}
    tables = [config, scope.copy(record.get("stateBefore")) or {}] if record["separate"] else [config]
    problem = Problem(scope.copy(record["problem"]), record["type"], bool(record["fresh"]))
    torch.manualSeed(record["seed"])
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(len(record["calls"])):
            getattr(optim, record["method"])(problem, problem.x, *tables)
    state = tables[-1]
    sort(state, set())
    tolerance = 1e-4 if record["type"] == "torch.FloatTensor" else max(1e-9, 1e-13 * record.get("sensitivity", 0))
    adopt(state, record["state"], "state", tolerance * largest(record["state"]))
    assert torch.serialize(state) == torch.serialize(scope.copy(record["state"]))


def largest(state):
    """The largest absolute value of the tensors of a state, or one."""
    return max([1.0, *(float(abs(value.array).max()) for value in state.values() if torch.isTensor(value))])


def test_buffers_of_convolutions_are_stored_row_by_row():
    # Torch7 resizes them, which keeps the strides of a buffer that has its sizes, and goes by the sizes alone.
    net, x, gradient = lenet(), torch.rand(4, 1, 14, 14), torch.rand(4, 5)
    grads = net.getParameters()[1].zero()
    net.forward(x)
    net.backward(x, gradient)
    want, columns = grads.clone(), net.get(1).finput.clone()
    saved = torch.load(torch.serialize(net))
    for i in (1, 4):
        for name in ("finput", "fgradInput"):
            buffer = getattr(saved.get(i), name)
            assert buffer.dim() == 3, f"{name} of module {i}"
            assert buffer.isContiguous(), f"{name} of module {i}"
    assert torch.equal(saved.get(1).finput, columns)
    for m in (net, saved):
        grads = m.getParameters()[1].zero()
        m.backward(x, gradient)
        assert torch.equal(grads, want), "saving between forward and backward changes nothing"


def test_training_does_not_change_how_much_is_stored():
    def train(steps):
        net, x = lenet(), torch.rand(2, 1, 14, 14)
        params, grads = net.getParameters()

        def feval(_):
            grads.zero()
            net.backward(x, net.forward(x))
            return net.output.sum(), grads

        for _ in range(steps):
            optim.sgd(feval, params, {"learningRate": 0.1})
        return len(torch.serialize(net)), len(torch.serialize(net.clearState()))

    assert train(1) == train(4)
