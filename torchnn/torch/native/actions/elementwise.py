"""Compiled: an operation on tensors, and on numbers, one element after the other.

A program is what a `Tape` is: steps that each call one of numpy's loops on some registers, which are arguments,
constants, temporaries and the result. So the numbers are numpy's, bit for bit.

What is not contiguous is copied to temporaries first, and the result from one, if loops of numpy's give the same
numbers wherever elements lie. Whatever else an argument may be (of other sizes, with memory in common with the result,
a number that does not fit), `compute` gives 0 and has changed nothing; then Python's function has the word.

Of many elements a worker of `kernels/fused.py` makes one loop of the steps, on all threads, as Python has it done, or,
where they do not all lie in order, one of `kernels/repeated.py`. What Python does around the loop takes as long as 10^5
floats or 10^6 bytes do, and more beside 10^6 floats, which put what it needs out of the caches.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.launching import (
    MANY,
    MOST_REGISTERS,
    can_launch,
    job,
    launch,
    launch_tasks,
    worker_of_many,
)
from torchnn.torch.native.actions.memory import even_gap, fills_a_block, is_contiguous, lies_apart, overlaps
from torchnn.torch.native.actions.results import FLOATS, number_at, tensor_over, whole_at
from torchnn.torch.native.actions.rows import (
    NEITHER,
    OPERAND,
    OPERAND_BYTES,
    REPEATED,
    ROWS,
    SHORTEST_ROW,
    SIDE_BY_SIDE,
    lies_as,
    note,
    rows_job,
    step_of,
    way_of,
    width_of,
)
from torchnn.torch.native.actions.rows import OPERANDS as OPERANDS_OF_ROWS
from torchnn.torch.native.actions.tensors import (
    CONTEXT,
    MOST_DIMENSIONS,
    array_of,
    count_of,
    failed,
    has_usual_strides,
    have_equal_sizes,
    new_array,
    new_tensor,
    taken,
)
from torchnn.torch.native.layouts import ALIGNED, ARRAY, DESCRIPTION, FLOAT, TENSOR, WORD, WORDS, WRITEABLE, words

# The address of `compute`; the argument whose sizes the result has; the one that becomes the result or, where that is
# -1, the class and numpy's element type of a new one; whether elements may lie anywhere or, else, evenly apart; the
# kind of the operands' elements; how many registers and steps follow; which is the result's; from how many elements
# on steps are not done one after the other; and what is done with many elements, or 0.
PROGRAM = words(
    *("action", "source", "target", "kind", "element", "anywhere", "letter", "registers", "steps", "result"),
    *("limit", "many"),
)

# What a register is, also of those behind `MANY`: its role, which argument, the bytes of its elements, and the bits of
# a constant. Of a tensor whose integers may not be 0 the bits are not 0.
REGISTER = words("role", "argument", "item", "bits")
RESULT, TENSORS, TEMPORARY, CONSTANT, DOUBLES, WHOLE_DOUBLES, WHOLES = range(7)

# A loop of numpy's, its data, and the registers of its operands: as many as any takes.
STEP = words("loop", "data", "first", "second", "third", "fourth")
OPERANDS = 4

# A choice between programs by a number: the action, which argument that is, whether it is an int, and how many
# programs follow, each behind the bits of the double that it is for; the last one is for all others.
CHOICE = words("action", "argument", "whole", "count")
CHOSEN = words("bits", "program")
CHOICE_BYTES = CHOICE.itemsize

# A choice by the order of two numbers: the action, and the programs where the first one is at most the second, and
# where it is not. The registers of the numbers follow.
ORDER = words("action", "ordered", "crossed")
ORDER_BYTES = ORDER.itemsize

# A choice by the default type: the action, and where the position of that type is. A program for each follows, or 0.
BY_DEFAULT = words("action", "default")
BY_DEFAULT_BYTES = BY_DEFAULT.itemsize

# Elements of what is temporary or copied.
MOST_ELEMENTS = 256
MOST_TEMPORARIES = 8

PROGRAM_BYTES, REGISTER_BYTES, STEP_BYTES = PROGRAM.itemsize, REGISTER.itemsize, STEP.itemsize
MANY_BYTES = MANY.itemsize

# Of each register where it is, how far apart its elements are, and the number that it may be; what a loop is given; and
# temporaries.
STRIDES, NUMBERS, GIVEN = (i * MOST_REGISTERS * WORD for i in (1, 2, 3))
GAPS, COUNT, MEMORY = (GIVEN + i * WORD for i in (OPERANDS, 2 * OPERANDS, 2 * OPERANDS + 1))
frame = library.stack(MEMORY // WORD + MOST_TEMPORARIES * MOST_ELEMENTS)

two_words = library.stack(2)

# Which element it is along each dimension.
position = library.stack(MOST_DIMENSIONS)


def result_like(program: int, source: int, array: int, context: int) -> int:
    """A new tensor for the result of a program, of the sizes of its source; 0 without memory."""
    p, constants = PROGRAM(program), CONTEXT(context)
    sizes, dimensions = ARRAY(array).sizes, ARRAY(array).dimensions
    made = new_array(p.element, dimensions, sizes, context)
    if made == 0:
        return 0
    if TENSOR(source).base == constants.none or (is_contiguous(array) and has_usual_strides(source, array)):
        return new_tensor(p.kind, source, made, context)
    return tensor_over(p.kind, made, context)


def usable(program: int, tensor: int, context: int) -> int:
    """The array of a tensor, if it is aligned, and its elements are evenly apart where a program needs that; else 0."""
    array = array_of(tensor, context)
    if array == 0 or ARRAY(array).flags // ALIGNED % 2 == 0:
        return 0
    if is_contiguous(array):
        return array
    if PROGRAM(program).anywhere == 0:
        return array if even_gap(array) != 0 else 0
    return array if ARRAY(array).dimensions <= MOST_DIMENSIONS else 0


def target_of(program: int, arguments: int, array: int, context: int) -> int:
    """The array of the tensor that becomes the result, if it has the right sizes and may be written to; else 0."""
    out = usable(program, WORDS(arguments)[PROGRAM(program).target].word, context)
    if out == 0 or ARRAY(out).flags // WRITEABLE % 2 == 0 or not have_equal_sizes(array, out):
        return 0
    may_be_anywhere = PROGRAM(program).anywhere != 0 and lies_apart(out)
    return out if is_contiguous(out) or may_be_anywhere or even_gap(out) != 0 else 0


def move_all(array: int, item: int, memory: int, back: bool) -> None:
    """Copy the elements of an array, in row-major order, to contiguous memory, or back."""
    a, here, place = ARRAY(array), position(), ARRAY(array).data
    for i in range(a.dimensions):
        WORDS(here)[i].word = 0
    for k in range(count_of(array)):
        if back:
            library.move(place, memory + k * item, item)
        else:
            library.move(memory + k * item, place, item)
        axis = a.dimensions - 1
        while axis >= 0:
            WORDS(here)[axis].word += 1
            place += WORDS(a.strides)[axis].word
            if WORDS(here)[axis].word < WORDS(a.sizes)[axis].word:
                break
            WORDS(here)[axis].word = 0
            place -= WORDS(a.sizes)[axis].word * WORDS(a.strides)[axis].word
            axis -= 1


def number_of(register: int, argument: int) -> tuple[bool, int]:
    """Whether an argument can be the number that a register is, and its bits."""
    r = REGISTER(register)
    bits = 0
    if r.role == DOUBLES:
        bits = FLOAT(argument).bits
    else:
        bits = library.whole_number(argument)
        if bits == -1 and library.failure() != 0:
            library.forget_failure()
            return False, 0
        if r.role == WHOLE_DOUBLES:
            bits = library.as_double(bits)
    # Of some numbers 0 is left to Python's function: r.bits is what takes away their signs, or bits that do not fit.
    if r.bits != 0 and bits * r.bits == 0:
        return False, 0
    return True, library.rounded(bits) if r.item == 4 and r.role != WHOLES else bits


def number_given(register: int, arguments: int) -> tuple[bool, int]:
    """Whether a register of a number, which may be a constant, is one that a call may mean, and its bits."""
    r = REGISTER(register)
    if r.role == CONSTANT:
        return True, r.bits
    return number_of(register, WORDS(arguments)[r.argument].word)


def double_given(register: int, arguments: int) -> tuple[bool, int]:
    """The same of a floating-point number, with its bits as a double."""
    fits, bits = number_given(register, arguments)
    return fits, library.widened(bits) if REGISTER(register).item == 4 else bits


def place(frame: int, register: int, memory: int, stride: int) -> None:
    """Note where a register is, and how far apart its elements are."""
    WORDS(frame)[register].word = memory
    WORDS(frame + STRIDES)[register].word = stride


def prepare(program: int, arguments: int, context: int, first: int, count: int, out: int, frame: int) -> int:
    """Find all registers but that of the result: 0 if they are not as they should be, else where memory is left.

    `first` has `count` elements; `out` is the result if it is given. What overlaps it is left to Python, which computes
    one element after the other.
    """
    free, has_room = frame + MEMORY, count <= MOST_ELEMENTS
    for i in range(PROGRAM(program).registers):
        register = program + PROGRAM_BYTES + i * REGISTER_BYTES
        r = REGISTER(register)
        number = frame + NUMBERS + i * WORD
        if r.role == TENSORS:
            array = usable(program, WORDS(arguments)[r.argument].word, context)
            if array == 0 or not have_equal_sizes(first, array) or (out != 0 and overlaps(array, out)):
                return 0
            if not is_contiguous(array):
                if not has_room:
                    return 0
                if PROGRAM(program).anywhere == 0:
                    place(frame, i, ARRAY(array).data, even_gap(array))
                else:
                    move_all(array, r.item, free, False)
                    place(frame, i, free, r.item)
                    free += MOST_ELEMENTS * WORD
            else:
                place(frame, i, ARRAY(array).data, r.item)
            if r.bits != 0 and not has_room:
                return 0
            if r.bits != 0 and has_zero(WORDS(frame)[i].word, count, r.item, PROGRAM(program).letter):
                return 0
        elif r.role == TEMPORARY:
            if not has_room:
                return 0
            place(frame, i, free, r.item)
            free += MOST_ELEMENTS * WORD
        elif r.role == CONSTANT:
            WORDS(number).word = r.bits
            place(frame, i, number, 0)
        elif r.role != RESULT:
            fits, bits = number_of(register, WORDS(arguments)[r.argument].word)
            if not fits:
                return 0
            WORDS(number).word = bits
            place(frame, i, number, 0)
    return free


def has_zero(place: int, count: int, item: int, kind: int) -> bool:
    """Whether one of so many integers is 0."""
    for i in range(count):
        if whole_at(place + i * item, kind) == 0:
            return True
    return False


def run(program: int, count: int, out: int, gap: int, frame: int) -> None:
    """Run the steps of a program whose result is in memory at an address, elements that many bytes apart."""
    registers = program + PROGRAM_BYTES
    place(frame, PROGRAM(program).result, out, gap)
    WORDS(frame + COUNT).word = count
    steps = registers + PROGRAM(program).registers * REGISTER_BYTES
    for i in range(PROGRAM(program).steps):
        step = STEP(steps)[i]
        operands = steps + i * STEP_BYTES + STEP_BYTES - OPERANDS * WORD
        for k in range(OPERANDS):
            register = WORDS(operands)[k].word
            WORDS(frame + GIVEN)[k].word = WORDS(frame)[register].word
            WORDS(frame + GAPS)[k].word = WORDS(frame + STRIDES)[register].word
        library.run_loop(step.loop, frame + GIVEN, frame + COUNT, frame + GAPS, step.data)


def compute(program: int, arguments: int, context: int) -> int:
    """The result of a program, a new reference; 0 where Python's function is to be called."""
    p, here = PROGRAM(program), frame()
    source = WORDS(arguments)[p.source].word
    first, out, given = usable(program, source, context), 0, p.target >= 0
    if first == 0:
        return 0
    if given:
        out = target_of(program, arguments, first, context)
        if out == 0:
            return 0
    count = count_of(first)
    if count >= p.limit:
        return compute_many(program, arguments, context, first, count, out)
    if out != 0 and count > MOST_ELEMENTS and not is_contiguous(out):
        return 0
    memory = prepare(program, arguments, context, first, count, out, here)
    if memory == 0:
        return 0
    result = taken(WORDS(arguments)[p.target].word) if given else result_like(program, source, first, context)
    if result == 0:
        return 0
    item = REGISTER(program + PROGRAM_BYTES)[p.result].item
    gap = item if out == 0 or is_contiguous(out) else even_gap(out)
    if gap == 0:
        run(program, count, memory, item, here)
        move_all(out, item, memory, True)
    else:
        run(program, count, ARRAY(TENSOR(result).array).data, gap, here)
    return result


