"""What `test_bounds.py` runs in a process in which Numba checks all indices: public functions on small odd sizes.

Serial kernels only, since so small arrays never go to several threads; the compiler takes most of the time, so one
module stands for its family.
"""

import sys

import numba
import numpy as np
import pytest

from torchnn import image, inn, kernels, nn, optim, stn, torch


def both(module, *size):
    """Forward and backward of a module for inputs of some sizes."""
    x = torch.randn(*size)
    y = module.forward(x)
    return module.backward(x, torch.randn(y.size()))


def both_of(module, *inputs):
    """Forward and backward of a module for several tensors."""
    return module.backward([*inputs], torch.randn(module.forward([*inputs]).size()))


def convolutions():
    """Unfolding by table and by rows, padded, dilated and cropped."""
    for width in (1, 3, 37):
        for kernel, stride, pad in ((1, 1, 0), (3, 2, 1), (2, 3, 2)):
            both(nn.SpatialConvolution(2, 3, kernel, kernel, stride, stride, pad + 1, pad + 1), 2, 2, 5, width)
    both(nn.SpatialDilatedConvolution(1, 1, 2, 3, 1, 2, 3, 2, 3, 2), 1, 1, 7, 41)
    both(nn.SpatialConvolution(1, 2, 5, 2, 2, 1, -2, 0), 1, 1, 3, 61)
    both(nn.VolumetricConvolution(1, 2, 2, 3, 1, 1, 2, 1, 1, 1, 0), 1, 3, 5, 37)
    both(nn.SpatialFullConvolution(2, 1, 3, 2, 2, 3, 1, 0, 1, 2), 2, 2, 3, 5)
    both(nn.SpatialDepthWiseConvolution(2, 2, 3, 2), 2, 2, 5, 5)
    both(nn.SpatialConvolutionLocal(2, 1, 5, 3, 2, 3), 2, 2, 3, 5)
    torch.conv2(torch.randn(2, 5, 7), torch.randn(3, 2, 2, 3))
    torch.xcorr2(torch.randn(5, 7), torch.randn(2, 3), "F")


def pooling():
    """Windows side by side, overlapping, padded, beyond the end, dilated, adaptive and anywhere."""
    for height, width in ((1, 1), (2, 3), (5, 7), (13, 2)):
        for kernel, stride, pad in ((1, 1, 0), (2, 2, 0), (2, 3, 1), (3, 2, 1)):
            if min(height, width) + 2 * pad >= kernel:
                both(nn.SpatialMaxPooling(kernel, kernel, stride, stride, pad, pad).ceil(), 2, height, width)
                both(nn.SpatialAveragePooling(kernel, kernel, stride, stride, pad, pad).ceil(), 2, height, width)
        both(nn.SpatialAdaptiveMaxPooling(3, 2), 2, height, width)
        both(nn.SpatialAdaptiveAveragePooling(2, 5), 2, height, width)
    both(nn.VolumetricMaxPooling(2, 3, 2, 1, 2, 3, 1, 1, 1).ceil(), 2, 3, 5, 7)
    both(nn.VolumetricAveragePooling(2, 2, 3), 2, 3, 5, 7)
    both(nn.SpatialDilatedMaxPooling(2, 3, 1, 2, 1, 1, 3, 2), 2, 7, 5)
    both(nn.TemporalMaxPooling(3, 2), 7, 3)
    both(nn.SpatialFractionalMaxPooling(2, 3, 3, 2), 1, 2, 7, 5)
    pool = nn.SpatialMaxPooling(2, 2)
    unpool = nn.SpatialMaxUnpooling(pool)
    both(unpool, *pool.forward(torch.randn(2, 5, 7)).size())
    both_of(
        inn.ROIPooling(3, 2), torch.randn(2, 3, 5, 7), torch.Tensor([[1, 1, 1, 7, 5], [2, 3, 2, 9, 9], [2, 7, 5, 7, 5]])
    )
    both_of(stn.BilinearSamplerBHWD(), torch.randn(2, 5, 7, 3), torch.randn(2, 4, 3, 2) * 2)


