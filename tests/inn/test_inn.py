"""Modules of imagine-nn."""

import math

import numpy as np
import pytest

from tests.cases.driver import directions, floating, projection, same, slope
from torchnn import inn, torch
from torchnn.errors import MissingError, TorchError


def rounded(value):
    return math.copysign(math.floor(abs(value) + 0.5), value)


def maxima(x, regions, columns, rows, scale, v2):
    """The maxima by the definition, region after region and window after window."""
    y = np.zeros((len(regions), x.shape[1], rows, columns))

    def windows(first, last, count, size):
        first, last = rounded((first - 1) * scale), rounded((last - 1) * scale)
        step = max(last - first + (not v2), 1) / count
        for i in range(count):
            begin, end = (
                (rounded(i * step), rounded((i + 1) * step)) if v2 else (i * step // 1, -(-(i + 1) * step // 1))
            )
            yield i, slice(*(int(min(max(edge + first, 0), size)) for edge in (begin, end)))

    for r, (n, x1, y1, x2, y2) in enumerate(regions):
        for i, down in windows(y1, y2, rows, x.shape[2]):
            for j, across in windows(x1, x2, columns, x.shape[3]):
                part = x[int(n) - 1, :, down, across].reshape(x.shape[1], -1)
                y[r, :, i, j] = part.max(1) if part.size else 0
    return y


def regions():
    corners = np.random.default_rng(1).integers(-6, 46, (40, 4)).astype(float) + 0.5
    return torch.Tensor(np.column_stack((np.arange(40) % 2 + 1, corners)))


@pytest.mark.parametrize("v2", [True, None])
@pytest.mark.parametrize("element", ["double", "float"])
def test_maxima_of_regions(v2, element):
    torch.manualSeed(1)
    module = getattr(inn.ROIPooling(3, 2, 0.25), element)()
    module.v2 = v2
    x = torch.randn(2, 3, 9, 11)
    y = module.forward([getattr(t, element)() for t in (x, regions())])
    expected = maxima(x.array, regions().array, 3, 2, 0.25, v2)
    np.testing.assert_allclose(y.array, expected, rtol=1e-7)
    assert (expected == 0).any() and y.type() == f"torch.{element.capitalize()}Tensor"


def test_gradients_of_regions():
    torch.manualSeed(1)
    module, x = inn.ROIPooling(2, 2).setSpatialScale(0.25), torch.randn(2, 3, 9, 11)
    gradient = torch.randn(module.forward([x, regions()]).size())
    planes, zeros = module.backward([x, regions()], gradient)
    along = directions([x])
    expected = slope(lambda: projection([module.forward([x, regions()])], [gradient.array]), [x], along)
    assert abs(projection([planes], along) - expected) < 1e-6 * max(1, abs(expected))
    assert zeros.array.shape == (40, 5) and not zeros.array.any()
    loaded = torch.deserialize(torch.serialize(module.clearState()))
    assert torch.typename(loaded) == "inn.ROIPooling" and loaded.indices.nElement() == 0
    same(loaded.forward([x, regions()]), module.forward([x, regions()]))


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda r: r.array.__setitem__((0, 0), 3), "samples 1 to 2"),
        (lambda r: r.array.__setitem__((0, 0), 0), "samples 1 to 2"),
        (lambda r: r.array.__setitem__((0, 1), np.nan), "finite corners"),
        (lambda r: r.array.__setitem__((0, 4), 1e300), "finite corners"),
        (lambda r: r.resize(50, 4), "regions of R x 5"),
    ],
)
def test_wrong_regions(change, words):
    wrong = regions()
    change(wrong)
    with pytest.raises(TorchError, match=words):
        inn.ROIPooling(2, 2).forward([torch.zeros(2, 3, 9, 11), wrong])


