import numpy as np
import pytest

from tests.naive import convolution as naive
from torchnn import nn, torch
from torchnn.errors import SizeError, TorchError
from torchnn.nn import geometry


def random(*size, dtype=np.float64):
    return torch.from_numpy(np.random.default_rng(0).standard_normal(size).astype(dtype))


CONVOLUTIONS = {
    "spatial": (lambda: nn.SpatialConvolution(2, 3, 3, 2, 2, 1, 1, 0), (4, 2, 6, 25)),
    "one column": (lambda: nn.SpatialConvolution(2, 3, 5, 1, 1, 2), (3, 2, 6, 5)),
    "flat": (lambda: nn.SpatialConvolutionMM(2, 3, 3, 2, 1, 2), (4, 2, 6, 7)),
    "dilated": (lambda: nn.SpatialDilatedConvolution(2, 3, 2, 3, 1, 2, 2, 1, 3, 2), (2, 2, 8, 9)),
    "volumetric": (lambda: nn.VolumetricConvolution(2, 3, 2, 3, 1, 1, 2, 1, 1, 0, 0), (2, 2, 3, 4, 21)),
    "volumetric dilated": (
        lambda: nn.VolumetricDilatedConvolution(2, 2, 2, 2, 2, 1, 1, 1, 0, 1, 0, 2, 1, 2),
        (2, 2, 4, 5, 3),
    ),
}
convolutions = pytest.mark.parametrize("make, size", CONVOLUTIONS.values(), ids=CONVOLUTIONS)


@convolutions
def test_passes_equal_the_naive_ones(make, size):
    m, x = make(), random(*size)
    window = m.window()
    weight = m.weight.array.reshape(m.nOutputPlane, m.nInputPlane, *window[0])
    y = m.forward(x)
    np.testing.assert_allclose(y.array, naive.forward(x.array, weight, m.bias.array, window), 1e-12, 1e-12)
    gradient = random(*y.shape)
    m.zeroGradParameters()
    dx = m.backward(x, gradient, 2)
    np.testing.assert_allclose(dx.array, naive.grad_input(gradient.array, weight, size[2:], window), 1e-12, 1e-12)
    dw = 2 * naive.grad_weight(x.array, gradient.array, window)
    np.testing.assert_allclose(m.gradWeight.array.reshape(dw.shape), dw, 1e-12, 1e-12)


@convolutions
def test_buffers_stay_the_same_tensors(make, size):
    m = make()
    first = m.forward(random(*size))
    gradient = m.backward(random(*size), first.clone())
    buffers = first, gradient, m.finput, m.fgradInput
    second = m.forward(random(*size[1:]))
    again = m.backward(random(*size[1:]), second.clone())
    assert all(a is b for a, b in zip(buffers, (second, again, m.finput, m.fgradInput), strict=True))
    rows, positions = m.finput.shape
    assert rows * m.nOutputPlane == m.weight.nElement() and positions == np.prod(second.shape[1:])


def test_unfolded_input_has_torchs_layout():
    m, x = nn.SpatialConvolution(2, 1, 2, 2), random(3, 2, 3, 4)
    m.forward(x)
    assert m.finput.shape == (3, 8, 6)
    assert np.array_equal(m.finput.array[1, 5], x.array[1, 1, :2, 1:].ravel())


def test_parameters_are_accumulated_from_the_last_forward():
    """As in Torch7, where `finput` is what counts; but not where it has been cleared since."""
    m, x, other = nn.SpatialConvolution(1, 1, 2, 2), random(1, 3, 3), random(1, 3, 3).mul(2)
    gradient = m.forward(x).clone()
    m.zeroGradParameters()
    m.accGradParameters(other, gradient)
    expected = m.gradWeight.clone()
    m.clearState()
    m.zeroGradParameters()
    m.accGradParameters(x, gradient)
    np.testing.assert_allclose(m.gradWeight.array, expected.array, 1e-12)


@pytest.mark.parametrize("kernel", [1, 2])
def test_input_may_be_changed_in_place_before_backward(kernel):
    m, x = nn.SpatialConvolution(2, 3, kernel, kernel), random(2, 2, 20, 20)
    gradient = m.forward(x).clone()
    m.zeroGradParameters()
    m.accGradParameters(x, gradient)
    expected = m.gradWeight.clone()
    m.forward(x)
    x.zero()
    m.zeroGradParameters()
    m.accGradParameters(x, gradient)
    np.testing.assert_array_equal(m.gradWeight.array, expected.array)


