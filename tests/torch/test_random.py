"""Random numbers, against numpy's Mersenne Twister and the formulas of the distributions."""

import math

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, MissingError, SizeError, TorchError

SEED = 4321
MODULI = {"Byte": 2**8, "Char": 2**7, "Short": 2**15, "Int": 2**31, "Long": 2**63}


def words(count, seed=SEED):
    return np.random.RandomState(seed).randint(0, 2**32, size=count, dtype=np.uint32).astype(np.uint64)


def units(count, seed=SEED):
    return words(count, seed) / 2.0**32


@pytest.fixture(autouse=True)
def seeded(fresh_state):
    torch.manualSeed(SEED)


def box_muller(u, mean=0.0, stdv=1.0):
    """Pairs of uniform numbers as pairs of normal ones."""
    angle, radius = 2 * np.pi * u[0::2], np.sqrt(-2 * np.log(1 - u[1::2]))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1) * stdv + mean


def test_words_are_those_of_the_mersenne_twister():
    assert [torch.random() for _ in range(2000)] == words(2000).tolist()


@pytest.mark.parametrize("seed", [0, 1, 5489, 2**31, 2**32 - 1])
def test_seeds(seed):
    torch.manualSeed(seed)
    assert torch.random() == int(words(1, seed)[0]), f"seed {seed}"


