"""`nn.utils`: functions over nested tables of tensors, and what modules share to handle their inputs and fields.

A table is anything with a length and brackets that is not a tensor: a list, a dict, a Lua table.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, RangeError, SizeError
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import check, integer
from torchnn.torch.storage import Storage
from torchnn.torch.views import viewed

# ---------------------------------------------------------------------- tables


def is_table(value: Any) -> bool:
    """Whether a value is what Lua calls a table: a list, a dict or what behaves like one."""
    return (
        hasattr(value, "__getitem__")
        and hasattr(value, "__len__")
        and not isinstance(value, (Core, Storage, str, bytes, np.ndarray))
    )


def keys(table: Any) -> list[Any]:
    """The keys of a dict, or the positions, from 0, of a list."""
    return list(table.keys()) if hasattr(table, "keys") else list(range(len(table)))


def entry(table: Any, key: Any) -> Any:
    """What a table holds at a key (a position from 0); None where it holds nothing, or is no table."""
    if not is_table(table):
        return None
    if hasattr(table, "keys"):
        return table[key] if key in table else None
    return table[key] if isinstance(key, int) and 0 <= key < len(table) else None


def element(table: Any, position: int) -> Any:
    """What a table holds at a position from 0, None beyond its end, or that slice of a tensor.

    Errors: a value that is neither; a position that a tensor does not have.
    """
    if isinstance(table, Core):
        return table[position]
    if not is_table(table):
        raise ArgumentError(f"a table expected, got {type_word(table)}")
    return entry(table, position)


def size_of_table(table: Any) -> int:
    """The number of elements of a table, or of slices of a tensor. Errors: a value that is neither."""
    if not isinstance(table, Core) and not is_table(table):
        raise ArgumentError(f"a table expected, got {type_word(table)}")
    return len(table)


def check_nested(value: Any) -> None:
    """Raise unless a value is a tensor or nested tables of nothing else."""
    for leaf in leaves(value):
        if not isinstance(leaf, Core):
            raise ArgumentError(f"expecting tensor or table thereof. Got {type_word(leaf)} instead")


def put(table: Any, key: Any, value: Any) -> None:
    """Set what a table holds at a key; a list grows where it is too short."""
    if not hasattr(table, "keys"):
        table.extend([None] * (key + 1 - len(table)))
    table[key] = value


def shorten(table: Any, model: Any) -> None:
    """Remove what a table holds beyond the keys of another one."""
    kept = keys(model)
    for key in reversed(keys(table)):
        if key not in kept:
            del table[key]


def _table_for(value: Any, model: Any) -> Any:
    """The value where it is a table of the model's kind, else a new table whose first element is a single tensor."""
    if is_table(value) and hasattr(value, "keys") == hasattr(model, "keys"):
        return list(value) if isinstance(value, tuple) else value
    if hasattr(model, "keys"):
        return {}
    return [value] if isinstance(value, Core) else []


# ---------------------------------------------------------------------- inputs


def to_tensors(value: Any, typename: str) -> Any:
    """The tensors that a module works on, from arrays (sharing memory where possible) and nested lists of numbers.

    Lists of numbers take the type of that name. Tensors, numbers and tables of tensors are returned as they are.
    """
    if isinstance(value, Core):
        return value
    if isinstance(value, np.ndarray):
        return types.TENSORS[types.of_dtype(value.dtype)].from_any(value)
    if not isinstance(value, (list, tuple)):
        return value
    if _holds_numbers(value):
        return types.TENSORS[types.of_tensor_name(typename)].from_any(value)
    converted = [to_tensors(child, typename) for child in value]
    return value if all(new is old for new, old in zip(converted, value, strict=True)) else converted


def _holds_numbers(value: Sequence[Any]) -> bool:
    """Whether a list holds numbers and nothing else, however nested."""
    return bool(value) and all(
        _holds_numbers(child)
        if isinstance(child, (list, tuple))
        else isinstance(child, numbers.Real) and not isinstance(child, bool)
        for child in value
    )


# ---------------------------------------------------------------------- nn.utils