@pytest.mark.parametrize("size, stride", [((9, 1), (1, 9)), ((2, 9, 1), (9, 1, 9)), ((1, 9, 2), (1, 2, 1))])
def test_temporal_convolution_takes_any_stride_of_a_single_feature_or_sample(size, stride):
    m, x = nn.TemporalConvolution(size[-1], 3, 4, 2), random(*size)
    y = m.forward(x).clone()
    m.zeroGradParameters()
    dx = m.backward(x, y).clone()
    once = m.gradWeight.array.copy()
    odd = torch.Tensor(x.storage(), 1, torch.LongStorage(list(size)), torch.LongStorage(list(stride)))
    np.testing.assert_array_equal(m.forward(odd).array, y.array)
    np.testing.assert_array_equal(m.backward(odd, y).array, dx.array)
    np.testing.assert_allclose(m.gradWeight.array, 2 * once, rtol=1e-12)


def test_full_convolution_is_the_transpose_of_a_convolution():
    conv, full = nn.SpatialConvolution(2, 3, 3, 4, 2, 3, 1, 2), nn.SpatialFullConvolution(3, 2, 3, 4, 2, 3, 1, 2, 1, 0)
    full.weight.copy(conv.weight)
    full.bias.zero()
    conv.bias.zero()
    y = random(2, 3, 4, 5)
    x = random(2, 2, *full.forward(y).shape[2:])
    assert np.sum(conv.forward(x).array * y.array) == pytest.approx(np.sum(x.array * full.forward(y).array), rel=1e-12)


def test_full_convolution_goes_back_from_tables_to_tensors():
    m, x = nn.SpatialFullConvolution(2, 1, 3, 3, 2, 2), random(2, 3, 3)
    wanted = random(5, 8, 7)
    assert m.forward([x, wanted]).shape == (1, 8, 7)
    gradient, zeros = m.backward([x, wanted], m.output.clone())
    assert gradient.shape == x.shape and zeros.shape == wanted.shape and not zeros.array.any()
    assert m.backward(x, m.forward(x).clone()) is gradient
    m.forward([x, wanted])
    m.backward([x, wanted], m.output.clone())
    m.clearState()
    assert m.backward(x, m.forward(x).clone()).shape == x.shape


def test_old_volumetric_full_convolution_is_upgraded():
    m, x = nn.VolumetricFullConvolution(2, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1), random(2, 2, 2, 2)
    expected = m.forward(x).clone()
    m.weight, m.gradWeight = m.weight.transpose(1, 2).contiguous(), m.gradWeight.transpose(1, 2).contiguous()
    m.pT, m.pW, m.pH = m.padT, m.padW, m.padH
    for name in ("padT", "padW", "padH", "adjT", "adjW", "adjH"):
        setattr(m, name, None)
    np.testing.assert_array_equal(m.forward(x).array, expected.array)
    m.backward(x, expected)