FORMULAS = {
    "uniform": ((-1.5, 2.5), lambda u: u * 4 - 1.5),
    "exponential": ((2.5,), lambda u: -np.log(1 - u) / 2.5),
    "cauchy": ((2, 0.5), lambda u: 2 + 0.5 * np.tan(np.pi * (u - 0.5))),
    "geometric": ((0.3,), lambda u: np.floor(np.log(1 - u) / math.log(0.3)) + 1),
    "bernoulli": ((0.3,), lambda u: (u <= 0.3).astype(float)),
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("typename", ["Double", "Float"])
def test_distributions_of_one_word(name, typename):
    parameters, formula = FORMULAS[name]
    x = getattr(torch, f"{typename}Tensor")(1500)
    assert getattr(x, name)(*parameters) is x
    expected = formula(units(1500)).astype(x.dtype)
    np.testing.assert_allclose(x.array, expected, rtol=1e-6 if typename == "Float" else 1e-12, err_msg=name)


@pytest.mark.parametrize("name", FORMULAS)
def test_numbers_and_tensors_draw_the_same(name):
    parameters, _ = FORMULAS[name]
    numbers = [getattr(torch, name)(*parameters) for _ in range(700)]
    torch.manualSeed(SEED)
    assert getattr(torch.Tensor(700), name)(*parameters).array.tolist() == numbers


@pytest.mark.parametrize("count", [1, 2, 7, 624, 1023, 1024, 1025, 2049])
def test_normal_by_any_division(count):
    whole = torch.Tensor(3000).normal(1, 2).array
    np.testing.assert_allclose(whole, box_muller(units(3000), 1, 2), rtol=1e-12)
    torch.manualSeed(SEED)
    parts = torch.Tensor(3000)
    for first in range(0, 3000, count):
        parts.narrow(1, first + 1, min(count, 3000 - first)).normal(1, 2)
    assert parts.array.tolist() == whole.tolist(), f"drawn by {count}"


def test_a_waiting_normal_survives_other_draws():
    pair = box_muller(units(2))
    assert torch.normal() == pytest.approx(pair[0], rel=1e-13)
    torch.rand(1000)
    assert torch.logNormal(1, 0.5) == pytest.approx(math.exp(pair[1] * 0.5 + 1), rel=1e-13)
    torch.normal()
    torch.manualSeed(SEED)
    assert torch.normal() == pytest.approx(pair[0], rel=1e-13)


@pytest.mark.parametrize("typename", MODULI)
def test_random_in_integer_tensors(typename):
    x = getattr(torch, f"{typename}Tensor")(50, 20)
    assert x.random().array.reshape(-1).tolist() == (words(1000) % np.uint64(MODULI[typename])).tolist()
    torch.manualSeed(SEED)
    assert x.random(2, 7).array.reshape(-1).tolist() == (words(1000) % np.uint64(6) + np.uint64(2)).tolist()


def test_random_of_large_bounds_is_exact():
    low = 2**62
    assert torch.LongTensor(3).random(low, low + 9).array.tolist() == [low + int(w) % 10 for w in words(3)]
    assert torch.LongTensor(2).random(-(2**63), 2**63 - 1).dim() == 1


@pytest.mark.parametrize("n", [1, 2, 3, 10, 255, 65_537, 2**31 - 1, 2**31 + 1, 4_294_967_291, 2**32 - 1, 2**32, 2**40])
def test_random_is_the_rest_of_a_word(n):
    x = torch.LongTensor(50_000).random(n)
    assert np.array_equal(x.array, words(50_000).astype(np.int64) % min(n, 2**32) + 1)


def test_negative_bounds_of_float_tensors_wrap():
    x = torch.Tensor(200).random(-5, 5).array
    assert set(x.tolist()) == {float(v % 2**64) for v in range(-5, 6)}


@pytest.mark.parametrize("name", ["uniform", "normal", "random", "bernoulli"])
def test_views_are_filled_in_their_own_order(name):
    expected = getattr(torch.Tensor(4, 3), name)().array
    torch.manualSeed(SEED)
    whole = torch.Tensor(3, 6).fill(7)
    getattr(whole.narrow(2, 2, 4).t(), name)()
    assert whole.array[:, 1:5].T.tolist() == expected.tolist()
    assert (whole.array[:, [0, 5]] == 7).all(), "the view's neighbours changed"


def test_bernoulli_with_a_probability_for_each():
    p = torch.FloatTensor([[0, 1], [0.25, 0.75]])
    x = torch.ByteTensor(4).bernoulli(p)
    assert x.array.tolist() == (units(4) <= p.array.reshape(-1)).astype(int).tolist()
    assert torch.Tensor(2).bernoulli(np.array([0.0, 1.0])).array.tolist() == [0, 1]


@pytest.mark.parametrize("count", [1, 2, 50, 1000])
def test_randperm(count):
    expected = np.arange(1, count + 1)
    for i, w in enumerate(words(count - 1).tolist()):
        j = i + w % (count - i)
        expected[[i, j]] = expected[[j, i]]
    assert torch.randperm(count).array.tolist() == expected.tolist()


def test_new_tensors():
    assert torch.typename(torch.rand(2, 3, "torch.FloatTensor")) == "torch.FloatTensor"
    assert torch.rand(torch.LongStorage([2, 3])).shape == (2, 3)
    r = torch.Tensor(9)
    assert torch.randn(r, torch.Generator(), 2, 2) is r and r.shape == (2, 2)
    assert r.rand(3) is r and r.shape == (3,)
    assert torch.rand(0).dim() == 0
    assert torch.typename(torch.randperm(4, "torch.IntTensor")) == "torch.IntTensor"
    torch.setdefaulttensortype("torch.FloatTensor")
    assert torch.typename(torch.randn(2)) == "torch.FloatTensor"


def test_float_parameters_take_the_type_of_the_tensor():
    x = torch.FloatTensor(1000).uniform(-0.1, 0.1).array
    low, high = float(np.float32(-0.1)), float(np.float32(0.1))
    assert x.tolist() == (units(1000) * (high - low) + low).astype(np.float32).tolist()


BAD = {
    "normal stdv": (lambda x: x.normal(0, 0), SizeError),
    "normal nan": (lambda x: x.normal(0, math.nan), SizeError),
    "logNormal": (lambda x: x.logNormal(0, -1), SizeError),
    "geometric": (lambda x: x.geometric(1), SizeError),
    "bernoulli": (lambda x: x.bernoulli(-0.1), SizeError),
    "bernoulli nan": (lambda x: x.bernoulli(math.nan), SizeError),
    "bernoulli each": (lambda x: x.bernoulli(torch.Tensor([0, 2, 0])), SizeError),
    "bernoulli count": (lambda x: x.bernoulli(torch.Tensor([0, 1])), SizeError),
    "random 0": (lambda x: x.random(0), SizeError),
    "random reversed": (lambda x: x.random(3, 2), SizeError),
    "random nan": (lambda x: x.random(math.nan), SizeError),
    "random huge": (lambda x: x.random(1e300), SizeError),
    "uniform text": (lambda x: x.uniform("a"), ArgumentError),
    "exponential": (lambda x: x.exponential(), ArgumentError),
    "array": (lambda x: torch.uniform(np.zeros(3)), ArgumentError),
    "rand nothing": (lambda x: torch.rand(), ArgumentError),
    "rand text": (lambda x: torch.rand("a"), ArgumentError),
    "rand integers": (lambda x: torch.rand(2, "torch.IntTensor"), MissingError),
    "rand huge": (lambda x: torch.rand(2**40, 2**40), TorchError),
    "randperm 0": (lambda x: torch.randperm(0), SizeError),
    "randperm huge": (lambda x: torch.randperm(1e300), TorchError),
    "randperm of a tensor": (lambda x: torch.randperm(x), ArgumentError),
    "uniform of integers": (lambda x: torch.IntTensor(2).uniform(), MissingError),
}


@pytest.mark.parametrize("name", BAD)
def test_errors_come_before_anything_changes(name):
    call, error = BAD[name]
    x = torch.Tensor([1, 2, 3])
    state = torch.getRNGState().array.tobytes()
    with pytest.raises(error):
        call(x)
    assert x.array.tolist() == [1, 2, 3], name
    assert torch.getRNGState().array.tobytes() == state, f"{name}: something was drawn"


def test_parameters_that_c_accepts():
    with np.errstate(all="raise"):
        assert torch.exponential(0) == math.inf
        assert torch.FloatTensor(2).uniform(0, 1e300).array.tolist() == [math.inf, math.inf]
        assert torch.geometric(1 - 2**-53) < 2**31
        assert torch.Tensor().normal().dim() == 0


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("count", [70_000, 70_001, 131_073, 131_075])
def test_many_normal_numbers_are_those_of_few_at_a_time(count, before):
    def drawn(step):
        torch.manualSeed(5)
        first = [torch.normal() for _ in range(before)]
        x = torch.FloatTensor(count)
        for begin in range(1, count + 1, step):
            x.narrow(1, begin, min(step, count + 1 - begin)).normal(1, 2)
        return np.array([*first, *x.array, *[torch.normal() for _ in range(3)]])

    assert np.array_equal(drawn(count), drawn(9001))
