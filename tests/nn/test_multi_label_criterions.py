import numpy as np
import pytest

from tests.naive import margins as naive
from torchnn import nn, torch
from torchnn.errors import RangeError, SizeError

LABELS = [[2, 4, 0, 1], [1, 0, 0, 0], [3, 1, 2, 4], [0, 3, 3, 3], [2, 2, 0, 0]]


@pytest.mark.parametrize("size_average", [True, False])
def test_multi_label_margin_against_loops(size_average):
    x = torch.randn(5, 4)
    criterion = nn.MultiLabelMarginCriterion()
    criterion.sizeAverage = size_average
    total, marks, gradient = naive.multi_label(x.numpy(), LABELS)
    norm = 1 / (20 if size_average else 4)
    assert criterion.forward(x, torch.LongTensor(LABELS)) == pytest.approx(total * norm)
    np.testing.assert_array_equal(criterion.isTarget.numpy(), marks)
    np.testing.assert_allclose(criterion.backward(x, torch.LongTensor(LABELS)).numpy(), gradient * norm)


@pytest.mark.parametrize("label", [-1, 5, 2**40])
def test_labels_out_of_range_change_nothing(label):
    criterion, x = nn.MultiLabelMarginCriterion(), torch.randn(2, 4)
    criterion.forward(x, torch.LongTensor([[1, 0, 0, 0], [2, 0, 0, 0]]))
    before = criterion.isTarget.clone()
    with pytest.raises(RangeError, match="out of range"):
        criterion.forward(x, torch.LongTensor([[1, 0, 0, 0], [2, 0, 0, label]]))
    assert criterion.isTarget.equal(before)


def test_backward_needs_the_marks_of_forward():
    criterion = nn.MultiLabelMarginCriterion()
    with pytest.raises(SizeError, match="isTarget"):
        criterion.backward(torch.randn(3), torch.LongTensor([1, 0, 0]))


def test_soft_margins_of_large_scores_do_not_overflow():
    criterion = nn.MultiLabelSoftMarginCriterion(None, False)
    x, target = torch.Tensor([1000, -1000, 1000, -1000]), torch.Tensor([1, 0, 0, 1])
    assert criterion.forward(x, target) == 2000
    assert criterion.backward(x, target).totable() == [0, 0, 1, -1]


def test_soft_margins_are_cross_entropy_of_sigmoids():
    weights, x, target = torch.rand(4), torch.randn(3, 4), torch.rand(3, 4)
    criterion = nn.MultiLabelSoftMarginCriterion(weights)
    expected = nn.BCECriterion(weights).forward(torch.sigmoid(x), target)
    assert criterion.forward(x, target) == pytest.approx(expected, rel=1e-9)
    with pytest.raises(SizeError, match="do not fit"):
        criterion.forward(torch.randn(3, 5), torch.rand(3, 5))
