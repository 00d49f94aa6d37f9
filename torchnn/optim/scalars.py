"""Arithmetic of single numbers as in C, where Python raises an error or gives another result."""

import math

import numpy as np


def divide(a: float, b: float) -> float:
    """The quotient; infinite or NaN for a divisor of 0."""
    with np.errstate(all="ignore"):
        return float(np.float64(a) / np.float64(b))


def root(a: float) -> float:
    """The square root; NaN below 0."""
    return math.sqrt(a) if a >= 0 else math.nan


def larger(a: float, b: float) -> float:
    """Lua's math.max of two numbers; the second where one of them is NaN."""
    return a if a > b else b


def smaller(a: float, b: float) -> float:
    """Lua's math.min of two numbers; the second where one of them is NaN."""
    return a if a < b else b
