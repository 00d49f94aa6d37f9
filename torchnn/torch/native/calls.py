"""Compiled: which function a call with arguments of some types is for."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions import tensors
from torchnn.torch.native.layouts import OBJECT, WORDS, words

# A callable object: its entry point, whom to ask where nothing is known, what is known, and what is told.
CALL = words("vectorcall", "find", "entries", "context", "dictionary", after=OBJECT.itemsize)

# What is known for some types of arguments: the entry before, how many arguments there are, the Python function, and
# the program for few elements, or 0. The types follow. A program begins with the address of its action, a compiled
# function (program, arguments, context) that gives the result, or 0 where Python's function is to be called or an
# exception was raised.
ENTRY = words("before", "count", "function", "program")
ENTRY_BYTES = ENTRY.itemsize

# What callers may add to the number of arguments (PEP 590).
OFFSET_FLAG = 1 << 63


def fits(entry: int, arguments: int, count: int) -> bool:
    """Whether so many arguments have the types of an entry."""
    if ENTRY(entry).count != count:
        return False
    for i in range(count):
        if OBJECT(WORDS(arguments)[i].word).kind != WORDS(entry + ENTRY_BYTES)[i].word:
            return False
    return True


def call(callable: int, arguments: int, flags: int, names: int) -> int:
    """The entry point of callable objects: the number of arguments is in `flags`, and `names` those of keywords."""
    c, count = CALL(callable), flags if flags >= 0 else flags + OFFSET_FLAG
    entry = c.entries if names == 0 else 0
    while entry != 0 and not fits(entry, arguments, count):
        entry = ENTRY(entry).before
    if entry == 0:
        return library.vectorcall(c.find, arguments, flags, names)
    known = ENTRY(entry)
    if known.program != 0:
        result = library.run(known.program, arguments, c.context)
        if result != 0 or library.failure() != 0:
            return result
    return library.vectorcall(known.function, arguments, flags, names)


def bind(callable: int, instance: int, owner: int) -> int:
    """The callable as a method of an instance, or itself where there is none."""
    return library.new_method(callable, instance) if instance != 0 else tensors.taken(callable)
