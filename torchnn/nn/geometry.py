"""Sizes of what slides a window: convolution, pooling and their reverses.

Each formula is for one dimension; `convolved_all` and `unconvolved_all` apply it to all of them.
"""

from __future__ import annotations

from collections.abc import Iterable


def extent(kernel: int, dilation: int = 1) -> int:
    """How much of the input a kernel spans: dilation (kernel - 1) + 1."""
    return dilation * (kernel - 1) + 1


def convolved(size: int, kernel: int, stride: int, pad: int = 0, dilation: int = 1) -> int:
    """Positions of a window that lies within the padded input: floor((size + 2 pad - extent) / stride) + 1.

    Zero or less where the window does not fit.
    """
    return (size + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1


def pooled(size: int, kernel: int, stride: int, pad: int = 0, dilation: int = 1, ceil_mode: bool = False) -> int:
    """Output size of pooling: as `convolved`, the quotient rounded up in ceil mode.

    Where there is padding, a last window that would start at or past the end of the input is dropped; without
    padding it stays, outside the input, in ceil mode.
    """
    span = size + 2 * pad - dilation * (kernel - 1) - 1
    n = (-(-span // stride) if ceil_mode else span // stride) + 1
    if pad and (n - 1) * stride >= size + pad:
        n -= 1
    return n


def unconvolved(size: int, kernel: int, stride: int, pad: int = 0, adjustment: int = 0) -> int:
    """Output size of a full (transposed) convolution: (size - 1) stride - 2 pad + kernel + adjustment."""
    return (size - 1) * stride - 2 * pad + kernel + adjustment


def convolved_all(
    size: Iterable[int], kernel: Iterable[int], stride: Iterable[int], pad: Iterable[int], dilation: Iterable[int]
) -> tuple[int, ...]:
    """`convolved` of each dimension."""
    return tuple(map(convolved, size, kernel, stride, pad, dilation))


def unconvolved_all(
    size: Iterable[int], kernel: Iterable[int], stride: Iterable[int], pad: Iterable[int], adjustment: Iterable[int]
) -> tuple[int, ...]:
    """`unconvolved` of each dimension."""
    return tuple(map(unconvolved, size, kernel, stride, pad, adjustment))
