"""`nn.convolutionalize`: a classifier of images as a network of convolutions, which slides over larger images."""

from __future__ import annotations

from typing import Any

from torchnn import registry, torch
from torchnn.errors import SizeError, TorchError, sizes
from torchnn.nn import geometry, utils
from torchnn.nn.container import name_place
from torchnn.nn.convolution import SpatialConvolution
from torchnn.nn.identity import Identity
from torchnn.nn.module import Module
from torchnn.nn.sequential import Sequential
from torchnn.torch.core import count
from torchnn.torch.sizes import integers

# Functions of each element alone.
_POINTWISE = frozenset(
    "nn." + name
    for name in (
        "Abs AddConstant Clamp Contiguous Copy Dropout ELU Exp HardShrink HardTanh Identity LeakyReLU Log LogSigmoid "
        "Mul MulConstant PReLU Power RReLU ReLU ReLU6 Sigmoid SoftPlus SoftShrink SoftSign Sqrt Square Tanh "
        "TanhShrink Threshold WhiteNoise"
    ).split()
)
# Functions of all features of a position.
_OVER_FEATURES = frozenset({"nn.LogSoftMax", "nn.SoftMax", "nn.SpatialSoftMax", "nn.SpatialLogSoftMax"})
_OVER_PLANES = frozenset({"nn.SpatialBatchNormalization", "nn.SpatialCrossMapLRN", "nn.SpatialDropout"})
_WINDOWS = frozenset(
    "nn." + name
    for name in (
        "SpatialAveragePooling SpatialConvolution SpatialConvolutionMM SpatialDilatedConvolution "
        "SpatialDilatedMaxPooling SpatialLPPooling SpatialMaxPooling SpatialSubSampling"
    ).split()
)
_FLATTENING = frozenset({"nn.Collapse", "nn.Reshape", "nn.Squeeze", "nn.View"})
_SHARED = ("weight", "bias", "gradWeight", "gradBias", "running_mean", "running_var")


def convolutionalize(net: Any, inputSize: Any, share: bool = False, padded: bool = False) -> Any:
    """A network of convolutions that computes, for every window of an image, what a classifier computes for one image.

    The classifier `net` takes images of `inputSize` = {C, H, W}: layers with windows (convolutions, pooling), then
    `View`, `Reshape`, `Collapse` or `Squeeze`, then `Linear` layers; transfer functions, dropout, batch normalization
    and softmax may be anywhere, modules may be in nested `Sequential`s. The first `Linear` becomes a
    `SpatialConvolution` whose kernel is as large as the features that it flattens, the others become 1x1 convolutions,
    `BatchNormalization` after them becomes `SpatialBatchNormalization`, and what flattens is left out:

        output[o, y, x] = net(image[:, y s : y s + H, x s : x s + W])[o]

    where s is the product of all strides. This holds while evaluating. `share` makes parameters, their gradients and
    running statistics share the memory of the net's; they are copied otherwise. Layers that reach beyond the border of
    their input (padding, pooling rounded up) see zeros there in a window, but its neighbours in an image, so that
    windows inside of a larger image come out differently; `padded` accepts them all the same.

    Input: [N x] C x H' x W' of at least `inputSize`. Output: [N x] n x h x w, 1 x 1 for images of `inputSize`.
    Errors: SizeError where sizes do not fit, TorchError for a module that cannot be slid; the net stays as it is.
    Source: Sermanet et al., OverFeat: integrated recognition, localization and detection using convolutional networks.
    """
    size = utils.positive(**{f"inputSize[{i}]": n for i, n in enumerate(integers([inputSize]), start=1)})
    if len(size) != 3:
        raise SizeError(f"inputSize should be {{C, H, W}}, got {sizes(size)}")
    made = _Conversion(size, share, padded).convert(net)
    return Identity() if made is None else made


