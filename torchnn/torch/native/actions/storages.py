"""Compiled: new storages, and storages of sizes whose memory has not been made, as that of `x.size()`."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.making import MADE, MAKING, MOST_UNINITIALISED, TYPES, write_numbers
from torchnn.torch.native.actions.tensors import CONTEXT, FIRST, failed, new_array, taken
from torchnn.torch.native.layouts import ARRAY, LIST, SIZES, STORAGE, TUPLE, WORDS

one_size = library.stack(1)


def new_memory(program: int, storage: int, count: int, context: int) -> int:
    """A new vector for a storage that has no memory yet; else 0."""
    size = one_size()
    WORDS(size).word = count
    if STORAGE(storage).data != 0 or STORAGE(storage).part != 0:
        return 0
    return new_array(MADE(program + TYPES).element, 1, size, context)


def put_in(storage: int, memory: int, context: int) -> int:
    """Let a vector be the memory of a storage, which takes it; gives None."""
    s, c = STORAGE(storage), CONTEXT(context)
    s.data = memory
    s.part = taken(c.false)
    return taken(c.none)


def initialise_storage(program: int, arguments: int, context: int) -> int:
    """`Storage.__init__(s)` and `Storage.__init__(s, size)`."""
    s, count = WORDS(arguments).word, 0
    if MAKING(program).count > 1:
        count = library.whole_number(WORDS(arguments)[1].word)
    if not 0 <= count <= MOST_UNINITIALISED:
        return failed()
    memory = new_memory(program, s, count, context)
    return put_in(s, memory, context) if memory != 0 else 0


def initialise_storage_with_list(program: int, arguments: int, context: int) -> int:
    """`Storage.__init__(s, list)` of numbers."""
    s, table = WORDS(arguments).word, WORDS(arguments)[1].word
    count = LIST(table).count
    memory = new_memory(program, s, count, context) if 1 <= count <= MOST_ELEMENTS else 0
    if memory == 0:
        return 0
    if not write_numbers(program, LIST(table).items, count, ARRAY(memory).data):
        library.release(memory)
        return failed()
    return put_in(s, memory, context)


def sizes_of(arguments: int) -> int:
    """The sizes of which the memory of a storage is not made yet; else 0."""
    s = WORDS(arguments).word
    return SIZES(s).sizes if STORAGE(s).data == 0 else 0


def size_at(program: int, arguments: int, context: int) -> int:
    """`s[i]`, where i may count from the end."""
    sizes, i = sizes_of(arguments), library.whole_number(WORDS(arguments)[1].word)
    count = TUPLE(sizes).count if sizes != 0 else 0
    i += count if i < 0 else 0
    return taken(WORDS(sizes + FIRST)[i].word) if 0 <= i < count and library.failure() == 0 else failed()


def how_many(program: int, arguments: int, context: int) -> int:
    """`s.size()` and `len(s)`."""
    sizes, memory = sizes_of(arguments), STORAGE(WORDS(arguments).word).data
    if memory != 0:
        return library.new_whole(WORDS(ARRAY(memory).sizes).word)
    return library.new_whole(TUPLE(sizes).count) if sizes != 0 else 0


def iterator(program: int, arguments: int, context: int) -> int:
    """`iter(s)`."""
    sizes = sizes_of(arguments)
    return library.iterator(sizes) if sizes != 0 else 0


def table(program: int, arguments: int, context: int) -> int:
    """`s.totable()`."""
    sizes = sizes_of(arguments)
    return library.list_of(sizes) if sizes != 0 else 0


ACTIONS = (initialise_storage, initialise_storage_with_list, size_at, how_many, iterator, table)
