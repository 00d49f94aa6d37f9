"""THNN's functions, which compute what the modules do."""

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, MissingError, SizeError
from torchnn.lua import thnn
from torchnn.lua.thnn import METHODS

IMAGES, VOLUMES = (2, 3, 8, 7), (2, 3, 6, 8, 7)


def windows(cls, *arguments):
    return getattr(nn, cls)(3, 4, 3, 2, *arguments)


# The name of a function, the module that computes the same, and the sizes of an input.
CASES = [
    *((name, getattr(nn, name)(), (4, 6)) for name in ("Abs", "Square", "Sigmoid", "Tanh", "SoftMax", "LogSoftMax")),
    *((name, getattr(nn, name)(), (4, 6)) for name in ("ELU", "HardShrink", "SoftShrink", "HardTanh", "LeakyReLU")),
    *((name, getattr(nn, name)(), (4, 6)) for name in ("LogSigmoid", "SoftPlus", "Threshold", "PReLU", "RReLU")),
    ("Sqrt", nn.Sqrt(), (4, 6)),
    ("ELU", nn.ELU(1, True), (4, 6)),
    ("Threshold", nn.Threshold(0, 0, True), (4, 6)),
    ("GatedLinear", nn.GatedLinearUnit(2), (4, 6)),
    ("Linear", nn.Linear(6, 5), (4, 6)),
    ("Linear", nn.Linear(6, 5, False), (4, 6)),
    ("BatchNormalization", nn.BatchNormalization(6), (4, 6)),
    ("BatchNormalization", nn.BatchNormalization(6, None, None, False), (4, 6)),
    ("BatchNormalization", nn.SpatialBatchNormalization(3), IMAGES),
    ("BatchNormalization", nn.VolumetricBatchNormalization(3), VOLUMES),
    ("TemporalConvolution", nn.TemporalConvolution(6, 5, 2), (2, 4, 6)),
    ("TemporalMaxPooling", nn.TemporalMaxPooling(2), (2, 4, 6)),
    ("TemporalSubSampling", nn.TemporalSubSampling(6, 2), (4, 6)),
    ("SpatialConvolutionMM", windows("SpatialConvolutionMM", 1, 2, 1, 0), IMAGES),
    ("SpatialConvolutionMM", windows("SpatialConvolution", 1, 2, 1, 0), IMAGES),
    ("SpatialConvolutionMM", windows("SpatialConvolution").noBias(), IMAGES),
    ("SpatialConvolutionLocal", nn.SpatialConvolutionLocal(3, 4, 7, 8, 3, 2, 1, 2, 1, 0), IMAGES),
    ("SpatialConvolutionMap", nn.SpatialConvolutionMap(nn.tables.full(3, 4), 3, 2, 1, 2), IMAGES),
    ("SpatialFullConvolutionMap", nn.SpatialFullConvolutionMap(nn.tables.full(3, 4), 3, 2, 1, 2), (3, 8, 7)),
    ("SpatialFullConvolution", windows("SpatialFullConvolution", 2, 2, 1, 0, 1, 1), IMAGES),
    ("SpatialDilatedConvolution", windows("SpatialDilatedConvolution", 1, 2, 1, 0, 2, 2), IMAGES),
    ("SpatialMaxPooling", nn.SpatialMaxPooling(3, 2, 2, 2, 1, 1).ceil(), IMAGES),
    ("SpatialDilatedMaxPooling", nn.SpatialDilatedMaxPooling(3, 2, 2, 2, 1, 1, 2, 2), IMAGES),
    ("SpatialAveragePooling", nn.SpatialAveragePooling(3, 2, 2, 2, 1, 1).setCountExcludePad(), IMAGES),
    ("SpatialAdaptiveMaxPooling", nn.SpatialAdaptiveMaxPooling(3, 2), IMAGES),
    ("SpatialAdaptiveAveragePooling", nn.SpatialAdaptiveAveragePooling(3, 2), IMAGES),
    ("SpatialSubSampling", nn.SpatialSubSampling(3, 3, 2, 2, 2), IMAGES),
    ("SpatialUpSamplingNearest", nn.SpatialUpSamplingNearest(2), IMAGES),
    ("SpatialReflectionPadding", nn.SpatialReflectionPadding(1, 2, 3, 1), IMAGES),
    ("SpatialReplicationPadding", nn.SpatialReplicationPadding(1, 2, 3, 1), IMAGES),
    ("VolumetricReplicationPadding", nn.VolumetricReplicationPadding(1, 2, 3, 1, 1, 2), VOLUMES),
    ("VolumetricConvolution", nn.VolumetricConvolution(3, 4, 2, 3, 2, 1, 2, 1, 1, 0, 1), VOLUMES),
    (
        "VolumetricDilatedConvolution",
        nn.VolumetricDilatedConvolution(3, 4, 2, 3, 2, 1, 2, 1, 1, 0, 1, 2, 1, 2),
        VOLUMES,
    ),
    ("VolumetricMaxPooling", nn.VolumetricMaxPooling(2, 2, 2, 2, 2, 2, 1, 1, 1), VOLUMES),
    ("VolumetricDilatedMaxPooling", nn.VolumetricDilatedMaxPooling(2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 1, 1), VOLUMES),
    ("VolumetricAveragePooling", nn.VolumetricAveragePooling(2, 2, 2, 2, 2, 2), VOLUMES),
    ("VolumetricConvolutionMM", nn.VolumetricConvolution(3, 4, 2, 3, 2, 1, 2, 1, 1, 0, 1), VOLUMES),
    ("VolumetricFullConvolution", nn.VolumetricFullConvolution(3, 4, 2, 3, 2, 1, 2, 3, 1, 0, 1, 0, 1, 2), VOLUMES),
    ("SpatialDepthWiseConvolution", nn.SpatialDepthWiseConvolution(3, 2, 3, 2, 1, 2, 1, 0), (2, 3, 8, 8)),
    ("TemporalRowConvolution", nn.TemporalRowConvolution(6, 2, 1), (2, 4, 6)),
    ("TemporalRowConvolution", nn.TemporalRowConvolution(4, 3, 2, True), (2, 4, 6)),
    ("TemporalRowConvolutionMM", nn.TemporalRowConvolution(6, 2, 1), (2, 4, 6)),
]
LABELS = torch.LongTensor([1, 2, 5, 3])
CRITERIONS = [
    *((name, torch.rand(4, 5), True) for name in ("AbsCriterion", "MSECriterion", "SmoothL1Criterion")),
    *((name, torch.rand(4, 5), True) for name in ("DistKLDivCriterion", "SoftMarginCriterion")),
    ("BCECriterion", torch.rand(4, 5), True, None),
    ("MarginCriterion", torch.rand(4, 5), True, 1),
    ("ClassNLLCriterion", LABELS, True, None, torch.Tensor(1)),
    ("ClassNLLCriterion", LABELS, True, None, torch.Tensor(1), -100),
    ("MultiMarginCriterion", LABELS, True, 1, None, 1),
    ("MultiLabelMarginCriterion", torch.LongTensor([[1, 3, 0, 0, 0]] * 4), torch.Tensor(), True),
]
MADE_WHEN_USED = dict.fromkeys(("buffer", "finput", "fgradInput", "addBuffer", "save_mean", "save_std"), torch.Tensor)
MADE_WHEN_USED |= {"indices": torch.LongTensor}


