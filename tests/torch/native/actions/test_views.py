"""Compiled views, brackets and questions next to Python's: results, errors, what they share, references."""

import itertools
import random
import sys

import numpy as np
import pytest

from tests.torch.native.watching import frames
from torchnn import torch
from torchnn.errors import SizeError
from torchnn.torch import native, types
from torchnn.torch.native.programs.views import VIEWS

Tensor = torch.Tensor
LARGE = 2**70
ELEMENTS = types.ALL[:-1]


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


def made(element, *size):
    numbers = np.arange(1, np.prod(size) + 1) * (1.25 if element.floating else 1) - 7.0
    return types.TENSORS[element].wrap(element.convert(numbers).reshape(size))


def without_array(element):
    whole = made(element, 4, 6)
    return whole.view_of(whole.storage(), 1, (2, 3), (6, 2))


def grown(element):
    tensor = made(element, 2, 3)
    assert tensor.array.size == 6  # a view of the memory that the storage has before it grows
    tensor.storage().resize(1000).fill(3)
    return tensor


def too_short(element):
    tensor = made(element, 2, 3)
    tensor.storage().resize(4)
    return tensor


def read_only(element):
    array = element.convert(np.arange(6.0)).reshape(2, 3)
    array.flags.writeable = False
    return types.TENSORS[element].wrap(array)


TENSORS = {
    "new": lambda e: made(e, 2, 3),
    "a vector": lambda e: made(e, 5),
    "one element": lambda e: made(e, 1),
    "sizes of 1": lambda e: made(e, 1, 3, 1),
    "only sizes of 1": lambda e: made(e, 1, 1),
    "empty": lambda e: made(e, 2).new(),
    "transposed": lambda e: made(e, 3, 2).t(),
    "without an array": without_array,
    "grown": grown,
    "too short": too_short,
    "read only": read_only,
    "of many dimensions": lambda e: made(e, *[1] * 20, 3, *[1] * 11),
}

