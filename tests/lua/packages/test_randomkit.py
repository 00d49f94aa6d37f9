"""The package `randomkit`, whose C code numpy's first generator has too."""

import numpy as np
import pytest

from torchnn.errors import TorchError


@pytest.fixture(autouse=True)
def kit(runtime):
    runtime.execute("require 'randomkit'; torch.manualSeed(5)")


def numpys():
    """Numpy's generator with that seed."""
    return np.random.RandomState(5)


def test_draws_are_numpys(runtime):
    got = runtime.execute(
        """
        local t = torch.FloatTensor(2, 2)
        return randomkit.normal(0, 1), randomkit.normal(t, 1, 2) == t, t, torch.uniform(),
          randomkit.binomial(torch.Tensor{5, 10}, torch.FloatTensor{.3, .6}), randomkit.poisson(torch.Tensor(3), 4),
          randomkit.gauss(), randomkit.randint(1, 6), randomkit.interval(9), randomkit.triangular(0, 1, 3),
          randomkit.bytes(torch.ByteTensor(5))
        """
    )
    rs = numpys()
    assert got[0] == rs.normal() and got[1] is True
    np.testing.assert_array_equal(got[2].array.ravel(), rs.normal(1, 2, 4).astype(np.float32))
    word = rs.randint(0, 2**32, dtype=np.int64)  # what torch draws itself
    assert got[3] == word / 2**32
    assert got[4].totable() == rs.binomial([5, 10], np.array([0.3, 0.6], np.float32)).tolist()
    assert got[5].totable() == rs.poisson(4, 3).tolist()
    assert got[6:10] == (rs.standard_normal(), rs.randint(1, 7), rs.randint(0, 10), rs.triangular(0, 1, 3))
    assert bytes(got[10].totable()) == rs.bytes(5)


def test_many_words(runtime):
    """Torch's generator makes 624 words at a time."""
    got = runtime.execute("return randomkit.double(torch.Tensor(700)), torch.uniform(), randomkit.double()")
    rs = numpys()
    assert got[0].totable() == rs.random_sample(700).tolist()
    assert got[1] == rs.randint(0, 2**32, dtype=np.int64) / 2**32 and got[2] == rs.random_sample()


def test_states_know_the_number_that_waits(runtime):
    got = runtime.execute(
        """
        randomkit.gauss()
        local state, first = torch.getRNGState(), randomkit.gauss()
        torch.manualSeed(5)
        local again = {randomkit.gauss(), randomkit.gauss()}
        torch.setRNGState(torch.deserialize(torch.serialize(state)))
        local own = torch.Generator()
        torch.manualSeed(own, 1)
        torch.setRNGState(own, torch.getRNGState(own))
        return first, randomkit.gauss(), again[2], select(2, pcall(torch.setRNGState, torch.ByteTensor(5)))
        """
    )
    rs = numpys()
    rs.standard_normal()
    assert got[0] == got[1] == got[2] == rs.standard_normal() and "was not saved with randomkit" in got[3]


def test_results_of_tensors(runtime):
    got = runtime.execute(
        """
        return torch.type(randomkit.uniform(torch.zeros(2), 1)), torch.type(randomkit.randint(torch.zeros(2), 3)),
          randomkit.exponential(torch.Tensor{2}):size(1), torch.type(randomkit.poisson(torch.ones(3)))
        """
    )
    assert got == ("torch.IntTensor", "torch.IntTensor", 1, "torch.DoubleTensor")


@pytest.mark.parametrize(
    "call, words",
    [
        ("normal(1)", "need 2 arguments"),
        ("normal('x', 1)", "number or tensor expected"),
        ("normal(3, 0, 1)", "Invalid type number for result"),
        ("normal(torch.zeros(2), torch.zeros(3), 1)", "does not match result size"),
        ("normal(torch.zeros(2), torch.zeros(3))", "does not match result size"),
        ("normal(torch.zeros(2, 2):t(), 0, 1)", "only contiguous"),
        ("normal(0, -1)", "scale < 0"),
        ("bytes(torch.zeros(2))", "only store into a ByteTensor"),
        ("binomial(0/0, 1)", "randomkit: "),
    ],
)
def test_what_does_not_fit(runtime, call, words):
    with pytest.raises(TorchError, match=words):
        runtime.execute(f"return randomkit.{call}")
