"""The minimum of an interpolating polynomial."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.errors import SizeError, sizes
from torchnn.optim.scalars import divide, larger, root, smaller

NEGLIGIBLE = 1e-12  # a coefficient of this size or below is taken for 0


def polyinterp(points: Any, xminBound: float | None = None, xmaxBound: float | None = None) -> Any:
    """Where the polynomial through points with given slopes has its minimum between two bounds.

    points: N x 3, rows of x, f(x) and f'(x).
    xminBound, xmaxBound: by default the least and the greatest x.

    Two points without bounds make a cubic, whose minimum is known in closed form: returns the position alone, between
    the points, or their mean where the cubic has none. In all other cases the polynomial of degree 2N - 1 is fitted
    by least squares, and the best of the bounds, the points and the places where its derivative is 0 is taken:
    returns the position and the value.

    Errors: points that are not N x 3; values that are not finite, or all the same with slopes of 0, with bounds.

    Source: torch/optim, after M. Schmidt's minFunc.
    """
    points = points if torch.isTensor(points) else torch.Tensor(points)
    if points.dim() != 2 or points.size(2) != 3:
        raise SizeError(f"points: N x 3 expected, got {sizes(points.shape)}")
    if points.size(1) == 2 and xminBound is None and xmaxBound is None:
        return _cubic(*points.totable())
    low = float(points.array[:, 0].min()) if xminBound is None else xminBound
    high = float(points.array[:, 0].max()) if xmaxBound is None else xmaxBound
    polynomial = _fit(points)
    candidates = [low, high, *points.array[:, 0].tolist(), *_critical(points, polynomial)]
    position, value = (low + high) / 2, math.inf
    for x in points.new(candidates).totable():
        if low <= x <= high:
            found = points.new([_value(polynomial, x)]).totable()[0]
            if found < value:
                position, value = x, found
    return position, value


def _cubic(first: list[float], second: list[float]) -> float:
    """The minimum between two points of the cubic with their values and slopes."""
    (x1, f1, g1), (x2, f2, g2) = (second, first) if second[0] < first[0] else (first, second)
    d1 = g1 + g2 - divide(3 * (f1 - f2), x1 - x2)
    d2 = root(d1 * d1 - g1 * g2)
    if math.isnan(d2):
        return (x1 + x2) / 2
    t = x2 - (x2 - x1) * divide(g2 + d2 - d1, g2 - g1 + 2 * d2)
    return smaller(larger(t, x1), x2)


def _fit(points: Any) -> np.ndarray:
    """Coefficients, the highest power first, by least squares."""
    x = points.array[:, 0].astype(np.float64)[:, None]
    powers = np.arange(2 * len(x) - 1, -1, -1)
    values = x**powers
    slopes = powers * x ** np.maximum(powers - 1, 0)
    right = np.concatenate([points.array[:, 1], points.array[:, 2]])[:, None]
    solved, _ = torch.gels(points.new(right), points.new(np.concatenate([values, slopes])))
    coefficients = solved.array.reshape(-1).astype(np.float64)
    return np.where(np.abs(coefficients) <= NEGLIGIBLE, 0.0, coefficients)


def _critical(points: Any, polynomial: np.ndarray) -> list[float]:
    """Where the derivative is 0: the real eigenvalues of its companion matrix."""
    slope = polynomial[:-1] * np.arange(len(polynomial) - 1, 0, -1)
    if not np.isfinite(slope).all():
        raise SizeError("the polynomial has coefficients that are not finite (too many indices provided)")
    nonzero = np.flatnonzero(np.abs(slope) >= NEGLIGIBLE)
    if not nonzero.size:
        raise SizeError("the polynomial is constant: its derivative has no roots")
    slope = np.where(np.abs(slope) < NEGLIGIBLE, 0.0, slope)
    zeros = [0.0] * (len(slope) - 1 - int(nonzero[-1]))
    slope = slope[nonzero[0] : nonzero[-1] + 1]
    if len(slope) == 1:
        return zeros
    companion = np.eye(len(slope) - 1, k=-1)
    companion[0] = -slope[1:] / slope[0]
    found, _ = torch.eig(points.new(companion), "N")
    return [real for real, imaginary in found.totable() if imaginary == 0] + zeros


def _value(polynomial: np.ndarray, x: float) -> float:
    return sum(float(c) * x**power for c, power in zip(polynomial, range(len(polynomial) - 1, -1, -1), strict=True))
