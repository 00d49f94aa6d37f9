"""Changing the geometry of a tensor in place, and copies in other shapes: resize, set, reshape, repeatTensor, cat."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from torchnn import errors
from torchnn.errors import ArgumentError, RangeError, SizeError, bad_argument, invalid_arguments
from torchnn.torch import parallel, types
from torchnn.torch.conversion import as_tensor, is_table, result_and_tensor
from torchnn.torch.core import Core, contiguous_strides, count
from torchnn.torch.overloads import type_word
from torchnn.torch.results import stored
from torchnn.torch.sizes import MOST_DIMENSIONS, cut, integer, integers, is_number, parse, too_many_dimensions
from torchnn.torch.storage import Storage
from torchnn.torch.text import to_number

if TYPE_CHECKING:
    from typing_extensions import Self

# A storage, a 0-based offset, sizes, and strides of which negative ones are to be computed (None: all of them).
Place = tuple[Storage | None, int, tuple[int, ...], tuple[int, ...] | None]


def read_place(x: Core, args: Sequence[Any], function: str) -> Place:
    """What the arguments of the constructor 'Tensor' and of 'set' describe; x is the tensor that is to become it.

    Forms: nothing; a tensor; a storage [, offset (1-based) [, sizes and strides]]; sizes.
    """
    if not args:
        return None, 0, (), None
    first = as_tensor(args[0]) if isinstance(args[0], np.ndarray) else args[0]
    if isinstance(first, Core) and first.element is x.element:
        return first._storage, first._offset, first._size, first._stride
    if isinstance(first, Storage) and first.element is x.element:
        if len(args) == 1:
            return first, 0, cut((first.data.size,)), (1,)
        size, stride = _sizes_and_strides(args[2:])
        offset = integer(args[1]) - 1
        if offset < 0:
            raise SizeError(f"Tensor: invalid storage offset {offset + 1}")
        return first, offset, cut(size), stride
    if isinstance(first, Core):
        raise _unexpected(x, function)
    if isinstance(first, Storage) and first.element is types.LONG:
        return None, 0, *_storages_of_sizes(args)
    try:
        return None, 0, parse(args), None
    except ArgumentError:
        raise _unexpected(x, function) from None


def _sizes_and_strides(args: Sequence[Any]) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """`sizes, strides` as LongStorages or lists, or `s1, st1, s2, st2, ...`, where the last stride may be missing."""
    if args and (isinstance(args[0], Storage) or is_table(args[0])):
        return _storages_of_sizes(args)
    values = integers(args)
    return values[::2], (values[1::2] if len(values) % 2 == 0 else (*values[1::2], -1))


def _storages_of_sizes(args: Sequence[Any]) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    size = integers(args[:1])
    if len(args) == 1 or args[1] is None:
        return cut(size), None
    stride = integers(args[1:2])
    if len(stride) != len(size):
        raise SizeError(
            bad_argument(
                2,
                "Tensor",
                f"provided stride and size are inconsistent: {errors.sizes(stride)} and {errors.sizes(size)}",
            )
        )
    return cut(size), stride


def _unexpected(x: Core, function: str) -> ArgumentError:
    why = f"expecting number or {x.element.tensor_name} or {x.element.storage_name}"
    return ArgumentError(bad_argument(2 if function == "set" else 1, function, why))


def strides_of(size: Sequence[int], stride: Sequence[int]) -> tuple[int, ...]:
    """Strides in which the negative ones are replaced by what makes the tensor as contiguous as possible."""
    if len(stride) == len(size) and min(stride, default=0) >= 0:
        return tuple(stride)
    found: list[int] = []
    step = 1
    for n, s in zip(reversed(size), reversed(stride[: len(size)]), strict=True):
        found.append(step if s < 0 else s)
        step = found[-1] * n
    return tuple(reversed(found))


def become(x: Core, place: Place) -> None:
    """Turn x into a view; as in Torch7 strides that are not given stay where the sizes are already right."""
    storage, offset, size, stride = place
    if stride is not None:
        stride = strides_of(size, stride)
    else:
        stride = x._stride if size == x._size else contiguous_strides(size)
    x._place(storage, offset, size, stride)


def reshape(*args: Any) -> Any:
    """`torch.reshape([r,] x, sizes)`: a copy of the elements in other sizes, numbers or a LongStorage.

    `x.reshape(sizes)` gives a new tensor, `r.reshape(x, sizes)` fills r. Errors: sizes that do not hold as many.
    """
    r, x, rest = result_and_tensor(args)
    size = parse(rest)
    if count(size) != count(x._size):
        raise errors.different_counts([("tensor", size), ("src", x._size)])
    if r is None and 0 < count(size) < parallel.SMALLEST:
        return stored(None, type(x), x.array.reshape(size).copy())
    return (x.empty(size) if r is None else r._resize(size)).copy(x)


def repeatTensor(*args: Any) -> Any:
    """`torch.repeatTensor([r,] x, times)`: a copy of x repeated that often along each dimension.

    `x.repeatTensor(times)`, `r.repeatTensor(x, times)`; with more numbers than x has dimensions, x counts as having
    size 1 in front. Errors: fewer numbers than dimensions; numbers below 1.
    """
    r, x, rest = result_and_tensor(args)
    times = integers(rest)
    size, apart, one = _repeats(times, x._size)
    repeated = types.allocate(x.element, size)
    into, source = repeated.reshape(apart), x.array.reshape(one)
    if count(size) < parallel.SMALLEST:
        into[...] = source
    elif count(size) < 4 * parallel.SMALLEST or not parallel.copy_in_parallel(into, np.broadcast_to(source, apart)):
        repeated = np.tile(x.array, times)  # dimension by dimension, in half of the time
    return stored(r, type(x), repeated)


@functools.lru_cache(1024)
def _repeats(times: tuple[int, ...], size: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Sizes of a tensor repeated, these with a dimension of times before each, and that with 1 for the times."""
    if len(times) < len(size):
        raise SizeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{len(times)} and {len(size)}"
        )
    if not size or min(times) < 1:
        raise SizeError(f"cannot repeat a tensor of sizes {errors.sizes(size)} {times} times")
    full = (1,) * (len(times) - len(size)) + size
    repeated = cut(tuple([n * k for n, k in zip(full, times, strict=True)]))
    apart = tuple([each for pair in zip(times, full, strict=True) for each in pair])
    return repeated, apart, tuple([each for n in full for each in (1, n)])


