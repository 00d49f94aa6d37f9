"""Torch7's brackets as scripts of Lua write them: they count from 1, and take first and last of each dimension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torchnn.errors import RangeError, bad_argument
from torchnn.torch import brackets
from torchnn.torch.core import Core

# The offset, the sizes and the strides of a part of a tensor.
Region = tuple[int, tuple[int, ...], tuple[int, ...]]


class Regions:
    """Reading and writing parts of tensors; a part without dimensions is a number."""

    __slots__ = ()

    def _row(self: Core, index: float) -> Any:
        """`x[index]`: a slice along the first dimension, or an element of a vector."""
        return _read(self, *_row(self, index))

    def _part(self: Core, *spec: float | None) -> Any:
        """`x[{...}]`: for each dimension first and last, or None where it goes."""
        return _read(self, *_part(self, spec))

    def _set_row(self: Core, index: float, value: Any) -> None:
        """`x[index] = value`, a number or a tensor of any type with as many elements."""
        _write(self, value, *_row(self, index))

    def _set_part(self: Core, value: Any, *spec: float | None) -> None:
        """`x[{...}] = value`, a number or a tensor of any type with as many elements."""
        _write(self, value, *_part(self, spec))


def _read(x: Core, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Any:
    return x._view(offset, size, stride) if size else x._element(offset)


def _write(x: Any, value: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
    if not isinstance(value, (int, float)):
        x._view(offset, size or (1,), stride or (1,)).copy(value)
    elif size:
        brackets.no_half(x, brackets.FILL)
        x._view(offset, size, stride).fill(value)
    else:
        x._write(offset, value)


def _row(x: Core, index: float) -> Region:
    size, stride = x._size, x._stride
    if not size:
        raise RangeError(bad_argument(1, "?", "empty tensor"))
    return x._offset + position(index, size[0]) * stride[0], size[1:], stride[1:]


def _part(x: Core, spec: Sequence[Any]) -> Region:
    offset, size, stride = x._offset, x._size, x._stride
    if not size:
        raise RangeError(bad_argument(1, "?", "empty tensor"))
    count = len(spec) // 2
    if count > len(size):
        raise RangeError(f"too many indices provided: {count} for a {len(size)}D tensor")
    sizes, strides = [], []
    for first, last, n, step in zip(spec[::2], spec[1::2], size, stride, strict=False):
        begin = position(first, n)
        offset += begin * step
        if last is not None:
            end = n - 1 if last == -1 else position(last, n)
            if end < begin:
                raise RangeError(bad_argument(2, "?", f"end smaller than beginning: {first} to {last} of {n}"))
            sizes.append(end - begin + 1)
            strides.append(step)
    return offset, (*sizes, *size[count:]), (*strides, *stride[count:])


def position(index: float, n: int) -> int:
    """A 1-based index, negative from the end, as an offset; fractions are cut off. Errors: RangeError beyond n."""
    if -n <= index < n + 1:  # which infinity and nan are not
        place = int(index) - 1 if index > 0 else int(index) + n
        if 0 <= place < n:
            return place
    raise RangeError(bad_argument(2, "?", f"out of range: {index:.14g} of {n}"))