def planes():
    """Padding, upsampling and normalization."""
    both(nn.SpatialZeroPadding(-1, 2, 3, -2), 2, 5, 3)
    both(nn.SpatialReflectionPadding(2, 1, 0, 4), 2, 5, 3)
    both(nn.VolumetricReplicationPadding(1, 2, 3, 1, 0, 2), 2, 1, 3, 2)
    for size in ((1, 1, 1), (2, 3, 1), (1, 5, 7)):
        both(nn.SpatialUpSamplingNearest(3), *size)
        both(nn.SpatialUpSamplingBilinear(3), *size)
    both(nn.SpatialCrossMapLRN(5), 3, 2, 7)
    for samples, height in ((1, 3), (3, 1), (2, 5)):
        both(nn.SpatialBatchNormalization(3), samples, 3, height, 7)
    batch = nn.BatchNormalization(5)
    batch.evaluate()
    both(batch, 1, 5)


def rows():
    """Tables by index, sparse inputs, distances and margins; no elements where that is legal."""
    lookup = nn.LookupTable(5, 3, 2)
    indices = torch.LongTensor([1, 5, 2, 5])
    lookup.backward(indices, lookup.forward(indices).clone())
    sparse = nn.SparseLinear(7, 3)
    entries = [torch.Tensor([[1, 0.5], [7, 2]]), torch.Tensor([[3, 1]])]
    sparse.backward(entries, sparse.forward(entries).clone())
    sparse.updateParameters(0.1)
    for normalize in (False, True):
        linear = nn.IndexLinear(7, 3, True, None, None, None, normalize)
        keyed = [[torch.LongTensor([1, 7]), torch.LongTensor([3])], [torch.randn(2), torch.randn(1)]]
        linear.accGradParameters(keyed, linear.forward(keyed).clone())
        linear.updateParameters(0.1)
    both(nn.Euclidean(5, 3), 2, 5)
    both(nn.WeightedEuclidean(5, 3), 2, 5)
    nn.Kmeans(3, 5).forward(torch.randn(7, 5))
    likelihood = nn.SpatialClassNLLCriterion(torch.rand(3))
    x, labels = torch.randn(2, 3, 1, 5), torch.LongTensor(2, 1, 5).random(3)
    likelihood.forward(x, labels)
    likelihood.backward(x, labels)
    x = torch.randn(2, 3)
    for margin, labels in (
        (nn.MultiMarginCriterion(1, torch.rand(3)), torch.LongTensor([3, 1])),
        (nn.MultiLabelMarginCriterion(), torch.LongTensor([[3, 1, 2], [0, 0, 0]])),
    ):
        margin.forward(x, labels)
        margin.backward(x, labels)


def elements():
    """Pointwise functions, softmax, the random generator, and functions of tensors."""
    for n in (1, 2, 17):
        for name in ("Sigmoid", "ELU", "SoftPlus", "SoftMax", "LogSoftMax", "LogSigmoid", "ReLU", "HardTanh"):
            both(getattr(nn, name)(), n)
        x = torch.randn(3, n)
        torch.rand(n).sin()
        x.max(2), x.max(1), x.cumsum(1), x.cumprod(2)
        x.gather(2, torch.ones(3, 1).long()), x.scatter(2, torch.ones(3, 1).long() * 1, 5.0)
        x.clone().scatter(2, torch.LongTensor([[n], [1], [n]]), torch.randn(3, 1))
        x.clone().indexAdd(2, torch.LongTensor([n, 1]), torch.randn(3, 2))
        torch.randperm(n), torch.Tensor(n).bernoulli(0.5), torch.Tensor(n).exponential(1), torch.randn(n + 1)
    torch.multinomial(torch.Tensor([0, 1, 3]), 2, False), torch.multinomial(torch.Tensor([0, 1, 3]), 7, True)
    # Through tensors these take more elements than other kernels of this file want.
    torch.randn(4099).sin()
    torch.randn(4099).sort(), torch.ones(3, 1500).sort(2, True)
    torch.LongTensor(4099).random(9).sort(), torch.LongTensor(2, 300).random(9).sort(2, True)
    for n, k in ((1, 1), (2, 1), (3, 3), (300, 7)):
        torch.randn(2, n).topk(k), torch.ones(2, n).topk(k, 2, True, True)
    (
        torch.ones(70_000).sort(),
        torch.rand(70_000).mul(100).floor().sort(1, True),
        torch.LongTensor(70_000).random(9).sort(),
        torch.ByteTensor(70_000).fill(5).sort(),
    )
    for n in (1, 131):
        x, totals, places = np.ones((2, 3, n)), np.zeros((2, n)), np.zeros((2, n), np.int64)
        kernels.along.extrema(x, True, totals, places)
        kernels.along.cumulative(x, False, totals, x.copy())
        kernels.along.rows_by_vector(np.ones((3, n), int), np.ones(n, int), np.zeros(3, int))
        kernels.along.dot(np.ones(n, int), np.ones(n, int))
        kernels.along.products(np.ones(n, int), np.zeros(3, int))
        kernels.histograms.count(np.arange(n) / n, 0.1, 0.8, 0.7, 9.0, np.zeros((4, 9), int))
        kernels.along.fold(np.ones(6 * n, int), 3, 3 * n, n, False, np.zeros((2, 2, n), int))
        torch.randn(2, 3, n).cross(torch.randn(2, 3, n), 2)
    for n in (1, 2, 37):
        a = torch.randn(n, n)
        torch.gesv(torch.randn(n, 2), a.clone()), torch.pstrf(torch.mm(a, a.t()))


