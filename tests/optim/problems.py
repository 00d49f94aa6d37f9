"""Functions to minimise."""

import numpy as np

from torchnn import torch

CENTRE = np.array([1.0, -2.0, 0.5, 3.0])
MATRIX = np.array([[3.0, 0.5, 0, 0.2], [0.5, 2, 0.3, 0], [0, 0.3, 1.5, 0.1], [0.2, 0, 0.1, 1]])


def quadratic(x):
    """(x - c)'A(x - c) / 2 and its gradient, a new tensor."""
    away = x.array.reshape(-1).astype(np.float64) - CENTRE
    return 0.5 * away @ MATRIX @ away, torch.from_numpy((MATRIX @ away).reshape(x.shape)).typeAs(x)


def quartic(x):
    """The same plus a quarter of the sum of fourth powers of x - c."""
    value, gradient = quadratic(x)
    away = x.array - CENTRE
    gradient.array[...] += away**3
    return value + 0.25 * (away**4).sum(), gradient


def start():
    return torch.DoubleTensor([0.3, 0.1, -0.7, 0.9])
