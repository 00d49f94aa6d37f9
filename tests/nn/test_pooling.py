import copy

import numpy as np
import pytest

from tests.naive import pooling as naive
from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError


def tensor(*size):
    return torch.randn(*size)


@pytest.mark.parametrize("size", [(2, 6, 7), (3, 2, 6, 7)])
def test_maximum_of_single_and_batch(size):
    m = nn.SpatialMaxPooling(3, 2, 2, 2, 1, 1)
    x = tensor(*size)
    y = m.forward(x)
    for plane, got, where in zip(
        x.array.reshape(-1, 6, 7), y.array.reshape(-1, 4, 4), m.indices.array.reshape(-1, 4, 4), strict=True
    ):
        want, places = naive.maximum(plane, (4, 4), (2, 3), (2, 2), (1, 1), (1, 1))
        np.testing.assert_array_equal(got, want)
        np.testing.assert_array_equal(where, places)
    assert (m.iheight, m.iwidth) == (6, 7)


def test_output_and_indices_are_the_same_tensors_at_every_call():
    m = nn.SpatialMaxPooling(2, 2)
    y, indices = m.forward(tensor(1, 4, 4)), m.indices
    assert m.forward(tensor(2, 3, 6, 6)) is y and m.indices is indices
    assert isinstance(indices, torch.LongTensor)


def test_indices_are_long_again_after_a_conversion():
    m = nn.SpatialMaxPooling(2, 2)
    m.forward(tensor(1, 4, 4))
    m.float()
    x = tensor(1, 4, 4).float()
    m.forward(x)
    assert isinstance(m.indices, torch.LongTensor)
    assert isinstance(m.backward(x, m.output.clone()), torch.FloatTensor)


def test_gradients_need_the_indices_of_the_same_sizes():
    m = nn.SpatialMaxPooling(2, 2)
    x = tensor(1, 4, 4)
    y = m.forward(x).clone()
    m.clearState()
    with pytest.raises(SizeError, match="indices"):
        m.backward(x, y)


@pytest.mark.parametrize("index", [-1, 17, 2**40])
def test_broken_indices_are_refused(index):
    m = nn.SpatialMaxPooling(2, 2)
    x = tensor(1, 4, 4)
    y = m.forward(x).clone()
    m.indices.array[0, 0, 0] = index
    with pytest.raises(SizeError, match="invalid max index"):
        m.backward(x, y)
    unpooling = nn.SpatialMaxUnpooling(m)
    with pytest.raises(SizeError, match="invalid max index"):
        unpooling.forward(y)


@pytest.mark.parametrize(
    "module, size, message",
    [
        (lambda: nn.SpatialMaxPooling(0, 2), (1, 4, 4), "kernel size should be greater than zero"),
        (lambda: nn.SpatialMaxPooling(2, 2, 0, 1), (1, 4, 4), "stride should be greater than zero"),
        (lambda: nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 0, 1), (1, 4, 4), "dilation should be greater"),
        (lambda: nn.SpatialAveragePooling(2, 2, -1, 1), (1, 4, 4), "stride should be greater than zero"),
        (lambda: nn.SpatialAveragePooling(5, 5), (1, 4, 4), "Output size is too small"),
        (lambda: nn.SpatialMaxPooling(10**15, 2), (1, 4, 4), "Output size is too small"),
        (lambda: nn.TemporalMaxPooling(0), (4, 2), "greater than zero"),
        (lambda: nn.SpatialAdaptiveMaxPooling(0, 1), (1, 4, 4), "greater than zero"),
        (lambda: nn.VolumetricMaxPooling(2, 2, 2, 1, 1, 1, 2, 0, 0), (1, 4, 4, 4), "pad should be smaller"),
    ],
)
def test_impossible_windows_are_refused_and_nothing_changes(module, size, message):
    m = module()
    with pytest.raises(SizeError, match=message):
        m.forward(tensor(*size))
    assert m.output.dim() == 0


def test_integer_and_other_types_are_refused():
    m = nn.SpatialMaxPooling(2, 2)
    for x in (torch.LongTensor(1, 4, 4).fill(1), torch.FloatTensor(1, 4, 4).fill(1)):
        with pytest.raises(ArgumentError):
            m.forward(x)
    assert m.forward(np.ones((1, 4, 4))).size().totable() == [1, 2, 2]


