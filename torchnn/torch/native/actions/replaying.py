"""Compiled: a call that is known to be launches only is made again; see `kernels/recording.py`."""

from __future__ import annotations

from torchnn.kernels.recording import ALONE, APART, CHECK, CLEAR, COPY, DONE, LEFT
from torchnn.torch.native import library
from torchnn.torch.native.actions.launching import can_launch, launch_tasks
from torchnn.torch.native.actions.tensors import FIRST, array_of, is_made
from torchnn.torch.native.layouts import ARRAY, OBJECT, TENSOR, TUPLE, WORDS, words

# What begins a record: whether others than this thread work; what counts threads, how many there have to be, and which
# is to call; where the epoch is that memory belongs to, and which it was; how many steps there are, and where. What the
# call depends on follows.
RECORD = words("parallel", "counting", "threads", "thread", "epoch_place", "epoch", "steps", "first_step")
RECORD_BYTES = RECORD.itemsize

# What an object has to be: itself, where the class is 0; else a tensor of a class whose elements are at a place, of a
# type and of so many dimensions, whose sizes and strides in bytes follow.
EXPECTED = words("kind", "place", "type", "dimensions")
EXPECTED_BYTES = EXPECTED.itemsize

STEP = words("kind", "first", "second", "third", "fourth")


def matched(thing: int, at: int, context: int) -> int:
    """Where what is expected of the next object is, if this one is as expected; else 0."""
    e = EXPECTED(at)
    behind = at + EXPECTED_BYTES
    if e.kind == 0:
        return behind if thing == e.place else 0
    if OBJECT(thing).kind != e.kind or not is_made(thing):
        return 0
    if e.dimensions == 0:
        return behind if TUPLE(TENSOR(thing).size).count == 0 else 0
    array = array_of(thing, context)
    if array == 0:
        return 0
    a, dimensions = ARRAY(array), e.dimensions
    if a.data != e.place or a.type != e.type or a.dimensions != dimensions:
        return 0
    for i in range(dimensions):
        if WORDS(a.sizes)[i].word != WORDS(behind)[i].word:
            return 0
        if WORDS(a.strides)[i].word != WORDS(behind)[dimensions + i].word:
            return 0
    return behind + 2 * dimensions * WORDS.itemsize


def all_matched(things: int, at: int, context: int) -> int:
    """Where what is expected behind the objects of a tuple is, if these are as expected, and as many; else 0."""
    if WORDS(at).word != TUPLE(things).count:
        return 0
    at += WORDS.itemsize
    for i in range(TUPLE(things).count):
        at = matched(WORDS(things + FIRST)[i].word, at, context)
        if at == 0:
            return 0
    return at


def is_valid(record: int, context: int) -> bool:
    """Whether the memory that a record names is there, and belongs to this thread, which launches on as many others."""
    r = RECORD(record)
    if WORDS(r.epoch_place).word != r.epoch or library.thread() != r.thread:
        return False
    return library.count_threads(r.counting) == r.threads and (r.parallel == 0 or can_launch(context))


def launched(step: int, context: int) -> int:
    """Do what a step says to launch."""
    s = STEP(step)
    if s.fourth == ALONE:
        for task in range(s.third):
            library.work(s.first, s.second, task, 0)
    else:
        launch_tasks(s.first, s.second, s.third, 1 if s.fourth == APART else 0, context)
    return DONE


def clear(place: int, count: int) -> int:
    """Set so many bytes to zero, four at a time."""
    for i in range(count // 4):
        library.put_single(place + 4 * i, 0)
    return DONE


def checked(step: int) -> int:
    """What to do where flags are up, see `CHECK`."""
    s = STEP(step)
    for i in range(s.second // 4):
        if library.half_word(s.first + 4 * i) != 0:
            return 0 if s.third != 0 else LEFT
    return DONE


def done(record: int, context: int) -> int:
    """Do all steps of a record, until one says that Python has to make the call."""
    r, result = RECORD(record), DONE
    for i in range(r.steps):
        step = r.first_step + i * STEP.itemsize
        s, said = STEP(step), DONE
        if s.kind == CLEAR:
            said = clear(s.first, s.second)
        elif s.kind == COPY:
            library.move(s.first, s.second, s.third)
        elif s.kind == CHECK:
            said = checked(step)
        else:
            said = launched(step, context)
        if said == 0:
            return 0
        result = max(result, said)
    return result


def replay(program: int, arguments: int, context: int) -> int:
    """Make a recorded call again where two tuples of objects are as expected: a record, the tuples."""
    record = ARRAY(WORDS(arguments).word).data
    if not is_valid(record, context):
        return 0
    at = all_matched(WORDS(arguments)[1].word, record + RECORD_BYTES, context)
    if at != 0:
        at = all_matched(WORDS(arguments)[2].word, at, context)
    if at == 0:
        return 0
    mine = library.let_others_run()
    result = done(record, context)
    library.go_on(mine)
    return library.new_whole(result) if result != 0 else 0


ACTIONS = (replay,)
