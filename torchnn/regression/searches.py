"""Records of single calls of `optim`: line searches, interpolation, gradient checks, FistaLS, and calls that fail."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

from torchnn.regression import failures, scope
from torchnn.regression.compare import Comparison
from torchnn.regression.modules import as_fields
from torchnn.regression.problems import Lasso, Problem
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

TOLERANCE = 1e-10

# Estimates are quotients of differences: rounding errors of the values divided by eps, and no smaller than eps squared.
_DEFAULT_EPS = 1e-7


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Call the function with the arguments of the record, and compare what it gives."""
    fields = record.fields
    language.start(fields, fields.get("type"))
    method = language.member(f"optim.{fields['method']}")
    if fields.get("fails"):
        failures.must_fail(lambda: _failing(method, fields, language), fields, comparison)
    else:
        _CALLS[fields["method"]](method, fields, comparison, language)


def _failing(method: Callable[..., Any], fields: dict[str, Any], language: Language) -> None:
    if "points" in fields:
        _interpolated(method, fields)
        return
    problem = _problem(fields, language)
    method(problem, problem.x, language.table(as_fields(scope.copy(fields.get("config")))))


def _problem(fields: dict[str, Any], language: Language) -> Problem:
    return Problem(scope.copy(fields["problem"]), "torch.DoubleTensor", bool(fields.get("fresh")), language)


def _interpolated(method: Callable[..., Any], fields: dict[str, Any]) -> Any:
    return method(scope.copy(fields["points"]), fields.get("xmin"), fields.get("xmax"))


def _interpolation(
    method: Callable[..., Any], fields: dict[str, Any], comparison: Comparison, language: Language
) -> None:
    result = _interpolated(method, fields)
    position, value = (*result, None)[:2] if isinstance(result, tuple) else (result, None)
    comparison.same("position", position, fields.get("position"), TOLERANCE)
    comparison.same("value", value, fields.get("value"), TOLERANCE)


def _line_search(
    method: Callable[..., Any], fields: dict[str, Any], comparison: Comparison, language: Language
) -> None:
    problem = _problem(fields, language)
    # The first evaluation is the caller's, as in the recording.
    value, gradient = problem(problem.x)
    comparison.same("f", value, fields["f"], TOLERANCE)
    comparison.same("g", gradient, fields["g"], TOLERANCE)
    options = [language.table(as_fields(scope.copy(fields["options"])))] if "options" in fields else []
    d, g = scope.copy(fields["d"]), scope.copy(fields["g"])
    f, g, x, t, evaluations = method(problem, problem.x, fields["t"], d, fields["f"], g, fields["gtd"], *options)
    out = {"f": f, "g": g, "x": x, "t": t, "evals": evaluations}
    comparison.same("out", out, fields["out"], TOLERANCE)


def _gradient_check(
    method: Callable[..., Any], fields: dict[str, Any], comparison: Comparison, language: Language
) -> None:
    fields = {**fields, "fresh": True}
    problem = _problem(fields, language)

    def wrong(x: Any) -> tuple[float, Any]:
        value, gradient = problem(x)
        gradient[1] = gradient[1] + 0.5
        return value, gradient

    eps = fields.get("eps")
    _, exact, estimate = method(wrong if fields.get("wrong") else problem, problem.x, *([] if eps is None else [eps]))
    comparison.same("dC", exact, fields["dC"], TOLERANCE)
    used = _DEFAULT_EPS if eps is None else eps
    comparison.same("estimate", estimate, fields["estimate"], max(used, 1e-14 / used))
    comparison.same("xafter", problem.x, fields["xafter"], TOLERANCE)


def _fista(method: Callable[..., Any], fields: dict[str, Any], comparison: Comparison, language: Language) -> None:
    problem = Lasso(scope.copy(fields["problem"]))
    params = [] if fields["noparams"] else [language.table(as_fields(scope.copy(fields.get("params"))))]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        x, history = method(problem.smooth, problem.norm, problem.shrink, problem.x, *params)
    comparison.same("x", x, fields["x"], TOLERANCE)
    comparison.same("xinitAfter", problem.x, fields["xinitAfter"], TOLERANCE)
    comparison.same("history", history, fields["history"], TOLERANCE)
    comparison.same("printed", printed.getvalue(), fields["printed"])
    if "paramsAfter" in fields:
        comparison.same("paramsAfter", params[0], fields["paramsAfter"], TOLERANCE)


_CALLS: dict[str, Callable[[Callable[..., Any], dict[str, Any], Comparison, Language], None]] = {
    "polyinterp": _interpolation,
    "lswolfe": _line_search,
    "checkgrad": _gradient_check,
    "FistaLS": _fista,
}

METHODS = frozenset(_CALLS)
