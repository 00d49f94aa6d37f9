"""Margins between the scores of labelled and of other classes."""

import numpy as np

from torchnn.kernels.jit import kernel


@kernel
def multi_label_forward(x: np.ndarray, labels: np.ndarray, is_target: np.ndarray) -> float:
    """The sum of max(0, 1 - x[i, label] + x[i, k]) over labels of row i, until a 0, and classes k that are no label.

    `labels` count from 1; `is_target` becomes 1 at the labels of each row and 0 elsewhere.
    """
    total = x.dtype.type(0)
    for i in range(x.shape[0]):
        is_target[i] = 0
        for j in range(x.shape[1]):
            if labels[i, j] == 0:
                break
            is_target[i, labels[i, j] - 1] = 1
        for j in range(x.shape[1]):
            if labels[i, j] == 0:
                break
            for k in range(x.shape[1]):
                margin = x.dtype.type(1) - x[i, labels[i, j] - 1] + x[i, k]
                if is_target[i, k] == 0 and margin > 0:
                    total += margin
    return total


@kernel
def multi_label_backward(
    x: np.ndarray, labels: np.ndarray, is_target: np.ndarray, weight: float, gradient: np.ndarray
) -> None:
    """Fill in `weight` times the derivative of what `multi_label_forward` sums, with its `is_target`."""
    for i in range(x.shape[0]):
        gradient[i] = 0
        for j in range(x.shape[1]):
            if labels[i, j] == 0:
                break
            for k in range(x.shape[1]):
                if is_target[i, k] == 0 and x.dtype.type(1) - x[i, labels[i, j] - 1] + x[i, k] > 0:
                    gradient[i, labels[i, j] - 1] -= weight
                    gradient[i, k] += weight
