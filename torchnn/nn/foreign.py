"""Reads the modules of packages for graphics cards as the modules of nn that compute the same.

`cudnn`, `cunn`, `inn` and `fbnn` bring classes of their own for what nn has, with fields that differ here and there.
"""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import SizeError
from torchnn.nn.sequential import Sequential
from torchnn.nn.slices import Narrow, Padding
from torchnn.nn.table_containers import ConcatTable
from torchnn.nn.table_layers import JoinTable

# What cudnn keeps between calls: descriptors, choices of algorithms, sizes and copies on the other side.
_CUDNN_STATE = (
    "algType", "autotunerHash", "benchmarked", "biasDesc", "bmode", "bwdDataAlgType", "bwdFilterAlgType", "bwmode",
    "bdmode", "convDesc", "extraBuffer", "extraBufferSizeInBytes", "fmode", "fwdAlgType", "iDesc", "iSize",
    "input_offset", "oDesc", "oDescForBias", "oSize", "output_offset", "sDesc", "scaleT", "ssize", "weightDesc",
    "weight_offset",
)  # fmt: skip

# Packages whose classes compute what those of the same name in nn compute, and the classes that do not.
_PACKAGES = ("cudnn", "cunn", "fbnn", "inn")
_DIFFERENT = frozenset(("cudnn.SpatialDivisiveNormalization",))


def _plain(m: Any, version: int) -> None:
    """Drop the fields that only cudnn uses."""
    for name in _CUDNN_STATE:
        vars(m).pop(name, None)


def _rectifier(m: Any, version: int) -> None:
    _plain(m, version)
    vars(m).pop("mode", None)
    m.inplace = bool(m.inplace)
    m.threshold, m.val = 0, 0


def _clipped(m: Any, version: int) -> None:
    """`min(max(x, 0), ceiling)`."""
    _plain(m, version)
    vars(m).pop("mode", None)
    m.min_val, m.max_val, m.inplace = 0, vars(m).pop("ceiling"), bool(m.inplace)


def _pointwise(m: Any, version: int) -> None:
    """A transfer function; `mode` only repeats what the class says."""
    _plain(m, version)
    vars(m).pop("mode", None)
    vars(m).pop("inplace", None)


def _pooling(m: Any, version: int) -> None:
    """Padding and rounding were added later than the class."""
    _plain(m, version)
    mode = vars(m).pop("mode", None)
    m.padW, m.padH = m.padW or 0, m.padH or 0
    m.ceil_mode = bool(m.ceil_mode)
    if registry.typename(m).endswith("AveragePooling"):
        m.divide = True
        m.count_include_pad = mode != "CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING"
    else:
        m.indices = m.output.new() if m.indices is None else m.indices


def _volumetric_pooling(m: Any, version: int) -> None:
    _pooling(m, version)
    m.padT = m.padT or 0


def _normalization(m: Any, version: int) -> None:
    """Version 1 has `running_std`, as version 1 of nn does."""
    _plain(m, version)
    for name in ("mode", "nDim", "save_mean"):
        vars(m).pop(name, None)
    vars(m).pop("save_std", None)
    m._upgrade(version)


def _cross_map(m: Any, version: int) -> None:
    """Some versions call `k` `K`."""
    _plain(m, version)
    if "K" in vars(m):
        m.k = vars(m).pop("K")
    m.scale = m.output.new() if m.scale is None else m.scale


def _caffe_pooling(m: Any, version: int) -> None:
    """The windows of inn reach beyond the border, as those of Caffe do."""
    m.ceil_mode = True
    m.padW, m.padH = 0, 0
    if registry.typename(m).endswith("AveragePooling"):
        m.divide, m.count_include_pad = True, False


def _convolution(m: Any, version: int) -> None:
    """A convolution; of several groups of planes, one convolution for each group."""
    _plain(m, version)
    groups = vars(m).pop("groups", None) or 1
    m.padW, m.padH = m.padW or 0, m.padH or 0
    if groups > 1:
        _split(m, groups)
        return
    planes = (m.nOutputPlane, m.nInputPlane, m.kH, m.kW)
    m.weight = m.weight.view(*planes)
    m.gradWeight = None if m.gradWeight is None or not m.gradWeight.dim() else m.gradWeight.view(*planes)


def _split(m: Any, groups: int) -> None:
    """Become one convolution for each group of planes, with the outputs joined; parameters keep their memory."""
    inputs, outputs = m.nInputPlane // groups, m.nOutputPlane // groups
    if inputs * groups != m.nInputPlane or outputs * groups != m.nOutputPlane:
        raise SizeError(f"{groups} groups do not divide {m.nInputPlane} and {m.nOutputPlane} planes")
    branches = ConcatTable().type(m._type)
    for group in range(groups):
        conv = _copy(m)
        conv.output, conv.gradInput = m.output.new(), m.output.new()
        conv.nInputPlane, conv.nOutputPlane = inputs, outputs
        for name, size in (("weight", (outputs, inputs, m.kH, m.kW)), ("bias", (outputs,))):
            for field in (name, f"grad{name.capitalize()}"):
                whole = getattr(m, field)
                if whole is not None and whole.dim():
                    setattr(conv, field, whole.narrow(1, group * outputs + 1, outputs).view(*size))
        narrow = Narrow(-3, group * inputs + 1, inputs).type(m._type)
        branches.add(Sequential().type(m._type).add(narrow).add(conv))
    _become(m, Sequential().type(m._type).add(branches).add(JoinTable(1, 3).type(m._type)))