@pytest.mark.parametrize(
    "make, good, bad",
    [
        (lambda: nn.SpatialConvolution(2, 3, 3, 3), (2, 4, 4), (2, 2, 4)),
        (lambda: nn.SpatialConvolution(2, 3, 3, 3, 2, 2), (2, 4, 4), (2, 2, 4)),
        (lambda: nn.SpatialConvolutionMM(2, 3, 3, 3), (2, 4, 4), (3, 4, 4)),
        (lambda: nn.SpatialFullConvolution(2, 3, 3, 3), (2, 4, 4), (3, 4, 4)),
        (lambda: nn.SpatialFullConvolution(2, 3, 1, 1, 1, 1, 2, 2), (2, 5, 5), (2, 4, 4)),
        (lambda: nn.VolumetricConvolution(2, 3, 3, 3, 3), (2, 4, 4, 4), (2, 4, 4)),
        (lambda: nn.TemporalConvolution(2, 3, 3), (4, 2), (2, 2)),
        (lambda: nn.TemporalRowConvolution(2, 3), (4, 2), (2, 2)),
        (lambda: nn.SpatialConvolutionLocal(2, 3, 4, 4, 3, 3), (2, 4, 4), (2, 5, 4)),
        (lambda: nn.SpatialDepthWiseConvolution(2, 3, 3, 3), (2, 4, 4), (3, 4, 4)),
        (lambda: nn.SpatialConvolutionMap(nn.tables.full(2, 3), 3, 3), (2, 4, 4), (1, 4, 4)),
        (lambda: nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 3, 3), (2, 4, 4), (1, 4, 4)),
        (lambda: nn.SpatialSubSampling(2, 3, 3), (2, 4, 4), (2, 4, 2)),
        (lambda: nn.TemporalSubSampling(2, 3), (4, 2), (2, 2)),
    ],
)
def test_errors_change_nothing(make, good, bad):
    m, x = make(), random(*good)
    y = m.forward(x).clone()
    dx = m.backward(x, y).clone()
    gradients = [g.clone() for g in m.parameters()[1]]
    attempts = [
        lambda: m.forward(random(*bad)),
        lambda: m.forward(torch.Tensor()),
        lambda: m.forward(x.int()),
        lambda: m.forward(x.float()),
        lambda: m.updateGradInput(random(*bad), y),
        lambda: m.updateGradInput(x, random(*y.shape[:-1], y.shape[-1] + 1)),
        lambda: m.accGradParameters(x, random(*y.shape[:-1], y.shape[-1] + 1)),
        lambda: m.accGradParameters(x, random(2, *y.shape)),
        lambda: m.accGradParameters(x, y.float()),
        lambda: m.forward(None),
        lambda: m.forward([x]),
        lambda: m.updateGradInput(x, None),
        lambda: m.accGradParameters(x, None),
    ]
    for i, attempt in enumerate(attempts):
        with pytest.raises(TorchError):
            attempt()
            pytest.fail(f"attempt {i} did not raise")
    assert np.array_equal(m.output.array, y.array) and np.array_equal(m.gradInput.array, dx.array)
    assert all(np.array_equal(a.array, b.array) for a, b in zip(m.parameters()[1], gradients, strict=True))


def test_gradient_of_another_batch_size_is_refused():
    m, x = nn.SpatialConvolution(1, 1, 2, 2), random(3, 1, 4, 4)
    y = m.forward(x)
    with pytest.raises(
        SizeError, match=r"gradOutput.size\[0\] == 3 but got gradOutput to be of shape: \[2 x 1 x 3 x 3\]"
    ):
        m.backward(x, y.narrow(1, 1, 2))


@pytest.mark.parametrize("arguments", [(0, 1, 2, 2), (1, 1, 0, 2), (1, 1, 2, float("nan")), (1, 10**9, 10**9, 10**9)])
def test_impossible_sizes_are_refused(arguments):
    with pytest.raises(TorchError):
        nn.SpatialConvolution(*arguments)


def test_weights_may_be_replaced_by_others():
    """The weight says how many planes there are, so that pruned networks run."""
    m = nn.SpatialConvolution(2, 4, 3, 3)
    m.weight, m.bias = m.weight.narrow(1, 2, 2), m.bias.narrow(1, 2, 2)
    assert m.forward(random(1, 2, 5, 5)).shape == (1, 2, 3, 3)


def test_arrays_are_taken():
    m, x = nn.SpatialConvolution(1, 2, 3, 3), np.random.default_rng(0).standard_normal((1, 6, 6))
    expected = m.forward(torch.from_numpy(x)).clone()
    assert np.array_equal(m.forward(x).array, expected.array)
    assert m.backward(x, expected.numpy()).shape == (1, 6, 6)


@pytest.mark.parametrize("m", [nn.VolumetricFullConvolution(1, 1, 2, 2, 2), nn.SpatialDepthWiseConvolution(1, 1, 2, 2)])
def test_reset_without_bias_fails_as_in_torch7(m):
    with pytest.raises(TorchError, match="attempt to index field 'bias'"):
        m.noBias().reset()


def test_some_have_a_bias_for_ever():
    assert nn.SpatialConvolutionLocal(1, 1, 3, 3, 2, 2).noBias is None


def test_full_volumetric_convolution_needs_its_gradient():
    flat, deep = nn.SpatialFullConvolution(1, 1, 2, 2), nn.VolumetricFullConvolution(1, 1, 2, 2, 2)
    flat.gradInput = deep.gradInput = None
    flat.forward(torch.randn(1, 3, 3))
    assert flat.backward(torch.randn(1, 3, 3), torch.randn(1, 4, 4)) is None
    deep.forward(torch.randn(1, 3, 3, 3))
    with pytest.raises(TorchError, match="gradInput"):
        deep.backward(torch.randn(1, 3, 3, 3), torch.randn(1, 4, 4, 4))


