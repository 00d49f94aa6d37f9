"""Compiled: new tensors of few elements: uninitialised, of zeros, ones, and numbers in sequence."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.drawing import draw
from torchnn.torch.native.actions.elementwise import CONSTANT, MOST_ELEMENTS, REGISTER, number_of
from torchnn.torch.native.actions.reductions import play
from torchnn.torch.native.actions.results import ONE, tensor_over, write
from torchnn.torch.native.actions.tensors import (
    CONTEXT,
    LARGEST,
    MOST_DIMENSIONS,
    become,
    count_of,
    failed,
    geometry,
    new_array,
    taken,
)
from torchnn.torch.native.actions.views import sizes_in
from torchnn.torch.native.layouts import ARRAY, FLOAT, LIST, OBJECT, TENSOR, WORD, WORDS, words

# The action; where the position of the default type is; how many arguments there are; what elements are; the class of
# sizes. Three registers of numbers follow, then what makes a tensor of each type.
MAKING = words("action", "default", "count", "filling", "sizes")
UNINITIALISED, ZEROS, ONES = range(3)

# The class of tensors; numpy's element type; the bytes of an element; whether it is a floating-point number; the bits
# of 1; what else the action needs for the type, a program or two addresses, which are 0 where Python is to be asked.
MADE = words("kind", "element", "item", "floating", "one", "first", "second")
MADE_BYTES, REGISTER_BYTES, REGISTERS = MADE.itemsize, REGISTER.itemsize, MAKING.itemsize
TYPES = REGISTERS + 3 * REGISTER_BYTES

# The same of `Tensor.__new__`: the class of tensors of the default type, and how many types follow.
CLASSES = words("action", "default", "tensor", "count")
CLASSES_BYTES = CLASSES.itemsize

# What is in place of the registers where a tensor is made of a list: the classes of lists, doubles and whole numbers.
LISTED = words("lists", "doubles", "wholes", after=REGISTERS)

numbers_drawn = library.stack(MOST_ELEMENTS)
one_argument = library.stack(1)

# Up to so many elements that are not initialised: more have to fit the memory.
MOST_UNINITIALISED = 2**20

# Bits of -0.0.
MINUS_ZERO = -(2**63)


def of_default(program: int) -> int:
    """What makes a tensor of the default type."""
    return program + TYPES + WORDS(MAKING(program).default).word * MADE_BYTES


def is_unusual(made: int) -> bool:
    """Whether elements are floating-point numbers that nothing computes with."""
    return MADE(made).floating != 0 and MADE(made).item < 4


def product(sizes: int, count: int, most: int) -> int:
    """How many elements there are in sizes; 0 if some are not usual or there are more than `most`."""
    total = 1 if 0 < count <= MOST_DIMENSIONS else 0
    for i in range(count):
        size = WORDS(sizes)[i].word
        if size < 1 or size > LARGEST or total * size > most:
            return 0
        total *= size
    return total


def sizes_from(program: int, arguments: int, first: int, wanted: int) -> int:
    """Write down the sizes among the arguments; gives how many, or 0 where that is left to Python."""
    count = MAKING(program).count - first
    if OBJECT(WORDS(arguments)[first].word).kind == MAKING(program).sizes:
        return sizes_in(WORDS(arguments)[first].word, wanted)
    for i in range(count):
        WORDS(wanted)[i].word = library.whole_number(WORDS(arguments)[first + i].word)
    return count if library.failure() == 0 else failed()


def write_all(array: int, count: int, item: int, bits: int) -> None:
    """Let all elements be one number."""
    for i in range(count):
        write(ARRAY(array).data + i * item, item, bits)


def make(program: int, arguments: int, context: int) -> int:
    """`torch.zeros(sizes)` and `torch.ones(sizes)`."""
    made, sizes = of_default(program), geometry()
    m, dimensions = MADE(made), sizes_from(program, arguments, 0, sizes)
    count = product(sizes, dimensions, MOST_ELEMENTS)
    if count == 0 or (is_unusual(made) and MAKING(program).filling == ONES):
        return 0
    array = new_array(MADE(made).element, dimensions, sizes, context)
    if array == 0:
        return 0
    write_all(array, count, m.item, m.one if MAKING(program).filling == ONES else 0)
    return tensor_over(m.kind, array, context)


def make_eye(program: int, arguments: int, context: int) -> int:
    """`torch.eye(n [, m])`."""
    made, sizes = of_default(program), geometry()
    m, given = MADE(made), sizes_from(program, arguments, 0, sizes)
    columns = WORDS(sizes)[1].word if given == 2 else 0
    WORDS(sizes)[1].word = columns if columns > 0 else WORDS(sizes).word
    count = product(sizes, 2 if given != 0 else 0, MOST_ELEMENTS)
    array = new_array(MADE(made).element, 2, sizes, context) if count != 0 else 0
    if array == 0:
        return 0
    write_all(array, count, m.item, 0)
    rows, columns = WORDS(ARRAY(array).sizes).word, WORDS(ARRAY(array).sizes)[1].word
    for i in range(rows if rows < columns else columns):
        write(ARRAY(array).data + i * (columns + 1) * m.item, m.item, m.one)
    return tensor_over(m.kind, array, context)


def make_range(program: int, arguments: int, context: int) -> int:
    """`torch.range(from, to [, step])` of whole numbers."""
    made, numbers = of_default(program), geometry()
    m, given = MADE(made), sizes_from(program, arguments, 0, numbers)
    start, stop, step = WORDS(numbers).word, WORDS(numbers)[1].word, WORDS(numbers)[2].word if given == 3 else 1
    if not (-LARGEST < start < LARGEST and -LARGEST < stop < LARGEST and -LARGEST < step < LARGEST):
        return 0
    if given == 0 or step == 0 or (stop - start) * step < 0 or is_unusual(made):
        return 0
    count = (stop - start) // step + 1 if step > 0 else (start - stop) // -step + 1
    WORDS(numbers).word = count
    array = new_array(MADE(made).element, 1, numbers, context) if count <= MOST_ELEMENTS else 0
    if array == 0:
        return 0
    for i in range(count):
        bits = start + i * step
        if m.floating != 0:
            bits = library.as_double(bits)
            bits = library.rounded(bits) if m.item == 4 else bits
        write(ARRAY(array).data + i * m.item, m.item, bits)
    return tensor_over(m.kind, array, context)


def narrowed(bits: int, item: int) -> int:
    """A double, rounded to a float where elements are floats. Rounding what doubles give is what floats give."""
    return library.widened(library.rounded(bits)) if item == 4 else bits


def number(program: int, position: int, arguments: int, item: int) -> tuple[bool, int]:
    """Whether an argument can be the number of a register, and its bits."""
    register = program + REGISTERS + position * REGISTER_BYTES
    fits, bits = number_of(register, WORDS(arguments)[position].word)
    return fits and REGISTER(register).role != CONSTANT, narrowed(bits, item)


def new_vector(made: int, count: int, context: int) -> int:
    """A new array of so many elements of a usual floating-point type; 0 where that is left to Python."""
    sizes = geometry()
    if not 1 <= count <= MOST_ELEMENTS or MADE(made).floating == 0 or is_unusual(made):
        return 0
    WORDS(sizes).word = count
    return new_array(MADE(made).element, 1, sizes, context)


def make_sequence(program: int, arguments: int, context: int) -> int:
    """`torch.range(from, to [, step])`, of doubles that are rounded at the end."""
    made, step = of_default(program), ONE
    first_fits, start = number(program, 0, arguments, WORD)
    second_fits, stop = number(program, 1, arguments, WORD)
    third_fits = True
    if MAKING(program).count == 3:
        third_fits, step = number(program, 2, arguments, WORD)
    if not first_fits or not second_fits or not third_fits:
        return 0
    in_order = library.at_most(start, stop) if library.exceeds(step, 0) else library.at_most(stop, start)
    parts = library.divided(library.double_difference(stop, start), step)
    if step == 0 or step == MINUS_ZERO or in_order == 0:
        return 0
    if library.at_most(parts, library.as_double(MOST_ELEMENTS)) == 0:
        return 0
    array = new_vector(made, library.truncated(library.double_sum(parts, ONE)), context)
    if array == 0:
        return 0
    for i in range(count_of(array)):
        bits = library.double_sum(start, library.double_product(step, library.as_double(i)))
        bits = library.rounded(bits) if MADE(made).item == 4 else bits
        write(ARRAY(array).data + i * MADE(made).item, MADE(made).item, bits)
    return tensor_over(MADE(made).kind, array, context)


def linear(program: int, arguments: int, context: int) -> int:
    """The array of `torch.linspace(a, b [, n])`."""
    made, count = of_default(program), 100
    m = MADE(made)
    if MAKING(program).count == 3:
        count = library.whole_number(WORDS(arguments)[2].word)
        if library.failure() != 0:
            return failed()
    first_fits, a = number(program, 0, arguments, m.item)
    second_fits, b = number(program, 1, arguments, m.item)
    array = new_vector(made, count, context) if first_fits and second_fits and count != 1 else 0
    if array == 0:
        return 0
    length, parts = narrowed(library.double_difference(b, a), m.item), library.as_double(count - 1)
    for i in range(count):
        bits = narrowed(library.double_product(library.as_double(i), length), m.item)
        bits = library.double_sum(narrowed(library.divided(bits, parts), m.item), a)
        bits = library.rounded(bits) if m.item == 4 else bits
        write(ARRAY(array).data + i * m.item, m.item, bits)
    return array


def make_linear(program: int, arguments: int, context: int) -> int:
    """`torch.linspace(a, b [, n])`."""
    array = linear(program, arguments, context)
    return tensor_over(MADE(of_default(program)).kind, array, context) if array != 0 else 0


def make_powers(program: int, arguments: int, context: int) -> int:
    """`torch.logspace(a, b [, n])`, by numpy's loop of powers."""
    made, array, place = of_default(program), linear(program, arguments, context), one_argument()
    if array == 0:
        return 0
    m, data, ten = MADE(made), ARRAY(array).data, library.as_double(10)
    WORDS(place).word = library.rounded(ten) if m.item == 4 else ten
    play(m.first, m.second, place, 0, data, m.item, data, m.item, count_of(array))
    return tensor_over(m.kind, array, context)


