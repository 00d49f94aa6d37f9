"""Methods that make one step a call, against their formulas in numpy."""

import numpy as np
import pytest

from torchnn import optim, torch
from torchnn.errors import ArgumentError, SizeError


def sgd(x, g, s, c):
    g = g + c["weightDecay"] * x
    s["v"] = g if "v" not in s else c["momentum"] * s["v"] + (1 - c.get("dampening", c["momentum"])) * g
    d = g + c["momentum"] * s["v"] if c.get("nesterov") else s["v"]
    return x - c["learningRate"] * d, d if c.get("nesterov") else g


def plain(x, g, s, c):
    g = g + c["weightDecay"] * x
    return x - c["learningRate"] * g, g


def nag(x, g, s, c):
    g = g + c["weightDecay"] * x
    step = c["learningRate"] * g
    s["v"] = c["momentum"] * s.get("v", 0) - step
    return x - step, g


def adagrad(x, g, s, c):
    g = g + c["weightDecay"] * x
    s["G"] = s.get("G", 0) + g**2
    return x - c["learningRate"] * g / (np.sqrt(s["G"]) + 1e-10), g


def adadelta(x, g, s, c):
    g = g + c["weightDecay"] * x
    s["E"] = 0.9 * s.get("E", 0) + 0.1 * g**2
    d = g * np.sqrt(s.get("A", 0) + 1e-6) / np.sqrt(s["E"] + 1e-6)
    s["A"] = 0.9 * s.get("A", 0) + 0.1 * d**2
    return x - d, g


def adam(x, g, s, c):
    g = g + c["weightDecay"] * x
    t = s["t"] = s.get("t", 0) + 1
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g**2
    rate = c["learningRate"] * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return x - rate * s["m"] / (np.sqrt(s["v"]) + 1e-8), g


def adamax(x, g, s, c):
    g = g + c["weightDecay"] * x
    t = s["t"] = s.get("t", 0) + 1
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["u"] = np.maximum(0.999 * s.get("u", 0), np.abs(g) + 1e-38)
    return x - c["learningRate"] / (1 - 0.9**t) * s["m"] / s["u"], g


def eve(x, g, s, c):
    t = s.get("t", 0) + 1  # and the value
    s["d"] = 0.999 * s["d"] + 0.001 / (t - 1) if t > 1 else 1
    return adam(x, g, s, {**c, "learningRate": c["learningRate"] / s["d"]})


def ftml(x, g, s, c):
    g = g + c["weightDecay"] * x
    t = s["t"] = s.get("t", 0) + 1
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g**2
    d = (1 - 0.6**t) / c["learningRate"] * (np.sqrt(s["v"] / (1 - 0.999**t)) + 1e-8)
    s["z"] = 0.6 * s.get("z", 0) + 0.4 * g - (d - 0.6 * s.get("d", 0)) * x
    s["d"] = d
    return -s["z"] / d, g


def rmsprop(x, g, s, c):
    g = g + c["weightDecay"] * x
    s["m"] = 0.99 * s.get("m", 0) + 0.01 * g**2
    return x - c["learningRate"] * g / (np.sqrt(s["m"]) + 1e-8), g


CASES = {
    "plain": (optim.sgd, plain, {}),
    "momentum": (optim.sgd, sgd, {"momentum": 0.9}),
    "dampening": (optim.sgd, sgd, {"momentum": 0.9, "dampening": 0.2}),
    "nesterov": (optim.sgd, sgd, {"momentum": 0.9, "dampening": 0, "nesterov": True}),
    "nag": (optim.nag, nag, {"momentum": 0.8}),
    "adagrad": (optim.adagrad, adagrad, {}),
    "adadelta": (optim.adadelta, adadelta, {}),
    "adam": (optim.adam, adam, {}),
    "adamax": (optim.adamax, adamax, {}),
    "eve": (optim.eve, eve, {}),
    "ftml": (optim.ftml, ftml, {}),
    "rmsprop": (optim.rmsprop, rmsprop, {}),
}

LAYOUTS = {
    "vector": lambda T: T(7),
    "matrix": lambda T: T(3, 4),
    "transposed": lambda T: T(4, 3).t(),
    "every other": lambda T: T(9, 2).select(2, 1),
    "large": lambda T: T(40_000),
}


def like(x):
    """An uninitialised tensor with the strides of another."""
    return x.new().set(type(x)(80_000).storage(), 1, x.size(), x.stride())


