"""Compiled: copies of few elements, also between types and of whatever strides, with numpy's own function."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import move_all
from torchnn.torch.native.actions.launching import job, launch, worker_of_many
from torchnn.torch.native.actions.making import product
from torchnn.torch.native.actions.memory import is_contiguous, lies_apart, overlaps
from torchnn.torch.native.actions.results import INT, SHORT, tensor_over, write
from torchnn.torch.native.actions.tensors import (
    array_of,
    count_of,
    failed,
    geometry,
    has_usual_strides,
    have_equal_sizes,
    lie_apart,
    new_array,
    new_tensor,
    taken,
)
from torchnn.torch.native.actions.views import VIEW, sizes_given
from torchnn.torch.native.layouts import ALIGNED, ARRAY, OBJECT, WORD, WORDS, WRITEABLE, words

# The action; the class and numpy's element type of a new tensor, and the bytes of an element; PyArray_CopyInto; where
# types differ, the context in which numpy says nothing about numbers that do not fit; where halves are converted, the
# bits of all that are nan then; numpy's element type between the two, or 0; how many bytes less than which are copied
# at once; how many elements Python leaves to numpy at most; and the loop over more, or 0.
COPY = words(
    *("action", "kind", "element", "item", "copy_into", "silence", "nan", "between"), *("short", "limit", "many")
)

# A choice by the name of a type: how many follow, and of each the name and the program.
NAMED = words("action", "count")
CONVERSION = words("name", "program")
NAMED_BYTES = NAMED.itemsize

# The bit of a half that is its sign, and the bits of one that is infinite without it.
SIGN_OF_HALF, INFINITE_HALF = 2**15, 0x7C00

MOST_ELEMENTS = 4096


def can_copy(program: int, into: int, source: int, count: int, context: int) -> bool:
    """Whether so many elements may be copied; `into` may be 0 for an array that is new."""
    if count <= MOST_ELEMENTS:
        return True
    p = COPY(program)
    if not (is_contiguous(source) and is_aligned(source)):
        return False
    if into != 0 and not (is_contiguous(into) and is_aligned(into) and lie_apart(into, source)):
        return False
    return (
        count <= p.limit or (p.silence == 0 and count * p.item < p.short) or worker_of_many(p.many, count, context) != 0
    )


def is_aligned(array: int) -> bool:
    """Whether elements lie where their type has them."""
    return ARRAY(array).flags // ALIGNED % 2 == 1


def copied(program: int, into: int, source: int, count: int, context: int) -> bool:
    """Copy the elements of an array, so many, into one of the same sizes; whether that was possible."""
    p = COPY(program)
    if count > p.limit and (p.silence != 0 or count * p.item >= p.short):
        given = job()
        WORDS(given)[1].word, WORDS(given)[2].word = source, into
        launch(worker_of_many(p.many, count, context), p.many, given, count, context)
        return True
    if p.silence == 0 and is_contiguous(into) and is_contiguous(source):
        library.move(ARRAY(into).data, ARRAY(source).data, count * p.item)  # half of the time of numpy's
        return True
    if (p.nan != 0 and not is_contiguous(into)) or (p.silence != 0 and library.enter(p.silence) != 0):
        return False
    done = converted(program, into, source, context)
    if p.silence != 0:
        library.leave(p.silence)
    if done and p.nan != 0:
        unify(ARRAY(into).data, count, p.item, p.nan)
    return done


def converted(program: int, into: int, source: int, context: int) -> bool:
    """Copy by numpy's function, perhaps by way of another type; whether that was possible."""
    p, between = COPY(program), source
    if p.between != 0:
        between = new_array(p.between, ARRAY(source).dimensions, ARRAY(source).sizes, context)
        if between == 0:
            return False
    done = between == source or library.copy_into(p.copy_into, between, source) == 0
    done = done and library.copy_into(p.copy_into, into, between) == 0
    if p.between != 0:
        library.release(between)
    return done


def unify(place: int, count: int, item: int, nan: int) -> None:
    """Write the same bits wherever an element is nan."""
    for i in range(count):
        at = place + i * item
        if item == 2:
            is_nan = SHORT(at).element % SIGN_OF_HALF > INFINITE_HALF
        else:
            is_nan = library.is_nan(WORDS(at).word if item == WORD else library.widened(INT(at).element))
        if is_nan:
            write(at, item, nan)


def copy(program: int, arguments: int, context: int) -> int:
    """`x.copy(y)`."""
    x = WORDS(arguments).word
    into, source = array_of(x, context), array_of(WORDS(arguments)[1].word, context)
    if into == 0 or source == 0 or ARRAY(into).flags // WRITEABLE % 2 == 0 or not have_equal_sizes(into, source):
        return 0
    count = count_of(source)
    if not can_copy(program, into, source, count, context):
        return 0
    if (not is_contiguous(into) and not lies_apart(into)) or overlaps(source, into):
        return 0
    return taken(x) if copied(program, into, source, count, context) else failed()


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
    if array == 0:
        return 0
    a, count = ARRAY(array), count_of(array)
    if not can_copy(program, 0, array, count, context):
        return 0
    made = new_array(p.element, a.dimensions, a.sizes, context)
    if made == 0:
        return 0
    if not copied(program, made, array, count, context):
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


def convert(program: int, arguments: int, context: int) -> int:
    """`x.type(name)`."""
    choice, name = program + NAMED_BYTES, WORDS(arguments)[1].word
    for i in range(NAMED(program).count):
        if library.compare_texts(name, CONVERSION(choice)[i].name) == 0:
            return library.run(CONVERSION(choice)[i].program, arguments, context)
    return 0


ACTIONS = (copy, contiguous, itself, new_copy, reshape, convert)
