"""Compiled: sums over many elements, block by block, on all threads; see `kernels/fused.py`."""

from __future__ import annotations

from torchnn.torch.native import library
from torchnn.torch.native.actions.launching import can_launch, job, launch_tasks
from torchnn.torch.native.actions.memory import fills_a_block, is_contiguous
from torchnn.torch.native.actions.tensors import array_of, count_of, failed
from torchnn.torch.native.layouts import ALIGNED, ARRAY, WORD, WORDS, words

# Where the addresses are, as soon as there are such, of the worker that adds up blocks and of the one that adds up what
# it has found; how many operands it has, an array and perhaps another one or a number; the elements of a block; how
# many there are at least and at most.
TOTAL = words("cell", "adder", "operands", "block", "least", "most")
TOTAL_BYTES = TOTAL.itemsize

MOST_BLOCKS = 256
sums = library.stack(MOST_BLOCKS)

# What stands for an array object, of which workers read the address of its elements.
described = library.stack(ARRAY.itemsize // WORD)

two_words = library.stack(2)


def in_a_block(tensor: int, context: int) -> int:
    """The array of a tensor whose elements fill a part of memory, in whatever order; else 0."""
    array = array_of(tensor, context)
    if array == 0 or ARRAY(array).flags // ALIGNED % 2 == 0:
        return 0
    return array if fills_a_block(array) else 0


def in_order(tensor: int, context: int) -> int:
    """The array of a tensor whose elements are contiguous; else 0."""
    array = in_a_block(tensor, context)
    return array if array != 0 and is_contiguous(array) else 0


def number_of(found: bool, bits: int) -> int:
    """What is found as a new number of Python's; 0 where nothing is, or without memory."""
    result = library.new_double(bits) if found else 0
    return result if result != 0 else failed()


def total_of(total: int, array: int, other: int, context: int) -> tuple[bool, int]:
    """The bits of a sum over the elements of an array, if they can be added up here; `other` is the other operand."""
    t, given, found, here, told = TOTAL(total), job(), sums(), described(), two_words()
    if total == 0 or array == 0 or not can_launch(context):
        return False, 0
    count, worker, adder = count_of(array), WORDS(t.cell).word, WORDS(t.adder).word
    if worker == 0 or adder == 0 or count < t.least or count > t.most:
        return False, 0
    blocks = (count + t.block - 1) // t.block
    ARRAY(here).data = found
    WORDS(given).word = count
    WORDS(given)[1].word, WORDS(given)[2].word = array, other
    WORDS(given)[1 + t.operands].word = here
    launch_tasks(worker, given, blocks, 1, context)
    WORDS(told).word, WORDS(told)[1].word = here, blocks
    library.work(adder, told, 0, 0)
    return True, WORDS(found).word
