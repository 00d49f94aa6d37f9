"""Margins between the scores of labelled and of other classes."""

import numpy as np
from numba import prange

from torchnn.kernels.jit import threaded


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
