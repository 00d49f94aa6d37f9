"""THNN's functions by name, which modules written in Lua call: `input.THNN.Tanh_updateOutput(input:cdata(), ...)`.

Each function is run as a method of the class that computes the same, on an object with just the fields that the call
names.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, MissingError, SizeError
from torchnn.nn import sparse_linear
from torchnn.torch.core import Core

METHODS = ("updateOutput", "updateGradInput", "accGradParameters")

# Arguments that the methods take, in this order; all others are fields.
_PASSED = ("input", "gradOutput", "target", "scale", "learningRate")

# Fields that no method puts anything else in place of: what is another tensor is a view, or a list of several.
_READ = frozenset("weight gradWeight keys values sizes cumSumSizes lastInput".split())

_SHORT = {
    "OUT": "input output",
    "GRAD": "input gradOutput gradInput",
    "ACC": "input gradOutput gradWeight gradBias",
    "LOSS": "input target output_tensor",
    "SLOPE": "input target gradInput",
    "BUFFERS": "finput fgradInput",
    "K1": "kW dW",
    "K2": "kW kH dW dH",
    "K3": "kT kW kH dT dW dH",
    "P2": "padW padH",
    "P3": "padT padW padH",
    "D2": "dilationW dilationH",
    "D3": "dilationT dilationW dilationH",
    "A2": "adjW adjH",
    "A3": "adjT adjW adjH",
    "FULL": "dT dW dH P3 A3",
    "POOLED2": "outW outH poolSizeW poolSizeH indices",
    "POOLED3": "outT outW outH poolSizeT poolSizeW poolSizeH indices",
    "PLACES": "indices otime owidth oheight dT dW dH P3",
    "KEYED": "keys offset values sizes cumSumSizes",
    "TOUCHED": "gradWeight gradBias lastInput",
    "MAP": "connTable nInputPlane nOutputPlane dW dH",
    "LOCAL": "K2 P2 iW iH oW oH",
}

# Names of classes, and the arguments of METHODS. A second line of a class is that of other versions of Torch7.
_FUNCTIONS = """
Abs Square: OUT / GRAD
Sigmoid Tanh SoftMax LogSoftMax: OUT / GRAD output
Sqrt: OUT eps / GRAD output
ELU: OUT alpha inplace / GRAD output alpha inplace
HardShrink SoftShrink: OUT lambda / GRAD lambda
HardTanh: OUT min_val max_val inplace / GRAD min_val max_val inplace
HardTanh: OUT min_val max_val / GRAD min_val max_val
LeakyReLU: OUT negval inplace / GRAD negval inplace
LogSigmoid: OUT buffer / GRAD buffer
SoftPlus: OUT beta threshold / GRAD output beta threshold
Threshold: OUT threshold val inplace / GRAD threshold val inplace
Threshold: OUT threshold val inplace / GRAD threshold inplace
GatedLinear: OUT dim / GRAD dim
PReLU: OUT weight nOutputPlane / GRAD weight nOutputPlane
PReLU: / / GRAD weight gradWeight gradWeightBuf gradWeightBuf2 nOutputPlane scale
RReLU: OUT noise lower upper train inplace generator / GRAD noise lower upper train inplace
Linear: OUT weight bias addBuffer / GRAD weight
Linear: / / input gradOutput gradInput weight bias gradWeight gradBias addBuffer scale
AbsCriterion MSECriterion SmoothL1Criterion: LOSS sizeAverage / SLOPE sizeAverage
DistKLDivCriterion SoftMarginCriterion: LOSS sizeAverage / SLOPE sizeAverage
BCECriterion: LOSS sizeAverage weights / SLOPE sizeAverage weights
ClassNLLCriterion SpatialClassNLLCriterion: LOSS sizeAverage weights total_weight_tensor
ClassNLLCriterion SpatialClassNLLCriterion: / SLOPE sizeAverage weights total_weight_tensor
ClassNLLCriterion: LOSS sizeAverage weights total_weight_tensor ignoreIndex
ClassNLLCriterion: / SLOPE sizeAverage weights total_weight_tensor ignoreIndex
L1Cost: input output_tensor / GRAD
MarginCriterion: LOSS sizeAverage margin / SLOPE sizeAverage margin
MultiLabelMarginCriterion: LOSS isTarget sizeAverage / SLOPE isTarget sizeAverage
MultiMarginCriterion: LOSS sizeAverage p weights margin / SLOPE sizeAverage p weights margin
LookupTable: / / input gradOutput gradWeight count sorted indices shouldScaleGradByFreq paddingValue scale
TemporalConvolution: OUT weight bias K1 inputFrameSize outputFrameSize / GRAD weight K1 / ACC K1 scale
TemporalMaxPooling: OUT indices K1 / GRAD indices K1
TemporalSubSampling: OUT weight bias K1 inputFrameSize / GRAD weight K1 / ACC K1 scale
SpatialConvolutionMM: OUT weight bias BUFFERS K2 P2 / GRAD weight BUFFERS K2 P2 / ACC BUFFERS K2 P2 scale
SpatialConvolutionLocal: OUT weight bias BUFFERS LOCAL / GRAD weight BUFFERS LOCAL / ACC BUFFERS LOCAL scale
SpatialConvolutionMap: OUT weight bias MAP / GRAD weight bias MAP / ACC MAP scale
SpatialFullConvolutionMap: OUT weight bias MAP / GRAD weight bias MAP / ACC MAP scale
SpatialFullConvolution: OUT weight bias BUFFERS K2 P2 A2 / GRAD weight fgradInput K2 P2 A2 / ACC BUFFERS K2 P2 A2 scale
SpatialDilatedConvolution: OUT weight bias BUFFERS K2 P2 D2 / GRAD weight fgradInput K2 P2 D2
SpatialDilatedConvolution: / / ACC BUFFERS K2 P2 D2 scale
SpatialMaxPooling: OUT indices K2 P2 ceil_mode / GRAD indices K2 P2 ceil_mode
SpatialDilatedMaxPooling: OUT indices K2 P2 D2 ceil_mode / GRAD indices K2 P2 D2 ceil_mode
SpatialAveragePooling: OUT K2 P2 ceil_mode count_include_pad / GRAD K2 P2 ceil_mode count_include_pad
SpatialAdaptiveMaxPooling: OUT indices W H / GRAD indices
SpatialAdaptiveAveragePooling: OUT W H / GRAD
SpatialSubSampling: OUT weight bias K2 / GRAD weight K2 / ACC K2 scale
SpatialUpSamplingNearest: OUT scale_factor / GRAD scale_factor
SpatialReflectionPadding: OUT pad_l pad_r pad_t pad_b / GRAD pad_l pad_r pad_t pad_b
SpatialReplicationPadding: OUT pad_l pad_r pad_t pad_b / GRAD pad_l pad_r pad_t pad_b
VolumetricReplicationPadding: OUT pleft pright ptop pbottom pfront pback / GRAD pleft pright ptop pbottom pfront pback
VolumetricConvolution: OUT weight bias BUFFERS dT dW dH P3 / GRAD weight fgradInput dT dW dH P3
VolumetricConvolution: / / ACC BUFFERS dT dW dH P3 scale
VolumetricDilatedConvolution: OUT weight bias BUFFERS K3 P3 D3 / GRAD weight fgradInput K3 P3 D3
VolumetricDilatedConvolution: / / ACC BUFFERS K3 P3 D3 scale
VolumetricMaxPooling: OUT indices K3 P3 ceil_mode / GRAD indices K3 P3 ceil_mode
VolumetricDilatedMaxPooling: OUT indices K3 P3 D3 ceil_mode / GRAD indices K3 P3 D3 ceil_mode
VolumetricAveragePooling: OUT K3 / GRAD K3
SpatialFractionalMaxPooling: OUT POOLED2 randomSamples / GRAD POOLED2
VolumetricFractionalMaxPooling: OUT POOLED3 randomSamples / GRAD POOLED3
SpatialMaxUnpooling: OUT indices owidth oheight / GRAD indices owidth oheight
VolumetricMaxUnpooling: OUT PLACES / GRAD PLACES
SpatialUpSamplingBilinear: OUT oheight owidth / gradOutput gradInput batch planes height width oheight owidth
VolumetricConvolutionMM: OUT weight bias finput K3 P3 / GRAD weight BUFFERS K3 P3 / ACC finput K3 P3 scale
VolumetricFullConvolution: OUT weight bias BUFFERS FULL / GRAD weight BUFFERS FULL / ACC BUFFERS FULL scale
SpatialDepthWiseConvolution: OUT weight bias BUFFERS K2 P2 / GRAD weight BUFFERS K2 P2 / ACC BUFFERS K2 P2 scale
TemporalRowConvolution: OUT weight bias BUFFERS K1 padW featFirst / GRAD weight BUFFERS K1 padW featFirst
TemporalRowConvolution: / / ACC BUFFERS K1 padW featFirst scale
TemporalRowConvolutionMM: OUT weight bias BUFFERS K1 padW / GRAD weight BUFFERS K1 padW / ACC BUFFERS K1 padW scale
SparseLinear: OUT weight bias / / input gradOutput gradWeight gradBias weight bias weightDecay scale
IndexLinear: KEYED output weight bias normalizedValues train
IndexLinear: / / KEYED gradOutput gradWeight gradBias weight bias valuesBuffer weightDecay scale
"""

_STATISTICS = "running_mean running_var save_mean save_std train"

# Functions that stand for other methods than METHODS.
_OTHERS = {
    "BatchNormalization_updateOutput": f"OUT weight bias {_STATISTICS} momentum eps",
    "BatchNormalization_backward": f"input gradOutput gradInput gradWeight gradBias weight {_STATISTICS} scale eps",
    "LookupTable_renorm": "input weight maxNorm normType",
    "SparseLinear_zeroGradParameters": "TOUCHED",
    "SparseLinear_updateParameters": "weight bias TOUCHED learningRate",
    "SparseLinear_legacyUpdateOutput": "OUT weight bias",
    "SparseLinear_legacyAccGradParameters": "ACC weight bias weightDecay scale",
    "SparseLinear_legacyZeroGradParameters": "TOUCHED",
    "SparseLinear_legacyUpdateParameters": "weight bias TOUCHED learningRate",
    "IndexLinear_accUpdateGradParameters": "KEYED gradOutput weight bias weightDecay learningRate",
    "IndexLinear_updateParameters": "gradWeight gradBias weight bias keys cumSumSizes offset weightDecay learningRate",
}

# Classes that are called otherwise than the functions.
_CLASSES = {
    "GatedLinear": "GatedLinearUnit",
    "TemporalRowConvolutionMM": "TemporalRowConvolution",
    "VolumetricConvolutionMM": "VolumetricConvolution",
}


@functools.cache
def functions() -> dict[str, dict[int, tuple[str, ...]]]:
    """The names of the functions, and for each number of arguments what these are."""
    found: dict[str, dict[int, tuple[str, ...]]] = {}

    def add(function: str, arguments: str) -> None:
        for _ in range(3):  # short forms hold short forms, which hold others
            arguments = " ".join(_SHORT.get(word, word) for word in arguments.split())
        found.setdefault(function, {})[len(arguments.split())] = tuple(arguments.split())

    for line in _FUNCTIONS.strip().splitlines():
        names, _, parts = line.partition(":")
        for method, arguments in zip(METHODS, parts.split("/"), strict=False):
            if arguments.strip():
                for name in names.split():
                    add(f"{name}_{method}", arguments)
    for function, arguments in _OTHERS.items():
        add(function, arguments)
    return found


def call(function: str, *arguments: Any) -> None:
    """Run a function; errors: `MissingError` where it is not here, `ArgumentError` for a wrong number of arguments."""
    forms = functions().get(function)
    if forms is None:
        raise MissingError(f"the function {function} of THNN is not here", function)
    if len(arguments) not in forms:
        wanted = " or ".join(", ".join(form) for form in forms.values())
        raise ArgumentError(f"wrong number of arguments for function call: {function}({wanted})")
    given = dict(zip(forms[len(arguments)], arguments, strict=True))
    if arguments[0] is None:
        raise ArgumentError(f"bad argument #1 to '{function}' (tensor expected, got nil)")
    name, _, method = function.partition("_")
    fields = {key: value for key, value in given.items() if key not in _PASSED}
    this = _object(name, fields, given)
    other = _METHODS.get(method)
    run = functools.partial(other, this) if callable(other) else getattr(this, other or method)
    run(*[given[key] for key in _PASSED if key in given])
    _hand_back(this, fields)


def _object(name: str, fields: dict[str, Any], given: dict[str, Any]) -> Any:
    """An object of a class with these fields and those that follow from them."""
    cls: Any = registry.find("nn." + _CLASSES.get(name, name))
    this = cls.__new__(cls)
    vars(this).update(fields)
    for name_of_gradient, name_of_parameter in (("gradWeight", "weight"), ("gradBias", "bias")):
        if name_of_gradient in fields and fields.get(name_of_parameter) is None:
            setattr(this, name_of_parameter, fields[name_of_gradient])
    complete = _COMPLETE.get(name)
    if complete is not None:
        complete(this, given)
    return this


def _hand_back(this: Any, fields: dict[str, Any]) -> None:
    """Make the tensors of a call views of what the method put in their place."""
    for key, tensor in fields.items():
        made = vars(this)[key]
        if isinstance(tensor, Core) and made is not tensor and key not in _READ:
            tensor.set(made)


def _normalization_backward(this: Any, input: Any, gradOutput: Any, scale: float) -> None:
    """The gradients that the call has tensors for."""
    if this.gradInput is not None:
        this.updateGradInput(input, gradOutput)
    if this.gradWeight is not None or this.gradBias is not None:
        this.accGradParameters(input, gradOutput, scale)


def _renorm(this: Any, indices: Any) -> None:
    """Scale rows down whose norm is too large, as they are when they are looked up."""
    this.output = this.weight.new()
    this.updateOutput(indices)


# What runs in place of a method of that name: another method, or a function of the object.
_METHODS: dict[str, Callable[..., None] | str] = {
    "backward": _normalization_backward,
    "renorm": _renorm,
    "legacyUpdateOutput": "updateOutput",
    "legacyAccGradParameters": "accGradParameters",
    "legacyZeroGradParameters": "zeroGradParameters",
    "legacyUpdateParameters": "updateParameters",
}


# ---------------------------------------------------------------------- fields that follow from others

Given = dict[str, Any]


def _normalization(this: Any, given: Given) -> None:
    this.nDim = given["input"].dim()


def _threshold(this: Any, _: Given) -> None:
    this.val = this.threshold if this.val is None else this.val


def _labelled(this: Any, _: Given) -> None:
    this.ignoreIndex = -100 if this.ignoreIndex is None else this.ignoreIndex


def _averages(this: Any, _: Given) -> None:
    this.divide = True


def _adapted(this: Any, given: Given) -> None:
    if "gradOutput" in given:
        this.H, this.W = given["gradOutput"]._size[-2:]


def _upsampling(this: Any, given: Given) -> None:
    this.inputSize = this.outputSize = given["input"].size()


def _temporal_convolution(this: Any, _: Given) -> None:
    this.outputFrameSize, width = this.weight._size
    this.inputFrameSize = width // this.kW
    _need_bias(this, this.outputFrameSize)


def _sub_sampling(this: Any, _: Given) -> None:
    this.inputFrameSize = this.nInputPlane = this.weight.nElement()
    _need_bias(this, this.nInputPlane)


def _map(this: Any, _: Given) -> None:
    this.kH, this.kW = this.weight._size[-2:]


def _local(this: Any, given: Given) -> None:
    this.nInputPlane = given["input"]._size[-3]
    this.nOutputPlane = this.weight.nElement() // (this.nInputPlane * this.kH * this.kW * this.oH * this.oW)
    _need_bias(this, this.nOutputPlane, this.oH, this.oW)


def _volumetric(this: Any, _: Given) -> None:
    this.nOutputPlane, this.nInputPlane, this.kT, this.kH, this.kW = this.weight._size


def _volumetric_product(this: Any, given: Given) -> None:
    """The weight comes as a matrix here."""
    this.nInputPlane, this.nOutputPlane = given["input"]._size[-4], this.weight.size(1)
    size = this.nOutputPlane, this.nInputPlane, this.kT, this.kH, this.kW
    for name in ("weight", "gradWeight"):
        if vars(this).get(name) is not None:
            setattr(this, name, getattr(this, name).view(*size))


def _full_volumetric(this: Any, _: Given) -> None:
    this.nInputPlane, this.nOutputPlane, this.kT, this.kH, this.kW = this.weight._size


def _by_plane(this: Any, given: Given) -> None:
    this.nOutputPlane, this.nInputPlane = this.weight.size(1), given["input"]._size[-3]


def _by_row(this: Any, _: Given) -> None:
    if this.padW:
        raise ArgumentError(f"TemporalRowConvolution has no padding, got {this.padW}")
    this.inputFrameSize = this.weight.size(1)


def _fractional(this: Any, given: Given) -> None:
    this.newRandomPool = True  # which is to keep the samples
    if this.randomSamples is None:  # they have been used
        this.randomSamples = given["input"]


def _unpooling(this: Any, _: Given) -> None:
    """The pooling module, which has the sizes and places."""
    pooling: Any = registry.find(this._pooling)
    this.pooling = pooling.__new__(pooling)
    vars(this.pooling).update({other: getattr(this, own) for own, other in this._taken.items()})


def _bilinear(this: Any, given: Given) -> None:
    if "input" not in given:
        given["input"] = this.gradInput.new(this.batch, this.planes, this.height, this.width)
    _upsampling(this, given)


def _sparse(this: Any, given: Given) -> None:
    """A matrix of rows {sample, index, value} is what the module makes of the table that it takes."""
    this.sparseUpdate = sparse_linear.OFTEN if this.lastInput is None else sparse_linear.ONCE
    input = given.get("input")
    if input is not None and input.dim() == 2:
        samples = given["gradOutput"] if "gradOutput" in given else this.output
        rows = np.array(input.array)
        if rows.shape[1] != 3 or rows[:, 0].min() < 1 or rows[:, 0].max() >= len(samples) + 1:
            raise SizeError(f"rows of a sample from 1 to {len(samples)}, an index and a value expected")
        given["input"] = [input] * len(samples)
        this._formatted = lambda _: rows


def _indexed(this: Any, given: Given) -> None:
    """What the module keeps of keys; the gradients of some are applied, or kept in the tensor that is given."""
    this.outputSize = this.bias.size(1)
    this.normalize = this.weight.size(2) - this.outputSize
    this.noBatch, this.sizesCache, this.cumSumSizesCache = False, [], []
    applied = "values" not in given
    this.running = {"cumSumSizes": [], "gradWeight": [this.gradWeight], "counter": 2 if applied else 1}
    this.running["keys"] = [this.keys] if applied else []
    if applied:
        return
    values = this.values.clone()
    given["input"] = [this.keys, values, this.sizes]
    if "gradOutput" in given:
        this._flatten(given["input"])
        this.normalizedValues = values


def _need_bias(this: Any, *size: int) -> None:
    """Let a method that only checks the bias have one."""
    this.bias = this.weight.new(*size) if this.bias is None else this.bias


_COMPLETE: dict[str, Callable[[Any, Given], None]] = {
    "BatchNormalization": _normalization,
    "Threshold": _threshold,
    "ClassNLLCriterion": _labelled,
    "SpatialAveragePooling": _averages,
    "SpatialAdaptiveMaxPooling": _adapted,
    "SpatialAdaptiveAveragePooling": _adapted,
    "SpatialUpSamplingNearest": _upsampling,
    "TemporalConvolution": _temporal_convolution,
    "TemporalSubSampling": _sub_sampling,
    "SpatialSubSampling": _sub_sampling,
    "SpatialConvolutionMap": _map,
    "SpatialFullConvolutionMap": _map,
    "SpatialConvolutionLocal": _local,
    "VolumetricConvolution": _volumetric,
    "VolumetricConvolutionMM": _volumetric_product,
    "VolumetricFullConvolution": _full_volumetric,
    "SpatialDepthWiseConvolution": _by_plane,
    "TemporalRowConvolution": _by_row,
    "TemporalRowConvolutionMM": _by_row,
    "SpatialFractionalMaxPooling": _fractional,
    "VolumetricFractionalMaxPooling": _fractional,
    "SpatialMaxUnpooling": _unpooling,
    "VolumetricMaxUnpooling": _unpooling,
    "SpatialUpSamplingBilinear": _bilinear,
    "SparseLinear": _sparse,
    "IndexLinear": _indexed,
}
