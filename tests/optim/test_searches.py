"""Methods that search: minima of functions whose minimum is known, and what line searches promise."""

import math

import numpy as np
import pytest

from tests.optim.problems import CENTRE, quadratic, quartic, start
from torchnn import optim, torch
from torchnn.errors import ArgumentError, RangeError, SizeError


@pytest.mark.parametrize("kind", ["Float", "Double"])
@pytest.mark.parametrize("function", [quadratic, quartic])
@pytest.mark.parametrize("method", ["cg", "lbfgs", "lbfgs with lswolfe"])
def test_the_minimum_is_found(method, function, kind):
    x = start().type(f"torch.{kind}Tensor")
    if method == "cg":
        found, values, _ = optim.cg(function, x, {"maxIter": 60})
    else:
        search = optim.lswolfe if "lswolfe" in method else None
        config = {"maxIter": 60, "lineSearch": search, "learningRate": 1 if search else 0.4}
        found, values, *_ = optim.lbfgs(function, x, config)
    assert found is x
    np.testing.assert_allclose(x.array, CENTRE, atol=2e-3 if kind == "Float" else 1e-4)
    assert values[-1] < 1e-5 < values[0]


def test_cg_takes_strides():
    x, y = torch.DoubleTensor(4, 2).select(2, 1).copy(start()), start()
    optim.cg(quartic, x, {"maxIter": 5})
    optim.cg(quartic, y, {"maxIter": 5})
    assert np.array_equal(x.array, y.array)


def test_lbfgs_in_single_iterations_is_lbfgs():
    x, y, state = start(), start(), {}
    optim.lbfgs(quadratic, x, {"maxIter": 7, "learningRate": 0.5, "nCorrection": 3})
    for _ in range(7):
        optim.lbfgs(quadratic, y, {"maxIter": 1, "learningRate": 0.5, "nCorrection": 3}, state)
    np.testing.assert_allclose(x.array, y.array, rtol=1e-13)
    assert len(state["old_dirs"]) == 3
    assert len(state["dir_bufs"]) == len(state["stp_bufs"]) == 1
    assert state["nIter"] == state["funcEval"] == 7


def test_lbfgs_wants_gradients_that_are_vectors():
    with pytest.raises(SizeError, match="gradient: vector expected"):
        optim.lbfgs(quadratic, start().resize(2, 2))


@pytest.mark.parametrize("search", [None, optim.lswolfe])
def test_lbfgs_takes_parameters_of_any_shape(search):
    x, image, config = start(), start().resize(2, 2), {"maxIter": 6, "lineSearch": search}
    expected = optim.lbfgs(quartic, x, dict(config))
    found = optim.lbfgs(lambda image: quartic(image.view(-1)), image, dict(config))
    assert found[0] is image
    assert image.shape == (2, 2)
    assert np.array_equal(image.array.reshape(-1), x.array)
    assert found[1:] == expected[1:]


@pytest.mark.parametrize("t", [1e-3, 0.1, 1, 30])
def test_strong_wolfe_conditions_hold(t):
    x = start()
    f0, g0 = quartic(x)
    d = g0.clone().mul(-1)
    slope = g0.dot(d)
    f, g, x, t, _ = optim.lswolfe(quartic, x, t, d, f0, g0, slope, {"c1": 1e-4, "c2": 0.4})
    assert f <= f0 + 1e-4 * t * slope
    assert abs(g.dot(d)) <= 0.4 * abs(slope)
    np.testing.assert_allclose(x.array, start().array + t * d.array, rtol=1e-14)
    assert f == pytest.approx(quartic(x)[0], rel=1e-14)


@pytest.mark.parametrize("bounds", [(), (-3.0, 3.0)])
def test_polyinterp_finds_the_minimum_of_a_cubic(bounds):
    f, slope = np.poly1d([1, 0, -3, 1]), np.poly1d([3, 0, -3])  # least at 1, for x above -2
    points = torch.DoubleTensor([[x, f(x), slope(x)] for x in (-0.5, 2.0)])
    found = optim.polyinterp(points, *bounds)
    if bounds:
        assert found == (pytest.approx(-3), pytest.approx(-17))
        found, value = optim.polyinterp(points, 0, 3)
        assert value == pytest.approx(-1)
    assert found == pytest.approx(1)


@pytest.mark.parametrize(
    "points", [[[0, 1, 0], [1, 1, 0]], [[0, 1, -1], [1, math.nan, 1]], [[0, 1], [1, 2]]], ids=["flat", "nan", "narrow"]
)
def test_polyinterp_fails_clearly(points):
    with pytest.raises(SizeError):
        optim.polyinterp(torch.DoubleTensor(points), 0, 1)


def test_a_division_by_zero_is_as_in_lua():
    assert optim.polyinterp(torch.DoubleTensor([[1, 2, -1], [1, 3, 1]])) == 1


