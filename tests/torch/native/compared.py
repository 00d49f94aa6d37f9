"""Tensors that lie in memory in several ways, and compiled calls with them next to Python's."""

from tests.torch.native.test_calls import made, outcome
from torchnn import torch
from torchnn.torch import native


def apart(element, *size):
    """A tensor of these sizes whose neighbours do not lie next to each other."""
    return made(element, *size, 3).select(len(size) + 1, 2)


def turned(element, *size):
    """A tensor of these sizes whose last two dimensions lie the other way round."""
    if len(size) == 1:
        return apart(element, *size)
    return made(element, *size[:-2], size[-1], size[-2]).transpose(len(size) - 1, len(size))


def expanded(element, *size):
    return made(element, 1, *size[1:]).expand(*size)


def repeated(element, *size):
    """A tensor of which the elements along the last dimension are one."""
    return made(element, *size[:-1], 1).expand(*size)


def old(element, *size):
    """A tensor whose storage has grown since its elements were looked at."""
    tensor = made(element, *size)
    assert tensor.array.size
    tensor.storage().resize(3000)
    return tensor


def read_only(element, *size):
    tensor = made(element, *size)
    tensor.array.flags.writeable = False
    return tensor


LAYOUTS = [made, apart, turned, expanded, repeated, old, read_only]


def same(name, *specifications):
    """Compare the compiled method and function, where there are such, with Python's, which get arguments of their own.

    A specification is a number or a text, or a layout with the element type and the sizes of a tensor, or what else
    makes an argument and what from.
    """
    method, function = getattr(torch.Tensor, name, None), getattr(torch, name, None)
    pairs = [] if method is None else [(method, method.__wrapped__)]
    if function is not None:
        pairs.append((function, function.of_function.caller()))
    for compiled, python in pairs:
        for _ in range(2):  # the first call may still be Python's
            theirs, ours = (
                [each[0](*each[1:]) if isinstance(each, tuple) else each for each in specifications] for _ in range(2)
            )
            assert outcome(compiled, ours) == outcome(python, theirs), f"{name}: {specifications}"


def check_functions(calls, python):
    """Check that functions of torch, named with their arguments, do what `python` of each of them does."""
    for name, args in calls:
        function = getattr(torch, name)
        expected = outcome(python(function), args)
        for _ in range(2):  # the first call may still be Python's
            assert outcome(function, args) == expected, f"torch.{name}{tuple(args)}"


def check_constructors(constructed, cases):
    """Each class makes of arguments what it does by Python's functions, twice, as `constructed(cls, args)` tells it."""
    found = [[constructed(*case) for _ in range(2)] for case in cases]
    native.close_calls()
    expected = [constructed(*case) for case in cases]
    native.open_calls()
    for (cls, args), ours, pythons in zip(cases, found, expected, strict=True):
        assert ours == [pythons, pythons], f"{cls.__name__}{tuple(args)}"
