"""Compiled: loops over elements that numpy has not, with the signature of those that it has.

A loop is told where the addresses, the number and the strides of its operands are, and something of its own.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.reductions import comparable, play
from torchnn.torch.native.actions.results import FLOATS, INT, as_whole, whole_at, write
from torchnn.torch.native.layouts import WORD, WORDS, words

# What the loop of limits is told: the kind and the bytes of elements.
LIMITS = words("kind", "item")

# What the loop of powers is told: the kind and the bytes of elements, and numpy's loop of powers of doubles.
POWERS = words("kind", "item", "loop", "data")

BUFFER_BYTES = MOST_ELEMENTS * WORD
three_buffers = library.stack(3 * MOST_ELEMENTS)


def remainders(addresses: int, count: int, strides: int, data: int) -> int:
    """x - y * floor(x / y) of floats, whose product is one of doubles."""
    a, s = WORDS(addresses), WORDS(strides)
    for i in range(WORDS(count).word):
        x = INT(a.word + i * s.word).element
        y = INT(a[1].word + i * s[1].word).element
        product = library.double_product(library.widened(library.floor_quotient(x, y)), library.widened(y))
        rest = library.double_difference(library.widened(x), product)
        library.write_int(a[2].word + i * s[2].word, library.rounded(rest))
    return 0


def powers(addresses: int, count: int, strides: int, data: int) -> int:
    """Powers of integers: those of doubles, truncated."""
    p, a, s, n, here = POWERS(data), WORDS(addresses), WORDS(strides), WORDS(count).word, three_buffers()
    for k in range(2):
        for i in range(n):
            whole = whole_at(a[k].word + i * s[k].word, p.kind)
            WORDS(here + k * BUFFER_BYTES)[i].word = library.as_double(whole)
    result = here + 2 * BUFFER_BYTES
    play(p.loop, p.data, here, WORD, here + BUFFER_BYTES, WORD, result, WORD, n)
    for i in range(n):
        write(a[2].word + i * s[2].word, p.item, as_whole(WORDS(result)[i].word, p.item))
    return 0


def is_below(a: int, b: int, kind: int) -> bool:
    """Whether a comparable element is smaller than another one, which nan is not."""
    if kind > FLOATS:
        return a < b
    return library.at_most(a, b) != 0 and library.at_most(b, a) == 0


def limits(addresses: int, count: int, strides: int, data: int) -> int:
    """Elements below a limit become that, others above another one become that one."""
    p, a, s = LIMITS(data), WORDS(addresses), WORDS(strides)
    for i in range(WORDS(count).word):
        x, found = comparable(a.word + i * s.word, p.kind), a.word + i * s.word
        low, high = a[1].word + i * s[1].word, a[2].word + i * s[2].word
        if is_below(x, comparable(low, p.kind), p.kind):
            found = low
        elif is_below(comparable(high, p.kind), x, p.kind):
            found = high
        library.move(a[3].word + i * s[3].word, found, p.item)
    return 0


LOOPS = (limits, remainders, powers)