def recursiveType(param: Any, type: str, tensorCache: Any = None) -> Any:
    """Convert all tensors in nested tables, modules and criterions to the type of that name; returns the result.

    Tensors that share a storage go on sharing one, across calls too where they are given one cache. Tables, modules
    and criterions are converted in place.
    """
    tensorCache = conversion_cache(tensorCache)
    if isinstance(param, Core):
        return _converted(param, types.of_tensor_name(type), tensorCache)
    if registry.typename(param) is not None and callable(getattr(param, "type", None)):
        param.type(type, tensorCache)
    elif is_table(param) and hasattr(param, "__setitem__"):
        for key in keys(param):
            param[key] = recursiveType(param[key], type, tensorCache)
    return param


class Conversions(dict[Any, Any]):
    """What tensors and storages were converted to."""


def conversion_cache(given: Any) -> Any:
    """The dict to remember conversions in; an empty list stands for Lua's empty table and keeps one for later."""
    if given is None:
        return Conversions()
    if not is_table(given):
        raise ArgumentError(f"tensorCache: a table expected, got {type_word(given)}")
    if hasattr(given, "keys"):
        return given
    if not given:
        given.append(Conversions())
    return given[0]


def _converted(tensor: Any, element: types.ElementType, cache: dict[Any, Any]) -> Any:
    """A tensor of that type over the conversion of its whole storage; both are made once for each cache."""
    if tensor.element is element:
        return tensor
    known = cache.get(id(tensor))
    if known is None or known[0] is not tensor:
        storage = tensor._storage
        if storage is not None and storage not in cache:
            cache[storage] = types.STORAGES[element].wrap(element.convert(storage.data))
        converted = types.TENSORS[element].view_of(cache.get(storage), tensor._offset, tensor._size, tensor._stride)
        known = cache[id(tensor)] = (tensor, converted)
    return known[1]


def recursiveResizeAs(t1: Any, t2: Any) -> tuple[Any, Any]:
    """Give nested tables of tensors the structure and the sizes of others; returns both.

    What t1 lacks is made, and what t2 lacks is removed. Where t1 is a tensor and t2 a table, the tensor becomes the
    first element of one.
    """
    if isinstance(t2, Core):
        t1 = t1 if isinstance(t1, Core) else type(t2).empty()
        return t1._resize(t2._size), t2
    if not is_table(t2):
        raise _expecting_tensors(t1, t2)
    t1 = _table_for(t1, t2)
    for key in keys(t2):
        put(t1, key, recursiveResizeAs(entry(t1, key), t2[key])[0])
    shorten(t1, t2)
    return t1, t2


def recursiveFill(t2: Any, val: float) -> Any:
    """Set all elements of all tensors in nested tables; returns the table."""
    if isinstance(t2, Core):
        t2.fill(val)
    elif is_table(t2):
        for key in keys(t2):
            recursiveFill(t2[key], val)
    else:
        raise ArgumentError(f"expecting tensor or table thereof. Got {type_word(t2)} instead")
    return t2


def recursiveAdd(t1: Any, val: Any, t2: Any = None) -> tuple[Any, Any]:
    """`recursiveAdd(t1, [val=1,] t2)`: t1 + val * t2 over nested tables, in place; returns both."""
    if t2 is None:
        val, t2 = 1, val
    if isinstance(t1, Core) and isinstance(t2, Core):
        return t1.add(val, t2), t2
    if not is_table(t2):
        raise _expecting_tensors(t1, t2)
    t1 = _table_for(t1, t2)
    for key in keys(t2):
        put(t1, key, recursiveAdd(entry(t1, key), val, t2[key])[0])
    return t1, t2


def recursiveCopy(t1: Any, t2: Any, async_: Any = None) -> tuple[Any, Any]:
    """Copy nested tables of tensors into others, making what is missing; returns both. `async_` is ignored."""
    if isinstance(t2, Core):
        t1 = t1 if isinstance(t1, Core) else type(t2).empty()
        t1._resize(t2._size)
        t1.copy(t2)
        return t1, t2
    if not is_table(t2):
        raise _expecting_tensors(t1, t2)
    t1 = _table_for(t1, t2)
    for key in keys(t2):
        put(t1, key, recursiveCopy(entry(t1, key), t2[key])[0])
    return t1, t2


