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


@pytest.mark.parametrize("variant, dtype", [("serial", np.float64), ("parallel", np.float32)])
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