def run(function, form, module, **passed):
    """Call a function with the fields of a module."""
    for name in form:
        if name in MADE_WHEN_USED and getattr(module, name) is None:
            setattr(module, name, MADE_WHEN_USED[name]())
    absent = dict.fromkeys(("padT", "padW", "padH"), 0)
    values = [getattr(module, name) for name in form if name not in passed]
    fields = dict(zip([name for name in form if name not in passed], values, strict=True))
    fields = {name: absent.get(name) if value is None else value for name, value in fields.items()}
    thnn.call(function, *[passed[name] if name in passed else fields[name] for name in form])


@pytest.mark.parametrize("version", (0, -1))
@pytest.mark.parametrize(("name", "module", "size"), CASES, ids=[case[0] for case in CASES])
def test_functions_compute_what_modules_do(name, module, size, version):
    other, x = module.clone(), torch.rand(*size) + 0.1
    torch.manualSeed(5)
    output = module.forward(x.clone()).clone()
    gradient = torch.rand(*output._size)
    torch.manualSeed(5)
    for this in (module, other):
        this.zeroGradParameters()
    grad_input = module.backward(x.clone(), gradient.clone(), 2).clone()
    other.train = True
    own_x, own_gradient, known = x.clone(), gradient.clone(), thnn.functions()
    for method in (*METHODS, "backward"):
        forms = known.get(f"{name}_{method}")
        if forms is not None:
            form = list(forms.values())[version]
            passed = {"input": own_x, "gradOutput": own_gradient, "scale": 2}
            run(f"{name}_{method}", form, other, **passed)
    np.testing.assert_allclose(other.output.numpy(), output.numpy(), atol=1e-12)
    np.testing.assert_allclose(other.gradInput.numpy(), grad_input.numpy(), atol=1e-12)
    for field in ("gradWeight", "gradBias"):
        if getattr(module, field) is not None:
            own, expected = getattr(other, field).numpy(), getattr(module, field).numpy()
            np.testing.assert_allclose(own.ravel(), expected.ravel(), atol=1e-12)


