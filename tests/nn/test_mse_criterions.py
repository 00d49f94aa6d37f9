import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import RangeError, SizeError


@pytest.mark.parametrize("classes", [2, 3, 7, 40])
def test_corners_are_those_of_a_regular_simplex(classes):
    corners = nn.ClassSimplexCriterion(classes).simplex.numpy()
    products = corners @ corners.T
    np.testing.assert_allclose(np.diag(products), 1, rtol=1e-12)
    np.testing.assert_allclose(products[~np.eye(classes, dtype=bool)], -1 / (classes - 1), rtol=1e-10)
    np.testing.assert_allclose(corners.sum(0), 0, atol=1e-12)


def test_a_corner_predicts_its_class():
    criterion = nn.ClassSimplexCriterion(5)
    assert criterion.getTopPrediction(criterion.simplex).totable() == [1, 2, 3, 4, 5]
    assert criterion.getPredictions(criterion.simplex[2].clone()).totable()[0] == pytest.approx(
        [-0.25, -0.25, 1, -0.25, -0.25]
    )


@pytest.mark.parametrize("label", [0, 4, -3])
def test_classes_out_of_range(label):
    with pytest.raises(RangeError, match="1..3"):
        nn.ClassSimplexCriterion(3).forward(torch.randn(2, 3), torch.LongTensor([1, label]))


@pytest.mark.parametrize("input, target", [((2, 3, 3), (2, 6, 5)), ((1, 2, 2, 5), (1, 2, 7, 8))])
def test_the_target_is_cropped_around_its_centre(input, target):
    x, t = torch.randn(*input), torch.randn(*target)
    top, left = (target[-2] - input[-2]) // 2, (target[-1] - input[-1]) // 2
    cropped = t.numpy()[..., top : top + input[-2], left : left + input[-1]]
    loss = nn.SpatialAutoCropMSECriterion().forward(x, t)
    assert loss == pytest.approx(np.mean((x.numpy() - cropped) ** 2))
    with pytest.raises(SizeError, match="same size"):
        nn.SpatialAutoCropMSECriterion().backward(x, t)


def test_weights_multiply_the_target():
    x, t, w = np.random.default_rng(0).standard_normal((3, 2, 4))
    criterion = nn.WeightedMSECriterion(w[0])
    assert criterion.forward(x, t) == pytest.approx(np.mean((x - w[0] * t) ** 2))
    np.testing.assert_allclose(criterion.backward(x, t).numpy(), (x - w[0] * t) / 4)
    with pytest.raises(SizeError, match="weight"):
        criterion.forward(torch.randn(2, 3), torch.randn(2, 3))
    assert criterion.forward(x, t.astype(np.int32)) == pytest.approx(np.mean((x - w[0] * t.astype(int)) ** 2))
