"""Calls that are repeated without Python: they give what Python's give, and stop where anything has changed."""

import copy
import pickle
import threading

import numpy as np
import pytest

from torchnn import kernels, nn, torch
from torchnn.errors import TorchError
from torchnn.torch import native, replaying

LAYERS = {
    "winograd": (lambda: nn.SpatialConvolution(20, 50, 5, 5), (64, 20, 12, 12)),
    "winograd, padded": (lambda: nn.SpatialConvolution(32, 48, 3, 3, 1, 1, 1, 1), (8, 32, 13, 13)),
    "winograd, no bias": (lambda: nn.SpatialConvolution(32, 32, 3, 3, 1, 1, 1, 1).noBias(), (4, 32, 28, 28)),
    "winograd, pieces": (lambda: nn.SpatialConvolution(32, 32, 7, 7), (8, 32, 16, 16)),
    "one plane": (lambda: nn.SpatialConvolution(1, 20, 5, 5), (64, 1, 28, 28)),
    "one tap": (lambda: nn.SpatialConvolution(64, 64, 1, 1), (8, 64, 28, 28)),
    "one tap, stride 2": (lambda: nn.SpatialConvolution(64, 64, 1, 1, 2, 2), (8, 64, 28, 28)),
    "stride 2": (lambda: nn.SpatialConvolution(32, 64, 3, 3, 2, 2, 1, 1), (8, 32, 28, 28)),
    "stride 4": (lambda: nn.SpatialConvolution(3, 64, 11, 11, 4, 4, 2, 2), (4, 3, 64, 64)),
    "few samples": (lambda: nn.SpatialConvolution(16, 32, 3, 3), (1, 16, 20, 20)),
    "small": (lambda: nn.SpatialConvolution(2, 3, 3, 3), (2, 2, 6, 6)),
    "samples in vectors": (lambda: nn.SpatialConvolution(16, 32, 3, 3, 1, 1, 1, 1), (32, 16, 4, 4)),
    "dilated": (lambda: nn.SpatialDilatedConvolution(16, 32, 3, 3, 1, 1, 2, 2, 2, 2), (4, 16, 28, 28)),
    "volumes": (lambda: nn.VolumetricConvolution(16, 32, 3, 3, 3), (2, 16, 8, 28, 28)),
    "linear": (lambda: nn.Linear(800, 500), (64, 800)),
    "linear, few rows": (lambda: nn.Linear(1024, 512), (3, 1024)),
    "linear, one row": (lambda: nn.Linear(512, 300), (512,)),
    "linear, deep": (lambda: nn.Linear(9000, 30), (12, 9000)),
    "linear, 20 rows": (lambda: nn.Linear(600, 700), (20, 600)),
    "linear, small": (lambda: nn.Linear(10, 5), (4, 10)),
    "linear, no bias": (lambda: nn.Linear(800, 500, False), (64, 800)),
    "tanh": (nn.Tanh, (64, 20, 24, 24)),
    "tanh, small": (nn.Tanh, (4, 5)),
    "sigmoid": (nn.Sigmoid, (300, 300)),
    "threshold": (lambda: nn.Threshold(0.1, -2), (300, 300)),
    "rectifier, small": (nn.ReLU, (20, 20)),
    "maxima": (lambda: nn.SpatialMaxPooling(2, 2), (8, 20, 24, 24)),
    "maxima, padded": (lambda: nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1).ceil(), (8, 20, 23, 23)),
    "maxima, wide steps": (lambda: nn.SpatialMaxPooling(3, 3, 3, 3), (4, 6, 24, 24)),
    "maxima of volumes": (lambda: nn.VolumetricMaxPooling(2, 2, 2), (2, 4, 8, 12, 12)),
    "soft maxima": (nn.SoftMax, (128, 100)),
    "soft maxima, logarithms": (nn.LogSoftMax, (128, 1000)),
    "soft maxima, one row": (nn.LogSoftMax, (10,)),
    "soft maxima of planes": (nn.LogSoftMax, (2, 5, 6, 7)),
    "normalization": (lambda: nn.SpatialBatchNormalization(20), (8, 20, 24, 24)),
    "normalization, no weight": (lambda: nn.SpatialBatchNormalization(20, 1e-5, 0.1, False), (8, 20, 24, 24)),
    "normalization of vectors": (lambda: nn.BatchNormalization(20), (64, 20)),
}
# Those of which all passes are repeated.
REPEATED = {"winograd", "winograd, padded", "winograd, no bias", "one plane", "linear", "tanh", "threshold", "maxima"}
REPEATED |= {"soft maxima", "soft maxima, logarithms", "soft maxima, one row"}


@pytest.fixture(autouse=True)
def compiled_calls():
    """Calls are compiled, as other tests expect afterwards."""
    native.open_calls()
    yield
    native.open_calls()


