"""Limited-memory BFGS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn import torch
from torchnn.errors import SizeError, sizes
from torchnn.optim.options import Table, option, started, tables
from torchnn.optim.scalars import divide, smaller
from torchnn.optim.vectors import evaluate, tensor, zeros
from torchnn.torch.text import lua_print


def lbfgs(
    opfunc: Callable[[Any], Any], x: Any, config: Table | None = None, state: Table | None = None
) -> tuple[Any, ...]:
    """Minimise by limited-memory BFGS, with steps of a fixed size or a line search.

    opfunc: a function of x that returns the value and the gradient, a vector.
    x: the parameters, of any shape with as many elements, changed in place.
    config: maxIter 20 and maxEval 1.25 maxIter (of one call; digits will do), tolFun 1e-5 (of the gradient's absolute
        sum), tolX 1e-9 (of the step's, and of changes of the value), nCorrection 100 (how many steps are remembered),
        lineSearch None (such as optim.lswolfe), lineSearchOptions None, learningRate 1, verbose False.
    state: funcEval and nIter (of all calls), old_dirs and old_stps (steps s and changes y of the gradient; Torch7's
        names are the other way round), dir_bufs and stp_bufs (free vectors for them), Hdiag, g_old, f_old, t, d, tmp1,
        ro, al; kept in config where not given. It carries on from call to call: maxIter 1 makes single steps.

    Returns x, the list of values, and the number of evaluations of this call (missing where the start is optimal). With
    steps of a fixed size, the value where the last iteration ends is not evaluated. Raises SizeError for a gradient
    that is no vector.

    Source: Nocedal 1980, Updating quasi-Newton matrices with limited storage; torch/optim.
    """
    config, state = tables(config, state)
    x = tensor(x)
    iterations = option(config, "maxIter", 20)
    budget = option(config, "maxEval", iterations * 1.25)
    small_gradient, small_step = option(config, "tolFun", 1e-5), option(config, "tolX", 1e-9)
    rate, search = option(config, "learningRate", 1), config.get("lineSearch")
    say = _verbose if option(config, "verbose", False) else _silent

    counted = started(state, "funcEval", 0)
    started(state, "nIter", 0)
    f, g = evaluate(opfunc, x)
    if g.dim() != 1:
        raise SizeError(f"gradient: vector expected, got {sizes(g.shape)}")
    values, evaluations = [f], 1
    state["funcEval"] = counted + 1
    tmp = zeros(state, "tmp1", g)
    if _size(tmp, g) <= small_gradient:
        say("optimality condition below tolFun")
        return x, values
    _allocate(config, state, g, say)
    iteration = 0
    while iteration < iterations:
        iteration += 1
        state["nIter"] += 1
        first = state["nIter"] == 1
        if first:
            state["d"], state["old_dirs"], state["old_stps"], state["Hdiag"] = g.clone().mul(-1), [], [], 1
        else:
            _remember(config, state, g)
            _direction(config, state, g)
        state["g_old"] = option(state, "g_old", g.new()).resizeAs(g).copy(g)
        f_old = state["f_old"] = f
        d = state["d"]
        slope = g.dot(d)
        if slope > -small_step:
            break
        t = state["t"] = smaller(1, divide(1, _size(tmp, g))) * rate if first else rate
        used = 0
        if callable(search):
            f, g, x, t, used = search(opfunc, x, t, d, f, g, slope, config.get("lineSearchOptions"))
            state["t"] = t
            values.append(f)
        else:
            x.add(t, d)
            if iteration != iterations:
                f, g = evaluate(opfunc, x)
                used = 1
                values.append(f)
        evaluations += used
        state["funcEval"] += used
        reason = None
        if iteration == iterations:
            reason = "reached max number of iterations"
        elif evaluations >= budget:
            reason = "max nb of function evals"
        elif _size(tmp, g) <= small_gradient:
            reason = "optimality condition below tolFun"
        elif tmp.copy(d).mul(t).abs().sum() <= small_step:
            reason = "step size below tolX"
        elif abs(f - f_old) < small_step:
            reason = "function value changing less than tolX"
        if reason is not None:
            say(reason)
            break
    return x, values, evaluations


def _silent(words: str) -> None:
    pass


def _verbose(words: str) -> None:
    lua_print("<optim.lbfgs> ", words)


def _size(tmp: Any, g: Any) -> float:
    """The sum of absolute values."""
    return tmp.copy(g).abs().sum()


def _allocate(config: Table, state: Table, g: Any, say: Callable[[str], None]) -> None:
    """Make the vectors that move between the memory and the free list."""
    if state.get("dir_bufs") is not None:
        return
    say("creating recyclable direction/step/history buffers")
    rows = option(config, "nCorrection", 100) + 1
    for name in ("dir_bufs", "stp_bufs"):
        state[name] = list(g.new(rows, len(g)))


def _remember(config: Table, state: Table, g: Any) -> None:
    """Keep the last step s and the change y of the gradient, where y's is positive."""
    steps, changes, free = state["old_dirs"], state["old_stps"], (state["dir_bufs"], state["stp_bufs"])
    y, s = free[0].pop(), free[1].pop()
    y.copy(g).add(-1, state["g_old"])
    s.copy(state["d"]).mul(state["t"])
    curvature = y.dot(s)
    if curvature > 1e-10:
        if len(steps) == option(config, "nCorrection", 100):
            free[0].append(steps.pop(0))
            free[1].append(changes.pop(0))
        steps.append(s)
        changes.append(y)
        state["Hdiag"] = divide(curvature, y.dot(y))
    else:
        free[0].append(y)
        free[1].append(s)


def _direction(config: Table, state: Table, g: Any) -> None:
    """The direction d = -H g, H the inverse Hessian as the memory has it, by the two-loop recursion."""
    steps, changes = state["old_dirs"], state["old_stps"]
    if state.get("ro") is None:
        state["ro"], state["al"] = (torch.zeros(option(config, "nCorrection", 100)) for _ in range(2))
    ro, al = state["ro"], state["al"]
    for i, (s, y) in enumerate(zip(steps, changes, strict=True)):
        ro[i] = divide(1, y.dot(s))
    q = state["tmp1"].copy(g).mul(-1)
    for i in reversed(range(len(steps))):
        al[i] = steps[i].dot(q) * ro[i]
        q.add(-al[i], changes[i])
    d = state["d"].copy(q).mul(state["Hdiag"])
    for i, (s, y) in enumerate(zip(steps, changes, strict=True)):
        d.add(al[i] - y.dot(d) * ro[i], s)
