"""Convolution of planes of any rank, position by position."""

import itertools

import numpy as np


def meetings(plane, positions, window):
    """Which (position, tap, place) meet: the tap of the kernel, at the position, sees the place in the plane."""
    kernel, stride, pad, dilation = window
    for position in itertools.product(*map(range, positions)):
        for tap in itertools.product(*map(range, kernel)):
            place = tuple(o * d - p + k * e for o, d, p, k, e in zip(position, stride, pad, tap, dilation, strict=True))
            if all(0 <= i < n for i, n in zip(place, plane, strict=True)):
                yield position, tap, place


def positions_of(plane, window):
    """Size of the output."""
    kernel, stride, pad, dilation = window
    return tuple(
        len(range(-p, n + p - (k - 1) * e, d))
        for n, k, d, p, e in zip(plane, kernel, stride, pad, dilation, strict=True)
    )


def forward(x, weight, bias, window):
    """x is N x C x ..., weight O x C x ..."""
    positions = positions_of(x.shape[2:], window)
    y = np.zeros((len(x), len(weight), *positions))
    for position, tap, place in meetings(x.shape[2:], positions, window):
        y[(..., *position)] += x[(..., *place)] @ weight[(..., *tap)].T
    return y + bias.reshape(-1, *(1,) * len(positions))


def grad_input(gradient, weight, plane, window):
    """The gradient of planes of that size."""
    dx = np.zeros((len(gradient), weight.shape[1], *plane))
    for position, tap, place in meetings(plane, gradient.shape[2:], window):
        dx[(..., *place)] += gradient[(..., *position)] @ weight[(..., *tap)]
    return dx


def grad_weight(x, gradient, window):
    """The gradient of the weight."""
    dw = np.zeros((gradient.shape[1], x.shape[1], *window[0]))
    for position, tap, place in meetings(x.shape[2:], gradient.shape[2:], window):
        dw[(..., *tap)] += gradient[(..., *position)].T @ x[(..., *place)]
    return dw
