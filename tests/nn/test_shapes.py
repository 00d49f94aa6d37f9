"""Every module and criterion on inputs, gradients and targets that do not fit: a clear error, and nothing harmed."""

import copy
import itertools

import numpy as np
import pytest

from tests.cases import wrong
from tests.cases.case import case_id
from tests.cases.criterions import CASES as CRITERIONS
from tests.cases.driver import run, same
from tests.cases.test_modules import CASES as MODULES
from tests.cases.test_modules import gradient_like
from torchnn import nn, torch
from torchnn.errors import TorchError
from torchnn.nn.module import parameters_of

# What an error may leave changed, although the parameters never: what children have computed before another child
# failed, buffers that are filled before the type of what they are filled with shows, and copies of the
# last target or indices.
FILLED_FIRST = {"Index", "MaskedSelect", "CAddTensorTable", "NaN", "Copy"}
LAST_VALUES = {"target", "_target", "ty", "copiedInput", "_input"}
# Wrappers that find out after, or while, the parameters' gradients have been added to.
ACCUMULATE_FIRST = {"NaN", "MapTable"}

every_module = pytest.mark.parametrize("case", MODULES, ids=case_id)
every_criterion = pytest.mark.parametrize("case", CRITERIONS, ids=case_id)


def has_children(thing):
    return any(
        isinstance(leaf, (nn.Module, nn.Criterion)) for value in vars(thing).values() for leaf in nn.utils.leaves(value)
    )


def state(thing):
    """What a refused call may not change, as bytes."""
    if type(thing).__name__ in ACCUMULATE_FIRST:
        return torch.serialize(parameters_of(thing)[0])
    if isinstance(thing, nn.Module) and (has_children(thing) or type(thing).__name__ in FILLED_FIRST):
        return torch.serialize(parameters_of(thing))
    if isinstance(thing, nn.Criterion) and has_children(thing):
        return b""
    return torch.serialize({key: value for key, value in vars(thing).items() if key not in LAST_VALUES})


def refused(thing, what, call, *values):
    """Whether a call raises; then in our words, leaving the state and the values as they were."""
    before, given = state(thing), copy.deepcopy(values)
    try:
        call(*values)
    except TorchError as error:
        assert str(error), f"{what}: an error without words"
        assert state(thing) == before, f"{what}: changed by a call that is refused with: {error}"
        assert wrong.alike(given, values), f"{what}: an argument is changed by a call that is refused with: {error}"
        return True
    except Exception as error:
        pytest.fail(f"{what}: {type(error).__name__}: {error}")
    return False


@every_module
def test_a_wrong_input_is_refused_and_does_no_harm(case, capsys):
    module, good = case.make(), case.inputs()
    run(module, good)
    expected = copy.deepcopy(run(module, good))
    for name, bad in wrong.values(good):
        if refused(module, f"nn.{case.name}, input: {name}", module.forward, bad):
            got = run(module, good)
            if module.maxNorm is None and case.name != "BatchNormalization":
                same(got, expected)


@every_module
def test_a_wrong_gradient_is_refused_and_does_no_harm(case, capsys):
    module, value = case.make(), case.inputs()
    gradient = gradient_like(run(module, value))
    for name, bad in wrong.values(gradient):
        for method in (module.updateGradInput, module.accGradParameters):
            torch.manualSeed(7)
            module.forward(value)
            if case.gradient:
                module.updateGradInput(value, copy.deepcopy(gradient))
            refused(module, f"nn.{case.name}, gradOutput: {name}", lambda bad, method=method: method(value, bad), bad)


@every_module
def test_a_wrong_input_of_backward_is_refused(case, capsys):
    module, value = case.make(), case.inputs()
    gradient = gradient_like(run(module, value))
    methods = (module.updateGradInput, module.accGradParameters)
    for used, (_, bad) in itertools.product((case.make().updateGradInput, *methods), wrong.instead(value)):
        try:
            used(bad, copy.deepcopy(gradient))
        except TorchError as error:
            assert str(error)


