"""Compiled operations on many elements, whose loops run on all threads, next to Python's."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.torch.native.compared import read_only, same
from tests.torch.native.test_calls import outcome
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.native.actions.elementwise import MOST_ELEMENTS
from torchnn.torch.native.actions.launching import TOO_MANY_ELEMENTS
from torchnn.torch.overloads import ALL, FLOATING, INTEGER
from torchnn.torch.parallel import SMALLEST

native.open_calls()

COUNTS = [MOST_ELEMENTS + 1, SMALLEST - 1, SMALLEST, SMALLEST + 7, 4 * SMALLEST + 1]


def drawn(element, *size):
    """Small numbers of both signs, zero among them."""
    numbers = np.random.default_rng(1).integers(-9, 10, size)
    return types.TENSORS[element].wrap(element.convert(numbers / 2 if element.floating else numbers))


def positive(element, *size):
    return types.TENSORS[element].wrap(element.convert(1 + np.random.default_rng(2).integers(0, 9, size)))


def turned(element, rows, columns):
    return drawn(element, columns, rows).t()


def narrowed(element, *size):
    return drawn(element, *size[:-1], size[-1] + 3).narrow(len(size), 2, size[-1])


def check_compiled(call):
    for _ in range(2):  # Python has the loop made that compiled calls run
        call()
    assert frames(call) == ["<lambda>"]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_operations_are_those_of_python(element, count):
    x, y = (drawn, element, count), (positive, element, count)
    for name in ("add", "csub", "mul", "div", "fmod", "remainder", "fill", "gt", "eq", "cmax", "pow", "rshift"):
        if hasattr(torch.Tensor, name):
            same(name, x, 3)
    for name in ("add", "csub", "cmul", "cdiv", "cfmod", "cremainder", "gt", "le", "cmin"):
        same(name, x, y)
    for name in ("add", "csub", "addcmul", "addcdiv"):
        same(name, x, 2, y, y) if name.startswith("addc") else same(name, x, -2, y)
    same("zero", x)
    same("sign", x)
    same("clamp", x, 2, 5)
    same("clamp", x, 5, 2)
    same("__sub__", x, 3)
    same("__neg__", x)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("element", FLOATING, ids=lambda element: element.name)
def test_functions_of_floats_are_those_of_python(element, count):
    for name in ("exp", "sqrt", "tanh", "sigmoid", "log", "sin", "neg", "cinv", "floor", "abs"):
        same(name, (positive, element, count))
    for exponent in (2, 3, 0.5, -1, 2.5):
        same("pow", (positive, element, count), exponent)
        same("pow", (positive, element, count), exponent, (drawn, element, count))
    same("lerp", (drawn, element, count), (positive, element, count), 0.3)
    same("add", (drawn, element, count), 0.1)
    same("fill", (drawn, element, count), 0.1)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_operations_are_compiled(element):
    for count in COUNTS:
        x, y, r = drawn(element, count), positive(element, count), drawn(element, count)
        check_compiled(lambda r=r, x=x, y=y: r.add(x, y))
        check_compiled(lambda x=x: x * 2)
        check_compiled(lambda x=x, y=y: x.gt(y))
    for count in COUNTS[:1:-1]:  # of fewer bytes Python has no loop made
        r = drawn(element, count)
        check_compiled(lambda r=r: r.fill(2))
    check_compiled(lambda: r.zero())
    check_compiled(lambda: r.clamp(x, 2, 5))
    check_compiled(lambda: r.addcmul(x, 2, x, y))


@pytest.mark.parametrize("layout", [turned, narrowed, read_only], ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_layouts_are_heeded(element, layout):
    for side in (20, 300):
        x, y = (layout, element, side, side), (positive, element, side, side)
        same("add", x, 3)
        same("add", x, y)
        same("add", y, x)
        same("gt", x, y)
        same("fill", x, 3)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_memory_in_common_is_heeded(element, count):
    def results(add):
        memory = drawn(element, count + 50)
        x, y = memory.narrow(1, 1, count), memory.narrow(1, 51, count)
        add(x, x)
        add(y, x)
        add(x, y)
        return memory.totable()

    compiled = results(torch.Tensor.add)
    assert compiled == results(torch.Tensor.add.__wrapped__)


@pytest.mark.parametrize("element", INTEGER, ids=lambda element: element.name)
def test_division_by_a_zero_among_many_is_refused(element):
    x, y = drawn(element, SMALLEST), positive(element, SMALLEST)
    for _ in range(2):
        x.cdiv(y)
    y.array[SMALLEST // 2] = 0
    with pytest.raises(Exception, match="division of a .* by zero"):
        x.cdiv(y)


def test_sizes_have_to_agree():
    x, y = torch.ones(SMALLEST), torch.ones(SMALLEST + 1)
    for _ in range(3):
        expected = outcome(torch.Tensor.add.__wrapped__, [x, y])
        assert outcome(torch.Tensor.add, [x, y]) == expected
    assert expected[1].startswith("inconsistent tensor size")


@pytest.mark.parametrize("count", [4097, *COUNTS, 2_000_003])
@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_copies_are_those_of_python(element, count):
    x = (drawn, element, count)
    same("clone", x)
    for other in types.ALL:
        same(other.name.lower(), x)
        same("typeAs", x, (drawn, other, 1))
        same("copy", (positive, other, count), x)


@pytest.mark.parametrize("element", ALL, ids=lambda element: element.name)
def test_copies_are_compiled(element):
    for count in COUNTS:
        x, y, z = drawn(element, count), positive(types.FLOAT, count), positive(element, count)
        check_compiled(lambda x=x: x.clone())
        check_compiled(lambda x=x: x.double())
        check_compiled(lambda x=x, y=y: y.copy(x))
        check_compiled(lambda x=x, z=z: z.copy(x))


@pytest.mark.parametrize("layout", [turned, narrowed, read_only], ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_layouts_of_copies_are_heeded(element, layout):
    x, y = (layout, element, 300, 300), (positive, types.FLOAT, 300, 300)
    for pair in ((x, y), (y, x), (x, x)):
        same("copy", *pair)
    same("clone", x)
    same("contiguous", x)
    same("float", x)


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_what_overlaps_is_copied_as_by_python(element):
    def copied(copy):
        memory = drawn(element, SMALLEST + 50)
        x, y = memory.narrow(1, 1, SMALLEST), memory.narrow(1, 51, SMALLEST)
        for pair in ((x, y), (y, x), (x, x)):
            copy(*pair)
        return memory.array.tobytes()

    copied(torch.Tensor.copy)
    assert copied(torch.Tensor.copy) == copied(torch.Tensor.copy.__wrapped__)


def test_still_more_elements_are_left_to_python():
    x = torch.zeros(TOO_MANY_ELEMENTS + 1)
    for _ in range(3):
        x.add(1)
    assert (x.min(), x.max()) == (3, 3)
    assert len(frames(lambda: x.add(1))) > 1


def test_results_do_not_depend_on_threads():
    x, y = drawn(types.FLOAT, 100_003), positive(types.FLOAT, 100_003)
    expected = [torch.exp(x).array.tobytes(), torch.cdiv(x, y).array.tobytes()]
    threads = torch.getnumthreads()
    torch.setnumthreads(1)
    try:
        assert [torch.exp(x).array.tobytes(), torch.cdiv(x, y).array.tobytes()] == expected
    finally:
        torch.setnumthreads(threads)


def test_nothing_is_left_of_calls():
    x, y = drawn(types.FLOAT, SMALLEST), positive(types.FLOAT, SMALLEST)
    watched = [x, y, x.array, y.array, x._size, x._stride]

    def work():
        for _ in range(200):
            x.add(y)
            x + 1
            x.gt(y)
            x.fill(3)
            x.clone().int()
            y.copy(x)

    check_leaks(work, watched)


SCRIPT = """
import os
from torchnn import torch
from torchnn.torch import compiled
compiled.open_calls()
x = torch.FloatTensor(100000).fill(1)
for _ in range(3):
    x.add(1)
child = os.fork()
if not child:
    x.add(1)
    os._exit(int(x.min() == x.max() == 5))
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), x.min(), x.max())
"""


@pytest.mark.parametrize("layer", ["default", "omp", "workqueue"])
def test_forked_children_and_every_kind_of_threads(layer):
    environment = {**os.environ, "NUMBA_THREADING_LAYER": layer}
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=True)
    assert found.stdout == "1 4.0 4.0\n", found.stderr