@pytest.mark.parametrize("case", CRITERIONS, ids=[case[0] for case in CRITERIONS])
def test_functions_compute_what_criterions_do(case):
    name, target, *arguments = case
    criterion, x = getattr(nn, name)(), torch.rand(4, 5)
    loss, gradient = torch.Tensor(1), torch.Tensor()
    thnn.call(f"{name}_updateOutput", x, target, loss, *arguments)
    thnn.call(f"{name}_updateGradInput", x, target, gradient, *arguments)
    assert loss[0] == pytest.approx(criterion.forward(x, target))
    np.testing.assert_allclose(gradient.numpy(), criterion.backward(x, target).numpy())


def test_gradients_of_looked_up_rows():
    module, indices, gradient = nn.LookupTable(6, 3), torch.LongTensor([1, 5, 5]), torch.rand(3, 3)
    module.zeroGradParameters()
    module.forward(indices)
    module.backward(indices, gradient)
    found = torch.zeros(6, 3)
    thnn.call("LookupTable_accGradParameters", indices, gradient, found, None, None, None, False, 0, 1)
    assert found.equal(module.gradWeight)


def test_a_matrix_of_weights_stays_one():
    module, x = nn.VolumetricConvolution(2, 3, 2, 2, 2), torch.rand(2, 4, 4, 4)
    weight, output = module.weight.view(3, 16), torch.Tensor()
    window = (2, 2, 2, 1, 1, 1, 0, 0, 0)
    thnn.call("VolumetricConvolutionMM_updateOutput", x, output, weight, module.bias, torch.Tensor(), *window)
    assert output.equal(module.forward(x)) and weight._size == (3, 16)


def test_norms_of_rows():
    module, indices = nn.LookupTable(6, 3, 0, 0.5, 1), torch.LongTensor([2, 5, 2])
    weight = module.weight.clone()
    module.forward(indices)
    thnn.call("LookupTable_renorm", indices, weight, 0.5, 1)
    assert weight.equal(module.weight)


@pytest.mark.parametrize(("axes", "size"), [("WH", IMAGES), ("TWH", VOLUMES)])
def test_fractional_pooling(axes, size):
    name = "VolumetricFractionalMaxPooling" if "T" in axes else "SpatialFractionalMaxPooling"
    module, x = getattr(nn, name)(*[2] * len(axes), *[3] * len(axes)), torch.rand(*size)
    expected = module.forward(x)
    window, output, indices = [3] * len(axes) + [2] * len(axes), torch.Tensor(), torch.LongTensor()
    thnn.call(f"{name}_updateOutput", x, output, *window, indices, module.randomSamples)
    gradient, found = torch.rand(*expected._size), torch.Tensor()
    thnn.call(f"{name}_updateGradInput", x, gradient, found, *window, indices)
    assert output.equal(expected) and indices.equal(module.indices) and found.equal(module.backward(x, gradient))