@every_criterion
@pytest.mark.parametrize("argument", ["input", "target"])
def test_a_wrong_input_or_target_of_a_criterion_is_refused_and_does_no_harm(case, argument):
    criterion, value, target = case.make(), case.input(), case.target()
    loss, gradient = copy.deepcopy(criterion(value, target))
    for name, bad in wrong.values(value if argument == "input" else target):
        pair = (bad, target) if argument == "input" else (value, bad)
        for method in (criterion.forward, criterion.backward):
            what = f"nn.{case.name}, {argument}: {name}"
            if refused(criterion, what, method, *pair):
                again, gradient_again = criterion(value, target)
                assert again == loss or case.name == "Criterion", f"{what}: the loss of a good input is another one"
                same([x for x in [gradient_again] if x is not None], [x for x in [gradient] if x is not None])


# Constructors: each argument in turn becomes what no size can be.
SIZES = {
    "Linear": (4, 3),
    "LinearWeightNorm": (4, 3),
    "PartialLinear": (4, 3),
    "SparseLinear": (6, 3),
    "IndexLinear": (6, 3),
    "Bilinear": (3, 4, 2),
    "Euclidean": (4, 3),
    "WeightedEuclidean": (4, 3),
    "Cosine": (4, 3),
    "Maxout": (4, 3, 2),
    "Kmeans": (3, 4),
    "LookupTable": (5, 3),
    "Add": (4,),
    "CAdd": (2, 3),
    "CMul": (2, 3),
    "Reshape": (3, 2),
    "OneHot": (4,),
    "BatchNormalization": (4,),
    "SpatialBatchNormalization": (4,),
    "VolumetricBatchNormalization": (4,),
    "LayerNormalization": (4,),
    "SpatialConvolution": (2, 3, 3, 2),
    "SpatialConvolutionMM": (2, 3, 3, 2),
    "SpatialDilatedConvolution": (2, 3, 3, 2),
    "SpatialFullConvolution": (2, 3, 3, 2),
    "VolumetricConvolution": (2, 3, 2, 2, 2),
    "VolumetricDilatedConvolution": (2, 3, 2, 2, 2),
    "VolumetricFullConvolution": (2, 3, 2, 2, 2),
    "SpatialConvolutionLocal": (2, 3, 6, 5, 3, 2),
    "SpatialDepthWiseConvolution": (2, 3, 2, 2),
    "SpatialSubSampling": (2, 2, 2),
    "TemporalConvolution": (3, 2, 2),
    "TemporalRowConvolution": (3, 2),
    "TemporalSubSampling": (3, 2),
    "ClassSimplexCriterion": (4,),
}
NO_SIZES = [0, -1, float("nan"), float("inf"), 1.5, 2**62, 10**30, "2", None, [2], {}]


@pytest.mark.parametrize("name", SIZES)
def test_a_constructor_refuses_what_is_no_size(name):
    good = SIZES[name]
    getattr(nn, name)(*good)
    for i in range(len(good)):
        for bad in NO_SIZES:
            if (bad in (1.5, "2", None) or isinstance(bad, list)) and name in ("Reshape", "CAdd", "CMul"):
                continue
            if bad == -1 and name == "Reshape":
                continue
            arguments = (*good[:i], bad, *good[i + 1 :])
            try:
                getattr(nn, name)(*arguments)
            except (TorchError, MemoryError):
                continue
            except Exception as error:
                pytest.fail(f"nn.{name}{arguments}: {type(error).__name__}: {error}")
            assert bad in (1.5, "2"), f"nn.{name}{arguments} is made"


@pytest.mark.parametrize("label", [0, -1, 5, 2**40])
@pytest.mark.parametrize(
    "name, value",
    [
        ("ClassNLLCriterion", (3, 4)),
        ("CrossEntropyCriterion", (3, 4)),
        ("MultiMarginCriterion", (3, 4)),
        ("SpatialClassNLLCriterion", (2, 4, 3, 2)),
    ],
)
def test_labels_are_classes(name, value, label):
    criterion = getattr(nn, name)()
    x = torch.randn(*value)
    good = torch.ones(value[0], *value[2:]).long()
    loss = criterion.forward(x, good)
    bad = good.clone()
    bad.array.reshape(-1)[-1] = label
    with pytest.raises(TorchError):
        criterion.forward(x, bad)
    with pytest.raises(TorchError):
        criterion.backward(x, bad)
    assert criterion.forward(x, good) == loss
    assert np.isfinite(criterion.backward(x, good).array).all()