def drawn(size, seed):
    """Numbers that look random, of either sign."""
    numbers = np.random.default_rng(seed).standard_normal(size).astype(np.float32)
    return torch.FloatTensor(*size).copy(torch.FloatTensor.wrap(numbers))


def by_python(module, method, *arguments):
    """What a method does, whatever is known of its calls."""
    function = getattr(type(module), method)
    return getattr(function, "__wrapped__", function)(module, *arguments)


def passes(module, x, gradient, call):
    """Copies of all that the passes of a module leave."""
    found = {"output": call(module, "updateOutput", x).clone()}
    if call is by_python and type(module).backward is not nn.Module.backward:
        by_python(module, "backward", x, gradient, 1)
    else:
        call(module, "updateGradInput", x, gradient)
        call(module, "accGradParameters", x, gradient, 1)
    names = "gradInput", "gradWeight", "gradBias", "running_mean", "running_var", "finput", "indices"
    return found | {name: getattr(module, name).clone() for name in names if vars(module).get(name) is not None}


def usual(module, method, *arguments):
    """What users do."""
    return getattr(module, method)(*arguments)


def gradient_of(module, x):
    """A gradient of the sizes of the output."""
    return drawn(tuple(module.forward(x).size()), 1)


def repeats(module, method):
    """Whether the last call of a method was repeated."""
    calls = module._calls.get(method)
    return calls is not None and calls.fields > 0 and calls.vain == 0


def compare(name, found, wanted):
    """Fail where two modules have left anything else."""
    assert found.keys() == wanted.keys(), name
    for key, value in wanted.items():
        np.testing.assert_array_equal(found[key].numpy(), value.numpy(), f"{name}: {key}")


def trained(make, size):
    """A module whose calls are known as far as they can be, its input, and a gradient."""
    torch.manualSeed(1)
    module, x = make().float(), drawn(size, 0)
    gradient = gradient_of(module, x)
    for _ in range(4):
        passes(module, x, gradient, usual)
    return module, x, gradient


@pytest.mark.parametrize("name", LAYERS)
def test_repeated_calls_give_what_python_gives(name):
    """With other numbers in the same places, to the bit, and again in evaluation."""
    module, x, gradient = trained(*LAYERS[name])
    for seed in range(2, 5):
        x.copy(drawn(tuple(x.size()), seed))
        gradient.copy(drawn(tuple(gradient.size()), seed + 10))
        for parameter in (module.weight, module.bias):
            if parameter is not None:
                parameter.add(0.01 * seed)
        module.zeroGradParameters()
        other = module.clone()
        compare(name, passes(module, x, gradient, usual), passes(other, x, gradient, by_python))
    if name in REPEATED:
        methods = ("updateOutput", "updateGradInput", "accGradParameters")
        missed = [method for method in methods if method in module._calls and not repeats(module, method)]
        assert repeats(module, "updateOutput"), name
        assert not missed, (name, missed)
    module.evaluate()
    for _ in range(4):
        found = module.forward(x).clone()
    np.testing.assert_array_equal(found.numpy(), by_python(module.clone(), "updateOutput", x).numpy(), name)


@pytest.mark.parametrize("name", [name for name in LAYERS if "normalization" in name])
def test_repeated_backward_of_normalizations(name):
    module, x, gradient = trained(*LAYERS[name])
    for seed in range(2, 6):
        x.copy(drawn(tuple(x.size()), seed))
        other = module.clone()
        module.forward(x)
        by_python(other, "updateOutput", x)
        found, wanted = module.backward(x, gradient, 0.5), by_python(other, "backward", x, gradient, 0.5)
        np.testing.assert_array_equal(found.numpy(), wanted.numpy(), name)
        if module.gradWeight is not None:
            np.testing.assert_array_equal(module.gradWeight.numpy(), other.gradWeight.numpy(), name)
    assert repeats(module, "backward") == (name == "normalization"), name


@pytest.mark.parametrize("name", ["winograd", "one plane", "one tap", "winograd, padded"])
@pytest.mark.parametrize("where", ["input", "weight", "gradOutput"])
def test_numbers_that_are_not_finite(name, where):
    """Repeated calls leave to Python what becomes infinite or NaN, and are repeated again afterwards."""
    module, x, gradient = trained(*LAYERS[name])
    for value in (np.inf, 1.0, np.nan, -1.0):
        spoiled = {"input": x, "weight": module.weight, "gradOutput": gradient}[where]
        spoiled.view(-1)[7] = value
        module.zeroGradParameters()
        other = module.clone()
        compare(f"{name}, {value}", passes(module, x, gradient, usual), passes(other, x, gradient, by_python))
    for _ in range(2):
        passes(module, x, gradient, usual)
    assert repeats(module, "updateOutput"), name


def with_weight(module, x):
    module.weight = module.weight.clone().mul(2)


def with_field(module, x):
    module.padW = 1


