"""Pooling of one plane (time x rows x columns), window by window."""

import itertools

import numpy as np


def elements(size, out, kernel, stride, pad, dilation):
    """For each output position: the positions of its window's elements that lie in the plane, in order."""
    for position in itertools.product(*map(range, out)):
        start = [o * d - p for o, d, p in zip(position, stride, pad, strict=True)]
        window = itertools.product(*map(range, kernel))
        places = [tuple(s + k * e for s, k, e in zip(start, tap, dilation, strict=True)) for tap in window]
        yield position, [x for x in places if all(0 <= i < n for i, n in zip(x, size, strict=True))]


def maximum(plane, out, kernel, stride, pad, dilation):
    """Maxima and their positions, from 1; the lowest number and 0 where no element is larger."""
    y = np.full(out, np.finfo(plane.dtype).min, plane.dtype)
    where = np.zeros(out, np.int64)
    for position, window in elements(plane.shape, out, kernel, stride, pad, dilation):
        for place in window:
            if plane[place] > y[position]:
                y[position], where[position] = plane[place], np.ravel_multi_index(place, plane.shape) + 1
    return y, where


def clipped_maximum(plane, out, kernel, stride, pad, dilation):
    """Maxima as Torch7's volumetric pooling finds them, and the offsets of their taps packed into bytes.

    A window that starts before the plane is cut by as many taps as elements are missing, and starts at its first
    element inside.
    """
    y = np.full(out, np.finfo(plane.dtype).min, plane.dtype)
    packed = np.full(out, 0xFFFFFF)
    for position in itertools.product(*map(range, out)):
        start = [o * d - p for o, d, p in zip(position, stride, pad, strict=True)]
        taps = [min(k, k + s) for k, s in zip(kernel, start, strict=True)]
        for axis in range(3):
            while start[axis] < 0:
                start[axis] += dilation[axis]
        for tap in itertools.product(*map(range, taps)):
            place = tuple(s + t * e for s, t, e in zip(start, tap, dilation, strict=True))
            if all(i < n for i, n in zip(place, plane.shape, strict=True)) and plane[place] > y[position]:
                y[position] = plane[place]
                offsets = [t + k - left for t, k, left in zip(tap, kernel, taps, strict=True)]
                packed[position] = offsets[0] + (offsets[1] << 8) + (offsets[2] << 16)
    return y, packed


def average(plane, out, kernel, stride, pad, include_pad=True):
    """Means; padding counts, but not what is beyond it, unless `include_pad` is False."""
    y = np.zeros(out)
    ones = (1,) * len(kernel)
    for position, window in elements(plane.shape, out, kernel, stride, pad, ones):
        divisor = 1
        for o, n, k, d, p in zip(position, plane.shape, kernel, stride, pad, strict=True):
            first, last = o * d - p, min(o * d - p + k, n + p)
            divisor *= last - first if include_pad else min(last, n) - max(first, 0)
        total = sum(plane[place] for place in window)
        y[position] = total / divisor if divisor else np.nan
    return y
