"""Sizes of what slides a window: convolution, pooling and their reverses.

Formulas are for one dimension; `pooled` and those that end in `_all` take and give all dimensions at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def extent(kernel: int, dilation: int = 1) -> int:
    """How much of the input a kernel spans: dilation (kernel - 1) + 1."""
    return dilation * (kernel - 1) + 1


def convolved(size: int, kernel: int, stride: int, pad: int = 0, dilation: int = 1) -> int:
    """Positions of a window that lies within the padded input: floor((size + 2 pad - extent) / stride) + 1.

    Zero or less where the window does not fit.
    """
    return (size + 2 * pad - extent(kernel, dilation)) // stride + 1


def pooled(
    size: Iterable[int],
    kernel: Iterable[int],
    stride: Iterable[int],
    pad: Sequence[int],
    dilation: Iterable[int],
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """Output sizes of pooling, for all dimensions: as `convolved`, the quotients rounded up in ceil mode.

    Where any dimension is padded, a last window that would start at or past the end of the input is dropped, in all
    dimensions; without padding it stays, outside the input, in ceil mode.
    """
    padded = any(pad)
    return tuple(
        _pooled(n, k, d, p, dilated, ceil_mode, padded)
        for n, k, d, p, dilated in zip(size, kernel, stride, pad, dilation, strict=True)
    )


def _pooled(size: int, kernel: int, stride: int, pad: int, dilation: int, ceil_mode: bool, padded: bool) -> int:
    span = size + 2 * pad - extent(kernel, dilation)
    n = (-(-span // stride) if ceil_mode else span // stride) + 1
    return n - 1 if padded and (n - 1) * stride >= size + pad else n


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