def make_drawn(program: int, arguments: int, context: int) -> int:
    """`torch.rand(sizes)` and `torch.randn(sizes)`: a new tensor, and the program that fills it."""
    fill, place = MADE(of_default(program)).first, one_argument()
    tensor = make(program, arguments, context) if fill != 0 else 0
    if tensor == 0:
        return 0
    WORDS(place).word = tensor
    result = draw(fill, place, context)
    library.release(tensor)
    return result


def make_permutation(program: int, arguments: int, context: int) -> int:
    """`torch.randperm(n)`."""
    made, sizes, drawn = of_default(program), geometry(), numbers_drawn()
    m, count = MADE(made), library.whole_number(WORDS(arguments).word)
    if not 1 <= count <= MOST_ELEMENTS or m.first == 0:
        return failed()
    WORDS(sizes).word = count
    array = new_array(m.element, 1, sizes, context)
    if array == 0:
        return 0
    if library.permute(m.first, m.second, drawn, count) != 0:
        library.release(array)
        return failed()
    for i in range(count):
        bits = WORDS(drawn)[i].word
        if m.floating != 0:
            bits = library.as_double(bits)
            bits = library.rounded(bits) if m.item == 4 else bits
        write(ARRAY(array).data + i * m.item, m.item, bits)
    return tensor_over(m.kind, array, context)


