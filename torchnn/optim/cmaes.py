"""Evolution with an adapting covariance matrix."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.errors import SizeError
from torchnn.optim.options import Table, option, required, tables
from torchnn.optim.vectors import tensor, value_at
from torchnn.torch.sizes import integer
from torchnn.torch.text import lua_print, number


def cmaes(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[float], int]:
    """Minimise by evolution with covariance matrix adaptation (CMA-ES), without gradients.

    A generation is drawn from a normal distribution, whose mean moves to a weighted mean of the best, whose covariance
    C follows their spread and the path of the mean, and whose scale sigma follows the length of that path.

    opfunc: a function of a tensor like x that returns the value.
    x: the first mean; not changed.
    state (config where not given; nothing else is read): sigma and verb_disp (a line for every so many generations, 0
        for none) have no default; maxEval 1000 N^2 (digits will do), ftarget None, popsize 4 + floor(3 ln N),
        min_iterations 1.

    Returns the best vector (a DoubleTensor of N elements), a list of the value at x, the best of each generation and
    the best of all, and the number of evaluations, the first not included.

    Source: N. Hansen's barecmaes2.
    """
    _, state = tables(config, state)
    x = tensor(x)
    every = required(state, "verb_disp")
    search = _Distribution(x, state)
    target = state.get("ftarget")
    limit = option(state, "maxEval", 1e3 * search.n**2)
    history, best, generations = [value_at(opfunc, x)], (np.empty(0), math.inf, 0), 0
    reasons: dict[str, float] = {}
    while not reasons or generations < option(state, "min_iterations", 1):
        generations += 1
        candidates = search.draw()
        values = np.array([_value(opfunc, x, candidate) for candidate in candidates])
        order = np.argsort(values, kind="stable")
        values = values[order]
        search.adapt(candidates[order])
        history.append(float(values[0]))
        if generations == 1 or values[0] < best[1]:
            best = candidates[order[0]], float(values[0]), search.evaluations
        _show(search, generations, float(values[0]), every)
        reasons = search.reasons(values, limit, target)
    solution = torch.DoubleTensor.wrap(best[0].copy())
    if every > 0:
        _report(reasons, solution, best[1], best[2] // search.size, generations)
    return solution, [*history, best[1]], search.evaluations


def _value(opfunc: Callable[[Any], Any], x: Any, candidate: np.ndarray) -> float:
    """The value of a candidate in the type and shape of x."""
    return float(value_at(opfunc, torch.DoubleTensor.wrap(candidate.reshape(x.shape).copy()).typeAs(x)))


class _Distribution:
    """What candidates are drawn from: mean, sigma and C = B diag(D)^2 B', and the paths that adapt them."""

    def __init__(self, x: Any, state: Table) -> None:
        self.mean = np.array(x.array, np.float64).reshape(-1)
        self.sigma = required(state, "sigma")
        n = self.n = len(self.mean)
        if not n:
            raise SizeError("x is empty")
        size = self.size = integer(option(state, "popsize", 4 + math.floor(3 * math.log(n))))
        if size < 2:
            raise SizeError(f"popsize: at least 2 expected, got {size}")
        # Half of an odd population is not rounded in the formula of the weights.
        weights = math.log(size / 2 + 0.5) - np.log(np.arange(1, size // 2 + 1))
        self.weights = weights / weights.sum()
        effective = self.effective = float(1 / (self.weights**2).sum())
        self.cc = (4 + effective / n) / (n + 4 + 2 * effective / n)  # how fast the paths and C forget
        self.cs = (effective + 2) / (n + effective + 5)
        self.c1 = 2 / ((n + 1.3) ** 2 + effective)
        self.cmu = min(1 - self.c1, 2 * (effective - 2 + 1 / effective) / ((n + 2) ** 2 + effective))
        self.damping = 2 * effective / size + 0.3 + self.cs
        self.path, self.sigma_path = np.zeros(n), np.zeros(n)
        self.basis, self.scales, self.covariance, self.whitening = np.eye(n), np.ones(n), np.eye(n), np.eye(n)
        self.evaluations = self.decomposed = 0

    def draw(self) -> np.ndarray:
        """A generation: size x n."""
        if self.evaluations - self.decomposed > self.size / (self.c1 + self.cmu) / self.n / 10:
            self._decompose()
        normals = np.stack([torch.DoubleTensor(self.n).normal(0, 1).array for _ in range(self.size)])
        return self.mean + (normals * self.scales) @ self.basis.T * self.sigma

    def _decompose(self) -> None:
        self.decomposed = self.evaluations
        self.covariance = np.triu(self.covariance) + np.triu(self.covariance, 1).T
        squares, basis = torch.symeig(torch.DoubleTensor.wrap(self.covariance), "V")
        with np.errstate(all="ignore"):
            self.scales, self.basis = np.sqrt(squares.array), basis.array
            self.whitening = self.basis / self.scales @ self.basis.T

    def adapt(self, candidates: np.ndarray) -> None:
        """Follow a generation, which comes with the best first."""
        self.evaluations += self.size
        before, n = self.mean, self.n
        parents = candidates[: len(self.weights)]
        self.mean = self.weights @ parents
        step = (self.mean - before) / self.sigma
        forget = self.cs
        self.sigma_path = (1 - forget) * self.sigma_path
        self.sigma_path += math.sqrt(forget * (2 - forget) * self.effective) * (self.whitening @ step)
        length = float(self.sigma_path @ self.sigma_path)
        generation = self.evaluations / self.size
        short = length / (1 - (1 - forget) ** (2 * generation)) / n < 2 + 4 / (n + 1)
        self.path = (1 - self.cc) * self.path
        if short:
            self.path += math.sqrt(self.cc * (2 - self.cc) * self.effective) * step
        lost = self.c1 if short else self.c1 - self.c1 * self.cc * (2 - self.cc)
        spread = (parents - before) / self.sigma
        self.covariance = (1 - lost - self.cmu) * self.covariance
        self.covariance += self.c1 * np.outer(self.path, self.path) + self.cmu * (spread.T * self.weights) @ spread
        self.sigma *= math.exp(min(0.6, forget / self.damping * (length / n - 1) / 2))

    def reasons(self, values: np.ndarray, limit: float, target: float | None) -> dict[str, float]:
        """Why to stop after a generation with these values, in rising order."""
        found: dict[str, float] = {}
        if self.evaluations >= limit:
            found["evals"] = limit
        if target is not None and values[0] <= target:
            found["ftarget"] = target
        if self.scales.max() > 1e7 * self.scales.min():
            found["condition"] = 1e7
        if values[-1] - values[0] < 1e-12:
            found["tolfun"] = 1e-12
        if self.sigma * self.scales.max() < 1e-11:
            found["tolx"] = 1e-11
        return found


def _show(search: _Distribution, generation: int, value: float, every: float) -> None:
    """A line about a generation, now and then with a heading."""
    if every == 0:
        return
    if generation == 1 or generation % (10 * every) == 0:
        lua_print("evals:\t ax-ratio max(std)   f-value")
    if generation <= 2 or generation % every == 0:
        ratio = search.scales.max() / search.scales.min()
        largest = search.sigma * math.sqrt(search.covariance.diagonal().max())
        lua_print(f"{search.evaluations}:  {ratio:6.1f} {largest:8.1e} {number(value)}")


def _report(reasons: dict[str, float], solution: Any, value: float, found: int, generations: int) -> None:
    for reason, limit in reasons.items():
        lua_print("termination by", reason, "=", limit)
    lua_print("best f-value =", value)
    lua_print("solution = ")
    lua_print(solution)
    lua_print("best found at iteration: ", found, " , total iterations: ", generations)