@pytest.mark.parametrize(("rank", "places"), [(2, (8, 6)), (3, (6, 8, 6, 2, 2, 2, 0, 0, 0))])
def test_unpooling(rank, places):
    name, size = ("SpatialMaxUnpooling", (2, 3, 6, 8)) if rank == 2 else ("VolumetricMaxUnpooling", (2, 6, 6, 8))
    pooling = nn.SpatialMaxPooling(2, 2, 2, 2) if rank == 2 else nn.VolumetricMaxPooling(2, 2, 2, 2, 2, 2)
    module, x = getattr(nn, name)(pooling), pooling.forward(torch.rand(*size))
    output, found, gradient = torch.Tensor(), torch.Tensor(), torch.rand(*size)
    thnn.call(f"{name}_updateOutput", x, output, pooling.indices, *places)
    thnn.call(f"{name}_updateGradInput", x, gradient, found, pooling.indices, *places)
    assert output.equal(module.forward(x)) and found.equal(module.backward(x, gradient))


def test_bilinear_upsampling():
    module, x, gradient = nn.SpatialUpSamplingBilinear(2), torch.rand(2, 3, 4, 5), torch.rand(2, 3, 8, 10)
    output, found = torch.Tensor(), torch.Tensor()
    thnn.call("SpatialUpSamplingBilinear_updateOutput", x, output, 8, 10)
    thnn.call("SpatialUpSamplingBilinear_updateGradInput", gradient, found, 2, 3, 4, 5, 8, 10)
    assert output.equal(module.forward(x)) and found.equal(module.backward(x, gradient))


@pytest.mark.parametrize("legacy", ["", "legacy"])
def test_sparse_inputs(legacy):
    module, table = nn.SparseLinear(6, 3), [torch.Tensor([[1, 0.5], [4, 2]]), torch.Tensor([[6, 3], [1, 1]])]
    x, gradient = torch.cat(table, 1).view(2, 2, 2) if legacy else table, torch.rand(2, 3)
    other, output = module.clone(), torch.zeros(2, 3)
    for this in (module, other):
        this.zeroGradParameters()
        this.weightDecay = 0.1
    expected = module.forward(x)
    module.accGradParameters(x, gradient, 2)
    rows = x if legacy else module.formatted_input

    def call(name, *arguments):
        thnn.call(f"SparseLinear_{legacy + name if legacy else name[0].lower() + name[1:]}", *arguments)

    parameters, gradients = (other.weight, other.bias), (other.gradWeight, other.gradBias)
    call("UpdateOutput", rows, output, *parameters)
    call("AccGradParameters", rows, gradient, *gradients, *parameters, 0.1, 2)
    assert output.equal(expected) and other.gradWeight.equal(module.gradWeight)
    call("UpdateParameters", *parameters, *gradients, module.lastInput, 0.5)
    call("ZeroGradParameters", *gradients, module.lastInput)
    module.updateParameters(0.5)
    module.zeroGradParameters()
    assert other.weight.equal(module.weight) and other.bias.equal(module.bias)
    assert other.gradWeight.equal(module.gradWeight)
    if not legacy:
        with pytest.raises(SizeError, match="a sample from 1 to 1"):
            call("UpdateOutput", rows, torch.zeros(1, 3), *parameters)


@pytest.mark.parametrize("normalize", [False, True])
def test_inputs_by_keys(normalize):
    module = nn.IndexLinear(6, 3, None, None, None, None, normalize)
    module.training()
    module.reset()
    other, gradient = module.clone(), torch.rand(2, 3)
    keys, values, sizes = torch.LongTensor([1, 4, 6, 1, 2]), torch.rand(5), torch.LongTensor([3, 2])
    module.zeroGradParameters()
    expected = module.forward([keys, values, sizes])
    module.accGradParameters([keys, values, sizes], gradient, 2)
    module.updateParameters(0.5)
    output, normalized, bias = torch.Tensor(), torch.Tensor(), torch.zeros(3)
    entries = keys, module.offset, values, sizes, sizes.cumsum()
    thnn.call("IndexLinear_updateOutput", *entries, output, other.weight, other.bias, normalized, 1)
    assert output.equal(expected) and keys.sum() == 14
    entries = keys, module.offset, normalized if normalize else values, sizes, sizes.cumsum()
    step, found = other.clone(), torch.Tensor()
    parameters = other.weight, other.bias
    thnn.call("IndexLinear_accGradParameters", *entries, gradient, found, bias, *parameters, torch.Tensor(), 0, 2)
    assert found.equal(module.running["gradWeight"][0]) and bias.equal(module.gradBias)
    thnn.call("IndexLinear_updateParameters", found, bias, *parameters, keys, sizes.cumsum(), module.offset, 0, 0.5)
    assert other.weight.equal(module.weight) and other.bias.equal(module.bias)
    thnn.call("IndexLinear_accUpdateGradParameters", *entries, gradient, step.weight, step.bias, 0, 1)
    np.testing.assert_allclose(step.weight.numpy(), module.weight.numpy())


