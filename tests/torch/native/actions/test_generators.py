"""States of generators and draws from a generator of one's own, compiled, next to Python's."""

import numpy as np
import pytest

from tests.torch.native.test_calls import described, made
from tests.torch.native.watching import check_leaks, frames
from torchnn import torch
from torchnn.torch import native, types
from torchnn.torch.generator import HEAD, STATE_BYTES

native.open_calls()


def seeded(seed=5):
    generator = torch.Generator()
    torch.manualSeed(generator, seed)
    torch.DoubleTensor(1).normal(generator)
    return generator


def tried(call, *args):
    """What a call gives, and the state of the global generator and of all that are arguments, or the error."""
    torch.manualSeed(1)
    args = [arg() if callable(arg) else arg for arg in args]
    try:
        result = call(*args)
        found = [described(result), *[result is arg for arg in args]]
    except Exception as error:
        found = [type(error), str(error)]
    generators = [arg.bytes.tobytes() for arg in args if isinstance(arg, torch.Generator)]
    state = torch.getRNGState().array.tobytes()
    return [*found, *generators, *[described(arg) for arg in args if torch.isTensor(arg)], state]


def same(name, *args):
    """Compare a compiled function with Python's; arguments that are functions make the argument anew each time."""
    function = getattr(torch, name)
    expected = tried(function.of_function.caller(), *args)
    for _ in range(2):
        assert tried(function, *args) == expected, (name, args)


def changed(**fields):
    """A saved state with other fields at its beginning."""
    state = torch.getRNGState(seeded())
    head = dict(zip(("seed", "left", "seeded", "following"), HEAD.unpack_from(state.array), strict=True))
    HEAD.pack_into(state.array, 0, *{**head, **fields}.values())
    return state


RESULTS = [
    lambda: torch.ByteTensor(STATE_BYTES).zero(),
    lambda: torch.ByteTensor(STATE_BYTES, 2).zero().select(2, 1),
    lambda: torch.ByteTensor(3).zero(),
    lambda: torch.ByteTensor(),
    lambda: torch.CharTensor(STATE_BYTES).zero(),
]


@pytest.mark.parametrize("generator", [[], [seeded]], ids=["global", "own"])
def test_states_are_given_as_by_python(generator):
    same("getRNGState", *generator)
    for result in RESULTS:
        same("getRNGState", *generator, result)


@pytest.mark.parametrize("generator", [[], [seeded]], ids=["global", "own"])
def test_states_are_taken_as_by_python(generator):
    whole = torch.getRNGState(seeded(9))
    two = torch.ByteTensor(STATE_BYTES, 2)
    two.select(2, 1).copy(whole)
    for state in (whole, whole.view(2, 2524), two.select(2, 1), whole.narrow(1, 1, 5047), whole.char(), torch.Tensor()):
        same("setRNGState", *generator, state)
    for left in (-1, 0, 1, 2, 623, 624, 625):
        for following in (0, 1, 623, 624, 625, 2**63, 2**64 - 1):
            same("setRNGState", *generator, changed(left=left, following=following))
    for seed in (0, 2, -1):
        same("setRNGState", *generator, changed(seeded=seed))


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_tensors_are_filled_from_a_generator_as_by_python(element):
    for name, *numbers in (
        ("uniform", 1, 2),
        ("normal",),
        ("geometric", 0.5),
        ("random",),
        ("random", 9),
        ("bernoulli",),
    ):
        same(name, lambda: made(element, 3, 4), seeded, *numbers)
        same(name, lambda: made(element, 3, 4).t(), seeded, *numbers)
        same(name, lambda: made(element, 3, 4), None, *numbers)
        same(name, seeded, *numbers)


@pytest.mark.parametrize("element", types.ALL, ids=lambda element: element.name)
def test_numbers_are_drawn_from_a_generator_as_by_python(element):
    torch.setdefaulttensortype(element.tensor_name)
    try:
        same("getRNGState")
        for name, *numbers in (("uniform",), ("normal", 1, 2), ("geometric", 0.5), ("random",), ("random", 2, 5)):
            same(name, *numbers)
            same(name, seeded, *numbers)
    finally:
        torch.setdefaulttensortype("torch.DoubleTensor")


def test_calls_with_generators_are_compiled():
    generator, x, state = seeded(), torch.rand(3), torch.getRNGState()
    for call in (
        lambda: torch.getRNGState(),
        lambda: torch.getRNGState(generator),
        lambda: torch.getRNGState(state),
        lambda: torch.setRNGState(state),
        lambda: torch.setRNGState(generator, state),
        lambda: torch.normal(generator),
        lambda: torch.random(generator, 3),
        lambda: x.uniform(generator),
        lambda: x.random(generator, 2, 5),
    ):
        call()
        assert frames(call) == ["<lambda>"]


def test_nothing_leaks():
    generator, x, state = seeded(), torch.rand(3), torch.getRNGState()
    bad = torch.ByteTensor(3)

    def work():
        for _ in range(1000):
            torch.getRNGState(), torch.getRNGState(state), torch.setRNGState(generator, state), x.normal(generator)
            with pytest.raises(Exception, match="wrong size"):
                torch.setRNGState(bad)

    check_leaks(work, [generator, generator.state, x, state, state._array, np.dtype(np.uint8), torch.ByteTensor, None])