# ---------------------------------------------------------------------------------------------------- constructors


def allocate(program: int, arguments: int, context: int) -> int:
    """`Tensor.__new__(class, ...)`."""
    p, wanted, made = CLASSES(program), WORDS(arguments).word, program + CLASSES_BYTES
    if wanted == p.tensor:
        wanted = MADE(made)[WORDS(p.default).word].kind
    for i in range(p.count):
        if MADE(made)[i].kind == wanted:
            tensor = library.allocate(wanted, 0)
            return tensor if tensor != 0 else failed()
    return 0


def initialise(program: int, arguments: int, context: int) -> int:
    """`Tensor.__init__(x)` and `Tensor.__init__(x, sizes)`, which gives None."""
    sizes = geometry()
    if TENSOR(WORDS(arguments).word).array != 0:
        return 0
    made = program + TYPES
    dimensions = sizes_from(program, arguments, 1, sizes)
    array = (
        new_array(MADE(made).element, dimensions, sizes, context)
        if product(sizes, dimensions, MOST_UNINITIALISED) != 0
        else 0
    )
    return put_in(WORDS(arguments).word, array, made, context)


def put_in(tensor: int, array: int, made: int, context: int) -> int:
    """Let a tensor without fields be one over a new array, which it owns; gives None."""
    like = tensor_over(MADE(made).kind, array, context) if array != 0 else 0
    if like == 0:
        return 0
    become(tensor, like)
    return taken(CONTEXT(context).none)


