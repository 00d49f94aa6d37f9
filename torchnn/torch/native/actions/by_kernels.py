"""Compiled: correlations of few elements and distances of few rows, by the kernels that compute many."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS, number_given
from torchnn.torch.native.actions.matrices import OTHER, UNKNOWN, letter
from torchnn.torch.native.actions.products import one_word, size
from torchnn.torch.native.actions.reductions import buffer, few_anywhere, play, row_by_row
from torchnn.torch.native.actions.results import given_array, result_in, tensor_over
from torchnn.torch.native.actions.tensors import count_of, geometry, new_array, taken
from torchnn.torch.native.layouts import ARRAY, WORD, WORDS, words

# The action; the arguments with maps and with kernels; the dimensions of a map, and whether kernels are flipped; the
# class of the result, numpy's type and the bytes of its elements; and the machine code. The option of how far kernels
# reach follows.
CORRELATION = words("action", "maps", "taps", "rank", "flip", "tensor", "element", "item", "kernel")
CORRELATION_BYTES = CORRELATION.itemsize

# The action; the arguments with rows, with others, and the one that becomes the result, or -1; the class of the result,
# numpy's type and the bytes of its elements; the machine code; and the loop of products. The register of the number
# that distances are multiplied by follows.
DISTANCES = words(
    "action", "first", "second", "target", "tensor", "element", "item", "kernel", "loop", "data"
)  # fmt: skip
DISTANCES_BYTES = DISTANCES.itemsize

# What a kernel is told of an array: its elements and their bytes, where they are, and sizes, then strides.
HEAD = library.ARRAY_HEAD * WORD
MOST_AXES = 6
described = library.stack(library.ARRAY_HEAD + 2 * MOST_AXES)


def put(here: int, axis: int, length: int) -> None:
    """Note a size of an array."""
    WORDS(here + HEAD)[axis].word = length


def place(here: int, data: int, item: int, axes: int) -> None:
    """Note where a contiguous array is whose sizes are noted."""
    total = 1
    for i in range(axes):
        axis = axes - 1 - i
        WORDS(here + HEAD)[axes + axis].word = total * item
        total *= WORDS(here + HEAD)[axis].word
    WORDS(here)[0].word = total
    WORDS(here)[1].word = item
    WORDS(here)[2].word = data


def taps_of(program: int, kernels: int, plain: int, flipped: int, length: int) -> int:
    """Where kernels of so many elements are, each of them flipped if that is wanted."""
    p, taps = CORRELATION(program), row_by_row(kernels, CORRELATION(program).item, plain)
    if p.flip == 0:
        return taps
    for i in range(count_of(kernels)):
        to = i // length * length + length - 1 - i % length
        library.move(flipped + to * p.item, taps + i * p.item, p.item)
    return flipped


def correlate(program: int, arguments: int, context: int) -> int:
    """A map with a kernel, maps with a kernel each, or with a bank of kernels, as `correlate` of kernels makes it."""
    p, sizes, of_maps, of_taps, flipped = CORRELATION(program), geometry(), buffer(), buffer(), buffer()
    x, taps, out = described(), described(), described()
    maps = few_anywhere(WORDS(arguments)[p.maps].word, context)
    kernels = few_anywhere(WORDS(arguments)[p.taps].word, context) if maps != 0 else 0
    option = letter(program + CORRELATION_BYTES, arguments)
    more = ARRAY(kernels).dimensions - p.rank if kernels != 0 else -1
    if more < 0 or more > 2 or option == UNKNOWN or ARRAY(maps).dimensions != p.rank + min(more, 1):
        return 0
    if more > 0 and size(maps, 0) != size(kernels, more - 1):
        return 0
    leading = size(kernels, 0) if more > 0 else 1
    put(x, 0, leading if more == 1 else 1)
    put(x, 1, size(maps, 0) if more == 2 else 1)
    put(taps, 0, leading if more == 1 else 1)
    put(taps, 1, leading if more == 2 else 1)
    put(taps, 2, size(maps, 0) if more == 2 else 1)
    put(out, 0, leading if more == 1 else 1)
    put(out, 1, leading if more == 2 else 1)
    WORDS(sizes)[0].word = leading
    before, front, top, left, length = min(more, 1), 0, 0, 0, 1
    for i in range(3):
        axis, n, t = i - 3 + p.rank, 1, 1
        if axis >= 0:
            n = size(maps, axis + before)
            t = size(kernels, axis + more)
        shift = t - 1 if option == OTHER else 0
        reach = n - t + 1 + 2 * shift
        if reach < 1:
            return 0
        put(x, 2 + i, n)
        put(taps, 3 + i, t)
        put(out, 2 + i, reach)
        if axis >= 0:
            WORDS(sizes)[axis + before].word = reach
        front = top
        top = left
        left = shift
        length *= t
    made = new_array(p.element, p.rank + before, sizes, context)
    if made == 0:
        return 0
    place(x, row_by_row(maps, p.item, of_maps), p.item, 5)
    place(taps, taps_of(program, kernels, of_taps, flipped, length), p.item, 6)
    place(out, ARRAY(made).data, p.item, 5)
    library.correlate(p.kernel, x, taps, out, front, top, left)
    return tensor_over(p.tensor, made, context)


def match(program: int, arguments: int, context: int) -> int:
    """`torch.match([r,] x, y [, gain])`: squared distances of all rows, times a number."""
    p, distances, sizes, number = DISTANCES(program), buffer(), geometry(), one_word()
    of_rows, of_others = buffer(), buffer()
    x, y, out = described(), described(), described()
    rows = few_anywhere(WORDS(arguments)[p.first].word, context)
    others = few_anywhere(WORDS(arguments)[p.second].word, context) if rows != 0 else 0
    if others == 0:
        return 0
    n, m, length = size(rows, 0), size(others, 0), count_of(rows) // size(rows, 0)
    if count_of(others) != length * m or n * m > MOST_ELEMENTS:
        return 0
    fits, bits = number_given(program + DISTANCES_BYTES, arguments)
    WORDS(number).word = bits
    WORDS(sizes)[0].word = n
    WORDS(sizes)[1].word = m
    if not fits:
        return 0
    made = 0
    if p.target < 0:
        made = new_array(p.element, 2, sizes, context)
    else:
        made = given_array(WORDS(arguments)[p.target].word, 2, sizes, context)
        made = taken(made) if made != 0 else 0
    if made == 0:
        return 0
    put(x, 0, n)
    put(x, 1, length)
    put(y, 0, m)
    put(y, 1, length)
    put(out, 0, n)
    put(out, 1, m)
    place(x, row_by_row(rows, p.item, of_rows), p.item, 2)
    place(y, row_by_row(others, p.item, of_others), p.item, 2)
    place(out, distances, p.item, 2)
    library.find_distances(p.kernel, x, y, out)
    play(p.loop, p.data, distances, p.item, number, 0, ARRAY(made).data, p.item, n * m)
    return result_in(made, p.tensor, arguments, p.target, context)


ACTIONS = (correlate, match)
