"""What Lua's brackets need of Python apart from rows and parts; tensors of numbers that Lua gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchnn.errors import ArgumentError, SizeError, bad_argument
from torchnn.lua.values import plain
from torchnn.torch import brackets
from torchnn.torch.conversion import as_tensor
from torchnn.torch.core import Core
from torchnn.torch.regions import position
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
    return x._offset + sum(position(place, n) * step for place, n, step in zip(places, x._size, x._stride, strict=True))


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