def _copy(m: Any) -> Any:
    """Another object with the same fields; a constructor would draw random numbers."""
    other = object.__new__(type(m))
    vars(other).update(vars(m))
    return other


def _temporal(m: Any, version: int) -> None:
    """cudnn sees the frames as the rows of a plane: its kH is our kW."""
    _plain(m, version)
    padding = m.padH or 0
    m.kW, m.dW = vars(m).pop("kH"), vars(m).pop("dH")
    for name in ("groups", "padW", "padH", "nInputPlane", "nOutputPlane", "buffer", "_output"):
        vars(m).pop(name, None)
    m.weight = m.weight.view(m.outputFrameSize, m.inputFrameSize * m.kW)
    if padding:
        before, after = Padding(1, -padding, 2).type(m._type), Padding(1, padding, 2).type(m._type)
        _become(m, Sequential().type(m._type).add(before).add(after).add(_copy(m)))


def _ungrouped(m: Any, version: int) -> None:
    """A class whose number of groups has to be 1."""
    _plain(m, version)
    groups = vars(m).pop("groups", None) or 1
    if groups != 1:
        raise SizeError(f"{groups} groups, where there can only be one")


def _volumetric(m: Any, version: int) -> None:
    _ungrouped(m, version)
    m.padT, m.padW, m.padH = m.padT or 0, m.padW or 0, m.padH or 0
    planes = (m.nOutputPlane, m.nInputPlane, m.kT, m.kH, m.kW)
    m.weight = m.weight.view(*planes)


def _parallel(m: Any, reader: Any, version: int) -> None:
    """A module that was copied to several devices: the first copy takes its place."""
    if version >= 2:
        reader.read_object()
    at = reader.source.position
    fields = reader.read_object()
    modules = fields.get("modules") if isinstance(fields, dict) else None
    if not modules:
        raise reader.error("the modules of a nn.DataParallelTable expected", at)
    _become(m, Sequential().add(modules[0]))


def _become(m: Any, other: Any) -> None:
    """Turn an object into another one, in place: objects that refer to it may have been read already."""
    vars(m).clear()
    m.__class__ = type(other)
    vars(m).update(vars(other))


_TRANSLATED = {
    "cudnn.BatchNormalization": ("nn.BatchNormalization", _normalization),
    "cudnn.ClippedReLU": ("nn.HardTanh", _clipped),
    "cudnn.ReLU": ("nn.ReLU", _rectifier),
    "cudnn.Sigmoid": ("nn.Sigmoid", _pointwise),
    "cudnn.SpatialAveragePooling": ("nn.SpatialAveragePooling", _pooling),
    "cudnn.SpatialBatchNormalization": ("nn.SpatialBatchNormalization", _normalization),
    "cudnn.SpatialConvolution": ("nn.SpatialConvolution", _convolution),
    "cudnn.SpatialCrossMapLRN": ("nn.SpatialCrossMapLRN", _cross_map),
    "cudnn.SpatialDilatedConvolution": ("nn.SpatialDilatedConvolution", _convolution),
    "cudnn.SpatialFullConvolution": ("nn.SpatialFullConvolution", _ungrouped),
    "cudnn.SpatialMaxPooling": ("nn.SpatialMaxPooling", _pooling),
    "cudnn.Tanh": ("nn.Tanh", _pointwise),
    "cudnn.TemporalConvolution": ("nn.TemporalConvolution", _temporal),
    "cudnn.VolumetricAveragePooling": ("nn.VolumetricAveragePooling", _volumetric_pooling),
    "cudnn.VolumetricBatchNormalization": ("nn.VolumetricBatchNormalization", _normalization),
    "cudnn.VolumetricConvolution": ("nn.VolumetricConvolution", _volumetric),
    "cudnn.VolumetricFullConvolution": ("nn.VolumetricFullConvolution", _ungrouped),
    "cudnn.VolumetricMaxPooling": ("nn.VolumetricMaxPooling", _volumetric_pooling),
    "inn.SpatialAveragePooling": ("nn.SpatialAveragePooling", _caffe_pooling),
    "inn.SpatialCrossResponseNormalization": ("nn.SpatialCrossMapLRN", _cross_map),
    "inn.SpatialMaxPooling": ("nn.SpatialMaxPooling", _caffe_pooling),
    "nn.SpatialConvolutionCuFFT": ("nn.SpatialConvolution", _convolution),
}

for _package in _PACKAGES:
    for _name in registry.names("nn."):
        _foreign = _name.replace("nn.", f"{_package}.", 1)
        if _foreign not in _DIFFERENT:
            registry.stand_in(_foreign, registry.StandIn(_name, _plain))
for _name, (_ours, _translate) in _TRANSLATED.items():
    registry.stand_in(_name, registry.StandIn(_ours, _translate))
registry.stand_in("nn.DataParallelTable", registry.StandIn("nn.Sequential", read=_parallel))
