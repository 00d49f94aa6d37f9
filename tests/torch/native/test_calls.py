"""Compiled calls next to Python's, of which they are the fast form: results, errors, references and memory."""

import subprocess
import sys

import numpy as np
import pytest

from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import generator, native, types
from torchnn.torch.native import layouts
from torchnn.torch.native.actions import elementwise
from torchnn.torch.native.callables import Compiled
from torchnn.torch.native.opening import METHODS
from torchnn.torch.native.programs.making import MAKING
from torchnn.torch.native.programs.views import PLACING, VIEWS
from torchnn.torch.overloads import Overloads

FEW = elementwise.MOST_ELEMENTS
NUMBERS = [0, -3, -0.0, float("inf"), True, np.float64(1.5), np.int32(2), 2**31, 2**70, "1", None]
ELEMENTS = [types.BYTE, types.LONG, types.FLOAT, types.DOUBLE]


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


def made(element, *size):
    """A tensor of numbers of both signs, with fractions where its type has them."""
    numbers = (np.arange(np.prod(size)) * 7 % 9 - 4) * (1.25 if element.floating else 1)
    return types.TENSORS[element].wrap(element.convert(numbers).reshape(size))


def wrapped(element, array):
    return types.TENSORS[element].wrap(array)


def frozen(element):
    array = element.convert(np.arange(6.0))
    array.flags.writeable = False
    return wrapped(element, array)


def grown(element):
    tensor = made(element, 6)
    assert tensor.array.size == 6  # a view of the memory that the storage has before it grows
    tensor.storage().resize(1000)
    return tensor


# Three tensors of a type: as they are made by programs, and as only Python's functions can take them.
KINDS = {
    "new": lambda e: [made(e, 2, 3), made(e, 3, 2).reshape(2, 3), made(e, 2, 3)],
    "of other sizes": lambda e: [made(e, 2, 3), made(e, 3, 2), made(e, 6)],
    "with more elements": lambda e: [made(e, 2, 3), made(e, 7), made(e, 2, 3)],
    "of one element": lambda e: [made(e, 1), made(e, 1), made(e, 1, 1)],
    "empty": lambda e: [made(e, 2).new(), made(e, 2).new(), made(e, 2)],
    "rows": lambda e: list(made(e, 4, 6))[:3],
    "columns": lambda e: [made(e, 4, 6).select(2, i) for i in (1, 2, 3)],
    "transposed": lambda e: [made(e, 3, 2).t(), made(e, 2, 3), made(e, 3, 2).t()],
    "expanded": lambda e: [made(e, 2, 3), made(e, 1, 3).expand(2, 3), made(e, 2, 1).expand(2, 3)],
    "of unusual strides": lambda e: [made(e, 4, 6).narrow(1, i, 1).narrow(2, 2, 3) for i in (1, 2, 3)],
    "overlapping": lambda e: [wrapped(e, a) for a in overlapping(e)],
    "read only": lambda e: [frozen(e), made(e, 6), frozen(e)],
    "grown": lambda e: [grown(e), made(e, 6), grown(e)],
    "just few": lambda e: [made(e, FEW), made(e, FEW), made(e, FEW)],
    "many": lambda e: [made(e, FEW + 1), made(e, FEW + 1), made(e, FEW + 1)],
    "one": lambda e: [made(e, 2, 3)] * 3,
}


def overlapping(element):
    memory = element.convert(np.arange(20.0))
    return memory[2:8], memory[3:9], memory[0:6]


def arguments(kind, element):
    """What functions are called with, made anew for each of two calls."""

    def both(pick, number=None):
        return tuple(pick(KINDS[kind](element), number) for _ in range(2))

    for count in (1, 2, 3):
        yield both(lambda tensors, _, count=count: tensors[:count])
    for number in (2, 0.5, 0.0, *(NUMBERS if kind == "new" else ())):
        yield both(lambda tensors, v: [tensors[0], v], number)
        yield both(lambda tensors, v: [tensors[0], tensors[1], v], number)
        yield both(lambda tensors, v: [tensors[0], v, tensors[1]], number)
        yield both(lambda tensors, v: [tensors[0], v, tensors[1], tensors[2]], number)
    other = types.FLOAT if element is not types.FLOAT else types.INT
    yield both(lambda tensors, _: [tensors[0], made(other, 2, 3)])


def outcome(call, args):
    """The result of a call, bit for bit, and what becomes of its arguments and of random numbers; or its error."""
    torch.manualSeed(1)
    try:
        result = call(*args)
    except Exception as error:
        return [type(error), str(error), *map(described, args), generator.default().word()]
    parts = result if isinstance(result, tuple) else (result,)
    return [
        *map(described, [result, *args]),
        [part is arg for part in parts for arg in args],
        generator.default().word(),
    ]


def described(value):
    if isinstance(value, tuple):
        return tuple(map(described, value))
    if not torch.isTensor(value):
        return type(value), repr(value)
    numbers = value.array.tobytes() if value.nElement() else b""
    return type(value), value._size, value._stride, value._offset, numbers


