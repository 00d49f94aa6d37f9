"""Whole numbers and sizes as arguments: the one place that reads them."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from torchnn import errors
from torchnn.errors import ArgumentError, SizeError
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.storage import Storage

# What every numpy we support can hold.
MOST_DIMENSIONS = 32
MOST_ELEMENTS = 2**59


def integer(value: Any) -> int:
    """A number truncated toward zero; text that is a number counts as one."""
    if type(value) is int:
        return value
    if type(value) is float and math.isfinite(value):
        return int(value)
    if not isinstance(value, (numbers.Real, str)) or isinstance(value, (bool, np.bool_)):
        raise ArgumentError(f"number expected, got {type_word(value)}")
    try:
        number = float(value)
    except ValueError:
        raise ArgumentError("number expected, got string") from None
    if not math.isfinite(number):
        raise SizeError(f"a whole number expected, got {number}")
    return int(value) if isinstance(value, numbers.Integral) else int(number)


def integers(args: Sequence[Any]) -> tuple[int, ...]:
    """The numbers of `s1, s2, ...`, of one LongStorage, of one list or of one vector of numpy, truncated."""
    for value in args:
        if type(value) is not int:
            break
    else:
        return tuple(args)
    if len(args) == 1:
        first = args[0]
        if isinstance(first, Storage) and first.element is types.LONG:
            return tuple(first.data.tolist())
        if isinstance(first, (list, tuple)) or (isinstance(first, np.ndarray) and first.ndim == 1):
            args = first
    return tuple([value if type(value) is int else integer(value) for value in args])


def parse(args: Sequence[Any]) -> tuple[int, ...]:
    """The sizes of a tensor, given as `s1, s2, ...`, a LongStorage or a list: a size of 0 or less ends them."""
    return cut(integers(args))


@functools.lru_cache(1024)
def cut(size: tuple[int, ...]) -> tuple[int, ...]:
    """Sizes up to the first that is 0 or less; errors: more dimensions or elements than there can be."""
    for axis, n in enumerate(size):
        if n <= 0:
            size = size[:axis]
            break
    check(size)
    return size


def check(size: tuple[int, ...]) -> None:
    """Refuse more dimensions or elements than there can be."""
    if len(size) > MOST_DIMENSIONS:
        raise too_many_dimensions(len(size))
    if math.prod(size) > MOST_ELEMENTS:
        raise SizeError(f"too many elements: sizes {errors.sizes(size)}")


def too_many_dimensions(count: int) -> SizeError:
    """More dimensions than there can be."""
    return SizeError(f"too many dimensions: {count}, at most {MOST_DIMENSIONS}")


def of_result(
    args: Sequence[Any], cls: type[Core], between: str = "", make: Callable[..., np.ndarray] = np.empty
) -> Core:
    """Read `[r,] sizes`: the result resized, or a new tensor of class `cls`, as `make` makes it, where it is left out.

    `between` is what the function may take between the two, for the message of the error.
    """
    given = len(args) > 0 and isinstance(args[0], Core)
    try:
        size = parse(args[1:] if given else args)
    except ArgumentError:
        size = None
    if size is None or len(args) == given or (given and not isinstance(args[0], cls)):
        expected = f"[*{cls.element.name}Tensor*] {between}(LongStorage | dim1 [dim2...])"
        raise errors.invalid_arguments([type_word(value) for value in args], [expected])
    return args[0]._resize(size) if given else cls.empty(size, make)


def is_number(value: Any) -> bool:
    """Whether a value is a number of Lua: a real one of Python or numpy, and no boolean."""
    # Most are told at once, since asking an abstract class takes 0.3 us.
    usual = type(value) is int or type(value) is float
    return usual or (not isinstance(value, (Core, bool, np.bool_)) and isinstance(value, numbers.Real))
