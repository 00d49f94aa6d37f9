"""What workers may be written in: each function here is run by Python and by the machine."""

import numpy as np
import pytest

from torchnn.kernels import jit, launch
from torchnn.kernels.assembler import microkernel

JOB = jit.job(a=np.intp, b=np.intp, yes=np.bool_, result=np.intp)
SIZE = 3


@microkernel
def put(asm, address, value):
    asm.builder.store(value.value, asm.builder.inttoptr(address.value, value.value.type.as_pointer()))


def divisions(a: int, b: int) -> tuple[int, int, int, int]:
    return a // b, a % b, a // 8, a % 8


def comparisons(a: int, b: int) -> tuple[int, int, int, int]:
    inside = -3 <= a < b
    return 1 if inside else 2, min(a, b, 5), max(a, -b), 3 if not inside and a != b else 4


def guarded(a: int, b: int) -> tuple[int, int]:
    """Divisions by 0 that must not happen."""
    zero = b - b
    first = 7 if zero == 0 or a // zero == 1 else 8
    second = a // zero if zero > 0 and a // zero > 0 else 9
    return first, second


def ranges(a: int, b: int) -> tuple[int, int, int]:
    ups, downs, steps = 0, 0, 0
    for i in range(a):
        if i == 2:
            continue
        ups += i
        if i > b:
            break
    for i in range(a, -2, -3):
        downs = downs * 10 + i
    for i in range(1, b, SIZE):
        for j in range(i):
            steps += i * j
    return ups, downs, steps


def whiles(a: int, b: int) -> int:
    rounds = 0
    while a > 0 and rounds < 20:
        a -= max(1, b)
        rounds += 1
    else_count = -rounds
    return else_count


def pairs(a: int, b: int) -> tuple[tuple[int, int], int]:
    both = a + b, a - b
    if a > b:
        both = b, a
    return swapped(both), three(*both, 1)


def swapped(pair: tuple[int, int]) -> tuple[int, int]:
    first, second = pair
    return second, pair[0] + first * 0


def three(a: int, b: int, c: int) -> int:
    if a == 0:
        return c
    elif b == 0:
        return -c
    return a * b * c


def folded(a: int, b: int) -> int:
    """Numbers known beforehand."""
    if SIZE == 3 and not SIZE < 2:
        count: int = SIZE // 2 * 4 + -SIZE % 2
    else:
        count = unknown(a)  # noqa: F821
    return count if SIZE else b


FUNCTIONS = [divisions, comparisons, guarded, ranges, whiles, pairs, folded]


def flat(values):
    return [n for v in values for n in flat(v)] if isinstance(values, tuple) else [values]


def run(worker, a, b):
    result = np.full(16, -99)
    job = np.array([(a, b, a > b, launch.address(result))] * 2, JOB[np.float32])
    job[1]["a"] = 1000
    launch.run(worker.address(np.float32), job, 1)
    return result.tolist()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_workers_compute_what_python_does(function):
    count = len(flat(function(1, 2)))

    def work(job, task, thread):
        values = function(job.a, job.b)
        record(job.result, values)

    def one(place: int, values: int) -> None:
        put(place, values)

    def two(place: int, values: tuple[int, int]) -> None:
        put(place, values[0])
        put(place + 8, values[1])

    def three_of_them(place: int, values: tuple[int, int, int]) -> None:
        put(place, values[0])
        two(place + 8, (values[1], values[2]))

    def nested(place: int, values: tuple[tuple[int, int], int]) -> None:
        three_of_them(place, (*values[0], values[1]))

    def four_of_them(place: int, values: tuple[int, int, int, int]) -> None:
        a, b, c, d = values
        two(place, (a, b))
        two(place + 16, (c, d))

    record = nested if function is pairs else {1: one, 2: two, 3: three_of_them, 4: four_of_them}[count]
    work.__qualname__ = work.__name__ = f"work_{function.__name__}"
    worker = jit.worker(JOB)(work)
    for a in range(-9, 10):
        for b in (-8, -3, -1, 1, 2, 5, 11):
            assert run(worker, a, b)[:count] == flat(function(a, b)), (function.__name__, a, b)


def test_records():
    """Truth values are fields too, and there may be several records."""

    def work(job, task, thread):
        put(job.result, job[1].a + job[task].b)
        put(job.result + 8, 5 if job.yes else 6)
        behind = job[task + 1]
        put(job.result + 16, behind.a)

    worker = jit.worker(JOB)(work)
    assert run(worker, 3, 2)[:3] == [1002, 5, 1000]
    assert run(worker, 1, 2)[1] == 6


def two_kinds(job, task, thread):
    value = 1
    value = (task, value)
    put(job.result, value[0])


def unknown_statement(job, task, thread):
    with job:
        pass


def unknown_value(job, task, thread):
    put(job.result, task**2)


def floating(a: int) -> float:
    return a / 2


def no_integer(job, task, thread):
    put(job.result, floating(task))


@pytest.mark.parametrize(
    "work, error, message",
    [
        (two_kinds, TypeError, "value of two_kinds is i64 here"),
        (unknown_statement, NotImplementedError, "the With of unknown_statement: with job"),
        (unknown_value, NotImplementedError, r"the BinOp of unknown_value: task \*\* 2"),
        (no_integer, TypeError, "floating should return integers"),
    ],
)
def test_what_workers_do_not_know(work, error, message):
    with pytest.raises(error, match=message):
        jit.worker(JOB)(work).address(np.float32)


def test_microkernels_are_for_workers():
    with pytest.raises(TypeError, match="no function of Python's"):
        put(1, 2)
