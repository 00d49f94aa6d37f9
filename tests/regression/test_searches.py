"""The replay of single calls of optim, against functions that are obviously right, and wrong."""

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import optim, regression, torch
from torchnn.regression.problems import Lasso, Problem

RECORDS = regression.load(ROOT / "fixtures/optim/checkgrad.t7")


def checkgrad(opfunc, x, eps=1e-7):
    """Central differences, an element at a time."""
    _, exact = opfunc(x)
    estimate = x.clone()
    for i in range(x.nElement()):
        kept = x[i]
        x[i] = kept + eps
        above, _ = opfunc(x)
        x[i] = kept - eps
        below, _ = opfunc(x)
        x[i] = kept
        estimate[i] = (above - below) / (2 * eps)
    difference = np.linalg.norm(exact.array - estimate.array) / np.linalg.norm(exact.array + estimate.array)
    return float(difference), exact, estimate


def wrong(opfunc, x, eps=1e-7):
    difference, exact, estimate = checkgrad(opfunc, x, eps)
    return difference, exact, estimate.add(10)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_gradient_checks(record, monkeypatch):
    monkeypatch.setattr(optim, "checkgrad", checkgrad, raising=False)
    outcome = regression.replay(record)
    assert outcome.status == "passed", outcome.message
    monkeypatch.setattr(optim, "checkgrad", wrong)
    assert regression.replay(record).status == "failed"


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("kind", ["rosenbrock", "quadratic", "quartic"])
def test_gradients_of_problems(kind, fresh):
    data = {"kind": kind, "x0": torch.DoubleTensor([0.3, -0.2, 0.7]), "b": torch.DoubleTensor([1, 0, -2]),
            "A": torch.DoubleTensor([[2, 1, 0], [1, 3, 0.5], [0, 0.5, 1]])}  # fmt: skip
    problem = Problem(data, "torch.DoubleTensor", True)
    _, exact, estimate = checkgrad(problem, problem.x, 1e-5)
    assert np.allclose(exact.array, estimate.array, rtol=1e-7)
    problem = Problem(data, "torch.DoubleTensor", fresh)
    _, first = problem(problem.x)
    _, second = problem(problem.x)
    assert (first is second) is not fresh
    assert problem.calls == 2


def test_lasso():
    data = {"x0": torch.DoubleTensor([3, -0.1, -2]), "A": torch.DoubleTensor([[1, 2, 3], [0, 1, -1]]),
            "b": torch.DoubleTensor([1, 2]), "lambda": 0.5}  # fmt: skip
    lasso = Lasso(data)
    value, gradient = lasso.smooth(lasso.x, "dx")
    rest = np.array([3 - 0.2 - 6 - 1, -0.1 + 2 - 2])
    assert value == lasso.smooth(lasso.x) == pytest.approx(0.5 * (rest**2).sum())
    assert np.allclose(gradient.array, np.array([[1, 0], [2, 1], [3, -1]]) @ rest)
    assert lasso.norm(lasso.x) == pytest.approx(0.5 * 5.1)
    lasso.shrink(lasso.x, 2)
    assert np.allclose(lasso.x.array, [2.75, 0, -1.75])