INTS = (1, 2, 3, 0, -1, 4)
SIZES = [(6,), (-1,), (2, 3), (3, 2), (3, -1), (1, 6), (-1, -1), (2, 3, 1), (5,), (0,), (4, 2), (2, 3, 4, 5), (LARGE,)]
NUMBERS = {
    "": [()],
    "i": [(v,) for v in (*INTS, LARGE, -LARGE, 2.0, True, "1", None)],
    "ii": [*itertools.product(INTS, INTS), (1, LARGE), (LARGE, 1), (-LARGE, 1), (1.0, 2)],
    "iii": [*itertools.product((1, 2), (1, 2, 3, 0, 4, -1), (1, 2, 0, 4)), (1, 1, LARGE), (1, LARGE, 1), (2, 1, 2.0)],
    "iiii": [*itertools.product((1, 2, -1), (2, -1), (1, -2, 4), (2, 3, -1)), (1, LARGE, 1, 1), (1, 1, 1, LARGE)],
}
PAIRS = [
    (1, None),
    (2, None),
    (1, 2),
    (-1, -1),
    (2, 1),
    (0, None),
    (1, -1),
    (-2, 3),
    (LARGE, None),
    (1, LARGE),
    (1.0, 2),
]
SOME_PAIRS = [(1, None), (2, None), (1, 2), (1, -1), (4, None), (2, 1)]
BOUNDS = {
    2: PAIRS,
    3: PAIRS,
    4: [a + b for a in PAIRS for b in SOME_PAIRS],
    5: [a + b for a in PAIRS for b in SOME_PAIRS],
    **{n: [(1, None) * (n // 2 - 1) + pair for pair in PAIRS] for n in (6, 7, 8, 9)},
}
KEYS = [
    *(0, 1, -1, -2, 2, -3, LARGE, 1.0, True, None, ..., "1", np.int64(1), [0, 1]),
    *(slice(None), slice(1, None), slice(-1, None), slice(0, 5, 2), slice(2, 1), slice(None, None, -1)),
    *(slice(LARGE), slice(-LARGE, None), slice(None, None, LARGE), slice(0.5, 2), slice(None, None, 0)),
    *itertools.product((0, -1, 5, slice(1), None, ...), (1, slice(1, None), None, ..., 2.0)),
    *((), (0, 1, 1), (..., ...), (None, ..., None), (0, 0, 0), (slice(1), 0, slice(None)), (0, True), (LARGE, 0)),
    (None,) * 40,
]
VALUES = [1, 2.5, -3, 300, 2**40, LARGE, 1e300, float("nan"), True, "a", None, np.float64(2)]


def calls():
    """The methods, and what follows the tensor in a call; what makes it, since calls may change it."""
    for name, letters in dict.fromkeys((name, letters) for name, letters, _ in VIEWS):
        rest = letters[1:]
        if name == "__getitem__":
            yield name, [lambda _, key=key: (key,) for key in KEYS]
        elif name == "__setitem__":
            yield name, [lambda _, key=key: (key, 2) for key in KEYS]
            yield name, [lambda _, pair=pair: pair for pair in itertools.product((0, (0, 1), slice(0, 1)), VALUES)]
            yield name, [lambda e, key=key: (key, made(e, 3)) for key in KEYS]
            yield name, [lambda e: (0, made(types.INT, 3)), lambda e: (0, made(e, 2, 3))]
            yield name, [lambda e: ((0, 0), made(e, 1))]
        elif "part" in name or "row" in name:  # of Lua's brackets
            yield name, list(calls_of_lua(name, rest))
        elif rest == "y":
            yield name, [lambda e, size=size: (made(e, *size),) for size in ((2, 3), (6,), (3, 2), (4, 3, 2), (1, 6))]
            yield name, [lambda e: (made(e, 2).new(),), lambda e: (made(types.INT, 2, 3),), lambda e: ([1, 2],)]
        elif rest == "s":
            yield name, [lambda _, s=s: (torch.LongStorage(s),) for s in SIZES if LARGE not in s]
            yield name, [lambda _, s=s: (torch.LongStorage.of_sizes(s),) for s in SIZES]
            yield name, [lambda _: (torch.LongStorage(),), lambda _: (torch.LongStorage([1] * 40),)]
        else:
            more = SIZES if name in ("view", "expand", "resize", "reshape") else []
            if name == "permute":
                more = [order for order in itertools.permutations((1, 2, 3)) if len(rest) == 3]
            yield name, [lambda _, v=v: v for v in NUMBERS[rest] + more]


def calls_of_lua(name, rest):
    """What follows the tensor in calls of `_row`, `_part` and of those that write, which take a value too."""
    of_row, writes = "row" in name, "set" in name
    places = [(v,) for v in (*INTS, -2, LARGE, -LARGE, 2.0, 1.5, "1")] if of_row else BOUNDS[len(rest)]
    values = [lambda _, v=v: v for v in (2, 2.5, LARGE, True, "a")]
    values += [lambda e: made(e, 3), lambda e: made(e, 2), lambda e: made(e, 1), lambda _: made(types.INT, 3)]
    for place in places:
        if not writes:
            yield lambda _, place=place: place
        for value in values if writes else ():
            if of_row:
                yield lambda e, place=place, value=value: (*place, value(e))
            else:
                yield lambda e, place=place, value=value: (value(e), *place)


def described(value, with_numbers):
    if torch.isStorage(value):
        return type(value), value._part, value.totable()
    if not torch.isTensor(value):
        return type(value), repr(value)
    numbers = value.array.reshape(-1).tobytes() if with_numbers and fits(value) else b""
    return type(value), value._size, value._stride, value._offset, type(value._offset), numbers


def fits(tensor):
    try:
        return tensor.array is not None
    except SizeError:
        return False


def outcome(call, tensor, args, with_numbers):
    """The result, what becomes of the tensor, and whether both have one storage; or the error."""
    try:
        result = call(tensor, *args)
    except Exception as error:
        return [type(error), str(error), described(tensor, with_numbers)]
    found = [described(result, with_numbers), described(tensor, with_numbers), result is tensor]
    if torch.isTensor(result):
        found.append(result.storage() is tensor.storage())
        found.append(with_numbers and fits(result) and (result.array.flags.num, result.array.dtype))
    return found


@pytest.mark.parametrize("kind", TENSORS)
def test_results_are_those_of_python(kind):
    for name, every in calls():
        compiled = getattr(Tensor, name)
        for element in (types.DOUBLE,) if kind != "new" else ELEMENTS:
            for rest in every:
                ours, theirs = TENSORS[kind](element), TENSORS[kind](element)
                with_numbers = not name.startswith("resize")  # growing leaves numbers that nobody has written
                expected = outcome(compiled.__wrapped__, theirs, rest(element), with_numbers)
                found = outcome(compiled, ours, rest(element), with_numbers)
                assert found == expected, f"{element.tensor_name}, {kind}: {name}{rest(element)}"


@pytest.mark.parametrize("seed", range(3))
def test_views_of_views(seed):
    """Compiled views are as Python's are, one after the other."""
    chance = random.Random(seed)
    for _ in range(300):
        ours = theirs = made(types.DOUBLE, 4, 1, 3, 5)
        theirs = theirs.clone()
        for _ in range(4):
            name = chance.choice(["select", "narrow", "transpose", "unfold", "squeeze", "__getitem__"])
            key = [slice(chance.randint(0, 2), chance.randint(2, 4)), chance.randint(0, 2)]
            count = {"squeeze": 0, "narrow": 3, "unfold": 3}.get(name, 2)
            args = key[:1] if name == "__getitem__" else [chance.randint(1, 3) for _ in range(count)]
            method = getattr(Tensor, name)
            expected, found = outcome(method.__wrapped__, theirs, args, True), outcome(method, ours, args, True)
            assert found == expected, f"{name}{args}"
            if len(expected) == 5:
                ours, theirs = method(ours, *args), method.__wrapped__(theirs, *args)


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_calls_are_compiled(element):
    x, row, number = made(element, 4, 6), made(element, 6), 1.5 if element.floating else 1

    def store():
        x[1], x[1, 2], x[1:3] = row, number, number

    for call in (
        lambda: x.select(1, 2).add(row),
        lambda: x.narrow(1, 2, 3).fill(0),
        lambda: x[2][3] + x[2, 3],
        lambda: x[1:3, ..., None].size(),
        lambda: x.view(-1).view(x.size()).resize(4, 6).size(2),
        lambda: x.t().t().isContiguous(),
        lambda: x.narrow(1, 2, 1).expandAs(x).nElement(),
        store,
    ):
        call()
        assert frames(call) == [call.__name__]


def test_views_end_with_their_last_reference():
    x = torch.rand(4, 5)
    y, place, sizes = x[1], x.storage(), x.size()
    watched = [x, place, x._size, x._stride, x._array, x._memory, y._array, None, False, 0, torch.DoubleTensor, sizes]
    before = [sys.getrefcount(thing) for thing in watched]
    for _ in range(1000):
        x[1], x[1, 2], x[1:], x.t(), x.view(20), x.size(), x.size(1), x.dim(), x.nElement(), x.isContiguous()
        x.expandAs(x), x.view(x.size()), x.resize(4, 5), x.resizeAs(x), x.storageOffset(), x.squeeze(1)
        x[1], x[2, 3], x[:2] = y, 1.5, 2
        for wrong, number in ((Tensor.__getitem__, 7), (Tensor.t, LARGE), (Tensor.view, 7), (Tensor.size, LARGE)):
            with pytest.raises((TypeError, ValueError, IndexError)):
                wrong(x, number)
    grown_by = [sys.getrefcount(thing) - count for thing, count in zip(watched, before, strict=True)]
    assert max(map(abs, grown_by)) < 200, grown_by
    del watched, x, y
    assert sys.getrefcount(place) == 2


def test_a_view_keeps_the_memory():
    y = torch.rand(1000, 1000).fill(3)[1]
    torch.rand(1000, 1000)
    assert y.sum() == 3000


def test_views_of_a_class_of_the_user_are_of_that_class():
    class Mine(torch.DoubleTensor):
        pass

    x = Mine(2, 3).fill(1)
    assert type(x[1]) is Mine and type(x.t()) is Mine and x[1, 1] == 1


def test_a_tensor_that_nobody_has_initialised_is_refused():
    x = torch.DoubleTensor.__new__(torch.DoubleTensor)
    for call in (x.size, x.dim, x.t, x.isContiguous, x.storageOffset, lambda: x.size(1), lambda: x[0], x.nElement):
        for _ in range(2):
            with pytest.raises(AttributeError):
                call()
    for method in ("viewAs", "expandAs", "resizeAs", "isSameSizeAs"):
        for _ in range(2):
            with pytest.raises(AttributeError):
                getattr(torch.rand(2), method)(x)
