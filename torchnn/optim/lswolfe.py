"""A line search under the Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn.optim.options import Table, option
from torchnn.optim.polyinterp import polyinterp
from torchnn.optim.scalars import divide, smaller
from torchnn.optim.vectors import evaluate
from torchnn.torch.text import lua_print

OUTSIDE = 10  # how many times the step may grow at once


class _Line:
    """A function along a line: moves x to the start + t d, and counts evaluations."""

    def __init__(self, opfunc: Callable[[Any], Any], x: Any, d: Any) -> None:
        self.opfunc, self.x, self.d = opfunc, x, d
        self.start = x.clone()
        self.evaluations = 0

    def move(self, t: float) -> None:
        self.x.copy(self.start).add(t, self.d)

    def evaluate(self, t: float) -> tuple[float, Any, float]:
        """Value, gradient and slope at t."""
        self.move(t)
        f, g = evaluate(self.opfunc, self.x)
        self.evaluations += 1
        return f, g, g.dot(self.d)


class _Bracket:
    """One or two points of a line, in tensors of the type of x as Torch7 has them; positions count from 0."""

    def __init__(self, line: _Line, *points: tuple[float, float, Any]) -> None:
        new = line.x.new
        self.t, self.f = new([t for t, _, _ in points]), new([f for _, f, _ in points])
        self.g = new(len(points), line.x.nElement())
        for i, (_, _, g) in enumerate(points):
            self.g[i].copy(g)

    def put(self, i: int, t: float, f: float, g: Any) -> None:
        self.t[i], self.f[i] = t, f
        self.g[i].copy(g)

    def best(self) -> int:
        return 0 if len(self.f) == 1 or not self.f[1] < self.f[0] else 1

    def minimum(self, d: Any) -> float:
        rows = [[self.t[i], self.f[i], self.g[i].dot(d)] for i in range(2)]
        return polyinterp(self.t.new(rows))


def lswolfe(
    opfunc: Callable[[Any], Any], x: Any, t: float, d: Any, f: float, g: Any, gtd: float, options: Table | None = None
) -> tuple[float, Any, Any, float, int]:
    """Search a step t along d that fulfils the strong Wolfe conditions: bracket one, then zoom in.

    With f0 and s0 the value and the slope at the start::

        f(x + t d) <= f0 + c1 t s0 ,    |slope at x + t d| <= c2 |s0|

    opfunc: a function of x that returns the value and the gradient.
    x: the start, a vector; moved in place. t: the first step. d: the direction.
    f, g, gtd: value, gradient, and slope g'd at the start.
    options: c1 1e-4, c2 0.9, tolX 1e-9, maxIter 20, verbose False.

    Returns value, gradient (a row of a new tensor), x, t and the number of evaluations; the point is the one of least
    value in the last bracket. As in Torch7, the gradient at the start is read after the first evaluation: where opfunc
    returns the same tensor every time, and g is that tensor, it is already the next gradient.

    Source: torch/optim, after M. Schmidt's minFunc; Nocedal and Wright, Numerical Optimization, section 3.5.
    """
    options = {} if options is None else options
    c1, c2 = option(options, "c1", 1e-4), option(options, "c2", 0.9)
    limit = option(options, "maxIter", 20)
    line = _Line(opfunc, x, d)
    bracket, iterations, done = _bracketed(line, t, f, g, gtd, c1, c2, limit)
    if not done:
        iterations = _zoom(line, bracket, iterations, f, gtd, c1, c2, limit, option(options, "tolX", 1e-9))
    if iterations == limit and option(options, "verbose", False):
        lua_print("<optim.lswolfe> ", "reached max number of iterations")
    best = bracket.best()
    t = bracket.t[best]
    line.move(t)
    return bracket.f[best], bracket.g[best], x, t, line.evaluations


def _bracketed(
    line: _Line, t: float, f: float, g: Any, gtd: float, c1: float, c2: float, limit: int
) -> tuple[_Bracket, int, bool]:
    """Go on until a bracket holds a good point; returns it, the iterations, and whether it is such a point."""
    f_new, g_new, slope = line.evaluate(t)
    t_before, f_before, g_before, slope_before = 0.0, f, g.clone(), gtd
    iterations = 0
    while iterations < limit:
        risen = f_new > f + c1 * t * gtd or (iterations > 1 and f_new >= f_before)
        if not risen and abs(slope) <= -c2 * gtd:
            return _Bracket(line, (t, f_new, g_new)), iterations, True
        if risen or slope >= 0:
            return _Bracket(line, (t_before, f_before, g_before), (t, f_new, g_new)), iterations, False
        points = line.x.new([[t_before, f_before, slope_before], [t, f_new, slope]])
        least = t + 0.01 * (t - t_before)
        t_before, f_before, g_before, slope_before = t, f_new, g_new.clone(), slope
        t, _ = polyinterp(points, least, t * OUTSIDE)
        f_new, g_new, slope = line.evaluate(t)
        iterations += 1
    return _Bracket(line, (0.0, f, g), (t, f_new, g_new)), iterations, False


def _zoom(
    line: _Line, bracket: _Bracket, iterations: int, f: float, gtd: float, c1: float, c2: float, limit: int, tol: float
) -> int:
    """Narrow a bracket until one of its points is good; returns the iterations."""
    insufficient = False
    while iterations < limit:
        low = bracket.best()
        high = 1 - low
        f_low = bracket.f[low]
        t, insufficient = _away_from_ends(bracket.minimum(line.d), bracket, insufficient)
        f_new, g_new, slope = line.evaluate(t)
        iterations += 1
        if f_new > f + c1 * t * gtd or f_new >= f_low:
            bracket.put(high, t, f_new, g_new)
        else:
            done = abs(slope) <= -c2 * gtd
            if not done and slope * (bracket.t[high] - bracket.t[low]) >= 0:
                bracket.put(high, bracket.t[low], bracket.f[low], bracket.g[low])
            bracket.put(low, t, f_new, g_new)
            if done:
                break
        if abs((bracket.t[0] - bracket.t[1]) * slope) < tol:
            break
    return iterations


def _away_from_ends(t: float, bracket: _Bracket, insufficient: bool) -> tuple[float, bool]:
    """A point that comes too close to an end for the second time is moved to a tenth of the bracket from it.

    Returns the point, and whether it is too close but was left there.
    """
    least, most = bracket.t.min(), bracket.t.max()
    if not divide(smaller(most - t, t - least), most - least) < 0.1:
        return t, False
    if not (insufficient or t >= most or t <= least):
        return t, True
    if abs(t - most) < abs(t - least):
        return most - 0.1 * (most - least), False
    return least + 0.1 * (most - least), False
