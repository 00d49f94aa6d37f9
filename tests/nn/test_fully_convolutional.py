"""A converted classifier says to every window of an image what the classifier says to it."""

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import SizeError, TorchError


def sequence(*modules):
    net = nn.Sequential()
    for module in modules:
        net.add(module)
    return net


def fill(net):
    """Running statistics and parameters that tell features apart."""
    for module in net.listModules():
        for name in ("running_mean", "running_var", "bias"):
            tensor = getattr(module, name)
            if torch.isTensor(tensor):
                tensor.uniform(0.5, 1.5)
    net.evaluate()
    return net


# Nets for windows of 2 x 9 x 8, and the distance of neighbouring windows along height and width.
NETS = {
    "one linear layer": lambda: (sequence(nn.View(144), nn.Linear(144, 3)), (1, 1)),
    "no bias": lambda: (sequence(nn.Reshape(144), nn.Linear(144, 3, False), nn.Tanh(), nn.Linear(3, 2)), (1, 1)),
    "all that is allowed": lambda: (
        sequence(
            sequence(
                nn.SpatialConvolutionMM(2, 4, 2, 3),
                nn.SpatialBatchNormalization(4),
                nn.PReLU(4),
                nn.SpatialMaxPooling(2, 2, 2, 2),
                nn.SpatialDropout(0.2),
            ),
            sequence(
                nn.View(-1).setNumInputDims(3),
                nn.Dropout(0.5),
                sequence(nn.Linear(36, 5), nn.BatchNormalization(5), nn.ReLU(True)),
                nn.View(5),
                nn.Linear(5, 4),
            ),
            nn.LogSoftMax(),
        ),
        (2, 2),
    ),
    "strides and dilation": lambda: (
        sequence(
            nn.SpatialDilatedConvolution(2, 3, 2, 2, 1, 2, 0, 0, 2, 1),
            nn.Sigmoid(),
            nn.SpatialAveragePooling(3, 2, 3, 1),
            nn.SpatialCrossMapLRN(3),
            nn.Collapse(3),
            nn.Linear(18, 4),
            nn.SoftMax(),
        ),
        (2, 3),
    ),
    "features of one pixel": lambda: (
        sequence(nn.SpatialConvolution(2, 6, 8, 9), nn.Squeeze(), nn.ELU(), nn.Linear(6, 3)),
        (1, 1),
    ),
    "norms, sums and maps that stay maps": lambda: (
        sequence(
            nn.View(2, 9, 8),
            nn.SpatialLPPooling(2, 2, 2, 3, 2, 3),
            nn.Abs(),
            nn.SpatialSubSampling(2, 2, 2),
            nn.Reshape(12),
            nn.View(2, 2, 3),
            nn.SpatialConvolution(2, 3, 2, 1),
            nn.View(-1, 12),
            nn.Linear(12, 2),
        ),
        (3, 2),
    ),
    "pooling rounded down": lambda: (
        sequence(nn.SpatialMaxPooling(3, 2, 3, 2), nn.View(16), nn.Linear(16, 2)),
        (2, 3),
    ),
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("share", [False, True])
def test_windows(name, share):
    net, (down, right) = NETS[name]()
    fill(net)
    sliding = nn.convolutionalize(net, [2, 9, 8], share)
    images = torch.rand(3, 2, 17, 16)
    maps = sliding.forward(images).array.copy()
    rows, columns = (17 - 9) // down + 1, (16 - 8) // right + 1
    assert maps.shape[2] >= rows and maps.shape[3] >= columns
    for y in range(rows):
        for x in range(columns):
            window = images[:, :, y * down : y * down + 9, x * right : x * right + 8].contiguous()
            want = np.array(net.forward(window).array)
            np.testing.assert_allclose(maps[:, :, y, x], want, rtol=1e-10, err_msg=f"{name}: window {y}, {x}")


def test_the_net_and_the_random_numbers_stay():
    net, _ = NETS["all that is allowed"]()
    net.training()
    before, text = torch.serialize(net), str(net)
    torch.manualSeed(3)
    expected = torch.rand(4).totable()
    torch.manualSeed(3)
    sliding = nn.convolutionalize(net, [2, 9, 8])
    assert torch.rand(4).totable() == expected
    assert torch.serialize(net) == before and str(net) == text
    assert all(module.train is True for module in sliding.listModules() if module.train is not None)


def test_shared_parameters_learn_together():
    net, _ = NETS["all that is allowed"]()
    shared, copied = nn.convolutionalize(net, [2, 9, 8], True), nn.convolutionalize(net, [2, 9, 8])
    for parameters in net.parameters():
        for tensor in parameters:
            tensor.fill(0.375)
    for got in (*shared.parameters()[0], *shared.parameters()[1]):
        assert (got.array == 0.375).all()
    assert not any((got.array == 0.375).all() for got in copied.parameters()[0])
    net.zeroGradParameters()
    image = torch.rand(2, 2, 9, 8)
    shared.training()
    shared.backward(image, torch.rand(shared.forward(image).size()))
    # Not the first one: before a normalization over the batch the gradient of a bias is 0, but for rounding.
    assert net.findModules("nn.Linear")[0][1].gradBias.array.any()


def test_types():
    net = fill(NETS["all that is allowed"]()[0]).float()
    sliding = nn.convolutionalize(net, torch.LongStorage([2, 9, 8]))
    assert sliding.type() == "torch.FloatTensor"
    assert sliding.forward(torch.rand(2, 11, 10).float()).size().totable() == [1, 4, 2, 2]
    again = torch.deserialize(torch.serialize(sliding))
    assert str(again) == str(sliding)


REFUSED = {
    "padding": (nn.SpatialConvolution, (2, 3, 3, 3, 1, 1, 1, 1), "beyond the border"),
    "other windows": (nn.SpatialAdaptiveMaxPooling, (2, 2), "no function of single elements"),
    "a linear layer on maps": (nn.Linear, (8, 2), "has to be flattened"),
    "branches": (nn.Concat, (2,), "nn.Concat"),
    "flattened in part": (nn.View, (16, 9), "of one window's 2x9x8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_slid_is_named(name):
    make, arguments, why = REFUSED[name]
    with pytest.raises(TorchError, match="In 2 module of nn.Sequential:") as caught:
        nn.convolutionalize(sequence(nn.Tanh(), sequence(make(*arguments))), [2, 9, 8])
    assert "In 1 module of nn.Sequential:" in str(caught.value) and why in str(caught.value)


@pytest.mark.parametrize(
    "rest", [(nn.BatchNormalization, 144), (nn.LogSoftMax,), (nn.PReLU, 144), (nn.SpatialMaxPooling, 2, 2)]
)
def test_what_tells_flattened_positions_apart_is_refused(rest):
    make, *arguments = rest
    with pytest.raises(TorchError, match="flattened"):
        nn.convolutionalize(sequence(nn.View(144), make(*arguments)), [2, 9, 8])


@pytest.mark.parametrize("size", [[2, 9], [2, 0, 8], [2, 9, 8, 1]])
def test_wrong_sizes(size):
    with pytest.raises(SizeError, match="inputSize"):
        nn.convolutionalize(nn.Sequential(), size)


def test_a_linear_layer_of_another_size():
    with pytest.raises(SizeError, match="does not fit features of 2x9x8"):
        nn.convolutionalize(sequence(nn.View(-1), nn.Linear(8, 2)), [2, 9, 8])


def test_padding_is_accepted_where_it_is_asked_for():
    net = fill(sequence(nn.SpatialConvolution(2, 2, 3, 3, 1, 1, 1, 1), nn.View(144), nn.Linear(144, 3)))
    sliding = nn.convolutionalize(net, [2, 9, 8], padded=True)
    image = torch.rand(2, 9, 8)
    np.testing.assert_allclose(sliding.forward(image).array.ravel(), net.forward(image).array, rtol=1e-12)


def test_rounding_up_matters_only_where_it_does():
    for window, accepted in (([2, 8, 8], True), ([2, 9, 8], False)):
        net = sequence(nn.SpatialMaxPooling(2, 2).ceil(), nn.View(-1))
        if accepted:
            nn.convolutionalize(net, window)
        else:
            with pytest.raises(TorchError, match="beyond the border"):
                nn.convolutionalize(net, window)


def test_modules_alone():
    assert torch.typename(nn.convolutionalize(nn.View(18), [2, 3, 3])) == "nn.Identity"
    assert nn.convolutionalize(nn.Sequential(), [2, 3, 3]).size() == 0


def test_a_net_without_gradients():
    net = sequence(nn.View(18), nn.Linear(18, 2))
    net.get(2).gradWeight = net.get(2).gradBias = None
    assert nn.convolutionalize(net, [2, 3, 3]).forward(torch.ones(2, 4, 4)).size().totable() == [2, 2, 2]
