"""Views that share the storage: narrow, select, sub, transpose, permute, unfold, squeeze, split, ..."""

from __future__ import annotations

import functools
from collections.abc import MutableSequence, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError, bad_argument, sizes
from torchnn.torch.conversion import as_tensor, is_table, result_and_tensor
from torchnn.torch.core import Core, contiguous_strides, count, is_contiguous
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import check, integer, integers

if TYPE_CHECKING:
    from typing_extensions import Self


def _into(r: Core | None, x: Core, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Any:
    """A view of x's storage: a new tensor, or the result turned into it."""
    if r is None:
        return x._view(offset, size, stride)
    if type(r) is not type(x):
        raise ArgumentError(f"{r.element.tensor_name} expected, got {x.element.tensor_name}")
    r._place(x._storage, offset, size, stride)
    return r


def permute(x: Core, *dimensions: Any) -> Any:
    """View whose dimension k is dimension `dimensions[k]` of x (1-based); x itself where nothing moves.

    Errors: `Invalid permutation` where not every dimension is named once.
    """
    x = as_tensor(x)
    order = [d - 1 for d in integers(dimensions)]
    if sorted(order) != list(range(len(x._size))):
        raise SizeError(f"Invalid permutation: {[axis + 1 for axis in order]} of a {len(x._size)}D tensor")
    if order == sorted(order):
        return x
    size, stride = x._size, x._stride
    return x._view(x._offset, tuple(size[k] for k in order), tuple(stride[k] for k in order))


def expand(*args: Any) -> Any:
    """`torch.expand([r,] x, sizes)`: view in which dimensions of size 1 are repeated (with stride 0).

    `x.expand(sizes)`, `r.expand(x, sizes)`; sizes are numbers or a LongStorage, one for each dimension. Writing to
    the view writes the one element many times. Errors: another number of sizes; other sizes where x has more than 1.
    """
    r, x, rest = result_and_tensor(args)
    size = integers(rest)
    return _into(r, x, x._offset, size, _repeating(size, x._size, x._stride))


@functools.lru_cache(1024)
def _repeating(size: tuple[int, ...], old: tuple[int, ...], stride: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of a view in which the dimensions of size 1 of a tensor of sizes `old` are repeated."""
    check(size)
    if len(size) != len(old) or not size:
        raise SizeError(f"the number of dimensions provided must equal tensor:dim(): {len(size)} and {len(old)}")
    if any(have != want and (have != 1 or want <= 0) for have, want in zip(old, size, strict=True)):
        shapes = f"{sizes(old)} to {sizes(size)}"
        raise SizeError(f"incorrect size: only supporting singleton expansion (size=1), not {shapes}")
    return tuple(0 if have == 1 else step for have, step in zip(old, stride, strict=True))


def expandAs(*args: Any) -> Any:
    """`torch.expandAs([r,] x, y)`: x expanded to the sizes of y. `x.expandAs(y)`, `r.expandAs(x, y)`."""
    _, like, _ = result_and_tensor(args[-1:])
    return expand(*args[:-1], like._size)


def view(*args: Any) -> Any:
    """`torch.view([r,] x, sizes)`: the elements of a contiguous tensor in other sizes.

    `x.view(sizes)`, `r.view(x, sizes)`; sizes are numbers or a LongStorage, and one may be -1: what is left. Errors: x
    is not contiguous; sizes that do not hold as many elements.
    """
    r, x, rest = result_and_tensor(args)
    try:
        size = integers(rest)
    except ArgumentError:
        size = ()
    if not rest or (not size and len(x._size)):
        raise ArgumentError(
            "torch.view, expected (torch.Tensor, torch.Tensor, number [, number ]*) or\n"
            " (torch.Tensor, torch.Tensor, torch.LongStorage) or\n (torch.Tensor, torch.LongStorage)\n"
            f" or (torch.Tensor, number [, number ]*), got {' '.join(type_word(value) for value in args)}"
        )
    return _into(r, x, x._offset, *viewed(size, x._size, x._stride))


@functools.lru_cache(1024)
def viewed(
    size: tuple[int, ...], old: tuple[int, ...], stride: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sizes, with one -1 replaced by what is left, and strides of a view of a tensor of sizes `old`.

    The rules are kept with their results, which halves the time of `x.view(-1)`.
    """
    if not is_contiguous(old, stride):
        raise TorchError(f"expecting a contiguous tensor, got sizes {sizes(old)}, strides {sizes(stride)}")
    total = count(old)
    if -1 in size:
        if size.count(-1) > 1:
            raise SizeError("Only one of torch.view dimensions can be -1.")
        known = -count(size)
        if known <= 0 or total % known:
            raise SizeError(f"The number of covered elements is not a multiple of all elements. {known} of {total}")
        size = tuple(total // known if n == -1 else n for n in size)
    if count(size) != total or (size and min(size) < 1):
        shapes = ["x".join(map(str, each)) for each in (old, size)]
        raise SizeError(f"Wrong size for view. Input size: {shapes[0]}. Output size: {shapes[1]}")
    return size, contiguous_strides(size)


def viewAs(*args: Any) -> Any:
    """`torch.viewAs([r,] x, y)`: x viewed in the sizes of y. `x.viewAs(y)`, `r.viewAs(x, y)`."""
    _, like, _ = result_and_tensor(args[-1:])
    return view(*args[:-1], like._size)


def squeeze(*args: Any) -> Any:
    """`torch.squeeze([r,] x [, dimension])`: view without the dimensions of size 1, or without that one (1-based).

    A number where no dimension would be left. With a dimension whose size is not 1, a view of the same sizes.
    """
    r, x, rest = result_and_tensor((*args, None))
    size, stride = x._size, x._stride
    if rest[0] is not None:
        axis = integer(rest[0]) - 1
        if not 0 <= axis < len(size):
            raise RangeError(bad_argument(2, "squeeze", f"dimension out of range: {axis + 1} of a {len(size)}D tensor"))
        kept = [k for k in range(len(size)) if k != axis or size[k] != 1]
    else:
        kept = [k for k in range(len(size)) if size[k] != 1]
    if size and not kept:
        if r is not None:
            _into(r, x, x._offset, (1,), (1,))
        return x._element(x._offset)
    return _into(r, x, x._offset, tuple(size[k] for k in kept), tuple(stride[k] for k in kept))


def split(*args: Any) -> Any:
    """`torch.split([table,] x, size [, dimension=1])`: list of views of that size along a dimension (1-based).

    The last may be shorter. A table that is given is emptied and filled. Errors: a size below 1.
    """
    table, x, rest = _table_and_tensor(args)
    return _split(table, x, *(integer(value) for value in rest))


def chunk(*args: Any) -> Any:
    """`torch.chunk([table,] x, n [, dimension=1])`: list of at most n views of equal size along a dimension (1-based).

    Their size is the extent divided by n, rounded up: there may be fewer than n, and the last may be shorter.
    Errors: n below 1.
    """
    table, x, rest = _table_and_tensor(args)
    number, dimension = integer(rest[0]), integer(rest[1]) if len(rest) > 1 else 1
    extent = x._size[x.axis(dimension, "chunk", 3)]
    if number < 1:
        raise SizeError(f"a positive number of chunks expected, got {number}")
    return _split(table, x, -(-extent // number), dimension)


def _table_and_tensor(args: Sequence[Any]) -> tuple[MutableSequence[Any] | None, Any, Sequence[Any]]:
    """Split `[table,] x, size, ...`."""
    if len(args) > 1 and isinstance(args[1], (Core, np.ndarray)) and not isinstance(args[0], Core):
        table, x, rest = args[0], as_tensor(args[1]), args[2:]
    else:
        table, x, rest = result_and_tensor(args)
    if not 1 <= len(rest) <= 2 or not (table is None or is_table(table)):
        raise ArgumentError("expected a tensor, a size and perhaps a dimension")
    return table, x, rest


def _split(table: MutableSequence[Any] | None, x: Any, size: int, dimension: int = 1) -> Any:
    extent = x._size[x.axis(dimension, "split", 3)]
    if size < 1:
        raise SizeError(f"a positive size expected, got {size}")
    parts = [x.narrow(dimension, start + 1, min(size, extent - start)) for start in range(0, extent, size)]
    if table is None:
        return parts
    table[:] = parts
    return table


class Views:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()

    permute = permute
    expand = expand
    expandAs = expandAs
    view = view
    viewAs = viewAs
    squeeze = squeeze

    def narrow(self, dimension: int, index: int, size: int) -> Self:
        """View of `size` slices along a dimension from `index` on (both 1-based).

        Errors: a dimension or slices that do not exist; a size below 1.
        """
        axis, start, size = integer(dimension) - 1, integer(index) - 1, integer(size)
        old = self._size
        if not 0 <= axis < len(old):
            raise RangeError(bad_argument(2, "narrow", f"out of range: dimension {axis + 1} of a {len(old)}D tensor"))
        if not 0 <= start < old[axis]:
            raise RangeError(bad_argument(3, "narrow", f"out of range: index {start + 1} of {old[axis]}"))
        if not 0 < size <= old[axis] - start:
            raise RangeError(
                bad_argument(4, "narrow", f"out of range: {size} slices from {start + 1} of {old[axis]} on")
            )
        offset = self._offset + start * self._stride[axis]
        return self._view(offset, (*old[:axis], size, *old[axis + 1 :]), self._stride)

    def select(self, dimension: int, index: int) -> Any:
        """View of one slice (`dimension` and `index` are 1-based), without that dimension; of a vector, a number.

        As in Torch7 the dimension does not matter for a vector. Errors: a dimension or an index that does not exist,
        negative ones among them.
        """
        axis, start = integer(dimension) - 1, integer(index) - 1
        size, stride = self._size, self._stride
        if len(size) == 1:
            if not 0 <= start < size[0]:
                raise RangeError(bad_argument(2, "select", f"out of range: index {start + 1} of {size[0]}"))
            return self._element(self._offset + start * stride[0])
        if not size:
            raise RangeError(bad_argument(1, "select", "empty Tensor"))
        if not 0 <= axis < len(size):
            raise RangeError(bad_argument(2, "select", f"out of range: dimension {axis + 1} of a {len(size)}D tensor"))
        if not 0 <= start < size[axis]:
            raise RangeError(bad_argument(3, "select", f"out of range: index {start + 1} of {size[axis]}"))
        offset = self._offset + start * stride[axis]
        return self._view(offset, size[:axis] + size[axis + 1 :], stride[:axis] + stride[axis + 1 :])

    def sub(self, *bounds: int) -> Self:
        """`x.sub(b1, e1 [, b2, e2 ...])`: view from b to e along the first dimensions, at most 4.

        Both are 1-based and included; negative ones count from the end. Errors: bounds that do not exist, an end before
        its beginning, more pairs than dimensions.
        """
        if len(bounds) < 2 or len(bounds) % 2 or len(bounds) > 8:
            raise ArgumentError("one to four pairs of beginning and end expected")
        if len(bounds) > 2 * len(self._size):
            raise RangeError(bad_argument(len(bounds), "sub", f"invalid dimension of a {len(self._size)}D tensor"))
        size, offset = list(self._size), self._offset
        for axis in range(len(bounds) // 2):
            start = _from_end(integer(bounds[2 * axis]), size[axis], 2 * axis + 2)
            end = _from_end(integer(bounds[2 * axis + 1]), size[axis], 2 * axis + 3)
            if end < start:
                why = f"end smaller than beginning: {end + 1} and {start + 1}"
                raise RangeError(bad_argument(2 * axis + 3, "sub", why))
            offset += start * self._stride[axis]
            size[axis] = end - start + 1
        return self._view(offset, tuple(size), self._stride)

    def transpose(self, dimension1: int, dimension2: int) -> Self:
        """View with two dimensions (1-based) exchanged; errors: a dimension that does not exist."""
        a, b = integer(dimension1) - 1, integer(dimension2) - 1
        dims = len(self._size)
        if not (0 <= a < dims and 0 <= b < dims):
            position, axis = (3, b) if 0 <= a < dims else (2, a)
            why = f"out of range: dimension {axis + 1} of a {dims}D tensor"
            raise RangeError(bad_argument(position, "transpose", why))
        size, stride = list(self._size), list(self._stride)
        size[a], size[b] = size[b], size[a]
        stride[a], stride[b] = stride[b], stride[a]
        return self._view(self._offset, tuple(size), tuple(stride))

    def t(self) -> Self:
        """The transpose of a matrix, a view; errors: another number of dimensions than 2."""
        if len(self._size) != 2:
            raise SizeError(bad_argument(1, "t", f"Tensor must have 2 dimensions, has {len(self._size)}"))
        return self._view(self._offset, self._size[::-1], self._stride[::-1])

    def unfold(self, dimension: int, size: int, step: int) -> Self:
        """View of all windows of `size` at distances of `step` along a dimension (1-based).

        That dimension becomes floor((n - size) / step) + 1, and the window is a new last one. Errors: a dimension that
        does not exist, a window that does not fit, a step below 1.
        """
        axis, size, step = integer(dimension) - 1, integer(size), integer(step)
        old, stride = self._size, self._stride
        if not old:
            raise SizeError(bad_argument(1, "unfold", "cannot unfold an empty tensor"))
        if not 0 <= axis < len(old):
            raise RangeError(bad_argument(2, "unfold", f"out of range: dimension {axis + 1} of a {len(old)}D tensor"))
        if not 0 < size <= old[axis]:
            raise RangeError(bad_argument(3, "unfold", f"out of range: window of {size} in {old[axis]}"))
        if step < 1:
            raise RangeError(bad_argument(4, "unfold", f"invalid step: {step}"))
        windows = (old[axis] - size) // step + 1
        return self._view(
            self._offset,
            (*old[:axis], windows, *old[axis + 1 :], size),
            (*stride[:axis], step * stride[axis], *stride[axis + 1 :], stride[axis]),
        )

    def split(self, size: int, dimension: int = 1) -> list[Self]:
        """List of views of that size along a dimension (1-based); see `torch.split`."""
        return split(self, size, dimension)

    def chunk(self, n: int, dimension: int = 1) -> list[Self]:
        """List of at most n views of equal size along a dimension (1-based); see `torch.chunk`."""
        return chunk(self, n, dimension)


def _from_end(index: int, extent: int, position: int) -> int:
    """A 1-based index, negative from the end, as 0-based one."""
    start = index + extent if index < 0 else index - 1
    if not 0 <= start < extent:
        raise RangeError(bad_argument(position, "sub", f"out of range: {index} of {extent}"))
    return start