def _expecting_tensors(t1: Any, t2: Any) -> ArgumentError:
    return ArgumentError(f"expecting nested tensors or tables. Got {type_word(t1)} and {type_word(t2)} instead")


def addSingletonDimension(*args: Any) -> Any:
    """`addSingletonDimension([view,] tensor, dim=1)`: a view with a dimension of size 1 at `dim` (1-based)."""
    view, rest = (args[0], args[1:]) if len(args) > 1 and isinstance(args[1], Core) else (None, args)
    tensor, dim = rest[0] if rest else None, integer(rest[1]) if len(rest) > 1 else 1
    _check_view(view, tensor)
    size, stride = tensor._size, tensor._stride
    if not 1 <= dim <= len(size) + 1:
        raise RangeError(f"invalid dimension: {dim}. Tensor is of {len(size)} dimensions.")
    step = stride[dim - 1] * size[dim - 1] if dim <= len(size) else 1
    view = type(tensor).empty() if view is None else view
    view._place(
        tensor._storage,
        tensor._offset,
        (*size[: dim - 1], 1, *size[dim - 1 :]),
        (*stride[: dim - 1], step, *stride[dim - 1 :]),
    )
    return view


def _check_view(view: Any, tensor: Any) -> None:
    """Raise unless a tensor, and what is to become a view of it where it is not None, are tensors of one type."""
    if not isinstance(tensor, Core):
        raise ArgumentError(f"input tensor expected, got {type_word(tensor)}")
    if view is not None and type(view) is not type(tensor):
        raise ArgumentError(f"a view of a {type_word(tensor)} expected, got {type_word(view)}")


def view(buffer: Any, tensor: Any, size: tuple[int, ...]) -> Any:
    """Make a tensor the view of a contiguous one in those sizes, as `buffer.view(tensor, sizes)` does; returns it."""
    if type(buffer) is not type(tensor) or (tensor._size and not size):
        return buffer.view(tensor, *size)  # which says what is wrong
    buffer._place(tensor._storage, tensor._offset, *viewed(size, tensor._size, tensor._stride))
    return buffer


def contiguousView(output: Any, input: Any, *args: Any) -> Any:
    """The view of those sizes of a contiguous input, or of a contiguous copy, in `output` (made where it is None)."""
    _check_view(output, input)
    output = type(input).empty() if output is None else output
    if input.isContiguous():
        return output.view(input, *args)
    copied = input.clone()
    output._place(copied._storage, copied._offset, copied._size, copied._stride)
    return output.view(output, *args)


def clear(self: Any, *names: Any) -> Any:
    """Empty named fields of a module: tensors in place, tables by new ones; other values become None.

    The names are arguments or one list. Returns the module.
    """
    if len(names) == 1 and is_table(names[0]):
        names = tuple(names[0])
    for name in names:
        if not isinstance(name, str):
            raise ArgumentError(f"names of fields expected, got {type_word(name)}")
        value = getattr(self, name, None)
        if isinstance(value, Core):
            value._place(None, 0, (), ())
        elif value is not None:
            setattr(self, name, [] if is_table(value) else None)
    return self


# ---------------------------------------------------------------------- what several modules do


def tensors_of(table: Any) -> list[Any]:
    """The tensors of a table that holds nothing else, and at least one."""
    if not is_table(table) or not len(table):
        raise ArgumentError(f"a table of tensors expected, got {type_word(table)}")
    tensors = [entry(table, i) for i in range(len(table))] if hasattr(table, "keys") else list(table)
    for i, tensor in enumerate(tensors, start=1):
        if not isinstance(tensor, Core):
            raise ArgumentError(f"a table of tensors expected, but element {i} is a {type_word(tensor)}")
    return tensors


def gradients_of(module: Any, tensors: Sequence[Any]) -> list[Any]:
    """The tensors of the field `gradInput`, a table, one for each of some tensors: made anew where there is none."""
    held = module.gradInput
    kept = list(held)[: len(tensors)]
    if len(kept) < len(tensors) or len(held) > len(kept):
        kept += [tensor.new() for tensor in tensors[len(kept) :]]
        module.gradInput = kept
    return kept


