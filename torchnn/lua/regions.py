"""What Lua's brackets do where they need Python: parts of tensors, and tensors of numbers that Lua gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn.errors import ArgumentError, RangeError, SizeError, bad_argument
from torchnn.lua.values import plain
from torchnn.torch import brackets
from torchnn.torch.conversion import as_tensor
from torchnn.torch.core import Core
from torchnn.torch.sizes import check
from torchnn.torch.storage import Storage


def maker(cls: type[Core]) -> Callable[..., Core]:
    """A function that makes uninitialised tensors of a class: `make(size1, ...)`."""

    @plain
    def make(*size: int) -> Core:
        check(size)
        return cls.empty(size)

    return make


@plain
def row(x: Core, index: float) -> Any:
    """`x[index]`: a slice along the first dimension, or an element of a vector."""
    offset, size, stride = _row(x, index)
    return x._view(offset, size, stride) if size else x._element(offset)


@plain
def set_row(x: Core, index: float, value: Any) -> None:
    """`x[index] = value`, a number or a tensor of any type with as many elements."""
    _set(x, value, *_row(x, index))


@plain
def part(x: Core, *spec: float | None) -> Any:
    """`x[{...}]`: for each dimension first and last, or None where it goes; a number where all go."""
    offset, size, stride = _part(x, spec)
    return x._view(offset, size, stride) if size else x._element(offset)


@plain
def set_part(x: Core, value: Any, *spec: float | None) -> None:
    """`x[{...}] = value`, a number or a tensor of any type with as many elements."""
    _set(x, value, *_part(x, spec))


def _set(x: Core, value: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
    if not isinstance(value, (int, float)):
        x._view(offset, size or (1,), stride or (1,)).copy(value)
    elif size:
        brackets.no_half(x, brackets.FILL)
        x._view(offset, size, stride).fill(value)
    else:
        x._write(offset, value)


def _row(x: Core, index: float) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Offset, sizes and strides of a slice."""
    size, stride = x._size, x._stride
    if not size:
        raise RangeError(bad_argument(1, "?", "empty tensor"))
    return x._offset + _position(index, size[0]) * stride[0], size[1:], stride[1:]


def _part(x: Core, spec: tuple[Any, ...]) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Offset, sizes and strides of a part."""
    offset, size, stride = x._offset, x._size, x._stride
    if not size:
        raise RangeError(bad_argument(1, "?", "empty tensor"))
    count = len(spec) // 2
    if count > len(size):
        raise RangeError(f"too many indices provided: {count} for a {len(size)}D tensor")
    sizes, strides = [], []
    for first, last, n, step in zip(spec[::2], spec[1::2], size, stride, strict=False):
        begin = _position(first, n)
        offset += begin * step
        if last is not None:
            end = n - 1 if last == -1 else _position(last, n)
            if end < begin:
                raise RangeError(bad_argument(2, "?", f"end smaller than beginning: {first} to {last} of {n}"))
            sizes.append(end - begin + 1)
            strides.append(step)
    return offset, (*sizes, *size[count:]), (*strides, *stride[count:])


def _position(index: float, n: int) -> int:
    """A 1-based index, negative from the end, as an offset; fractions are cut off."""
    if -n <= index < n + 1:  # which infinity and nan are not
        position = int(index) - 1 if index > 0 else int(index) + n
        if 0 <= position < n:
            return position
    raise RangeError(bad_argument(2, "?", f"out of range: {index:.14g} of {n}"))


@plain
def with_mask(x: Core, mask: Core) -> Core:
    """`x[mask]`: the elements where the mask is 1."""
    brackets.no_half(x, brackets.BY_MASK)
    return x.maskedSelect(mask)


@plain
def set_with_mask(x: Core, mask: Core, value: Any) -> None:
    """`x[mask] = value`, a number or a tensor."""
    brackets.no_half(x, brackets.BY_MASK)
    if isinstance(value, (int, float)):
        x.maskedFill(mask, value)
    else:
        x.maskedCopy(mask, value)


@plain
def element_at(x: Core, index: Any) -> Any:
    """`x[LongStorage]`: one element."""
    return x._element(_element_position(x, index))


@plain
def set_element_at(x: Core, index: Any, value: float) -> None:
    """`x[LongStorage] = value`."""
    if not isinstance(value, (int, float)):
        raise ArgumentError(bad_argument(3, "?", "number expected"))
    x._write(_element_position(x, index), value)


def _element_position(x: Core, index: Any) -> int:
    places = index.data.tolist()
    if len(places) != len(x._size):
        raise SizeError(bad_argument(2, "?", "invalid size"))
    return x._offset + sum(
        _position(place, n) * step for place, n, step in zip(places, x._size, x._stride, strict=True)
    )


@plain
def look(x: Core | Storage) -> None:
    """Make the view of the memory of a tensor or a storage that Lua reads; none for the empty tensor."""
    x.data if isinstance(x, Storage) else as_tensor(x).array  # noqa: B018


@plain
def memory(x: Core) -> Any:
    """What keeps a tensor's memory, where it is now, from being freed."""
    return x.array


@plain
def storage_element(storage: Any, position: int) -> float:
    """The element of a storage at a 0-based position."""
    return float(storage[position])


@plain
def set_storage_element(storage: Any, position: int, value: float) -> None:
    """Store a number in a storage at a 0-based position."""
    storage[position] = value


NATIVES = {
    function.__name__: function
    for function in (
        row,
        set_row,
        part,
        set_part,
        with_mask,
        set_with_mask,
        element_at,
        set_element_at,
        look,
        memory,
        storage_element,
        set_storage_element,
    )
}
