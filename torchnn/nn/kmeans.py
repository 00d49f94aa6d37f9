"""`nn.Kmeans`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import SizeError, sizes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.torch import parallel
from torchnn.torch.filling import random
from torchnn.torch.sizes import integer
from torchnn.torch.sorting import sort
from torchnn.torch.tensor import LongTensor

# What is added to the numbers of samples that gradients are divided by.
EPSILON = 1e-7


@registry.register("nn.Kmeans")
class Kmeans(Module):
    """Online clustering: each sample is given to the nearest of `k` centers, the rows of `weight` (`k` x `dim`).

    Input: N x `dim`, contiguous. Output: N numbers of clusters (1-based). `loss` is the sum of the squared distances,
    `clusterSampleCount` how many samples each center got in the last `accGradParameters`. The gradient of the input is
    zero; that of a center is -scale times the mean of x - center over its samples, where the `scale` of the constructor
    wins over that of `backward`. The weight starts uniform in (-1, 1).
    """

    def __init__(self, k: int, dim: int, scale: float | None = None) -> None:
        super().__init__()
        self.k, self.dim = integer(k), integer(dim)
        if self.k < 1:
            raise SizeError(f"Clusters cannot be 0 or negative, got {self.k}")
        if self.dim < 1:
            raise SizeError(f"Dimensionality cannot be 0 or negative, got {self.dim}")
        utils.positive(k=self.k, dim=self.dim)
        self.scale = scale
        self.weight = utils.zeros(self.k, self.dim)
        self.gradWeight = utils.zeros(self.k, self.dim)
        self.loss = 0
        self.clusterSampleCount = utils.zeros(self.k)
        self.reset()

    def reset(self, stdev: float | None = None) -> None:
        """Draw the centers uniformly from (-stdev, stdev), by default (-1, 1)."""
        stdev = 1 if stdev is None else stdev
        self.weight.uniform(-stdev, stdev)

    def initRandom(self, input: Any) -> None:
        """Let the centers be samples drawn from an input N x `dim`, N >= `k`; the same may be drawn twice."""
        samples = self._samples(input)
        if len(samples) < self.k:
            raise SizeError(f"Need atleast k samples for initialization: got {len(samples)} for {self.k} clusters")
        chosen = LongTensor(self.k).random(1, len(samples)).array
        self.weight.array[...] = samples[chosen - 1]

    def initKmeansPlus(self, input: Any, p: float | None = None) -> None:
        """Let each center be one of the samples of an input N x `dim` that are farthest from those chosen before.

        It is drawn from the farthest 1 - `p` of the samples (default: the field `p`, or 0.95).
        """
        samples = self._samples(input)
        p = (0.95 if self.p is None else self.p) if p is None else p
        if not 0 <= p <= 1:
            raise SizeError(f"P value should be between 0-1, got {p}")
        self.p = p
        farthest = max(math.ceil((1 - p) * len(samples)), 1)
        weight = self.weight.array
        weight[0] = samples[random(len(samples)) - 1]
        nearest = self.weight.new(len(samples)).fill(math.inf)
        for k in range(1, len(weight)):
            distances = np.square(samples - weight[k - 1]).sum(axis=1)
            np.minimum(nearest.array, distances, out=nearest.array)
            order = sort(nearest, True)[1].array
            weight[k] = samples[order[random(farthest) - 1] - 1]

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The numbers of the nearest centers; the first of equally near ones."""
        samples = self._samples(input)
        if not input.isContiguous():
            raise SizeError("Input is not contiguous.")
        distances = np.empty((len(samples), self.k), samples.dtype)
        kernels.distances.squared(samples, self.weight.contiguous().array, distances)
        smallest, nearest = type(input).wrap(distances).min(2)
        self._minIndx = nearest.select(2, 1)
        checks.refilled(self.output, (len(samples),))[...] = self._minIndx.array
        self.loss = smallest.sum()
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Zeros."""
        checks.tensor(input)
        parallel.fill(checks.refilled(self.gradInput, input._size), 0)
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight -= scale times the mean of x - center, for each center; `forward` gave the samples to them."""
        scale = (1 if scale is None else scale) if self.scale is None else self.scale
        if not checks.number("scale", scale) > 0:
            raise SizeError(f"Scale has to be positive, got {scale}")
        samples = self._samples(input)
        checks.size_of("_minIndx", self._minIndx, (len(samples),))
        nearest, weight = self._minIndx.array - 1, self.weight.array
        counts = np.bincount(nearest, minlength=self.k)
        checks.refilled(self.clusterSampleCount, (self.k,))[...] = counts
        sums = np.zeros_like(weight)
        factors = np.full(len(samples), -scale, samples.dtype)
        kernels.lookup.add_rows(samples - weight[nearest], nearest, factors, -1, sums)
        np.add(self.gradWeight.array, sums / (counts + EPSILON).astype(sums.dtype)[:, None], out=self.gradWeight.array)

    def _samples(self, input: Any) -> np.ndarray:
        """The input as rows."""
        checks.same_type(input, weight=self.weight, output=self.output)
        if input.dim() != 2:
            raise SizeError(f"Incorrect input dimensionality. Expecting 2D, got {sizes(input._size)}")
        if input.size(2) != self.dim:
            given = f"{sizes(input._size)} and {sizes(self.weight._size)}"
            raise SizeError(f"Dimensionality of input and weight don't match: {given}")
        return input.array

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors and drop the indices; returns the module."""
        self._minIndx = None
        return super().type(type, tensorCache)

    def clearState(self) -> None:
        """Drop the indices, but neither output nor gradient, as in Torch7; returns nothing."""
        self._minIndx = None