def two_gradients(module: Any, input: Any) -> Any:
    """The field `gradInput` of a module of two tensors: two tensors, made anew where `clearState` has dropped them."""
    for i in range(2):
        if entry(module.gradInput, i) is None:
            put(module.gradInput, i, input[0].new())
    return module.gradInput


def zeros(*size: int) -> Any:
    """A tensor of zeros of the default type."""
    element = types.default()
    return types.TENSORS[element].empty(size, np.zeros)


def positive(**numbers: Any) -> tuple[int, ...]:
    """Named sizes as whole numbers; errors name the first that is no number or less than 1."""
    read = []
    for name, value in numbers.items():
        try:
            read.append(integer(value))
        except ArgumentError as error:
            raise ArgumentError(f"{name}: {error}") from None
        if read[-1] < 1:
            raise SizeError(f"{name} should be positive, got {read[-1]}")
    check(tuple(read))
    return tuple(read)


def uniform_bound(stdv: float | None, inputs: float) -> float:
    """The s of the interval (-s, s) that parameters are drawn from: stdv sqrt(3), by default 1 / sqrt(inputs)."""
    return 1 / math.sqrt(inputs) if stdv is None else stdv * math.sqrt(3)


def renew(self: Any, *names: str) -> Any:
    """Replace fields of a module by new empty ones, since others may own the tensors in them; returns the module."""
    for name in names:
        value = getattr(self, name)
        if isinstance(value, Core):
            setattr(self, name, type(value).empty())
        elif value is not None:
            setattr(self, name, [] if is_table(value) else None)
    return self


def buffers(self: Any, like: Any, *names: str) -> None:
    """Set fields of a module that are None to empty tensors, of the type of another one.

    Some of these fields stay empty here: they are Torch7's scratch, which programs and files know by name.
    """
    for name in names:
        if getattr(self, name) is None:
            setattr(self, name, like.new())


def copied(buffer: Any, value: Any) -> Any:
    """A gradient copied into a buffer of its structure, which is made where there is none; None stays None."""
    if value is None:
        return None
    if isinstance(value, Core):
        return recursiveCopy(buffer, value)[0]
    if not is_table(value):
        raise _expecting_tensors(buffer, value)
    buffer = _table_for(buffer, value)
    for key in keys(value):
        put(buffer, key, copied(entry(buffer, key), value[key]))
    shorten(buffer, value)
    return buffer


def summed(buffer: Any, value: Any) -> Any:
    """A gradient added to a buffer of its structure; None adds nothing."""
    if value is None:
        return buffer
    if buffer is None:
        return copied(None, value)
    if isinstance(value, Core) and isinstance(buffer, Core):
        return buffer.add(value)
    if not is_table(value) or not is_table(buffer) or hasattr(value, "keys") != hasattr(buffer, "keys"):
        raise _expecting_tensors(buffer, value)
    for key in keys(value):
        put(buffer, key, summed(entry(buffer, key), value[key]))
    return buffer


def zeroed(buffer: Any, value: Any) -> Any:
    """Zeros in the structure and the sizes of nested tables, in a buffer; None for what is neither tensor nor table."""
    if isinstance(value, Core):
        return recursiveResizeAs(buffer, value)[0].zero()
    if not is_table(value):
        return None
    buffer = _table_for(buffer, value)
    for key in keys(value):
        put(buffer, key, zeroed(entry(buffer, key), value[key]))
    shorten(buffer, value)
    while not hasattr(buffer, "keys") and len(buffer) and buffer[-1] is None:
        del buffer[-1]
    return buffer


def leaves(value: Any) -> Iterator[Any]:
    """The values in nested tables, in order."""
    if is_table(value):
        for key in keys(value):
            yield from leaves(value[key])
    else:
        yield value


def map_tensors(value: Any, function: Callable[[Any], Any]) -> Any:
    """New nested tables with a function of each tensor in place of it; other values stay."""
    if isinstance(value, Core):
        return function(value)
    if not is_table(value):
        return value
    if hasattr(value, "keys"):
        return {key: map_tensors(value[key], function) for key in keys(value)}
    return [map_tensors(value[key], function) for key in keys(value)]
