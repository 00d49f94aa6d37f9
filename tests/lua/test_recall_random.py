"""Random calls, changes of fields and of methods: a module in Lua goes on as one of Python's alone."""

import random

import pytest

from torchnn import nn, torch

MODULES = {
    "nn.Linear(4, 4)": lambda: nn.Linear(4, 4),
    "nn.ReLU(true)": lambda: nn.ReLU(True),
    "nn.Dropout()": nn.Dropout,
    "nn.PReLU()": nn.PReLU,
    "nn.BatchNormalization(4)": lambda: nn.BatchNormalization(4),
    "nn.Bottle(nn.Linear(4, 4))": lambda: nn.Bottle(nn.Linear(4, 4)),
    "nn.View(4)": lambda: nn.View(4),
    "nn.Sequential():add(nn.CMul(4)):add(nn.Tanh())": lambda: nn.Sequential().add(nn.CMul(4)).add(nn.Tanh()),
    "nn.Concat(2):add(nn.Add(4)):add(nn.Identity())": lambda: nn.Concat(2).add(nn.Add(4)).add(nn.Identity()),
}

# A step in Lua and the same in Python; both are given the module, an input and a gradient.
STEPS = [
    ("return m:forward(x)", lambda m, x, g: m.forward(x)),
    ("m:forward(x) return m:backward(x, g)", lambda m, x, g: (m.forward(x), m.backward(x, g))[1]),
    ("m:zeroGradParameters()", lambda m, x, g: m.zeroGradParameters()),
    ("m:updateParameters(0.1)", lambda m, x, g: m.updateParameters(0.1)),
    ("m:training()", lambda m, x, g: m.training()),
    ("m:evaluate()", lambda m, x, g: m.evaluate()),
    ("m:clearState()", lambda m, x, g: (m.clearState(), None)[1]),
    ("m.output = torch.Tensor()", lambda m, x, g: setattr(m, "output", torch.Tensor())),
    ("m.gradInput = torch.Tensor()", lambda m, x, g: setattr(m, "gradInput", torch.Tensor())),
    ("m.train = false", lambda m, x, g: setattr(m, "train", False)),
    ("m.p = 0.25", lambda m, x, g: setattr(m, "p", 0.25)),
    ("local f = m.updateGradInput m.updateGradInput = function(...) return f(...) end", lambda m, x, g: None),
    ("m.updateGradInput = nil", lambda m, x, g: None),
    ("local f = original function nn.Module:clearState() return f(self) end", lambda m, x, g: None),
    ("nn.Module.clearState = original", lambda m, x, g: None),
]


def numbers(value):
    return value.totable() if torch.isTensor(value) else value


def parameters(module):
    return [tensor for tensors in module.parameters() or () for tensor in tensors or ()]


@pytest.mark.parametrize("made", MODULES)
def test_random_steps(runtime, made):
    chance = random.Random(made)
    in_python = MODULES[made]()
    in_lua = runtime.execute(f"require 'nn'; m, original = {made}, original or nn.Module.clearState return m")
    for one, other in zip(parameters(in_python), parameters(in_lua), strict=True):
        other.copy(one)
    done = []
    for seed in range(60):
        in_words, step = chance.choice(STEPS[:2] if seed % 2 else STEPS)
        done.append(in_words)
        torch.manualSeed(seed)
        x, g = torch.rand(3, 4), torch.rand(3, 8 if "Concat" in made else 4)
        torch.manualSeed(seed)
        expected = numbers(step(in_python, x, g))
        torch.manualSeed(seed)
        assert numbers(runtime.execute(f"local x, g = ... {in_words}", x, g)) == expected, done
        assert list(map(numbers, parameters(in_lua))) == list(map(numbers, parameters(in_python))), done