def test_a_gradient_needs_the_maxima():
    module, input = inn.ROIPooling(2, 2), [torch.zeros(2, 3, 9, 11), regions()]
    with pytest.raises(TorchError, match="call updateOutput first"):
        module.backward(input, torch.zeros(40, 3, 2, 2))
    module.forward(input)
    with pytest.raises(TorchError, match="indices beyond planes"):
        module.backward([torch.zeros(2, 3, 2, 2), input[1]], torch.zeros(40, 3, 2, 2))


@pytest.mark.parametrize(
    "make, size",
    [
        (lambda: inn.MeanSubtraction(torch.randn(2, 4, 5)), (3, 2, 4, 5)),
        (lambda: inn.MeanSubtraction(torch.randn(1, 2, 4, 5)), (2, 4, 5)),
        (lambda: inn.SpatialPyramidPooling([2, 3], [1, 1]), (3, 2, 4, 5)),
        (lambda: inn.SpatialPyramidPooling([[2, 3], [1, 1]]), (2, 4, 5)),
        (lambda: inn.SpatialSameResponseNormalization(3, 0.5), (3, 2, 4, 5)),
        (lambda: inn.SpatialSameResponseNormalization(), (2, 4, 5)),
    ],
)
def test_gradients(make, size):
    torch.manualSeed(1)
    module, x = make(), torch.randn(*size)
    gradient = torch.randn(module.forward(x).size())
    found = module.backward(x, gradient).clone()
    along = directions([x])
    expected = slope(lambda: projection(floating(module.forward(x)), [gradient.array]), [x], along)
    assert abs(projection([found], along) - expected) < 1e-6 * max(1, abs(expected))
    same(torch.deserialize(torch.serialize(module)).forward(x), module.forward(x))


def test_values_by_hand():
    x = torch.range(1, 16).view(1, 4, 4)
    levels = inn.SpatialPyramidPooling([2, 2], [1, 1])
    assert levels.forward(x).totable() == [6, 8, 14, 16, 16]
    assert levels.forward(x.view(1, 1, 4, 4)).totable() == [[6, 8, 14, 16, 16]]
    normalized = inn.SpatialSameResponseNormalization(1, 1, 1).forward(x)
    np.testing.assert_allclose(normalized.array, x.array / (1 + x.array**2))
    assert inn.MeanSubtraction(x).forward(x).sum() == 0


@pytest.mark.parametrize("inplace", [False, True])
def test_affine_maps(inplace):
    module = inn.ConstAffine(2, inplace)
    module.a.array[0, :, 0, 0], module.b.array[0, :, 0, 0] = (2, 3), (1, -1)
    x, g = torch.ones(1, 2, 1, 3), torch.ones(1, 2, 1, 3)
    assert module.forward(x).array[0, :, 0, 0].tolist() == [3, 2]
    assert module.backward(x, g).array[0, :, 0, 0].tolist() == [2, 3]
    assert (x.array[0, 0, 0, 0], g.array[0, 1, 0, 0]) == ((3, 3) if inplace else (1, 1))
    assert isinstance(inn.SpatialConstAffine(2), inn.ConstAffine) and module.parameters() == (None, None)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: inn.MeanSubtraction(torch.zeros(1, 2, 2)).forward(torch.zeros(1, 3, 3)), "inconsistent tensor size"),
        (lambda: inn.ConstAffine(2).forward(torch.zeros(1, 3, 2, 2)), "N x 2 x height"),
        (lambda: inn.SpatialPyramidPooling([2, 2]).forward(torch.zeros(3)), "unsupported dimensionality"),
        (lambda: inn.SpatialPyramidPooling(2, 2), "tables of a width"),
        (lambda: inn.ROIPooling(2, 2).forward([torch.zeros(1, 1, 2, 2)]), "got 1 tensors"),
    ],
)
def test_what_does_not_fit(call, words):
    with pytest.raises(TorchError, match=words):
        call()


def test_unknown_names():
    with pytest.raises(MissingError, match="there is no inn.SpatialMaxPooling"):
        assert inn.SpatialMaxPooling
