"""Compiled: Python's brackets, which count from 0, and Torch7's, which count from 1."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.results import DOUBLES, FLOATS, INTS, LONGS, SHORTS
from torchnn.torch.native.actions.tensors import CONTEXT, FIRST, LARGEST, MOST_DIMENSIONS, failed, geometry, taken
from torchnn.torch.native.actions.views import VIEW, element, from_end, put, read, size_at, stride_at, view
from torchnn.torch.native.layouts import (
    ALIGNED,
    ARRAY,
    FLOAT,
    OBJECT,
    SLICE,
    TENSOR,
    TUPLE,
    WORD,
    WORDS,
    WRITEABLE,
    words,
)

# The program of a bracket: that of a view; the classes of whole and of other numbers, of slices and of tuples, and
# Python's `...`; and the functions that copy and fill.
BRACKET = words("whole", "fraction", "slice", "tuple", "ellipsis", "copy", "fill", after=VIEW.itemsize)

call_of_two = library.stack(2)


def part_in_python(program: int, arguments: int, here: int, context: int) -> tuple[int, int]:
    """Where the part of a tensor that a key names begins, and how many dimensions it has, which are written down.

    The first is -1 where Python is asked.
    """
    b, old = BRACKET(program), geometry()
    parts, count = arguments + WORD, 1
    if OBJECT(WORDS(parts).word).kind == b.tuple:
        parts, count = WORDS(parts).word + FIRST, TUPLE(WORDS(parts).word).count
    dimensions, start, axis, made, spread = read(WORDS(arguments).word, old, context), 0, 0, 0, 0
    left = dimensions - named(program, parts, count, context)
    if dimensions == 0 or left < 0 or dimensions + count > MOST_DIMENSIONS:
        return -1, 0
    for i in range(count):
        part = WORDS(parts)[i].word
        if part == CONTEXT(context).none:
            put(here, made, 1, 1)
            made += 1
        elif part == b.ellipsis and spread == 0:
            spread = 1
            for k in range(axis, axis + left):
                put(here, made + k - axis, size_at(old, k), stride_at(old, k))
            axis += left
            made += left
        else:
            size, stride = size_at(old, axis), stride_at(old, axis)
            if OBJECT(part).kind == b.slice:
                first, many, step = range_of(part, size, b.whole, context)
                put(here, made, many, step * stride)
                made += 1
            elif OBJECT(part).kind == b.whole:
                first, many = library.whole_number(part), 1
                first = first + size if first < 0 else first
            else:
                first, many = -1, 0
            if first < 0 or first >= size or many < 1 or library.failure() != 0:
                return failed() - 1, 0
            start += first * stride
            axis += 1
    for i in range(axis, dimensions):
        put(here, made + i - axis, size_at(old, i), stride_at(old, i))
    return start, made + dimensions - axis


def named(program: int, parts: int, count: int, context: int) -> int:
    """How many dimensions the parts of a key are for."""
    found = 0
    for i in range(count):
        part = WORDS(parts)[i].word
        if part != CONTEXT(context).none and part != BRACKET(program).ellipsis:
            found += 1
    return found


def range_of(part: int, size: int, whole: int, context: int) -> tuple[int, int, int]:
    """Where a slice begins, how many it takes, and how far apart they are; none where Python is asked."""
    s, none = SLICE(part), CONTEXT(context).none
    if not is_bound(s.start, whole, none) or not is_bound(s.stop, whole, none) or not is_bound(s.step, whole, none):
        return -1, 0, 1
    step = 1 if s.step == none else library.whole_number(s.step)
    if step < 1 or step > LARGEST:
        return -1, 0, 1
    first = 0 if s.start == none else within(library.whole_number(s.start), size)
    end = size if s.stop == none else within(library.whole_number(s.stop), size)
    return first, (end - first + step - 1) // step if end > first else 0, step


def is_bound(value: int, whole: int, none: int) -> bool:
    """Whether a part of a slice is None or an int."""
    return value == none or OBJECT(value).kind == whole


def within(index: int, size: int) -> int:
    """An index, negative from the end, or the nearest that there is."""
    return max(0, min(size, index + size if index < 0 else index))


def part_in_lua(program: int, arguments: int, begin: int, here: int, context: int) -> tuple[int, int]:
    """Where the part of a tensor that pairs of first and last name begins, as `part_in_python` gives it.

    The pairs begin with an argument; the last is None where the dimension goes.
    """
    b, old, none = BRACKET(program), geometry(), CONTEXT(context).none
    dimensions, pairs, start, made = read(WORDS(arguments).word, old, context), (VIEW(program).count - begin) // 2, 0, 0
    if dimensions == 0 or pairs > dimensions:
        return -1, 0
    for i in range(pairs):
        one, other = WORDS(arguments)[begin + 2 * i].word, WORDS(arguments)[begin + 2 * i + 1].word
        if OBJECT(one).kind != b.whole or not is_bound(other, b.whole, none):
            return -1, 0
        size, stride = size_at(old, i), stride_at(old, i)
        first = from_end(library.whole_number(one), size)
        last = first if other == none else from_end(library.whole_number(other), size)
        if first < 0 or last < first or last >= size or library.failure() != 0:
            return failed() - 1, 0
        start += first * stride
        if other != none:
            put(here, made, last - first + 1, stride)
            made += 1
    for i in range(pairs, dimensions):
        put(here, made + i - pairs, size_at(old, i), stride_at(old, i))
    return start, made + dimensions - pairs


def row_in_lua(program: int, arguments: int, here: int, context: int) -> tuple[int, int]:
    """Where a slice along the first dimension begins, as `part_in_python` gives it."""
    dimensions, index = read(WORDS(arguments).word, here, context), WORDS(arguments)[1].word
    if dimensions == 0 or OBJECT(index).kind != BRACKET(program).whole:
        return -1, 0
    first = from_end(library.whole_number(index), size_at(here, 0))
    if first < 0 or first >= size_at(here, 0) or library.failure() != 0:
        return failed() - 1, 0
    start = first * stride_at(here, 0)
    for i in range(1, dimensions):
        put(here, i - 1, size_at(here, i), stride_at(here, i))
    return start, dimensions - 1


# ---------------------------------------------------------------------------------------------------------- reading


def got(program: int, tensor: int, start: int, dimensions: int, here: int, context: int) -> int:
    """A part of a tensor: a view, or a number."""
    if start < 0:
        return 0
    return view(program, tensor, start, dimensions, here, context) if dimensions else element(program, tensor, start)


def get(program: int, arguments: int, context: int) -> int:
    """`x[key]`."""
    here = geometry()
    start, dimensions = part_in_python(program, arguments, here, context)
    return got(program, WORDS(arguments).word, start, dimensions, here, context)


def get_row(program: int, arguments: int, context: int) -> int:
    """`x[index]` in Lua."""
    here = geometry()
    start, dimensions = row_in_lua(program, arguments, here, context)
    return got(program, WORDS(arguments).word, start, dimensions, here, context)


def get_part(program: int, arguments: int, context: int) -> int:
    """`x[{...}]` in Lua."""
    here = geometry()
    start, dimensions = part_in_lua(program, arguments, 1, here, context)
    return got(program, WORDS(arguments).word, start, dimensions, here, context)


# ---------------------------------------------------------------------------------------------------------- writing


def write(program: int, place: int, value: int) -> bool:
    """Store a number; whether that was done."""
    b, kind = BRACKET(program), VIEW(program).kind
    is_whole = OBJECT(value).kind == b.whole
    bits = library.whole_number(value) if is_whole else FLOAT(value).bits
    if is_whole and bits == -1 and library.failure() != 0:
        return failed() != 0
    if kind == DOUBLES or kind == FLOATS:
        bits = library.as_double(bits) if is_whole else bits
    elif not is_whole:
        return False
    if kind == DOUBLES or kind == LONGS:
        WORDS(place).word = bits
    elif kind == FLOATS:
        library.write_int(place, library.rounded(bits))
    elif kind == INTS:
        library.write_int(place, bits)
    elif kind == SHORTS:
        library.write_short(place, bits)
    else:
        library.write_byte(place, bits)
    return True


def put_value(program: int, tensor: int, value: int, start: int, dimensions: int, here: int, context: int) -> int:
    """Store a number or a tensor of the same type in a part of a tensor; gives None."""
    b, array, none = BRACKET(program), TENSOR(tensor).array, CONTEXT(context).none
    kind = OBJECT(value).kind
    is_number = kind == b.whole or kind == b.fraction
    if start < 0 or (not is_number and kind != OBJECT(tensor).kind):
        return 0
    if dimensions == 0:
        flags = ARRAY(array).flags
        if not is_number or flags // WRITEABLE % 2 == 0 or flags // ALIGNED % 2 == 0:
            return 0
        return taken(none) if write(program, ARRAY(array).data + start * VIEW(program).item, value) else 0
    part, both = view(program, tensor, start, dimensions, here, context), call_of_two()
    if part == 0:
        return 0
    WORDS(both)[0].word = part
    WORDS(both)[1].word = value
    done = library.vectorcall(b.fill if is_number else b.copy, both, 2, 0)
    library.release(part)
    if done == 0:
        return 0
    library.release(done)
    return taken(none)


def put_item(program: int, arguments: int, context: int) -> int:
    """`x[key] = value`."""
    here = geometry()
    start, dimensions = part_in_python(program, arguments, here, context)
    return put_value(program, WORDS(arguments).word, WORDS(arguments)[2].word, start, dimensions, here, context)


def put_row(program: int, arguments: int, context: int) -> int:
    """`x[index] = value` in Lua."""
    here = geometry()
    start, dimensions = row_in_lua(program, arguments, here, context)
    return put_value(program, WORDS(arguments).word, WORDS(arguments)[2].word, start, dimensions, here, context)


def put_part(program: int, arguments: int, context: int) -> int:
    """`x[{...}] = value` in Lua."""
    here = geometry()
    start, dimensions = part_in_lua(program, arguments, 2, here, context)
    return put_value(program, WORDS(arguments).word, WORDS(arguments)[1].word, start, dimensions, here, context)


ACTIONS = (get, get_row, get_part, put_item, put_row, put_part)
