"""Compiled: few random numbers of the global generator, drawn by the kernels that draw many."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS, REGISTER, double_given
from torchnn.torch.native.actions.tensors import count_of, elements, failed, taken
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS, WRITEABLE, words

# The action; where the kernel's machine code and the state of the generator are; the bytes of an element; which
# distribution; and of a single number whether it is whole, where the position of the default type is, and the first and
# the last that it may have. Two parameters follow: a register, and the bits between which its bits lie.
NUMBERS = words("action", "kernel", "state", "item", "distribution", "whole", "default", "first_type", "last_type")
PARAMETER = words(*REGISTER.fields, "above", "below")
NUMBERS_BYTES, PARAMETER_BYTES = NUMBERS.itemsize, PARAMETER.itemsize

# The same of whole numbers: the lowest and how many there are, or which arguments say that, where they are not -1.
WHOLES = words(
    "action", "kernel", "state", "item", "low", "span", "first", "last", "default", "first_type", "last_type"
)

# Words are not drawn modulo larger numbers than these, and bounds are no larger where Python is not asked.
MOST_WORDS, FARTHEST = 2**32, 2**60

drawn = library.stack(1)


def parameter(program: int, position: int, arguments: int) -> tuple[bool, int]:
    """Whether a parameter of a distribution is within its limits, and the bits of the double that it is."""
    register = program + NUMBERS_BYTES + position * PARAMETER_BYTES
    p = PARAMETER(register)
    fits, bits = double_given(register, arguments)
    return fits and p.above < bits < p.below, bits


def memory_of(tensor: int, context: int) -> tuple[int, int]:
    """Where the few elements of a tensor are that can be filled, or 0, and how many."""
    array = elements(tensor, context)
    if array == 0 or ARRAY(array).flags // WRITEABLE % 2 == 0 or count_of(array) > MOST_ELEMENTS:
        return 0, 0
    return ARRAY(array).data, count_of(array)


def draw(program: int, arguments: int, context: int) -> int:
    """A tensor, filled from a distribution."""
    p, x = NUMBERS(program), WORDS(arguments).word
    data, count = memory_of(x, context)
    first_fits, a = parameter(program, 0, arguments)
    second_fits, b = parameter(program, 1, arguments)
    if data == 0 or not first_fits or not second_fits:
        return 0
    error = library.draw_numbers(p.kernel, p.state, p.distribution, a, b, data, count, p.item)
    return taken(x) if error == 0 else 0


def draw_number(program: int, arguments: int, context: int) -> int:
    """A number from a distribution."""
    p, place = NUMBERS(program), drawn()
    first_fits, a = parameter(program, 0, arguments)
    second_fits, b = parameter(program, 1, arguments)
    if not p.first_type <= WORDS(p.default).word <= p.last_type or not first_fits or not second_fits:
        return 0
    if library.draw_numbers(p.kernel, p.state, p.distribution, a, b, place, 1, WORD) != 0:
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
    p, x = WHOLES(program), WORDS(arguments).word
    data, count = memory_of(x, context)
    fit, low, span = bounds(program, arguments, p.first, p.last)
    if data == 0 or not fit or span >= MOST_WORDS:
        return 0
    error = library.draw_words(p.kernel, p.state, low, span, data, count, p.item)
    return taken(x) if error == 0 else 0


def draw_whole(program: int, arguments: int, context: int) -> int:
    """A whole number between bounds, or of 32 bits where there are none."""
    p, place = WHOLES(program), drawn()
    fit, low, span = bounds(program, arguments, p.first, p.last)
    if not p.first_type <= WORDS(p.default).word <= p.last_type or not fit:
        return 0
    if library.draw_words(p.kernel, p.state, 0, 0, place, 1, WORD) != 0:
        return failed()
    word = WORDS(place).word
    return library.new_whole(word if span == 0 else word % span + low)


ACTIONS = (draw, draw_number, draw_wholes, draw_whole)
