"""Compiled: few random numbers, drawn by the kernels that draw many."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import REGISTER, double_given, move_all
from torchnn.torch.native.actions.generators import state_of
from torchnn.torch.native.actions.memory import is_contiguous, lies_apart
from torchnn.torch.native.actions.reductions import buffer, few_anywhere
from torchnn.torch.native.actions.results import FLOATS, as_whole, write
from torchnn.torch.native.actions.tensors import count_of, failed, taken
from torchnn.torch.native.layouts import ARRAY, DESCRIPTION, WORD, WORDS, WRITEABLE, words

# The action; where the kernel's machine code and the state of the global generator are, and which argument is another
# one, or -1; the bytes of what is drawn; which distribution; the kind of elements; and of a single number whether it is
# whole, where the position of the default type is, and the first and the last that it may have. Two parameters follow:
# a register, and the bits between which its bits lie.
NUMBERS = words(
    "action", "kernel", "state", "generator", "item", "distribution", "kind",
    "whole", "default", "first_type", "last_type",
)  # fmt: skip
PARAMETER = words(*REGISTER.fields, "above", "below")
NUMBERS_BYTES, PARAMETER_BYTES = NUMBERS.itemsize, PARAMETER.itemsize

# The same of whole numbers: the lowest and how many there are, or which arguments say that, where they are not -1.
WHOLES = words(
    "action", "kernel", "state", "generator", "item", "low", "span", "first", "last",
    "default", "first_type", "last_type",
)  # fmt: skip

# Words are not drawn modulo larger numbers than these, and bounds are no larger where Python is not asked.
MOST_WORDS, FARTHEST = 2**32, 2**60

drawn = library.stack(1)


def parameter(program: int, position: int, arguments: int) -> tuple[bool, int]:
    """Whether a parameter of a distribution is within its limits, and the bits of the double that it is."""
    register = program + NUMBERS_BYTES + position * PARAMETER_BYTES
    p = PARAMETER(register)
    fits, bits = double_given(register, arguments)
    return fits and p.above < bits < p.below, bits


def few_to_fill(tensor: int, context: int) -> int:
    """The array of a tensor of few elements that can be filled, each by itself; else 0."""
    array = few_anywhere(tensor, context)
    if array == 0 or ARRAY(array).flags // WRITEABLE % 2 == 0:
        return 0
    return array if is_contiguous(array) or lies_apart(array) else 0


def fill(array: int, item: int, values: int) -> None:
    """Let elements that are somewhere in row-major order be those of an array."""
    if is_contiguous(array):
        library.move(ARRAY(array).data, values, count_of(array) * item)
    else:
        move_all(array, item, values, True)


def convert(doubles: int, kind: int, item: int, count: int) -> None:
    """Write elements of an integer type in place of doubles, of which they have the whole part."""
    for i in range(count if kind > FLOATS else 0):
        write(doubles + i * item, item, as_whole(WORDS(doubles)[i].word, item))


def draw(program: int, arguments: int, context: int) -> int:
    """A tensor, filled from a distribution."""
    p, x, place = NUMBERS(program), WORDS(arguments).word, buffer()
    array = few_to_fill(x, context)
    first_fits, a = parameter(program, 0, arguments)
    second_fits, b = parameter(program, 1, arguments)
    if array == 0 or not first_fits or not second_fits:
        return 0
    item, count = DESCRIPTION(ARRAY(array).type).item, count_of(array)
    values = ARRAY(array).data if is_contiguous(array) and p.kind <= FLOATS else place
    state = state_of(p.state, p.generator, arguments)
    if library.draw_numbers(p.kernel, state, p.distribution, a, b, values, count, p.item) != 0:
        return 0
    convert(values, p.kind, item, count)
    fill(array, item, values)
    return taken(x)


def draw_number(program: int, arguments: int, context: int) -> int:
    """A number from a distribution."""
    p, place = NUMBERS(program), drawn()
    first_fits, a = parameter(program, 0, arguments)
    second_fits, b = parameter(program, 1, arguments)
    if not p.first_type <= WORDS(p.default).word <= p.last_type or not first_fits or not second_fits:
        return 0
    state = state_of(p.state, p.generator, arguments)
    if library.draw_numbers(p.kernel, state, p.distribution, a, b, place, 1, WORD) != 0:
        return failed()
    return library.new_whole_of(WORDS(place).word) if p.whole != 0 else library.new_double(WORDS(place).word)


def bounds(program: int, arguments: int, first: int, last: int) -> tuple[bool, int, int]:
    """Whether bounds can be such, the lower one, and how many numbers there are; they are arguments, counted from 0."""
    low, span = WHOLES(program).low, WHOLES(program).span
    if first >= 0:
        low = library.whole_number(WORDS(arguments)[first].word)
    if last >= 0:
        high = library.whole_number(WORDS(arguments)[last].word)
        span = high - low + 1
        if library.failure() != 0 or not -FARTHEST < low <= high < FARTHEST:
            library.forget_failure()
            return False, low, span
    return True, low, span


def draw_wholes(program: int, arguments: int, context: int) -> int:
    """A tensor, filled with whole numbers between bounds."""
    p, x, place = WHOLES(program), WORDS(arguments).word, buffer()
    array = few_to_fill(x, context)
    fit, low, span = bounds(program, arguments, p.first, p.last)
    if array == 0 or not fit or span >= MOST_WORDS:
        return 0
    values = ARRAY(array).data if is_contiguous(array) else place
    state = state_of(p.state, p.generator, arguments)
    if library.draw_words(p.kernel, state, low, span, values, count_of(array), p.item) != 0:
        return 0
    fill(array, p.item, values)
    return taken(x)


def draw_whole(program: int, arguments: int, context: int) -> int:
    """A whole number between bounds, or of 32 bits where there are none."""
    p, place = WHOLES(program), drawn()
    fit, low, span = bounds(program, arguments, p.first, p.last)
    if not p.first_type <= WORDS(p.default).word <= p.last_type or not fit:
        return 0
    state = state_of(p.state, p.generator, arguments)
    if library.draw_words(p.kernel, state, 0, 0, place, 1, WORD) != 0:
        return failed()
    word = WORDS(place).word
    return library.new_whole(word if span == 0 else word % span + low)


ACTIONS = (draw, draw_number, draw_wholes, draw_whole)
