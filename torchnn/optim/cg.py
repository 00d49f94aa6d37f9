"""Conjugate gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torchnn import kernels
from torchnn.optim.options import Table, option, tables
from torchnn.optim.scalars import divide, larger, root, smaller
from torchnn.optim.vectors import evaluate, run, tensor

BUFFERS = ("df0", "df1", "df2", "df3", "s", "x0")


def cg(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, list[Any], int]:
    """Minimise by conjugate gradients (Polak-Ribiere), with line searches under the Wolfe-Powell conditions.

    opfunc: a function of x that returns the value and the gradient.
    x: the parameters, changed in place.
    config: rho 0.01 and sig 0.5 (constants of the conditions), int 0.1 (how close to an end of the bracket a point may
        come), ext 3 (how far a step may extrapolate), maxIter 20 (evaluations of one line search), ratio 100 (largest
        quotient of slopes), maxEval 1.25 maxIter.
    state: df0, df1, df2, df3, s, x0, which are memory only: each call begins anew; kept in config where not given.

    Returns x, the list of the value at the start and after each line search that succeeded, and the number of
    evaluations. As in Torch7, the first line search that fails is the last.

    Source: C. E. Rasmussen's minimize, 2001.
    """
    config, state = tables(config, state)
    limit = option(config, "maxIter", 20)
    budget = option(config, "maxEval", 1.25 * limit)
    x = tensor(x)
    for name in BUFFERS:
        state[name] = option(state, name, x.new()).resizeAs(x)
    df0, df1, df2, s, x0 = (state[name] for name in ("df0", "df1", "df2", "s", "x0"))
    search = _Search(opfunc, x, s, df2, config)

    f1 = search.evaluate(df1)
    values = [f1]
    s.copy(df1).mul(-1)
    d1 = -s.dot(s)
    z1 = divide(1, 1 - d1)
    while search.evaluations < abs(budget):
        x0.copy(x)
        df0.copy(df1)
        f2, d2, z1 = search.run(f1, d1, z1, smaller(limit, budget - search.evaluations - 1))
        if not search.success:
            x.copy(x0)
            df1.copy(df0)
            break
        f1 = f2
        values.append(f1)
        s.mul(divide(df2.dot(df2) - df2.dot(df1), df1.dot(df1))).add(-1, df2)
        df1.copy(df2)
        df2.copy(df0)
        d2 = df1.dot(s)
        if d2 > 0:
            s.copy(df1).mul(-1)
            d2 = -s.dot(s)
        z1 *= smaller(option(config, "ratio", 100), divide(d1, d2 - 1e-320))
        d1 = d2
    return x, values, search.evaluations


class _Search:
    """A line search along s from where x is; the gradient at x is kept in a buffer.

    Points are (value, slope, position): 1 is the start, 2 the current one, 3 the end that is interpolated from. z1 is
    the position of point 2 relative to point 1, z3 that of point 3 relative to point 2.
    """

    def __init__(self, opfunc: Callable[[Any], Any], x: Any, s: Any, gradient: Any, config: Table) -> None:
        self.opfunc, self.x, self.s, self.gradient = opfunc, x, s, gradient
        self.rho, self.sig = option(config, "rho", 0.01), option(config, "sig", 0.5)
        self.int, self.ext = option(config, "int", 0.1), option(config, "ext", 3)
        self.evaluations = 0
        self.success = False

    def evaluate(self, gradient: Any) -> Any:
        """The value at x; the gradient is copied."""
        value, found = evaluate(self.opfunc, self.x)
        gradient.copy(found)
        self.evaluations += 1
        return value

    def _move(self, z: float) -> tuple[float, float]:
        """Value and slope after a step.

        It is a fused multiply-add, as in Torch7's BLAS: near a minimum the last bit decides where a search ends.
        """
        run(kernels.optimizers.descend, {"x": self.x, "s": self.s}, 0, -z)
        return self.evaluate(self.gradient), self.gradient.dot(self.s)

    def run(self, f1: float, d1: float, z1: float, budget: float) -> tuple[float, float, float]:
        """Search from a first step z1; returns value, slope and position of the last point."""
        f2, d2 = self._move(z1)
        f3, d3, z3, limit = f1, d1, -z1, -1.0
        while True:
            while self._too_far(f1, d1, z1, f2, d2) and budget > 0:
                limit = z1
                z2 = self._inside(f1, (f2, d2), (f3, d3), z3)
                z1 += z2
                f2, d2 = self._move(z2)
                z3 -= z2
                budget -= 1
            self.success = not self._too_far(f1, d1, z1, f2, d2) and d2 > self.sig * d1
            if self.success or self._too_far(f1, d1, z1, f2, d2) or budget == 0:
                return f2, d2, z1
            z2 = self._beyond((f2, d2), (f3, d3), z1, z3, limit)
            f3, d3, z3 = f2, d2, -z2
            z1 += z2
            f2, d2 = self._move(z2)
            budget -= 1

    def _too_far(self, f1: float, d1: float, z1: float, f2: float, d2: float) -> bool:
        return f2 > f1 + z1 * self.rho * d1 or d2 > -self.sig * d1

    def _inside(self, f1: float, point2: tuple[float, float], point3: tuple[float, float], z3: float) -> float:
        """The step to a point between 2 and 3: the minimum of a parabola where the value rose, else of a cubic."""
        (f2, d2), (f3, d3) = point2, point3
        if f2 > f1:
            z2 = z3 - divide(0.5 * d3 * z3 * z3, d3 * z3 + f2 - f3)
        else:
            a, b = _cubic(point2, point3, z3)
            z2 = divide(root(b * b - a * d2 * z3 * z3) - b, a)
        if not math.isfinite(z2):
            z2 = z3 / 2
        return larger(smaller(z2, self.int * z3), (1 - self.int) * z3)

    def _beyond(
        self, point2: tuple[float, float], point3: tuple[float, float], z1: float, z3: float, limit: float
    ) -> float:
        """The step to a point beyond 2, at most to the limit, which is below 0 where there is none."""
        d2 = point2[1]
        a, b = _cubic(point2, point3, z3)
        z2 = divide(-d2 * z3 * z3, b + root(b * b - a * d2 * z3 * z3))
        free = limit < -0.5
        if not math.isfinite(z2) or z2 < 0:
            return z1 * (self.ext - 1) if free else (limit - z1) / 2
        if not free and z2 + z1 > limit:
            return (limit - z1) / 2
        if free and z2 + z1 > z1 * self.ext:
            return z1 * (self.ext - 1)
        if z2 < -z3 * self.int:
            return -z3 * self.int
        if not free and z2 < (limit - z1) * (1 - self.int):
            return (limit - z1) * (1 - self.int)
        return z2


def _cubic(point2: tuple[float, float], point3: tuple[float, float], z3: float) -> tuple[float, float]:
    """Two coefficients of the cubic through two points."""
    (f2, d2), (f3, d3) = point2, point3
    return divide(6 * (f2 - f3), z3) + 3 * (d2 + d3), 3 * (f3 - f2) - z3 * (d3 + 2 * d2)
