import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, RangeError, SizeError


def test_negative_log_likelihood():
    x, labels, weights = torch.randn(4, 3), torch.LongTensor([1, 3, 2, 3]), torch.Tensor([1, 2, 0.5])
    picked, w = x.numpy()[np.arange(4), [0, 2, 1, 2]], weights.numpy()[[0, 2, 1, 2]]
    criterion = nn.ClassNLLCriterion(weights)
    assert criterion.forward(x, labels) == pytest.approx(-(picked * w).sum() / w.sum())
    expected = np.zeros((4, 3))
    expected[np.arange(4), [0, 2, 1, 2]] = -w / w.sum()
    np.testing.assert_allclose(criterion.backward(x, labels).numpy(), expected)


@pytest.mark.parametrize("labels", [[1, 2.0, 3, 1], np.array([1, 2, 3, 1]), torch.ByteTensor([1, 2, 3, 1])])
def test_labels_of_any_kind(labels):
    x = torch.randn(4, 3)
    expected = nn.ClassNLLCriterion().forward(x, torch.LongTensor([1, 2, 3, 1]))
    assert nn.ClassNLLCriterion().forward(x, labels) == expected


@pytest.mark.parametrize("label", [1, 1.0, np.int64(1), np.float32(1), torch.LongTensor([1])])
def test_a_label_of_any_kind(label):
    assert nn.ClassNLLCriterion().forward(torch.Tensor([-2, -1]), label) == 2


def test_weights_of_binary_targets_go_by_the_target():
    weights, x = torch.Tensor([1, 2, 3]), torch.Tensor([0.1, 0.2, 0.3])
    criterion = nn.BCECriterion(weights)
    expected = criterion.forward(x, torch.Tensor([1, 0, 1])), criterion.backward(x, torch.Tensor([1, 0, 1])).totable()
    column = x.view(3, 1)
    assert criterion.forward(column, torch.Tensor([1, 0, 1])) == expected[0]
    assert criterion.backward(column, torch.Tensor([1, 0, 1])).totable() == [[each] for each in expected[1]]
    assert criterion.forward(x, torch.Tensor([[1, 0, 1]])) == expected[0]
    with pytest.raises(SizeError, match="do not fit"):
        criterion.forward(x, torch.Tensor([[1], [0], [1]]))


def test_a_target_module_is_converted_whatever_the_flag_says():
    for flag in (None, True, False):
        criterion = nn.ModuleCriterion(nn.MSECriterion(), None, nn.Linear(2, 2), flag)
        assert criterion.float().targetModule.weight.type() == "torch.FloatTensor"


def test_wrong_labels_among_ignored_ones():
    with pytest.raises(RangeError, match="label 4 of 3"):
        nn.ClassNLLCriterion().forward(torch.randn(3, 3), [-100, 4, 1])
    assert nn.ClassNLLCriterion(None, True, 7).forward(torch.ones(2, 3), [7, 1]) == -1


def test_the_loss_of_nothing_is_zero_and_not_minus_zero():
    x = torch.randn(2, 3)
    for weights in (None, torch.ones(3)):
        assert str(nn.ClassNLLCriterion(weights, True, 1).forward(x, [1, 1])) == "0.0"


def test_a_number_does_not_write_into_the_last_targets():
    criterion, labels = nn.ClassNLLCriterion(), torch.LongTensor([2, 1])
    criterion.forward(torch.randn(2, 3), labels)
    criterion.forward(torch.randn(3), 3)
    assert labels.totable() == [2, 1]


@pytest.mark.parametrize(
    "target, error",
    [
        (torch.LongTensor([1, 0]), RangeError),
        (torch.LongTensor([4, 1]), RangeError),
        (torch.LongTensor([-(2**63), 1]), RangeError),
        (torch.Tensor([float("nan"), 1]), RangeError),
        (torch.LongTensor([1]), SizeError),
        (torch.LongTensor(2, 1).fill(1), SizeError),
        (torch.LongTensor(), SizeError),
        (None, ArgumentError),
        ("cat", ArgumentError),
    ],
)
def test_bad_labels_leave_the_criterion_usable(target, error):
    criterion, x = nn.ClassNLLCriterion(), torch.randn(2, 3)
    expected = criterion.forward(x, [1, 2])
    for method in (criterion.forward, criterion.backward):
        with pytest.raises(error):
            method(x, target)
    assert criterion.output == expected
    assert criterion.forward(x, [1, 2]) == expected


