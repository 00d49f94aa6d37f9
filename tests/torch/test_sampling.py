"""Drawing categories: distributions that come out, bounds, and what must not change."""

import math

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import MissingError, TorchError


def test_categories_are_the_first_that_reach_a_uniform_number():
    weights = np.random.RandomState(1).uniform(0, 5, (4, 30))
    torch.manualSeed(9)
    drawn = torch.multinomial(torch.Tensor(weights), 500, True).array
    shares = np.cumsum(weights, 1) / weights.sum(1, keepdims=True)
    units = np.random.RandomState(9).randint(0, 2**32, (4, 500), np.uint32) / 2.0**32
    for row in range(4):
        assert drawn[row].tolist() == (np.searchsorted(shares[row], units[row]) + 1).tolist(), f"row {row}"


@pytest.mark.parametrize("typename", ["Double", "Float"])
def test_without_replacement_every_category_comes_once(typename):
    weights = getattr(torch, f"{typename}Tensor")(5, 40).uniform(0.01, 1)
    drawn = torch.multinomial(weights, 40).array
    assert (np.sort(drawn, 1) == np.arange(1, 41)).all()


def test_categories_without_weight_are_not_drawn():
    drawn = torch.multinomial(torch.Tensor([0, 1, 0, 3, 0]), 1000, True).array
    assert set(drawn.tolist()) == {2, 4}
    assert abs((drawn == 4).mean() - 0.75) < 0.05


def test_results():
    p = torch.Tensor([1, 2, 3])
    r = torch.LongTensor(7, 7)
    assert torch.multinomial(r, p, 2) is r and r.shape == (2,)
    assert p.multinomial(r, p, 4, True) is r and r.shape == (4,)
    assert torch.DoubleTensor.multinomial(r, torch.Generator(), p, 1) is r
    assert p.multinomial(2).shape == (2,)
    assert torch.multinomial([[0.5, 0.5]], 1).shape == (1, 1)
    assert p.array.tolist() == [1, 2, 3]


def test_a_strided_vector_is_read_as_its_neighbours():
    whole = torch.Tensor([[0, 9, 9], [1, 9, 9], [0, 9, 9]])
    p = whole.select(2, 1)
    drawn = torch.multinomial(p, 20, True).array
    assert set(drawn.tolist()) <= {2, 3}
    assert p.stride().totable() == [1] and p.shape == (3,)


BAD = {
    "none": lambda p: torch.multinomial(p, 0),
    "too many": lambda p: torch.multinomial(p, 4),
    "no weight": lambda p: torch.multinomial(p.clone().zero(), 1),
    "nan": lambda p: torch.multinomial(torch.Tensor([1, math.nan]), 1),
    "negative sum": lambda p: torch.multinomial(torch.Tensor([1, -2]), 1),
    "empty": lambda p: torch.multinomial(torch.Tensor(), 1),
    "three dimensions": lambda p: torch.multinomial(torch.Tensor(2, 2, 2), 1),
    "integers": lambda p: torch.multinomial(torch.IntTensor([1, 2]), 1),
    "a category without probability": lambda p: torch.multinomialAliasSetup(torch.Tensor([0, 1])),
    "nothing to set up": lambda p: torch.multinomialAliasSetup(torch.Tensor()),
    "two dimensions of aliases": lambda p: torch.multinomialAlias(
        torch.LongTensor(2, 2), torch.multinomialAliasSetup(p)
    ),
    "tables of two sizes": lambda p: torch.multinomialAlias(torch.LongTensor(2), [torch.LongTensor(3), p]),
}


@pytest.mark.parametrize("name", BAD)
def test_errors_draw_nothing(name):
    p = torch.Tensor([0.25, 0.75])
    state = torch.getRNGState().array.tobytes()
    with pytest.raises((TorchError, MissingError)):
        BAD[name](p)
    assert p.array.tolist() == [0.25, 0.75] and p.shape == (2,), name
    assert torch.getRNGState().array.tobytes() == state, f"{name}: something was drawn"


@pytest.mark.parametrize("weights", [[1, math.inf], [1e-300, 1e300], [-1, 3], [5e-324, 0, 0]])
def test_odd_weights_stay_within_the_categories(weights):
    for replacement, n in ((True, 50), (False, len(weights))):
        drawn = torch.multinomial(torch.Tensor(weights), n, replacement).array
        assert drawn.min() >= 1 and drawn.max() <= len(weights)


def test_alias_tables_hold_the_probabilities():
    # The first category is the smallest, so that it is nobody's alias: Torch7 takes that for no alias.
    p = np.sort(np.random.RandomState(5).uniform(0.1, 1, 50))
    p /= p.sum()
    alias, q = (table.array for table in torch.multinomialAliasSetup(torch.Tensor(p)))
    held = q.copy()
    np.add.at(held, alias - 1, 1 - q)
    assert q.min() > 0 and q.max() <= 1 and alias.min() >= 1 and alias.max() <= 50
    np.testing.assert_allclose(held / 50, p, rtol=1e-12)


def test_alias_state_is_filled_in_place():
    state = [torch.LongTensor(), torch.Tensor()]
    alias, q = state
    made = torch.multinomialAliasSetup(torch.Tensor([0.5, 0.5]), state)
    assert made is state and made[0] is alias and made[1] is q and q.array.tolist() == [1, 1]
    output = torch.LongTensor(100)
    assert torch.multinomialAlias(output, state) is output
    assert set(output.array.tolist()) == {1, 2}


def test_more_draws_than_fit_memory():
    with pytest.raises(TorchError, match="not enough memory"):
        torch.multinomial(torch.Tensor([1, 2]), 10**15, True)
