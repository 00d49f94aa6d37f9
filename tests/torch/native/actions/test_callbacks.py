"""Functions that compiled calls call with elements, next to Python's: what they return, raise and change."""

import functools
import gc
import itertools
import math
import sys

import numpy as np
import pytest

from tests.torch.native.compared import LAYOUTS, same
from tests.torch.native.test_calls import FEW, made, outcome
from tests.torch.native.watching import check_leaks, frames, only_new_objects
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


ANSWERS = [
    *(0, -3, 1.5, -0.0, 127.9, 255.5, -129.0, 3e9, -3e9, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, 2**63, 2**70, 1e19),
    *(1e39, -1e300, 10**400, math.inf, -math.inf, math.nan, None, True, "1", "x", [], np.float64(2.5), np.int32(7)),
    *(np.float32(1.25), 1j, torch.ones(1)),
]


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_answers_become_what_python_makes_of_them(answer, element):
    for other in (answer, 2, 0.25, None):
        for few in (2, 5):
            answers = itertools.cycle([answer] * few + [other] * (6 - few))
            same("apply", (numbers, element), lambda value, answers=answers: next(answers))


def numbers(element):
    return made(types.FLOAT, 2, 3).half() if element is types.HALF else made(element, 2, 3)


def empty(element):
    return made(element, 2).new()


@pytest.mark.parametrize("name", ["apply", "map", "map2"])
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_tensors_of_all_layouts(name, element):
    more = ["apply", "map", "map2"].index(name)
    for layout in LAYOUTS:
        for other in LAYOUTS:
            same(name, (layout, element, 3, 4), *[(other, element, 3, 4)] * more, lambda *args: sum(args))
    for size in [(1,), (12,), (FEW,), (FEW + 1,)]:
        same(name, *[(made, element, *size)] * (more + 1), lambda *args: sum(args))
    same(name, *[(empty, element)] * (more + 1), lambda *args: sum(args))
    for size in [(4, 3), (12,), (13,)] if more else []:
        same(name, (made, element, 3, 4), *[(made, element, *size)] * more, lambda *args: sum(args))


class Doubling:
    """Has a method."""

    def double(self, value):
        return 2 * value


FUNCTIONS = {
    "a builtin function": math.floor,
    "a method": "x".__len__,
    "a bound method": Doubling().double,
    "a builtin method without an entry point": [].append,
    "of varying arguments": max,
    "of C": math.hypot,
    "a class": float,
    "partial": functools.partial(pow, 2),
    "of numpy": np.sqrt,
    "of no arguments": lambda: 1,
    "none": None,
    "a number": 3,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(function):
    same("apply", (lambda: made(types.DOUBLE, 2, 3).abs(),), function)


def test_an_exception_is_that_of_the_function_and_changes_nothing():
    def function(value):
        if value == 3:
            raise KeyError("three")
        return 9

    x = torch.range(1, 5)
    for _ in range(2):
        with pytest.raises(KeyError, match="three"):
            x.apply(function)
    assert x.totable() == [1, 2, 3, 4, 5]


CHANGES = {
    "shrinks": lambda x: x.resize(2),
    "grows": lambda x: x.resize(20).fill(7),
    "takes another shape": lambda x: x.resize(3, 2),
    "turns": lambda x: x.set(x.storage(), 1, 2, 1, 3, 2),
    "is filled": lambda x: x.fill(7),
    "is applied to itself": lambda x: x.apply(lambda v: v + 1),
    "looks at other memory": lambda x: x.set(torch.ones(2, 3)),
    "is empty": lambda x: x.set(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_function_that_changes_the_tensor(change):
    def run(apply):
        x, calls = made(types.DOUBLE, 2, 3), []

        def function(value):
            calls.append(value)
            if len(calls) == 2:
                change(x)
            return None if value > 0 else value - 1

        return outcome(apply, [x, function]), calls, x._size, x._stride, x.array.tolist()

    method = torch.Tensor.apply
    method(torch.ones(2), lambda v: v)
    assert run(method)[1:] == run(method.__wrapped__)[1:]


def test_calls_within_calls_end_with_python_s_error():
    def deeper(value):
        return torch.ones(3).apply(deeper)[0]

    with pytest.raises(RecursionError):
        torch.ones(3).apply(deeper)


def test_answers_that_are_not_there_yet_are_not_seen():
    def function(value):
        tuples = [found for found in gc.get_objects() if type(found) is tuple and len(found) == 77]
        assert "NULL" not in repr(tuples)
        return value

    with only_new_objects():
        assert torch.range(1, 77).apply(function).equal(torch.range(1, 77))


def test_calls_are_compiled():
    x, y = torch.rand(4), torch.rand(4)
    for call in (lambda: x.apply(math.sqrt), lambda: x.map(y, math.hypot)):
        call()
        assert frames(call) == ["<lambda>"]
    x.map2(y, y, last)
    assert frames(lambda: x.map2(y, y, last)) == ["<lambda>", *["last"] * 4]


def last(a, b, c):
    return c


def test_nothing_leaks():
    x, y, big, number = torch.rand(3, 4), torch.rand(3, 4), 10**6, 1234.5

    def fail(value):
        raise ValueError("no")

    def work():
        for _ in range(1000):
            x.apply(lambda v: number), x.map(y, lambda a, b: big), x.map2(y, y, max), x.apply(lambda v: None)
            x.apply(lambda v: np.float64(2)), x.apply(lambda v: 2**80)
            for function in (fail, lambda v: "no", lambda: 1):
                with pytest.raises(Exception, match="."):
                    x.apply(function)

    check_leaks(work, (x, y, big, number, fail, x._array, None, 0))
    assert sys.getrefcount(number) < 20