def test_wrong_calls():
    x = torch.rand(3)
    with pytest.raises(ArgumentError, match=r"wrong number of arguments for function call: Tanh_updateOutput"):
        thnn.call("Tanh_updateOutput", x)
    with pytest.raises(ArgumentError, match="tensor expected, got nil"):
        thnn.call("Tanh_updateOutput", None, x)
    with pytest.raises(MissingError, match="Tanhh_updateOutput"):
        thnn.call("Tanhh_updateOutput", x, x)


def test_modules_in_lua_call_them(runtime):
    runtime.execute("""
        require 'nn'
        local THNN = require 'nn.THNN'
        local Bend, parent = torch.class('nn.TestBend', 'nn.Module')
        function Bend:updateOutput(input)
          input.THNN.Tanh_updateOutput(input:cdata(), self.output:cdata())
          return self.output
        end
        function Bend:updateGradInput(input, gradOutput)
          input.THNN.Tanh_updateGradInput(
            input:cdata(), gradOutput:cdata(), self.gradInput:cdata(), self.output:cdata())
          return self.gradInput
        end
        for _, name in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
          local x, own, ours = torch.randn(3, 4):type(name), nn.TestBend():type(name), nn.Tanh():type(name)
          assert(own:forward(x):equal(ours:forward(x)) and own:backward(x, x):equal(ours:backward(x, x)))
        end
        local x, loss = torch.randn(2, 3), torch.Tensor(1)
        local labels = torch.LongTensor{3, 1}
        x.THNN.ClassNLLCriterion_updateOutput(
          x:cdata(), labels:cdata(), loss:cdata(), true, THNN.optionalTensor(nil), torch.Tensor(1):cdata())
        assert(math.abs(loss[1] - nn.ClassNLLCriterion():forward(x, labels)) < 1e-12)
        assert(x.THNN.NoSuchFunction == nil and torch.LongTensor().THNN == nil)
    """)


def test_pointers_are_looked_up_before_they_are_used(runtime):
    runtime.execute("""
        require 'nn'
        local ffi = require 'ffi'
        local x, o = torch.randn(3), torch.Tensor()
        assert(torch.pushudata(x:cdata(), 'torch.DoubleTensor') == x)
        assert(not pcall(torch.pushudata, x:cdata(), 'torch.FloatTensor'))
        local ok, message = pcall(x.THNN.Tanh_updateOutput, ffi.cast('void*', 1234), o:cdata())
        assert(not ok and message:find('no living one is at this address', 1, true), message)
        local gone = torch.randn(4):cdata(true)
        for i = 1, 100 do x:cdata() end
        collectgarbage() collectgarbage()
        assert(not pcall(torch.pushudata, ffi.cast('void*', gone), 'torch.DoubleTensor'))
    """)


def test_what_modules_called_before_there_was_thnn(runtime):
    runtime.execute("""
        require 'nn'
        local x, m = torch.randn(3, 8, 8), nn.SpatialConvolutionMM(3, 4, 3, 3)
        local expected = m:forward(x):clone()
        function m:updateOutput(input) return input.nn.SpatialConvolutionMM_updateOutput(self, input) end
        assert(m:forward(x):equal(expected))
        local own = {output = torch.FloatTensor()}
        assert(x:float().nn.Tanh_updateOutput(own, x:float()):isSameSizeAs(x:float()) and own.output:max() < 1)
        assert(x.nn.Tanh_noSuchMethod == nil and x.nn.NoSuchClass_updateOutput == nil)
    """)