@pytest.mark.parametrize("criterion", [nn.MSECriterion, nn.AbsCriterion, nn.SmoothL1Criterion, nn.BCECriterion])
@pytest.mark.parametrize("target", [torch.rand(2, 4), torch.FloatTensor(2, 3), torch.IntTensor(2, 3), None, 1])
def test_distances_refuse_what_does_not_fit(criterion, target):
    with pytest.raises((SizeError, ArgumentError)):
        criterion().forward(torch.rand(2, 3), target)


def test_not_a_number_passes_through():
    x, t = torch.Tensor([1, float("nan"), float("inf")]), torch.zeros(3)
    for criterion in (nn.MSECriterion(), nn.AbsCriterion(), nn.SmoothL1Criterion()):
        assert np.isnan(criterion.forward(x, t))
        gradient = criterion.backward(x, t).numpy()
        assert np.isnan(gradient[1]) or isinstance(criterion, nn.AbsCriterion)
        assert gradient[0] > 0 and gradient[2] > 0
    with pytest.raises(SizeError, match="between 0~1"):
        nn.BCECriterion().forward(x, t)


@pytest.mark.parametrize("kind", [torch.FloatTensor, torch.DoubleTensor])
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("label", [1, 3, 6])
@pytest.mark.parametrize("score", [1e5 / 3, 1e30, np.inf])
def test_a_large_score_of_the_label_leaves_no_part_of_its_margin(kind, p, label, score):
    criterion, x = nn.MultiMarginCriterion(p).type(torch.typename(kind())), kind(6).fill(1)
    x[label - 1] = score
    assert criterion.forward(x, label) == 0
    assert criterion.backward(x, label).totable() == [0] * 6


@pytest.mark.parametrize("kind", [torch.FloatTensor, torch.DoubleTensor])
def test_soft_margins_overflow_as_doubles_do(kind):
    criterion = nn.SoftMarginCriterion().type(torch.typename(kind()))
    x, target = kind([700, -700, -89]), kind([-1, 1, 1])
    assert criterion.forward(x, target) == pytest.approx(1489 / 3)
    assert criterion.forward(x.mul(2), target) == np.inf


def test_gradients_at_the_corners():
    x, t = torch.Tensor([0, 1, -1, 3]), torch.zeros(4)
    assert nn.AbsCriterion(False).backward(x, t).totable() == [1, 1, -1, 1]
    assert nn.SmoothL1Criterion(False).backward(x, t).totable() == [0, 1, -1, 1]


def test_cross_entropy_follows_its_flag_and_its_part():
    x, labels = torch.randn(3, 4), torch.LongTensor([1, 4, 2])
    criterion = nn.CrossEntropyCriterion()
    mean = criterion.forward(x, labels)
    criterion.sizeAverage = False
    assert criterion.forward(x, labels) == pytest.approx(3 * mean)
    criterion.nll.sizeAverage = True
    assert criterion.forward(x, labels) == mean


def test_sums_of_criterions():
    x, t = torch.randn(4), torch.randn(4)
    both = nn.MultiCriterion().add(nn.MSECriterion(), 2).add(nn.AbsCriterion())
    mse, absolute = nn.MSECriterion(), nn.AbsCriterion()
    assert both.forward(x, t) == pytest.approx(2 * mse.forward(x, t) + absolute.forward(x, t))
    expected = 2 * mse.backward(x, t).numpy() + absolute.backward(x, t).numpy()
    np.testing.assert_allclose(both.backward(x, t).numpy(), expected)
    with pytest.raises(ArgumentError, match="no criterion provided"):
        both.add(None)


def test_parallel_criterions_drop_their_gradients_with_the_type():
    criterion = nn.ParallelCriterion().add(nn.MSECriterion()).add(nn.AbsCriterion())
    x = [torch.ones(2), torch.zeros(3)]
    criterion.backward(x, x)
    assert criterion.float().gradInput == []
    assert criterion.criterions[0].gradInput.type() == "torch.FloatTensor"
    mixed = [torch.ones(2).float(), [torch.ones(2).float()]]
    assert nn.ParallelCriterion().float().backward(mixed, mixed)[1][0].type() == "torch.FloatTensor"
