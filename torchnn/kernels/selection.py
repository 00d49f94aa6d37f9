"""Selecting by index along the middle one of three dimensions, of which several columns are taken at a time.

Indices count from 1 and have been verified: to do that in the loops that follow them would double their time. Arrays
are contiguous. Positions are unsigned since numba asks signed ones whether they are negative, which costs a third.
"""

import numpy as np
from numba import prange

from torchnn.kernels import jit

# Columns that a thread takes at a time, so that there is work for all where the first dimension is 1.
COLUMNS = 512

# Where the first dimension is short, a thread takes those rows whose number divided by the first of these leaves the
# same, if they have so many elements: 1000 x 1000 floats in 0.75 of the time of halves of rows, rows of 10 in 2 of it.
PARTS, LONG = 4, 64

# Indices that are looked at before they are used.
BLOCK = 2048


@jit.threaded
def strangers(index: np.ndarray, n: int) -> int:
    """How many numbers of a flat array are not among 1 to n."""
    found = 0
    for i in prange(index.size):
        found += np.uint64(index[i] - 1) >= np.uint64(n)
    return found


# In the next two arrays are outer x n x inner.


@jit.exact_threaded
def take(out: np.ndarray, x: np.ndarray, index: np.ndarray) -> None:
    """out[:, k] = x[:, index[k]]."""
    outer, count, inner = out.shape
    if inner == 1:
        for i in prange(outer):
            for k in range(count):
                out[i, k, 0] = x[i, np.uint64(index[k] - 1), np.uint64(0)]
    else:
        for p in prange(outer * count):
            source, target = x[p // count, np.uint64(index[p % count] - 1)], out[p // count, p % count]
            for j in range(inner):
                target[j] = source[j]


@jit.exact_threaded
def put(x: np.ndarray, index: np.ndarray, y: np.ndarray, adding: bool) -> None:
    """x[:, index[k]] = y[:, k], or += where `adding`, for k in order."""
    outer, n, inner = x.shape
    if inner >= LONG and outer < PARTS and n > PARTS * PARTS:
        for piece in prange(outer * PARTS):
            i, part = np.uint64(piece // PARTS), np.uint64(piece % PARTS)
            for k in range(index.size):
                row = np.uint64(index[k] - 1)
                if row % np.uint64(PARTS) == part:
                    target, source = x[i, row], y[i, np.uint64(k)]
                    if adding:
                        for j in range(inner):
                            target[j] += source[j]
                    else:
                        for j in range(inner):
                            target[j] = source[j]
        return
    pieces = (inner + COLUMNS - 1) // COLUMNS
    for piece in prange(outer * pieces):
        i, start = np.uint64(piece // pieces), piece % pieces * COLUMNS
        end = min(start + COLUMNS, inner)
        for k in range(index.size):
            row = np.uint64(index[k] - 1)
            if inner == 1:
                value = y[i, np.uint64(k), np.uint64(0)]
                x[i, row, np.uint64(0)] = x[i, row, np.uint64(0)] + value if adding else value
            else:
                target, source = x[i, row, start:end], y[i, np.uint64(k), start:end]
                for j in range(target.size):
                    target[j] = target[j] + source[j] if adding else source[j]


@jit.exact_threaded
def fill(x: np.ndarray, index: np.ndarray, number: np.ndarray) -> None:
    """x[:, index[k]] = the number in an array of one."""
    outer, count = x.shape[0], index.size
    value = number[0]
    if x.shape[2] == 1 and outer > 1:
        # Columns: 1000 x 1000 floats in 0.2 of the time of one element after the other.
        for i in prange(outer):
            for k in range(count):
                x[i, np.uint64(index[k] - 1), np.uint64(0)] = value
        return
    for p in prange(outer * count):
        target = x[p // count, np.uint64(index[p % count] - 1)]
        for j in range(target.size):
            target[j] = value


# In the next two arrays are outer x (n * inner). Few columns are taken by one loop in place of two: with an inner
# dimension of 2 these cost a third.


@jit.exact_threaded
def gather(x: np.ndarray, index: np.ndarray, out: np.ndarray, inner: int) -> int:
    """out[i, k, j] = x[i, index[i, k, j], j]. Gives 0, or more where there are indices that do not exist.

    Where `inner` is 1, `gathering.gather` takes less time.

    Indices are looked at block by block, before those of a block are used, while they are in the cache: 10^6 floats in
    0.65 of the time of a pass of its own.
    """
    n, step = np.uint64(x.shape[1] // inner), np.uint64(inner)
    strange = 0
    size = max(BLOCK // inner, 1) * inner
    blocks = (out.shape[1] + size - 1) // size
    for block in prange(out.shape[0] * blocks):
        i, start = block // blocks, block % blocks * size
        source, positions, target = x[i], index[i, start : start + size], out[i, start : start + size]
        last = np.uint64(0)
        for p in range(target.size):
            last = max(last, np.uint64(positions[p] - 1))
        if last >= n:
            strange += 1
        elif inner <= COLUMNS:
            j = np.uint64(0)
            for p in range(target.size):
                target[p] = source[np.uint64(positions[p] - 1) * step + j]
                j += np.uint64(1)
                if j == step:
                    j = np.uint64(0)
        else:
            for row in range(0, target.size, inner):
                for p in range(row, row + inner):
                    target[p] = source[np.uint64(positions[p] - 1) * step + np.uint64(p - row)]
    return strange


@jit.exact_threaded
def scatter(x: np.ndarray, index: np.ndarray, y: np.ndarray, inner: int, before: np.ndarray) -> int:
    """x[i, index[i, k, j], j] = y[i, k, j] for k in order. Gives 0, or more where there are indices that do not exist.

    They are looked at before those of a block are used. What x was is written to `before`, from which it may be had
    again: rows and columns of 10^6 elements in 0.8 to 0.86 of the time of a pass of its own over indices. They have
    been looked at where rows of `before` are empty.
    """
    n, step, pieces = np.uint64(x.shape[1] // inner), np.uint64(inner), (inner + COLUMNS - 1) // COLUMNS
    size = max(BLOCK // inner, 1) * inner
    strange = 0
    for piece in prange(index.shape[0] * pieces):
        i, start = piece // pieces, piece % pieces * COLUMNS
        target, kept = x[i], before[i]
        wide = min(COLUMNS, inner - start) if pieces > 1 else inner
        if pieces == 1:
            for p in range(kept.size):
                kept[p] = target[p]
        else:
            for row in range(start, kept.size, inner):
                for p in range(row, row + wide):
                    kept[p] = target[p]
        for begin in range(0, index.shape[1], size):
            positions, source = index[i, begin + start : begin + size], y[i, begin + start : begin + size]
            if pieces > 1:
                positions, source = positions[:wide], source[:wide]
            last = np.uint64(0)
            for p in range(positions.size if kept.size else 0):
                last = max(last, np.uint64(positions[p] - 1))
            if last >= n:
                strange += 1
                break
            if inner == 1:
                for p in range(positions.size):
                    target[np.uint64(positions[p] - 1)] = source[p]
            elif pieces == 1:
                j = np.uint64(0)
                for p in range(positions.size):
                    target[np.uint64(positions[p] - 1) * step + j] = source[p]
                    j += np.uint64(1)
                    if j == step:
                        j = np.uint64(0)
            else:
                for p in range(positions.size):
                    target[np.uint64(positions[p] - 1) * step + np.uint64(p + start)] = source[p]
    return strange


@jit.exact_threaded
def subscripts(chosen: np.ndarray, before: np.ndarray, leading: np.ndarray, found: np.ndarray) -> None:
    """Rows of 1-based subscripts of what is chosen of a matrix, of which `before` tells how many come before each row.

    `leading` has the first subscripts of all of a row.
    """
    last = leading.shape[1]
    for n in prange(chosen.shape[0]):
        row, at = chosen[n], before[n]
        for j in range(row.size):
            if row[j]:
                for axis in range(last):
                    found[at, axis] = leading[n, axis]
                found[at, last] = j + 1
                at += 1
