"""FISTA with a backtracking line search."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from torchnn import torch
from torchnn.optim.options import Table, option, table
from torchnn.optim.vectors import evaluate, function, tensor, value_at
from torchnn.torch.text import lua_print


def FistaLS(
    f: Callable[..., Any],
    g: Callable[[Any], float],
    pl: Callable[[Any, float], Any],
    xinit: Any,
    params: Table | None = None,
) -> tuple[Any, list[dict[str, Any]]]:
    """Minimise f + g, f smooth and g not, by the fast iterative shrinkage-thresholding algorithm, or by ISTA.

    With t = 1 at first::

        x_k = pl(y - f'(y) / L, L)                  (L times Lstep until f(x_k) lies below the quadratic model)
        t' = (1 + sqrt(1 + 4 t^2)) / 2
        y = x_k + (1 - t) / t' (x_(k-1) - x_k)      (ISTA: y = x_k)

    f: `f(x)` returns the value, `f(x, 'dx')` value and gradient. g: `g(x)` returns the value. What else they return is
        ignored.
    pl: `pl(x, L)` changes x to the minimum of g(z) + L/2 |z - x|^2.
    xinit: gives type and size, and takes the result; the search starts from 0.
    params: L 0.1, Lstep 1.5, maxiter 50, maxline 20 (line search steps), errthres 1e-4 (of changes of the value),
        doFistaUpdate None, that is ISTA, verbose None; holds xkm, y, ply and the last L afterwards.

    Returns y and a list of tables: nline, L, F, Fply, Gply, Q, and xk and y if verbose.

    Source: Beck and Teboulle 2009, A fast iterative shrinkage-thresholding algorithm for linear inverse problems.
    """
    function(f=f, g=g, pl=pl)
    params = table("params", params)
    xk = tensor(xinit)
    for name in ("xkm", "y", "ply"):
        params[name] = option(params, name, torch.Tensor()).resizeAs(xk).zero()
    before, y = params["xkm"], params["y"]
    params["L"] = option(params, "L", 0.1)
    verbose = option(params, "verbose", False)
    history: list[dict[str, Any]] = []
    t, value = 1.0, math.inf
    limit = option(params, "maxiter", 50)
    for iteration in itertools.takewhile(lambda i: i + 1 <= limit, itertools.count()):
        entry = _line_search(f, pl, xk, params, verbose)
        history.append(entry)
        y.copy(xk)
        if option(params, "doFistaUpdate", False):
            following = (1 + math.sqrt(1 + 4 * t * t)) / 2
            y.add((1 - t) / following, before.add(-1, xk))
            before.copy(xk)
            t = following
        old, entry["Fply"], entry["Gply"] = value, value_at(f, y), value_at(g, y)
        value = entry["F"] = entry["Fply"] + entry["Gply"]
        if verbose:
            lua_print(f"iter={iteration} eold={old:g} enew={value:g}")
            entry["xk"], entry["y"] = xk.clone(), y.clone()
        if abs(value - old) <= option(params, "errthres", 1e-4):
            break
    xk.copy(y)
    return y, history


def _line_search(
    f: Callable[..., Any], pl: Callable[[Any, float], Any], xk: Any, params: Table, verbose: bool
) -> dict[str, Any]:
    """Step from y to x_k, with the smallest L of a series for which the model is an upper bound."""
    y, step = params["y"], params["ply"]
    fy, slope = evaluate(lambda x: f(x, "dx"), y)
    tries = 0
    while True:
        step.copy(y).add(-1 / params["L"], slope)
        pl(step, params["L"])
        xk.copy(step)
        reached = value_at(f, step)
        step.add(-1, y)
        linear, square = slope.dot(step), params["L"] / 2 * step.dot(step)
        model = fy + linear + square
        if verbose:
            sums = f"fply={reached:g} Q={model:g} fy={fy:g} Q2={linear:g} Q3={square:g}"
            lua_print(f"nline={tries} L={params['L']:g} {sums}")
        tries += 1
        if reached <= model:
            break
        if tries > option(params, "maxline", 20):
            xk.copy(params["xkm"])
            break
        params["L"] *= option(params, "Lstep", 1.5)
    return {"nline": tries, "L": params["L"], "Q": model}