@pytest.mark.parametrize("kind", ["Float", "Double"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_formulas(name, layout, kind):
    method, formula, more = CASES[name]
    config = {"learningRate": 0.01, "weightDecay": 0.1, **more}
    x = LAYOUTS[layout](getattr(torch, f"{kind}Tensor")).normal()
    gradient, state, memory = like(x), {}, {}
    expected = x.array.astype(np.float64)
    for step in range(3):
        drawn = np.random.default_rng(step).normal(size=x.shape)
        gradient.copy(torch.from_numpy(drawn))
        if name == "nag":
            expected = expected + config["momentum"] * memory.get("v", 0)
        expected, written = formula(expected, gradient.array.astype(np.float64), memory, config)
        returned, values = method(lambda x, step=step: (step + 1, gradient), x, config, state)
        assert returned is x
        assert values == [step + 1]
        tolerance = 1e-5 if kind == "Float" else 1e-12
        np.testing.assert_allclose(x.array, expected, tolerance, tolerance, err_msg=f"x after step {step + 1}")
        np.testing.assert_allclose(gradient.array, written, tolerance, tolerance, err_msg="what is left in g")


@pytest.mark.parametrize("name", CASES)
def test_a_saved_state_continues(name):
    method, _, more = CASES[name]

    def steps(x, state, first, last):
        for step in range(first, last):
            rng = np.random.default_rng(step)
            method(
                lambda x, rng=rng: (1, torch.from_numpy(rng.normal(size=5))), x, {"learningRate": 0.1, **more}, state
            )

    x, state = torch.ones(5), {}
    steps(x, state, 0, 2)
    y, restored = torch.deserialize(torch.serialize([x, state]))
    steps(x, state, 2, 4)
    steps(y, restored, 2, 4)
    assert np.array_equal(x.array, y.array)
    assert all(not name.startswith("_") for name in state)


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_may_be_x(name):
    method, _, more = CASES[name]
    config = {"learningRate": 0.1, "weightDecay": 0.5, **more}
    x, y = torch.DoubleTensor(3, 2).normal().t(), torch.DoubleTensor(2, 3)
    y.copy(x)
    method(lambda x: (0, x), x, dict(config))
    method(lambda y: (0, y), y, dict(config))
    assert np.array_equal(x.array, y.array), "strides matter"


@pytest.mark.parametrize("name", [name for name in CASES if name != "adamax"])
def test_what_does_not_fit_changes_nothing(name):
    method, _, more = CASES[name]
    x = torch.ones(4)
    for wrong, error in ((torch.ones(5), SizeError), (torch.FloatTensor(4), ArgumentError), ("no", ArgumentError)):
        with pytest.raises(error):
            method(lambda x, wrong=wrong: (0, wrong), x, dict(more))
        assert (x.array == 1).all()
    with pytest.raises(ArgumentError, match="LongTensor"):
        method(lambda x: (0, x.clone()), torch.LongTensor(4).fill(1), dict(more))


def test_eve_believes_changes_of_the_value_within_limits(capsys):
    x, state, found = torch.ones(2), {}, []
    for value in (10, 9.5, 2000, 1):
        optim.eve(lambda x, value=value: (value, torch.ones(2)), x, {"beta3": 0.5}, state)
        found.append((state["fhat"], state["d"]))
    halved = 10 / 1.1
    assert found[0] == (10, 1)
    assert found[1] == pytest.approx((halved, 0.5 + 0.5 * (10 - halved) / halved))
    assert found[2][0] == pytest.approx(11 * halved)
    assert found[3][0] == pytest.approx(halved)
    before = x.clone()
    optim.eve(lambda x: (1, torch.ones(2)), x)
    assert "EVE initializing" in capsys.readouterr().out
    assert x[1] == pytest.approx(before[1] - 1e-3), "a first step, as there was no state"


def test_a_state_of_another_size_is_refused():
    for method, buffer in ((optim.sgd, "dfdx"), (optim.adagrad, "paramVariance"), (optim.adam, "m")):
        x = torch.ones(4)
        with pytest.raises(SizeError, match=buffer):
            method(lambda x: (0, torch.ones(4)), x, {"momentum": 0.9}, {buffer: torch.ones(3)})
        assert (x.array == 1).all()


def test_arrays_are_changed_in_place():
    x = np.ones(4)
    y, values = optim.sgd(lambda x: (x.sum(), np.full(4, 2.0)), x, {"learningRate": 0.25})
    assert torch.isTensor(y)
    assert values == [4]
    assert (x == 0.5).all()


def test_a_decay_of_zero_leaves_the_gradient_alone():
    x = torch.DoubleTensor([np.nan, 1])
    gradient = torch.ones(2)
    optim.sgd(lambda x: (0, gradient), x, {"learningRate": 1})
    assert gradient.totable() == [1, 1]
    assert x[1] == 0


def test_factors_and_decays_of_each_parameter():
    config = {"learningRate": 0.5, "learningRates": torch.DoubleTensor([1, 0]), "weightDecays": [2.0, 4.0]}
    config["weightDecays"] = torch.DoubleTensor(config["weightDecays"])
    x, gradient = torch.ones(2), torch.zeros(2)
    optim.sgd(lambda x: (0, gradient), x, config)
    assert gradient.totable() == [2, 4]
    assert x.totable() == [0, 1]


def test_rprop_leaves_out_a_step_back():
    x, state = torch.DoubleTensor([1, -1]), {}
    optim.rprop(lambda x: (0, torch.DoubleTensor([1, 1])), x, {}, state)
    gradient = torch.DoubleTensor([-1, 1])
    optim.rprop(lambda x: (0, gradient), x, {}, state)
    np.testing.assert_allclose(x.array, [0.9, -1.1 - 0.12], rtol=1e-15)
    np.testing.assert_allclose(state["stepsize"].array, [0.05, 0.12], rtol=1e-15)
    assert gradient.totable() == [0, 1]


def test_asgd_averages_after_t0():
    x, state, seen = torch.DoubleTensor([1.0]), {}, []
    for _ in range(6):
        _, _, average = optim.asgd(lambda x: (0, torch.ones(1)), x, {"t0": 2, "eta0": 0.1, "lambda": 0}, state)
        seen.append(x[0])
    assert average[0] == pytest.approx(np.mean(seen[3:]))