def with_new_field(module, x):
    module.padding = 1


def in_evaluation(module, x):
    module.evaluate()


def with_fewer_samples(module, x):
    x.resize(2, *tuple(x.size())[1:])


def with_input_elsewhere(module, x):
    x.set(x.clone())


def transposed(module, x):
    x.set(x.transpose(3, 4).contiguous().transpose(3, 4))


def with_one_thread(module, x):
    torch.setnumthreads(1)


def by_unfolding(module, x):
    nn.algorithm("direct")


def without_scratch(module, x):
    kernels.scratch.release()


def with_output_elsewhere(module, x):
    module.output = torch.FloatTensor()


def without_bias(module, x):
    module.noBias()


CHANGES = (
    with_weight, with_field, with_new_field, in_evaluation, with_fewer_samples, with_input_elsewhere, transposed,
    with_one_thread, by_unfolding, without_scratch, with_output_elsewhere, without_bias,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_whatever_a_call_depends_on(change):
    """A call is not repeated where something else than numbers has changed."""
    module, x, gradient = trained(*LAYERS["winograd, padded"])
    threads = torch.getnumthreads()
    try:
        change(module, x)
        other = module.clone()
        found, wanted = module.forward(x), by_python(other, "updateOutput", x)
        np.testing.assert_array_equal(found.numpy(), wanted.numpy(), change.__name__)
    finally:
        torch.setnumthreads(threads)
        nn.algorithm("auto")


def test_other_types():
    module, x, _ = trained(*LAYERS["winograd, padded"])
    module.double()
    found = module.forward(x.double())
    np.testing.assert_array_equal(found.numpy(), by_python(module.clone(), "updateOutput", x.double()).numpy())
    with pytest.raises(TorchError):
        module.forward(x)


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_know_nothing(copied):
    """What is known of calls is no part of copies, nor a field."""
    module, x, _ = trained(*LAYERS["linear"])
    other = copied(module)
    assert repeats(module, "updateOutput")
    assert not other._calls
    assert "_calls" not in vars(module)
    np.testing.assert_array_equal(other.forward(x).numpy(), module.forward(x).numpy())


def test_another_thread():
    """A thread has scratch memory of its own, and makes calls of its own."""
    module, x, _ = trained(*LAYERS["winograd"])
    wanted = module.forward(x).clone()
    found = []

    def work(other):
        for _ in range(5):
            module.forward(x)
            other.forward(x)
        found.append(other.output.clone())

    threads = [threading.Thread(target=work, args=(module.clone("weight", "bias"),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    for output in (*found, module.forward(x)):
        np.testing.assert_array_equal(output.numpy(), wanted.numpy())


def test_a_thread_that_has_ended():
    """Its scratch memory is gone: what it recorded is not repeated, though another thread may have its number."""
    module, x, _ = trained(*LAYERS["winograd"])
    wanted = module.forward(x).clone()

    def work():
        for _ in range(4):
            module.forward(x)

    for _ in range(6):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        np.testing.assert_array_equal(module.output.numpy(), wanted.numpy())


def test_calls_that_never_repeat_are_recorded_rarely(monkeypatch):
    """Inputs that are elsewhere each time."""
    module, recorded = nn.Tanh().float(), []
    begin = kernels.recording.begin
    monkeypatch.setattr(kernels.recording, "begin", lambda: recorded.append(1) or begin())
    inputs = [drawn((300, 300), seed) for seed in range(40)]
    for x in inputs:
        np.testing.assert_allclose(module.forward(x).numpy(), np.tanh(x.numpy()), 1e-5, 1e-6)
    assert len(recorded) <= 10


def test_arguments_by_name():
    module, x, gradient = trained(*LAYERS["linear"])
    before = module.gradWeight.clone()
    module.updateOutput(input=x)
    module.updateGradInput(x, gradOutput=gradient)
    module.accGradParameters(x, gradient, scale=0)
    np.testing.assert_array_equal(module.gradWeight.numpy(), before.numpy())
    other = module.clone()
    np.testing.assert_array_equal(module.forward(x).numpy(), by_python(other, "updateOutput", x).numpy())


def test_errors_are_raised_again():
    module, x, gradient = trained(*LAYERS["winograd, padded"])
    wrong = drawn((8, 31, 13, 13), 3)
    for _ in range(3):
        with pytest.raises(TorchError):
            module.forward(wrong)
    np.testing.assert_array_equal(module.forward(x).numpy(), by_python(module.clone(), "updateOutput", x).numpy())


def test_nothing_is_repeated_where_calls_are_not_compiled():
    native.close_calls()
    module, x, _ = trained(*LAYERS["tanh"])
    assert not replaying.is_compiled()
    assert not module._calls
    np.testing.assert_array_equal(module.forward(x).numpy(), by_python(module.clone(), "updateOutput", x).numpy())
