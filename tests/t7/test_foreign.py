"""What was written on graphics cards is read as what computes the same here."""

import numpy as np
import pytest

from torchnn import nn, t7, torch


def foreign(m, typename, **changes):
    """A module as a foreign package writes it: of another class, without some fields (None) and with others."""
    fields = {**vars(m), **changes}
    return t7.UnknownObject(typename, fields={key: value for key, value in fields.items() if value is not None})


def reread(value):
    return torch.load(torch.serialize(value))


def same(m, n, *size):
    """Whether two modules compute the same, also backward."""
    x = torch.randn(*size)
    y = m.forward(x)
    g = torch.randn(*y.shape)
    assert np.allclose(n.forward(x).array, y.array, 1e-12, 1e-12)
    m.zeroGradParameters(), n.zeroGradParameters()
    assert np.allclose(n.backward(x, g).array, m.backward(x, g).array, 1e-12, 1e-12)


@pytest.mark.parametrize(
    ("word", "ours"),
    [("", "Float"), ("Double", "Double"), ("Half", "Half"), ("Long", "Long"), ("Int", "Int"), ("Short", "Short"),
     ("Char", "Char"), ("Byte", "Byte")],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["binary", "ascii", "b32"])
def test_tensors_of_cards(word, ours, mode):
    x = getattr(torch, f"{ours}Tensor")([[1, 2], [3, 4]])
    data = torch.serialize([x, x.storage()], mode)
    for kind in ("Tensor", "Storage"):
        name, other = f"torch.{ours}{kind}", f"torch.Cuda{word}{kind}"
        if mode == "ascii":
            data = data.replace(f"{len(name)}\n{name}".encode(), f"{len(other)}\n{other}".encode())
        else:
            old, new = (len(n).to_bytes(4, "little") + n.encode() for n in (name, other))
            data = data.replace(old, new)
    assert b"Cuda" in data
    y, storage = torch.load(data)
    assert torch.typename(y) == f"torch.{ours}Tensor"
    assert y.storage() is storage
    assert y.totable() == [[1, 2], [3, 4]]


def test_names_of_types_in_fields():
    m = nn.Linear(2, 3)
    m._type = "torch.CudaDoubleTensor"
    assert reread(m)._type == "torch.DoubleTensor"
    copy = nn.Copy("torch.DoubleTensor", "torch.FloatTensor")
    copy.outtype = "torch.CudaTensor"
    assert reread(copy).outtype == "torch.FloatTensor"
    assert torch.deserialize(torch.serialize(["torch.CudaTensor"])) == ["torch.CudaTensor"]


