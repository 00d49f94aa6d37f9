import numpy as np
import pytest

from tests.naive import margins as naive
from torchnn import kernels


def labels_of(rows, classes):
    """Random labels with zeros among them, also in front and nowhere."""
    labels = np.random.default_rng(1).integers(0, classes + 1, (rows, classes))
    labels[0] = np.arange(1, classes + 1)
    labels[1] = 0
    return labels


variants = pytest.mark.parametrize("variant, dtype", [("serial", np.float64), ("parallel", np.float32)])


@variants
@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_one_label(variant, dtype, power, weighted):
    random = np.random.default_rng(0)
    x, labels = random.standard_normal((5, 7)).astype(dtype), np.array([1, 7, 3, 4, 4])
    x[0, 2] = np.nan
    weights = random.uniform(1, 2, 7 if weighted else 0).astype(dtype)
    total, gradient = naive.one_label(x, labels, weights if weighted else np.ones(7, dtype), dtype(0.7), power)
    how, got_gradient = (labels, weights, dtype(0.7), power == 2), np.full_like(x, 7)
    tolerance = 1e-5 if dtype is np.float32 else 1e-12
    starts = dtype(0.7) - x[np.arange(5), labels - 1]
    found = getattr(kernels.margins.forward, variant)(x, labels, weights, starts, power == 2)
    assert found == pytest.approx(total, rel=tolerance)
    getattr(kernels.margins.backward, variant)(x, *how, dtype(0.5), got_gradient)
    np.testing.assert_allclose(got_gradient, gradient / 2, rtol=tolerance, atol=tolerance)


@variants
@pytest.mark.parametrize("rows, classes", [(2, 1), (5, 4), (7, 37)])
def test_several_labels(variant, dtype, rows, classes):
    x, labels = np.random.default_rng(0).standard_normal((rows, classes)).astype(dtype), labels_of(rows, classes)
    x[-1, 0] = np.nan
    total, marks, gradient = naive.multi_label(x, labels)
    got_marks, got_gradient = np.full_like(x, 7), np.full_like(x, 7)
    got = getattr(kernels.margins.multi_label_forward, variant)(x, labels, got_marks)
    getattr(kernels.margins.multi_label_backward, variant)(x, labels, got_marks, dtype(0.5), got_gradient)
    assert got == pytest.approx(total, rel=1e-5 if dtype is np.float32 else 1e-12)
    np.testing.assert_array_equal(got_marks, marks)
    np.testing.assert_array_equal(got_gradient, gradient / 2)
