"""Compiled: what is drawn with weights: few categories, and ones where zeros might be."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.drawing import few_to_fill, fill
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.reductions import buffer, comparable, few_anywhere, row_by_row, widened
from torchnn.torch.native.actions.results import ONE, tensor_over, write
from torchnn.torch.native.actions.tensors import (
    CONTEXT,
    count_of,
    elements,
    failed,
    geometry,
    has_usual_strides,
    new_array,
)
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS, words

# The action; how many arguments there are; the kernel of uniform numbers, its distribution, the state of the generator
# and the kernel of categories; the kind and the bytes of weights; the class of the result, numpy's element type, the
# bytes of an element and the bits of 1.
SAMPLE = words(
    "action", "count", "fill", "uniform", "state", "categories", "kind", "weight", "tensor", "element", "item", "one"
)


def draw_units(program: int, place: int, count: int) -> bool:
    """Draw uniform numbers between 0 and 1; whether that was possible."""
    p = SAMPLE(program)
    return library.draw_numbers(p.fill, p.state, p.uniform, 0, ONE, place, count, WORD) == 0


def cumulate(values: int, shares: int, count: int) -> bool:
    """Write down cumulative shares of so many weights; whether the weights have a sum above 0."""
    total = 0
    for i in range(count):
        total = library.double_sum(total, WORDS(values)[i].word) if i > 0 else WORDS(values).word
        WORDS(shares)[i].word = total
    for i in range(count):
        WORDS(shares)[i].word = library.divided(WORDS(shares)[i].word, total)
    return library.exceeds(total, 0) and not library.is_nan(total)


def draw_categories(program: int, arguments: int, context: int) -> int:
    """`torch.multinomial(P, n [, replacement])`."""
    p, x, shares, units, sizes = SAMPLE(program), WORDS(arguments).word, buffer(), buffer(), geometry()
    array, n = elements(x, context), library.whole_number(WORDS(arguments)[1].word)
    if array == 0 or n < 1 or n > MOST_ELEMENTS or count_of(array) > MOST_ELEMENTS:
        return failed()
    dimensions, count = ARRAY(array).dimensions, count_of(array)
    columns = WORDS(ARRAY(array).sizes)[dimensions - 1].word
    rows, replaces = count // columns, p.count > 2 and WORDS(arguments)[p.count - 1].word != CONTEXT(context).false
    if dimensions > 2 or rows * n > MOST_ELEMENTS or (not replaces and n > columns) or not has_usual_strides(x, array):
        return 0
    values = widened(array, p.kind, p.weight, units)
    for row in range(rows):
        if not cumulate(values + row * columns * WORD, shares + row * columns * WORD, columns):
            return 0
    WORDS(sizes)[0].word = rows
    WORDS(sizes)[dimensions - 1].word = n
    made = new_array(p.element, dimensions, sizes, context)
    if made == 0:
        return 0
    drawn = draw_units(program, units, rows * n)
    if not drawn or library.draw_categories(p.categories, shares, units, replaces, ARRAY(made).data, rows, columns, n):
        library.release(made)
        return failed()
    return tensor_over(p.tensor, made, context)


def draw_each(program: int, arguments: int, context: int) -> int:
    """`x.bernoulli(P)`."""
    p, x, shares, units = SAMPLE(program), WORDS(arguments).word, buffer(), buffer()
    array = few_to_fill(x, context)
    given = few_anywhere(WORDS(arguments)[1].word, context) if array != 0 else 0
    if given == 0 or count_of(given) != count_of(array):
        return 0
    count, weights = count_of(array), row_by_row(given, p.weight, shares)
    for i in range(count):  # from the end, since they may be there already, in less room
        share = comparable(weights + (count - 1 - i) * p.weight, p.kind)
        if library.at_most(0, share) == 0 or library.at_most(share, ONE) == 0:
            return 0
        WORDS(shares)[count - 1 - i].word = share
    if not draw_units(program, units, count):
        return failed()
    for i in range(count):
        is_one = library.at_most(WORDS(units)[i].word, WORDS(shares)[i].word) != 0
        write(units + i * p.item, p.item, p.one if is_one else 0)
    fill(array, p.item, units)
    library.take(x)
    return x


ACTIONS = (draw_categories, draw_each)