CUDNN = [
    (nn.ReLU(True), "ReLU", {"threshold": None, "val": None, "mode": "CUDNN_ACTIVATION_RELU"}, (2, 3)),
    (nn.HardTanh(0, 0.5), "ClippedReLU", {"min_val": None, "max_val": None, "ceiling": 0.5, "inplace": False}, (2, 3)),
    (nn.Tanh(), "Tanh", {"inplace": False, "iSize": torch.LongStorage([1, 2])}, (2, 3)),
    (nn.Sigmoid(), "Sigmoid", {"inplace": False}, (2, 3)),
    (nn.SoftMax(), "SoftMax", {"ssize": torch.LongStorage([0])}, (2, 3)),
    (nn.LogSoftMax(), "LogSoftMax", {}, (2, 3)),
    (nn.SpatialSoftMax(), "SpatialSoftMax", {}, (2, 3, 2, 2)),
    (nn.SpatialLogSoftMax(), "SpatialLogSoftMax", {}, (2, 3, 2, 2)),
    (nn.SpatialConvolution(2, 4, 3, 2, 1, 1, 1), "SpatialConvolution", {"groups": 1, "iSize": torch.LongStorage(4)},
     (2, 2, 5, 6)),
    (nn.SpatialDilatedConvolution(2, 4, 2, 2, 1, 1, 0, 0, 2, 2), "SpatialDilatedConvolution", {"groups": 1},
     (2, 2, 5, 6)),
    (nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2), "SpatialFullConvolution", {"groups": 1}, (2, 2, 4, 4)),
    (nn.VolumetricConvolution(2, 3, 2, 2, 2), "VolumetricConvolution", {"groups": 1}, (2, 2, 3, 4, 4)),
    (nn.SpatialMaxPooling(2, 2, 1, 1), "SpatialMaxPooling",
     {"indices": None, "padW": None, "padH": None, "mode": "CUDNN_POOLING_MAX"}, (2, 2, 5, 5)),
    (nn.SpatialAveragePooling(2, 2, 2, 2, 1, 1), "SpatialAveragePooling",
     {"divide": None, "count_include_pad": None, "mode": "CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING"}, (2, 2, 4, 4)),
    (nn.SpatialAveragePooling(2, 2, 2, 2, 1, 1).setCountExcludePad(), "SpatialAveragePooling",
     {"divide": None, "count_include_pad": None, "mode": "CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING"}, (2, 2, 4, 4)),
    (nn.VolumetricMaxPooling(2, 2, 2).ceil(), "VolumetricMaxPooling", {"indices": None}, (1, 2, 3, 5, 5)),
    (nn.VolumetricAveragePooling(2, 2, 2), "VolumetricAveragePooling", {"mode": "x"}, (1, 2, 4, 4, 4)),
    (nn.BatchNormalization(3), "BatchNormalization", {"nDim": 2, "iSize": torch.LongStorage([0, 0])}, (4, 3)),
    (nn.SpatialBatchNormalization(3), "SpatialBatchNormalization", {"mode": "CUDNN_BATCHNORM_SPATIAL"}, (4, 3, 2, 2)),
    (nn.SpatialCrossMapLRN(3, 0.1, 0.7, 2), "SpatialCrossMapLRN", {"k": None, "K": 2, "scale": None}, (2, 4, 3, 3)),
    (nn.TemporalConvolution(3, 4, 2, 1), "TemporalConvolution",
     {"kW": 3, "kH": 2, "dW": 1, "dH": 1, "padH": 0, "padW": 0, "nInputPlane": 1, "nOutputPlane": 4}, (2, 5, 3)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("m", "name", "changes", "size"), CUDNN, ids=lambda value: value if isinstance(value, str) else ""
)
def test_cudnn(m, name, changes, size):
    n = reread(foreign(m, f"cudnn.{name}", **changes))
    assert type(n) is type(m)
    assert not [key for key in vars(n) if key in ("iSize", "mode", "groups", "ssize", "ceiling", "K")]
    same(m.clone(), n, *size)
    assert type(reread(n)) is type(m)


def test_standard_deviations_of_old_files():
    m = nn.SpatialBatchNormalization(2)
    m.running_var = torch.DoubleTensor([2, 5])
    deviation = torch.DoubleTensor((m.running_var.array + m.eps) ** -0.5)
    n = reread(foreign(m, "cudnn.SpatialBatchNormalization", running_var=None, running_std=deviation))
    assert np.allclose(n.running_var.array, [2, 5])
    assert n.running_std is None


@pytest.mark.parametrize("size", [(2, 4, 5, 5), (4, 5, 5)])
@pytest.mark.parametrize("bias", [True, False])
def test_groups_of_planes(size, bias):
    whole = nn.SpatialConvolution(4, 6, 3, 3)
    if not bias:
        whole.noBias()
    weight = torch.randn(6, 2, 3, 3)
    whole.weight.zero()
    for group in range(2):
        part = weight.narrow(1, 3 * group + 1, 3)
        whole.weight.narrow(1, 3 * group + 1, 3).narrow(2, 2 * group + 1, 2).copy(part)
    state = torch.getRNGState()
    n = reread(foreign(whole, "cudnn.SpatialConvolution", weight=weight, gradWeight=weight.clone().zero(), groups=2))
    assert torch.equal(torch.getRNGState(), state), "reading draws no random numbers"
    same(whole, n, *size)
    (parameters, gradients) = n.parameters()
    assert sum(p.nElement() for p in parameters) == weight.nElement() + (6 if bias else 0)
    assert len(parameters) == len(gradients)
    assert parameters[0].storage() is parameters[-1 - bias].storage(), "parameters stay where they are"
    assert len(n.float().forward(torch.FloatTensor(*size).fill(1)).shape) == len(size)


