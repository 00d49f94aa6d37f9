"""Compiled calls on tensors that have memory in common, next to Python's functions."""

import itertools

import pytest

from tests.torch.native.watching import frames
from tests.torch.test_in_turn import VIEWS, memory
from torchnn import torch
from torchnn.torch import native

CALLS = {
    "add": lambda add, x, y: add(x, 2, y),
    "cmul": lambda cmul, x, y: cmul(x, y),
    "copy": lambda copy, x, y: copy(x, y),
    "addcmul": lambda addcmul, x, y: addcmul(x, y, x),
}


@pytest.fixture(autouse=True)
def opened():
    native.open_calls()


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("of, into", [*itertools.product(VIEWS, VIEWS)])
def test_views_of_one_vector(of, into, name):
    method, call = getattr(torch.Tensor, name), CALLS[name]
    ours, theirs = memory(), memory()
    call(method, VIEWS[into](ours), VIEWS[of](ours))
    call(method.__wrapped__, VIEWS[into](theirs), VIEWS[of](theirs))
    assert ours.equal(theirs)


def test_parts_of_a_matrix_that_lie_apart_are_compiled():
    x, calls = torch.range(1, 48).view(4, 12), []
    for left, right in (((1, 1), (2, 1)), ((1, 3), (4, 3)), ((7, 6), (1, 6)), ((12, 1), (1, 1))):
        a, b = x.narrow(2, *left), x.narrow(2, *right)
        calls += [lambda a=a, b=b: a.add(b), lambda a=a, b=b: a.copy(b)]
    for a, b in ((x[0], x[1]), (x.narrow(1, 1, 2).t(), x.narrow(1, 3, 2).t()), (x.t(), x.t())):
        calls.append(lambda a=a, b=b: a.cmul(b))
    for call in calls:
        call()
        assert frames(call) == ["<lambda>"]
