"""Compiled: functions of Python that are called with few elements."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.results import FLOATS, as_whole, number_at, write
from torchnn.torch.native.actions.tensors import CONTEXT, FIRST, LARGEST, count_of, elements, failed, taken
from torchnn.torch.native.layouts import ARRAY, FLOAT, OBJECT, TUPLE, TYPE, WORDS, WRITEABLE, words

# The action; how many tensors there are before the function; the kind and the bytes of elements; the classes of
# Python's numbers; and what Python does where results are not as usual.
CALLS = words("action", "tensors", "kind", "item", "doubles", "wholes", "store")

MOST_TENSORS = 3
numbers_of_tensors = library.stack(MOST_TENSORS)
arguments_of_function = library.stack(MOST_TENSORS)


def has_entry(function: int) -> bool:
    """Whether a function has an entry point; of its class only some might."""
    return WORDS(function + TYPE(OBJECT(function).kind).entry).word != 0


def numbers_in(array: int, kind: int, item: int) -> int:
    """A tuple of the elements of an array, as numbers of Python's; 0 without memory."""
    made = library.new_tuple(count_of(array))
    for i in range(count_of(array) if made != 0 else 0):
        number = number_at(ARRAY(array).data + i * item, kind)
        if number == 0:
            library.release(made)
            return 0
        WORDS(made + FIRST)[i].word = number
    return made


def release_all(objects: int, count: int) -> None:
    """Give up objects that are written down."""
    for i in range(count):
        library.release(WORDS(objects)[i].word)


def called(function: int, numbers: int, tensors: int, count: int) -> int:
    """A tuple of what a function gives for each element, that of all tensors; 0 where it has failed."""
    results, given = library.new_tuple(count), arguments_of_function()
    if results == 0:
        return 0
    library.hide(results)  # from the collector, which could show others the part that is still empty
    for i in range(count):
        for k in range(tensors):
            WORDS(given)[k].word = WORDS(WORDS(numbers)[k].word + FIRST)[i].word
        result = library.vectorcall(function, given, tensors, 0)
        if result == 0:
            library.release(results)
            return 0
        WORDS(results + FIRST)[i].word = result
    return results


def bits_of(program: int, number: int) -> tuple[bool, int]:
    """Whether a result is a usual number, and the bits of the element that it becomes."""
    p = CALLS(program)
    if OBJECT(number).kind == p.doubles:
        bits = FLOAT(number).bits
        if p.kind > FLOATS:
            return True, as_whole(bits, p.item)
        return True, library.rounded(bits) if p.kind == FLOATS else bits
    if OBJECT(number).kind != p.wholes:
        return False, 0
    whole = library.whole_number(number)
    if not -LARGEST < whole < LARGEST or library.failure() != 0:
        library.forget_failure()
        return False, 0
    if p.kind <= FLOATS:
        whole = library.as_double(whole)
    return True, library.rounded(whole) if p.kind == FLOATS else whole


def stored(program: int, tensor: int, values: int, results: int, context: int) -> bool:
    """Let results, or values where they are None, be the elements of a tensor, if all are as usual."""
    array, count, item = elements(tensor, context), TUPLE(values).count, CALLS(program).item
    if array == 0 or ARRAY(array).flags // WRITEABLE % 2 == 0 or count_of(array) != count:
        return False
    for writes in range(2):
        for i in range(count):
            number = WORDS(results + FIRST)[i].word
            if number == CONTEXT(context).none:
                number = WORDS(values + FIRST)[i].word
            usual, bits = bits_of(program, number)
            if not usual:
                return False
            if writes == 1:
                write(ARRAY(array).data + i * item, item, bits)
    return True


def finished(program: int, tensor: int, values: int, results: int, context: int) -> int:
    """The tensor, whose elements become what a function gave for its values."""
    given = arguments_of_function()
    if stored(program, tensor, values, results, context):
        return taken(tensor)
    WORDS(given)[0].word = tensor
    WORDS(given)[1].word = values
    WORDS(given)[2].word = results
    return library.vectorcall(CALLS(program).store, given, 3, 0)


def apply(program: int, arguments: int, context: int) -> int:
    """`x.apply(f)`, `x.map(y, f)` and `x.map2(y, z, f)`."""
    p, numbers, result = CALLS(program), numbers_of_tensors(), 0
    x, function = WORDS(arguments).word, WORDS(arguments)[p.tensors].word
    first = elements(x, context)
    if first == 0 or count_of(first) > MOST_ELEMENTS or not has_entry(function):
        return 0
    for k in range(p.tensors):
        array = elements(WORDS(arguments)[k].word, context)
        if array == 0 or count_of(array) != count_of(first):
            return 0
    for k in range(p.tensors):
        made = numbers_in(elements(WORDS(arguments)[k].word, context), p.kind, p.item)
        if made == 0:
            release_all(numbers, k)
            return failed()
        WORDS(numbers)[k].word = made
    results = called(function, numbers, p.tensors, TUPLE(WORDS(numbers).word).count)
    if results != 0:
        result = finished(program, x, WORDS(numbers).word, results, context)
        library.release(results)
    release_all(numbers, p.tensors)
    return result


ACTIONS = (apply,)