def every_function():
    """Compiled functions with a program for few elements, and Python's: of the module, and methods."""
    for function in Overloads.every:
        if any(hasattr(variant.implementation, "few") for variant in function._variants):
            yield pytest.param(function, function.of_function.caller(), id=f"torch.{function.name}")
            method = getattr(torch.Tensor, function.name, None)
            if method is not None:
                yield pytest.param(method, method.__wrapped__, id=f"x.{function.name}")
    others = {name for name, *_ in (*VIEWS, *PLACING, *MAKING)}  # which test_views.py and its neighbours call
    for name in dict.fromkeys(name for name, *_ in METHODS if name not in others):
        method = getattr(torch.Tensor, name)
        yield pytest.param(method, method.__wrapped__, id=f"x.{name}")


native.open_calls()


@pytest.mark.parametrize(("compiled", "python"), list(every_function()))
def test_results_are_those_of_python(compiled, python):
    for element in ELEMENTS:
        for kind in KINDS if element in (types.BYTE, types.DOUBLE) else ["new"]:
            for ours, theirs in arguments(kind, element):
                expected, found = outcome(python, theirs), outcome(compiled, ours)
                assert found == expected, f"{element.tensor_name}, {kind}: {ours}"


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_calls_are_compiled(element):
    """Else all tests here would compare Python's functions with themselves."""
    x, y = made(element, 6), made(element, 6)
    for call in (lambda: x.add(y), lambda: x + y, lambda: x.clone(), lambda: x.gt(1), lambda: x.copy(y)):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    x, y = torch.rand(3, 4), torch.rand(3, 4)
    rows = torch.LongTensor([3, 1])
    watched = x, y, rows, x._size, x._stride, x._array, x.dtype, torch.DoubleTensor, None, 0

    def work():
        for _ in range(2000):
            x.add(y), x + y, torch.add(x, 2, y), x.clone(), x.gt(y), x.fill(2), x.sum(), x.sigmoid(), x.select
            x.uniform(), x.normal(0, 1), x.random(7), x.float(), x.t().clone(), torch.cat(x, y), torch.cat([x, y], 1)
            x.index(1, rows), x.indexAdd(1, rows, x.index(1, rows)), x.maskedSelect(x.ge(-100)), x.nonzero(), x.t() + 1
            with pytest.raises(Exception, match="."):
                x.add(torch.rand(5))

    check_leaks(work, watched)


def test_functions_without_an_entry_point_are_called_by_python():
    class Function:
        def __call__(self, *args):
            return sum(args)

    compiled = Compiled(lambda *args: None, "f", native.open_calls)
    compiled.know([int, int], Function())
    assert not layouts.has_entry(Function()) and compiled.callable(3, 4) == 7


def test_results_end_with_their_last_reference():
    x = torch.rand(4)
    made = x + x
    array = made.array
    del made
    assert sys.getrefcount(array) == 2


def test_a_class_of_the_user_keeps_its_methods():
    class Mine(torch.DoubleTensor):
        def add(self, *args):
            return "mine"

    x = Mine(3).fill(1)
    assert x.add(1) == "mine"
    assert type(x + 1) is Mine and (x + 1)[0] == 2


def test_methods_look_like_those_of_python():
    method = torch.DoubleTensor.add
    assert (method.__name__, method.__qualname__) == ("add", "Tensor.add")
    assert method.__doc__ == method.__wrapped__.__doc__
    assert torch.DoubleTensor(2).fill(1).add.__self__.nElement() == 2
    with pytest.raises(TypeError, match="keyword"):
        torch.rand(2).add(v=1)


def test_python_can_keep_all_calls():
    native.close_calls()
    try:
        assert torch.Tensor.add.__code__ is not None
        assert torch.ones(2).add(1).sum() == 4
    finally:
        native.open_calls()
    assert not hasattr(torch.Tensor.add, "__code__")


def test_python_does_all_calls_where_objects_are_not_known(monkeypatch):
    native.close_calls()
    monkeypatch.setattr(layouts, "_describes", lambda array: False)
    assert native.open_calls() == {}
    assert torch.ones(2).add(1).sum() == 4


@pytest.mark.parametrize("calls", ["python", "compiled"])
def test_calls_are_compiled_when_numba_comes(calls, monkeypatch):
    monkeypatch.setenv("TORCHNN_CALLS", calls)
    script = """
from torchnn import torch, kernels
assert hasattr(torch.Tensor.add, "__code__")
method = torch.rand(3).add
kernels.launch
print(hasattr(torch.Tensor.add, "__code__"), method(1).nElement())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == (f"{calls == 'python'} 3\n", "")


def test_calls_are_compiled_after_many():
    script = """
import itertools, sys
from torchnn import torch
torch.compiled.calls = itertools.repeat(1, 100)
x = torch.ones(3)
for i in range(100):
    x.add(1)
assert hasattr(torch.Tensor.add, "__code__") and "numba" not in sys.modules
x.add(1)
x.add(1)
print(hasattr(torch.Tensor.add, "__code__"), x[0])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("False 103.0\n", "")


def test_what_is_not_on_disk_is_compiled_after_many_calls(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    script = """
from torchnn import torch, kernels
torch.compiled.BEFORE_COMPILING = 100
kernels.launch
x = torch.ones(3)
for i in range(100):
    x.add(1)
assert hasattr(torch.Tensor.add, "__code__")
x.add(1)
x.add(1)
print(hasattr(torch.Tensor.add, "__code__"), torch.native.are_on_disk(), x[0])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("False True 103.0\n", "")


def test_calls_are_compiled_where_numba_is_there_already():
    script = "import numba; from torchnn import torch; print(hasattr(torch.Tensor.add, '__code__'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("False\n", "")
