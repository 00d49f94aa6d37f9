"""The package `warp_ctc`: its losses are those of all paths, counted one by one."""

import itertools

import numpy as np
import pytest

from torchnn.errors import TorchError
from torchnn.lua import Runtime


@pytest.fixture(autouse=True)
def package(runtime):
    runtime.execute("require 'warp_ctc'")


def losses(runtime, acts, labels, sizes):
    """The losses that `cpu_ctc` gives, the gradient, which was 7, and the losses that it gives without."""
    acts, labels, sizes = (str(x).replace("[", "{").replace("]", "}") for x in (acts, labels, sizes))
    return runtime.execute(
        f"""
        local acts, labels, sizes = torch.FloatTensor({acts}), {labels}, {sizes}
        local grads = acts:clone():fill(7)
        local found = cpu_ctc(acts, grads, labels, sizes)
        return torch.DoubleTensor(found), grads, torch.DoubleTensor(cpu_ctc(acts, torch.FloatTensor(), labels, sizes))
        """
    )


def counted(acts, labels):
    """The loss, by every path of classes that becomes the labels without its repetitions and blanks."""
    p = np.exp(acts - acts.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    total = 0.0
    for path in itertools.product(range(acts.shape[1]), repeat=len(acts)):
        if [k for k, _ in itertools.groupby(path) if k] == labels:
            total += np.prod(p[np.arange(len(acts)), path])
    return -np.log(total)


def slopes(acts, labels, step=1e-5):
    """The gradient of `counted`, by differences."""
    result = np.zeros_like(acts)
    for place in np.ndindex(*acts.shape):
        change = np.zeros_like(acts)
        change[place] = step
        result[place] = (counted(acts + change, labels) - counted(acts - change, labels)) / (2 * step)
    return result


def test_losses_known_of_warp_ctc(runtime):
    acts = [[0] * 5, [1, 2, 3, 4, 5], [-5, -4, -3, -2, -1], [0] * 5, [6, 7, 8, 9, 10], [-10, -9, -8, -7, -6]]
    acts += [[0] * 5, [11, 12, 13, 14, 15], [-15, -14, -13, -12, -11]]
    found, _, without = losses(runtime, acts, [[1], [3, 3], [2, 3]], [1, 3, 3])
    np.testing.assert_allclose(found.array, [1.6094379425049, 7.355742931366, 4.9388499259949], rtol=1e-6)
    np.testing.assert_array_equal(found.array, without.array)


@pytest.mark.parametrize("labels", [[], [2], [1, 2], [2, 2], [1, 2, 1], [1, 1, 2]])
@pytest.mark.parametrize("steps", [3, 5])
def test_one_sequence_among_others(runtime, labels, steps):
    rng = np.random.default_rng(3)
    acts = rng.normal(0, 2, (6, 2, 3)).astype(np.float32)
    found, grads, _ = losses(runtime, acts.reshape(12, 3).tolist(), [labels, [1]], [steps, 6])
    own = acts[:steps, 0].astype(float)
    grads = grads.array.reshape(6, 2, 3)
    if labels == [1, 1, 2] and steps == 3:  # a blank is needed between equal labels: warp-ctc then leaves both
        assert found.array[0] == 0 and (grads[:, 0] == 7).all()
    else:
        assert found.array[0] == pytest.approx(counted(own, labels), rel=1e-5)
        np.testing.assert_allclose(grads[:steps, 0], slopes(own, labels), atol=1e-5)
        assert (grads[steps:, 0] == 7).all()
    np.testing.assert_allclose(grads[:, 1], slopes(acts[:, 1].astype(float), [1]), atol=1e-5)


def test_tensors_that_are_not_contiguous_and_probabilities_of_nothing(runtime):
    found = runtime.execute(
        """
        local acts = torch.FloatTensor{{0, 500, 0}, {900, 0, 0}}
        local turned, straight = torch.FloatTensor(3, 2):t(), torch.FloatTensor(2, 3)
        local a = cpu_ctc(acts:t():contiguous():t(), turned, {{2}}, {2})
        local b = cpu_ctc(acts, straight, {{'2'}}, {2.9})
        return a[1], b[1], turned:equal(straight), cpu_ctc(acts, straight, {}, {})
        """
    )
    assert found[0] == found[1] == pytest.approx(500 + 0, abs=1) and found[2] is True
    assert len(found[3]) == 0


def test_gradients_of_a_criterion(runtime):
    """A class as scripts write it, by nn."""
    worst = runtime.execute(
        """
        require 'nn'
        local Criterion, parent = torch.class('nn.OfSequences', 'nn.Criterion')
        function Criterion:updateOutput(input, target)
          local acts = input:float():view(-1, input:size(3))
          local grads, sizes = acts:clone():zero(), {}
          for i = 1, #target do sizes[i] = input:size(1) end
          self.output = 0
          for _, loss in ipairs(cpu_ctc(acts, grads, target, sizes)) do self.output = self.output + loss end
          self.gradInput = grads:typeAs(input):viewAs(input)
          return self.output
        end
        function Criterion:updateGradInput() return self.gradInput end
        torch.manualSeed(2)
        local net, x, target = nn.Bottle(nn.Linear(4, 5)), torch.randn(7, 3, 4), {{1, 2}, {4, 4, 1}, {3}}
        local criterion, w, g = nn.OfSequences(), net:getParameters()
        local first
        for _ = 1, 60 do
          g:zero()
          local loss = criterion:forward(net:forward(x), target)
          first = first or loss
          net:backward(x, criterion:backward(net.output, target))
          w:add(-.1, g)
        end
        return criterion.output / first
        """
    )
    assert worst < 0.75


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("cpu_ctc(x:double(), x, {{1}}, {1})", "torch.FloatTensor expected, got torch.DoubleTensor"),
        ("cpu_ctc(x)", "bad argument #2 to 'cpu_ctc'"),
        ("cpu_ctc(torch.FloatTensor(), x, {{1}}, {1})", "probs cannot be an empty tensor"),
        ("cpu_ctc(x[1], x, {{1}}, {1})", "2 dimensions, not 1"),
        ("cpu_ctc(x, x, {{1}}, torch.Tensor{1})", "sequence lengths .expected table"),
        ("cpu_ctc(x, x, 1, {1})", "sequence labels .expected table, got number"),
        ("cpu_ctc(x, x, {{1}, {2}}, {1})", "minibatch size 1 and the number of target sequences 2"),
        ("cpu_ctc(x, x, {1}, {1})", "invalid entry #1 in table labels"),
        ("cpu_ctc(x, x, {{1, {}}}, {1})", "invalid entry #2 in array labels"),
        ("cpu_ctc(x, x, {{1}}, {'a'})", "invalid entry #1 in array sizes"),
        ("cpu_ctc(x, x, {{3}}, {1})", "label 3 is none of the classes 0 to 2"),
        ("cpu_ctc(x, x, {{1}}, {3})", "do not fit into 2 rows"),
        ("cpu_ctc(x, x[1], {{1}}, {2})", "grads must have the size"),
        ("gpu_ctc(x, x, {{1}}, {1})", "cuda-as-cpu"),
    ],
)
def test_errors(runtime, code, text):
    with pytest.raises(TorchError, match=text):
        runtime.execute(f"local x = torch.FloatTensor(2, 3):zero(); {code}")


def test_a_card():
    runtime = Runtime(cuda_as_cpu=True)
    loss = runtime.execute(
        """
        require 'cutorch'
        require 'warp_ctc'
        return gpu_ctc(torch.CudaTensor(1, 5):zero(), torch.CudaTensor(), {{1}}, {1})[1]
        """
    )
    assert loss == pytest.approx(np.log(5))
