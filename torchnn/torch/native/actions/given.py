"""Compiled: results that are given, where another program makes new ones: its results are copied into them.

That takes a tenth of a microsecond more than to compute where they are, and inputs may be results. Results of other
sizes are left to Python, which resizes them.
"""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.memory import are_behind, is_contiguous, lies_apart
from torchnn.torch.native.actions.tensors import CONTEXT, FIRST, array_of, failed, have_equal_sizes, taken
from torchnn.torch.native.layouts import ARRAY, STORAGE, TENSOR, TUPLE, WORD, WORDS, WRITEABLE, words

# The action; the program that makes new results; PyArray_CopyInto; behind how many arguments are those of that program;
# two arguments with which the result has no memory in common, or -1; and how many results there are. Then for each of
# them the argument that becomes it, whether its strides have to be those of the new one, and the argument that it may
# be with any others.
GIVEN = words("action", "program", "copy_into", "skipped", "first", "second", "count")
RESULT = words("target", "strict", "like")
RESULTS, RESULT_BYTES = GIVEN.itemsize, RESULT.itemsize


def put(program: int, arguments: int, context: int) -> int:
    """Put what a program makes into the results of a call, if it fits all of them."""
    p = GIVEN(program)
    if not keeps_off(program, p.first, arguments, context) or not keeps_off(program, p.second, arguments, context):
        return 0
    made = library.run(p.program, arguments + p.skipped * WORD, context)
    if made == 0:
        return 0
    fit = True
    for i in range(p.count):
        fit = fit and fits(program + RESULTS + i * RESULT_BYTES, part(made, i, p.count), arguments, context)
    if not fit:
        library.release(made)
        return 0
    error = False
    for i in range(p.count):
        target, source = WORDS(arguments)[RESULT(program + RESULTS)[i].target].word, part(made, i, p.count)
        if is_wanted(source, context):
            error = error or library.copy_into(p.copy_into, array_of(target, context), TENSOR(source).array) != 0
    library.release(made)
    return failed() if error else targets(program, arguments)


def keeps_off(program: int, argument: int, arguments: int, context: int) -> bool:
    """Whether the result has no memory in common with an argument, if there is one."""
    if argument < 0:
        return True
    a = array_of(WORDS(arguments)[argument].word, context)
    b = array_of(WORDS(arguments)[RESULT(program + RESULTS).target].word, context)
    return a != 0 and b != 0 and (are_behind(a, b) or are_behind(b, a))


def part(made: int, i: int, count: int) -> int:
    """One of so many new tensors, which are in a tuple where there are several."""
    return made if count == 1 else WORDS(made + FIRST)[i].word


def targets(program: int, arguments: int) -> int:
    """The tensors that become the results, in a tuple where there are several; 0 without memory."""
    count = GIVEN(program).count
    if count == 1:
        return taken(WORDS(arguments)[RESULT(program + RESULTS).target].word)
    every = library.new_tuple(count)
    for i in range(count if every != 0 else 0):
        library.set_item(every, i, taken(WORDS(arguments)[RESULT(program + RESULTS)[i].target].word))
    return every


def is_wanted(made: int, context: int) -> bool:
    """Whether a new tensor has elements: an empty one stands for a result that stays as it is."""
    return TENSOR(made).array != CONTEXT(context).none


def fits(result: int, made: int, arguments: int, context: int) -> bool:
    """Whether a new tensor can be copied into a result as Python's function leaves it."""
    r = RESULT(result)
    target = WORDS(arguments)[r.target].word
    array = array_of(target, context)
    if not is_wanted(made, context):
        return True
    if array == 0 or ARRAY(array).flags // WRITEABLE % 2 == 0 or not have_equal_sizes(array, TENSOR(made).array):
        return False
    if not is_contiguous(array) and not lies_apart(array):
        return False
    if r.strict == 0 or target == WORDS(arguments)[r.like].word:
        return True
    return has_strides_of(target, made) and has_room_of(target, made, context)


def has_strides_of(target: int, made: int) -> bool:
    """Whether two tensors have the same strides, also where a size is 1."""
    a, b = TENSOR(target).stride, TENSOR(made).stride
    same = True
    for i in range(TUPLE(b).count):
        stride = library.whole_number(WORDS(a + FIRST)[i].word)
        same = same and stride == library.whole_number(WORDS(b + FIRST)[i].word)
    return same


def has_room_of(target: int, made: int, context: int) -> bool:
    """Whether a tensor has a storage, with as many elements from its first on as that of a new tensor."""
    t = TENSOR(target)
    if t.base == CONTEXT(context).none:
        return False
    room = WORDS(ARRAY(STORAGE(t.base).data).sizes).word - library.whole_number(t.offset)
    return room >= WORDS(ARRAY(STORAGE(TENSOR(made).base).data).sizes).word


ACTIONS = (put,)