def cat(*args: Any) -> Any:
    """`torch.cat([r,] x, y [, dimension])`, `torch.cat([r,] [x, y, ...] [, dimension])`: tensors one after another.

    `x.cat(y [, dimension])` gives a new tensor, `r.cat(x, y [, dimension])` and `r.cat([x, y, ...] [, dimension])`
    fill r.
    The dimension is 1-based, the last one by default; tensors of fewer dimensions count as having size 1 in the
    missing ones, and empty ones are skipped. Where all are empty, the result stays as it is. Errors: other dimensions
    differ.
    """
    r, tensors, dimension = _read_cat(args)
    if dimension is None:
        axis = len(tensors[0]._size) - 1
    else:
        axis = integer(dimension) - 1
        if axis < 0:
            raise RangeError(bad_argument(4, "cat", f"invalid dimension {axis + 1}"))
        if axis >= MOST_DIMENSIONS:
            raise too_many_dimensions(axis + 1)
    total, arrays = 0, []
    for x in tensors:
        array = x._array if x._base is None and x._size else x.array
        total += array.size
        arrays.append(array)
    few = total < parallel.SMALLEST or total * arrays[0].itemsize < parallel.SHORT_BYTES
    if total and (few or (r is None and arrays[0].flags.c_contiguous and total < len(arrays) * parallel.SMALLEST)):
        try:  # numpy says in a third of the time what holds for most calls: that sizes agree
            joined = np.concatenate(arrays, axis)
        except ValueError:
            return _cat_with_care(r, tensors, None if dimension is None else axis)
        if not joined.flags.c_contiguous:
            joined = joined.copy()
        return type(tensors[0])._over(joined, joined.shape) if r is None else stored(r, type(r), joined)
    return _cat_with_care(r, tensors, None if dimension is None else axis)


def _cat_with_care(r: Core | None, tensors: Sequence[Core], axis: int | None) -> Core:
    """`cat` of many elements, on all threads, of other numbers of dimensions, or of sizes that do not agree."""
    dims = max([len(x._size) for x in tensors])
    axis = max(dims, 1) - 1 if axis is None else axis
    dims = max(dims, axis + 1)
    arrays = [x.array.reshape(x._size + (1,) * (dims - len(x._size))) for x in tensors if x._size]
    if not arrays:
        return type(tensors[0]).empty() if r is None else r
    size = arrays[0].shape
    before, behind = size[:axis], size[axis + 1 :]
    if any([a.shape[:axis] != before or a.shape[axis + 1 :] != behind for a in arrays]):
        raise SizeError(f"inconsistent tensor sizes: {', '.join(errors.sizes(x._size) for x in tensors)}")
    size = (*before, sum([a.shape[axis] for a in arrays]), *behind)
    if r is not None and any([x._storage is r._storage for x in tensors]):
        arrays = [np.concatenate(arrays, axis)]
    r = tensors[0].empty(size) if r is None else r._resize(size)
    begin, out = 0, r.array
    if out.size < len(arrays) * parallel.SMALLEST:
        # 1000 vectors of 1000 floats take 1 ms, one by one 6.
        np.concatenate(arrays, axis, out=out)
        return r
    for array in arrays:
        end = begin + array.shape[axis]
        parallel.copy(out[(slice(None),) * axis + (slice(begin, end),)], array)
        begin = end
    return r