def initialise_with_list(program: int, arguments: int, context: int) -> int:
    """`Tensor.__init__(x, list)` of numbers, or of lists of as many numbers each, which gives None."""
    made, table, sizes = program + TYPES, WORDS(arguments)[1].word, geometry()
    rows, columns, dimensions = LIST(table).count, 1, 1
    if TENSOR(WORDS(arguments).word).array != 0 or not 1 <= rows <= MOST_ELEMENTS:
        return 0
    first = WORDS(LIST(table).items).word
    if OBJECT(first).kind == LISTED(program).lists:
        columns, dimensions = LIST(first).count, 2
    WORDS(sizes)[0].word = rows
    WORDS(sizes)[1].word = columns
    if columns < 1 or rows * columns > MOST_ELEMENTS:
        return 0
    array = new_array(MADE(made).element, dimensions, sizes, context)
    if array == 0:
        return 0
    for i in range(rows):
        row, items = WORDS(LIST(table).items)[i].word, LIST(table).items + i * WORD
        if dimensions == 2:
            is_row = OBJECT(row).kind == LISTED(program).lists and LIST(row).count == columns
            items = LIST(row).items if is_row else 0
        if items == 0 or not write_numbers(program, items, columns, ARRAY(array).data + i * columns * MADE(made).item):
            library.release(array)
            return failed()
    return put_in(WORDS(arguments).word, array, made, context)


def write_numbers(program: int, items: int, count: int, place: int) -> bool:
    """Write elements that are numbers of Python's; whether all are, and whole where elements are."""
    m = MADE(program + TYPES)
    for i in range(count):
        number, bits = WORDS(items)[i].word, 0
        if OBJECT(number).kind == LISTED(program).doubles and m.floating != 0:
            bits = FLOAT(number).bits
        elif OBJECT(number).kind == LISTED(program).wholes:
            bits = library.whole_number(number)
            bits = library.as_double(bits) if m.floating != 0 else bits
        else:
            return False
        bits = library.rounded(bits) if m.floating != 0 and m.item == 4 else bits
        write(place + i * m.item, m.item, bits)
    return library.failure() == 0


ACTIONS = (
    make,
    make_eye,
    make_range,
    make_sequence,
    make_linear,
    make_powers,
    make_drawn,
    make_permutation,
    allocate,
    initialise,
    initialise_with_list,
)