def test_checkgrad_tells_a_wrong_gradient():
    x = start()
    right, exact, estimate = optim.checkgrad(quartic, x, 1e-5)
    assert right < 1e-9
    np.testing.assert_allclose(exact.array, estimate.array, rtol=1e-8)
    assert np.array_equal(x.array, start().array), "x is put back"
    wrong, *_ = optim.checkgrad(lambda x: (quartic(x)[0], quartic(x)[1].add(1)), x, 1e-5)
    assert wrong > 0.05
    with pytest.raises(SizeError):
        optim.checkgrad(quadratic, start().resize(2, 2))


def test_fista_solves_a_lasso():
    rng = np.random.default_rng(0)
    a, b, strength = rng.normal(size=(20, 6)), rng.normal(size=20), 2.0

    def smooth(x, mode=None):
        rest = a @ x.array - b
        value = 0.5 * rest @ rest
        return (value, torch.from_numpy(a.T @ rest)) if mode == "dx" else value

    def shrink(x, L):
        x.array[...] = np.sign(x.array) * np.maximum(np.abs(x.array) - strength / L, 0)

    params = {"doFistaUpdate": True, "maxiter": 2000, "errthres": 0, "L": 1}
    x, history = optim.FistaLS(smooth, lambda x: strength * np.abs(x.array).sum(), shrink, torch.zeros(6), params)
    slope = a.T @ (a @ x.array - b)
    used = np.abs(x.array) > 1e-9
    assert used.any() and not used.all()
    np.testing.assert_allclose(slope[used], -strength * np.sign(x.array[used]), atol=1e-5)
    assert (np.abs(slope[~used]) <= strength + 1e-5).all()
    assert params["L"] == history[-1]["L"]


def test_evolution_finds_the_minimum():
    best, values, evaluations = optim.cmaes(quadratic, start(), {"sigma": 0.5, "verb_disp": 0, "maxEval": "3000"})
    np.testing.assert_allclose(best.array, CENTRE, atol=1e-4)
    assert values[-1] == min(values[1:])
    assert evaluations % 8 == 0
    config = {"scaleFactor": 0.5, "crossoverRate": 0.9, "maxFEs": 4000, "minRegion": -5, "maxRegion": 5}
    best, values = optim.de(quadratic, start(), config)
    np.testing.assert_allclose(best.array, CENTRE, atol=0.1)
    assert values.min() == pytest.approx(quadratic(best)[0], abs=1e-12)


def test_candidates_have_the_type_and_size_of_x():
    seen = []

    def function(x):
        seen.append((torch.typename(x), x.shape))
        return float(x.array.sum()), None

    x = torch.FloatTensor(2, 2).fill(1)
    best, *_ = optim.cmaes(function, x, {"sigma": 0.1, "verb_disp": 0, "maxEval": 10})
    assert set(seen) == {("torch.FloatTensor", (2, 2))}
    assert best.shape == (4,)
    assert (x.array == 1).all()


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"crossoverRate": 0.5, "maxFEs": 40}, ArgumentError),
        ({"scaleFactor": 0.5, "maxFEs": 40}, ArgumentError),
        ({"scaleFactor": 0.5, "crossoverRate": 0.5}, ArgumentError),
        ({"scaleFactor": 0.5, "crossoverRate": 0.5, "maxFEs": 40, "popsize": 2}, SizeError),
        ({"scaleFactor": 0.5, "crossoverRate": 0.5, "maxFEs": 42, "popsize": 10}, RangeError),
        ({"scaleFactor": 0.5, "crossoverRate": 0.5, "maxFEs": 4, "popsize": 10}, RangeError),
    ],
)
def test_de_checks_its_configuration_first(config, error):
    with pytest.raises(error):
        optim.de(lambda x: pytest.fail("evaluated"), start(), config)


@pytest.mark.parametrize("config", [{"sigma": 1}, {"verb_disp": 0}, {"sigma": 1, "verb_disp": 0, "popsize": 1}])
def test_cmaes_checks_its_configuration_first(config):
    with pytest.raises((ArgumentError, SizeError)):
        optim.cmaes(lambda x: pytest.fail("evaluated"), start(), config)


def test_searches_without_gradients_need_none():
    def value(x):
        return quadratic(x)[0]

    config = {"sigma": 0.5, "verb_disp": 0, "maxEval": 40}
    torch.manualSeed(3)
    _, alone, _ = optim.cmaes(value, start(), config)
    torch.manualSeed(3)
    _, both, _ = optim.cmaes(quadratic, start(), config)
    assert alone == both
    config = {"scaleFactor": 0.5, "crossoverRate": 0.5, "maxFEs": 80}
    assert np.array_equal(optim.de(value, start(), config)[1], optim.de(quadratic, start(), config)[1])


@pytest.mark.parametrize("method", [optim.sgd, optim.cg, optim.lbfgs, optim.checkgrad])
def test_a_gradient_is_asked_for(method):
    x = start()
    with pytest.raises(ArgumentError, match="opfunc: value and gradient expected, got number"):
        method(lambda x: 1.0, x)
    assert np.array_equal(x.array, start().array)
