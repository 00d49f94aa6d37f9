import copy

import numpy as np
import pytest

from tests.cases import decorators, layers, linear, planes, transfers, transformers
from tests.cases.case import case_id
from tests.cases.driver import arrays, as_floats, directions, floating, projection, run, same, slope, strided
from torchnn import nn, torch
from torchnn.errors import TorchError
from torchnn.nn.module import parameters_of
from torchnn.nn.utils import leaves

CASES = [*decorators.CASES, *layers.CASES, *linear.CASES, *planes.CASES, *transfers.CASES, *transformers.CASES]
every_module = pytest.mark.parametrize("case", CASES, ids=case_id)


def gradient_like(output):
    return nn.utils.map_tensors(output, lambda tensor: torch.randn(tensor.size()))


@pytest.mark.parametrize("case", [case for case in CASES if case.gradient], ids=case_id)
def test_gradient_of_the_input_is_the_derivative(case):
    module, value = case.make(), case.inputs()
    gradient = gradient_like(run(module, value))
    value_used = copy.deepcopy(value)
    torch.manualSeed(7)
    module.forward(value_used)
    found = copy.deepcopy(module.backward(value_used, copy.deepcopy(gradient)))
    tensors = floating(value)
    along = directions(tensors)

    def function():
        return projection(floating(run(module, value)), arrays(gradient))

    expected = slope(function, tensors, along)
    found = [leaf for leaf, given in zip(leaves(found), leaves(value), strict=True) if given in tensors]
    assert abs(projection(found, along) - expected) < 1e-6 * max(1, abs(expected))


@pytest.mark.parametrize("case", [case for case in CASES if case.gradient and case.parameter_gradient], ids=case_id)
def test_gradient_of_the_parameters_is_the_derivative(case):
    module, value = case.make(), case.inputs()
    weights, gradients = parameters_of(module)
    if not weights:
        assert not gradients, f"{case.name} has gradients of parameters that it does not have"
        return
    gradient = gradient_like(run(module, value))
    module.zeroGradParameters()
    torch.manualSeed(7)
    value_used = copy.deepcopy(value)
    module.forward(value_used)
    module.backward(value_used, copy.deepcopy(gradient))
    found = [tensor.clone() for tensor in gradients]
    along = directions(weights)

    def function():
        return projection(floating(run(module, value)), arrays(gradient))

    expected = slope(function, weights, along)
    assert abs(projection(found, along) - expected) < 1e-6 * max(1, abs(expected))


@pytest.mark.parametrize("case", [case for case in CASES if case.single], ids=case_id)
def test_a_batch_is_its_samples(case):
    module, batch = case.make(), case.inputs()
    module.evaluate()
    whole = run(module, batch).clone()
    for i in range(batch.size(1)):
        np.testing.assert_allclose(run(module, batch[i].clone()).array, whole[i].array, rtol=1e-12, atol=1e-12)


@every_module
def test_training_and_evaluation(case):
    module, value = case.make(), case.inputs()
    module.evaluate()
    assert module.train is False
    first = copy.deepcopy(run(module, value))
    torch.manualSeed(8)
    same(module.forward(copy.deepcopy(value)), first)
    module.training()
    assert module.train is True


@every_module
def test_input_that_is_not_contiguous(case):
    module, value = case.make(), case.inputs()
    expected = copy.deepcopy(run(module, value))
    torch.manualSeed(7)
    if case.contiguous:
        with pytest.raises(TorchError, match="contiguous"):
            module.forward(strided(value))
        same(run(module, value), expected)
    else:
        same(module.forward(strided(value)), expected)


# The types of a Copy are its arguments.
@pytest.mark.parametrize("case", [case for case in CASES if case.name != "Copy"], ids=case_id)
def test_floats_are_doubles_rounded(case):
    module, value = case.make(), case.inputs()
    expected = copy.deepcopy(run(module, value))
    assert module.float() is module or case.name == "FlattenTable"
    output = run(module, as_floats(value))
    assert all(tensor.element.name == "Float" for tensor in floating(output))
    same(output, expected, 2e-5)
    module.double()
    same(run(module, value), expected, 2e-5)


@every_module
def test_a_clone_is_equal_and_apart(case):
    module, value = case.make(), case.inputs()
    expected = copy.deepcopy(run(module, value))
    clone = module.clone()
    same(run(clone, value), expected)
    for weight in parameters_of(clone)[0]:
        weight.zero()
    same(run(module, value), expected)


@every_module
def test_a_file_keeps_everything(case):
    module, value = case.make(), case.inputs()
    loaded = torch.deserialize(torch.serialize(module))
    assert str(loaded) == str(module)
    expected = copy.deepcopy(run(module, value))
    same(run(loaded, value), expected)
    after = torch.deserialize(torch.serialize(module))
    same(run(after, value), copy.deepcopy(run(module, value)))


@pytest.mark.parametrize("case", [case for case in CASES if case.clears], ids=case_id)
def test_clear_state_empties_the_buffers(case):
    module, value = case.make(), case.inputs()
    expected = copy.deepcopy(run(module, value))
    if case.gradient:
        module.backward(copy.deepcopy(value), gradient_like(expected))
    module.clearState()
    if case.keeps:
        same(module.output, expected)
    for buffer in () if case.keeps else (module.output, module.gradInput):
        assert buffer is None or all(isinstance(leaf, torch.Tensor) and not leaf.nElement() for leaf in leaves(buffer))
    same(run(module, value), expected)
    if case.gradient:
        module.backward(copy.deepcopy(value), gradient_like(expected))


@every_module
def test_prints_its_name(case):
    assert str(case.make()).startswith(f"nn.{case.name}" if case.prints is None else case.prints)
    assert torch.typename(case.make()) == f"nn.{case.name}"