class _Conversion:
    """The features of one window on their way through a network, and what becomes of each module.

    size: {C, H, W} of the features; flat: whether the classifier has made a vector of them.
    """

    def __init__(self, size: tuple[int, ...], share: bool, padded: bool) -> None:
        self.size = size
        self.flat = False
        self.share = share
        self.padded = padded

    def convert(self, module: Any) -> Any:
        """The module to use instead, None where there is nothing to do."""
        name = registry.typename(module)
        if name == "nn.Sequential":
            return self._sequential(module)
        if name == "nn.Linear":
            return self._linear(module)
        if name == "nn.BatchNormalization":
            return self._normalization(module)
        if name in _FLATTENING:
            return self._flattening(module)
        if name in _WINDOWS:
            return self._window(module)
        self._check(module, name)
        return self._clone(module)

    def _sequential(self, net: Any) -> Any:
        made = Sequential().type(net.type())
        for i, module in enumerate(net.modules, start=1):
            try:
                converted = self.convert(module)
            except TorchError as error:
                name_place(error, f"In {i} module of nn.Sequential:")
                raise
            if converted is not None:
                made.add(converted)
        return _in_mode_of(net, made)

    def _linear(self, linear: Any) -> Any:
        n_out, n_in = linear.weight.size().totable()
        if not self.flat:
            raise _refused(linear, f"its input of {_text(self.size)} has to be flattened first")
        if n_in != count(self.size):
            raise SizeError(f"{linear} does not fit features of {_text(self.size)}")
        made = _convolution(linear, (n_out, *self.size), self.share)
        self.size = (n_out, 1, 1)
        return made

    def _normalization(self, module: Any) -> Any:
        self._check_vector(module)
        return torch.setmetatable(vars(self._clone(module)), "nn.SpatialBatchNormalization")

    def _flattening(self, module: Any) -> None:
        output = _probe(module, (count(self.size),) if self.flat else self.size)
        if output in (self.size, (1, *self.size)):
            self.flat = False
            return
        if count(output[:-1]) > 1 or output[-1] != count(self.size):
            raise _refused(module, f"it makes {_text(output)} of one window's {_text(self.size)}")
        self.flat = True

    def _window(self, module: Any) -> Any:
        if self.flat:
            raise _refused(module, "its input is flattened")
        output = _probe(module, self.size)[1:]
        if not self.padded and self._reaches_out(module, output):
            raise _refused(module, "it reaches beyond the border of its input; give `padded` to accept that")
        self.size = output
        return self._clone(module)

    def _reaches_out(self, module: Any, output: tuple[int, ...]) -> bool:
        """Whether padding, or rounding up, makes the module see more than its input."""
        if module.padW or module.padH or module.padding:
            return True
        if not module.ceil_mode:
            return False
        dilation = (module.dilationH or 1, module.dilationW or 1)
        kernel, stride = (module.kH, module.kW), (module.dH, module.dW)
        return output[1:] != geometry.convolved_all(self.size[1:], kernel, stride, (0, 0), dilation)

    def _check(self, module: Any, name: str | None) -> None:
        """Raise unless the module does the same to maps as it did to the features of one window."""
        if name in _OVER_FEATURES or (name == "nn.PReLU" and self.flat and module.nOutputPlane):
            self._check_vector(module)
        elif name in _OVER_PLANES and self.flat:
            raise _refused(module, "its input is flattened")
        elif name not in _POINTWISE | _OVER_PLANES or torch.isTensor(module.constant_scalar):
            raise _refused(module, "it is no function of single elements or of windows of planes")

    def _check_vector(self, module: Any) -> None:
        if count(self.size[1:]) != 1 and self.flat:
            raise _refused(module, f"it tells the positions of flattened features of {_text(self.size)} apart")

    def _clone(self, module: Any) -> Any:
        return module.clone(*_SHARED) if self.share else module.clone()


def _probe(module: Any, size: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of a module's output for a batch of one sample of that size."""
    copied = module.clone()
    copied.evaluate()
    return tuple(copied.forward(torch.zeros(1, *size).type(module.type())).size().totable())


def _convolution(linear: Any, size: tuple[int, ...], share: bool) -> Any:
    """A linear layer as a convolution whose weight has that size.

    It is built field by field: the constructor would draw random numbers, and change what comes after.
    """
    conv = SpatialConvolution.__new__(SpatialConvolution)
    Module.__init__(conv)
    conv.type(linear.type())
    conv.nOutputPlane, conv.nInputPlane, conv.kH, conv.kW = size
    conv.dH = conv.dW = 1
    conv.padH = conv.padW = 0
    for name, shape in (("weight", size), ("gradWeight", size), ("bias", size[:1]), ("gradBias", size[:1])):
        tensor = getattr(linear, name)
        if tensor is not None:
            setattr(conv, name, (tensor if share else tensor.clone()).view(*shape))
    if share:
        conv.shared = linear.shared = True
    return _in_mode_of(linear, conv)


def _in_mode_of(module: Any, made: Any) -> Any:
    """The made module, training or evaluating as another one does."""
    if module.train is not None:
        made.train = module.train
    return made


def _refused(module: Any, why: str) -> TorchError:
    return TorchError(f"{module} cannot be slid over an image: {why}")


def _text(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))
