"""Copies that are compiled, next to Python's: between all types, of numbers that do not fit, and of any strides."""

import copy
import itertools
import pickle

import numpy as np
import pytest

from tests.torch.native.watching import frames
from torchnn import torch
from torchnn.errors import ArgumentError
from torchnn.kernels.silence import SILENCE
from torchnn.torch import native, types
from torchnn.torch.overloads import ALL

NUMBERS = np.array(
    [
        *[0.0, -0.0, 1.5, -3.7, 127.9, 128.0, 255.5, 256.0, -129.0, 3e9, -3e9, 1e19, 1e39, np.inf, np.nan],
        *[-np.nan, 65519.99, 65520.0, -65504.0, 6e-8, 2.9e-8, 1 + 2**-11, 1 + 2**-11 + 2**-30, 2049.0],
    ]
)


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


def numbers(element):
    return types.TENSORS[element].wrap(element.convert(NUMBERS))


def both(method, *args):
    """What a method of the first tensor gives, compiled and in Python, each of tensors of its own."""
    compiled = getattr(torch.Tensor, method)
    for call in (compiled, compiled, compiled.__wrapped__):  # the first call is Python's
        result = call(*[arg.clone() for arg in args])
        yield type(result), result._size, result._stride, result._offset, result.array.tobytes()


@pytest.mark.parametrize(("a", "b"), list(itertools.product(types.ALL, types.ALL)), ids=lambda element: element.name)
def test_types(a, b):
    x, y = numbers(a), numbers(b)
    assert len(set(both("copy", x, y))) == 1
    assert len(set(both(b.name.lower(), x))) == 1
    assert len(set(both("typeAs", x, y))) == 1
    for method in (torch.Tensor.type, torch.Tensor.type, torch.Tensor.type.__wrapped__):
        made = method(x, b.tensor_name)
        assert type(made) is type(y) and made.array.tobytes() == x.typeAs(y).array.tobytes()


@pytest.mark.parametrize(("a", "b"), [(a, b) for a in types.ALL for b in types.ALL if types.HALF in (a, b)])
def test_halves_of_all_layouts(a, b):
    def turned(element):
        return numbers(element).view(4, 6).t() if element in ALL else numbers(types.FLOAT).view(4, 6).t().half()

    ours, theirs = numbers(b).resize(6, 4), numbers(b).resize(6, 4)
    for x in (turned(a), turned(a).narrow(1, 2, 3).narrow(2, 1, 3)):
        for into in (lambda r: r, lambda r: r.narrow(1, 2, 3)):
            try:
                expected = torch.Tensor.copy.__wrapped__(into(theirs), x)
            except Exception as error:
                with pytest.raises(type(error), match="inconsistent"):
                    torch.Tensor.copy(into(ours), x)
                continue
            found = torch.Tensor.copy(into(ours), x)
            assert found.array.tobytes() == expected.array.tobytes()
        assert set(both(b.name.lower(), x)) == set(list(both(b.name.lower(), x))[:1])


def test_types_by_name():
    x, name = torch.rand(3), "".join(["torch.", "FloatTensor"])
    conversions = [lambda: x.type(name), lambda: x.float().half(), lambda: x.half().double()]
    for call in (
        lambda: x.type("torch.DoubleTensor"),
        lambda: torch.HalfTensor(3),
        *(conversions if SILENCE is not None else []),  # numpy 1 cannot be silenced by compiled calls
    ):
        call()
        assert frames(call) == ["<lambda>"]
    assert x.type("torch.DoubleTensor") is x
    for method in (torch.Tensor.type, torch.Tensor.type):
        assert method(x, None) == method(x) == "torch.DoubleTensor"
        for wrong in ("torch.Double", "", "torch.CudaTensor", 3):
            with pytest.raises(ArgumentError, match="string"):
                method(x, wrong)


VIEWS = {
    "transposed": lambda x: x.t(),
    "columns": lambda x: x.narrow(2, 2, 2),
    "a column": lambda x: x.select(2, 3),
    "expanded": lambda x: x.narrow(1, 1, 1).expand(5, 4),
    "every other": lambda x: x.unfold(2, 1, 2),
    "of unusual strides": lambda x: x.narrow(1, 2, 1).narrow(2, 1, 3),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_views(view):
    x = torch.rand(5, 4)
    for method in (torch.Tensor.clone, torch.Tensor.contiguous, torch.Tensor.float):
        method(view(x))
        made, expected = method(view(x)), method.__wrapped__(view(x))
        assert (made._size, made._stride, made._offset) == (expected._size, expected._stride, expected._offset)
        assert (made.array == expected.array).all()
    ours, theirs = torch.zeros(5, 4), torch.zeros(5, 4)
    source = view(torch.rand(5, 4)).clone()
    torch.Tensor.copy(view(ours), source)
    torch.Tensor.copy.__wrapped__(view(theirs), source)
    assert ours.equal(theirs)


def test_a_tensor_is_copied_onto_itself():
    ours, theirs = torch.range(1, 10), torch.range(1, 10)
    for call, x in ((torch.Tensor.copy, ours), (torch.Tensor.copy.__wrapped__, theirs)):
        call(x.narrow(1, 2, 8), x.narrow(1, 1, 8))
        call(x.narrow(1, 1, 9), x.narrow(1, 2, 9))
    assert ours.equal(theirs)


def test_a_tensor_of_its_type_is_itself():
    x = torch.rand(3)
    assert x.double() is x and x.typeAs(torch.rand(2)) is x and x.contiguous() is x and x.copy(x) is x


@pytest.mark.parametrize("name", ["copy", "float"])
def test_many_elements_are_left_to_python(name):
    x = torch.rand(5000)
    args = (x, x.clone()) if name == "copy" else (x,)
    assert len(set(both(name, *args))) == 1


PARTS = {
    "vectors": lambda: [torch.rand(3), torch.rand(2)],
    "matrices": lambda: [torch.rand(3, 2), torch.rand(3, 2)],
    "rows": lambda: [torch.rand(1, 2), torch.rand(3, 2)],
    "columns": lambda: [torch.rand(3, 2).t(), torch.rand(2, 1)],
    "of other dimensions": lambda: [torch.rand(3, 2), torch.rand(2)],
    "of other types": lambda: [torch.rand(3), torch.rand(3).float()],
    "floats": lambda: [torch.rand(2, 1, 2).float(), torch.rand(2, 4, 2).float()],
    "bytes": lambda: [torch.ByteTensor([1, 2]), torch.ByteTensor([3])],
    "empty": lambda: [torch.Tensor(), torch.rand(2)],
    "no tensor": lambda: [torch.rand(2), 1],
    "many": lambda: [torch.rand(3000), torch.rand(3000)],
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_tensors_one_after_another(parts):
    x, y = parts()

    def outcome(function, *args):
        try:
            made = function(*args)
        except Exception as error:
            return type(error), str(error)
        return type(made), made._size, made._stride, made._offset, made.array.tobytes()

    for args in [(x, y), ([x, y],), ([y],), ([x] * 70,), ([],)]:
        for dimension in [(), (1,), (2,), (3,), (0,), (-1,), (2**70,)]:
            found = {outcome(call, *args, *dimension) for call in (torch.cat, torch.cat, torch.cat.__wrapped__)}
            assert len(found) == 1, (args, dimension)


def test_functions_are_copied():
    x = torch.rand(2)
    for function in (torch.cat, torch.Tensor.add):
        for other in (copy.deepcopy(function), pickle.loads(pickle.dumps(torch.cat))):
            assert other(x, x).nElement() > 0
    with pytest.raises(TypeError, match="."):
        torch.cat()
