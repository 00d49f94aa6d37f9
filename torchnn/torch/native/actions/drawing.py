"""Compiled: few random numbers of the global generator, drawn by the kernels that draw many."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import CONSTANT, MOST_ELEMENTS, REGISTER, number_of
from torchnn.torch.native.actions.tensors import count_of, elements, failed, taken
from torchnn.torch.native.layouts import ARRAY, WORDS, WRITEABLE, words

# The action; where the kernel's machine code and the state of the generator are; the bytes of an element; which
# distribution. Two parameters follow: a register, and the bits between which its bits lie.
NUMBERS = words("action", "kernel", "state", "item", "distribution")
PARAMETER = words(*REGISTER.fields, "above", "below")
NUMBERS_BYTES, PARAMETER_BYTES = NUMBERS.itemsize, PARAMETER.itemsize

# The same of whole numbers: the lowest and how many there are, or which arguments say that, where they are not 0.
WHOLES = words("action", "kernel", "state", "item", "low", "span", "first", "last")

# Words are not drawn modulo larger numbers than these, and bounds are no larger where Python is not asked.
MOST_WORDS, FARTHEST = 2**32, 2**60


def parameter(program: int, position: int, arguments: int) -> tuple[bool, int]:
    """Whether a parameter of a distribution is within its limits, and the bits of the double that it is."""
    register = program + NUMBERS_BYTES + position * PARAMETER_BYTES
    p = PARAMETER(register)
    if p.role == CONSTANT:
        return True, p.bits
    fits, bits = number_of(register, WORDS(arguments)[p.argument].word)
    if p.item == 4:
        bits = library.widened(bits)
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


def draw_wholes(program: int, arguments: int, context: int) -> int:
    """A tensor, filled with whole numbers between bounds."""
    p, x = WHOLES(program), WORDS(arguments).word
    data, count = memory_of(x, context)
    low, span = p.low, p.span
    if p.first != 0:
        low = library.whole_number(WORDS(arguments)[p.first].word)
    if p.last != 0:
        high = library.whole_number(WORDS(arguments)[p.last].word)
        span = high - low + 1
        if library.failure() != 0 or not -FARTHEST < low <= high < FARTHEST or span >= MOST_WORDS:
            return failed()
    if data == 0:
        return 0
    error = library.draw_words(p.kernel, p.state, low, span, data, count, p.item)
    return taken(x) if error == 0 else 0


ACTIONS = (draw, draw_wholes)
