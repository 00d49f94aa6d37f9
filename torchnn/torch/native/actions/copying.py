"""Compiled: copies of few elements, also between types and of whatever strides, with numpy's own function."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import move_all
from torchnn.torch.native.actions.making import product
from torchnn.torch.native.actions.results import tensor_over
from torchnn.torch.native.actions.tensors import (
    array_of,
    count_of,
    failed,
    geometry,
    has_usual_strides,
    have_equal_sizes,
    new_array,
    new_tensor,
    taken,
)
from torchnn.torch.native.actions.views import VIEW, sizes_given
from torchnn.torch.native.layouts import ARRAY, CONTIGUOUS, OBJECT, WORDS, WRITEABLE, words

# The action; the class and numpy's element type of a new tensor, and the bytes of an element; PyArray_CopyInto; and
# where types differ, the context in which numpy says nothing about numbers that do not fit.
COPY = words("action", "kind", "element", "item", "copy_into", "silence")

MOST_ELEMENTS = 4096


def is_contiguous(array: int) -> bool:
    """Whether the elements of an array lie next to each other."""
    return ARRAY(array).flags // CONTIGUOUS % 2 == 1


def copied(program: int, into: int, source: int) -> bool:
    """Copy the elements of an array into one of the same sizes; whether that was possible."""
    p = COPY(program)
    if p.silence == 0 and is_contiguous(into) and is_contiguous(source):
        library.move(ARRAY(into).data, ARRAY(source).data, count_of(into) * p.item)  # half of the time of numpy's
        return True
    if p.silence != 0 and library.enter(p.silence) != 0:
        return False
    error = library.copy_into(p.copy_into, into, source)
    if p.silence != 0:
        library.leave(p.silence)
    return error == 0


def copy(program: int, arguments: int, context: int) -> int:
    """`x.copy(y)`."""
    x = WORDS(arguments).word
    into, source = array_of(x, context), array_of(WORDS(arguments)[1].word, context)
    if into == 0 or source == 0 or ARRAY(into).flags // WRITEABLE % 2 == 0 or not have_equal_sizes(into, source):
        return 0
    if count_of(into) > MOST_ELEMENTS:
        return 0
    return taken(x) if copied(program, into, source) else failed()


def itself(program: int, arguments: int, context: int) -> int:
    """What a conversion to the type that a tensor has already gives."""
    return taken(WORDS(arguments).word)


def contiguous(program: int, arguments: int, context: int) -> int:
    """`x.contiguous()`."""
    x = WORDS(arguments).word
    array = array_of(x, context)
    if array != 0 and is_contiguous(array):
        return taken(x)
    return new_copy(program, arguments, context)


def new_copy(program: int, arguments: int, context: int) -> int:
    """A contiguous copy, of a type that may be another one."""
    p, x = COPY(program), WORDS(arguments).word
    array = array_of(x, context)
    if array == 0 or count_of(array) > MOST_ELEMENTS:
        return 0
    a = ARRAY(array)
    made = new_array(p.element, a.dimensions, a.sizes, context)
    if made == 0:
        return 0
    if not copied(program, made, array):
        library.release(made)
        return failed()
    if is_contiguous(array) and has_usual_strides(x, array):
        return new_tensor(p.kind, x, made, context)
    return tensor_over(p.kind, made, context)


def reshape(program: int, arguments: int, context: int) -> int:
    """`x.reshape(s1, s2, ...)`: a copy in other sizes."""
    x, wanted = WORDS(arguments).word, geometry()
    array, dimensions = array_of(x, context), sizes_given(program, arguments, wanted)
    if array == 0 or product(wanted, dimensions, MOST_ELEMENTS) != count_of(array):
        return 0
    made, item = new_array(ARRAY(array).type, dimensions, wanted, context), VIEW(program).item
    if made == 0:
        return 0
    if is_contiguous(array):
        library.move(ARRAY(made).data, ARRAY(array).data, count_of(array) * item)
    else:
        move_all(array, item, ARRAY(made).data, False)
    return tensor_over(OBJECT(x).kind, made, context)


ACTIONS = (copy, contiguous, itself, new_copy, reshape)
