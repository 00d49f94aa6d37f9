"""Correlation of maps with small kernels: valid and full, of any element type.

Volumes have axes (maps, depth, height, width); a 2-D map is a volume of depth 1. The groups, an axis before those,
have nothing to do with each other.
"""

from typing import Any

import numba

from torchnn.kernels import jit

Array = Any


@jit.kernel
def _add_plane(plane: Array, taps: Array, out: Array, top: int, left: int) -> None:
    """out[y, x] += the sum over (i, j) of taps[i, j] * plane[y + i - top, x + j - left], zero outside the plane."""
    height, width = plane.shape
    for y in range(out.shape[0]):
        for i in range(max(0, top - y), min(taps.shape[0], height + top - y)):
            row = plane[y + i - top]
            for j in range(taps.shape[1]):
                tap = taps[i, j]
                # Slices let the innermost loop use vectors: 3 to 10 times faster than shifted indices.
                start, end = max(0, left - j), min(out.shape[1], width + left - j)
                source, target = row[start + j - left : end + j - left], out[y, start:end]
                for x in range(target.size):
                    target[x] += tap * source[x]


@jit.threaded
def correlate(x: Array, taps: Array, out: Array, front: int, top: int, left: int) -> None:
    """out[g, m] = the sum over n of the correlation of x[g, n] with taps[g, m, n], shifted by front, top and left."""
    groups, maps, depths = out.shape[:3]
    for job in numba.prange(groups * maps * depths):
        g, m, z = job // (maps * depths), job // depths % maps, job % depths
        out[g, m, z] = 0
        for n in range(x.shape[1]):
            for i in range(max(0, front - z), min(taps.shape[3], x.shape[2] + front - z)):
                _add_plane(x[g, n, z + i - front], taps[g, m, n, i], out[g, m, z], top, left)