def test_an_input_too_small_for_the_window_leaves_the_module_usable():
    m = nn.SpatialMaxPooling(3, 3)
    with pytest.raises(SizeError):
        m.forward(tensor(1, 2, 2))
    assert m.forward(tensor(1, 3, 3)).nElement() == 1


def test_old_modules_lack_fields():
    m, reference = nn.SpatialMaxPooling(2, 2), nn.SpatialMaxPooling(2, 2)
    for name in ("ceil_mode", "padW", "padH", "indices"):
        delattr(m, name)
    x = tensor(1, 5, 5)
    np.testing.assert_array_equal(m.forward(x).array, reference.forward(x).array)
    assert m.ceil_mode is False and m.padW == 0


def test_old_average_pooling_sums():
    m = nn.SpatialAveragePooling(2, 2, 2, 2)
    for name in ("ceil_mode", "count_include_pad", "divide", "padW", "padH"):
        delattr(m, name)
    x = tensor(1, 4, 4)
    np.testing.assert_allclose(m.forward(x).array, 4 * nn.SpatialAveragePooling(2, 2, 2, 2).forward(x).array)


def test_version_one_of_volumetric_pooling_rounds_down():
    m = nn.VolumetricMaxPooling(2, 2, 2).ceil()
    m._upgrade(1)
    assert m.ceil_mode is False


def test_copies_of_dilated_volumetric_pooling_forget_to_round_up():
    m = nn.VolumetricDilatedMaxPooling(2, 2, 2).ceil()
    assert m.clone().ceil_mode is False
    assert nn.Sequential().add(m).clone().get(1).ceil_mode is False
    assert copy.deepcopy(nn.VolumetricMaxPooling(2, 2, 2).ceil()).ceil_mode is True


def test_temporal_pooling_is_pooling_of_each_feature():
    x = tensor(2, 7, 3)
    m = nn.TemporalMaxPooling(3, 2)
    y = m.forward(x)
    for n in range(2):
        for f in range(3):
            want, places = naive.maximum(x.array[n, :, f], (3,), (3,), (2,), (0,), (1,))
            np.testing.assert_array_equal(y.array[n, :, f], want)
            np.testing.assert_array_equal(m.indices.array[n, :, f], places - 1 - 2 * np.arange(3))


def test_windows_of_nan_give_the_lowest_number_and_no_gradient():
    for m, size in (
        (nn.SpatialMaxPooling(2, 2), (1, 2, 4)),
        (nn.VolumetricMaxPooling(1, 2, 2), (1, 1, 2, 4)),
        (nn.TemporalMaxPooling(2), (4, 1)),
        (nn.SpatialAdaptiveMaxPooling(2, 1), (1, 2, 4)),
    ):
        x = torch.zeros(*size)
        x.array[...] = np.nan
        x.storage().data[-1] = 1
        y = m.forward(x)
        assert y.array.ravel().tolist() == [np.finfo(float).min, 1]
        gradient = m.backward(x, y.clone().fill(1))
        assert gradient.sum() == 1 and gradient.storage().data[-1] == 1


def test_unpooling_puts_maxima_back():
    pooling = nn.SpatialMaxPooling(2, 2)
    x = tensor(2, 3, 4, 6)
    y = pooling.forward(x)
    back = nn.SpatialMaxUnpooling(pooling).forward(y)
    assert back.size().totable() == [2, 3, 4, 6]
    np.testing.assert_array_equal(back.array[back.array != 0], x.array[back.array != 0])
    np.testing.assert_allclose(back.sum(), y.sum())


def test_a_window_much_larger_than_the_input():
    m = nn.SpatialMaxPooling(10**12, 10**12, 10**13, 10**13).ceil()
    x = torch.randn(1, 3, 3)
    assert m.forward(x).array.tolist() == [[[x.max()]]]


def test_volumetric_means_have_no_rounding():
    m = nn.VolumetricAveragePooling(2, 2, 2)
    m.forward(torch.randn(1, 4, 4, 4))
    assert m.ceil is None and m.floor is None
    assert m.empty() is m and m.output.dim() == 0