def memory():
    """Copies, which through tensors take more elements than other kernels of this file want."""
    for n, m in ((1, 1), (5, 3), (37, 41)):
        x = np.ones((n, m))
        kernels.selection.take(np.zeros((1, 2, m)), x.reshape(1, n, m), np.array([n, 1]))
        kernels.selection.take(np.zeros((n, 2, 1)), x.reshape(n, m, 1), np.array([m, 1]))
        kernels.memory.transpose(x[None], np.zeros((1, m, n)))
        kernels.halves.narrow(x[0], bits := np.zeros(m, np.uint16)), kernels.halves.widen(bits, x[0])
        kernels.sequences.steps(x[0], 1.0, 2.0), kernels.sequences.parts(x[0], 1.0, 2.0, m)


def optimizers():
    """One step each."""
    for name in ("sgd", "adam", "adagrad", "adadelta", "rmsprop", "nag"):
        x = torch.randn(7)
        for _ in range(2):
            getattr(optim, name)(lambda x: (0.0, x.clone()), x, {"learningRate": 0.1, "momentum": 0.9}, {})


def images():
    """Resampling at places within images, on their edges and beyond."""
    for height, width in ((1, 1), (1, 4), (5, 3)):
        x = torch.rand(2, height, width)
        for size in ((1, 1), (2, 3), (7, 2)):
            image.scale(x, *size)
        colours = torch.rand(3, height, width)
        image.hsl2rgb(image.rgb2hsl(colours)), image.hsv2rgb(image.rgb2hsv(colours))
        image.rotate(x, 0.7, "bilinear"), image.polar(x, "bilinear", "full")
        kernels.imaging.unfilter(np.full((5, 7), 3, np.uint8), 2, np.empty((5, 6), np.uint8))
        for mode in ("bilinear", "bicubic", "lanczos"):
            image.warp(x, torch.randn(2, 3, 4).mul(3), mode)
            image.warp(x, torch.zeros(2, height, width), mode, True, "pad", 1)


def assert_checking():
    """An index out of bounds is an error here."""
    assert numba.config.BOUNDSCHECK == 1
    with pytest.raises(IndexError):
        kernels.lookup.add_rows(np.ones((1, 1)), np.array([2]), np.ones(1), -1, np.zeros((2, 1)))


def run():
    """Run everything; the names of the kernel files that were used."""
    assert_checking()
    torch.manualSeed(1)
    assert np.isfinite(both(nn.Tanh(), 3).array).all()
    for part in (convolutions, pooling, planes, rows, elements, memory, optimizers, images):
        part()
    prefix = "torchnn.kernels."
    names = {name.removeprefix(prefix) for name in sys.modules if name.startswith(prefix)}
    return " ".join(sorted(names - {"jit"}))
