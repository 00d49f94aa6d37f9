"""Compiled: how arrays go with rows, for loops over many elements that do not all lie in order.

See `kernels/repeated.py`: in a row an array has elements side by side, or one that is repeated.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.launching import MOST_REGISTERS
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS, words

# Rows of fewer elements than this are left to Python.
SHORTEST_ROW = 16

# A worker's job; then for each register where an array object is, or a number, how far apart its rows are, for how many
# rows each of them is, and how many there are before they are repeated.
ROWS = words("rows", "width", "block", "turned", "turned_row", "turned_size")
OPERAND = words("what", "step", "each", "count")
OPERANDS, OPERAND_BYTES = ROWS.itemsize, OPERAND.itemsize
rows_job = library.stack((OPERANDS + MOST_REGISTERS * OPERAND_BYTES) // WORD)

SIDE_BY_SIDE, REPEATED, NEITHER = range(3)


def lies_as(array: int, other: int) -> bool:
    """Whether the elements of an array are as far apart as those of another one of its sizes."""
    a, b = ARRAY(array), ARRAY(other)
    for i in range(a.dimensions):
        if WORDS(a.sizes)[i].word > 1 and WORDS(a.strides)[i].word != WORDS(b.strides)[i].word:
            return False
    return True


def width_of(array: int, split: int) -> int:
    """How many elements rows have that are all dimensions from one on."""
    width = 1
    for i in range(split, ARRAY(array).dimensions):
        width *= WORDS(ARRAY(array).sizes)[i].word
    return width


def way_of(array: int, split: int, item: int) -> int:
    """How the elements of rows lie that are all dimensions from one on."""
    a, beyond, is_one, are_neighbours = ARRAY(array), item, True, True
    for i in range(a.dimensions - 1, split - 1, -1):
        size, stride = WORDS(a.sizes)[i].word, WORDS(a.strides)[i].word
        if size > 1:
            is_one = is_one and stride == 0
            are_neighbours = are_neighbours and stride == beyond
            beyond *= size
    if is_one:
        return REPEATED
    return SIDE_BY_SIDE if are_neighbours else NEITHER


def step_of(array: int, split: int) -> int:
    """How many bytes such rows are apart; -1 where that differs."""
    a, step, beyond, found = ARRAY(array), 0, 0, False
    for i in range(split - 1, -1, -1):
        size, stride = WORDS(a.sizes)[i].word, WORDS(a.strides)[i].word
        if size > 1:
            if found and stride != beyond:
                return -1
            step = step if found else stride
            beyond = size * stride
            found = True
    return step


def note(operand: int, what: int, step: int, rows: int) -> None:
    """Write down an array whose rows are so far apart, or all one."""
    o = OPERAND(operand)
    o.what, o.step, o.each, o.count = what, step, 1, rows if step != 0 else 1
