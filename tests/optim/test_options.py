"""What methods say of configurations, states and functions that are none."""

import math

import pytest

from torchnn import nn, optim, torch
from torchnn.errors import ArgumentError, SizeError

STEPS = [
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "asgd",
    "eve",
    "ftml",
    "nag",
    "rmsprop",
    "rprop",
    "sgd",
    "cg",
    "lbfgs",
]


def half_square(x):
    return x.dot(x) / 2, x.clone()


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("table", [3, "x", torch.ones(2), nn.Tanh(), [1]], ids=str)
def test_what_is_no_table_of_options_is_refused(name, table, capsys):
    x = torch.ones(3)
    for tables in ((table,), (None, table), ({}, table)):
        with pytest.raises(ArgumentError, match="a table of options expected, got"):
            getattr(optim, name)(half_square, x, *tables)
        assert x.totable() == [1, 1, 1]


@pytest.mark.parametrize("name", set(STEPS) - {"asgd", "cg", "rprop", "adadelta"})
def test_a_rate_is_a_number_also_in_text(name, capsys):
    x, expected = torch.ones(3), torch.ones(3)
    for rate in ("x", torch.ones(3), [0.1], True):
        with pytest.raises(ArgumentError, match="learningRate: number expected, got"):
            getattr(optim, name)(half_square, x, {"learningRate": rate})
    getattr(optim, name)(half_square, expected, {"learningRate": 0.25})
    getattr(optim, name)(half_square, x, {"learningRate": "0.25"})
    assert x.totable() == expected.totable() != [1, 1, 1]


@pytest.mark.parametrize("name", [*STEPS, "checkgrad"])
def test_a_function_is_asked_for(name, capsys):
    with pytest.raises(ArgumentError, match="opfunc: function expected, got table"):
        getattr(optim, name)([1], torch.ones(3))


def test_lbfgs_and_fista_take_any_number_of_iterations():
    for most, iterations in ((math.inf, 20), (0, 0), (math.nan, 0)):
        x = torch.ones(3)
        optim.lbfgs(half_square, x, state := {"maxIter": most, "maxEval": 1000, "learningRate": 0.5})
        assert state["nIter"] <= iterations if iterations else state["nIter"] == 0
    parts = (lambda x, _=None: (x.dot(x), x.clone().mul(2)), lambda x: 0, lambda x, L: None)
    assert len(optim.FistaLS(*parts, torch.ones(2), {"maxiter": math.inf})[1]) < 50
    with pytest.raises(ArgumentError, match="pl: function expected, got nil"):
        optim.FistaLS(*parts[:2], None, torch.ones(2))


def test_a_step_of_zero_gives_no_estimate():
    assert math.isnan(optim.checkgrad(half_square, torch.ones(2), 0)[0])
    with pytest.raises(ArgumentError, match="eps: number expected"):
        optim.checkgrad(half_square, torch.ones(2), "x")


def test_names_of_classes_and_labels():
    for names in (None, "abc", torch.ones(2), nn.Tanh()):
        with pytest.raises(ArgumentError, match="a number of classes or a table of names expected"):
            optim.ConfusionMatrix(names) if not torch.isTensor(names) else optim.ConfusionMatrix(3, 5)
    matrix = optim.ConfusionMatrix(3)
    for bad in ([math.nan], [math.inf], []):
        with pytest.raises(SizeError):
            matrix.batchAdd(bad, [1])
        with pytest.raises(SizeError):
            matrix.add([], 1)
    matrix.add([0.5, math.nan, 1], 2)  # a network that diverges: Torch7's maximum is NaN
    assert matrix.mat.totable() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        *((name, {"evalCounter": 0}) for name in ("adadelta", "adagrad", "nag", "sgd")),
        ("asgd", {"eta_t": 1e-4, "mu_t": 1, "t": 0}),
        ("lbfgs", {"funcEval": 0, "nIter": 0}),
    ],
)
def test_counters_are_in_the_state_when_the_function_is_first_called(name, fields):
    state, seen = {}, []

    def opfunc(x):
        seen.append(dict(state))
        return half_square(x)

    getattr(optim, name)(opfunc, torch.ones(3), {}, state)
    assert seen[0] == fields
