"""Compiled: few elements selected by indices, and many in rows or along the last dimension.

Tensors are contiguous and have no memory in common here, and all indices are looked at before anything is changed; else
the actions give 0, and Python's functions do it, or say what is wrong.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS, REGISTER, number_of
from torchnn.torch.native.actions.launching import can_launch, launch_tasks
from torchnn.torch.native.actions.results import tensor_over
from torchnn.torch.native.actions.tensors import (
    MOST_DIMENSIONS,
    count_of,
    elements,
    geometry,
    lie_apart,
    new_array,
    taken,
)
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS, WRITEABLE, words

# The action; which arguments the tensor, the dimension, the indices or the mask, and the other tensor are; of the
# elements numpy's letter and their bytes; the class and the element type of a new tensor; numpy's loop that adds; and
# what is done with many elements, or 0. The register of a number follows.
SELECT = words("action", "x", "dimension", "which", "y", "letter", "item", "kind", "element", "loop", "data", "many")
SELECT_BYTES = SELECT.itemsize

# How many slices lie before a dimension, its size, and the bytes of what lies behind it.
SLICES = words("outer", "size", "inner")
slices = library.stack(3)

# Many elements in rows: where the address of the worker is, as soon as there is one (see `kernels/memory.py`); how many
# bytes rows have at least, and blocks of longer ones; how many bytes there are at most, and without a worker. And what
# it is told.
ROWS = words("cell", "shortest", "block", "most", "alone")
TAKEN = words("source", "index", "target", "size", "count", "row", "at_once", "blocks")
rows_job = library.stack(TAKEN.itemsize // WORD)

# Many elements along the last dimension (see `kernels/gathering.py`): the same, the elements of a task, how many there
# are at least and at most; and what the worker is told.
GATHER = words("cell", "block", "least", "most")
GATHERED = words("x", "index", "out", "n", "count", "rows", "high", "found")
gathering_job = library.stack(GATHERED.itemsize // WORD)
two_words = library.stack(2)

# Rows of so many bytes or less one thread copies in less time than others take to start.
SHORT_ROWS = 1 << 16

# What numpy's loop that adds is told: three addresses, how many, how far apart.
ADDED = words("a", "b", "sum", "count", "gap", "gap2", "gap3")
added = library.stack(7)

number = library.stack(1)


# ---------------------------------------------------------------------------------------------------------- arguments


def tensor_at(arguments: int, position: int, context: int) -> int:
    """The array of an argument that has few contiguous elements; else 0."""
    array = elements(WORDS(arguments)[position].word, context)
    return array if array != 0 and count_of(array) <= MOST_ELEMENTS else 0


def changed_at(arguments: int, position: int, context: int) -> int:
    """The same of one that may be written to."""
    array = tensor_at(arguments, position, context)
    return array if array != 0 and ARRAY(array).flags // WRITEABLE % 2 == 1 else 0


def axis_of(program: int, arguments: int, array: int) -> int:
    """The dimension, from 0, if the array has it; else -1."""
    axis = library.whole_number(WORDS(arguments)[SELECT(program).dimension].word) - 1
    if axis < 0 or axis >= ARRAY(array).dimensions:
        library.forget_failure()
        return -1
    return axis


def cut(array: int, axis: int, item: int, here: int) -> None:
    """Write down the slices along a dimension."""
    s, a, outer, inner = SLICES(here), ARRAY(array), 1, item
    for i in range(a.dimensions):
        size = WORDS(a.sizes)[i].word
        if i < axis:
            outer *= size
        elif i == axis:
            s.size = size
        else:
            inner *= size
    s.outer = outer
    s.inner = inner


def agree_but(a: int, b: int, axis: int) -> bool:
    """Whether two arrays have equal sizes in all dimensions but one."""
    if ARRAY(a).dimensions != ARRAY(b).dimensions:
        return False
    for i in range(ARRAY(a).dimensions):
        if i != axis and WORDS(ARRAY(a).sizes)[i].word != WORDS(ARRAY(b).sizes)[i].word:
            return False
    return True


def exist(indices: int, size: int) -> bool:
    """Whether all indices, from 1, are within a size."""
    for i in range(count_of(indices)):
        if not 1 <= WORDS(ARRAY(indices).data)[i].word <= size:
            return False
    return True


def value(program: int, arguments: int, here: int) -> bool:
    """Write down the number that is an argument; whether it is one for these elements."""
    register = program + SELECT_BYTES
    fits, bits = number_of(register, WORDS(arguments)[REGISTER(register).argument].word)
    WORDS(here).word = bits
    return fits


def given(program: int, arguments: int) -> int:
    """The number, as what a function returns."""
    return taken(WORDS(arguments)[REGISTER(program + SELECT_BYTES).argument].word)


def new_of(program: int, like: int, axis: int, size: int, context: int) -> int:
    """A new array of the sizes of another one but along a dimension; 0 without memory."""
    here, a = geometry(), ARRAY(like)
    if a.dimensions > MOST_DIMENSIONS:
        return 0
    for i in range(a.dimensions):
        WORDS(here)[i].word = size if i == axis else WORDS(a.sizes)[i].word
    return new_array(SELECT(program).element, a.dimensions, here, context)


# ---------------------------------------------------------------------------------------------------------- slices


def index(program: int, arguments: int, context: int) -> int:
    """`x.index(dimension, idx)`."""
    p, here = SELECT(program), slices()
    x, which = elements(WORDS(arguments)[p.x].word, context), elements(WORDS(arguments)[p.which].word, context)
    if x == 0 or which == 0 or ARRAY(which).dimensions != 1:
        return 0
    axis, count = axis_of(program, arguments, x), count_of(which)
    if axis < 0:
        return 0
    cut(x, axis, p.item, here)
    s = SLICES(here)
    length = s.outer * s.inner * count
    if length > MOST_ELEMENTS * WORD and not can_take_rows(program, length, s.inner, context):
        return 0
    made = new_of(program, x, axis, count, context) if exist(which, s.size) else 0
    if made == 0:
        return 0
    if length > SHORT_ROWS and has_worker(program, context):
        take_rows(program, x, ARRAY(which).data, made, count, here, context)
        return tensor_over(p.kind, made, context)
    for i in range(s.outer):
        for k in range(count):
            chosen = WORDS(ARRAY(which).data)[k].word - 1
            into = ARRAY(made).data + (i * count + k) * s.inner
            library.move(into, ARRAY(x).data + (i * s.size + chosen) * s.inner, s.inner)
    return tensor_over(p.kind, made, context)


def can_take_rows(program: int, length: int, row: int, context: int) -> bool:
    """Whether rows of so many bytes may be copied, so many bytes in all."""
    r = ROWS(SELECT(program).many)
    if SELECT(program).many == 0 or row < r.shortest or length > r.most:
        return False
    return length < r.alone or has_worker(program, context)


def has_worker(program: int, context: int) -> bool:
    """Whether rows can be copied on all threads."""
    return can_launch(context) and WORDS(ROWS(SELECT(program).many).cell).word != 0


def take_rows(program: int, x: int, index: int, made: int, count: int, here: int, context: int) -> None:
    """Copy the rows that so many indices name, from each of the matrices, on all threads."""
    r, told, s = ROWS(SELECT(program).many), rows_job(), SLICES(here)
    t, high = TAKEN(told), r.block // s.inner if s.inner <= r.block else 1
    t.source, t.index, t.target, t.size = ARRAY(x).data, index, ARRAY(made).data, s.size
    t.count, t.row, t.at_once, t.blocks = count, s.inner, high, (s.inner + r.block - 1) // r.block
    launch_tasks(WORDS(r.cell).word, told, s.outer * ((count + high - 1) // high) * t.blocks, 1, context)


def slices_of(program: int, arguments: int, context: int, here: int) -> bool:
    """Write down the slices of a tensor that may be written to; whether all that are named by a vector exist."""
    p = SELECT(program)
    x, which = changed_at(arguments, p.x, context), tensor_at(arguments, p.which, context)
    if x == 0 or which == 0 or ARRAY(which).dimensions != 1 or not lie_apart(x, which):
        return False
    axis = axis_of(program, arguments, x)
    if axis < 0:
        return False
    cut(x, axis, p.item, here)
    return exist(which, SLICES(here).size)


def sources_of(program: int, arguments: int, context: int, here: int) -> bool:
    """The same, and whether the other tensor has a slice for each index."""
    p = SELECT(program)
    if not slices_of(program, arguments, context, here):
        return False
    x, y = tensor_at(arguments, p.x, context), tensor_at(arguments, p.y, context)
    if y == 0 or not lie_apart(x, y):
        return False
    axis, which = axis_of(program, arguments, x), tensor_at(arguments, p.which, context)
    return agree_but(x, y, axis) and WORDS(ARRAY(y).sizes)[axis].word == count_of(which)


def slice_at(program: int, arguments: int, context: int, here: int, number: int) -> int:
    """Where the slice of the tensor is that a number of all slices of the other one is for."""
    p, s = SELECT(program), SLICES(here)
    x, which = tensor_at(arguments, p.x, context), tensor_at(arguments, p.which, context)
    count = count_of(which)
    chosen = WORDS(ARRAY(which).data)[number % count].word - 1
    return ARRAY(x).data + (number // count * s.size + chosen) * s.inner


def index_copy(program: int, arguments: int, context: int) -> int:
    """`x.indexCopy(dimension, idx, y)`."""
    p, here = SELECT(program), slices()
    if not sources_of(program, arguments, context, here):
        return 0
    s, y = SLICES(here), tensor_at(arguments, p.y, context)
    for k in range(s.outer * count_of(tensor_at(arguments, p.which, context))):
        into = slice_at(program, arguments, context, here, k)
        library.move(into, ARRAY(y).data + k * s.inner, s.inner)
    return taken(WORDS(arguments)[p.y].word)


def index_add(program: int, arguments: int, context: int) -> int:
    """`x.indexAdd(dimension, idx, y)`."""
    p, here, told = SELECT(program), slices(), added()
    if not sources_of(program, arguments, context, here):
        return 0
    s, t, y = SLICES(here), ADDED(told), tensor_at(arguments, p.y, context)
    t.count = s.inner // p.item
    t.gap = p.item
    t.gap2 = p.item
    t.gap3 = p.item
    for k in range(s.outer * count_of(tensor_at(arguments, p.which, context))):
        into = slice_at(program, arguments, context, here, k)
        t.sum = into
        t.a = ARRAY(y).data + k * s.inner
        t.b = into
        library.run_loop(p.loop, told, told + 3 * WORD, told + 4 * WORD, p.data)
    return taken(WORDS(arguments)[p.y].word)


def index_fill(program: int, arguments: int, context: int) -> int:
    """`x.indexFill(dimension, idx, v)`."""
    p, here, bits = SELECT(program), slices(), number()
    if not slices_of(program, arguments, context, here) or not value(program, arguments, bits):
        return 0
    s = SLICES(here)
    for k in range(s.outer * count_of(tensor_at(arguments, p.which, context))):
        into = slice_at(program, arguments, context, here, k)
        for j in range(s.inner // p.item):
            library.move(into + j * p.item, bits, p.item)
    return given(program, arguments)


# ---------------------------------------------------------------------------------------------------------- elements


def gather(program: int, arguments: int, context: int) -> int:
    """`x.gather(dimension, idx)`."""
    p, here = SELECT(program), slices()
    x, which = elements(WORDS(arguments)[p.x].word, context), elements(WORDS(arguments)[p.which].word, context)
    if x == 0 or which == 0:
        return 0
    axis = axis_of(program, arguments, x)
    if axis < 0 or not agree_but(x, which, axis):
        return 0
    cut(x, axis, p.item, here)
    s, count = SLICES(here), WORDS(ARRAY(which).sizes)[axis].word
    if count_of(which) > MOST_ELEMENTS:
        return gather_many(program, x, which, here, count, context)
    if not exist(which, s.size):
        return 0
    made = new_of(program, which, -1, 0, context)
    if made == 0:
        return 0
    for k in range(count_of(which)):
        place = element_at(ARRAY(x).data, WORDS(ARRAY(which).data)[k].word, k, count, here, p.item)
        library.move(ARRAY(made).data + k * p.item, place, p.item)
    return tensor_over(p.kind, made, context)


def gather_many(program: int, x: int, which: int, here: int, count: int, context: int) -> int:
    """The same of many elements along the last dimension, on all threads."""
    p, told, found, s = SELECT(program), gathering_job(), two_words(), SLICES(here)
    g, j = GATHER(p.many), GATHERED(told)
    if p.many == 0 or s.inner != p.item or not can_launch(context):
        return 0
    worker = WORDS(g.cell).word
    if worker == 0 or count_of(which) < g.least or count_of(which) > g.most:
        return 0
    made = new_of(program, which, -1, 0, context)
    if made == 0:
        return 0
    WORDS(found).word, WORDS(found)[1].word = 0, s.size
    j.x, j.index, j.out, j.found = ARRAY(x).data, ARRAY(which).data, ARRAY(made).data, found
    j.n, j.count, j.rows, j.high = s.size, count, s.outer, g.block // count if count < g.block else 1
    launch_tasks(worker, told, (s.outer + j.high - 1) // j.high * ((count + g.block - 1) // g.block), 1, context)
    if WORDS(found).word == 0:
        return tensor_over(p.kind, made, context)
    library.release(made)
    return 0


def element_at(data: int, index: int, k: int, count: int, here: int, item: int) -> int:
    """Where the element is that the index means which is the k-th of all, of so many along the dimension."""
    s = SLICES(here)
    columns = s.inner // item
    row, column = k // columns // count, k % columns
    return data + (row * s.size + index - 1) * s.inner + column * item


def scattered(program: int, arguments: int, context: int, here: int) -> int:
    """The array of the tensor that elements are stored in, its slices written down, if all named ones exist; else 0."""
    p = SELECT(program)
    x, which = changed_at(arguments, p.x, context), tensor_at(arguments, p.which, context)
    if x == 0 or which == 0 or not lie_apart(x, which):
        return 0
    axis = axis_of(program, arguments, x)
    if axis < 0 or not agree_but(x, which, axis):
        return 0
    cut(x, axis, p.item, here)
    return x if exist(which, SLICES(here).size) else 0


def scatter(program: int, arguments: int, context: int) -> int:
    """`x.scatter(dimension, idx, y)`."""
    p, here = SELECT(program), slices()
    x, y = scattered(program, arguments, context, here), tensor_at(arguments, p.y, context)
    if x == 0 or y == 0 or not lie_apart(x, y):
        return 0
    which, axis = tensor_at(arguments, p.which, context), axis_of(program, arguments, x)
    count, longer = WORDS(ARRAY(which).sizes)[axis].word, WORDS(ARRAY(y).sizes)[axis].word
    if not agree_but(x, y, axis) or longer < count:
        return 0
    columns = SLICES(here).inner // p.item
    for k in range(count_of(which)):
        into = element_at(ARRAY(x).data, WORDS(ARRAY(which).data)[k].word, k, count, here, p.item)
        unread = k // columns // count * (longer - count) * columns
        library.move(into, ARRAY(y).data + (k + unread) * p.item, p.item)
    return taken(WORDS(arguments)[p.x].word)


def scatter_number(program: int, arguments: int, context: int) -> int:
    """`x.scatter(dimension, idx, v)`."""
    p, here, bits = SELECT(program), slices(), number()
    x = scattered(program, arguments, context, here)
    if x == 0 or not value(program, arguments, bits):
        return 0
    which, axis = tensor_at(arguments, p.which, context), axis_of(program, arguments, x)
    count = WORDS(ARRAY(which).sizes)[axis].word
    for k in range(count_of(which)):
        into = element_at(ARRAY(x).data, WORDS(ARRAY(which).data)[k].word, k, count, here, p.item)
        library.move(into, bits, p.item)
    return taken(WORDS(arguments)[p.x].word)


ACTIONS = (index, index_copy, index_add, index_fill, gather, scatter, scatter_number)
