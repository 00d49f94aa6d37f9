"""Pooling over windows of any rank.

Arrays are flat; `size` and `out_size` are (time, rows, columns) of one plane. The windows of a dimension are described
by their taps: row k of `taps` holds the first and the last + 1 output position whose window has tap k inside the
input, the input position of the tap in window 0, and the tap's share of an index. The loops run tap by tap along a
row of the output, so that the innermost one vectorizes and a row stays in the first-level cache; as the taps come in
the order of the elements, the first of equal maxima wins.

Adaptive pooling has windows of varying lengths instead: rows of (first, last + 1) for each output position.
"""

from typing import Any

import numpy as np
from numba import prange

from torchnn.kernels import jit

Array = np.ndarray[Any, Any]
Size = tuple[int, int, int]
Arrays = tuple[Array, Array, Array]


# Positions are unsigned and strides constant in the loops below: Numba's care for negative positions, and unknown
# strides, keep a loop from vectorizing (a factor of 3).


@jit.kernel
def _larger(x: Array, a: int, stride: int, y: Array, where: Array, b: int, n: int, code: int, codes: Array) -> None:
    """Let n candidates x[a], x[a + stride], ... replace what is smaller from y[b] on."""
    p, q, step, two = np.uint64(a), np.uint64(b), np.uint64(stride), np.uint64(2)
    if stride == 1:
        for i in range(np.uint64(n)):
            if x[p + i] > y[q + i]:
                y[q + i], where[q + i] = x[p + i], code + codes[i]
    elif stride == 2:
        for i in range(np.uint64(n)):
            if x[p + two * i] > y[q + i]:
                y[q + i], where[q + i] = x[p + two * i], code + codes[i]
    else:
        for i in range(np.uint64(n)):
            if x[p + step * i] > y[q + i]:
                y[q + i], where[q + i] = x[p + step * i], code + codes[i]