def test_padded_frames():
    m = nn.TemporalConvolution(3, 4, 2)
    changes = {"kW": 3, "kH": 2, "dW": 1, "dH": 1, "padH": 1}
    n = reread(foreign(m, "cudnn.TemporalConvolution", **changes))
    x = torch.randn(2, 5, 3)
    padded = torch.zeros(2, 7, 3)
    padded.narrow(2, 2, 5).copy(x)
    assert np.allclose(n.forward(x).array, m.forward(padded).array)


def test_one_of_several_copies():
    class Parallel(nn.Sequential):
        def write(self, writer):
            writer.write_object([1, 2])
            writer.write_object({"modules": self.modules, "gpuAssignments": [1, 2], "dimension": 1})

    from torchnn import registry

    m = nn.Sequential().add(nn.Linear(2, 3))
    registry.register("nn.DataParallelTable")(Parallel)
    Parallel._version = 3
    try:
        data = torch.serialize(Parallel().add(m))
    finally:
        registry.forget("nn.DataParallelTable")
    n = torch.load(data)
    assert torch.typename(n) == "nn.Sequential"
    same(m, n, 4, 2)
    old = t7.UnknownObject("nn.DataParallelTable", 1, {"modules": [m]})
    same(m, reread(old), 4, 2)


def test_caffes_windows():
    m = nn.SpatialMaxPooling(3, 3, 2, 2).ceil()
    same(m, reread(foreign(m, "inn.SpatialMaxPooling", ceil_mode=None, padW=None, padH=None)), 2, 6, 6)
    m = nn.SpatialCrossMapLRN(3)
    same(m, reread(foreign(m, "inn.SpatialCrossResponseNormalization")), 4, 3, 3)


@pytest.mark.parametrize("package", ["cudnn", "cunn", "fbnn", "inn"])
def test_the_same_name_in_other_packages(package):
    m = nn.Linear(2, 3)
    same(m, reread(foreign(m, f"{package}.Linear")), 4, 2)


def test_what_nothing_stands_for_is_kept():
    m = reread(t7.UnknownObject("cudnn.LSTM", 1, {"hiddenSize": 3}))
    assert (m.typename, m.fields) == ("cudnn.LSTM", {"hiddenSize": 3})


def test_foreign_fields_that_make_no_sense_are_errors_of_the_file():
    for m in (
        t7.UnknownObject("cudnn.SpatialConvolution", 1, {"weight": 3}),
        t7.UnknownObject("cudnn.ClippedReLU", 1, {}),
        t7.UnknownObject("nn.DataParallelTable", 1, {"modules": []}),
        foreign(nn.SpatialConvolution(2, 4, 1, 1), "cudnn.SpatialConvolution", groups=3),
    ):
        with pytest.raises(t7.FormatError):
            reread(m)


@pytest.mark.parametrize("mode", ["binary", "ascii", "b32"])
def test_containers_of_tds(mode):
    from torchnn.torch import tds

    value = tds.Hash({"a": tds.Vec([1, "x", torch.DoubleTensor([1])]), 2: [3], "b": True})
    data = torch.serialize([value, value["a"]], mode)
    assert b"V 0" in data
    read, vector = torch.load(data)
    assert isinstance(read, tds.Hash)
    assert read["a"] is vector
    assert (read[2], read["b"], vector[:2]) == ([3], True, [1, "x"])
    assert torch.serialize([read, vector], mode) == data
    again = torch.load(data.replace(b"\x08\0\0\0tds.Hash", b"\x08\0\0\0tds_hash"))
    assert isinstance(again[0], tds.Hash)
