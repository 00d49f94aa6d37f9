"""Margins between the scores of labelled and of other classes."""

import numpy as np
from numba import prange

from torchnn.kernels.jit import threaded


@threaded
def forward(x: np.ndarray, labels: np.ndarray, weights: np.ndarray, starts: np.ndarray, squared: bool) -> float:
    """The sum of w[label] max(0, starts[i] + x[i, k]), or its square, over rows i and other classes k.

    `labels` count from 1, one for each row; without elements, the weights are all 1. Starts are margin - x[i, label]:
    what rounding loses of them is lost for the label too, but not if LLVM sees both and reassociates.
    """
    total = 0.0
    for i in prange(x.shape[0]):
        scores, label, found = x[i], labels[i] - 1, 0.0
        start = starts[i]
        # The label's own margin is taken off again: a comparison at each class would keep the loop from vectorizing.
        own = start + scores[label] if start + scores[label] > 0 else x.dtype.type(0)
        for k in range(scores.size):
            excess = start + scores[k] if start + scores[k] > 0 else x.dtype.type(0)
            found += excess * excess if squared else excess
        found -= own * own if squared else own
        total += found * weights[label] if weights.size else found
    return total


@threaded
def backward(
    x: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    margin: float,
    squared: bool,
    norm: float,
    gradient: np.ndarray,
) -> None:
    """Fill in `norm` times the derivative of what `forward` sums."""
    for i in prange(x.shape[0]):
        scores, slopes, label = x[i], gradient[i], labels[i] - 1
        start = margin - scores[label]
        step, total = norm * weights[label] if weights.size else norm, x.dtype.type(0)
        for k in range(scores.size):
            excess = start + scores[k]
            slope = (excess + excess) * step if squared else step
            slopes[k] = slope if excess > 0 else x.dtype.type(0)
        slopes[label] = 0
        for k in range(scores.size):
            total += slopes[k]
        slopes[label] = -total


@threaded
def multi_label_forward(x: np.ndarray, labels: np.ndarray, is_target: np.ndarray) -> float:
    """The sum of max(0, 1 - x[i, label] + x[i, k]) over labels of row i, until a 0, and classes k that are no label.

    `labels` count from 1; `is_target` becomes 1 at the labels of each row and 0 elsewhere.
    """
    total = x.dtype.type(0)
    for i in prange(x.shape[0]):
        scores, marks = x[i], is_target[i]
        marks[:] = 0
        for j in range(labels.shape[1]):
            if labels[i, j] == 0:
                break
            marks[labels[i, j] - 1] = 1
        for j in range(labels.shape[1]):
            if labels[i, j] == 0:
                break
            start = x.dtype.type(1) - scores[labels[i, j] - 1]
            for k in range(scores.size):
                # Without a branch, so that it vectorizes.
                margin = start + scores[k]
                total += margin if (margin > 0) & (marks[k] == 0) else x.dtype.type(0)
    return float(total)


@threaded
def multi_label_backward(
    x: np.ndarray, labels: np.ndarray, is_target: np.ndarray, weight: float, gradient: np.ndarray
) -> None:
    """Fill in `weight` times the derivative of what `multi_label_forward` sums, with its `is_target`."""
    for i in prange(x.shape[0]):
        scores, marks, slopes = x[i], is_target[i], gradient[i]
        slopes[:] = 0
        for j in range(labels.shape[1]):
            if labels[i, j] == 0:
                break
            start, hits = x.dtype.type(1) - scores[labels[i, j] - 1], x.dtype.type(0)
            for k in range(scores.size):
                hit = x.dtype.type(1) if (start + scores[k] > 0) & (marks[k] == 0) else x.dtype.type(0)
                slopes[k] += hit * weight
                hits += hit
            slopes[labels[i, j] - 1] -= hits * weight
