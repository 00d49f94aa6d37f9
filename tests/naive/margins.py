"""Margins between the scores of labelled and of other classes, row by row and label by label."""

import numpy as np


def labels_before_zero(row):
    """The labels of a row until a 0, as positions from 0; one that comes twice counts twice."""
    row = list(row)
    return [label - 1 for label in (row[: row.index(0)] if 0 in row else row)]


def multi_label(x, labels):
    """The sum of max(0, 1 - x[t] + x[k]) over labels t and classes k that are none; marks of labels; the gradient."""
    marks, gradient, total = np.zeros_like(x), np.zeros_like(x), 0.0
    for i, row in enumerate(labels):
        named = labels_before_zero(row)
        marks[i, named] = 1
        for t in named:
            for k in set(range(x.shape[1])) - set(named):
                margin = 1 - x[i, t] + x[i, k]
                if margin > 0:
                    total += margin
                    gradient[i, t] -= 1
                    gradient[i, k] += 1
    return total, marks, gradient
