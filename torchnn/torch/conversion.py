"""From one element type to another, and to and from numpy, lists and files of Python's own."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from torchnn.errors import ArgumentError, SizeError, TorchError, different_counts
from torchnn.torch import in_turn, parallel, types
from torchnn.torch.core import Core, count
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import MOST_DIMENSIONS
from torchnn.torch.storage import Storage
from torchnn.torch.types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Self

    from torchnn.torch.tensor import Tensor


# The types of most lists' elements, which are told at once: asking an abstract class for each takes 0.3 us.
LISTS, NUMBERS = {list}, {int, float}


def as_tensor(value: Any) -> Any:
    """A tensor as it is; an array as a tensor of its type, sharing memory; a list as one of the default type."""
    if isinstance(value, Core):
        return value
    if isinstance(value, np.ndarray):
        return from_numpy(value)
    if is_table(value):
        return types.TENSORS[types.default()].from_any(value)
    raise ArgumentError(f"torch.*Tensor expected, got {type_word(value)}")


def result_and_tensor(args: Sequence[Any]) -> tuple[Core | None, Any, Sequence[Any]]:
    """Split `[r,] x, ...`: the result or None, the tensor, and the rest; an array before it counts as a tensor."""
    if len(args) > 1 and isinstance(args[1], Core) and isinstance(args[0], Core):
        return args[0], args[1], args[2:]
    if len(args) > 2 and isinstance(args[1], np.ndarray) and isinstance(args[0], Core):
        return args[0], from_numpy(args[1]), args[2:]
    if not args:
        raise ArgumentError("torch.*Tensor expected, got no value")
    x = args[0]
    return None, x if isinstance(x, Core) else as_tensor(x), args[1:]


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor of the type of a numpy array (booleans become bytes) that shares its memory.

    An array that cannot be shared (read-only, of another byte order, with negative strides) is copied.
    """
    if not isinstance(array, np.ndarray):
        raise ArgumentError(f"numpy array expected, got {type_word(array)}")
    return types.TENSORS[types.of_dtype(array.dtype)].from_any(array)


def from_dlpack(source: Any) -> Tensor:
    """A tensor that shares the memory of an array of another library, by the DLPack protocol."""
    if not hasattr(source, "__dlpack__"):
        raise ArgumentError(f"an array with __dlpack__ expected, got {type_word(source)}")
    return from_numpy(np.from_dlpack(source))


def totable(value: Any) -> list[Any]:
    """The elements of a tensor (as nested lists) or of a storage."""
    if isinstance(value, Core):
        return value.array.tolist()
    if isinstance(value, Storage):
        return value.totable()
    if isinstance(value, np.ndarray):
        return from_numpy(value).totable()
    raise ArgumentError("obj must be a Storage or a Tensor")


def is_table(value: Any) -> bool:
    """Whether a value is a list in Lua's sense."""
    # What is no list is told first, since asking an abstract class takes 0.3 us.
    return isinstance(value, (list, tuple)) or (
        not isinstance(value, (Core, str, bytes)) and isinstance(value, Sequence)
    )


def array_of_table(table: Any, element: ElementType) -> np.ndarray:
    """An array of the numbers in nested lists; the shape is read off the first elements.

    Errors: lists that are not as long or as deep as the first ones; elements that are no numbers.
    """
    shape: list[int] = []
    level, kinds = [table], {type(table)}
    while kinds == LISTS or (not kinds <= NUMBERS and _nested(level[0])):
        shape.append(len(level[0]))
        if len(shape) > MOST_DIMENSIONS:  # of a list that is in itself, without end
            raise SizeError(f"too many dimensions: at most {MOST_DIMENSIONS}")
        if kinds != LISTS and not all(map(_nested, level)):
            raise SizeError("invalid tensor definition: a number where a list is expected")
        if len(level) > 1 and len(set(map(len, level))) > 1:
            raise SizeError(f"invalid tensor sizes: lists of {sorted(set(map(len, level)))} elements")
        level = list(chain.from_iterable(level))
        if not level:
            break
        kinds = set(map(type, level))
    if shape == [0]:
        return np.empty(0, element.dtype)
    if not level or not (kinds <= NUMBERS or all(map(_numeric, kinds))):
        raise ArgumentError("invalid element (not a number)")
    if str in kinds:
        level = [_number(value) if isinstance(value, str) else value for value in level]
    return array_of_numbers(level, element, kinds).reshape(shape)


def _nested(value: Any) -> bool:
    return is_table(value) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _numeric(kind: type) -> bool:
    return issubclass(kind, (int, float, np.number, str)) and not issubclass(kind, (bool, np.complexfloating))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentError("invalid element (not a number)") from None


def array_of_numbers(values: Sequence[Any], element: ElementType, kinds: set[type]) -> np.ndarray:
    """Numbers as an array; whole numbers keep all digits as long as 64 bits hold them."""
    if kinds == {int} and not element.floating:
        return np.array([element.number(value) for value in values], element.dtype)
    return element.convert(np.array(values, np.float64))


