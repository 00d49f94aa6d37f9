"""Generators: seeds, states, streams of their own."""

import subprocess
import sys

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, TorchError


def seeded(seed):
    generator = torch.Generator()
    torch.manualSeed(generator, seed)
    return generator


def test_generators_have_streams_of_their_own():
    a, b = seeded(7), seeded(7)
    first = [torch.random(a), torch.normal(a)]
    torch.manualSeed(8)
    torch.rand(1000)
    assert [torch.random(b), torch.normal(b)] == first


def test_generators_print_their_type():
    assert str(torch.Generator()) == "torch.Generator"


def test_a_state_is_what_torch7_saves():
    generator = seeded(-1)
    state = torch.getRNGState(generator).array
    words = np.random.RandomState(2**32 - 1).get_state()[1]
    assert state[:8].view(np.int64)[0] == -1
    assert state[8:16].view(np.int32).tolist() == [1, 1]
    assert state[16:24].view(np.uint64)[0] == 0
    assert state[24:5016].view(np.uint64).tolist() == words.tolist()
    assert not state[5016:].any()
    torch.random(generator)
    state = torch.getRNGState(generator).array
    assert state[8:12].view(np.int32)[0] == 624 and state[16:24].view(np.uint64)[0] == 1


@pytest.mark.parametrize("drawn", [0, 1, 5, 623, 624, 625, 1248])
def test_states_restore(drawn):
    generator = seeded(3)
    for _ in range(drawn):
        torch.random(generator)
    torch.normal(generator)
    state = torch.getRNGState(generator)
    expected = [torch.normal(generator), *torch.rand(generator, 700).array.tolist()]
    other = torch.Generator()
    assert torch.setRNGState(other, state) is state
    assert [torch.normal(other), *torch.rand(other, 700).array.tolist()] == expected, f"after {drawn} numbers"


def test_a_state_is_a_copy():
    state = torch.getRNGState()
    before = state.array.tobytes()
    torch.random()
    assert state.array.tobytes() == before
    r = torch.ByteTensor(3)
    assert torch.getRNGState(r) is r and r.nElement() == 5048


# What is wrong with a state: the field, its bytes and the value that would lead astray.
@pytest.mark.parametrize(
    ("what", "at", "kind", "value"),
    [
        ("not seeded", 12, np.int32, 0),
        ("left of 0", 8, np.int32, 0),
        ("left below 0", 8, np.int32, -5),
        ("left above 624", 8, np.int32, 625),
        ("next beyond the table", 16, np.uint64, 2**63),
        ("next and left beyond the table", 16, np.uint64, 600),
    ],
)
def test_invalid_states_are_refused(what, at, kind, value):
    generator = seeded(5)
    torch.random(generator)
    state = torch.getRNGState(generator)
    state.array[at : at + np.dtype(kind).itemsize].view(kind)[0] = value
    before = torch.getRNGState(generator).array.tobytes()
    with pytest.raises(TorchError, match="Invalid RNG state"):
        torch.setRNGState(generator, state)
    assert torch.getRNGState(generator).array.tobytes() == before, what


def test_wrong_arguments():
    with pytest.raises(TorchError, match="wrong size"):
        torch.setRNGState(torch.ByteTensor(5047))
    with pytest.raises(ArgumentError):
        torch.setRNGState(torch.IntTensor(5048))
    for bad in ((), ("x",), (None,), (1, 2), (torch.Generator(),), (1, 2, 3)):
        with pytest.raises(ArgumentError):
            torch.manualSeed(*bad)
    with pytest.raises(TorchError):
        torch.manualSeed(float("nan"))
    with pytest.raises(ArgumentError):
        torch.initialSeed(3)
    with pytest.raises(ArgumentError):
        torch.seed("x")


def test_seeds():
    generator = torch.Generator()
    assert torch.seed(generator) == torch.initialSeed(generator)
    assert torch.seed() != torch.seed()
    for given, kept in ((3.7, 3), (-1, -1), (2**40, 2**40), (np.int32(5), 5)):
        torch.manualSeed(given)
        assert torch.initialSeed() == kept


def test_each_process_starts_differently():
    code = "from torchnn import torch; print(torch.random())"
    first, second = (subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(2))
    assert first.stdout != second.stdout


def test_serialization():
    generator = seeded(11)
    torch.normal(generator)
    text = torch.serialize(generator)
    copy = torch.deserialize(text)
    assert torch.typename(copy) == "torch.Generator"
    assert torch.normal(copy) == torch.normal(generator) and torch.random(copy) == torch.random(generator)


def test_a_state_may_lie_in_memory_in_any_way():
    a, b = seeded(3), seeded(4)
    torch.normal(a)
    state = torch.getRNGState(a)
    apart = torch.ByteTensor(8, 631, 2).select(3, 2).copy(state)
    assert torch.setRNGState(b, apart) is apart and torch.initialSeed(b) == 3
    assert torch.getRNGState(b).equal(state)
    torch.random(b)
    assert torch.getRNGState(a).equal(state), "a state that was taken over is shared"