def compute_number(program: int, arguments: int, context: int) -> int:
    """The number that the program for the default type makes of numbers."""
    default, here, result = WORDS(BY_DEFAULT(program).default).word, frame(), two_words()
    chosen = WORDS(program + BY_DEFAULT_BYTES)[default].word
    if chosen == 0 or prepare(chosen, arguments, context, 0, 1, 0, here) == 0:
        return 0
    item = REGISTER(chosen + PROGRAM_BYTES).item
    for i in range(PROGRAM(chosen).registers):  # powers of what has no stride have other last digits
        place(here, i, WORDS(here)[i].word, item)
    run(chosen, 1, result, item, here)
    return number_at(result, PROGRAM(chosen).letter)


def compute_many(program: int, arguments: int, context: int, first: int, count: int, out: int) -> int:
    """The result for many elements, by the worker; `out` is the result's array if it is given."""
    p, many, given, model = PROGRAM(program), PROGRAM(program).many, job(), out if out != 0 else first
    operands, worker = given + WORD, worker_of_many(many, count, context)
    is_flat = is_contiguous(model) or (out != 0 and fills_a_block(out))
    if many == 0 or (worker == 0 and MANY(many).by_rows == 0):
        return 0
    for i in range(MANY(many).registers):
        register = many + MANY_BYTES + i * REGISTER_BYTES
        r = REGISTER(register)
        if r.role == TENSORS:
            array = usable(program, WORDS(arguments)[r.argument].word, context)
            if array == 0 or r.bits != 0 or not have_equal_sizes(first, array):
                return 0
            is_flat = is_flat and lies_as(array, model)
            if out != 0 and overlaps(array, out):
                return 0
            WORDS(operands)[i].word = array
        elif r.role != RESULT and r.role != TEMPORARY:
            fits, bits = number_given(register, arguments) if p.letter > FLOATS else double_given(register, arguments)
            if not fits:
                return 0
            WORDS(operands)[i].word = bits
    told = rows_job()
    if not is_flat:
        worker = prepare_rows(many, operands, first, out, count, told, context)
    if worker == 0:
        return 0
    source = WORDS(arguments)[p.source].word
    result = taken(WORDS(arguments)[p.target].word) if out != 0 else result_like(program, source, first, context)
    if result == 0:
        return 0
    if is_flat:
        WORDS(operands)[MANY(many).result].word = TENSOR(result).array
        launch(worker, many, given, count, context)
    else:
        OPERAND(told + OPERANDS_OF_ROWS)[MANY(many).result].what = TENSOR(result).array
        launch_tasks(worker, told, (ROWS(told).rows + ROWS(told).block - 1) // ROWS(told).block, 1, context)
    return result


def prepare_rows(many: int, operands: int, first: int, out: int, count: int, told: int, context: int) -> int:
    """The worker that computes row by row, with its job but for the result, which is `out` or new; 0 without one."""
    m, r, item, split = MANY(many), ROWS(told), DESCRIPTION(ARRAY(first).type).item, 0
    if m.by_rows == 0 or count < m.least or count > m.most or not can_launch(context):
        return 0
    while width_of(first, split) >= SHORTEST_ROW:
        fits, repeated, bit = True, 0, 1
        r.width = width_of(first, split)
        r.rows = count // r.width
        for i in range(m.registers):
            operand, role = told + OPERANDS_OF_ROWS + i * OPERAND_BYTES, REGISTER(many + MANY_BYTES)[i].role
            array = out if role == RESULT else WORDS(operands)[i].word if role == TENSORS else 0
            way, step = SIDE_BY_SIDE, r.width * item
            if array != 0:
                way = way_of(array, split, item)
                step = step_of(array, split)
            fits = fits and way != NEITHER and step >= 0 and (role != RESULT or way != REPEATED)
            if role == TENSORS:
                repeated += bit if way == REPEATED else 0
                bit *= 2
            note(operand, 0 if role == TEMPORARY else WORDS(operands)[i].word, step, r.rows)
        if fits:
            r.block = m.block // r.width if r.width < m.block else 1
            r.turned, r.turned_row, r.turned_size = 0, 0, 0
            return WORDS(WORDS(m.by_rows)[repeated].word).word
        split += 1
    return 0


def compute_by_number(program: int, arguments: int, context: int) -> int:
    """The result of the program for a number among the arguments."""
    c, chosen = CHOICE(program), program + CHOICE_BYTES
    number, found = WORDS(arguments)[c.argument].word, c.count - 1
    bits = library.as_double(library.whole_number(number)) if c.whole != 0 else FLOAT(number).bits
    if library.failure() != 0:
        return failed()
    for i in range(c.count - 1):
        if CHOSEN(chosen)[i].bits == bits:
            found = i
    return compute(CHOSEN(chosen)[found].program, arguments, context)


def compute_by_order(program: int, arguments: int, context: int) -> int:
    """The result of the program for the order in which two numbers among the arguments are, as elements."""
    o, registers, numbers = ORDER(program), program + ORDER_BYTES, two_words()
    kind = PROGRAM(o.ordered).letter
    for i in range(2):
        register = registers + i * REGISTER_BYTES
        fits, bits = number_given(register, arguments) if kind > FLOATS else double_given(register, arguments)
        if not fits:
            return 0
        WORDS(numbers)[i].word = bits
    if kind > FLOATS:
        are_ordered = whole_at(numbers, kind) <= whole_at(numbers + WORD, kind)
    else:
        are_ordered = library.at_most(WORDS(numbers)[0].word, WORDS(numbers)[1].word) != 0
    return compute(o.ordered if are_ordered else o.crossed, arguments, context)


ACTIONS = (compute, compute_by_number, compute_by_order, compute_number)
