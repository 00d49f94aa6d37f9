"""Negative log-likelihoods of labels, which count from 1: their sum, and its gradient.

Inputs are samples x classes x positions, labels samples x positions. `weights` of the classes may be empty: all are 1.
Labels that equal the number `ignored`, which may be NaN, count for nothing.
"""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]


@jit.threaded
def outside(labels: Array, classes: int, ignored: float) -> int:
    """How many labels there are that are no class and not ignored."""
    found = 0
    for n in prange(labels.shape[0]):
        for i in range(labels.shape[1]):
            label = labels[n, i]
            found += (label < 1 or label > classes) and label != ignored
    return found


@jit.threaded
def sums(labels: Array, x: Array, weights: Array, ignored: float) -> tuple[int, float, float]:
    """How many labels are no class and not ignored, the sum of -w x at the others, and the sum of their w."""
    wrong, losses, totals = 0, 0.0, 0.0
    for n in prange(x.shape[0]):
        loss, total = 0.0, 0.0
        for i in range(labels.shape[1]):
            label = labels[n, i]
            if label == ignored:
                continue
            if label < 1 or label > x.shape[1]:
                wrong += 1
                continue
            w = weights[label - 1] if weights.size else x.dtype.type(1)
            loss -= w * x[n, label - 1, i]
            total += w
        losses += loss
        totals += total
    return wrong, losses, totals


@jit.threaded
def spread(labels: Array, gradient: Array, weights: Array, ignored: float, factor: float) -> None:
    """gradient = factor w at the labels; it stays as it is elsewhere."""
    for n in prange(labels.shape[0]):
        for i in range(labels.shape[1]):
            label = labels[n, i]
            if label != ignored:
                gradient[n, label - 1, i] = factor * weights[label - 1] if weights.size else factor
