"""Batch normalization for inputs of any rank."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from torchnn import kernels, registry
from torchnn.errors import ArgumentError, SizeError, TorchError, different_shapes
from torchnn.nn import checks, utils
from torchnn.nn.module import Module
from torchnn.nn.replayed import replayed

# Fields of one number for each feature.
_PER_FEATURE = ("running_mean", "running_var", "weight", "bias")


@registry.register("nn.BatchNormalization")
class BatchNormalization(Module):
    """y = (x - mean) / sqrt(variance + eps) * weight + bias, with statistics of each feature over the batch.

    Input: N x n. Output: the same. Training normalizes by the mean and the biased variance of the batch and moves
    `running_mean` and `running_var` (the unbiased variance) by `momentum` toward them; evaluation, and a batch of
    one, are normalized by the running statistics. `save_mean` and `save_std` (the inverse of the standard deviation)
    are those of the last training batch. `affine` False leaves out `weight` (uniform in (0, 1) at first) and `bias`
    (zero). Only evaluation takes a single sample, whose tensor becomes a batch of one.
    Source: Ioffe, Szegedy, Batch normalization.
    """

    nDim: ClassVar[int] = 2
    _version: ClassVar[int] = 2

    def __init__(
        self,
        nOutput: int | None = None,
        eps: float | None = None,
        momentum: float | None = None,
        affine: bool | None = None,
    ) -> None:
        super().__init__()
        if nOutput is None:
            raise ArgumentError("Missing argument #1: dimensionality of input.")
        if nOutput == 0:
            raise SizeError("To set affine=false call BatchNormalization(nOutput,  eps, momentum, false)")
        if affine is not None and not isinstance(affine, (bool, np.bool_)):
            raise ArgumentError("affine has to be true/false")
        (size,) = utils.positive(nOutput=nOutput)
        self.affine = True if affine is None else bool(affine)
        self.eps = 1e-5 if eps is None else eps
        self.train = True
        self.momentum = 0.1 if momentum is None else momentum
        self.running_mean, self.running_var = utils.zeros(size), utils.zeros(size)
        if self.affine:
            self.weight, self.bias = utils.zeros(size), utils.zeros(size)
            self.gradWeight, self.gradBias = utils.zeros(size), utils.zeros(size)
        self.reset()

    def reset(self, *_: Any) -> None:
        """Draw the weight uniformly from (0, 1), zero the bias and forget the running statistics."""
        if self.weight is not None:
            self.weight.uniform()
        if self.bias is not None:
            self.bias.array.fill(0)
        self.running_mean.array.fill(0)
        self.running_var.array.fill(1)

    @replayed
    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The normalized input."""
        self._check(input)
        input = self._batch("_input", input)
        x = _folded(input.array)
        result = checks.refilled(self.output, input._size)
        y = _target(result, x)
        self._make_statistics(input)
        weight, bias = self._affine(x)
        if self._trains(input):
            self._expect(input)
            statistics = [t.array for t in (self.running_mean, self.running_var, self.save_mean, self.save_std)]
            numbers = float(self.momentum), float(self.eps)
            kernels.normalization.train_forward(x, y, weight, bias, *statistics, *numbers)
        else:
            kernels.normalization.forward(x, y, weight, bias, *self._statistics(input))
        _store(result, y)
        return self.output

    @replayed
    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The gradient of the input; through the statistics too where they were those of the batch."""
        nothing = np.empty(0, self.running_mean.element.dtype)
        self._fill_gradient(*self._checked(input, gradOutput), 1, nothing, nothing)
        return self.gradInput

    @replayed
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """gradWeight += scale * sums of gradOutput * normalized input, gradBias += scale * sums of gradOutput."""
        input, gradOutput = self._checked(input, gradOutput)
        x, gradient = _folded(input.array), _folded(gradOutput.array)
        scale = 1.0 if scale is None else float(scale)
        self._expect(input)
        kernels.normalization.accumulate(x, gradient, *self._statistics(input), scale, *self._gradients())

    @replayed
    def backward(self, input: Any, gradOutput: Any, scale: float | None = 1, *_: Any) -> Any:
        """Both gradients in one pass; returns that of the input."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        scale = 1 if scale is None else scale
        self._fill_gradient(*self._checked(input, gradOutput), scale, *self._gradients())
        return self.gradInput

    def _fill_gradient(
        self, input: Any, gradOutput: Any, scale: float, grad_weight: np.ndarray, grad_bias: np.ndarray
    ) -> None:
        """Fill `gradInput`, and add to the gradients of the parameters, each of which may be empty."""
        x, gradient = _folded(input.array), _folded(gradOutput.array)
        mean, inverse = self._statistics(input)
        result = checks.refilled(self.gradInput, input._size)
        target = _target(result, x)
        count = float(x.size // x.shape[1]) if self._trains(input) else math.inf
        weight, sums = self._affine(x)[0], (float(scale), grad_weight, grad_bias)
        if count < math.inf:
            self._expect(input)
        kernels.normalization.backward(x, gradient, target, mean, inverse, weight, count, *sums)
        _store(result, target)

    def _gradients(self) -> tuple[np.ndarray, np.ndarray]:
        """The gradients of weight and bias; empty where there are none."""
        nothing = np.empty(0, self.running_mean.element.dtype)
        weight = nothing if self.weight is None else self.gradWeight.array
        return weight, nothing if self.bias is None else self.gradBias.array

    def _expect(self, input: Any) -> None:
        """Say that a pass is one launch, where it is: of maps, by statistics of the batch, with weight and bias."""
        if len(input._size) > 2 and self.weight is not None and self.bias is not None and self._trains(input):
            kernels.recording.expect("loop")

    # ------------------------------------------------------------------ checks and buffers

    def _promoted(self, tensor: Any) -> tuple[int, ...]:
        """The sizes of a batch; those of a single sample as a batch of one."""
        size: tuple[int, ...] = tensor._size
        return (1, *size) if len(size) == self.nDim - 1 else size

    def _checked(self, input: Any, gradOutput: Any) -> tuple[Any, Any]:
        """Input and gradOutput as contiguous batches."""
        self._check(input)
        checks.same_type(input, gradOutput=gradOutput, gradInput=self.gradInput)
        for statistic in (self.save_mean, self.save_std):
            if statistic is None or statistic._size != self.running_mean._size:
                raise TorchError("must call :updateOutput() first")
        if gradOutput._size != input._size and self._promoted(gradOutput) != self._promoted(input):
            raise different_shapes("input", input._size, "gradOutput", gradOutput._size)
        return self._batch("_input", input), self._batch("_gradOutput", gradOutput)

    def _check(self, input: Any) -> None:
        mean, variance, weight, bias = fields = self.running_mean, self.running_var, self.weight, self.bias
        checks.same_type(input, output=self.output, running_mean=mean, running_var=variance, weight=weight, bias=bias)
        features = self.checkInputDim(input)
        for key, tensor in zip(_PER_FEATURE, fields, strict=True):
            if tensor is not None and tensor._size != (features,):
                checks.size_of(key, tensor, (features,))

    def checkInputDim(self, input: Any) -> int:
        """Check the sizes of an input; returns how many features it has."""
        size, dims, features = input._size, self.nDim, int(self.running_mean.nElement())
        if not (len(size) == dims or (len(size) == dims - 1 and self.train is False)):
            raise SizeError(f"only mini-batch supported ({dims}D tensor), got {len(size)}D tensor instead")
        axis = len(size) - dims + 1
        if size[axis] != features:
            raise SizeError(f"got {size[axis]}-feature tensor, expected {features}")
        return features

    def _batch(self, buffer: str, tensor: Any) -> Any:
        """The tensor, copied into a buffer where it is not contiguous; a single sample becomes a batch of one."""
        if not tensor.isContiguous():
            copy = getattr(self, buffer)
            if copy is None:
                copy = type(tensor).empty()
                setattr(self, buffer, copy)
            np.copyto(checks.refilled(copy, tensor._size), tensor.array)
            tensor = copy
        if len(tensor._size) == self.nDim - 1:
            utils.addSingletonDimension(tensor, tensor, 1)
        return tensor

    def _trains(self, input: Any) -> bool:
        """Whether the batch is normalized by its own statistics: a batch of one never is."""
        return bool(self.train) and input._size[0] != 1

    def _make_statistics(self, input: Any) -> None:
        for name in ("save_mean", "save_std"):
            statistic = getattr(self, name)
            if statistic is None:
                statistic = type(input).empty()
                setattr(self, name, statistic)
            checks.refilled(statistic, self.running_mean._size)

    def _statistics(self, input: Any) -> tuple[np.ndarray, np.ndarray]:
        """Mean and inverse standard deviation: of the batch, or the running ones."""
        if self._trains(input):
            return self.save_mean.array, self.save_std.array
        variance = self.running_var.array
        with np.errstate(all="ignore"):
            inverse = 1 / np.sqrt(variance.astype(np.float64) + self.eps)
        return self.running_mean.array, inverse.astype(variance.dtype, copy=False)

    def _affine(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weight and bias, one and zero where there are none."""
        features = x.shape[1]
        weight = np.ones(features, x.dtype) if self.weight is None else self.weight.array
        bias = np.zeros(features, x.dtype) if self.bias is None else self.bias.array
        return weight, bias

    def clearState(self) -> Any:
        """Empty what the last calls computed; returns the module."""
        utils.clear(self, "_input", "_gradOutput", "save_mean", "save_std")
        utils.clear(self, "buffer", "buffer2", "centered", "std", "normalized")  # of old files
        return super().clearState()

    def _upgrade(self, version: int) -> None:
        """Version 1 may hold the inverse of the running standard deviation instead of the variance."""
        if version < 2 and self.running_std is not None:
            deviation = self.running_std
            self.running_var = type(deviation).wrap(deviation.array**-2.0 - self.eps)
            self.running_std = None

    def __tostring__(self) -> str:
        return f"{registry.typename(self)} ({self.nDim}D) ({self.running_mean.nElement()})"


@registry.register("nn.SpatialBatchNormalization")
class SpatialBatchNormalization(BatchNormalization):
    """Batch normalization of feature maps, with statistics of each map over the batch and all positions.

    Input: N x C x H x W. Output: the same. Arguments and fields are those of BatchNormalization.
    """

    nDim = 4


@registry.register("nn.VolumetricBatchNormalization")
class VolumetricBatchNormalization(BatchNormalization):
    """Batch normalization of volumes, with statistics of each feature over the batch and all positions.

    Input: N x C x D x H x W. Output: the same. Arguments and fields are those of BatchNormalization.
    """

    nDim = 5
    _version = 1


def _folded(array: np.ndarray) -> np.ndarray:
    """A contiguous batch as batch x channels x positions; a matrix transposed, so that features are contiguous."""
    if array.ndim == 2:
        return np.ascontiguousarray(array.T)[None]
    return array.reshape(array.shape[0], array.shape[1], -1)


def _target(result: np.ndarray, like: np.ndarray) -> np.ndarray:
    """What a kernel fills in the place of a contiguous result."""
    return np.empty_like(like) if result.ndim == 2 else result.reshape(like.shape)


def _store(result: np.ndarray, filled: np.ndarray) -> None:
    if result.ndim == 2:
        result[...] = filled[0].T
