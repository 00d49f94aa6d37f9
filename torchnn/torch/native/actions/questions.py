"""Compiled: questions about the sizes and strides of a tensor."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.tensors import CONTEXT, FIRST, array_of, count_of, failed, is_made, taken
from torchnn.torch.native.actions.views import VIEW
from torchnn.torch.native.layouts import ARRAY, CONTIGUOUS, SIZES, STORAGE, TENSOR, TUPLE, WORDS


def new_sizes(program: int, numbers: int, context: int) -> int:
    """A storage of sizes or strides, whose memory is made when it is first asked for."""
    if numbers == 0:
        return 0
    made = library.allocate(VIEW(program).sizes, 0)
    if made == 0:
        return failed()
    STORAGE(made).part = taken(CONTEXT(context).false)
    SIZES(made).sizes = taken(numbers)
    return made


def one_of(numbers: int, dimension: int) -> int:
    """One of the sizes or strides; 0 where there is no such dimension."""
    axis = library.whole_number(dimension) - 1
    if numbers == 0 or axis < 0 or axis >= TUPLE(numbers).count:
        return failed()
    return taken(WORDS(numbers + FIRST)[axis].word)


def sizes(program: int, arguments: int, context: int) -> int:
    """`x.size()`."""
    return new_sizes(program, TENSOR(WORDS(arguments).word).size, context)


def size(program: int, arguments: int, context: int) -> int:
    """`x.size(dimension)`."""
    return one_of(TENSOR(WORDS(arguments).word).size, WORDS(arguments)[1].word)


def strides(program: int, arguments: int, context: int) -> int:
    """`x.stride()`."""
    return new_sizes(program, TENSOR(WORDS(arguments).word).stride, context)


def stride(program: int, arguments: int, context: int) -> int:
    """`x.stride(dimension)`."""
    return one_of(TENSOR(WORDS(arguments).word).stride, WORDS(arguments)[1].word)


def dimensions(program: int, arguments: int, context: int) -> int:
    """`x.dim()`."""
    x = WORDS(arguments).word
    return library.new_whole(TUPLE(TENSOR(x).size).count) if is_made(x) else 0


def offset(program: int, arguments: int, context: int) -> int:
    """`x.storageOffset()`."""
    x = WORDS(arguments).word
    before = library.whole_number(TENSOR(x).offset) if is_made(x) else -1
    return library.new_whole(before + 1) if before >= 0 else failed()


def elements(program: int, arguments: int, context: int) -> int:
    """`x.nElement()`."""
    array = array_of(WORDS(arguments).word, context)
    return library.new_whole(count_of(array)) if array != 0 else 0


def is_contiguous(program: int, arguments: int, context: int) -> int:
    """`x.isContiguous()`."""
    array = array_of(WORDS(arguments).word, context)
    if array == 0:
        return 0
    return taken(VIEW(program).true if ARRAY(array).flags // CONTIGUOUS % 2 == 1 else CONTEXT(context).false)


def has_same_sizes(program: int, arguments: int, context: int) -> int:
    """`x.isSameSizeAs(y)`."""
    x, y = WORDS(arguments).word, WORDS(arguments)[1].word
    if not is_made(x) or not is_made(y):
        return 0
    a, b = TENSOR(x).size, TENSOR(y).size
    equal = TUPLE(a).count == TUPLE(b).count
    for i in range(TUPLE(a).count if equal else 0):
        if library.whole_number(WORDS(a + FIRST)[i].word) != library.whole_number(WORDS(b + FIRST)[i].word):
            equal = False
    return taken(VIEW(program).true if equal else CONTEXT(context).false)


ACTIONS = (sizes, size, strides, stride, dimensions, offset, elements, is_contiguous, has_same_sizes)
