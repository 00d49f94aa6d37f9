import copy

import pytest

from tests.cases.case import case_id
from tests.cases.criterions import CASES
from tests.cases.driver import as_floats, directions, floating, projection, same, slope, strided
from torchnn import torch

every_criterion = pytest.mark.parametrize("case", CASES, ids=case_id)


@pytest.mark.parametrize("case", [case for case in CASES if case.gradient], ids=case_id)
def test_gradient_is_the_derivative(case):
    criterion, value, target = case.make(), case.input(), case.target()
    criterion.forward(value, target)
    found = floating(copy.deepcopy(criterion.backward(value, target)))
    along = directions(floating(value))
    expected = slope(lambda: criterion.forward(value, target), floating(value), along)
    assert abs(projection(found, along) - expected) < 1e-6 * max(1, abs(expected))


@every_criterion
def test_tensors_that_are_not_contiguous(case):
    criterion, value, target = case.make(), case.input(), case.target()
    loss, gradient = copy.deepcopy(criterion(value, target))
    got = criterion(strided(value), strided(target))
    same([x for x in got if x is not None], [x for x in (loss, gradient) if x is not None])


@every_criterion
def test_floats_are_doubles_rounded(case):
    criterion, value, target = case.make(), case.input(), case.target()
    loss, gradient = copy.deepcopy(criterion(value, target))
    assert criterion.float() is criterion
    got = criterion(as_floats(value), as_floats(target))
    same([x for x in got if x is not None], [x for x in (loss, gradient) if x is not None], 2e-5)


@every_criterion
def test_a_loss_is_a_number(case):
    loss = case.make().forward(case.input(), case.target())
    assert type(loss) is (float if case.gradient else type(None))


@every_criterion
def test_a_clone_and_a_file_are_equal(case):
    criterion, value, target = case.make(), case.input(), case.target()
    loss = criterion.forward(value, target)
    assert criterion.clone().forward(value, target) == loss
    loaded = torch.deserialize(torch.serialize(criterion))
    assert loaded.forward(value, target) == loss
    assert str(loaded) == str(criterion) == f"nn.{case.name}"
