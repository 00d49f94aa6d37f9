"""Compiled: few elements selected by masks, and where elements are that are not 0; see `selection.py`."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.results import CHAR, DOUBLES, FLOATS, INTS, tensor_over, whole_at
from torchnn.torch.native.actions.selection import SELECT, changed_at, given, number, tensor_at, value
from torchnn.torch.native.actions.tensors import (
    count_of,
    geometry,
    have_equal_sizes,
    lie_apart,
    new_array,
    taken,
)
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS

# The bit of a float that is its sign.
SIGN = 2**31


def ones_of(x: int, mask: int) -> int:
    """How many ones a mask for a tensor has; -1 where it is none, or there is no tensor."""
    if x == 0 or mask == 0 or not have_equal_sizes(x, mask):
        return -1
    ones = 0
    for k in range(count_of(mask)):
        one = CHAR(ARRAY(mask).data)[k].element
        if not 0 <= one <= 1:
            return -1
        ones += one
    return ones


def masked_fill(program: int, arguments: int, context: int) -> int:
    """`x.maskedFill(mask, v)`."""
    p, bits = SELECT(program), number()
    x, mask = changed_at(arguments, p.x, context), tensor_at(arguments, p.which, context)
    if ones_of(x, mask) < 0 or not lie_apart(x, mask) or not value(program, arguments, bits):
        return 0
    for k in range(count_of(x)):
        if CHAR(ARRAY(mask).data)[k].element != 0:
            library.move(ARRAY(x).data + k * p.item, bits, p.item)
    return given(program, arguments)


def masked_copy(program: int, arguments: int, context: int) -> int:
    """`x.maskedCopy(mask, y)`."""
    p = SELECT(program)
    x, mask = changed_at(arguments, p.x, context), tensor_at(arguments, p.which, context)
    y, ones = tensor_at(arguments, p.y, context), ones_of(x, mask)
    if ones < 0 or y == 0 or count_of(y) < ones or not lie_apart(x, y) or not lie_apart(x, mask):
        return 0
    source = ARRAY(y).data
    for k in range(count_of(x)):
        if CHAR(ARRAY(mask).data)[k].element != 0:
            library.move(ARRAY(x).data + k * p.item, source, p.item)
            source += p.item
    return taken(WORDS(arguments)[p.x].word)


def masked_select(program: int, arguments: int, context: int) -> int:
    """`x.maskedSelect(mask)` where it is not empty."""
    p, size = SELECT(program), number()
    x, mask = tensor_at(arguments, p.x, context), tensor_at(arguments, p.which, context)
    ones = ones_of(x, mask)
    if ones <= 0:
        return 0
    WORDS(size).word = ones
    made = new_array(SELECT(program).element, 1, size, context)
    if made == 0:
        return 0
    into = ARRAY(made).data
    for k in range(count_of(x)):
        if CHAR(ARRAY(mask).data)[k].element != 0:
            library.move(into, ARRAY(x).data + k * p.item, p.item)
            into += p.item
    return tensor_over(p.kind, made, context)


def is_zero(place: int, letter: int) -> bool:
    """Whether an element is 0, of either sign."""
    if letter == DOUBLES:
        return WORDS(place).word + WORDS(place).word == 0
    if letter == FLOATS:
        return whole_at(place, INTS) % SIGN == 0
    return whole_at(place, letter) == 0


def nonzero(program: int, arguments: int, context: int) -> int:
    """`x.nonzero()` where it is not empty."""
    p, size, ones = SELECT(program), geometry(), 0
    x = tensor_at(arguments, p.x, context)
    if x == 0:
        return 0
    a, count = ARRAY(x), count_of(x)
    for k in range(count):
        if not is_zero(a.data + k * p.item, p.letter):
            ones += 1
    if ones == 0:
        return 0
    WORDS(size).word = ones
    WORDS(size)[1].word = a.dimensions
    made = new_array(SELECT(program).element, 2, size, context)
    if made == 0:
        return 0
    row = ARRAY(made).data
    for k in range(count):
        if not is_zero(a.data + k * p.item, p.letter):
            rest = k
            for i in range(a.dimensions - 1, -1, -1):
                extent = WORDS(a.sizes)[i].word
                WORDS(row)[i].word = rest % extent + 1
                rest = rest // extent
            row += a.dimensions * WORD
    return tensor_over(p.kind, made, context)


ACTIONS = (masked_fill, masked_copy, masked_select, nonzero)