def test_geometry_of_pooling():
    assert geometry.pooled((5, 6), (2, 2), (2, 2), (0, 0), (1, 1)) == (2, 3)
    assert geometry.pooled((5, 6), (2, 2), (2, 2), (0, 0), (1, 1), True) == (3, 3)
    # A window that would start past the end is dropped where there is padding, be it in the other dimension.
    assert geometry.pooled((5, 4), (2, 1), (3, 3), (0, 0), (1, 1), True) == (2, 2)
    assert geometry.pooled((4, 4), (2, 1), (2, 4), (1, 0), (1, 1), True) == (3, 1)


def test_local_convolutions_take_weights_of_any_shape():
    m = nn.SpatialConvolutionLocal(2, 3, 5, 4, 2, 3)  # 2 x 4 positions
    x = torch.randn(2, 4, 5)
    expected = m.forward(x).clone()
    gradient = m.backward(x, expected).clone()
    flat = m.weight.view(-1)
    for size in [(4, 2, 2, 3, 2, 3), (8, 3, 12), (288,)]:
        m.weight = flat.view(*size)
        assert torch.all(torch.eq(m.forward(x), expected)), size
        assert torch.all(torch.eq(m.backward(x, expected), gradient)), size
        assert m.weight._size == (2, 4, 3, 2, 3, 2), size
        assert m.weight.storage() == flat.storage(), size
    m.weight = flat.narrow(1, 1, 287)
    with pytest.raises(SizeError, match="weight"):
        m.forward(x)


def test_depthwise_convolution_takes_the_height_for_the_width():
    """Planes of 4 x 6 are read as 6 x 4, as in Torch7, whose check of gradOutput then finds no size that fits."""
    m, x = nn.SpatialDepthWiseConvolution(2, 1, 3, 2), torch.rand(1, 2, 4, 6)
    read = nn.SpatialConvolution(2, 2, 3, 2)
    read.weight.zero()
    for plane in (0, 1):
        read.weight[plane][plane].copy(m.weight.view(2, 2, 3)[plane])
    read.bias.copy(m.bias.view(2))
    assert m.forward(x).size().totable() == [1, 2, 5, 2]
    assert np.allclose(m.output.array, read.forward(x.view(1, 2, 6, 4)).array, rtol=0, atol=1e-12)
    for size, wrong in (((1, 2, 5, 2), "size.2. == 3"), ((1, 2, 3, 4), "size.2. == 5")):
        with pytest.raises(SizeError, match=wrong):
            m.backward(x, torch.rand(*size))
    same = nn.SpatialDepthWiseConvolution(2, 1, 2, 2, 2, 2)
    output = same.forward(torch.rand(2, 4, 5))
    assert output.size().totable() == [2, 2, 2]
    assert same.backward(torch.rand(2, 4, 5), output).size().totable() == [2, 4, 5]
    with pytest.raises(SizeError, match="1 x 8 x 0"):
        nn.SpatialDepthWiseConvolution(1, 1, 5, 1).forward(torch.rand(1, 3, 8))


def test_the_padding_of_old_files_holds_for_all_calls():
    m, x = nn.SpatialConvolution(1, 2, 3, 3), torch.randn(1, 5, 5)
    m.padW = m.padH = None
    m.padding = 1
    for call in range(2):
        assert m.forward(x).shape == (2, 5, 5) and m.padding is None, f"call {call}"
    m.padding = 2
    assert m.forward(x).shape == (2, 7, 7) and m.padH == 2, "a padding that was set later"


@pytest.mark.parametrize(
    ("module", "absent", "text"),
    [
        (nn.SpatialFullConvolution(2, 3, 4, 5), ("adjW", "adjH"), "nn.SpatialFullConvolution(2 -> 3, 4x5)"),
        (
            nn.VolumetricFullConvolution(2, 3, 4, 5, 6),
            ("adjT", "adjW", "adjH"),
            "nn.VolumetricFullConvolution(2 -> 3, 4x5x6)",
        ),
        (
            nn.SpatialConvolutionLocal(2, 3, 8, 9, 4, 5),
            ("padW", "padH"),
            "nn.SpatialConvolutionLocal(2 -> 3, 8x9, 4x5, 1,1)",
        ),
        (nn.SpatialConvolution(2, 3, 4, 5), ("padW", "padH"), "nn.SpatialConvolution(2 -> 3, 4x5, 1,1)"),
    ],
    ids=["full", "full of volumes", "local", "plain"],
)
def test_what_old_files_lack_is_not_printed(module, absent, text):
    for name in absent:
        vars(module).pop(name)
    assert str(module) == text