def _read_cat(args: Sequence[Any]) -> tuple[Core | None, Sequence[Core], Any]:
    """The result or None, the tensors, of one type, and the dimension or None."""
    if len(args) > 1 and type(args[0]) is type(args[1]) and isinstance(args[0], Core):
        # Most calls, which the rest takes 0.5 us to tell.
        if len(args) == 2:
            return None, args, None
        if len(args) == 3 and type(args[2]) is int:
            return None, args[:2], args[2]
    if len(args) == 2 and type(args[0]) is list and args[0] and type(args[1]) is int:
        if isinstance(args[0][0], Core) and len(set(map(type, args[0]))) == 1:
            return None, args[0], args[1]
    told = len(args) > 1 and (args[-1] is None or is_number(args[-1]) or to_number(args[-1]) is not None)
    values, dimension = (args[:-1], args[-1]) if told else (args, None)
    last = values[-1] if values else None
    if len(values) < 3 and not isinstance(last, Core) and is_table(last) and len(last):
        results, table = values[:-1], last
    else:
        results, table = values[:-2], values[-2:]
        if not 2 <= len(values) <= 3:
            raise _not_for_cat(args)
    kind = type(table[0])
    for x in (*results, *table):
        if type(x) is not kind:
            kind = None
    if kind is None or not issubclass(kind, Core):
        table = _tensors_for_cat(args, results, table)
    return (results[0] if results else None), table, dimension


def _tensors_for_cat(args: Sequence[Any], results: Sequence[Any], table: Sequence[Any]) -> list[Core]:
    """The table with tensors in place of arrays and lists; errors: anything else, or of another type than the first."""
    if any([is_number(x) for x in table]):
        raise ArgumentError("expected a tensor in tensor array, got number")
    if not all([isinstance(x, (Core, np.ndarray)) or is_table(x) for x in table]):
        raise _not_for_cat(args)
    tensors = [as_tensor(x) for x in table]
    if any([not isinstance(x, Core) or x.element is not tensors[0].element for x in (*results, *tensors)]):
        raise _not_for_cat(args)
    return tensors


def _not_for_cat(args: Sequence[Any]) -> ArgumentError:
    name = next((a.element for a in args if isinstance(a, Core)), types.default()).name + "Tensor"
    expected = [f"[*{name}*] {name} {name} [index]", f"[*{name}*] {{{name}+}} [index]"]
    return invalid_arguments([type_word(a) for a in args], expected)


class Geometry:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    reshape = reshape
    repeatTensor = repeatTensor
    cat = cat

    def resize(self, *args: Any) -> Self:
        """Change the sizes, given as numbers or a LongStorage, and return the tensor.

        Storage and offset stay; the storage grows where it is too short, and nothing is copied or cleared. Strides
        become contiguous, unless the sizes are already right. No sizes: no dimensions. A LongStorage of strides may
        follow one of sizes.
        """
        if len(args) == 2 and isinstance(args[1], Storage):
            size, stride = _storages_of_sizes(args)
            self._place(self._storage, self._offset, size, strides_of(size, stride))
            return self
        return self._resize(parse(args))

    def resizeAs(self, other: Any) -> Self:
        """`resize` to the sizes of a tensor of the same type."""
        if isinstance(other, Core) and other.element is not self.element:
            raise errors.wrong_type(2, "resizeAs", self.element.tensor_name, other.element.tensor_name)
        return self._resize(as_tensor(other)._size)

    def set(self, *args: Any) -> Self:
        """Become another view and return the tensor: of a tensor, of a storage, or, without arguments, of nothing.

        `x.set(y)`, `x.set(storage [, offset [, sizes [, strides]]])`, `x.set(storage, offset, s1, st1, s2, st2, ...)`,
        `x.set()`; the offset is 1-based. The storage grows where it is too short.
        """
        if len(args) == 1 and isinstance(args[0], Core) and args[0].element is self.element:
            self._share(args[0])
        else:
            become(self, read_place(self, args, "set"))
        return self