class Conversion:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    @classmethod
    def from_any(cls, value: Any) -> Self:
        """A tensor of this type from a tensor, an array or nested lists; memory is shared where the type agrees."""
        if isinstance(value, Core):
            return value if value.element is cls.element else cls.wrap(cls.element.convert(value.array))
        if type(value) is np.ndarray and value.dtype is cls.element.dtype:
            flags = value.flags
            if flags.c_contiguous and flags.writeable:
                return cls.wrap(value)
        if is_table(value):
            return cls.wrap(array_of_table(value, cls.element))
        array = np.asarray(value)
        if array.dtype == np.bool_:
            array = array.view(np.uint8)
        if array.dtype.kind not in "iuf":
            raise ArgumentError(f"{cls.element.tensor_name} expected, got an array of {array.dtype}")
        array = cls.element.convert(array)
        shareable = array.flags.writeable and all(
            step >= 0 and step % array.itemsize == 0 for n, step in zip(array.shape, array.strides, strict=True)
        )
        return cls.wrap(array if shareable else array.copy())

    # ------------------------------------------------------------------ types

    def type(self, name: str | None = None) -> Any:
        """The type's name, `torch.DoubleTensor`; with a name, the tensor converted (itself where it has that type)."""
        return self.element.tensor_name if name is None else self._as(types.of_tensor_name(name))

    def typeAs(self, other: Any) -> Any:
        """Convert to the type of another tensor; the tensor itself where it has that type."""
        return self._as(as_tensor(other).element)

    def _as(self, element: ElementType) -> Any:
        if element is self.element:
            return self
        converted = types.TENSORS[element].empty(self._size)
        if self._size:
            parallel.copy(converted.array, self.array)
        return converted

    def byte(self) -> Any:
        """Convert to ByteTensor; the tensor itself where it is one."""
        return self._as(types.BYTE)

    def char(self) -> Any:
        """Convert to CharTensor; the tensor itself where it is one."""
        return self._as(types.CHAR)

    def short(self) -> Any:
        """Convert to ShortTensor; the tensor itself where it is one."""
        return self._as(types.SHORT)

    def int(self) -> Any:
        """Convert to IntTensor; the tensor itself where it is one."""
        return self._as(types.INT)

    def long(self) -> Any:
        """Convert to LongTensor; the tensor itself where it is one."""
        return self._as(types.LONG)

    def float(self) -> Any:
        """Convert to FloatTensor; the tensor itself where it is one."""
        return self._as(types.FLOAT)

    def double(self) -> Any:
        """Convert to DoubleTensor; the tensor itself where it is one."""
        return self._as(types.DOUBLE)

    def half(self) -> Any:
        """Convert to HalfTensor; the tensor itself where it is one."""
        return self._as(types.HALF)

    def real(self) -> Any:
        """Convert to the default type; the tensor itself where it has that type."""
        return self._as(types.default())

    def copy(self, source: Any) -> Self:
        """Take over the elements of a tensor of any type with as many elements, in row-major order; returns x.

        Of itself in another order (`x.copy(x.t())`) each element is taken as those before have left it.
        """
        y = as_tensor(source)
        if y._size != self._size and count(y._size) != count(self._size):
            raise different_counts([("tensor", self._size), ("src", y._size)])
        if not self._size:
            return self
        into = self._array if self._base is None else self.array
        out = y._array if y._base is None else y.array
        if y._size != self._size:
            if self.isContiguous():
                into = into.reshape(y._size)
            else:
                out = out.reshape(self._size)
        if in_turn.is_needed(into, [out]):
            in_turn.copy(into, out)
        else:
            parallel.copy(into, out)
        return self

    # ------------------------------------------------------------------ Python and numpy

    def numpy(self) -> np.ndarray:
        """The elements as a numpy array that shares the memory."""
        return self.array

    def totable(self) -> list[Any]:
        """The elements as nested lists."""
        return self.array.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.array
        if dtype is not None and array.dtype != np.dtype(dtype):
            if copy is False:
                raise ValueError(f"a {self.element.tensor_name} cannot be seen as {np.dtype(dtype)} without a copy")
            return array.astype(dtype)
        return array.copy() if copy else array

    @property
    def __array_interface__(self) -> dict[str, Any]:
        if not self._size:
            return self.array.__array_interface__
        # A buffer in place of an address keeps the memory alive when this tensor is given a longer storage.
        array, kind = self.array, self.element.dtype
        place = {"data": self._storage.data, "offset": self._offset * kind.itemsize, "strides": array.strides}
        return {"shape": self._size, "typestr": kind.str, "version": 3, **place}

    def __array_function__(self, function: Any, kinds: Any, args: Any, options: Any) -> Any:
        # numpy would try methods of the same names first, and some of these (nonzero) count from 1.
        return function(*_with_arrays(args), **{name: _with_arrays(value) for name, value in options.items()})

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[Any, Any]:
        return self.array.__dlpack_device__()

    def __bool__(self) -> bool:
        if count(self._size) != 1:
            raise TorchError(
                f"the truth of a tensor of {count(self._size)} elements is not defined: ask is None, any() or all()"
            )
        return bool(self._element(self._offset))

    def __float__(self) -> Any:
        return float(self._only())

    def __int__(self) -> Any:
        return int(self._only())

    def _only(self) -> Any:
        if count(self._size) != 1:
            raise TorchError(f"a tensor of {count(self._size)} elements is not a number")
        return self._element(self._offset)

    def __copy__(self) -> Self:
        return self._view(self._offset, self._size, self._stride)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Self:
        copied = self.view_of(None, self._offset, self._size, self._stride)
        memo[id(self)] = copied
        copied._base = deepcopy(self._storage, memo)
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._storage, self._offset, self._size, self._stride)


def _with_arrays(value: Any) -> Any:
    """A value with arrays in place of tensors, also in lists and tuples."""
    if isinstance(value, Core):
        return value.array
    return type(value)(map(_with_arrays, value)) if type(value) in (list, tuple) else value


def _restore(cls: Any, storage: Storage | None, offset: Any, size: tuple[Any, ...], stride: tuple[Any, ...]) -> Any:
    """What pickle calls to make a tensor."""
    return cls.view_of(storage, offset, size, stride)
