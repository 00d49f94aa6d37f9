"""Compiled: views of tensors. A view gets its array at once, which the next call needs.

Each action reads the sizes and strides of a tensor (`read`), changes them where they are, in a stack, and makes a
tensor of them (`view`). It gives 0 where an argument is not as it should be; Python's function says what is wrong.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.results import number_at
from torchnn.torch.native.actions.tensors import (
    CONTEXT,
    FIRST,
    LARGEST,
    MOST_DIMENSIONS,
    STRIDES,
    array_at,
    array_of,
    count_of,
    failed,
    geometry,
    is_made,
    taken,
)
from torchnn.torch.native.layouts import (
    ALIGNED,
    ARRAY,
    CONTIGUOUS,
    OBJECT,
    SIZES,
    STORAGE,
    TENSOR,
    TUPLE,
    WORDS,
    words,
)

# The action; how many arguments a call has; the classes of storages of the tensor and of sizes; Python's True; the kind
# and the bytes of the elements.
VIEW = words("action", "count", "storage", "sizes", "true", "kind", "item")


# ---------------------------------------------------------------------------------------------------------- reading


def read(tensor: int, here: int, context: int) -> int:
    """Write down the sizes and strides of a tensor that has an array; gives how many, or 0."""
    x = TENSOR(tensor)
    dimensions = TUPLE(x.size).count if array_of(tensor, context) != 0 else 0
    if dimensions > MOST_DIMENSIONS:
        return 0
    for i in range(dimensions):
        WORDS(here)[i].word = library.whole_number(WORDS(x.size + FIRST)[i].word)
        WORDS(here + STRIDES)[i].word = library.whole_number(WORDS(x.stride + FIRST)[i].word)
    return dimensions


def number(arguments: int, position: int) -> int:
    """An argument that is an int; -1, which is out of range wherever this is used, also where it is very large."""
    return library.whole_number(WORDS(arguments)[position].word)


def size_at(here: int, i: int) -> int:
    """One of the sizes."""
    return WORDS(here)[i].word


def stride_at(here: int, i: int) -> int:
    """One of the strides."""
    return WORDS(here + STRIDES)[i].word


def put(here: int, i: int, size: int, stride: int) -> None:
    """Set a size and a stride."""
    WORDS(here)[i].word = size
    WORDS(here + STRIDES)[i].word = stride


def remove(here: int, axis: int, dimensions: int) -> None:
    """Leave out a dimension."""
    for i in range(axis + 1, dimensions):
        put(here, i - 1, size_at(here, i), stride_at(here, i))


# ---------------------------------------------------------------------------------------------------------- making


def tuple_of(numbers: int, count: int) -> int:
    """A tuple of numbers that are in memory; 0 without memory."""
    made = library.new_tuple(count)
    for i in range(count if made != 0 else 0):
        whole = library.new_whole(WORDS(numbers)[i].word)
        if whole == 0:
            library.release(made)
            return 0
        WORDS(made + FIRST)[i].word = whole
    return made


def has_storage(program: int, tensor: int, context: int) -> bool:
    """Make the storage of a tensor that has an array, if it has none; whether it has one then."""
    x, c = TENSOR(tensor), CONTEXT(context)
    if x.base != c.none:
        return True
    here, array = geometry(), x.array
    if ARRAY(array).flags // CONTIGUOUS % 2 == 0:
        return False
    put(here, 0, count_of(array), VIEW(program).item)
    memory = array_at(array, ARRAY(array).data, 1, here, context)
    if memory == 0:
        return False
    made = library.allocate(VIEW(program).storage, 0)
    if made == 0:
        library.release(memory)
        return False
    STORAGE(made).data = memory
    STORAGE(made).part = taken(c.false)
    library.release(x.base)
    library.release(x.memory)
    x.base = made
    x.memory = taken(memory)
    return True


def view(program: int, tensor: int, start: int, dimensions: int, here: int, context: int) -> int:
    """A view, of sizes and strides that are written down, so many elements behind a tensor that has an array."""
    if not has_storage(program, tensor, context):
        return failed()
    offset = library.whole_number(TENSOR(tensor).offset) + start
    return over(OBJECT(tensor).kind, TENSOR(tensor).base, offset, dimensions, here, VIEW(program).item, context)


def over(kind: int, storage: int, offset: int, dimensions: int, here: int, item: int, context: int) -> int:
    """A tensor that looks at a storage, in which it fits; the strides that are written down become bytes."""
    made, memory = library.allocate(kind, 0), STORAGE(storage).data
    if made == 0:
        return failed()
    v = TENSOR(made)
    v.base = taken(storage)
    v.memory = taken(memory)
    v.offset = library.new_whole(offset)
    v.size = tuple_of(here, dimensions)
    v.stride = tuple_of(here + STRIDES, dimensions)
    for i in range(dimensions):
        WORDS(here + STRIDES)[i].word *= item
    v.array = array_at(memory, ARRAY(memory).data + offset * item, dimensions, here, context)
    if v.offset == 0 or v.size == 0 or v.stride == 0 or v.array == 0:
        library.release(made)
        return failed()
    return made


def element(program: int, tensor: int, start: int) -> int:
    """The element that is so many elements behind the first of a tensor that has an array."""
    v, array = VIEW(program), ARRAY(TENSOR(tensor).array)
    return number_at(array.data + start * v.item, v.kind) if array.flags // ALIGNED % 2 == 1 else 0


# ---------------------------------------------------------------------------------------------------------- methods


def select(program: int, arguments: int, context: int) -> int:
    """`x.select(dimension, index)`."""
    x, here = WORDS(arguments).word, geometry()
    dimensions, axis, index = read(x, here, context), number(arguments, 1) - 1, number(arguments, 2) - 1
    if dimensions == 1 and axis != -2:  # which it is too where it was so large that Python has failed
        axis = 0
    if axis < 0 or axis >= dimensions or index < 0 or index >= size_at(here, axis):
        return failed()
    start = index * stride_at(here, axis)
    if dimensions == 1:
        return element(program, x, start)
    remove(here, axis, dimensions)
    return view(program, x, start, dimensions - 1, here, context)


def narrow(program: int, arguments: int, context: int) -> int:
    """`x.narrow(dimension, index, size)`."""
    x, here = WORDS(arguments).word, geometry()
    dimensions, axis = read(x, here, context), number(arguments, 1) - 1
    index, size = number(arguments, 2) - 1, number(arguments, 3)
    if axis < 0 or axis >= dimensions or index < 0 or index >= size_at(here, axis):
        return failed()
    if size < 1 or size > size_at(here, axis) - index:
        return failed()
    WORDS(here)[axis].word = size
    return view(program, x, index * stride_at(here, axis), dimensions, here, context)


def sub(program: int, arguments: int, context: int) -> int:
    """`x.sub(b1, e1, b2, e2, ...)`."""
    x, here = WORDS(arguments).word, geometry()
    dimensions, start, pairs = read(x, here, context), 0, VIEW(program).count // 2
    if pairs > dimensions:
        return 0
    for i in range(pairs):
        size = size_at(here, i)
        first, last = from_end(number(arguments, 2 * i + 1), size), from_end(number(arguments, 2 * i + 2), size)
        if library.failure() != 0 or first < 0 or first > last or last >= size:
            return failed()
        start += first * stride_at(here, i)
        WORDS(here)[i].word = last - first + 1
    return view(program, x, start, dimensions, here, context)


def from_end(index: int, size: int) -> int:
    """An index from 0 for one from 1, or a negative one from the end."""
    return index + size if index < 0 else index - 1


def swap(here: int, a: int, b: int) -> None:
    """Exchange two dimensions."""
    size, stride = size_at(here, a), stride_at(here, a)
    put(here, a, size_at(here, b), stride_at(here, b))
    put(here, b, size, stride)


def transpose(program: int, arguments: int, context: int) -> int:
    """`x.transpose(dimension1, dimension2)`."""
    x, here = WORDS(arguments).word, geometry()
    dimensions, a, b = read(x, here, context), number(arguments, 1) - 1, number(arguments, 2) - 1
    if a < 0 or a >= dimensions or b < 0 or b >= dimensions:
        return failed()
    swap(here, a, b)
    return view(program, x, 0, dimensions, here, context)


def permute(program: int, arguments: int, context: int) -> int:
    """`x.permute(d1, d2, ...)`."""
    x, here, order, moved = WORDS(arguments).word, geometry(), geometry(), 0
    dimensions, given = read(x, here, context), sizes_given(program, arguments, order)
    if dimensions != given or given == 0:
        return 0
    for i in range(given):
        dimension = WORDS(order)[i].word
        if dimension < 1 or dimension > dimensions:
            return 0
        for j in range(i):
            if WORDS(order)[j].word == dimension:
                return 0
        moved += 1 if dimension != i + 1 else 0
    if moved == 0:
        return taken(x)
    for i in range(given):
        axis = WORDS(order)[i].word - 1
        put(order, i, size_at(here, axis), stride_at(here, axis))
    return view(program, x, 0, given, order, context)


def t(program: int, arguments: int, context: int) -> int:
    """`x.t()`."""
    x, here = WORDS(arguments).word, geometry()
    if read(x, here, context) != 2:
        return 0
    swap(here, 0, 1)
    return view(program, x, 0, 2, here, context)


def unfold(program: int, arguments: int, context: int) -> int:
    """`x.unfold(dimension, size, step)`."""
    x, here = WORDS(arguments).word, geometry()
    dimensions, axis = read(x, here, context), number(arguments, 1) - 1
    size, step = number(arguments, 2), number(arguments, 3)
    if axis < 0 or axis >= dimensions or dimensions == MOST_DIMENSIONS or step < 1 or step > LARGEST:
        return failed()
    if size < 1 or size > size_at(here, axis):
        return failed()
    stride = stride_at(here, axis)
    put(here, axis, (size_at(here, axis) - size) // step + 1, step * stride)
    put(here, dimensions, size, stride)
    return view(program, x, 0, dimensions + 1, here, context)


def squeeze(program: int, arguments: int, context: int) -> int:
    """`x.squeeze()`."""
    x, here = WORDS(arguments).word, geometry()
    dimensions, kept = read(x, here, context), 0
    for i in range(dimensions):
        if size_at(here, i) != 1:
            put(here, kept, size_at(here, i), stride_at(here, i))
            kept += 1
    if kept == 0:
        return element(program, x, 0) if dimensions != 0 else 0
    return view(program, x, 0, kept, here, context)


def squeeze_one(program: int, arguments: int, context: int) -> int:
    """`x.squeeze(dimension)`."""
    x, here = WORDS(arguments).word, geometry()
    dimensions, axis = read(x, here, context), number(arguments, 1) - 1
    if axis < 0 or axis >= dimensions:
        return failed()
    if size_at(here, axis) != 1:
        return view(program, x, 0, dimensions, here, context)
    if dimensions == 1:
        return element(program, x, 0)
    remove(here, axis, dimensions)
    return view(program, x, 0, dimensions - 1, here, context)


# ---------------------------------------------------------------------------------------------------------- other sizes


def sizes_of(tensor: int, wanted: int) -> int:
    """Write down the sizes of a tensor; gives how many, or 0 where there are too many."""
    return numbers_of(TENSOR(tensor).size, wanted) if is_made(tensor) else 0


def numbers_of(numbers: int, wanted: int) -> int:
    """Write down the numbers of a tuple; gives how many, or 0 where there are too many."""
    count = TUPLE(numbers).count
    if count > MOST_DIMENSIONS:
        return 0
    for i in range(count):
        WORDS(wanted)[i].word = library.whole_number(WORDS(numbers + FIRST)[i].word)
    return count


def sizes_given(program: int, arguments: int, wanted: int) -> int:
    """Write down the sizes that follow the tensor; gives how many, or 0 where that is left to Python."""
    first, count = WORDS(arguments)[1].word, VIEW(program).count - 1
    if OBJECT(first).kind == VIEW(program).sizes:
        count = sizes_in(first, wanted)
    else:
        for i in range(count):
            WORDS(wanted)[i].word = number(arguments, i + 1)
    return count if library.failure() == 0 else failed()


def sizes_in(storage: int, wanted: int) -> int:
    """Write down the sizes in a storage; gives how many, or 0 where that is left to Python."""
    memory = STORAGE(storage).data
    if memory == 0:
        return numbers_of(SIZES(storage).sizes, wanted)
    m, count = ARRAY(memory), WORDS(ARRAY(memory).sizes).word
    if m.flags // CONTIGUOUS % 2 == 0 or m.flags // ALIGNED % 2 == 0 or count > MOST_DIMENSIONS:
        return 0
    for i in range(count):
        WORDS(wanted)[i].word = WORDS(m.data)[i].word
    return count


def viewed(program: int, tensor: int, count: int, wanted: int, context: int) -> int:
    """A contiguous tensor in other sizes, of which one may be -1."""
    array, rest, known = array_of(tensor, context), -1, 1
    if array == 0 or count == 0 or ARRAY(array).flags // CONTIGUOUS % 2 == 0:
        return 0
    total = count_of(array)
    for i in range(count):
        size = WORDS(wanted)[i].word
        if size == -1 and rest == -1:
            rest = i
        elif size < 1 or size > total // known:
            return 0
        else:
            known *= size
    if rest != -1 and total % known == 0:
        WORDS(wanted)[rest].word = total // known
    elif known != total:
        return 0
    step = 1
    for i in range(count - 1, -1, -1):
        WORDS(wanted + STRIDES)[i].word = step
        step *= WORDS(wanted)[i].word
    return view(program, tensor, 0, count, wanted, context)


def view_in_sizes(program: int, arguments: int, context: int) -> int:
    """`x.view(s1, s2, ...)`."""
    wanted = geometry()
    return viewed(program, WORDS(arguments).word, sizes_given(program, arguments, wanted), wanted, context)


def view_as(program: int, arguments: int, context: int) -> int:
    """`x.viewAs(y)`."""
    wanted = geometry()
    return viewed(program, WORDS(arguments).word, sizes_of(WORDS(arguments)[1].word, wanted), wanted, context)


def expanded(program: int, tensor: int, count: int, wanted: int, context: int) -> int:
    """A tensor whose dimensions of size 1 are repeated to reach sizes."""
    here, total = geometry(), 1
    if count == 0 or read(tensor, here, context) != count:
        return 0
    for i in range(count):
        size = WORDS(wanted)[i].word
        if size < 1 or size > LARGEST or (size != size_at(here, i) and size_at(here, i) != 1):
            return 0
        total *= size
        if total > LARGEST:
            return 0
        put(here, i, size, 0 if size_at(here, i) == 1 else stride_at(here, i))
    return view(program, tensor, 0, count, here, context)


def expand(program: int, arguments: int, context: int) -> int:
    """`x.expand(s1, s2, ...)`."""
    wanted = geometry()
    return expanded(program, WORDS(arguments).word, sizes_given(program, arguments, wanted), wanted, context)


def expand_as(program: int, arguments: int, context: int) -> int:
    """`x.expandAs(y)`."""
    wanted = geometry()
    return expanded(program, WORDS(arguments).word, sizes_of(WORDS(arguments)[1].word, wanted), wanted, context)


def have_sizes(tensor: int, count: int, wanted: int) -> bool:
    """Whether a tensor has these sizes."""
    x = TENSOR(tensor)
    if count == 0 or not is_made(tensor) or TUPLE(x.size).count != count:
        return False
    for i in range(count):
        if library.whole_number(WORDS(x.size + FIRST)[i].word) != WORDS(wanted)[i].word:
            return False
    return True


def resize(program: int, arguments: int, context: int) -> int:
    """`x.resize(s1, s2, ...)` where it has these sizes already."""
    x, wanted = WORDS(arguments).word, geometry()
    return taken(x) if have_sizes(x, sizes_given(program, arguments, wanted), wanted) else 0


def resize_as(program: int, arguments: int, context: int) -> int:
    """`x.resizeAs(y)` where it has its sizes already."""
    x, wanted = WORDS(arguments).word, geometry()
    return taken(x) if have_sizes(x, sizes_of(WORDS(arguments)[1].word, wanted), wanted) else 0


ACTIONS = (
    select,
    narrow,
    sub,
    transpose,
    permute,
    t,
    unfold,
    squeeze,
    squeeze_one,
    view_in_sizes,
    view_as,
    expand,
    expand_as,
    resize,
    resize_as,
)
