"""Margins between the scores of labelled and of other classes, row by row and label by label."""

import numpy as np


def labels_before_zero(row):
    """The labels of a row until a 0, as positions from 0; one that comes twice counts twice."""
    row = list(row)
    return [label - 1 for label in (row[: row.index(0)] if 0 in row else row)]


def one_label(x, labels, weights, margin, power):
    """The sum of w[t] max(0, margin - x[t] + x[k])^power over rows, labels t and other classes k; the gradient."""
    gradient, total = np.zeros_like(x), 0.0
    for i, label in enumerate(labels):
        for k in set(range(x.shape[1])) - {label - 1}:
            excess = margin - x[i, label - 1] + x[i, k]
            if excess > 0:
                slope = weights[label - 1] * power * excess ** (power - 1)
                total += weights[label - 1] * excess**power
                gradient[i, label - 1] -= slope
                gradient[i, k] += slope
    return total, gradient


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
