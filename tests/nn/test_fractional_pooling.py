import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError


def test_windows_follow_the_samples():
    m = nn.SpatialFractionalMaxPooling(2, 3, 3, 2)
    x = torch.randn(2, 2, 8, 9)
    y = m.forward(x)
    for n in range(2):
        for c in range(2):
            w, h = m.randomSamples.array[n, c]
            step_w, step_h = (9 - 2) / 2, (8 - 3) / 1
            columns = [int((i + w) * step_w) - int(w * step_w) for i in range(2)] + [7]
            rows = [int((i + h) * step_h) - int(h * step_h) for i in range(1)] + [5]
            want = [[x.array[n, c, r : r + 3, k : k + 2].max() for k in columns] for r in rows]
            np.testing.assert_array_equal(y.array[n, c], want)
    places = m.indices.array.reshape(4, -1) - 1
    np.testing.assert_array_equal(np.take_along_axis(x.array.reshape(4, -1), places, 1), y.array.reshape(4, -1))


def test_regions_can_be_kept():
    m = nn.SpatialFractionalMaxPooling(2, 2, 0.7, 0.7)
    x = torch.randn(1, 20, 20)
    first = m.forward(x).clone()
    assert not np.array_equal(m.forward(x).array, first.array)
    m.fixPoolingRegions()
    first = m.forward(x).clone()
    np.testing.assert_array_equal(m.forward(x).array, first.array)


def test_one_output_takes_the_last_window():
    x = torch.range(1, 16).resize(1, 4, 4)
    assert nn.SpatialFractionalMaxPooling(2, 2, 1, 1).forward(x).array.tolist() == [[[16]]]


def test_broken_indices_are_refused():
    m = nn.SpatialFractionalMaxPooling(2, 2, 2, 2)
    x = torch.randn(1, 6, 6)
    y = m.forward(x).clone()
    m.indices.array[0, 0, 0] = 37
    with pytest.raises(SizeError, match="invalid max index"):
        m.backward(x, y)


def test_the_largest_frames_keep_their_order():
    x = torch.Tensor([[3], [1], [4], [1], [5]])
    m = nn.TemporalDynamicKMaxPooling(2, 0.6)
    assert m.forward(x).array.ravel().tolist() == [3, 4, 5]
    assert m.indices.array.ravel().tolist() == [1, 3, 5]
    assert m.backward(x, torch.ones(3, 1)).array.ravel().tolist() == [1, 0, 1, 0, 1]


def test_feature_pooling_is_the_norm_of_each_window():
    x = torch.randn(2, 7, 3)
    y = nn.FeatureLPPooling(3, 2, 2, True).forward(x)
    want = [np.sqrt((x.array[:, k : k + 3] ** 2).sum(1)) for k in (0, 2, 4)]
    np.testing.assert_allclose(y.array, np.stack(want, axis=1), rtol=1e-12)


def test_feature_pooling_has_no_text_in_torch7():
    with pytest.raises(ArgumentError, match="number expected, got boolean"):
        nn.FeatureLPPooling(2, 1, 2, False).__tostring__()
    assert str(nn.FeatureLPPooling(2, 1, 2)) == "nn.FeatureLPPooling"