@jit.threaded
def max_forward(
    x: Array, y: Array, where: Array, size: Size, out_size: Size, strides: Size, taps: Arrays, codes: Arrays
) -> None:
    """Maxima of all windows; `where` becomes the shares of the first largest element's tap and of the output.

    An output stays as it was where no element is larger, and so does `where`.
    """
    depth, height, width = out_size
    for row in prange(y.size // width):
        p, t, h = row // (depth * height), row // height % depth, row % height
        for i in range(taps[0].shape[0]):
            if not taps[0][i, 0] <= t < taps[0][i, 1]:
                continue
            plane = p * size[0] + taps[0][i, 2] + t * strides[0]
            for j in range(taps[1].shape[0]):
                if not taps[1][j, 0] <= h < taps[1][j, 1]:
                    continue
                start = (plane * size[1] + taps[1][j, 2] + h * strides[1]) * size[2]
                code = taps[0][i, 3] + codes[0][t] + taps[1][j, 3] + codes[1][h]
                for k in range(taps[2].shape[0]):
                    o, n = taps[2][k, 0], taps[2][k, 1] - taps[2][k, 0]
                    a = start + taps[2][k, 2] + o * strides[2]
                    _larger(x, a, strides[2], y, where, row * width + o, n, code + taps[2][k, 3], codes[2][o:])


@jit.threaded
def max_backward(grad_input: Array, gradient: Array, where: Array, planes: int) -> int:
    """Set each plane to the sums of the gradients at their positions, from 1; 0 is nowhere.

    Returns how many positions are outside. Plane by plane, which is still in the cache after it was zeroed: half the
    time of zeroing all before.
    """
    n, m = np.uint64(gradient.size // planes), np.uint64(grad_input.size // planes)
    outside = 0
    for p in prange(planes):
        plane, first = np.uint64(p) * m, np.uint64(p) * n
        grad_input[p * m : (p + 1) * m] = 0
        for i in range(n):
            # As unsigned number 0 - 1 is large, so that one comparison finds all that is not inside.
            place = np.uint64(where[first + i] - 1)
            if place < m:
                grad_input[plane + place] += gradient[first + i]
            elif where[first + i] != 0:
                outside += 1
    return outside


@jit.kernel
def _add(x: Array, a: int, stride: int, y: Array, b: int, n: int) -> None:
    """Add x[a], x[a + stride], ... to n elements from y[b] on."""
    p, q, step, two = np.uint64(a), np.uint64(b), np.uint64(stride), np.uint64(2)
    if stride == 1:
        for i in range(np.uint64(n)):
            y[q + i] += x[p + i]
    elif stride == 2:
        for i in range(np.uint64(n)):
            y[q + i] += x[p + two * i]
    else:
        for i in range(np.uint64(n)):
            y[q + i] += x[p + step * i]


@jit.kernel
def _one_by_one(windows: int, taps: int) -> tuple[int, int]:
    """How many windows, or else taps, of a row are taken one by one, each with all of the others: the fewer ones.

    A loop over one window costs as much for each tap as ten additions: 4096 planes of 7 x 7 to 1 x 1 take .4 ms, not
    1.4.
    """
    return (windows, 0) if windows < taps else (0, taps)


@jit.kernel
def _inside(taps: Array, w: int, stride: int, size: int) -> tuple[int, int, int]:
    """Where the elements of window w begin in a row of that size, and which taps are the first and last + 1 of them."""
    place = taps[0, 2] + w * stride
    return place, max(0, -place), min(taps.shape[0], size - place)


@jit.threaded
def average_forward(
    x: Array, y: Array, size: Size, out_size: Size, strides: Size, taps: Arrays, counts: Arrays
) -> None:
    """Means of all windows: sums divided by the product of the counts of each dimension."""
    depth, height, width = out_size
    windows, singles = _one_by_one(width, taps[2].shape[0])
    for row in prange(y.size // width):
        p, t, h = row // (depth * height), row // height % depth, row % height
        for w in range(width):
            y[row * width + w] = 0
        for i in range(taps[0].shape[0]):
            if not taps[0][i, 0] <= t < taps[0][i, 1]:
                continue
            plane = p * size[0] + taps[0][i, 2] + t * strides[0]
            for j in range(taps[1].shape[0]):
                if not taps[1][j, 0] <= h < taps[1][j, 1]:
                    continue
                start = (plane * size[1] + taps[1][j, 2] + h * strides[1]) * size[2]
                for w in range(windows):
                    place, first, last = _inside(taps[2], w, strides[2], size[2])
                    total = y[row * width + w]
                    for k in range(first, last):
                        total += x[start + place + k]
                    y[row * width + w] = total
                for k in range(singles):
                    o, n = taps[2][k, 0], taps[2][k, 1] - taps[2][k, 0]
                    _add(x, start + taps[2][k, 2] + o * strides[2], strides[2], y, row * width + o, n)
        for w in range(width):
            y[row * width + w] /= y.dtype.type(counts[0][t] * counts[1][h] * counts[2][w])


@jit.kernel
def _spread(share: Array, o: int, n: int, grad_input: Array, a: int, stride: int) -> None:
    """Add n shares from position o on to grad_input[a], [a + stride], ..."""
    p, q, step = np.uint64(a), np.uint64(o), np.uint64(stride)
    if stride == 1:
        for i in range(np.uint64(n)):
            grad_input[p + i] += share[q + i]
    else:
        for i in range(np.uint64(n)):
            grad_input[p + step * i] += share[q + i]


@jit.threaded
def average_backward(
    gradient: Array,
    grad_input: Array,
    planes: int,
    size: Size,
    out_size: Size,
    strides: Size,
    taps: Arrays,
    counts: Arrays,
) -> None:
    """Add each gradient, divided as in `average_forward`, to all elements of its window."""
    depth, height, width = out_size
    windows, singles = _one_by_one(width, taps[2].shape[0])
    for p in prange(planes):
        share = np.empty(width, gradient.dtype)
        for row in range(p * depth * height, (p + 1) * depth * height):
            t, h = row // height % depth, row % height
            for w in range(width):
                share[w] = gradient[row * width + w] / gradient.dtype.type(counts[0][t] * counts[1][h] * counts[2][w])
            for i in range(taps[0].shape[0]):
                if not taps[0][i, 0] <= t < taps[0][i, 1]:
                    continue
                plane = p * size[0] + taps[0][i, 2] + t * strides[0]
                for j in range(taps[1].shape[0]):
                    if not taps[1][j, 0] <= h < taps[1][j, 1]:
                        continue
                    start = (plane * size[1] + taps[1][j, 2] + h * strides[1]) * size[2]
                    for w in range(windows):
                        place, first, last = _inside(taps[2], w, strides[2], size[2])
                        begin, each = np.uint64(start + place + first), share[w]
                        for k in range(np.uint64(max(0, last - first))):
                            grad_input[begin + k] += each
                    for k in range(singles):
                        o, n = taps[2][k, 0], taps[2][k, 1] - taps[2][k, 0]
                        _spread(share, o, n, grad_input, start + taps[2][k, 2] + o * strides[2], strides[2])


@jit.threaded
def adaptive_max_forward(
    x: Array, y: Array, in_row: Array, in_column: Array, rows: Array, columns: Array, lowest: float
) -> None:
    """Maxima of planes x[p] over windows of varying sizes, and their places, from 1, within the windows."""
    for p in prange(x.shape[0]):
        for h in range(rows.shape[0]):
            for w in range(columns.shape[0]):
                largest, i, j = x.dtype.type(lowest), 0, 0
                for r in range(rows[h, 0], rows[h, 1]):
                    for c in range(columns[w, 0], columns[w, 1]):
                        if x[p, r, c] > largest:
                            largest, i, j = x[p, r, c], r - rows[h, 0] + 1, c - columns[w, 0] + 1
                y[p, h, w], in_row[p, h, w], in_column[p, h, w] = largest, i, j


@jit.threaded
def adaptive_average_forward(x: Array, y: Array, rows: Array, columns: Array) -> None:
    """Means of planes x[p] over windows of varying sizes."""
    for p in prange(x.shape[0]):
        for h in range(rows.shape[0]):
            for w in range(columns.shape[0]):
                total = x.dtype.type(0)
                for r in range(rows[h, 0], rows[h, 1]):
                    for c in range(columns[w, 0], columns[w, 1]):
                        total += x[p, r, c]
                y[p, h, w] = total / x.dtype.type((rows[h, 1] - rows[h, 0]) * (columns[w, 1] - columns[w, 0]))


@jit.threaded
def adaptive_average_backward(gradient: Array, grad_input: Array, rows: Array, columns: Array) -> None:
    """Add each gradient, divided by the size of its window, to all elements of the window."""
    for p in prange(gradient.shape[0]):
        for h in range(rows.shape[0]):
            for w in range(columns.shape[0]):
                elements = (rows[h, 1] - rows[h, 0]) * (columns[w, 1] - columns[w, 0])
                share = gradient[p, h, w] / gradient.dtype.type(elements)
                for r in range(rows[h, 0], rows[h, 1]):
                    for c in range(columns[w, 0], columns[w, 1]):
                        grad_input[p, r, c] += share


@jit.threaded
def placed_max_forward(x: Array, y: Array, where: Array, starts: Arrays, pool: Size, lowest: float) -> None:
    """Maxima of windows of one size that start anywhere, and their positions in the plane, from 1.

    x and y have four dimensions, planes first; `starts` has a row for each plane and dimension.
    """
    for p in prange(y.shape[0]):
        for t in range(y.shape[1]):
            for h in range(y.shape[2]):
                for w in range(y.shape[3]):
                    largest, place = x.dtype.type(lowest), 0
                    for i in range(starts[0][p, t], starts[0][p, t] + pool[0]):
                        for j in range(starts[1][p, h], starts[1][p, h] + pool[1]):
                            for k in range(starts[2][p, w], starts[2][p, w] + pool[2]):
                                if x[p, i, j, k] > largest:
                                    largest, place = x[p, i, j, k], (i * x.shape[2] + j) * x.shape[3] + k + 1
                    y[p, t, h, w], where[p, t, h, w] = largest, place
