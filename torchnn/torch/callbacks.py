"""Functions called with each element: apply, map, map2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from torchnn.errors import ArgumentError, SizeError, sizes, wrong_type
from torchnn.torch.conversion import NUMBERS, array_of_numbers, array_of_table, as_tensor
from torchnn.torch.core import Core, count
from torchnn.torch.overloads import type_word

if TYPE_CHECKING:
    from typing_extensions import Self

# The functions by how many tensors they take besides their own.
NAMES = ("apply", "map", "map2")


def _call(x: Core, function: Callable[..., Any], *others: Any) -> Any:
    """Call the function with the elements of all tensors; what it returns goes to x, once all are there."""
    if not callable(function):
        raise wrong_type(2 + len(others), NAMES[len(others)], "function", type_word(function))
    values = x.array.reshape(-1).tolist()
    elements = [_elements(x, other, 2 + k, NAMES[len(others)]) for k, other in enumerate(others)]
    return store(x, values, list(map(function, values, *elements)))


def store(x: Core, values: Sequence[Any], results: Sequence[Any]) -> Core:
    """Let what a function has returned for values be the elements of x, or these themselves where it is None."""
    kinds = set(map(type, results))
    if results and kinds <= NUMBERS:
        x.array[...] = array_of_numbers(results, x.element, kinds).reshape(x._size)
        return x
    for kind in kinds:
        if kind is not type(None) and (not issubclass(kind, Real) or issubclass(kind, bool)):
            wrong = next(result for result in results if type(result) is kind)
            raise ArgumentError(f"given function should return a number or nil, got {type_word(wrong)}")
    results = [value if result is None else result for value, result in zip(values, results, strict=True)]
    if results:
        x.array[...] = array_of_table(results, x.element).reshape(x._size)
    return x


def _elements(x: Core, other: Any, position: int, name: str) -> list[Any]:
    y = as_tensor(other)
    if y.element is not x.element:
        raise wrong_type(position, name, x.element.tensor_name, y.element.tensor_name)
    if count(y._size) != count(x._size):
        raise SizeError(f"size mismatch: {sizes(x._size)} and {sizes(y._size)}")
    return y.array.reshape(-1).tolist()


class Callbacks:
    """Methods of tensors that call a function with elements, in row-major order, and return the tensor.

    A number that the function returns is stored, None leaves the element. Nothing is stored before the last call, so
    that an error leaves the tensor as it was.
    """

    __slots__ = ()

    def apply(self, function: Callable[[Any], Any]) -> Self:
        """Each element becomes `function(element)`."""
        return _call(self, function)

    def map(self, y: Any, function: Callable[[Any, Any], Any]) -> Self:
        """Each element becomes `function(element, that of y)`; y has the same type and as many elements."""
        return _call(self, function, y)

    def map2(self, y: Any, z: Any, function: Callable[[Any, Any, Any], Any]) -> Self:
        """Each element becomes `function(element, that of y, that of z)`; y and z have the same type and count."""
        return _call(self, function, y, z)
